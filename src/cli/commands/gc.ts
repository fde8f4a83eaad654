import { gc } from "../../sessions/operations/gc.js";
import type { Command } from "../command.js";
import { printable } from "../output.js";
import { flag } from "../optionValues.js";

export const command: Command = {
  usage: "[--all] [--dry-run]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: {
    all: {
      type: "boolean",
      short: "a",
      help: "Include browsers whose host died a moment ago, which the next command would adopt.",
    },
    "dry-run": { type: "boolean", short: "n", help: "Show what would be ended, and end nothing." },
  },
  details: "Works on every browser of yours on record, from any folder. A browser whose session lives is never ended.",
  examples: ["libretto gc --dry-run", "libretto gc", "libretto gc --all"],
  async run({ context, values }) {
    const dryRun = flag(values, "dry-run");
    const collected = await gc(context, { dryRun, all: flag(values, "all") });
    const lines = collected.map(
      ({ session, root, browser, grid }) =>
        `${session} (${printable(root)}): ${browser === "unreachable" ? `the Grid at ${printable(grid ?? "")} does not answer; its slot stays on record` : browser === "ended" ? (dryRun ? "its browser would be ended" : "its browser was ended") : browser === "left-running" ? "connection forgotten" : "leftovers removed"}`,
    );
    return { text: lines.length === 0 ? "Nothing was left behind." : lines.join("\n"), json: { dryRun, collected } };
  },
};
