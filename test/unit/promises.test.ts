import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { promisesPage } from "../../scripts/promises.mjs";

describe("docs/promises.md", () => {
  const { text, missing, stale } = promisesPage();

  it("names every promise that a test's title begins with", () => assert.deepEqual(missing, []));

  it("promises nothing that no test's title begins with", () => assert.deepEqual(stale, []));

  it("names the files of today; `node scripts/promises.mjs` writes them", () =>
    assert.equal(readFileSync("docs/promises.md", "utf8"), text));
});
