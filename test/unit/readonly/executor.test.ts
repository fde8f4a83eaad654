import assert from "node:assert/strict";
import { ReadonlyExecutor } from "../../../src/sessions/host/reads/executor.js";
import type { ReadonlyServices } from "../../../src/sessions/host/reads/run.js";

describe("readonly-exec", () => {
  it("a run that fails while it is set up gives its turn back", async () => {
    const executor = new ReadonlyExecutor({
      targets: { find: () => undefined },
      limits: { timeoutMs: 1_000, memoryBytes: 1, outputBytes: 1, pendingCalls: 1 },
      // No process can be started from such a path.
      script: "\0",
    } as unknown as ReadonlyServices);
    const { signal } = new AbortController();
    for (let run = 0; run < 20; run++)
      await assert.rejects(executor.run({ code: "1" }, { console: () => undefined, signal }), /null bytes/);
  });
});
