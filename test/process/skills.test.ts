import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isReading, type SessionCommand } from "../../src/sessions/model/policy.js";
import { overview } from "../../src/cli/overview.js";
import { useFixtures } from "../support/fixtures.js";

describe("skills", () => {
  const given = useFixtures("skills", "each");
  const path = (folder: string): string => join(given.workspace.folder, folder, "skills", "libretto", "SKILL.md");

  it("A6: add writes where an agent's folder is, else into .agents, and status says what is stale", async () => {
    const { workspace } = given;
    assert.match(await workspace.ok(["skills", "status"]), /No skill file/);
    await workspace.ok(["skills", "add"]);
    assert.ok(existsSync(path(".agents")));
    mkdirSync(join(workspace.folder, ".claude"));
    await workspace.ok(["skills", "add"]);
    await workspace.ok(["skills", "add", "github"]);
    for (const folder of [".claude", ".agents", ".github"])
      assert.match(readFileSync(path(folder), "utf8"), /^---\nname: libretto\n/);
    assert.match(await workspace.ok(["skills", "status"]), /\.claude\/skills\/libretto\/SKILL\.md is current/);

    writeFileSync(path(".claude"), readFileSync(path(".claude"), "utf8").replace("Rules:", "Old rules:"));
    const stale = await workspace.cli(["skills", "status"]);
    assert.equal(stale.status, 1);
    assert.match(stale.stdout, /\.claude\/skills\/libretto\/SKILL\.md is stale/);
    assert.match(await workspace.ok(["skills", "add", "claude"]), /brought up to date/);
    await workspace.ok(["skills", "status"]);
  });

  it("A6: the file is short and allows the verbs that only look, by the access table, and no other", async () => {
    const { workspace } = given;
    await workspace.ok(["skills", "add", "claude"]);
    const text = readFileSync(path(".claude"), "utf8");
    assert.ok(Buffer.byteLength(text) < 3_500, `${Buffer.byteLength(text)} bytes`);
    const allowed = [
      ...(/^allowed-tools: (.*)$/m.exec(text)?.[1] ?? "").matchAll(/Bash\(libretto ([\w -]+):\*\)/g),
    ].map(([, words]) => words ?? "");
    const looks = Object.keys(overview).filter((name) => isReading(name as SessionCommand) && name !== "status");
    assert.deepEqual(allowed.sort(), [...looks, "list", "skills get"].sort());
  });

  it("A6: get prints the guide of this version, whose commands are there", async () => {
    const guide = await given.workspace.ok(["skills", "get"]);
    const named = new Set([...guide.matchAll(/\blibretto ([a-z]+(?:-[a-z]+)*)/g)].map(([, name]) => name ?? ""));
    assert.ok(named.size > 8);
    for (const name of named) assert.ok(name in overview, `there is no command ${name}`);
  });

  it("A6: nothing is written through a link, and other words are refused", async () => {
    const { workspace } = given;
    mkdirSync(join(workspace.scratch, "elsewhere"));
    symlinkSync(join(workspace.scratch, "elsewhere"), join(workspace.folder, ".claude"));
    const refused = await workspace.cli(["skills", "add", "claude"]);
    assert.equal(refused.status, 1);
    assert.ok(!existsSync(join(workspace.scratch, "elsewhere", "skills")));
    assert.equal((await workspace.cli(["skills", "add", "emacs"])).status, 2);
    assert.equal((await workspace.cli(["skills", "remove"])).status, 2);
  });
});
