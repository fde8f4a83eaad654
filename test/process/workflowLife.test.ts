import assert from "node:assert/strict";
import { expect } from "playwright/test";
import { HostClient } from "../../src/sessions/ipc/client.js";
import { closeAfter } from "../../src/sessions/operations/runOutcome.js";
import { contextOf } from "../support/context.js";
import { findProcess, waitUntilGone } from "../support/processTable.js";
import { useFixtures } from "../support/fixtures.js";

describe("S18: a workflow belongs to its session, not to the terminal", () => {
  const given = useFixtures("life", "each");
  const write = (body: string): void =>
    given.workspace.write(
      "flow.ts",
      `import { workflow, pause } from "libretto";\nexport default workflow("life", { startUrl: ${JSON.stringify(given.site.url("/"))} }, async ({ page, session, log }) => {\n${body}\n});\n`,
    );
  const args = (...more: string[]): string[] => ["run", "flow.ts", "--headless", "--session", "w", ...more];
  /** Waits in the page, where a test can let it go on. */
  const gate = (name: string): string =>
    `await page.waitForFunction(() => (globalThis as Record<string, unknown>)["${name}"] === true);`;

  it("run returns at pause() with exit 0 and its reason; two others look meanwhile, a third resumes to the result, and the status is paused only while it pauses", async () => {
    const { workspace } = given;
    write(
      `log("begun"); await pause(session, { reason: "is the title right?" }); log("between"); ${gate("go")} await pause(session); return { title: await page.title() };`,
    );
    const ran = await workspace.cli(args());
    assert.deepEqual(
      [ran.status, ran.stdout],
      [
        0,
        "Workflow paused.\nIt stands at flow.ts:3: is the title right?\nLook around: libretto snapshot --session w\nGo on:       libretto resume --session w\n",
      ],
      ran.stderr,
    );
    assert.match(ran.stderr, /begun\n/);
    assert.match(await workspace.ok(["list"]), /^w +RW +paused .*\(paused at flow\.ts:3: is the title right\?\)/m);
    const reasons = (): (string | undefined)[] =>
      workspace
        .log<{ event: string; data?: { reason?: string } }>("w", "logs")
        .flatMap(({ event, data }) => (event === "workflow.paused" ? [data?.reason] : []));
    await expect.poll(reasons, { timeout: 10_000 }).toEqual(["is the title right?"]);
    assert.match(await workspace.ok(["snapshot", "--session", "w"]), /The Shelf/);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "w", "await page.title()"]), "The Shelf");

    const resumed = workspace.start(["resume", "--session", "w", "--json"]);
    await resumed.waitFor("stderr", /between/);
    const { status, reason } = workspace.requireState("w");
    assert.deepEqual([status, reason], ["active", undefined], "what goes on is not shown as paused");
    assert.match(await workspace.ok(["list"]), /^w +RW +running /m);
    await (await given.witness("w")).evaluate("go = true");
    const again = await resumed.exit;
    assert.equal(again.status, 0);
    assert.deepEqual(
      { status: "paused", where: "flow.ts:3" },
      (({ status: at, where }) => ({ status: at, where }))(
        JSON.parse(again.stdout) as { status: string; where: string },
      ),
    );
    assert.deepEqual(JSON.parse(await workspace.ok(["resume", "--session", "w"])), { title: "The Shelf" });
    assert.equal(workspace.state("w"), undefined, "whoever hears of the success closes the session");
    await waitUntilGone(() => workspace.processes());
  });

  it("a terminal that is closed leaves the run going: attach hears it from where it was left, resume the failure that nobody heard, and Ctrl-C ends it", async () => {
    const { workspace } = given;
    write(
      `log("heard first"); ${gate("one")} log("told to nobody"); ${gate("two")} log("told to the second"); ${gate("three")} await page.evaluate(() => { document.title = "went on"; }); throw new RangeError("unheard");`,
    );
    const first = workspace.start(args());
    await first.waitFor("stderr", /heard first/);
    first.child.kill("SIGHUP");
    assert.equal((await first.exit).signal, "SIGHUP");
    const witness = await given.witness("w");
    await witness.evaluate("one = true");
    await untilLogged("told to nobody");
    const second = workspace.start(["run", "--attach", "--session", "w"]);
    await second.waitFor("stderr", /^told to nobody\n/);
    await witness.evaluate("two = true");
    await second.waitFor("stderr", /told to the second/);
    second.child.kill("SIGKILL");
    await second.exit;
    assert.ok(!second.stderr().includes("heard first"));
    await witness.evaluate("three = true");
    await untilLogged("unheard");
    assert.equal(await witness.evaluate("document.title"), "went on");
    const third = await workspace.cli(["resume", "--session", "w"]);
    assert.equal(third.status, 1);
    assert.match(third.stderr, /error: RangeError: unheard \(flow\.ts:3:/);
    for (const filter of ["is:error", "level:>=warn"])
      assert.match(
        await workspace.ok(["logs", "--session", "w", "--filter", filter]),
        /workflow\.failed.*unheard/,
        filter,
      );
    assert.match(
      (await workspace.cli(["run", "--attach", "--session", "w"])).stderr,
      /No workflow runs in session "w"/,
    );

    write(`log("waits"); ${gate("four")} log("listened"); ${gate("never")}`);
    const fourth = workspace.start(args());
    await fourth.waitFor("stderr", /waits/);
    fourth.child.kill("SIGHUP");
    await fourth.exit;
    const fifth = workspace.start(["run", "--attach", "--session", "w"]);
    await witness.evaluate("four = true");
    await fifth.waitFor("stderr", /listened/);
    fifth.interrupt();
    assert.equal((await fifth.exit).status, 130);
    assert.equal(workspace.requireState("w").status, "failed");
    assert.ok(!workspace.processes().some(({ command }) => command.some((word) => word.includes("workflow-worker"))));

    /** A line of the log, once it is there. */
    async function untilLogged(text: string): Promise<void> {
      while (!workspace.log<{ message: string }>("w", "logs").some(({ message }) => message.includes(text)))
        await new Promise((resolve) => setTimeout(resolve, 25));
    }
  });

  it("a connection that ends, as a window that is closed or reloaded, leaves it going; the death of the host takes it along", async () => {
    const { workspace } = given;
    write(`log("waits"); ${gate("go")} await pause(session); return 1;`);
    const first = workspace.start(args());
    await first.waitFor("stderr", /waits/);
    const { socketPath, hostPid } = workspace.requireState("w");
    first.child.kill("SIGKILL");
    await first.exit;
    const window = await HostClient.connect(socketPath, "vscode", "w");
    assert.ok(window);
    const lost = window.request("run", { attach: true });
    window.close();
    await assert.rejects(lost, /connection/);
    await (await given.witness("w")).evaluate("go = true");
    assert.match(await workspace.ok(["run", "--attach", "--session", "w"]), /^Workflow paused\./);
    const workers = (): ReturnType<typeof workspace.processes> =>
      workspace.processes().filter(({ command }) => command.some((word) => word.includes("workflow-worker")));
    assert.equal(workers().length, 1);
    process.kill(hostPid, "SIGKILL");
    await waitUntilGone(workers);
    assert.ok(findProcess(workspace.requireState("w").browserPid ?? 0), "the browser is left");
    const late = await workspace.cli(["resume", "--session", "w"]);
    assert.equal(late.status, 1);
    assert.match(late.stderr, /Nothing is paused in session "w": it is failed/);
  });

  it("who listens through pauses hears that it pauses, and that somebody else lets it go on", async () => {
    const { workspace } = given;
    write(`await pause(session); ${gate("go")} return page.title();`);
    const listener = workspace.start(args("--wait-paused"));
    await listener.waitFor("stderr", /Paused at flow\.ts:3/);
    await workspace.ok(["resume", "--session", "w", "--detach"]);
    await listener.waitFor("stderr", /Resumed\./);
    await (await given.witness("w")).evaluate("go = true");
    const { status, stdout } = await listener.exit;
    assert.deepEqual([status, stdout], [0, "The Shelf\n"]);
  });

  it("who hears of a success closes the session that it came from, and none that has its name by then", async () => {
    const { workspace } = given;
    const { context, pool } = contextOf(workspace, "test");
    await workspace.open(given.site.url("/"), "--session", "w");
    const { startedAt, mode, browserPid } = workspace.requireState("w");
    const result = { session: "w", mode, workflow: "life", kind: "undefined", text: "", durationMs: 0 } as const;
    const ofAnother = { ...result, startedAt: new Date(Date.parse(startedAt) - 1_000).toISOString(), stayOpen: false };
    assert.equal((await closeAfter(context, ofAnother)).closed, true);
    assert.equal(workspace.requireState("w").browserPid, browserPid);
    assert.ok(findProcess(browserPid ?? 0), "its browser lives");
    assert.equal((await closeAfter(context, { ...ofAnother, startedAt })).closed, true);
    assert.equal(workspace.state("w"), undefined);
    pool.dispose();
  });
});
