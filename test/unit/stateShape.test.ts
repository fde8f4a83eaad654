import assert from "node:assert/strict";
import { hasStateShape } from "../../src/sessions/model/stateShape.js";
import { sessionStateSchema, type SessionState } from "../../src/sessions/model/state.js";

const state: SessionState = {
  version: 1,
  session: "diag",
  status: "active",
  mode: "read-only",
  kind: "launched",
  headless: true,
  cdpEndpoint: "ws://127.0.0.1:9222/devtools/browser/x",
  port: 9222,
  browserPid: 12,
  browserStartedAt: "2026-01-01T00:00:00.000Z",
  hostPid: 11,
  hostStartedAt: "2026-01-01T00:00:00.000Z",
  socketPath: "/run/x.sock",
  profilePath: "/profiles/x",
  startedAt: "2026-01-01T00:00:00.000Z",
  viewport: { width: 1280, height: 720 },
  url: "https://example.com/",
};

const workflow = { file: "/w.ts", running: true };
const failure = { at: "2026-01-01T00:00:00.000Z", file: "/w.ts", line: 1, column: 2 };
const workflows: unknown[] = [
  workflow,
  { file: "/w.ts" },
  { ...workflow, running: 1 },
  { ...workflow, failure },
  { ...workflow, failure: {} },
  { ...workflow, failure: { ...failure, line: 0 } },
  { ...workflow, failure: null },
  { ...workflow, more: 1 },
];

const accessRequest = { reason: "why", client: "cli", at: "2026-01-01T00:00:00.000Z" };
const accessRequests: unknown[] = [
  accessRequest,
  { ...accessRequest, forMs: 1 },
  { ...accessRequest, forMs: 0 },
  { ...accessRequest, forMs: 1.5 },
  { ...accessRequest, reason: 1 },
  { reason: "why" },
];

const owner = { pid: 3, startedAt: "2026-01-01T00:00:00.000Z" };
const limits: unknown[] = [
  { idleTimeoutMinutes: 0.5 },
  { idleTimeoutMinutes: 0 },
  { idleTimeoutMinutes: "1" },
  { owner },
  { owner: { ...owner, birth: "boot/12" } },
  { owner: { ...owner, birth: 12 } },
  { owner: { pid: 0 } },
  { idleTimeoutMinutes: 90, owner: null },
];

/** Values that could stand in any field of a record that an older, newer or broken program wrote. */
const values: unknown[] = [
  undefined,
  null,
  0,
  1,
  2,
  -1,
  1.5,
  Number.NaN,
  65_535,
  65_536,
  2 ** 53,
  "",
  "active",
  "paused",
  "nonsense",
  "read-only",
  "write-access",
  "launched",
  "x".repeat(65_536),
  "x".repeat(65_537),
  true,
  false,
  [],
  {},
  { width: 1, height: 2 },
  { width: "1", height: 2 },
  { width: 1 },
  [1, 2],
  ...workflows,
  ...limits,
  ...accessRequests,
];

describe("F: the quick check of state.json agrees with its schema", () => {
  it("on a whole record", () => {
    assert.equal(hasStateShape(state), true);
    assert.equal(sessionStateSchema.safeParse(state).success, true);
  });

  for (const field of [
    ...Object.keys(state),
    "reason",
    "login",
    "locked",
    "grantedUntil",
    "accessRequest",
    "workflow",
    "limits",
    "browserBirth",
    "hostBirth",
  ] as (keyof SessionState)[]) {
    it(`on every value of ${field}`, () => {
      for (const value of values) {
        const changed = { ...state, [field]: value };
        if (value === undefined) Reflect.deleteProperty(changed, field);
        assert.equal(
          hasStateShape(changed),
          sessionStateSchema.safeParse(changed).success,
          `${field}: ${JSON.stringify(value)?.slice(0, 60)}`,
        );
      }
    });
  }

  it("on what is no record at all", () => {
    for (const value of values)
      assert.equal(hasStateShape(value), sessionStateSchema.safeParse(value).success, JSON.stringify(value));
  });
});
