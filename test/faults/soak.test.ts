import assert from "node:assert/strict";
import { growthOf, soak } from "../support/soak.js";

describe("A soak", () => {
  it("nothing grows while sessions come and go beside one that stays: processes, descriptors, temporary files, the host's memory", async function () {
    this.timeout(240_000);
    const samples = await soak(12, 2);
    assert.equal(samples.length, 6);
    assert.deepEqual(growthOf(samples), []);
  });
});
