/** `resume`: lets a paused workflow go on. */
import { hostOf, type SessionsContext } from "./context.js";
import { LibrettoError } from "../util/errors.js";
import type { ResumeResult } from "../ipc/protocol.js";

/** @throws `Failed` where nothing is paused, `NoSuchSession` */
export async function resume(
  context: SessionsContext,
  options: { session?: string | undefined },
): Promise<ResumeResult> {
  const host = await hostOf(context, options.session);
  const result = await host.request("resume", {});
  if (!result.resumed)
    throw new LibrettoError(
      "Failed",
      `Nothing is paused in session "${result.session}": it is ${result.status}.`,
      "`libretto list` shows which sessions are paused.",
    );
  return result;
}
