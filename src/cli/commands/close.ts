import { usageError } from "../../sessions/util/errors.js";
import { close, closeAll, type Closed, type ClosedOrFailed } from "../../sessions/operations/close.js";
import { sessionOption, type Command, type Output } from "../command.js";
import { errorLines, note } from "../output.js";
import { flag, text } from "../optionValues.js";

const words: Record<Closed["browser"], string> = {
  ended: "closed",
  "left-running": "closed; the browser it was connected to is left alone",
  "already-gone": "closed; its browser was gone already",
  unreachable:
    "closed; its Grid does not answer, and its slot there may be taken until the Grid's own timeout: `libretto gc` frees it",
  "closed-before": "is closed",
};

export const command: Command = {
  usage: "[<name> | --session <name>] | --all [--force]",
  positionals: { min: 0, max: 1, names: "the name of one session", complete: "session" },
  options: {
    session: sessionOption,
    all: { type: "boolean", short: "a", help: "Close every session of this workspace." },
    force: { type: "boolean", help: "With --all: also end sessions that do not answer." },
  },
  details: "The browser ends and the session's record goes; its logs and snapshots stay. A connected browser goes on.",
  examples: ["libretto close --session diag", "libretto close --all", "libretto close --all --force"],
  async run({ context, positionals, values, json }) {
    const [name] = positionals;
    const session = name ?? text(values, "session");
    if (name !== undefined && values["session"] !== undefined)
      throw usageError("The session is named twice.", `Use \`libretto close ${name}\`.`);
    const all = flag(values, "all");
    if (flag(values, "force") && !all)
      throw usageError("--force goes with --all.", "Use `libretto close --all --force`.");
    if (all && session !== undefined)
      throw usageError("--all and --session exclude each other.", "Use `libretto close --all`, or name one session.");
    if (all) return closedAll(await closeAll(context, { force: flag(values, "force") }), json);
    const closed = await close(context, { session });
    return { text: `Session "${closed.session}" ${words[closed.browser]}.`, json: closed };
  },
};

function closedAll(outcomes: ClosedOrFailed[], json: boolean): Output {
  const lines: string[] = [];
  let exitStatus = 0;
  for (const outcome of outcomes) {
    if ("error" in outcome) {
      exitStatus = exitStatus === 0 ? outcome.error.exitStatus : 1;
      if (!json) note(errorLines(outcome.error).trimEnd());
    } else lines.push(`Session "${outcome.session}" ${words[outcome.browser]}.`);
  }
  return {
    text: outcomes.length === 0 ? "No sessions to close." : lines.join("\n"),
    json: { sessions: outcomes },
    exitStatus,
  };
}
