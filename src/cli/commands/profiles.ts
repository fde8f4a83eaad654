import { usageError } from "../../sessions/util/errors.js";
import { profiles, removeProfile } from "../../sessions/operations/profiles.js";
import type { Command } from "../command.js";
import { table } from "../output.js";

const actions = ["list", "delete"] as const;

export const command: Command = {
  usage: "[list | delete <profile>]",
  positionals: { min: 0, max: 2, names: "list, or delete and a name", complete: actions },
  options: {},
  examples: ["libretto profiles", "libretto profiles delete shop"],
  run({ context, positionals }) {
    const [action = "list", name] = positionals;
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
