import assert from "node:assert/strict";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import type { RegisteredSession } from "../../src/sessions/operations/registry.js";
import type { PageInfo } from "../../src/sessions/model/page.js";
import type { SessionState } from "../../src/sessions/model/state.js";
import {
  accessWords,
  inTreeOrder,
  looksSame,
  minutesWords,
  modeWords,
  presentPage,
  presentSession,
  sessionCounts,
  shortUrl,
  statusWords,
  workflowPhase,
} from "../../src/views/tree/presentation.js";

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

describe("V1: how a session stands, by icon and by words", () => {
  const workflow = { file: "/w.ts", running: true };
  const cases: [what: string, RegisteredSession, icon: string, words: string][] = [
    ["starts", session({ status: "starting" }), "loading~spin", "starting"],
    ["is active", session(), "lock", "active"],
    ["runs a workflow", session({ workflow }), "sync~spin", "running"],
    ["pauses", session({ workflow, status: "paused" }), "debug-pause", "paused"],
    ["has completed", session({ status: "completed" }), "lock", "completed"],
    ["has failed", session({ status: "failed", mode: "write-access" }), "edit", "failed"],
    ["has failed and ended", session({ status: "failed" }, { liveness: "ended" }), "error", "failed"],
    ["has completed and ended", session({ status: "completed" }, { liveness: "ended" }), "history", "completed"],
    ["has ended", session({}, { liveness: "ended" }), "debug-disconnect", "browser ended"],
    ["has lost its host", session({}, { liveness: "hostless" }), "lock", "host gone, browser runs"],
    ["does not answer", session({}, { silent: true }), "warning", "does not answer"],
    ["is closed", { name: "c", liveness: "closed", silent: false }, "history", "closed"],
    ["is broken", { name: "b", liveness: "broken", silent: false }, "warning", "record unreadable"],
  ];
  for (const [what, record, icon, words] of cases)
    it(`V1: one that ${what}: ${words}`, () =>
      assert.deepEqual([presentSession(record, t).icon, statusWords(record, t)], [icon, words]));

  it("V1: what is not live is of no mode's colour", () => {
    const colours = [session(), session({ mode: "write-access" }), session({}, { liveness: "ended" })].map(
      (record) => presentSession(record, t).color,
    );
    assert.deepEqual(colours, ["libretto.readOnly", "libretto.writeAccess", "libretto.ended"]);
    assert.equal(presentSession({ name: "c", liveness: "closed", silent: false }, t).color, "libretto.ended");
  });

  it("V10: one that asks for write access is marked by icon, by words and for menus, and only while it is live", () => {
    const accessRequest = { reason: "to send", client: "mcp", at: "2026-11-23T00:00:00.000Z" };
    const asks = presentSession(session({ accessRequest }), t);
    assert.deepEqual(
      [asks.icon, asks.description, asks.contextValue],
      ["bell-dot", "read-only · asks for write access · active · example.com", "session;live;read-only;launched;asks"],
    );
    const over = presentSession(session({ accessRequest }, { liveness: "ended" }), t);
    assert.deepEqual([over.icon, over.description], ["debug-disconnect", "browser ended · example.com"]);
  });

  it("S26: one that is locked for life says so, and menus know", () => {
    const locked = presentSession(session({ locked: true }), t);
    assert.equal(locked.description, "read-only permanently · active · example.com");
    assert.equal(locked.contextValue, "session;live;read-only;launched;locked");
    assert.deepEqual([modeWords("read-only", t), modeWords("write-access", t)], ["read-only", "write access"]);
  });

  it("S26: write access for a time says how much is left, in minutes that have begun", () => {
    const left = (ms: number): string[] =>
      accessWords({ ...state, mode: "write-access", grantedUntil: new Date(Date.now() + ms).toISOString() }, t);
    assert.deepEqual(left(14.5 * 60_000), ["write access, 15 minutes left"]);
    assert.deepEqual(left(30_000), ["write access, 1 minute left"]);
    assert.deepEqual(left(-90_000), ["write access, 1 minute left"]);
    assert.deepEqual([minutesWords(1, t), minutesWords(2, t)], ["1 minute", "2 minutes"]);
  });

  it("S18: a pause says why, as the workflow says itself, or which call comes next", () => {
    const why = (reason: string, status: SessionState["status"] = "paused"): string =>
      presentSession(session({ workflow, status, reason, url: "" }), t).description;
    assert.equal(why("paused at src/w.ts:15: is the address right?"), "read-only · paused: is the address right?");
    assert.equal(why("paused: once more"), "read-only · paused: once more");
    assert.equal(why("paused at src/w.ts:15, before locator.click"), "read-only · paused, before locator.click");
    assert.equal(why("paused at src/w.ts:15"), "read-only · paused");
    assert.equal(why("something else: and more"), "read-only · paused");
    assert.equal(why("paused: once more", "active"), "read-only · running");
  });

  it("S18: how a workflow stands", () => {
    assert.equal(workflowPhase(session()), undefined);
    assert.equal(workflowPhase(session({ workflow })), "running");
    assert.equal(workflowPhase(session({ workflow, status: "paused" })), "paused");
    assert.equal(workflowPhase(session({ workflow: { ...workflow, running: false } })), "over");
    assert.equal(workflowPhase(session({ workflow }, { liveness: "hostless" })), "over");
    assert.equal(workflowPhase({ name: "c", liveness: "closed", silent: false }), undefined);
  });
});

