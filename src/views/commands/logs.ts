/** Open one of a session's logs. */
import * as vscode from "vscode";
import type { PaneKind } from "../../sessions/logs/rows.js";
import { argumentsOf, type CommandContext, nodeOf, sessionFor } from "./command.js";

export async function logs(context: CommandContext, argument: unknown): Promise<void> {
  const ref = await sessionFor(context, argument, {
    title: vscode.l10n.t("Open Log"),
    filter: () => true,
    takeOnly: true,
  });
  if (!ref) return;
  const node = nodeOf(argument);
  const log = node?.kind === "log" ? node.log : (argumentsOf(argument).log ?? (await askLog(ref.record.name)));
  if (log) await context.logs.open(ref, log);
}

async function askLog(session: string): Promise<PaneKind | undefined> {
  const picks: (vscode.QuickPickItem & { log: PaneKind })[] = [
    { label: `$(output) ${vscode.l10n.t("Session log")}`, description: "logs.jsonl", log: "logs" },
    { label: `$(globe) ${vscode.l10n.t("Network")}`, description: "network.jsonl", log: "network" },
    { label: `$(target) ${vscode.l10n.t("Actions")}`, description: "actions.jsonl", log: "actions" },
    {
      label: `$(list-flat) ${vscode.l10n.t("Timeline")}`,
      description: vscode.l10n.t("all three by time"),
      log: "timeline",
    },
  ];
  return (
    await vscode.window.showQuickPick(picks, {
      title: vscode.l10n.t("Open a Log of {0}", session),
      matchOnDescription: true,
    })
  )?.log;
}
