import { usageError } from "../../sessions/util/errors.js";
import { accessModes, type AccessMode } from "../../sessions/model/policy.js";
import type { SetModeResult } from "../../sessions/ipc/protocol.js";
import { sessionMode } from "../../sessions/operations/sessionMode.js";
import { sessionOption, type Command } from "../command.js";
import { note } from "../output.js";
import { duration, flag, text } from "../optionValues.js";

export const command: Command = {
  usage: "[read-only | write-access] [--session <name>] [--wait] [--for <time>]",
  positionals: {
    min: 0,
    max: 1,
    names: "read-only or write-access, or nothing to see the mode",
    complete: accessModes,
  },
  options: {
    session: sessionOption,
    wait: { type: "boolean", help: "When locking, wait for a running exec instead of cancelling it." },
    for: {
      type: "string",
      value: "time",
      help: "With write-access: for how long (90s, 15m, 2h) until it locks itself again.",
    },
  },
  details:
    "The change takes effect at once, for every client. Locking also ends what earlier exec calls left running;\na running workflow goes on, and is named.",
  examples: [
    "libretto session-mode --session diag",
    "libretto session-mode read-only --session diag",
    "libretto session-mode write-access --session diag",
    "libretto session-mode write-access --session diag --for 15m",
  ],
  async run({ context, positionals, values, interruption }) {
    const [word] = positionals;
    if (word !== undefined && !(accessModes as readonly string[]).includes(word))
      throw usageError(
        `${JSON.stringify(word)} is not an access mode.`,
        "Give read-only or write-access, or nothing to see the mode.",
      );
    const mode = word as AccessMode | undefined;
    const forMs = duration(values, "for");
    if (forMs !== undefined && mode !== "write-access")
      throw usageError("--for is for write access.", "For example: libretto session-mode write-access --for 15m.");
    if (flag(values, "wait") && mode !== "read-only")
      throw usageError("--wait is for locking.", "For example: libretto session-mode read-only --wait.");
    const result = await sessionMode(
      context,
      { session: text(values, "session"), mode, running: flag(values, "wait") ? "wait" : undefined, forMs },
      interruption,
      { notice: ({ text: line }) => note(line) },
    );
    if (mode === undefined) return { text: result.mode, json: result };
    return { text: modeAnswer(result), json: result };
  },
};

/** A change of the mode in words: all that became of what ran, what stays, and what may still happen. */
export function modeAnswer(result: SetModeResult): string {
  const running =
    result.running === "cancelled"
      ? " A running exec was cancelled."
      : result.running === "waited"
        ? " A running exec was waited for."
        : "";
  const workflow = result.workflowRuns
    ? ` Its workflow runs on and may drive the page: \`libretto stop --session ${result.session}\` ends it.`
    : "";
  const until = result.grantedUntil === undefined ? "" : ` until ${result.grantedUntil}`;
  const request = result.request === undefined ? "" : ` The request for write access was ${result.request}.`;
  const others = [
    ...(result.unsettledPages
      ? [` Page ${result.unsettledPages.join(", ")} did not answer: what had been sent there before may still happen.`]
      : []),
    ...(result.scriptsRunOn
      ? [` A script that was sent to page ${result.scriptsRunOn.join(", ")} runs on there.`]
      : []),
    ...(result.kept ? [` Kept as code had set it: ${result.kept.join(", ")}.`] : []),
    ...(result.ended ? [` Ended with the lock: ${result.ended.join(", ")}.`] : []),
    ...(result.alsoLocked ? [` Also locked, on the same browser: ${result.alsoLocked.join(", ")}.`] : []),
    ...(result.stillDrivenBy
      ? [` Not locked, and still able to drive the same browser: ${result.stillDrivenBy.join(", ")}.`]
      : []),
  ].join("");
  return `Session "${result.session}" ${result.previous === result.mode ? "is" : "is now"} ${result.mode}${until}.${running}${request}${others}${workflow}`;
}
