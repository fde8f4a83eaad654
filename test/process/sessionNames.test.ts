import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";

describe("S1 names of sessions", () => {
  const given = useFixtures("names", "each");

  it("S1: open without --session makes up a readable, unique name, prints it, and the folder bears it", async () => {
    const { workspace, site } = given;
    const [first, second] = await Promise.all([
      workspace.ok(["open", site.url(), "--headless"]),
      workspace.ok(["open", site.url(), "--headless"]),
    ]);
    const names = [first, second].map((output) => /\b[a-z]+-[a-z]+\b/.exec(output)?.[0] ?? "");
    assert.notEqual(names[0], names[1]);
    for (const name of names) {
      assert.equal(workspace.requireState(name).session, name);
      assert.equal(workspace.requireState(name).status, "active");
    }
  });

  it("S1: a command without --session uses the only live session", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "only");
    assert.equal(await workspace.ok(["readonly-exec", "return await page.title()"]), "The Shelf");
    assert.match(await workspace.ok(["session-mode"]), /write-access/);
  });

  it("S1: without --session and several live sessions the command fails and lists the candidates", async () => {
    const { workspace, site } = given;
    await Promise.all([
      workspace.open(site.url(), "--session", "left"),
      workspace.open(site.url(), "--session", "right"),
    ]);
    for (const args of [
      ["pages"],
      ["readonly-exec", "return 1"],
      ["exec", "return 1"],
      ["snapshot"],
      ["session-mode"],
      ["close"],
    ]) {
      const { status, message, hint } = failureOf(await workspace.cli(args));
      assert.ok(status === 4 || (args[0] === "close" && status === 2), `${args[0]}: ${status}`);
      assert.match(`${message} ${hint}`, /left/);
      assert.match(`${message} ${hint}`, /right/);
    }
    assert.equal(workspace.requireState("left").status, "active");
    assert.equal(workspace.requireState("right").status, "active");
  });

  it("S1: without --session and no live session the command fails and says how to open one", async () => {
    const { status, hint } = failureOf(await given.workspace.cli(["pages"]));
    assert.equal(status, 4);
    assert.match(hint, /libretto open/);
  });

  it("S1: a closed session is no candidate", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "gone");
    await workspace.ok(["close", "--session", "gone"]);
    await workspace.open(site.url(), "--session", "here");
    assert.match(await workspace.ok(["pages"]), /The Shelf/);
  });

  for (const name of [
    "../x",
    "..",
    ".hidden",
    "a/b",
    "a\\b",
    "",
    " ",
    "-x",
    "x".repeat(65),
    "ünïcode",
    "a b",
    "con",
    "NUL.txt",
    "trailing.",
    "a\nb",
    "$(touch pwned)",
  ]) {
    it(`E: the name ${JSON.stringify(name).slice(0, 30)} is refused before a path is made of it`, async () => {
      const { workspace, site } = given;
      const before = workspace.files();
      for (const args of [["open", site.url(), "--headless"], ["close"], ["exec", "return 1"], ["session-mode"]]) {
        const { status } = failureOf(await workspace.cli([...args, `--session=${name}`]));
        assert.equal(status, 2, args[0]);
      }
      assert.deepEqual(workspace.files(), before);
      assert.equal(existsSync(join(workspace.librettoFolder, "x")), false);
    });
  }

  it("E: a name of 64 characters with every kind of character works", async () => {
    const { workspace, site } = given;
    const name = `A0${"._-".repeat(20)}zZ`;
    await workspace.open(site.url(), "--session", name);
    assert.equal(workspace.requireState(name).session, name);
  });
});
