import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cliPath } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";

/** What is typed, the last word being completed, and all that the shell offers for it. */
const offers: [words: string[], offered: string[]][] = [
  [["se"], ["session-mode", "setup"]],
  [
    ["close", "--session", ""],
    ["live", "other.one"],
  ],
  [["close", "--session", "o"], ["other.one"]],
  [
    ["session-mode", "--session", "live", ""],
    ["read-only", "write-access"],
  ],
  [["exec", "await page.title()", "--pa"], ["--page"]],
  [["open", "http://localhost:8080/?a=b", "--headl"], ["--headless"]],
  [
    ["open", "--wait-until", ""],
    ["load", "domcontentloaded", "commit"],
  ],
  [["help", "snap"], ["snapshot"]],
  [["completion", "f"], ["fish"]],
  [["nonsense", ""], []],
];

describe("shell completion, in the shell itself", () => {
  const given = useFixtures("shell");
  let env: Record<string, string>;
  before(async () => {
    const { workspace, site } = given;
    for (const name of ["live", "other.one"]) await workspace.open(site.url(), "--session", name);
    symlinkSync(cliPath, join(workspace.scratch, "libretto"));
    env = { ...workspace.env, PATH: `${workspace.scratch}${delimiter}${process.env["PATH"] ?? ""}` };
  });

  function shell(program: string, args: string[]): string[] {
    const { stdout, stderr, status } = spawnSync(program, args, { cwd: given.workspace.folder, env, encoding: "utf8" });
    assert.deepEqual([stderr, status], ["", 0]);
    return stdout.split("\n").filter(Boolean);
  }

  describe("bash", () => {
    before(function () {
      if (spawnSync("bash", ["--version"]).error) leaveOut(this, "completion in bash: it is not installed");
    });

    /** @param words as bash has them: `=` is a word of its own. `compopt` works only where a person types. */
    const complete = (words: string[]): string[] =>
      shell("bash", [
        "--norc",
        "-c",
        'compopt() { :; }; eval "$(libretto completion bash)"; eval "$(libretto completion bash)"; COMP_WORDS=(libretto "$@"); COMP_CWORD=$#; _libretto_completion; printf "%s\\n" "${COMPREPLY[@]}"',
        "bash",
        ...words,
      ]);

    for (const [words, offered] of offers) {
      it(`libretto ${words.join(" ")}⇥ offers ${offered.join(", ") || "nothing"}`, () =>
        assert.deepEqual(complete(words).sort(), [...offered].sort()));
    }

    it("a value behind = is offered alone, as bash wants it, also where = does not part words", () => {
      assert.deepEqual(complete(["close", "--session", "=", "o"]), ["other.one"]);
      assert.deepEqual(complete(["close", "--session", "="]), ["live", "other.one"]);
      assert.deepEqual(complete(["close", "--session=o"]), ["--session=other.one"]);
      assert.deepEqual(complete(["close", "--session", "=", "live", "--js"]), ["--json"]);
    });

    it("nothing of what was typed is run", () => {
      const { workspace } = given;
      const before = workspace.files();
      assert.deepEqual(complete(["exec", '"$(touch ran)"', ">", "ran-too", "`touch ran-three`", "--pa"]), ["--page"]);
      assert.deepEqual(workspace.files(), before);
    });
  });

  describe("fish", () => {
    before(function () {
      if (spawnSync("fish", ["--version"]).error) leaveOut(this, "completion in fish: it is not installed");
    });

    const complete = (line: string): string[] =>
      shell("fish", [
        "--no-config",
        "-c",
        `libretto completion fish | source; complete --do-complete ${JSON.stringify(line)}`,
      ]).map((offer) => offer.split("\t")[0] ?? "");

    it("commands, sessions, modes and options are offered", () => {
      assert.deepEqual(complete("libretto se"), ["session-mode", "setup"]);
      assert.deepEqual(complete("libretto close --session "), ["live", "other.one"]);
      assert.deepEqual(complete("libretto session-mode --session live w"), ["write-access"]);
      assert.deepEqual(complete("libretto exec 1 --pa"), ["--page"]);
    });
  });

  it("files are left to the shell where a file is asked for, and nowhere else", async () => {
    const { workspace } = given;
    writeFileSync(join(workspace.scratch, "steps.ts"), "");
    for (const words of [
      ["run", "st"],
      ["exec", "--file", "st"],
      ["open", "st"],
      ["open", "--executable-path", ""],
    ])
      assert.match(await workspace.ok(["complete", "--", ...words]), /^:0$/m, words.join(" "));
    for (const words of [
      ["close", "--session", ""],
      ["list", ""],
      ["exec", "--timeout", ""],
    ])
      assert.match(await workspace.ok(["complete", "--", ...words]), /^:4$/m, words.join(" "));
  });
});
