/** Runs around every suite: when its tests are through, nothing that they started may be alive. */
import type { Context, RootHookObject } from "mocha";
import { endOrphans, formatProcesses, processesOfThisRun, waitUntilGone } from "./processTable.js";

export const mochaHooks: RootHookObject = {
  async afterAll(this: Context) {
    this.timeout(30_000);
    try {
      await waitUntilGone(processesOfThisRun, 5_000);
    } catch {
      const left = processesOfThisRun();
      await endOrphans();
      throw new Error(`The tests left processes alive (their paths tell which test):\n${formatProcesses(left)}`);
    }
  },
};
