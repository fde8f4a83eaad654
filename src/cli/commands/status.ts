import { status } from "../../sessions/verbs/status.js";
import type { Command } from "../command.js";
import { printable, table } from "../output.js";

export const command: Command = {
  summary: "Tell whether everything that is needed is here",
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
      ["sessions", `${found.sessions.live} live, ${found.sessions.onRecord} on record`],
      ["display", found.display ? "yes" : "none: open sessions with --headless"],
      ...(found.chosenBrowser === null ? [] : [["browser", `${printable(found.chosenBrowser)} (LIBRETTO_CHROMIUM)`]]),
      ...(found.browsers.length === 0 && found.chosenBrowser === null ? [["browser", "none found: run `libretto setup`"]] : found.browsers.map(({ path, kind, source }) => ["browser", `${printable(path)} (${kind}, ${source})`])),
      ...found.workspace.problems.map(({ message }) => ["problem", printable(message)]),
      ["ready", found.ready ? "yes" : "no"],
    ];
    return { text: table(rows), json: found, exitStatus: found.ready ? 0 : 1 };
  },
};
