import { pages } from "../../sessions/operations/pages.js";
import { sessionOption, type Command } from "../command.js";
import { printable, table } from "../output.js";
import { text } from "../optionValues.js";

export const command: Command = {
  usage: "[--session <name>]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: { session: sessionOption },
  details: "The page marked with * is the most recently active one: it is used where --page is left out.",
  examples: ["libretto pages", "libretto pages --session diag --json"],
  async run({ context, values, interruption }) {
    const result = await pages(context, { session: text(values, "session") }, interruption);
    const rows = result.pages.map(({ id, url, title, active, crashed, dialog }) => [
      `${active ? "*" : " "} ${id}`,
      printable(url),
      `${crashed ? "(crashed) " : ""}${dialog ? `(${dialog.type}: ${printable(dialog.message)}) ` : ""}${printable(title)}`,
    ]);
    return { text: rows.length === 0 ? `Session "${result.session}" has no open page.` : table(rows), json: result };
  },
};
