import assert from "node:assert/strict";
import { ExecQueue, type ExecIo } from "../../src/sessions/host/exec/execQueue.js";
import { ExecRunner, type ExecRequest, type ExecResult } from "../../src/sessions/host/exec/runner.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";

describe("the queue of exec", () => {
  it("S16: the third waits for the first, also where the second gave up waiting; then it is its turn", async () => {
    // Nothing of a session is needed to wait.
    const queue = new ExecQueue({} as ConstructorParameters<typeof ExecQueue>[0]);
    const never = new AbortController().signal;
    const told: string[] = [];
    let endFirst: () => void = () => undefined;
    const first = queue.inTurn(() => new Promise<void>((resolve) => (endFirst = resolve)), never);
    const givesUp = new AbortController();
    const second = queue.inTurn(() => Promise.resolve(told.push("second")), givesUp.signal);
    const third = queue.inTurn(() => Promise.resolve(told.push("third")), never);
    givesUp.abort();
    await assert.rejects(second, (thrown) => thrown instanceof LibrettoError && thrown.code === "Interrupted");
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(told, []);
    endFirst();
    await Promise.all([first, third]);
    assert.deepEqual(told, ["third"]);
  });

  it("S16: one that fails lets the next one in", async () => {
    const queue = new ExecQueue({} as ConstructorParameters<typeof ExecQueue>[0]);
    const { signal } = new AbortController();
    const fails = queue.inTurn(() => Promise.reject(new Error("no")), signal);
    const next = queue.inTurn(() => Promise.resolve("in"), signal);
    await assert.rejects(fails, /no/);
    assert.equal(await next, "in");
  });
});

