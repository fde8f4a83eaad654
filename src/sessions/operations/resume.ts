/** `resume`: lets a paused workflow go on. */
import { hostOf, type SessionsContext } from "./context.js";
import { LibrettoError } from "../util/errors.js";
import type { RequestListener } from "../ipc/client.js";
import type { Cancellation } from "../ipc/jsonrpc.js";
import type { ResumeResult } from "../ipc/protocol.js";
import { closeAfter, type RunOutcome } from "./runOutcome.js";

export interface ResumeOptions {
  session?: string | undefined;
  /** How long it listens: not at all where it is left out, to the next pause, or to the end. */
  until?: "pause" | "end" | undefined;
  /** Pauses again before the workflow's next call of Playwright. */
  step?: boolean | undefined;
}

export interface Resumed extends Omit<ResumeResult, "outcome"> {
  /** Where it listened: how far the workflow came. */
  outcome?: RunOutcome;
}

/**
 * Lets a paused workflow go on. Where it listens, it also takes up what runs without a pause, and the outcome that
 * nobody has heard yet.
 * @param signal ends the workflow
 * @throws `Failed` where nothing is paused, `NoSuchSession`; where it listens what the workflow fails with
 */
export async function resume(
  context: SessionsContext,
  { session, until, step }: ResumeOptions,
  listener: RequestListener = {},
  signal?: Cancellation,
): Promise<Resumed> {
  const host = await hostOf(context, session);
  const { outcome, ...result } = await host.request(
    "resume",
    { ...(until ? { until } : {}), ...(step === true ? { step } : {}) },
    listener,
    signal,
  );
  if (!result.resumed && !outcome)
    throw new LibrettoError(
      "Failed",
      `Nothing is paused in session "${result.session}": it is ${result.status}.`,
      "`libretto list` shows which sessions are paused.",
    );
  return { ...result, ...(outcome ? { outcome: await closeAfter(context, outcome) } : {}) };
}
