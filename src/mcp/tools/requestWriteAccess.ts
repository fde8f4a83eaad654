/** `request_write_access`: asks a person (S26). It grants nothing, whatever is answered through the client. */
import { requestAccess } from "../../sessions/operations/requestAccess.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import { answer } from "../answers.js";
import type { Tool } from "../call.js";

/** How often a client that waits is told that it still does, in ms: some give up on what they hear nothing of. */
const tellMs = 10_000;

export const run: Tool<"request_write_access"> = async ({ input, connection, signal, progress }) => {
  const timer = setInterval(() => progress("Waiting for a person to decide."), tellMs);
  try {
    const { session, outcome, grantedUntil } = await requestAccess(
      connection.context,
      {
        session: connection.sessionOf(input.session),
        reason: input.reason,
        forMs: input.minutes === undefined ? undefined : input.minutes * 60_000,
        wait: input.wait,
      },
      signal,
    );
    if (outcome === "denied")
      throw new LibrettoError(
        "RefusedByMode",
        `A person denied the request for write access to session "${session}".`,
        "Read with snapshot, read or logs, and do not ask again for the same.",
      );
    return answer({
      head:
        outcome === "granted"
          ? `Session "${session}" has write access${grantedUntil === undefined ? "" : ` until ${grantedUntil}`}. Act with act.`
          : `The request is on record, and session "${session}" stays read-only until a person grants it. See with sessions what became of it.`,
    });
  } finally {
    clearInterval(timer);
  }
};
