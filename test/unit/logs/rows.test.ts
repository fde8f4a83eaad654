import assert from "node:assert/strict";
import { rowSchemas } from "../../../src/sessions/logs/rowSchemas.js";
import { logFileNames, logKinds, timestamp, type RowOf } from "../../../src/sessions/logs/rows.js";

const ts = "2026-11-23T01:02:03.004Z";
const examples: { [kind in keyof RowOf]: RowOf[kind] } = {
  logs: { ts, level: "info", event: "mode.changed", message: "now read-only", data: { by: "cli" } },
  network: {
    ts,
    id: "1",
    pageId: null,
    method: "GET",
    url: "https://example.com/",
    resourceType: "document",
    status: null,
    statusText: "",
    contentType: null,
    requestHeaders: { accept: "*/*" },
    responseHeaders: {},
    size: 0,
    duration: 1.5,
    fromCache: false,
    failure: "net::ERR_FAILED",
  },
  actions: {
    ts,
    source: "user",
    pageId: "p1",
    action: "click",
    coordinates: { x: 1, y: 2 },
    duration: 3,
    success: true,
  },
};

describe("rows of the logs (SPEC section F)", () => {
  for (const kind of logKinds) {
    it(`${logFileNames[kind]}: the schema takes a row as it is, and refuses one without a time`, () => {
      assert.deepEqual(rowSchemas[kind].parse(examples[kind]), examples[kind]);
      assert.equal(rowSchemas[kind].safeParse({ ...examples[kind], ts: undefined }).success, false);
      assert.equal(rowSchemas[kind].safeParse({ ...examples[kind], ts: "yesterday" }).success, false);
    });
  }

  it("times are ISO 8601 UTC with milliseconds", () => {
    assert.equal(timestamp(0), "1970-01-01T00:00:00.000Z");
    assert.match(timestamp(), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});
