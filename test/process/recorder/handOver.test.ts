import assert from "node:assert/strict";
import { join } from "node:path";
import type { NetworkRow } from "../../../src/sessions/logs/rows.js";
import { useFixtures } from "../../support/fixtures.js";
import { processes, waitUntilGone } from "../../support/processTable.js";
import { readRows, record } from "./recording.js";
import { startSite } from "./site.js";

describe("Two hosts at hand-over", () => {
  const given = useFixtures("handover", "each");

  it("kill -9 in the middle of a burst: no line is torn, and the next host goes on recording", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "over");
    const witness = await given.witness("over");
    await witness.evaluate(
      `window.asking = (async () => { for (let n = 0; n < 4000 && !window.enough; n++) await (await fetch("/echo?n=" + n)).text(); })(); 1`,
    );
    await site.until(() => site.count("/echo") > 300, "the first of the burst");
    const { hostPid } = workspace.requireState("over");
    process.kill(hostPid, "SIGKILL");
    await waitUntilGone(() => processes().filter(({ pid }) => pid === hostPid));
    // The command that finds the host dead starts the next one.
    await workspace.ok(["pages", "--session", "over"]);
    const taken = site.count("/echo");
    await site.until(() => site.count("/echo") > taken + 300, "more of the burst");
    await witness.evaluate("window.enough = true; window.asking.then(() => 1)");
    const last = site.requests.findLast(({ path }) => path === "/echo")?.query.get("n") ?? "";
    await workspace.ok(["close", "--session", "over"]);

    const rows = readRows(join(workspace.sessionsFolder, "over", "network.jsonl"), "network").filter(({ url }) =>
      url.includes("/echo?n="),
    );
    const numbers = rows.map(({ url }) => Number(new URL(url).searchParams.get("n")));
    assert.equal(new Set(numbers).size, numbers.length, "each request once");
    assert.ok(numbers.includes(Number(last)), "the last request is there");
    // From the first that the new host saw on, none is missing.
    const since = numbers.filter((number) => number > taken + 10);
    assert.deepEqual(
      since,
      Array.from({ length: Number(last) - taken - 10 }, (_, index) => taken + 11 + index).filter(
        (number) => number <= Number(last),
      ),
    );
  });

  it("two recorders that write to one file at once tear no line of each other", async () => {
    const site = await startSite();
    site.page(
      "/",
      `<!doctype html><link rel=icon href="data:,"><script>(async () => { await Promise.all(Array.from({ length: 500 }, (_, n) => fetch("/json?n=" + n).then((r) => r.text()))); fetch("/done").then((r) => r.text()); })()</script>`,
    );
    const first = await record();
    const second = await record({ over: first });
    try {
      await first.navigate(`${site.origin}/`);
      await first.until(
        "network",
        (rows: NetworkRow[]) => rows.filter(({ url }) => url.endsWith("/done")).length === 2,
        "the last request, told by both",
      );
      await Promise.all([first.stop(), second.stop()]);
      const rows = readRows(join(first.sessionFolder, "network.jsonl"), "network");
      assert.equal(rows.filter(({ url }) => url.includes("/json")).length, 1000);
    } finally {
      await second.close();
      await first.close();
      await site.close();
    }
  });
});
