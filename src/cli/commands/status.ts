import type { Browser } from "../../sessions/browser/browserFinder.js";
import { status, type Status } from "../../sessions/operations/status.js";
import type { Command } from "../command.js";
import { printable, table } from "../output.js";

export const command: Command = {
  usage: "",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: {},
  details: "Exits with 1 where no session could be opened.",
  examples: ["libretto status", "libretto status --json"],
  async run({ context }) {
    const found = await status(context);
    const rows = [
      ["libretto", `${found.version} on ${found.runtime}, ${found.platform}`],
      ["playwright", found.playwright ?? "missing: install this package again"],
      ["workspace", `${printable(found.workspace.root)} (config: ${found.workspace.config})`],
      [
        "sessions",
        `${found.sessions.live} live${found.sessions.sealed > 0 ? ` (${found.sessions.sealed} sealed)` : ""}, ${found.sessions.onRecord} on record`,
      ],
      ["display", found.display ? "yes" : "none: open sessions with --headless"],
      ...browsersOf(found).map(({ path, kind, source }) => ["browser", `${printable(path)} (${kind}, ${source})`]),
      ...found.workspace.problems.flatMap((problem) => [
        ["problem", printable(problem.message)],
        ...("hint" in problem ? [["next", printable(problem.hint)]] : []),
      ]),
      ["ready", found.ready ? "yes" : "no"],
    ];
    return { text: table(rows), json: found, exitStatus: found.ready ? 0 : 1 };
  },
};

/** The one that would be started comes first. */
function browsersOf({ chosenBrowser, browsers }: Status): Browser[] {
  return chosenBrowser === null
    ? browsers
    : [chosenBrowser, ...browsers.filter(({ path }) => path !== chosenBrowser.path)];
}
