/** Make a workflow of what was done in a session, or of a selection of it in a log pane, and open it unsaved beside. */
import * as vscode from "vscode";
import { exportRecord } from "../../sessions/operations/export.js";
import { argumentsOf, type CommandContext, sessionFor, withProgress } from "./command.js";

const { t } = vscode.l10n;

export async function exportActions(context: CommandContext, argument: unknown): Promise<void> {
  const ref = await sessionFor(context, argument, { title: t("Create Workflow from Actions"), filter: () => true });
  if (!ref) return;
  const { lines } = argumentsOf(argument);
  const exported = await withProgress(t("Reading the actions of {0} …", ref.record.name), (signal) =>
    exportRecord(ref.root.context, { session: ref.record.name, kind: "workflow", lines }, signal),
  );
  const document = await vscode.workspace.openTextDocument({ language: "typescript", content: exported.text });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: false });
  vscode.window.setStatusBarMessage(
    t("{0} steps; {1} could not be exported, see the comments.", exported.count, exported.skipped),
    10_000,
  );
}
