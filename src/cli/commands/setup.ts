import { setup } from "../../sessions/operations/setup.js";
import type { Command } from "../command.js";
import { printable, writeAll } from "../output.js";
import { flag } from "../optionValues.js";

export const command: Command = {
  usage: "[--force]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: { force: { type: "boolean", help: "Install Playwright's Chromium even if a browser is found." } },
  details:
    "Tries Playwright's own Chromium, then, as root on Debian, the packages chromium and chromium-headless-shell.",
  examples: ["libretto setup"],
  async run({ context, values, interruption: { signal } }) {
    const { browsers, how } = await setup(
      context,
      { force: flag(values, "force") },
      (text) => writeAll(2, text),
      signal,
    );
    const [first] = browsers;
    const windowless = browsers.every(({ kind }) => kind === "headless-shell")
      ? "\nIt cannot show a window: `libretto setup --force` installs one that can."
      : "";
    return {
      text: `${how === "present" ? "A browser is installed" : "Installed"}: ${printable(first?.path ?? "")}${windowless}`,
      json: { how, browsers },
    };
  },
};
