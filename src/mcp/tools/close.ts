/** `close`: ends a session that was opened in this connection, and no other. */
import { close } from "../../sessions/operations/close.js";
import { unknownSession } from "../../sessions/operations/context.js";
import { readRecord } from "../../sessions/store/records.js";
import { assertSessionName } from "../../sessions/model/names.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import { answer } from "../answers.js";
import type { Tool } from "../call.js";

export const run: Tool<"close"> = async ({ input: { session }, connection }) => {
  const { context } = connection;
  assertSessionName(session);
  const record = readRecord(context.workspace, session);
  if (!record) throw unknownSession(context, session);
  // A second close is no error, as in the other clients.
  const isGone = record.liveness === "closed" && connection.wasOurs(session);
  if (!isGone && !connection.isOurs(session))
    throw new LibrettoError(
      "RefusedByMode",
      `close is refused: session "${session}" was not opened in this connection.`,
      "Leave it: a person closes it.",
    );
  const { browser } = await close(context, { session });
  return answer({
    head: `Session "${session}" is closed${browser === "closed-before" ? " already" : ""}. Its logs are there for logs.`,
  });
};
