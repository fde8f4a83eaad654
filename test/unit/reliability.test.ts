import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { missingTests, reliabilityPage } from "../../scripts/reliability.mjs";

describe("docs/reliability.md", () => {
  it("names no test that is not there", () => assert.deepEqual(missingTests(), []));

  it("has a row for every fault of the table; `node scripts/reliability.mjs` writes them", () =>
    assert.equal(readFileSync("docs/reliability.md", "utf8"), reliabilityPage()));

  it("takes the results of a run: one failure is a failure, whatever else passed", () => {
    const results = (outcome: string): Parameters<typeof reliabilityPage>[0] => ({
      "lock.test.cjs": { "The lock is free at once when its holder is dead, and so on": outcome },
    });
    const row = (text: string): string => /^\| the holder of a lock is killed .*$/m.exec(text)?.[0] ?? "";
    assert.match(row(reliabilityPage(results("passed"))), /\| passed \|$/);
    assert.match(row(reliabilityPage(results("failed"))), /\| failed \|$/);
    assert.match(row(reliabilityPage(results("skipped"))), /\| left out \|$/);
  });
});
