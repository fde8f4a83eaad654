import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { leaveOut } from "../../support/leaveOut.js";
import { type ExecutorRunner, type Stage, useExecutor } from "./stage.js";

describe("S13, S15: code that is run again", () => {
  let stage: Stage;
  let runner: ExecutorRunner;

  useExecutor((...made) => ([stage, runner] = made));

  it("reads the page as it is then", async () => {
    const code = "return await page.locator('h1').textContent()";
    await stage.show("/");
    const first = await runner.run(code);
    await stage.show("/form");
    const second = await runner.run(code);
    assert.ok(first.ok && second.ok);
    assert.notEqual(first.text, second.text);
  });

  it("fails at the same place of the user's text, TypeScript too", async () => {
    const code = "const n: number =\n  1;\nreturn (missing as string) + n";
    const runs = [await runner.run(code), await runner.run(code)];
    for (const run of runs) {
      assert.ok(!run.ok);
      assert.match(run.message, /missing.* \(line 3, column 9\)/);
    }
  });

  it("finds nothing of what ran before it, however much that was", async () => {
    await stage.show("/form");
    for (const texts of [10, 6_000]) {
      const bent =
        await runner.run(`globalThis.left = "here"; Array.prototype.left = 1; JSON.stringify = () => '"bent"'; page.title = () => "bent";
        globalThis.kept = []; for (let index = 0; index < ${texts}; index++) kept.push("left behind ".repeat(100) + index); return kept.length`);
      // What it printed is its own affair.
      assert.ok(bent.ok || bent.code === "CodeFailed");
      const after = await runner.run("return JSON.stringify([typeof left, typeof kept, [].left, await page.title()])");
      assert.ok(after.ok);
      assert.deepEqual(JSON.parse(after.text), ["undefined", "undefined", null, "Form"]);
    }
  });

  for (const [what, texts] of [
    ["a little", 10],
    ["so much that its memory grows", 3_000],
  ] as const)
    it(`leaves no byte behind in a process that goes on, after ${what}`, async function () {
      if (process.platform !== "linux") return leaveOut(this, "the memory of a process is read from /proc");
      const ids = async (): Promise<number[]> => {
        const { ok } = await runner.run("return 1");
        assert.ok(ok);
        return runner.executor.processIds;
      };
      const before = await ids();
      // Put together inside: the code's own text is kept elsewhere, to be run again.
      const filled = await runner.run(`const kept = [];
        for (let index = 0; index < ${texts}; index++) kept.push(["trace", "of", "a", "run", index, ""].join("#").repeat(50));
        globalThis.kept = kept; return kept.length`);
      assert.ok(filled.ok);
      assert.deepEqual(await ids(), before);
      for (const pid of before) assert.equal(memoryHolds(pid, "trace#of#a#run#"), false);
    });

  it("is what was given, among more codes than are kept", async () => {
    for (const round of [1, 2]) {
      for (let index = 0; index < 20; index++) {
        const ended = await runner.run(`return ${index} * 2`);
        assert.ok(ended.ok);
        assert.equal(ended.text, String(index * 2), `round ${round}`);
      }
    }
  });
});

/** Whether a text stands somewhere in what a process may write. https://man7.org/linux/man-pages/man5/proc_pid_mem.5.html */
function memoryHolds(pid: number, text: string): boolean {
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    return readFileSync(`/proc/${pid}/maps`, "utf8")
      .split("\n")
      .some((line) => {
        const [, from = "", to = ""] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
        if (from === "") return false;
        const start = parseInt(from, 16);
        const bytes = Buffer.alloc(parseInt(to, 16) - start);
        // What was reserved and never touched has no page to read.
        try {
          return bytes.subarray(0, readSync(memory, bytes, 0, bytes.length, start)).includes(text);
        } catch {
          return false;
        }
      });
  } finally {
    closeSync(memory);
  }
}
