import assert from "node:assert/strict";
import { sep } from "node:path";
import { mock } from "node:test";
import { pathToFileURL } from "node:url";
import { HeldWorkflow } from "../../src/sessions/host/workflow/heldWorkflow.js";

describe("V9: where a debugger holds a workflow", () => {
  const cwd = process.cwd();
  let told: (string | undefined)[];
  let held: HeldWorkflow;
  const at = (line: number): { url: string; line: number }[] => [
    { url: pathToFileURL(`${cwd}${sep}flow.ts`).href, line },
  ];
  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    told = [];
    held = new HeldWorkflow(cwd, (place) => told.push(place));
  });
  afterEach(() => mock.timers.reset());

  it("is told line by line, and a step's moment between two lines is not", () => {
    held.held(at(3));
    held.held(undefined);
    mock.timers.tick(149);
    held.held(at(4));
    mock.timers.tick(10_000);
    assert.deepEqual(told, ["flow.ts:3", "flow.ts:4"]);
    assert.equal(held.at, "flow.ts:4");
  });

  it("is told of no more once it has run for longer than a step takes", () => {
    held.held(at(3));
    held.held(undefined);
    mock.timers.tick(149);
    assert.equal(held.at, "flow.ts:3");
    mock.timers.tick(1);
    assert.deepEqual([told, held.at], [["flow.ts:3", undefined], undefined]);
  });

  it("waits for a debugger until one is there", () => {
    held.waits();
    held.attached(0);
    assert.equal(held.at, "");
    held.attached(1);
    assert.deepEqual(told, ["", undefined]);
  });

  it("tells nothing once it has ended", () => {
    held.held(at(3));
    held.held(undefined);
    held.ended();
    mock.timers.tick(10_000);
    assert.deepEqual([told, held.at], [["flow.ts:3"], undefined]);
  });
});
