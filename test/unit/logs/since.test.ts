import assert from "node:assert/strict";
import { LibrettoError } from "../../../src/sessions/util/errors.js";
import { parseSince } from "../../../src/sessions/logs/since.js";

describe("parseSince", () => {
  const now = Date.parse("2026-11-23T12:00:00.000Z");
  for (const [text, expected] of [
    ["5m", "2026-11-23T11:55:00.000Z"],
    ["90s", "2026-11-23T11:58:30.000Z"],
    ["1.5h", "2026-11-23T10:30:00.000Z"],
    ["2d", "2026-11-21T12:00:00.000Z"],
    ["250ms", "2026-11-23T11:59:59.750Z"],
    ["2026-11-23T10:00Z", "2026-11-23T10:00:00.000Z"],
    ["2026-11-23 10:00:00.5+01:00", "2026-11-23T09:00:00.500Z"],
  ] as const) {
    it(`${text} is ${expected}`, () => assert.equal(parseSince(text, now), expected));
  }

  it("a date is that day's midnight here, not in UTC", () => {
    assert.equal(parseSince("2026-11-23", now), new Date(2026, 10, 23).toISOString());
  });

  for (const text of ["", "5", "m", "yesterday", "2026-13-45", "-5m", "99999999999d"]) {
    it(`${JSON.stringify(text)} is a usage error`, () =>
      assert.throws(
        () => parseSince(text, now),
        (error) => error instanceof LibrettoError && error.code === "Usage",
      ));
  }
});
