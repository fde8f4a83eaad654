/** Close one session, or all of them. */
import * as vscode from "vscode";
import { LibrettoError } from "../../sessions/util/errors.js";
import { isLive } from "../../sessions/store/records.js";
import {
  close as closeSession,
  closeAll as closeSessions,
  type ClosedOrFailed,
} from "../../sessions/operations/close.js";
import { CommandId } from "../contributions.js";
import { type CommandContext, confirm, needTrust, nodeOf, sessionFor, showFailure, withProgress } from "./command.js";

const { t } = vscode.l10n;

export async function close(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const node = nodeOf(argument);
  // Delete on a page or on a snapshot cannot mean the whole session.
  if (node && node.kind !== "session")
    return void vscode.window.setStatusBarMessage(t("To close a session, choose the session itself."), 5_000);
  const ref = await sessionFor(context, argument, {
    title: t("Close Session"),
    filter: ({ record }) => record.liveness !== "closed",
  });
  if (!ref || ref.record.liveness === "closed") return;
  const { name } = ref.record;
  const closed = await withProgress(t("Closing {0} …", name), () => closeSession(ref.root.context, { session: name }), {
    cancellable: false,
  }).catch(offerForce);
  if (!closed) return;
  const told = {
    ended: t("{0} is closed.", name),
    "left-running": t("{0} is closed; its browser was not ours and runs on.", name),
    "already-gone": t("{0} is closed; its browser was gone already.", name),
    unreachable: t("{0} is closed; its Grid does not answer, and its slot there may still be taken.", name),
    "closed-before": t("{0} was closed before.", name),
  };
  vscode.window.setStatusBarMessage(told[closed.browser], 5_000);
}

/** A host that does not answer is ended by force alone. */
function offerForce(thrown: unknown): undefined {
  if (!(thrown instanceof LibrettoError) || thrown.code !== "TimedOut") throw thrown;
  void showFailure(thrown, { title: t("Close All by Force…"), command: CommandId.closeAllForce });
}

export async function closeAll(context: CommandContext): Promise<void> {
  await closeEverything(context, false);
}

/** Ends also what does not answer: a stopped host, and browsers of hosts that died. */
export async function closeAllForce(context: CommandContext): Promise<void> {
  await closeEverything(context, true);
}

async function closeEverything(context: CommandContext, force: boolean): Promise<void> {
  needTrust();
  const refs = context.model.all().filter(({ record }) => record.liveness !== "closed");
  if (refs.length === 0) return void vscode.window.showInformationMessage(t("No session is open."));
  const live = refs.filter(({ record }) => isLive(record));
  const question =
    live.length === 0
      ? t("Close what is left of ended sessions?")
      : live.length === 1
        ? t("Close 1 live session?")
        : t("Close {0} live sessions?", live.length);
  const names = (live.length === 0 ? refs : live).map(({ record }) => record.name).join(", ");
  const detail = force
    ? t(
        "Sessions that do not answer are killed, with their browsers. What was typed into their pages is lost.\n\n{0}",
        names,
      )
    : t("Their browsers end; logs and snapshots stay. Connected browsers run on.\n\n{0}", names);
  if (!(await confirm(question, detail, force ? t("Close by Force") : t("Close All")))) return;
  const outcomes = await withProgress(
    t("Closing sessions …"),
    async () => (await Promise.all(context.model.roots.map((root) => closeSessions(root.context, { force })))).flat(),
    { cancellable: false },
  );
  await report(outcomes, force);
}

async function report(outcomes: readonly ClosedOrFailed[], force: boolean): Promise<void> {
  const failed = outcomes.filter((outcome) => "error" in outcome);
  if (failed.length === 0)
    return void vscode.window.setStatusBarMessage(
      outcomes.length === 1 ? t("1 session is closed.") : t("{0} sessions are closed.", outcomes.length),
      5_000,
    );
  const [first] = failed;
  const names = failed.map(({ session }) => session).join(", ");
  await showFailure(
    new LibrettoError(
      "Failed",
      t("{0} of {1} sessions could not be closed: {2}.", failed.length, outcomes.length, names),
      force ? (first?.error.hint ?? "") : t("Close them by force: Libretto: Close All Sessions by Force."),
    ),
  );
}
