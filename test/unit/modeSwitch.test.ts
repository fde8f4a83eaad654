import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecQueue } from "../../src/sessions/host/exec/execQueue.js";
import { ModeSwitch, type ModeChange, type ModeSwitchParts } from "../../src/sessions/host/session/modeSwitch.js";
import { SessionRecord } from "../../src/sessions/host/session/sessionRecord.js";
import type { LockReport } from "../../src/sessions/host/wire/gate.js";
import type { SessionState } from "../../src/sessions/model/state.js";
import { prepareWorkspace, sessionPaths, workspaceAt, type Workspace } from "../../src/sessions/store/workspace.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";

const nothing: LockReport = { stopped: [], silent: [], running: [], kept: [], dropped: [] };

/** A switch on a record that lies on disk; what it does to the rest of a session is written down in the order it was done. */
class Bench {
  readonly workspace: Workspace = workspaceAt(mkdtempSync(join(tmpdir(), "libretto-mode-")));
  readonly record: SessionRecord;
  readonly switch: ModeSwitch;
  readonly steps: string[] = [];
  readonly changes: ModeChange[] = [];
  readonly log: [event: string, message: string, data: Record<string, unknown>][] = [];
  /** What the parts answer. */
  report = nothing;
  input: string[] = [];
  adopted: string[] = [];
  busy = false;
  workflowRuns = false;
  others: ReturnType<ModeSwitchParts["lockOthers"]> = Promise.resolve({ locked: [], driving: [] });
  ended: Promise<unknown> = Promise.resolve();
  inTurn: Promise<unknown> = Promise.resolve();
  unlockable = true;
  why: LibrettoError | undefined;

  constructor(change: Partial<SessionState> = {}) {
    prepareWorkspace(this.workspace);
    this.record = new SessionRecord(this.workspace, {
      version: 1,
      session: "calm-otter",
      status: "active",
      mode: "write-access",
      kind: "launched",
      headless: true,
      cdpEndpoint: null,
      port: null,
      browserPid: null,
      browserStartedAt: null,
      hostPid: process.pid,
      hostStartedAt: new Date().toISOString(),
      socketPath: "/nowhere",
      profilePath: null,
      startedAt: new Date().toISOString(),
      viewport: null,
      url: "",
      ...change,
    });
    this.record.write();
    const step = (name: string): void => void this.steps.push(`${name} (${this.onDisk().mode})`);
    const execs = {
      isBusy: false,
      inTurn: async (work: () => Promise<unknown>, signal: AbortSignal) => {
        step("wait for the turn");
        await Promise.race([
          this.inTurn,
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("given up")))),
        ]);
        return work();
      },
      end: async (why: LibrettoError) => {
        step("end the code");
        this.why = why;
        await this.ended;
        return this.busy;
      },
    };
    Object.defineProperty(execs, "isBusy", { get: () => this.busy });
    this.switch = new ModeSwitch({
      record: this.record,
      execs: execs as unknown as ExecQueue,
      changed: (each) => this.changes.push(each),
      log: (...line) => this.log.push(line),
      workflowRuns: () => this.workflowRuns,
      assertUnlockable: () => {
        step("look at the other sessions");
        if (!this.unlockable) throw new LibrettoError("RefusedByMode", "another one has locked it", "");
      },
      lockOthers: (client) => {
        step(`lock the others for ${client}`);
        return this.others;
      },
      wire: {
        lock: async () => {
          step("lock the wire");
          return this.report;
        },
        unlock: () => step("unlock the wire"),
      },
      settleInput: async () => this.input,
      settleAdopted: async () => this.adopted,
    });
  }

  onDisk(): SessionState {
    return JSON.parse(readFileSync(sessionPaths(this.workspace, "calm-otter").state, "utf8")) as SessionState;
  }

  set(
    params: Parameters<ModeSwitch["set"]>[0],
    request: Partial<Parameters<ModeSwitch["set"]>[1]> = {},
  ): ReturnType<ModeSwitch["set"]> {
    return this.switch.set(params, { client: "cli", signal: new AbortController().signal, ...request });
  }

  request(
    reason: string,
    wait: boolean,
    signal = new AbortController().signal,
    forMs?: number,
  ): ReturnType<ModeSwitch["request"]> {
    return this.switch.request({ reason, wait, ...(forMs === undefined ? {} : { forMs }) }, { client: "mcp", signal });
  }

  /** While it is full, the record cannot be written: a folder lies where its draft would. */
  fillDisk(full: boolean): void {
    const obstacle = join(sessionPaths(this.workspace, "calm-otter").folder, `.state.json.${process.pid}.tmp`);
    if (full) mkdirSync(obstacle);
    else rmSync(obstacle, { recursive: true });
  }
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

