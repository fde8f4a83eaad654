import { snapshot } from "../../sessions/operations/snapshot.js";
import { pageOption, sessionOption, type Command } from "../command.js";
import { note, printable } from "../output.js";
import { flag, pageId, positiveInteger, text } from "../optionValues.js";

export const command: Command = {
  usage: "[ref] [--session <name>] [--page <id>] [--find <text>] [--since <id>] [--depth <n>]",
  positionals: { min: 0, max: 1, names: "one ref at most, such as e12" },
  options: {
    session: sessionOption,
    page: pageOption,
    find: {
      type: "string",
      value: "text",
      help: "Print only elements with the text, or fitting a /regular expression/, and their ancestors.",
    },
    since: { type: "string", value: "id", help: "Print what changed since an earlier snapshot (its id)." },
    depth: { type: "string", value: "count", help: "Print this many levels of the tree." },
    interactive: { type: "boolean", help: "Print only what can be clicked, typed into or chosen." },
    "no-picture": { type: "boolean", help: "Take the tree alone." },
    "max-chars": {
      type: "string",
      value: "count",
      help: "Print at most this many characters of the tree (200 or more).",
    },
  },
  details: [
    "Prints the path of the picture and the tree with a ref for each element; with a ref, that part of the tree.",
    'In exec and readonly-exec an element is found by its ref: page.getByRef("e12").',
  ].join("\n"),
  examples: [
    "libretto snapshot",
    "libretto snapshot e12 --session diag",
    "libretto exec \"await page.getByRef('e12').click()\"",
  ],
  async run({ context, positionals, values, json, interruption }) {
    const page = pageId(values);
    const result = await snapshot(
      context,
      {
        session: text(values, "session"),
        page,
        ref: positionals[0],
        find: text(values, "find"),
        since: text(values, "since"),
        depth: positiveInteger(values, "depth", "3"),
        interactive: flag(values, "interactive") || undefined,
        maxChars: positiveInteger(values, "max-chars", "4000"),
        noPicture: flag(values, "no-picture") || undefined,
      },
      interruption,
    );
    if (!json && result.pageCount > 1 && page === undefined)
      note(
        `note: of page ${result.page.id} (${printable(result.page.url)}), the most recently active of ${result.pageCount}; choose with --page.`,
      );
    const tree = result.text.split("\n").map(printable).join("\n");
    if (!json && result.pictureMissing !== undefined) note(`note: no picture. ${result.pictureMissing}`);
    return { text: `${result.png ?? result.tree}\n${tree}`, json: result };
  },
};
