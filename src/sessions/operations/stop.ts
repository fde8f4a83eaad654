/** `stop`: ends a workflow and leaves its session open, as Ctrl-C does where it was run. */
import { hostOf, type SessionsContext } from "./context.js";
import { LibrettoError } from "../util/errors.js";
import type { StopResult } from "../ipc/protocol.js";

/** @throws `Failed` where no workflow runs, `NoSuchSession` */
export async function stop(context: SessionsContext, options: { session?: string | undefined }): Promise<StopResult> {
  const host = await hostOf(context, options.session);
  const result = await host.request("stop", {});
  if (!result.stopped)
    throw new LibrettoError(
      "Failed",
      `No workflow runs in session "${result.session}": it is ${result.status}.`,
      "`libretto list` shows in which sessions one runs.",
    );
  return result;
}
