import { counted, note, printable } from "../output.js";
import { usageError } from "../../sessions/util/errors.js";
import { save } from "../../sessions/operations/save.js";
import { pageOption, sessionOption, type Command } from "../command.js";
import { text } from "../optionValues.js";

export const command: Command = {
  usage: "<profile> --sites <a.com,b.com> [--session <name>] [--page <id>]",
  positionals: { min: 1, max: 1, names: "the name of the saved login" },
  options: {
    session: sessionOption,
    page: pageOption,
    sites: {
      type: "string",
      value: "hosts",
      help: "Whose cookies and storage are saved, separated by commas; subdomains belong to them.",
    },
  },
  details:
    "Cookies, localStorage and IndexedDB go to .libretto/profiles, readable for you alone and kept out of git.\n" +
    "Where code has made browser contexts of its own, they are taken from the context of the page.",
  examples: [
    "libretto save shop --session login --sites shop.example.com",
    "libretto open https://shop.example.com --auth-profile shop",
  ],
  async run({ context, positionals, values }) {
    const sites = text(values, "sites");
    if (sites === undefined)
      throw usageError(
        "The sites whose login is to be saved are not named.",
        "For example: --sites example.com,login.example.org",
      );
    const saved = await save(context, {
      profile: positionals[0] ?? "",
      session: text(values, "session"),
      page: text(values, "page"),
      sites,
    });
    for (const what of saved.leftOut.slice(0, 20)) note(`note: left out: ${printable(what)}`);
    if (saved.leftOut.length > 20) note(`note: and ${saved.leftOut.length - 20} more; --json lists all.`);
    const kept = [
      counted(saved.cookies, "cookie"),
      ...(saved.origins.length === 0 ? [] : [`the storage of ${saved.origins.join(", ")}`]),
    ].join(" and ");
    return {
      text: `Saved "${saved.profile}": ${kept}.\nNext: libretto open <url> --auth-profile ${saved.profile}`,
      json: saved,
    };
  },
};
