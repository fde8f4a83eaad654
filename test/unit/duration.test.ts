import assert from "node:assert/strict";
import { formatDuration, parseDuration } from "../../src/sessions/model/duration.js";
import { asOfNow, grantIsOver } from "../../src/sessions/model/grant.js";
import type { SessionState } from "../../src/sessions/model/state.js";

describe("S26: lengths of time", () => {
  it("are read as people write them", () => {
    assert.deepEqual(
      ["90s", "15m", "2h", "24h"].map((text) => parseDuration(text, "for")),
      [90_000, 900_000, 7_200_000, 86_400_000],
    );
    for (const text of ["", "15", "m", "0m", "25h", "1.5h", "-1m", "15 m", "15M", "99999999s"])
      assert.throws(() => parseDuration(text, "for"), /--for takes a length of time/, text);
  });
  it("are shown as short as they stay clear", () => {
    assert.deepEqual([45_000, 900_000, 3_600_000, 5_400_000].map(formatDuration), ["45s", "15m", "1h", "1h 30m"]);
  });
});

describe("S26: write access for a time holds by the clock, no matter who reads the record", () => {
  // Far off: files of tests may be loaded a minute before they run.
  const state = { mode: "write-access", grantedUntil: "9999-12-31T23:59:59.999Z" } as SessionState;
  it("it is write access until then", () => assert.deepEqual(asOfNow(state), state));
  it("S26: at the very moment it is over, and not a millisecond before", () => {
    const at = Date.parse(state.grantedUntil ?? "");
    assert.deepEqual([grantIsOver(state, at - 1), grantIsOver(state, at)], [false, true]);
    assert.equal(grantIsOver({}, at), false);
  });
  it("and read-only afterwards, also where nobody wrote that", () => {
    for (const grantedUntil of [new Date(Date.now() - 1).toISOString(), "no time at all"])
      assert.deepEqual(asOfNow({ ...state, grantedUntil }), { mode: "read-only" });
  });
});
