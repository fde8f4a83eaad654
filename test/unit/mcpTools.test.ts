import assert from "node:assert/strict";
import { isAllowed, isReading } from "../../src/sessions/model/policy.js";
import { instructions } from "../../src/mcp/instructions.js";
import { maxSteps } from "../../src/sessions/model/actSteps.js";
import { entries, isReading as isReadingTool, maxActSteps, offered, toolNames } from "../../src/mcp/toolList.js";

const all = toolNames;

describe("the tools of libretto mcp, as clients are told of them", () => {
  it("A1: descriptions have at most 600 characters each, and 6,500 together; the instructions 2,048", () => {
    for (const tool of all)
      assert.ok(entries[tool].description.length <= 600, `${tool}: ${entries[tool].description.length}`);
    assert.ok(all.reduce((sum, tool) => sum + entries[tool].description.length, 0) <= 6_500);
    for (const readOnly of [false, true])
      for (const allowExec of [false, true]) assert.ok(instructions({ readOnly, allowExec }).length <= 2_048);
  });

  it("A4: a tool is said to be read-only exactly where the access table says that its command only looks", () => {
    assert.deepEqual(all.filter(isReadingTool), ["sessions", "snapshot", "screenshot", "read", "logs"]);
    for (const tool of all) {
      const { command } = entries[tool];
      assert.equal(isReadingTool(tool), command !== undefined && isReading(command));
      // What only looks is what the host lets through in either mode.
      if (isReadingTool(tool)) assert.ok(command !== undefined && isAllowed(command, "read-only"));
    }
  });

  it("A4: what ends or changes something that is there is said to, and nothing else is", () => {
    const destroys = all.filter((tool) => entries[tool].destructive);
    assert.deepEqual(destroys, ["close", "act", "exec", "run"]);
    // What is done again and changes nothing more: no second click, no second session.
    const repeats = all.filter((tool) => !entries[tool].idempotent);
    assert.deepEqual(repeats, ["open", "act", "exec", "run"]);
  });

  it("A1: what is said of an act's steps is what they are checked by", () => assert.equal(maxActSteps, maxSteps));

  it("A1, A2: with --read-only no tool is offered that the host lets change a page, and there is never one that unlocks", () => {
    for (const tool of offered({ readOnly: true, allowExec: false }))
      assert.ok(isReadingTool(tool) || tool === "open" || tool === "close", tool);
    for (const tool of all) assert.notEqual(entries[tool].command, "session-mode");
  });
});
