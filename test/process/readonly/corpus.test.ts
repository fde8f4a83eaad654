import assert from "node:assert/strict";
import { attemptCount, corpusTests } from "./corpus.js";
import { ExecutorRunner, Stage } from "./stage.js";

describe("S14, Must show 1: nothing that readonly-exec runs changes the page, the browser or the host", () => {
  it(`the corpus holds at least 200 attempts (${attemptCount})`, () => assert.ok(attemptCount >= 200));
  corpusTests(async () => {
    const stage = await Stage.open("/form");
    return { stage, runner: await ExecutorRunner.start(stage.browser) };
  });
});