const refused = (thrown: unknown): boolean => thrown instanceof LibrettoError && thrown.code === "RefusedByMode";

describe("S25: the switch of a session's mode", () => {
  let bench: Bench;
  const use = (change: Partial<SessionState> = {}): Bench => (bench = new Bench(change));
  afterEach(() => {
    bench.switch.dispose();
    rmSync(bench.workspace.root, { recursive: true });
  });

  it("S25: a lock is on record before anything is cut off, ended or locked with it", async () => {
    use();
    const answer = await bench.set({ mode: "read-only" });
    assert.deepEqual(answer, { session: "calm-otter", mode: "read-only", previous: "write-access", running: "none" });
    assert.deepEqual([...bench.steps].sort(), [
      "end the code (read-only)",
      "lock the others for cli (read-only)",
      "lock the wire (read-only)",
    ]);
    assert.deepEqual(bench.changes, [
      { previous: "write-access", mode: "read-only", client: "cli", running: "none", grantedUntil: undefined },
    ]);
    assert.deepEqual(bench.log, [], "nobody had asked for anything");
    assert.match(bench.why?.message ?? "", /cancelled: session "calm-otter" was made read-only/);
    assert.equal(bench.why?.code, "RefusedByMode");
    assert.match(bench.why?.hint ?? "", /session-mode write-access --session calm-otter/);
    assert.match(bench.why?.forProgram().hint ?? "", /request-access --session calm-otter/);
  });

  it("S25: it is answered when the code has ended and the other sessions are locked, and an unlock waits for that", async () => {
    use();
    let codeEnds: () => void = () => undefined;
    let othersLocked: () => void = () => undefined;
    bench.ended = new Promise<void>((resolve) => (codeEnds = resolve));
    bench.others = new Promise((resolve) => (othersLocked = () => resolve({ locked: ['session "b"'], driving: [] })));
    const locking = bench.set({ mode: "read-only" });
    const unlocking = bench.set({ mode: "write-access" });
    assert.deepEqual([await isSettled(locking), bench.onDisk().mode], [false, "read-only"]);
    codeEnds();
    assert.deepEqual([await isSettled(locking), bench.onDisk().mode], [false, "read-only"]);
    othersLocked();
    assert.deepEqual((await locking).alsoLocked, ['session "b"']);
    assert.equal((await unlocking).mode, "write-access");
    assert.equal(bench.onDisk().mode, "write-access");
    assert.equal(bench.steps.at(-1), "unlock the wire (write-access)");
  });

  it("S25: the answer names all that may still happen, and nothing where nothing may", async () => {
    use();
    bench.busy = true;
    bench.workflowRuns = true;
    bench.report = {
      stopped: [],
      silent: [{ targetId: "AAAA1111AAAA", because: "busy" }],
      running: ["BBBB2222BBBB"],
      kept: ["viewport"],
      dropped: ["routes"],
    };
    bench.input = ["AAAA1111AAAA", "CCCC3333CCCC"];
    bench.adopted = ["dddd"];
    bench.others = Promise.resolve({ locked: [], driving: ['session "far"'] });
    const { unsettledPages, scriptsRunOn, ...answer } = await bench.set({ mode: "read-only" });
    assert.deepEqual(answer, {
      session: "calm-otter",
      mode: "read-only",
      previous: "write-access",
      running: "cancelled",
      workflowRuns: true,
      kept: ["viewport"],
      ended: ["routes"],
      stillDrivenBy: ['session "far"'],
    });
    // Each page once, whatever it was that it has not taken.
    assert.deepEqual(
      unsettledPages?.map((id) => id.toLowerCase().slice(0, 4)),
      ["aaaa", "cccc", "dddd"],
    );
    assert.deepEqual(
      scriptsRunOn?.map((id) => id.toLowerCase().slice(0, 4)),
      ["bbbb"],
    );
    bench.busy = false;
    bench.workflowRuns = false;
    bench.report = nothing;
    [bench.input, bench.adopted] = [[], []];
    bench.others = Promise.resolve({ locked: [], driving: [] });
    assert.deepEqual(await bench.set({ mode: "read-only" }), {
      session: "calm-otter",
      mode: "read-only",
      previous: "read-only",
      running: "none",
    });
    assert.equal(bench.changes.length, 1, "what is read-only already has not changed");
  });

  it("S25: a workflow that runs is told of at a lock alone", async () => {
    use({ mode: "read-only" });
    bench.workflowRuns = true;
    assert.equal((await bench.set({ mode: "write-access" })).workflowRuns, undefined);
    assert.equal((await bench.set({ mode: "read-only" })).workflowRuns, true);
  });

  it("S25: where other sessions cannot be asked, the lock fails after it holds", async () => {
    use();
    bench.others = Promise.reject(new Error("no index"));
    await assert.rejects(bench.set({ mode: "read-only" }), /no index/);
    assert.equal(bench.onDisk().mode, "read-only");
    assert.equal((await bench.set({ mode: "write-access" })).mode, "write-access");
  });

  it("S25: a lock that waits for code changes nothing until it is its turn, and says so", async () => {
    use();
    bench.busy = true;
    let turn: () => void = () => undefined;
    bench.inTurn = new Promise<void>((resolve) => (turn = resolve));
    const notices: unknown[] = [];
    const locking = bench.set(
      { mode: "read-only", running: "wait" },
      { id: 7, notify: (method, params) => void notices.push([method, params]) },
    );
    assert.deepEqual([await isSettled(locking), bench.onDisk().mode], [false, "write-access"]);
    const [[method, told]] = notices as [[string, { request: number; text: string }]];
    assert.deepEqual([method, told.request, notices.length], ["notice", 7, 1]);
    assert.match(told.text, /locked when that has ended/);
    bench.busy = false;
    turn();
    const { running, mode } = await locking;
    assert.deepEqual([running, mode, bench.onDisk().mode], ["waited", "read-only", "read-only"]);
  });

  it("S25: one that gives up waiting has changed nothing; one that was overtaken by another lock says that code was cancelled", async () => {
    use();
    bench.busy = true;
    bench.inTurn = new Promise(() => undefined);
    const giving = new AbortController();
    const locking = bench.set({ mode: "read-only", running: "wait" }, { signal: giving.signal });
    giving.abort();
    await assert.rejects(locking, /given up/);
    assert.equal(bench.onDisk().mode, "write-access");
    let turn: () => void = () => undefined;
    bench.inTurn = new Promise<void>((resolve) => (turn = resolve));
    const late = bench.set({ mode: "read-only", running: "wait" });
    await bench.set({ mode: "read-only" }, { client: "other" });
    turn();
    assert.equal((await late).running, "cancelled");
  });

  it("S25: it waits for nothing where nothing runs, where the session is read-only already, or where it was not asked to", async () => {
    for (const [change, busy, running] of [
      [{}, false, "wait"],
      [{ mode: "read-only" }, true, "wait"],
      [{}, true, "cancel"],
      [{}, true, undefined],
    ] as const) {
      use(change);
      bench.busy = busy;
      await bench.set({ mode: "read-only", ...(running ? { running } : {}) });
      assert.ok(!bench.steps.some((step) => step.startsWith("wait")), bench.steps.join());
      if (running) rmSync(bench.workspace.root, { recursive: true });
    }
  });

  it("S25: a lock or an unlock that cannot be put on record has not happened", async () => {
    for (const mode of ["read-only", "write-access"] as const) {
      use({ mode: mode === "read-only" ? "write-access" : "read-only" });
      const before = bench.onDisk().mode;
      bench.fillDisk(true);
      await assert.rejects(bench.set({ mode }));
      bench.fillDisk(false);
      assert.deepEqual([bench.record.state.mode, bench.onDisk().mode], [before, before]);
      assert.deepEqual(bench.changes, []);
      assert.ok(!bench.steps.some((step) => /lock the wire/.test(step)));
      if (mode === "read-only") rmSync(bench.workspace.root, { recursive: true });
    }
  });

  it("S24: nothing is unlocked while another session has locked the browser, and what is unlocked already is not asked about", async () => {
    use({ mode: "read-only" });
    bench.unlockable = false;
    await assert.rejects(bench.set({ mode: "write-access" }), refused);
    assert.equal(bench.onDisk().mode, "read-only");
    rmSync(bench.workspace.root, { recursive: true });
    use();
    bench.unlockable = false;
    assert.equal((await bench.set({ mode: "write-access" })).previous, "write-access");
    assert.deepEqual(bench.changes, []);
  });

  it("S26: what is locked for life is never unlocked, and nobody can ask for it", async () => {
    use({ mode: "read-only", locked: true });
    await assert.rejects(bench.set({ mode: "write-access" }), (thrown: Error) => {
      assert.match(thrown.message, /^session-mode is refused/);
      return refused(thrown);
    });
    await assert.rejects(bench.request("please", false), (thrown: Error) => {
      assert.match(thrown.message, /^request-access is refused/);
      return refused(thrown);
    });
    assert.deepEqual([bench.onDisk().mode, bench.onDisk().accessRequest], ["read-only", undefined]);
    assert.ok(!bench.steps.some((step) => step.startsWith("unlock")));
  });

  it("S25: a session that begins read-only has its wire locked, and one with write access has not", () => {
    use({ mode: "read-only" }).switch.start();
    assert.deepEqual(bench.steps, ["lock the wire (read-only)"]);
    rmSync(bench.workspace.root, { recursive: true });
    use().switch.start();
    assert.deepEqual(bench.steps, []);
  });
});

