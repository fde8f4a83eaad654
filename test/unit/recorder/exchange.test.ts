import assert from "node:assert/strict";
import { Exchange, rowOf } from "../../../src/sessions/host/recorder/exchange.js";
import type { RequestWillBeSent, Response } from "../../../src/sessions/host/recorder/networkEvents.js";
import type { CdpSession } from "../../../src/sessions/host/wire/cdp.js";

const session = { sessionId: "S" } as CdpSession;
const request = (url: string): RequestWillBeSent => ({
  requestId: "R",
  loaderId: "L",
  timestamp: 10,
  wallTime: 1_700_000_000,
  request: { url, method: "GET", headers: { "X-Provisional": "1" } },
});
const response = (status: number): Response => ({
  status,
  statusText: "Told",
  headers: { "X-Parsed": "1" },
  mimeType: "text/plain",
  encodedDataLength: 5,
});

describe("Must show 1: the headers of a request come in any order", () => {
  const orders = ["before the request", "between request and answer", "after the answer"];
  for (const [index, name] of orders.entries()) {
    it(`extra information ${name} is the hop's`, () => {
      const exchange = new Exchange("R", session, "L");
      const extras = (): void => {
        exchange.sentExtra({ requestId: "R", headers: { "X-Sent": "1" } });
        exchange.receivedExtra({ requestId: "R", headers: { "X-Received": "1" }, statusCode: 200 });
      };
      if (index === 0) extras();
      const hop = exchange.begin(request("http://a/"), "p", undefined);
      if (index === 1) extras();
      exchange.responded(hop, response(200), true);
      if (index === 2) extras();
      assert.deepEqual(rowOf(hop).requestHeaders, { "X-Sent": "1" });
      assert.deepEqual(rowOf(hop).responseHeaders, { "X-Received": "1" });
    });
  }

  it("each hop of a redirect gets its own, also where the next hop's come before the next hop", () => {
    const exchange = new Exchange("R", session, "L");
    const first = exchange.begin(request("http://a/"), "p", undefined);
    for (const n of ["1", "2"]) {
      exchange.sentExtra({ requestId: "R", headers: { n } });
      exchange.receivedExtra({ requestId: "R", headers: { n }, statusCode: n === "1" ? 302 : 200 });
    }
    exchange.responded(first, response(302), true);
    first.end = { time: 11, size: 1, at: 0 };
    const second = exchange.begin(request("http://b/"), "p", undefined);
    exchange.responded(second, response(200), true);
    assert.deepEqual(
      [rowOf(first), rowOf(second)].map(({ id, status, requestHeaders }) => [id, status, requestHeaders["n"]]),
      [
        ["R", 302, "1"],
        ["R#1", 200, "2"],
      ],
    );
  });

  it("a hop that the browser answered itself takes none of those that follow", () => {
    const exchange = new Exchange("R", session, "L");
    const upgraded = exchange.begin(request("http://a/"), "p", undefined);
    exchange.sentExtra({ requestId: "R", headers: { of: "the second" } });
    exchange.responded(upgraded, response(307), false);
    upgraded.end = { time: 11, size: 0, at: 0 };
    const second = exchange.begin(request("https://a/"), "p", undefined);
    exchange.responded(second, response(200), true);
    assert.deepEqual(rowOf(upgraded).requestHeaders, { "X-Provisional": "1" });
    assert.deepEqual(rowOf(second).requestHeaders, { of: "the second" });
  });

  it("a 304 is told as what the server said", () => {
    const exchange = new Exchange("R", session, "L");
    const hop = exchange.begin(request("http://a/"), "p", undefined);
    exchange.responded(hop, response(200), true);
    exchange.receivedExtra({ requestId: "R", headers: {}, statusCode: 304 });
    assert.deepEqual([rowOf(hop).status, rowOf(hop).statusText], [304, "Not Modified"]);
  });
});
