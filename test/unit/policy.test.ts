import assert from "node:assert/strict";
import {
  accessModes,
  isAllowed,
  isReading,
  modeBadge,
  nextStep,
  refusal,
  type SessionCommand,
} from "../../src/sessions/model/policy.js";

/** Every command of a session: whether it works in a read-only one, and whether it only looks. */
const commands: Record<SessionCommand, [inReadOnly: boolean, looks: boolean]> = {
  status: [true, true],
  pages: [true, true],
  activate: [true, false],
  snapshot: [true, true],
  "readonly-exec": [true, true],
  "session-mode": [true, false],
  "request-access": [true, false],
  logs: [true, true],
  export: [true, false],
  close: [true, false],
  resume: [true, false],
  stop: [true, false],
  save: [true, false],
  "live-view": [true, false],
  pick: [true, false],
  exec: [false, false],
  act: [false, false],
  input: [false, false],
  run: [false, false],
};

describe("S12: the table of access", () => {
  for (const [command, [inReadOnly, looks]] of Object.entries(commands) as [SessionCommand, [boolean, boolean]][])
    it(`S12: ${command} ${inReadOnly ? "works" : "is refused"} in a read-only session${looks ? ", and only looks" : ""}`, () => {
      assert.deepEqual(
        accessModes.map((mode) => [mode, isAllowed(command, mode)]),
        [
          ["read-only", inReadOnly],
          ["write-access", true],
        ],
      );
      assert.equal(isReading(command), looks);
    });

  it("S12, S26: a refusal names the session and its mode; a person is told how to unlock it, a program whom to ask", () => {
    const refused = refusal("exec", { session: "calm-otter", mode: "read-only" });
    assert.equal(refused.code, "RefusedByMode");
    assert.equal(refused.exitStatus, 3);
    assert.equal(refused.message, 'exec is refused: session "calm-otter" is read-only.');
    assert.match(
      refused.hint,
      /^Read with `libretto readonly-exec --session calm-otter <code>`, or unlock it: `libretto session-mode write-access --session calm-otter`\.$/,
    );
    const { hint } = refused.forProgram();
    assert.match(
      hint,
      /^Read with .*, or ask a person .*`libretto request-access --session calm-otter --reason "<why>"`/,
    );
    assert.doesNotMatch(hint, /session-mode/);
  });

  it("S26: what is locked for life says so, and offers nothing that would unlock it", () => {
    const refused = refusal("act", { session: "safe", mode: "read-only", locked: true });
    assert.equal(refused.message, 'act is refused: session "safe" is locked permanently.');
    for (const { hint } of [refused, refused.forProgram()]) {
      assert.match(hint, /nothing unlocks it: `libretto close --session safe` ends it\.$/);
      assert.doesNotMatch(hint, /session-mode|request-access/);
    }
    assert.deepEqual(nextStep("Look", { session: "safe", mode: "read-only", locked: true })[1], {});
  });

  it("V1: the badges are RO and RW", () => assert.deepEqual(accessModes.map(modeBadge), ["RO", "RW"]));
});
