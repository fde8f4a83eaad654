import assert from "node:assert/strict";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import type { RegisteredSession } from "../../src/sessions/operations/registry.js";
import type { SessionState } from "../../src/sessions/model/state.js";
import { inTreeOrder, looksSame, presentSession, shortUrl, workflowPhase } from "../../src/views/tree/presentation.js";

const t = (message: string, ...args: (string | number)[]): string =>
  message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)]));

const state: SessionState = {
  version: 1,
  session: "calm-otter",
  status: "active",
  mode: "read-only",
  kind: "launched",
  headless: true,
  cdpEndpoint: "ws://127.0.0.1:1/x",
  port: 1,
  browserPid: 2,
  browserStartedAt: "2026-11-23T00:00:00.000Z",
  hostPid: 3,
  hostStartedAt: "2026-11-23T00:00:00.000Z",
  socketPath: "/tmp/s",
  profilePath: null,
  startedAt: "2026-11-23T00:00:00.000Z",
  viewport: null,
  url: "https://www.example.com/",
};
const session = (change: Partial<SessionState> = {}, record: Partial<RegisteredSession> = {}): RegisteredSession => ({
  name: "calm-otter",
  liveness: "live",
  silent: false,
  state: { ...state, ...change },
  ...record,
});

describe("V1: a session in the tree", () => {
  it("says its mode by icon, by words and by badge", () => {
    const locked = presentSession(session(), t);
    const open = presentSession(session({ mode: "write-access" }), t);
    assert.deepEqual(
      [locked.icon, locked.description, locked.badge],
      ["lock", "read-only · active · example.com", "RO"],
    );
    assert.deepEqual([open.icon, open.description, open.badge], ["edit", "write access · active · example.com", "RW"]);
    assert.notEqual(locked.color, open.color);
  });

  it("S30: says that its browser is on a Grid", () => {
    const grid = presentSession(session({ grid: { url: "http://hub:4444", name: "libretto:x" } }), t);
    assert.equal(grid.description, "read-only · on a Grid · active · example.com");
  });

  it("S23: says that it is sealed", () => {
    const sealed = presentSession(session({ sealed: true, cdpEndpoint: null, port: null }), t);
    assert.equal(sealed.description, "read-only · sealed · active · example.com");
  });

  it("has words for menus in a fixed order", () => {
    assert.equal(presentSession(session(), t).contextValue, "session;live;read-only;launched");
    assert.equal(
      presentSession(
        session({ mode: "write-access", kind: "run", status: "paused", workflow: { file: "/w.ts", running: true } }),
        t,
      ).contextValue,
      "session;live;write-access;run;workflow;paused",
    );
    assert.equal(
      presentSession(session({ workflow: { file: "/w.ts", running: true } }), t).contextValue,
      "session;live;read-only;launched;workflow;running",
    );
    assert.equal(
      presentSession(
        session({ status: "failed", workflow: { file: "/w.ts", running: false } }, { liveness: "ended" }),
        t,
      ).contextValue,
      "session;ended;record;workflow;over",
    );
    assert.equal(presentSession(session({}, { liveness: "ended" }), t).contextValue, "session;ended;record");
    assert.equal(
      presentSession({ name: "gone", liveness: "closed", silent: false }, t).contextValue,
      "session;ended;logs",
    );
    assert.equal(
      presentSession(
        { name: "torn", liveness: "broken", silent: false, error: new LibrettoError("BrokenState", "torn", "") },
        t,
      ).contextValue,
      "session;broken",
    );
  });

  it("is read out whole to a screen reader", () =>
    assert.equal(presentSession(session(), t).spoken, "Session calm-otter, read-only, active, example.com"));

  it("that is not live has no badge, and says what became of it", () => {
    const ended = presentSession(session({}, { liveness: "ended" }), t);
    assert.deepEqual([ended.badge, ended.description], [undefined, "browser ended · example.com"]);
    assert.equal(presentSession({ name: "gone", liveness: "closed", silent: false }, t).description, "closed");
  });

  it("whose host died or is silent says so and stays live", () => {
    assert.match(presentSession(session({}, { liveness: "hostless" }), t).description, /host gone/);
    assert.match(presentSession(session({}, { silent: true }), t).description, /does not answer/);
    assert.equal(presentSession(session({}, { liveness: "hostless" }), t).badge, "RO");
  });
});

describe("S18: a workflow in the tree", () => {
  const workflow = { file: "/w.ts", running: true };
  const look = (change: Partial<SessionState>): unknown[] => {
    const { icon, description, spoken } = presentSession(session(change), t);
    return [icon, description, spoken];
  };

  it("that runs, pauses or failed says so by icon and by words, to a screen reader too", () => {
    assert.deepEqual(look({ workflow }), [
      "sync~spin",
      "read-only · running · example.com",
      "Session calm-otter, read-only, running, example.com",
    ]);
    assert.deepEqual(look({ workflow, status: "paused" }), [
      "debug-pause",
      "read-only · paused · example.com",
      "Session calm-otter, read-only, paused, example.com",
    ]);
    assert.deepEqual(
      look({ workflow: { ...workflow, running: false }, status: "failed" })[1],
      "read-only · failed · example.com",
    );
  });

  it("V9: that a debugger holds says where, and is offered no Resume, which would not let it go", () => {
    const held = (heldAt: string): SessionState["workflow"] => ({ ...workflow, heldAt });
    assert.deepEqual(look({ workflow: held("flow.ts:6"), status: "paused" }), [
      "debug-pause",
      "read-only · at a breakpoint, flow.ts:6 · example.com",
      "Session calm-otter, read-only, at a breakpoint, flow.ts:6, example.com",
    ]);
    const waiting = session({ workflow: held(""), status: "paused" });
    assert.equal(presentSession(waiting, t).description, "read-only · waits for a debugger · example.com");
    assert.equal(workflowPhase(waiting), "running");
  });

  it("whose session has ended does not run", () =>
    assert.equal(
      presentSession(session({ workflow }, { liveness: "ended" }), t).description,
      "browser ended · example.com",
    ));
});

describe("V1: the order of the tree", () => {
  it("is live sessions first, each group by name, with numbers as numbers", () => {
    const named = (name: string, liveness: RegisteredSession["liveness"]): RegisteredSession => ({
      ...session({}, { liveness }),
      name,
    });
    const order = inTreeOrder([
      named("b", "closed"),
      named("run-10", "live"),
      named("a", "ended"),
      named("run-9", "hostless"),
    ]).map(({ name }) => name);
    assert.deepEqual(order, ["run-9", "run-10", "a", "b"]);
  });
});

describe("a change that shows", () => {
  it("is one of mode, status or address; pids and times are none", () => {
    assert.ok(looksSame(session(), session({ hostPid: 99, hostStartedAt: "2026-11-23T01:00:00.000Z" }), t));
    assert.ok(!looksSame(session(), session({ mode: "write-access" }), t));
    assert.ok(!looksSame(session(), session({ url: "https://example.com/other" }), t));
  });
});

describe("an address in the tree", () => {
  it("is short and stays clear", () => {
    assert.equal(shortUrl("https://www.example.com/"), "example.com");
    assert.equal(shortUrl("http://localhost:3000/a?b=c"), "localhost:3000/a?b=c");
    assert.equal(shortUrl(`https://example.com/${"x".repeat(200)}`).length, 80);
  });
});
