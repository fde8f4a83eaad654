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

  for (const opening of ["open --session a", "connect 9222 --session a", "run flow.ts --session a"])
    it(`S28: all wait for ${opening}; reads then run side by side, and what controls waits for nothing else`, async () => {
      const { begun, give, end } = batch();
      await give(opening);
      const rest = [
        "snapshot -s a",
        "pages -s a",
        "close -s a",
        "session-mode read-only -s a",
        "list",
        "request-access -s a",
      ];
      for (const line of rest) await give(line);
      assert.deepEqual(begun, [opening]);
      await end(opening);
      assert.deepEqual(begun, [opening, ...rest]);
      await give("exec -s a 1");
      await give("stop -s a");
      assert.deepEqual(
        begun.slice(-1),
        ["stop -s a"],
        "what drives waits for the reads, and what controls for nothing",
      );
    });

  for (const driving of ["exec -s a 1", "act -s a reload", "resume -s a", "save shop -s a"])
    it(`S28: a read waits for ${driving}, and so does what drives; what controls does not`, async () => {
      const { begun, give, end } = batch();
      await give(driving);
      for (const line of ["snapshot -s a", "act -s a back", "close -s a"]) await give(line);
      assert.deepEqual(begun, [driving, "close -s a"]);
      await end(driving);
      assert.deepEqual(begun, [driving, "close -s a", "snapshot -s a"]);
      await end("snapshot -s a");
      assert.deepEqual(begun.slice(-1), ["act -s a back"]);
    });
});