describe("S26: write access for a time", () => {
  let bench: Bench;
  afterEach(() => {
    bench.switch.dispose();
    rmSync(bench.workspace.root, { recursive: true });
  });
  const untilChanged = async (count: number): Promise<void> => {
    const deadline = performance.now() + 5_000;
    while (bench.changes.length < count && performance.now() < deadline)
      await new Promise((resolve) => setImmediate(resolve));
    assert.equal(bench.changes.length, count);
  };

  it("S26: the end of its time is on record, and then it locks itself", async () => {
    bench = new Bench({ mode: "read-only" });
    const before = Date.now();
    const { grantedUntil } = await bench.set({ mode: "write-access", forMs: 60 });
    const left = Date.parse(grantedUntil ?? "") - before;
    assert.ok(left >= 60 && left < 5_000, String(left));
    assert.equal(bench.onDisk().grantedUntil, grantedUntil);
    assert.deepEqual(bench.changes[0], {
      previous: "read-only",
      mode: "write-access",
      client: "cli",
      running: "none",
      grantedUntil,
    });
    await untilChanged(2);
    const { mode, client } = bench.changes[1] ?? {};
    assert.deepEqual([mode, client], ["read-only", "the end of its time"]);
    assert.deepEqual([bench.onDisk().mode, bench.onDisk().grantedUntil], ["read-only", undefined]);
    assert.ok(bench.steps.includes("lock the wire (read-only)"));
  });

  it("S26: a request that comes after its end meets a read-only session, whatever the timer did", async () => {
    bench = new Bench({ grantedUntil: new Date(Date.now() - 1).toISOString() });
    await bench.switch.settle();
    assert.deepEqual([bench.record.state.mode, bench.onDisk().mode], ["read-only", "read-only"]);
    await bench.switch.settle();
    assert.equal(bench.changes.length, 1);
  });

  it("S26: within its time nothing is locked, and one for good has no end", async () => {
    bench = new Bench({ grantedUntil: new Date(Date.now() + 60_000).toISOString() });
    bench.switch.start();
    await bench.switch.settle();
    assert.equal(bench.onDisk().mode, "write-access");
    const { grantedUntil } = await bench.set({ mode: "write-access" });
    assert.deepEqual([grantedUntil, bench.onDisk().grantedUntil], [undefined, undefined]);
    await bench.switch.settle();
    assert.equal(bench.onDisk().mode, "write-access");
  });

  it("S26: what is read-only already is not locked again at its end", async () => {
    bench = new Bench({ mode: "read-only", grantedUntil: new Date(Date.now() - 1).toISOString() });
    await bench.switch.settle();
    assert.deepEqual(bench.steps, []);
  });

  it("S26: a host that ends leaves the end of a grant to the next one", async () => {
    bench = new Bench({ mode: "read-only" });
    await bench.set({ mode: "write-access", forMs: 20 });
    bench.switch.dispose();
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(bench.onDisk().mode, "write-access");
  });

  it("S26: a grant that another one replaces ends with the other", async () => {
    bench = new Bench({ mode: "read-only" });
    await bench.set({ mode: "write-access", forMs: 30 });
    await bench.set({ mode: "write-access", forMs: 60_000 });
    await new Promise((resolve) => setTimeout(resolve, 80));
    await bench.switch.settle();
    assert.equal(bench.onDisk().mode, "write-access");
  });

  it("S26: a host that begins with a grant on record ends it in its time", async () => {
    bench = new Bench({ grantedUntil: new Date(Date.now() + 40).toISOString() });
    bench.switch.start();
    await untilChanged(1);
    assert.equal(bench.onDisk().mode, "read-only");
  });

  it("S26: it ends by the clock that nobody sets, too", async () => {
    bench = new Bench({ mode: "read-only" });
    const realNow = Date.now;
    try {
      await bench.set({ mode: "write-access", forMs: 40 });
      // Somebody sets the clock back by an hour.
      Date.now = () => realNow() - 3_600_000;
      await untilChanged(2);
      assert.equal(bench.onDisk().mode, "read-only");
    } finally {
      Date.now = realNow;
    }
  });

  it("S26: where its end cannot be written it holds in memory, and what drives is cut off", async () => {
    bench = new Bench({ grantedUntil: new Date(Date.now() - 1).toISOString() });
    bench.fillDisk(true);
    await bench.switch.settle();
    bench.fillDisk(false);
    assert.equal(bench.record.state.mode, "read-only");
    assert.ok(bench.steps.some((step) => step.startsWith("lock the wire")));
    assert.ok(bench.steps.some((step) => step.startsWith("end the code")));
  });
});

