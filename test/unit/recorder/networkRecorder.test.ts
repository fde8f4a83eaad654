import assert from "node:assert/strict";
import { mock } from "node:test";
import { NetworkRecorder } from "../../../src/sessions/host/recorder/networkRecorder.js";
import { Redactor } from "../../../src/sessions/logs/redact.js";
import type { NetworkRow } from "../../../src/sessions/logs/rows.js";
import type { CdpSession } from "../../../src/sessions/host/wire/cdp.js";

describe("Section F: a row for an answer that the page never reads", () => {
  afterEach(() => mock.timers.reset());

  const answers: Record<string, object> = { "Network.streamResourceContent": { bufferedData: "Ym9keQ==" } };
  let rows: NetworkRow[];
  let recorder: NetworkRecorder;
  let listeners: Map<string, (event: object) => void>;
  const tell = (event: string, params: object): void => listeners.get(`Network.${event}`)?.(params);

  beforeEach(() => {
    mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"] });
    listeners = new Map();
    const session = {
      sessionId: "S",
      on: (event: string, listener: (params: object) => void) => void listeners.set(event, listener),
      send: (method: string) => Promise.resolve(answers[method] ?? {}),
    } as unknown as CdpSession;
    rows = [];
    recorder = new NetworkRecorder({
      write: (row) => rows.push(row),
      redactor: new Redactor(true),
      bodyLimitBytes: 65_536,
    });
    void recorder.attach({ session, targetId: "T", type: "page", pageId: "p", url: "http://a/" });
  });
  const answer = (requestId: string, dataLength: number, headers: Record<string, string> = {}): void => {
    const url = `http://a/${requestId}`;
    const response = { url, status: 200, statusText: "OK", headers, mimeType: "text/plain", encodedDataLength: 0 };
    tell("requestWillBeSent", { requestId, timestamp: 1, wallTime: 1, request: { url, method: "GET", headers: {} } });
    tell("responseReceived", { requestId, hasExtraInfo: false, response });
    tell("dataReceived", { requestId, dataLength, encodedDataLength: dataLength });
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };

  it("comes while nothing has ended, long or short, and says whether its body is whole", async () => {
    answer("large", 3 * 1024 * 1024);
    answer("short", 4);
    answer("whole", 4, { "content-length": "4" });
    mock.timers.tick(2_000);
    await settle();
    const written = rows.map(({ id, responseBody, bodyTruncated }) => [id, responseBody, bodyTruncated]);
    assert.deepEqual(written.sort(), [
      ["large", undefined, true],
      ["short", "body", true],
      ["whole", "body", undefined],
    ]);
    recorder.dispose();
    assert.equal(rows.length, 3, "what has its row gets no other when the session ends");
  });

  it("is followed by one of its end where it ends with more, and by none where it is given up or the page goes", async () => {
    for (const id of ["ends", "aborted", "gone"]) answer(id, 4);
    mock.timers.tick(2_000);
    await settle();
    assert.equal(rows.length, 3);
    tell("loadingFailed", { requestId: "aborted", timestamp: 4, errorText: "net::ERR_ABORTED" });
    tell("dataReceived", { requestId: "ends", dataLength: 6, encodedDataLength: 6 });
    tell("loadingFinished", { requestId: "ends", timestamp: 5, encodedDataLength: 10 });
    await settle();
    listeners.get("Runtime.executionContextsCleared")?.({});
    mock.timers.tick(5_000);
    await settle();
    assert.deepEqual(
      rows.slice(3).map(({ id, method, size }) => [id, method, size]),
      [["ends.end", "END", 10]],
    );
    recorder.dispose();
    assert.equal(rows.length, 4);
  });

  it("is not lost where the session ends while its body is read", () => {
    answer("whole", 4, { "content-length": "4" });
    mock.timers.tick(2_000);
    recorder.dispose();
    assert.deepEqual(
      rows.map(({ id, method, failure }) => [id, method, failure]),
      [["whole", "GET", "The session ended before the whole answer came."]],
    );
  });
});
