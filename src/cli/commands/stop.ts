import { stop } from "../../sessions/operations/stop.js";
import { sessionOption, type Command } from "../command.js";
import { text } from "../optionValues.js";

export const command: Command = {
  usage: "[--session <name>]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: { session: sessionOption },
  details: "It ends at once, paused or not, as with Ctrl-C where it runs. The browser stays as it is, to look at.",
  examples: ["libretto stop --session checkout"],
  async run({ context, values }) {
    const result = await stop(context, { session: text(values, "session") });
    return { text: `The workflow of session "${result.session}" was stopped; the session stays open.`, json: result };
  },
};
