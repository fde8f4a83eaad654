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

  for (const [zone, date, time] of [
    ["America/New_York", "2026-11-23T05:00:00.000Z", "2026-11-23T15:00:00.000Z"],
    ["Asia/Kolkata", "2026-11-22T18:30:00.000Z", "2026-11-23T04:30:00.000Z"],
    ["UTC", "2026-11-23T00:00:00.000Z", "2026-11-23T10:00:00.000Z"],
  ] as const)
    it(`in ${zone} a date is that day's midnight there, and a time without a zone is of there, too`, () => {
      const before = process.env.TZ;
      process.env.TZ = zone;
      try {
        assert.deepEqual(
          ["2026-11-23", "2026-11-23 10:00", "2026-11-23T10:00"].map((text) => parseSince(text, now)),
          [date, time, time],
        );
      } finally {
        if (before === undefined) delete process.env.TZ;
        else process.env.TZ = before;
      }
    });

  for (const text of ["", "5", "m", "yesterday", "2026-13-45", "-5m", "99999999999d"]) {
    it(`${JSON.stringify(text)} is a usage error`, () =>
      assert.throws(
        () => parseSince(text, now),
        (error) => error instanceof LibrettoError && error.code === "Usage",
      ));
  }
});