describe("V2: what the palette offers", () => {
  const workflow = { file: "/w.ts", running: true };
  const counted = (...records: RegisteredSession[]): number[] => Object.values(sessionCounts(records));

  it("V2: counts what is live, what is unlocked, and the workflows that pause, can be stopped, and are over", () => {
    assert.deepEqual(Object.keys(sessionCounts([])), [
      "libretto.liveSessions",
      "libretto.writableSessions",
      "libretto.pausedWorkflows",
      "libretto.runningWorkflows",
      "libretto.finishedWorkflows",
    ]);
    assert.deepEqual(counted(), [0, 0, 0, 0, 0]);
    assert.deepEqual(counted(session(), session({ mode: "write-access" }, { liveness: "hostless" })), [2, 1, 0, 0, 0]);
    assert.deepEqual(counted(session({ mode: "write-access" }, { liveness: "ended" })), [0, 0, 0, 0, 0]);
    assert.deepEqual(counted(session({ workflow })), [1, 0, 0, 1, 0]);
    assert.deepEqual(counted(session({ workflow, status: "paused" })), [1, 0, 1, 1, 0], "what pauses can be stopped");
    const held = session({ workflow: { ...workflow, heldAt: "w.ts:1" }, status: "paused" });
    assert.deepEqual(counted(held), [1, 0, 0, 1, 0], "a debugger holds it");
    const over = { workflow: { ...workflow, running: false } };
    assert.deepEqual(counted(session(over), session(over, { liveness: "ended" })), [1, 0, 0, 0, 2]);
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

describe("V1: a page in the tree", () => {
  const page = { id: "a1b2c3", targetId: "A1B2C3", url: "https://example.com/", title: "Shop", active: false };
  const look = (change: Partial<PageInfo>): string[] => {
    const { label, description, icon, contextValue, spoken } = presentPage({ ...page, ...change }, t);
    return [label, description, icon, contextValue, spoken];
  };

  it("V1: says which one was active last, by icon, for menus and to a screen reader", () => {
    assert.deepEqual(look({}), ["Shop", "example.com", "browser", "page", "Page Shop, https://example.com/"]);
    assert.deepEqual(look({ active: true }), [
      "Shop",
      "example.com",
      "circle-filled",
      "page;active",
      "Active page Shop, https://example.com/",
    ]);
    assert.deepEqual(
      [false, true].map((active) => presentPage({ ...page, active }, t).tooltip.split("\n")[2]),
      ["Page a1b2c3", "Page a1b2c3, the most recently active"],
    );
    assert.equal(look({ title: " " })[0], "Untitled page");
  });

  it("V1: one that answers nothing says why: it crashed, or a dialog waits", () => {
    const dialog = { type: "confirm", message: "Sure?" } as const;
    for (const [trouble, change] of [
      ["crashed", { crashed: true }],
      ["a dialog waits for an answer", { dialog }],
      ["crashed", { crashed: true, dialog }],
    ] as [string, Partial<PageInfo>][])
      for (const active of [false, true]) {
        const [, description, icon, , spoken = ""] = look({ ...change, active });
        assert.deepEqual([description, icon], [`${trouble} · example.com`, "warning"]);
        assert.ok(spoken.endsWith(`, ${trouble}`), spoken);
      }
  });
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
    // Which of the two it is does not show in the words, and does in what is done with it.
    assert.ok(!looksSame(session(), session({ url: "https://example.com" }), t));
    assert.ok(!looksSame(session(), session({ status: "completed" }), t));
    assert.ok(!looksSame(session(), session({ kind: "connected" }), t));
  });
});

describe("an address in the tree", () => {
  it("is short and stays clear", () => {
    assert.equal(shortUrl("https://www.example.com/"), "example.com");
    assert.equal(shortUrl("http://localhost:3000/a?b=c"), "localhost:3000/a?b=c");
    assert.equal(shortUrl(`https://example.com/${"x".repeat(200)}`), `example.com/${"x".repeat(67)}…`);
    assert.equal(shortUrl(`https://example.com/${"x".repeat(68)}`), `example.com/${"x".repeat(68)}`);
    assert.equal(shortUrl("https://wwww.example.com/a/b/"), "wwww.example.com/a/b");
    assert.equal(shortUrl("about:https://www.x/"), "about:https://www.x");
  });
});
