import { requestAccess } from "../../sessions/operations/requestAccess.js";
import { LibrettoError, usageError } from "../../sessions/util/errors.js";
import { sessionOption, type Command } from "../command.js";
import { duration, flag, text } from "../optionValues.js";

export const command: Command = {
  usage: "--reason <text> [--session <name>] [--for <time>] [--wait]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: {
    session: sessionOption,
    reason: { type: "string", value: "text", help: "Why, in one line, for the person who decides." },
    for: { type: "string", value: "time", help: "For how long: 90s, 15m, 2h; permanently by default." },
    wait: { type: "boolean", help: "Wait until a person has decided." },
  },
  details:
    "Grants nothing: `list` and VS Code show the request, and a person grants it (`session-mode write-access`)\nor denies it (`session-mode read-only`).",
  examples: [
    'libretto request-access --session diag --reason "fill in the form" --for 15m',
    'libretto request-access --session diag --reason "fill in the form" --wait',
  ],
  async run({ context, values, interruption }) {
    const reason = text(values, "reason");
    if (reason === undefined)
      throw usageError("A request needs a reason for the person who decides.", 'Add --reason "<why>".');
    const result = await requestAccess(
      context,
      { session: text(values, "session"), reason, forMs: duration(values, "for"), wait: flag(values, "wait") },
      interruption,
    );
    const { session, outcome, grantedUntil } = result;
    if (outcome === "denied")
      throw new LibrettoError(
        "RefusedByMode",
        `The request for write access to session "${session}" was denied.`,
        `Read with \`libretto readonly-exec --session ${session} <code>\`.`,
      );
    return {
      text:
        outcome === "granted"
          ? `Session "${session}" has write access${grantedUntil === undefined ? "" : ` until ${grantedUntil}`}.`
          : `The request is on record, and session "${session}" stays read-only until a person grants it.`,
      json: result,
    };
  },
};
