import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { insteadOfCommand, insteadOfOption } from "../../src/cli/foreignWords.js";
import { refuseForeign, refuseForeignOptions } from "../../src/sessions/host/workflow/foreignNames.js";

describe("S18: what docs/moving.md says is not offered", () => {
  const [, section = ""] = readFileSync(join(process.cwd(), "docs", "moving.md"), "utf8").split(
    "## What is not offered",
  );

  it("is refused by name, with what to use instead", () => {
    const names = [...section.slice(0, section.indexOf("A workflow with the option")).matchAll(/`(\w+)`/g)].flatMap(
      ([, name]) => name ?? [],
    );
    assert.ok(names.length > 20, names.join());
    const refused = refuseForeign({ pause: 1 });
    for (const name of names)
      assert.throws(
        () => refused[name],
        ({ message }: Error) => message.startsWith(`"libretto" here has no ${name}. `) && message.endsWith("."),
        name,
      );
  });

  it("commands and options of the terminal are refused by name, too", () => {
    const [, table = ""] = section.split("In the terminal");
    const words = [...table.matchAll(/^- `(--)?([\w-]+)`/gm)];
    assert.ok(words.length > 7, words.join());
    for (const [, dashes, word = ""] of words) {
      const instead = dashes === undefined ? insteadOfCommand(word) : insteadOfOption(`--${word}`);
      assert.match(instead ?? "", /\.$/, word);
    }
    assert.equal(insteadOfCommand("run"), undefined);
    assert.equal(insteadOfOption("--session"), undefined);
  });

  it("options are refused where they are given, and what this package offers is left alone", () => {
    for (const [, option = ""] of section.matchAll(/`(credentials|recoveryAction)`/g))
      assert.throws(() => refuseForeignOptions({ [option]: [] }), new RegExp(`no option ${option} of a workflow`));
    refuseForeignOptions({ authProfile: "shop", viewport: { width: 1, height: 1 }, gpu: true, credentials: undefined });
    assert.equal(refuseForeign({ pause: 1, Logger: 2 })["Logger"], 2);
  });
});
