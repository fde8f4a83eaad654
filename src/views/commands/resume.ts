/** Resume a paused workflow. */
import * as vscode from "vscode";
import { workflowPhase } from "../tree/presentation.js";
import { type CommandContext, needTrust, sessionFor, withProgress } from "./command.js";

const { t } = vscode.l10n;

export async function resume(context: CommandContext, argument: unknown): Promise<void> {
  await goOn(context, argument, t("Resume Workflow"), false);
}

/** To its next call of Playwright, which the tree then names. */
export async function step(context: CommandContext, argument: unknown): Promise<void> {
  await goOn(context, argument, t("Resume Workflow to Next Playwright Call"), true);
}

async function goOn(context: CommandContext, argument: unknown, title: string, isStep: boolean): Promise<void> {
  needTrust();
  const ref = await sessionFor(context, argument, {
    title,
    filter: ({ record }) => workflowPhase(record) === "paused",
    takeOnly: true,
  });
  if (!ref) return;
  if (!isStep) vscode.window.setStatusBarMessage(t("The workflow of {0} goes on.", ref.record.name), 5_000);
  await withProgress(t("Running the workflow of {0}", ref.record.name), (signal, report) =>
    context.workflows.resume(ref, { signal, report }, isStep),
  );
}
