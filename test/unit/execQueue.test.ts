import assert from "node:assert/strict";
import { ExecQueue } from "../../src/sessions/host/exec/execQueue.js";
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
