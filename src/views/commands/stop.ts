/** End a workflow and keep its session, as Ctrl-C does in the terminal. */
import * as vscode from "vscode";
import { stop as stopWorkflow } from "../../sessions/operations/stop.js";
import { workflowPhase } from "../tree/presentation.js";
import { type CommandContext, needTrust, sessionFor } from "./command.js";

const { t } = vscode.l10n;

export async function stop(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const isActive = (phase: ReturnType<typeof workflowPhase>): boolean => phase === "running" || phase === "paused";
  const ref = await sessionFor(context, argument, {
    title: t("Stop Workflow"),
    filter: ({ record }) => isActive(workflowPhase(record)),
  });
  if (!ref) return;
  await stopWorkflow(ref.root.context, { session: ref.record.name });
  vscode.window.setStatusBarMessage(
    t("The workflow of {0} was stopped; the session stays open.", ref.record.name),
    5_000,
  );
}
