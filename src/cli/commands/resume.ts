import { resume } from "../../sessions/operations/resume.js";
import { usageError } from "../../sessions/util/errors.js";
import { sessionOption, type Command } from "../command.js";
import { flag, text } from "../optionValues.js";
import { ProgressLine } from "../progressLine.js";
import { runListener, runOutput } from "../runOutput.js";

export const command: Command = {
  usage: "[--session <name>] [--step | --wait-paused]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: {
    session: sessionOption,
    step: { type: "boolean", help: "Only to the workflow's next call of Playwright, and say which." },
    "wait-paused": { type: "boolean", help: "Wait through further pauses until it ends." },
    detach: { type: "boolean", help: "Return at once, without its log." },
  },
  details: [
    "A workflow pauses where it calls pause(); its session's status is then paused. Its log is heard from where it",
    "was left, up to the next pause or the end; the exit status is that of the outcome. Ctrl-C ends the workflow.",
    "A step pauses again before the next call that the workflow's files make, of which nothing has happened then.",
  ].join("\n"),
  examples: ["libretto resume --session checkout", "libretto resume --session checkout --step"],
  async run({ context, values, json, interruption }) {
    const session = text(values, "session");
    const step = flag(values, "step");
    if (step && flag(values, "wait-paused"))
      throw usageError(
        "--step pauses before the next call, and --wait-paused waits through pauses.",
        "Pass one of them.",
      );
    const until = flag(values, "detach") ? undefined : flag(values, "wait-paused") ? "end" : "pause";
    const progress = new ProgressLine("Running");
    try {
      const listener = runListener(progress, until ?? "end", (paused) => (paused ? "Paused" : "Running"));
      const { outcome, ...result } = await resume(context, { session, until, step }, listener, interruption);
      progress.end();
      if (outcome) return runOutput(outcome, json);
      return { text: `Session "${result.session}" goes on.`, json: result };
    } finally {
      progress.end();
    }
  },
};
