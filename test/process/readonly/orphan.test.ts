import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { Workspace } from "../../support/cli.js";
import { findProcess, waitUntilGone } from "../../support/processTable.js";
import { Site } from "../../support/site.js";
import { RawClient } from "./socketRunner.js";
import { leaveOut } from "../../support/leaveOut.js";

/** Processes whose parent is the given one and whose command line holds the text. Linux. */
function childrenOf(parent: number, holding: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) === parent &&
          readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(holding)
        );
      } catch {
        return false;
      }
    });
}

describe("readonly-exec: no interpreter outlives its host", () => {
  let site: Site;
  let workspace: Workspace;
  before(async () => {
    site = await Site.start();
    workspace = new Workspace("readonly-orphan");
  });
  after(async () => {
    await workspace.dispose();
    await site.close();
  });

  it("there is none before the first run, some after it, and none after kill -9 of the host, not even of code in a loop", async function () {
    if (process.platform !== "linux") leaveOut(this, "the interpreter's processes: read from /proc, on Linux alone");
    const state = workspace.requireState(await workspace.open(site.url("/"), "--read-only"));
    assert.deepEqual(childrenOf(state.hostPid, "readonly-child.js"), []);
    const client = await RawClient.connect(state, LIBRETTO_VERSION);
    await client.request("readonly-exec", { code: "return 1" });
    // The answer to this never comes.
    void client.request("readonly-exec", { code: "console.log('looping'); for (;;);" });
    await client.request("readonly-exec", { code: "return 1" });
    const children = childrenOf(state.hostPid, "readonly-child.js");
    assert.ok(children.length >= 2, String(children));
    process.kill(state.hostPid, "SIGKILL");
    await waitUntilGone(() => children.flatMap((pid) => findProcess(pid) ?? []));
    client.close();
  });
});