describe("S16, S25: the queue of exec and the process of its code", () => {
  type Options = ConstructorParameters<typeof ExecQueue>[0];
  type Io = Parameters<ExecRunner["run"]>[1];
  const real = { ...Object.getOwnPropertyDescriptors(ExecRunner.prototype) };
  /** What the processes were told, in their order. */
  let told: unknown[];
  /** Each made by the first use, with what it was made of. */
  let runners: { options?: Record<string, unknown> }[];
  let answer: (request: ExecRequest, io: Io) => Promise<ExecResult>;
  const done = { kind: "undefined", text: "" } as unknown as ExecResult;
  const request: ExecRequest = { code: "1" };
  const options = {
    openChannel: () => undefined,
    artifacts: "/artifacts",
    env: { A: "1" },
    onAction: () => undefined,
    onSecret: () => undefined,
    onCancelDownload: () => undefined,
    onActive: () => undefined,
    selectorOf: () => undefined,
    idleMs: 7,
    explain: () => undefined,
  } as unknown as Options;
  const { onAction, ...handedOn } = options as unknown as Record<string, unknown>;
  const io = (signal = new AbortController().signal): ExecIo & { notices: string[] } => {
    const notices: string[] = [];
    return { console: () => undefined, notice: (text) => notices.push(text), signal, notices };
  };

  beforeEach(() => {
    told = [];
    runners = [];
    answer = () => Promise.resolve(done);
    // The process itself is held by test/process/execRunner.
    Object.assign(ExecRunner.prototype, {
      run(this: (typeof runners)[number], ...args: [ExecRequest, Io]) {
        if (!runners.includes(this)) runners.push(this);
        told.push("run");
        return answer(...args);
      },
      prepare: (keptMs: number) => told.push(["prepare", keptMs]),
      deliver: (event: unknown) => told.push(["deliver", event]),
      dispose: async () => void told.push("dispose"),
    });
  });
  after(() => Object.defineProperties(ExecRunner.prototype, real));

  it("S16: code runs with what the session gives it, in one process from call to call", async () => {
    const queue = new ExecQueue(options);
    const asked = io();
    let seen: [ExecRequest, Io] | undefined;
    answer = (...args) => {
      seen = args;
      assert.equal(queue.isBusy, true);
      return Promise.resolve(done);
    };
    assert.equal(queue.isBusy, false);
    assert.equal(await queue.run(() => request, asked), done);
    assert.equal(queue.isBusy, false);
    const given = seen?.[1] as unknown as Record<string, unknown>;
    assert.deepEqual([seen?.[0], given["console"], given["onAction"]], [request, asked.console, onAction]);
    await queue.run(() => request, io());
    assert.deepEqual(
      runners.map((runner) => runner.options),
      [handedOn],
    );
    assert.deepEqual(asked.notices, []);
  });

  it("S16: one that waits says so, and is prepared when its turn has come", async () => {
    const queue = new ExecQueue(options);
    let endFirst: () => void = () => undefined;
    answer = () => new Promise((resolve) => (endFirst = () => resolve(done)));
    const first = queue.run(() => request, io());
    const waiting = io();
    let prepared = false;
    const second = queue.run(() => {
      prepared = true;
      return request;
    }, waiting);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([waiting.notices.length, prepared], [1, false]);
    assert.match(waiting.notices[0] ?? "", /this one waits for its turn/);
    endFirst();
    await first;
    assert.equal(queue.isBusy, true);
    while (!prepared) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    endFirst();
    await second;
    assert.equal(queue.isBusy, false);
  });

  it("S16: one that waits and is interrupted ends at once, while the one before runs on", async () => {
    const queue = new ExecQueue(options);
    let endFirst: () => void = () => undefined;
    answer = () => new Promise((resolve) => (endFirst = () => resolve(done)));
    const first = queue.run(() => request, io());
    await new Promise((resolve) => setImmediate(resolve));
    const givesUp = new AbortController();
    const second = queue.run(() => assert.fail("its turn never comes"), io(givesUp.signal));
    givesUp.abort();
    await assert.rejects(second, (thrown) => thrown instanceof LibrettoError && thrown.code === "Interrupted");
    assert.equal(queue.isBusy, true);
    endFirst();
    assert.equal(await first, done);
  });

  it("S12: what is refused when its turn has come starts no process", async () => {
    const queue = new ExecQueue(options);
    const refuse = (): never => {
      throw new LibrettoError("RefusedByMode", "no", "");
    };
    await assert.rejects(queue.run(refuse, io()), /no/);
    assert.deepEqual([told, queue.isBusy], [[], false]);
  });

  it("S25: a lock ends what runs for the lock's reason, tells whether anything did, and the next code has a new process", async () => {
    const queue = new ExecQueue(options);
    assert.equal(await queue.end(new LibrettoError("RefusedByMode", "locked", "")), false);
    answer = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    const running = queue.run(() => request, io());
    while (runners.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const ending = queue.end(new LibrettoError("RefusedByMode", "locked", ""));
    await assert.rejects(running, /locked/);
    assert.equal(await ending, true);
    assert.deepEqual(told, ["run", "dispose"]);
    // What was ended is no reason to end what comes later.
    answer = (_, { signal }) => Promise.resolve({ ...done, text: String(signal.aborted) });
    assert.equal((await queue.run(() => request, io())).text, "false");
    assert.equal(runners.length, 2);
  });

  it("S16: Ctrl-C ends the code of its own call", async () => {
    const queue = new ExecQueue(options);
    answer = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    const interrupt = new AbortController();
    const running = queue.run(() => request, io(interrupt.signal));
    while (runners.length === 0) await new Promise((resolve) => setImmediate(resolve));
    interrupt.abort();
    await assert.rejects(running, /aborted/);
  });

  it("S12: a process is started beforehand only while it is still wanted", async () => {
    const queue = new ExecQueue(options);
    await queue.prepare(() => false, 5);
    assert.deepEqual(told, []);
    await queue.prepare(() => true, 5);
    assert.deepEqual(told, [["prepare", 5]]);
  });

  it("the browser's events reach the code's process, where there is one", async () => {
    const queue = new ExecQueue(options);
    const event = { method: "Browser.downloadProgress", params: {} };
    queue.deliver(event);
    assert.deepEqual(told, []);
    await queue.run(() => request, io());
    queue.deliver(event);
    assert.deepEqual(told, ["run", ["deliver", event]]);
  });

  it("when the session ends, what runs is ended and nothing else begins", async () => {
    const queue = new ExecQueue(options);
    await queue.run(() => request, io());
    const preparing = queue.prepare(() => true, 5);
    await queue.dispose();
    await preparing.catch(() => undefined);
    assert.deepEqual(told, ["run", "dispose"]);
    const cancelled = (thrown: unknown): boolean =>
      thrown instanceof LibrettoError && thrown.code === "Interrupted" && thrown.message === "The exec was cancelled.";
    await assert.rejects(
      queue.run(() => request, io()),
      cancelled,
    );
    await assert.rejects(
      queue.prepare(() => true, 5),
      cancelled,
    );
    await new ExecQueue(options).dispose();
  });
});
