import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { commands, type CommandName } from "../../src/cli/commands.js";
import { readPlainArguments } from "../../src/cli/arguments.js";

describe("S21 the words of a command", () => {
  const calls = [
    [],
    ["a"],
    ["a", "b"],
    ["-"],
    [""],
    ["--", "--json", "-s"],
    ["a", "--", "-1"],
    ["--json"],
    ["--session", "x"],
    ["--session=x"],
    ["--session="],
    ["--session=a=b"],
    ["-s", "x"],
    ["-sx"],
    ["-s=x"],
    ["-s"],
    ["--session"],
    ["--session", "-x"],
    ["--session=-x"],
    ["--session", "--json"],
    ["--session", "a", "--session", "b"],
    ["--json", "--json"],
    ["--json=1"],
    ["--no-json"],
    ["--nonsense"],
    ["--__proto__", "x"],
    ["--constructor", "x"],
    ["-x"],
    ["--"],
    ["---"],
    ["--Session", "x"],
    ["return 1", "--timeout", "5", "--page", "p"],
    ["--read-only", "url"],
    ["--headless", "--viewport", "1x1", "u"],
    ["--all", "--force"],
    ["-a"],
    ["-af"],
    ["a\nb", "--session=c\nd"],
    ["--timeout", "-1"],
    ["--timeout=-1"],
  ];
  for (const name of Object.keys(commands) as CommandName[]) {
    it(`${name}: what the quick reader reads, Node's parser reads alike`, async () => {
      const options = { ...(await commands[name]()).options, json: { type: "boolean" as const, help: "" } };
      let quick = 0;
      for (const args of calls) {
        const read = readPlainArguments(args, options);
        if (!read) continue;
        quick++;
        const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
        assert.deepEqual({ ...read.values }, { ...values }, JSON.stringify(args));
        assert.deepEqual(read.positionals, positionals, JSON.stringify(args));
      }
      assert.ok(quick >= 8, `${quick} were plain`);
    });
  }
});
