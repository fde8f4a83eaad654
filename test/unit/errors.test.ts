import assert from "node:assert/strict";
import { shownEndpoint } from "../../src/sessions/model/endpoint.js";
import { errorCodes, LibrettoError, reopenHint, type ErrorCode } from "../../src/sessions/util/errors.js";

describe("E what to do about a failure", () => {
  const failed = (message: string, code?: string): Error => Object.assign(new Error(message), code && { code });

  for (const [thrown, hint] of [
    [failed("write failed", "ENOSPC"), /room on the disk/],
    [failed("open failed", "EACCES"), /permissions.*libretto status/],
    [failed("mkdir failed", "EROFS"), /LIBRETTO_ROOT/],
    [failed("open failed", "EMFILE"), /ulimit/],
    [failed("read failed", "ECONNRESET"), /libretto list/],
    [failed("page.click: Target page, context or browser has been closed"), /libretto pages/],
    [failed("nobody foresaw this"), /Run the command again.*libretto status/],
    ["a string", /Run the command again.*libretto status/],
  ] as const)
    it(`E fits the case, and is never to set a variable alone: ${thrown instanceof Error ? thrown.message : thrown}`, () => {
      const error = LibrettoError.from(thrown);
      assert.match(error.hint, hint);
      assert.doesNotMatch(error.hint, /^Set LIBRETTO_DEBUG/);
    });

  it("E a session that is over is had again by the command that it came from", () => {
    const session = "s";
    assert.match(reopenHint({ session, kind: "launched" }), /^Open it again: `libretto open <url> --session s`\.$/);
    assert.match(reopenHint({ session, kind: "run" }), /`libretto run <file> --session s`/);
    assert.match(
      reopenHint({ session, kind: "launched", grid: { url: "http://hub:4444" } }),
      /--grid http:\/\/hub:4444/,
    );
    assert.match(
      reopenHint({ session, kind: "connected", cdpEndpoint: "ws://127.0.0.1:9222/devtools/browser/1-2" }),
      /`libretto connect http:\/\/127\.0\.0\.1:9222 --session s`/,
    );
    assert.match(
      reopenHint({ session, kind: "connected", cdpEndpoint: null }, "when it is gone"),
      /when it is gone: `libretto connect <address>/,
    );
  });
});

describe("E exit statuses", () => {
  const documented: Partial<Record<ErrorCode, number>> = {
    Usage: 2,
    ReadonlyExecDenied: 3,
    RefusedByMode: 3,
    NoSuchSession: 4,
    TimedOut: 5,
    Interrupted: 130,
  };
  it("E every kind of failure has the one that is documented, and those of no special kind have 1", () => {
    for (const code of errorCodes) {
      const { exitStatus } = new LibrettoError(code, "what", "next");
      assert.equal(exitStatus, documented[code] ?? 1, code);
      assert.equal(LibrettoError.fromData({ code, message: "what", hint: "next" }).exitStatus, exitStatus, code);
    }
  });
});

describe("the address of a remote browser, as it is shown", () => {
  for (const [given, shown] of [
    ["ws://127.0.0.1:9222/devtools/browser/0c0f5d3e-31c1-4b5e", undefined],
    ["http://localhost:9222", undefined],
    ["wss://rent.example/?token=abc&timeout=5", "wss://rent.example/?token=***masked***&timeout=***masked***"],
    ["wss://user:pass@rent.example/x", "wss://***masked***@rent.example/x"],
    ["wss://rent.example/v1/k3yk3yk3yk3yk3yk3y/cdp", "wss://rent.example/v1/***masked***/cdp"],
    ["ws://h/devtools/browser/1?apiKey=abc", "ws://h/devtools/browser/1?apiKey=***masked***"],
    ["not an address?token=abc", "not an address?token=***masked***"],
  ] as const)
    it(given, () => {
      assert.equal(shownEndpoint(given), shown ?? given);
      assert.equal(shownEndpoint(shownEndpoint(given)), shown ?? given);
    });
});
