import { resolve } from "node:path";
import { usageError } from "../../sessions/util/errors.js";
import { exportProfile, importProfile, profiles, removeProfile } from "../../sessions/operations/profiles.js";
import type { Command } from "../command.js";
import { counted, table } from "../output.js";

const actions = ["list", "delete", "import", "export"] as const;

export const command: Command = {
  usage: "[list | delete <profile> | import <storage-state.json> [<profile>] | export <profile>]",
  positionals: { min: 0, max: 3, names: "list, delete, import or export, and a name", complete: actions },
  options: {},
  details:
    "import takes a storage state as Playwright writes it, and export prints one, with the secrets that it holds.",
  examples: [
    "libretto profiles",
    "libretto profiles delete shop",
    "libretto profiles import auth/shop.json",
    "libretto profiles export shop > state.json",
  ],
  run({ context, positionals }) {
    const [action = "list", name, as] = positionals;
    if (action === "import") {
      if (name === undefined)
        throw usageError("The file to import is not named.", "For example: libretto profiles import auth/shop.json");
      const imported = importProfile(context, resolve(name), as);
      return {
        text: `Saved "${imported.name}": ${counted(imported.cookies, "cookie")} of ${imported.sites.join(", ")}.\nNext: libretto open <url> --auth-profile ${imported.name}`,
        json: imported,
      };
    }
    if (as !== undefined)
      throw usageError(
        `profiles ${action} takes no argument ${JSON.stringify(as)}.`,
        "`libretto profiles --help` explains it.",
      );
    if (action === "export") {
      if (name === undefined)
        throw usageError("The saved login to export is not named.", "For example: libretto profiles export shop");
      const state = exportProfile(context, name);
      return { text: JSON.stringify(state, undefined, 2), json: state };
    }
    if (action === "delete") {
      if (name === undefined)
        throw usageError("The saved login to delete is not named.", "For example: libretto profiles delete shop");
      removeProfile(context, name);
      return { text: `Deleted "${name}".`, json: { deleted: name } };
    }
    if (action !== "list" || name !== undefined)
      throw usageError(
        `profiles takes ${actions.join(" or ")}, not ${JSON.stringify(positionals.join(" "))}.`,
        "For example: libretto profiles list",
      );
    const found = profiles(context);
    if (found.length === 0)
      return {
        text: "No login is saved here. Save one: libretto save <name> --session <session> --sites <site>",
        json: [],
      };
    return {
      text: table([
        ["NAME", "SAVED", "COOKIES", "SITES"],
        ...found.map(({ name: profile, savedAt, cookies, sites, problem }) => [
          profile,
          savedAt.slice(0, 16).replace("T", " "),
          problem === undefined ? String(cookies) : "",
          problem ?? sites.join(", "),
        ]),
      ]),
      json: found,
    };
  },
};
