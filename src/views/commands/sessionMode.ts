/** Lock a session, or give write access; the dangerous way round asks first. */
import * as vscode from "vscode";
import type { AccessMode } from "../../sessions/model/policy.js";
import { isLive } from "../../sessions/store/records.js";
import { sessionMode } from "../../sessions/operations/sessionMode.js";
import { type CommandContext, confirm, needTrust, sessionFor, withProgress } from "./command.js";

const { t } = vscode.l10n;

export function makeReadOnly(context: CommandContext, argument: unknown): Promise<void> {
  return change(context, argument, "read-only");
}

export function giveWriteAccess(context: CommandContext, argument: unknown): Promise<void> {
  return change(context, argument, "write-access");
}

async function change(context: CommandContext, argument: unknown, mode: AccessMode): Promise<void> {
  needTrust();
  const title = mode === "read-only" ? t("Make Session Read-Only") : t("Give Session Write Access");
  const ref = await sessionFor(context, argument, {
    title,
    filter: ({ record }) =>
      isLive(record) && record.state?.mode !== mode && !(mode === "write-access" && record.state?.locked),
  });
  if (!ref) return;
  const { name } = ref.record;
  if (mode === "write-access") {
    const detail = t(
      "Code may then click, type and navigate on {0}, also code that others run from a terminal.",
      ref.record.state?.url ?? name,
    );
    if (!(await confirm(t("Give session {0} write access?", name), detail, t("Give Write Access")))) return;
  }
  const result = await withProgress(t("Changing the mode of {0} …", name), (signal) =>
    sessionMode(ref.root.context, { session: name, mode }, signal),
  );
  const told = [
    mode === "read-only" ? t("{0} is read-only.", name) : t("{0} has write access.", name),
    ...(result.running === "cancelled" ? [t("Code that ran was cancelled.")] : []),
    ...(result.alsoLocked ? [t("Also locked, on the same browser: {0}.", result.alsoLocked.join(", "))] : []),
  ];
  // What a lock could not stop is no word for the status bar, which fades.
  const left = [
    ...(result.unsettledPages
      ? [
          t(
            "Page {0} did not answer: what had been sent there before may still happen.",
            result.unsettledPages.join(", "),
          ),
        ]
      : []),
    ...(result.scriptsRunOn
      ? [t("A script that was sent to page {0} runs on there.", result.scriptsRunOn.join(", "))]
      : []),
    ...(result.ended ? [t("Ended with the lock: {0}.", result.ended.join(", "))] : []),
    ...(result.stillDrivenBy
      ? [t("Not locked, and still able to drive the same browser: {0}.", result.stillDrivenBy.join(", "))]
      : []),
    ...(result.workflowRuns ? [t("Its workflow runs on and may drive the page.")] : []),
  ];
  if (left.length > 0) void vscode.window.showWarningMessage([...told, ...left].join(" "));
  else vscode.window.setStatusBarMessage(told.join(" "), 5_000);
}
