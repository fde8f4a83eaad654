import assert from "node:assert/strict";
import { fromPaneSchema } from "../../src/views/webviews/logPane/protocol.js";

describe("the messages of a log pane", () => {
  it("are refused where they are not of the right shape", () => {
    const wrong: unknown[] = [
      undefined,
      null,
      1,
      "ready",
      [],
      {},
      { type: "run" },
      { type: "__proto__" },
      { type: "read" },
      { type: "read", generation: 1, first: -1, end: 2 },
      { type: "read", generation: 1, first: 0.5, end: 2 },
      { type: "read", generation: "1", first: 0, end: Number.POSITIVE_INFINITY },
      { type: "filter", text: {}, context: 0, keep: null },
      { type: "filter", text: "", context: -1, keep: null },
      { type: "find", request: 1, text: "a", from: 0, direction: 2 },
      { type: "copy", ref: 1, what: "file" },
      { type: "copy", ref: Number.NaN, what: "row" },
      { type: "open", ref: 1 },
      { type: "copyText", text: 5 },
      { type: "export", from: 1 },
      { type: "export", from: 0.5, to: null },
      { type: "state", following: "yes", place: null, selected: null, open: false },
      { type: "state", following: true, place: -1, selected: null, open: false },
    ];
    for (const message of wrong)
      assert.equal(fromPaneSchema.safeParse(message).success, false, JSON.stringify(message));
  });
});