describe("S26: asking for write access", () => {
  let bench: Bench;
  afterEach(() => {
    bench.switch.dispose();
    rmSync(bench.workspace.root, { recursive: true });
  });

  it("S26: puts the request on record, in one line, and grants nothing", async () => {
    bench = new Bench({ mode: "read-only" });
    const answer = await bench.request("  to send\n\u001b[31mthe form\u2028now\t", false, undefined, 900_000);
    assert.deepEqual(answer, { session: "calm-otter", mode: "read-only", outcome: "requested" });
    const { mode, accessRequest } = bench.onDisk();
    const { at, ...asked } = accessRequest ?? { at: "" };
    assert.deepEqual(
      [mode, asked],
      ["read-only", { reason: "to send [31mthe form now", client: "mcp", forMs: 900_000 }],
    );
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 10_000);
    assert.deepEqual(bench.log, [
      [
        "access-requested",
        "mcp asks for write access: to send [31mthe form now",
        { client: "mcp", reason: "to send [31mthe form now", forMs: 900_000 },
      ],
    ]);
    assert.deepEqual(bench.steps, []);
  });

  it("S26: one without a time has none on record", async () => {
    bench = new Bench({ mode: "read-only" });
    await bench.request("why not", false);
    for (const { accessRequest } of [bench.onDisk(), bench.record.state])
      assert.ok(!("forMs" in (accessRequest ?? { forMs: 1 })));
  });

  it("S26: an unlock grants it and a lock denies it; whoever waits hears which, and it is off the record", async () => {
    for (const [mode, outcome] of [
      ["write-access", "granted"],
      ["read-only", "denied"],
    ] as const) {
      bench = new Bench({ mode: "read-only" });
      const waiting = [bench.request("one", true), bench.request("two", true)];
      assert.deepEqual(await Promise.all(waiting.map(isSettled)), [false, false]);
      const forMs = mode === "write-access" ? 60_000 : undefined;
      const answer = await bench.set({ mode, ...(forMs === undefined ? {} : { forMs }) });
      assert.equal(answer.request, outcome);
      const until = answer.grantedUntil === undefined ? {} : { grantedUntil: answer.grantedUntil };
      for (const each of waiting) assert.deepEqual(await each, { session: "calm-otter", mode, outcome, ...until });
      assert.equal(bench.onDisk().accessRequest, undefined);
      assert.deepEqual(bench.log.at(-1), [
        `access-${outcome}`,
        `The request for write access was ${outcome} by cli.`,
        { client: "cli" },
      ]);
      assert.equal((await bench.set({ mode })).request, undefined);
      if (mode === "write-access") {
        bench.switch.dispose();
        rmSync(bench.workspace.root, { recursive: true });
      }
    }
  });

  it("S26: who has write access already is told so at once, and nothing is on record", async () => {
    bench = new Bench({ grantedUntil: "2999-01-01T00:00:00.000Z" });
    assert.deepEqual(await bench.request("again", true), {
      session: "calm-otter",
      mode: "write-access",
      outcome: "granted",
      grantedUntil: "2999-01-01T00:00:00.000Z",
    });
    assert.deepEqual([bench.onDisk().accessRequest, bench.log], [undefined, []]);
  });

  it("S26: who gives up waiting leaves the request on record, and is told so", async () => {
    bench = new Bench({ mode: "read-only" });
    for (const early of [true, false]) {
      const giving = new AbortController();
      if (early) giving.abort();
      const waiting = bench.request("please", true, giving.signal);
      giving.abort();
      await assert.rejects(waiting, (thrown) => {
        assert.ok(thrown instanceof LibrettoError);
        assert.deepEqual([thrown.code, /libretto list/.test(thrown.hint)], ["Interrupted", true]);
        assert.match(thrown.message, /stays on record/);
        return true;
      });
      assert.equal(bench.onDisk().accessRequest?.reason, "please");
    }
    const decided = new AbortController();
    const waiting = bench.request("please", true, decided.signal);
    assert.equal((await bench.set({ mode: "write-access" })).request, "granted");
    assert.equal((await waiting).outcome, "granted");
    assert.deepEqual(getEventListeners(decided.signal, "abort"), []);
  });
});
