/** Small things around a session: copy its name, a terminal where it can be used, the workspace's config. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import * as vscode from "vscode";
import { type CommandContext, needTrust, rootFor, sessionFor } from "./command.js";

export async function copyName(context: CommandContext, argument: unknown): Promise<void> {
  const ref = await sessionFor(context, argument, { title: vscode.l10n.t("Copy Session Name"), filter: () => true });
  if (!ref) return;
  await vscode.env.clipboard.writeText(ref.record.name);
  vscode.window.setStatusBarMessage(vscode.l10n.t("Copied {0}", ref.record.name), 3_000);
}

/** A terminal in the session's folder, with the beginning of a command typed and not sent. */
export async function openTerminal(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const ref = await sessionFor(context, argument, { title: vscode.l10n.t("Open Terminal for Session") });
  if (!ref) return;
  const terminal = vscode.window.createTerminal({
    name: `libretto ${ref.record.name}`,
    cwd: ref.root.workspace.root,
    iconPath: new vscode.ThemeIcon("browser"),
  });
  terminal.show();
  terminal.sendText(`libretto readonly-exec --session ${ref.record.name} "return await page.title()"`, false);
}

/** Opens `.libretto/config.json`; an absent one is made with what holds by default. */
export async function openConfig(context: CommandContext, argument: unknown): Promise<void> {
  const root = await rootFor(context, argument, vscode.l10n.t("Open config.json"));
  if (!root) return;
  const { config, folder } = root.workspace;
  if (!existsSync(config)) {
    needTrust();
    await mkdir(folder, { recursive: true });
    await writeFile(config, `${JSON.stringify({ version: 1, sessionMode: "write-access" }, undefined, 2)}\n`, {
      flag: "wx",
    });
  }
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(config));
}
