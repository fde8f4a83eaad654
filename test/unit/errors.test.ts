import assert from "node:assert/strict";
import { shownEndpoint } from "../../src/sessions/model/endpoint.js";
import {
  errorCodes,
  LibrettoError,
  nobodyWaits,
  reopenHint,
  sessionExists,
  systemCode,
  usageError,
  withoutExcerpt,
  type ErrorCode,
} from "../../src/sessions/util/errors.js";

const failed = (message: string, code?: string): Error => Object.assign(new Error(message), code && { code });

describe("E what to do about a failure", () => {
  for (const [thrown, hint] of [
    [failed("write failed", "ENOSPC"), /room on the disk/],
    [failed("open failed", "EACCES"), /permissions.*libretto status/],
    [failed("mkdir failed", "EROFS"), /LIBRETTO_ROOT/],
    [failed("open failed", "EMFILE"), /ulimit/],
    [failed("read failed", "ECONNRESET"), /libretto list/],
    [failed("write failed", "EDQUOT"), /share of the disk/],
    [failed("unlink failed", "EPERM"), /permissions.*libretto status/],
    [failed("open failed", "ENOENT"), /removed meanwhile/],
    [failed("mkdir failed", "ENOTDIR"), /a folder should be/],
    [failed("open failed", "ENFILE"), /Too many files/],
    [failed("fork failed", "ENOMEM"), /memory/],
    [failed("connect failed", "ECONNREFUSED"), /Nothing answers/],
    [failed("write failed", "EPIPE"), /libretto list/],
    [failed("connect failed", "ETIMEDOUT"), /Nothing answered in time/],
    [failed("getaddrinfo failed", "ENOTFOUND"), /No machine/],
    [failed("Protocol error: Session closed."), /libretto pages/],
    [failed("Target closed"), /libretto pages/],
    [failed("read failed", "EWHATEVER"), /Run the command again.*libretto status/],
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
    // An address with a key in it is not shown.
    assert.match(
      reopenHint({ session, kind: "connected", cdpEndpoint: "wss://rent.example/?token=abc" }),
      /^Connect to the browser again: `libretto connect <address> --session s`\.$/,
    );
    assert.match(reopenHint({ session }, "then"), /^Open it again then: `libretto open <url> --session s`\.$/);
  });
});

describe("E an error on its way", () => {
  const place = { file: "/w.ts", line: 3, column: 5 };
  const target = { locator: "x", problem: "missing" as const, candidates: [] };

  it("E crosses a process whole, and an unknown kind of a later version is a failure", () => {
    const whole = new LibrettoError("RefusedByMode", "what", "person", { askHint: "program", place, target });
    const bare = new LibrettoError("TimedOut", "what", "next");
    assert.deepEqual(bare.toJSON(), { code: "TimedOut", message: "what", hint: "next" });
    assert.deepEqual(whole.toJSON(), {
      code: "RefusedByMode",
      message: "what",
      hint: "person",
      place,
      target,
      askHint: "program",
    });
    for (const error of [whole, bare])
      assert.deepEqual(LibrettoError.fromData(error.toJSON()).toJSON(), error.toJSON());
    const later = LibrettoError.fromData({ code: "FromTheFuture" as ErrorCode, message: "what", hint: "next" });
    assert.deepEqual([later.code, later.exitStatus], ["Failed", 1]);
  });

  it("E a program is told what it can do instead, and all else stays; without that it is the same error", () => {
    const cause = new Error("why");
    const forPerson = new LibrettoError("RefusedByMode", "what", "person", {
      askHint: "program",
      place,
      target,
      cause,
    });
    const forProgram = forPerson.forProgram();
    assert.deepEqual(
      [forProgram.code, forProgram.message, forProgram.hint, forProgram.place, forProgram.target, forProgram.cause],
      ["RefusedByMode", "what", "program", place, target, cause],
    );
    assert.equal(forProgram.askHint, undefined);
    assert.equal(forProgram.forProgram(), forProgram);
  });

  it("E what was thrown becomes one, with its cause; one of ours stays as it is", () => {
    const own = usageError("what", "next");
    assert.equal(LibrettoError.from(own), own);
    assert.deepEqual([own.code, own.message, own.hint], ["Usage", "what", "next"]);
    const cause = new Error("why");
    const made = LibrettoError.from(cause);
    assert.deepEqual([made.code, made.message, made.cause], ["Failed", "why", cause]);
    assert.equal(LibrettoError.from("a string").message, "a string");
  });

  it("E the system's code is told where there is one", () => {
    assert.equal(systemCode(failed("x", "ENOENT")), "ENOENT");
    for (const thrown of [
      failed("x"),
      { code: "ENOENT" },
      Object.assign(new Error("x"), { code: 1 }),
      undefined,
      "ENOENT",
    ])
      assert.equal(systemCode(thrown), undefined);
  });

  it("E what is written down holds no line of the user's code", () => {
    for (const [message, without] of [
      ["boom (line 3, column 5): await page.fill('#p', 'secret')", "boom (line 3, column 5)"],
      ["boom (line 3, column 5 of the code): secret\nsecond line", "boom (line 3, column 5 of the code)"],
      ["boom (line 12, column 34): secret", "boom (line 12, column 34)"],
      ["boom (/a b/w.ts:12:34): secret", "boom (/a b/w.ts:12:34)"],
      ["boom (src/w.ts:3:5): secret", "boom (src/w.ts:3:5)"],
      ["boom (line 3): harmless", "boom (line 3): harmless"],
      ["boom: harmless", "boom: harmless"],
    ] as const)
      assert.equal(withoutExcerpt(message), without);
  });

  it("E a name that is taken says by what, and how to use it or to be rid of it", () => {
    const open = sessionExists("s", { status: "active", url: "http://x/" });
    assert.deepEqual([open.code, open.message], ["SessionExists", 'Session "s" is open already, at http://x/.']);
    assert.match(open.hint, /readonly-exec --session s .*close --session s`.*another name/);
    assert.equal(sessionExists("s", { status: "starting", url: "" }).message, 'Session "s" is being opened.');
    assert.equal(sessionExists("s", undefined).message, 'Session "s" is open already.');
    assert.deepEqual(
      [nobodyWaits().code, nobodyWaits().message, nobodyWaits().name],
      ["Interrupted", "Nobody waits for it any more.", "LibrettoError"],
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
    ["wss://user@rent.example/x", "wss://***masked***@rent.example/x"],
    ["wss://:pass@rent.example/x", "wss://***masked***@rent.example/x"],
    ["wss://rent.example/v1/k3yk3yk3yk3yk3yk3y/cdp", "wss://rent.example/v1/***masked***/cdp"],
    ["ws://h/devtools/browser/1?apiKey=abc", "ws://h/devtools/browser/1?apiKey=***masked***"],
    ["not an address?token=abc", "not an address?token=***masked***"],
  ] as const)
    it(given, () => {
      assert.equal(shownEndpoint(given), shown ?? given);
      assert.equal(shownEndpoint(shownEndpoint(given)), shown ?? given);
    });
});
