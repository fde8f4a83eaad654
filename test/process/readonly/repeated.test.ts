import assert from "node:assert/strict";
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
