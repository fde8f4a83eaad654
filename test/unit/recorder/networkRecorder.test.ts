import assert from "node:assert/strict";
import { mock } from "node:test";
import { NetworkRecorder } from "../../../src/sessions/host/recorder/networkRecorder.js";
import { Redactor } from "../../../src/sessions/logs/redact.js";
import type { NetworkRow } from "../../../src/sessions/logs/rows.js";
import type { CdpSession } from "../../../src/sessions/host/wire/cdp.js";

describe("Section F: a row for an answer that the page never reads", () => {
  afterEach(() => mock.timers.reset());

  it("comes soon where no more than the size would be kept, and where a body may still come after that", () => {
    mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"] });
    const listeners = new Map<string, (event: object) => void>();
    const session = {
      sessionId: "S",
      on: (event: string, listener: (params: object) => void) => void listeners.set(event, listener),
      send: () => Promise.resolve({}),
    } as unknown as CdpSession;
    const rows: NetworkRow[] = [];
    const recorder = new NetworkRecorder({
      write: (row) => rows.push(row),
      redactor: new Redactor(true),
      bodyLimitBytes: 65_536,
    });
    void recorder.attach({ session, targetId: "T", type: "page", pageId: "p", url: "http://a/" });
    const tell = (event: string, params: object): void => listeners.get(`Network.${event}`)?.(params);
    for (const [requestId, dataLength] of [
      ["large", 3 * 1024 * 1024],
      ["small", 1_000],
    ] as const) {
      const url = `http://a/${requestId}`;
      const response = {
        url,
        status: 200,
        statusText: "OK",
        headers: {},
        mimeType: "text/plain",
        encodedDataLength: 0,
      };
      tell("requestWillBeSent", { requestId, timestamp: 1, wallTime: 1, request: { url, method: "GET", headers: {} } });
      tell("responseReceived", { requestId, hasExtraInfo: false, response });
      tell("dataReceived", { requestId, dataLength, encodedDataLength: dataLength });
    }
    const written = (): [string, boolean | undefined][] =>
      rows.map(({ id, bodyTruncated }): [string, boolean | undefined] => [id, bodyTruncated]);
    mock.timers.tick(4_000);
    assert.deepEqual(written(), [["large", true]]);
    assert.equal(rows[0]?.size, 3 * 1024 * 1024);
    mock.timers.tick(8_000);
    assert.deepEqual(written(), [
      ["large", true],
      ["small", true],
    ]);
    recorder.dispose();
  });
});
