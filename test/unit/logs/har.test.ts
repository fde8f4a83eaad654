import assert from "node:assert/strict";
import { toHar } from "../../../src/sessions/logs/export/har.js";
import type { NetworkRow } from "../../../src/sessions/logs/rows.js";

/** An answer that stood still and had its row, with the body as far as it had come. */
const begun: NetworkRow = {
  ts: "2026-11-23T10:00:00.000Z",
  id: "7",
  pageId: "abc123",
  method: "GET",
  url: "https://shop.example/slow",
  resourceType: "fetch",
  status: 200,
  statusText: "OK",
  contentType: "text/plain",
  requestHeaders: {},
  responseHeaders: { "content-type": "text/plain" },
  responseBody: "the first",
  bodyTruncated: true,
  size: 9,
  duration: 1_600,
  fromCache: false,
};

interface Entry {
  time: number;
  request: { method: string };
  response: { content: { text?: string; comment?: string } };
}

const entriesOf = (...rows: NetworkRow[]): Entry[] =>
  (toHar(rows, "1.0.0") as { log: { entries: Entry[] } }).log.entries;

describe("S29: the requests on record as HAR", () => {
  it("S29: an answer that ended after it had its row is one entry, with its method, its whole body and its whole time", () => {
    const { bodyTruncated: _cut, ...whole } = begun;
    const end: NetworkRow = {
      ...whole,
      id: "7.end",
      method: "END",
      responseBody: "the first and the last",
      size: 22,
      duration: 4_000,
    };
    for (const rows of [
      [begun, end],
      [end, begun],
    ])
      assert.deepEqual(
        entriesOf(...rows).map(({ time, request, response }) => [
          request.method,
          time,
          response.content.text,
          response.content.comment,
        ]),
        [["GET", 4_000, "the first and the last", undefined]],
      );
  });

  it("S29: one of which no end is on record says that its body may not be all of it", () => {
    const [entry] = entriesOf(begun, { ...begun, id: "8", url: "https://shop.example/other" });
    assert.deepEqual(entry?.response.content.comment, "The body is not on record as a whole.");
    assert.equal(entry?.response.content.text, "the first");
  });
});
