/** Take a snapshot of a page, and look at one: the picture, and its tree beside. */
import { existsSync } from "node:fs";
import * as vscode from "vscode";
import { snapshot as takeSnapshot } from "../../sessions/operations/snapshot.js";
import { sessionPaths } from "../../sessions/store/workspace.js";
import { loadSnapshots } from "../tree/children.js";
import type { Snapshot } from "../tree/nodes.js";
import type { SessionRef } from "../model.js";
import { type CommandContext, needTrust, nodeOf, sessionFor, withProgress } from "./command.js";

export async function snapshot(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const ref = await sessionFor(context, argument, { title: vscode.l10n.t("Take Snapshot"), takeOnly: true });
  if (!ref) return;
  const node = nodeOf(argument);
  const session = ref.record.name;
  const taken = await withProgress(vscode.l10n.t("Taking a snapshot of {0} …", session), (signal) =>
    takeSnapshot(ref.root.context, { session, ...(node?.kind === "page" ? { page: node.page.id } : {}) }, signal),
  );
  context.tree.refresh(ref);
  await show(taken);
}

/** Opens a snapshot: the item's, or one that is picked. */
export async function openSnapshot(context: CommandContext, argument: unknown): Promise<void> {
  const node = nodeOf(argument);
  const snapshot = node?.kind === "snapshot" ? node.snapshot : await chooseSnapshot(context, argument);
  if (snapshot) await show(snapshot);
}

async function chooseSnapshot(context: CommandContext, argument: unknown): Promise<Snapshot | undefined> {
  const hasSome = ({ root, record }: SessionRef): boolean =>
    existsSync(sessionPaths(root.workspace, record.name).snapshots);
  const ref = await sessionFor(context, argument, {
    title: vscode.l10n.t("Open Snapshot"),
    filter: hasSome,
    takeOnly: true,
  });
  if (!ref) return undefined;
  const picks = (await loadSnapshots(ref)).map((snapshot) => ({
    label: `$(file-media) ${snapshot.takenAt.toLocaleString()}`,
    description: snapshot.id,
    snapshot,
  }));
  return (
    await vscode.window.showQuickPick(picks, {
      title: vscode.l10n.t("Open a Snapshot of {0}", ref.record.name),
      placeHolder: vscode.l10n.t("Choose a snapshot"),
      matchOnDescription: true,
    })
  )?.snapshot;
}

/** @param snapshot of which the browser may have given no picture */
async function show({ png, tree }: { png?: string | null; tree: string }): Promise<void> {
  if (typeof png === "string")
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(png), { preview: true });
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(tree), {
    viewColumn: typeof png === "string" ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active,
    preserveFocus: true,
    preview: true,
  });
}
