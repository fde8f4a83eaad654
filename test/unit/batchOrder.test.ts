import assert from "node:assert/strict";
import { BatchOrder } from "../../src/cli/batchOrder.js";

/** Gives the commands to one batch, and ends each of them when the test says so. */
function batch(): { begun: string[]; give: (line: string) => Promise<void>; end: (line: string) => Promise<void> } {
  const order = new BatchOrder();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    begun,
    give(line) {
      void order.run(line.split(" "), () => {
        begun.push(line);
        return new Promise<void>((resolve) => ends.set(line, resolve));
      });
      return turn();
    },
    end(line) {
      ends.get(line)?.();
      return turn();
    },
  };
}

describe("S28: the order of a batch", () => {
  for (const named of ["--session a", "-s a", "--session=a"])
    it(`S28: what drives another session than ${named} is not waited for, and what drives that one is`, async () => {
      const { begun, give, end } = batch();
      await give("exec --session b 1");
      await give(`exec ${named} 1`);
      assert.deepEqual(begun, ["exec --session b 1", `exec ${named} 1`]);
      await give("snapshot --session a");
      assert.ok(!begun.includes("snapshot --session a"));
      await end(`exec ${named} 1`);
      assert.ok(begun.includes("snapshot --session a"));
    });

  it("S28: a command that names no session may mean any, and waits for what drives each", async () => {
    const { begun, give, end } = batch();
    await give("act --session a reload");
    await give("pages");
    // Behind a lone -- stands code, whatever it looks like.
    await give("exec -- --session=b");
    assert.deepEqual(begun, ["act --session a reload"]);
    await end("act --session a reload");
    assert.deepEqual(begun, ["act --session a reload", "pages"]);
    await end("pages");
    assert.deepEqual(begun, ["act --session a reload", "pages", "exec -- --session=b"]);
  });

  it("S28: reads run side by side; close, session-mode, list and request-access wait for an open alone", async () => {
    const { begun, give, end } = batch();
    await give("open --session a");
    const rest = [
      "snapshot -s a",
      "pages -s a",
      "close -s a",
      "session-mode read-only -s a",
      "list",
      "request-access -s a",
    ];
    for (const line of rest) await give(line);
    assert.deepEqual(begun, ["open --session a"]);
    await end("open --session a");
    assert.deepEqual(begun, ["open --session a", ...rest]);
    await give("exec -s a 1");
    await give("stop -s a");
    assert.deepEqual(begun.slice(-1), ["stop -s a"], "what drives waits for the reads, and what controls for nothing");
  });
});
