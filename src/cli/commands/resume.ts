import { resume } from "../../sessions/operations/resume.js";
import { sessionOption, type Command } from "../command.js";
import { text } from "../optionValues.js";

export const command: Command = {
  usage: "[--session <name>]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: { session: sessionOption },
  details:
    "A workflow pauses where it calls pause(); its session's status is then paused. Where it was run, its output goes on.",
  examples: ["libretto resume --session checkout"],
  async run({ context, values }) {
    const result = await resume(context, { session: text(values, "session") });
    return { text: `Session "${result.session}" goes on.`, json: result };
  },
};
