/** Take a snapshot of a page, and look at one: the picture, and its tree beside. */
import * as vscode from "vscode";
import { snapshot as takeSnapshot } from "../../sessions/verbs/snapshot.js";
import { type CommandContext, needTrust, nodeOf, sessionFor, withProgress } from "./command.js";

export async function snapshot(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const ref = await sessionFor(context, argument, { title: vscode.l10n.t("Take Snapshot"), takeOnly: true });
  if (!ref) return;
  const node = nodeOf(context, argument);
  const session = ref.record.name;
  const taken = await withProgress(vscode.l10n.t("Taking a snapshot of {0} …", session), (signal) => takeSnapshot(ref.root.context, { session, ...(node?.kind === "page" ? { page: node.page.id } : {}) }, signal));
  context.tree.refresh(ref);
  await show(taken.png, taken.tree);
}

/** Opens a snapshot of the tree. */
export async function openSnapshot(context: CommandContext, argument: unknown): Promise<void> {
  const node = nodeOf(context, argument);
  if (node?.kind === "snapshot") await show(node.snapshot.png, node.snapshot.tree);
}

async function show(png: string, tree: string): Promise<void> {
  await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(png), { preview: true });
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(tree), { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
}
