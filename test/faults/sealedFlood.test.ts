import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { processes, waitUntilGone } from "../support/processTable.js";

const mebibytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

describe("S23: a sealed session's wire that nobody reads", () => {
  const given = useFixtures("flood", "each");

  it("S23: a page that floods the wire while no host lives fills no memory, and the next host answers", async function () {
    if (process.platform !== "linux") leaveOut(this, "memory is read on Linux alone");
    const { workspace, site } = given;
    await workspace.ok(["open", site.url("/typing"), "--headless", "--sealed", "--session", "shut"]);
    // Over the wire nobody hears the page now: it tells the site how far it has come.
    const flood = `window.count = 0; const line = "x".repeat(5_000);
      setInterval(() => { for (let n = 0; n < 10; n++) console.log(line, window.count++); }, 10);
      setInterval(() => fetch("/echo?count=" + window.count), 50);`;
    await workspace.ok(["exec", "--session", "shut", `await page.evaluate(${JSON.stringify(flood)})`]);
    const { hostPid, browserPid } = workspace.requireState("shut");
    process.kill(hostPid, "SIGKILL");
    await waitUntilGone(() => processes().filter(({ pid }) => pid === hostPid));
    const count = async (): Promise<number> => {
      const from = site.requests.length;
      const echo = (): string | null | undefined =>
        site.requests
          .slice(from)
          .find(({ path, query }) => path === "/echo" && query.has("count"))
          ?.query.get("count");
      await site.until(() => echo() !== undefined, "how far the page has come");
      return Number(echo());
    };
    const before = mebibytes(browserPid ?? 0);
    // 25 MB of messages that nobody reads. What is on its way through the browser at a moment is not kept there.
    for (const until = (await count()) + 5_000; (await count()) < until;);
    while (mebibytes(browserPid ?? 0) - before > 15) await sleep(50);
    assert.equal(await workspace.ok(["exec", "--session", "shut", "await page.title()"]), "Typing");
  });
});
