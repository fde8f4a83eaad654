import assert from "node:assert/strict";
import { honestPrograms } from "./honestPrograms.js";
import { type ExecutorRunner, type Stage, useExecutor } from "./stage.js";

describe("S13, S15, Must show 2: honest read programs work", () => {
  let stage: Stage;
  let runner: ExecutorRunner;
  let shown = "";

  useExecutor((...made) => ([stage, runner] = made));

  it("there are at least 60 of them", () => assert.ok(honestPrograms.length >= 60, String(honestPrograms.length)));

  for (const { reads, at, code, gives, prints } of honestPrograms) {
    it(`reads ${reads}`, async () => {
      if (shown !== at) await stage.show(at);
      shown = at;
      const ended = await runner.run(code);
      assert.ok(ended.ok, ended.ok ? "" : `${ended.code}: ${ended.message}`);
      if (gives instanceof RegExp) assert.match(ended.text, gives);
      else assert.equal(ended.text, typeof gives === "function" ? gives(stage.site) : gives);
      if (prints) assert.deepEqual(ended.printed, prints);
    });
  }
});
