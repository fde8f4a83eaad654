import assert from "node:assert/strict";
import { HostClient } from "../../src/sessions/ipc/client.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { findProcess, waitUntilGone } from "../support/processTable.js";
import { Display, whyNoWindow } from "./recorder/display.js";

/** For how long nobody may use a session: long enough for the next command to begin meanwhile, on a busy machine. */
const limitMs = 6_000;
/** Within which a session that nobody uses has ended, in ms. */
const endMs = limitMs + 30_000;

describe("--idle-timeout", () => {
  const given = useFixtures("idle");

  it("V6: a view that follows a session's pages does not keep it alive, and leaves nothing in its log", async () => {
    const { workspace, site } = given;
    await workspace.ok([
      "open",
      site.url(),
      "--headless",
      "--session",
      "watched",
      "--idle-timeout",
      String(limitMs / 60_000),
    ]);
    const { socketPath } = workspace.requireState("watched");
    const client = await HostClient.connect(socketPath, "vscode", "watched");
    assert.ok(client);
    let looks = 0;
    try {
      for (; ; looks++) assert.equal((await client.request("pages", { watching: true })).pages.length, 1);
    } catch (error) {
      assert.ok(error instanceof LibrettoError, String(error));
    }
    assert.ok(looks > 10, `${looks} looks`);
    await waitUntilGone(() => workspace.processes());
    assert.match(workspace.requireState("watched").reason ?? "", /Nobody used it/);
    assert.deepEqual(
      workspace.log<{ event: string }>("watched", "logs").filter(({ event }) => event === "command"),
      [],
    );
  });

  it("S18: a workflow that runs with nobody listening, or is paused, is no session that nobody uses", async () => {
    const { workspace, site } = given;
    workspace.writeConfig({ version: 1, idleTimeoutMinutes: limitMs / 60_000 });
    workspace.write(
      "flow.ts",
      `import { workflow, pause } from "libretto";
       export default workflow("lasts", { startUrl: ${JSON.stringify(site.url())} }, async ({ page, session, log }) => {
         if (session === "paused") await pause(session);
         log("begun");
         if (session === "paused") return page.title();
         await page.waitForFunction(() => document.title === "speak");
         log("spoken");
         await page.waitForFunction(() => document.title === "end");
         return page.title();
       });
`,
    );
    const run = (session: string): string[] => ["run", "flow.ts", "--headless", "--session", session];
    const running = workspace.start(run("running"));
    await running.waitFor("stderr", /begun/);
    running.child.kill("SIGHUP");
    await running.exit;
    assert.match(await workspace.ok(run("paused")), /^Workflow paused\./);
    // What was opened after them, and used after them, is over.
    await workspace.open(site.url(), "--session", "unused");
    const { hostPid, browserPid } = workspace.requireState("unused");
    await waitUntilGone(() => [hostPid, browserPid].flatMap((pid) => findProcess(pid ?? 0) ?? []), endMs);
    assert.match(workspace.requireState("unused").reason ?? "", /Nobody used it/);
    assert.deepEqual(
      ["running", "paused"].map((session) => workspace.requireState(session).status),
      ["active", "paused"],
    );
    const witness = await given.witness("running");
    const attached = workspace.start(["run", "--attach", "--session", "running"]);
    await witness.evaluate("document.title = 'speak'");
    await attached.waitFor("stderr", /spoken/);
    await witness.evaluate("document.title = 'end'");
    assert.equal((await attached.exit).stdout, "end\n");
    assert.equal(await workspace.ok(["resume", "--session", "paused"]), "The Shelf");
  });
});

describe("--idle-timeout of a workflow that nobody hears", () => {
  const given = useFixtures("idle-unheard");

  it("S18: begins when the workflow has ended, so that there is time to ask for its result", async () => {
    const { workspace, site } = given;
    workspace.writeConfig({ version: 1, idleTimeoutMinutes: limitMs / 60_000 });
    workspace.write(
      "flow.ts",
      `import { workflow } from "libretto";
       export default workflow("lasts", { startUrl: ${JSON.stringify(site.url())} }, async ({ page, log }) => {
         log("begun");
         await page.waitForFunction(() => document.title === "end");
       });
`,
    );
    const running = workspace.start(["run", "flow.ts", "--headless", "--session", "alone", "--stay-open"]);
    await running.waitFor("stderr", /begun/);
    running.child.kill("SIGHUP");
    await running.exit;
    const witness = await given.witness("alone");
    // What was opened after the last word of it is over: the limit has passed while it ran.
    await workspace.open(site.url(), "--session", "unused");
    const { hostPid } = workspace.requireState("unused");
    await waitUntilGone(() => [findProcess(hostPid)].flatMap((found) => found ?? []), endMs);
    await witness.evaluate("document.title = 'end'");
    await waitUntilGone(() => workspace.processes(), endMs);
    assert.match(workspace.requireState("alone").reason ?? "", /Nobody used it/);
    const rows = workspace.log<{ ts: string; event: string }>("alone", "logs");
    const done = rows.find(({ event }) => event === "workflow.completed");
    const last = rows.at(-1);
    assert.ok(done && last && last !== done);
    assert.ok(Date.parse(last.ts) - Date.parse(done.ts) >= limitMs - 50, `${done.ts}, ${last.ts}`);
  });
});

describe("--idle-timeout with a window", () => {
  const given = useFixtures("idle-window");
  let display: Display | undefined;
  before(async function () {
    const why = whyNoWindow();
    if (why !== undefined) leaveOut(this, `a person at work in a session that ends when nobody uses it: ${why}`);
    display = await Display.start();
  });
  after(() => display?.close());

  it("does not end a session in whose window a person works, and ends it when the person has left", async () => {
    const { workspace, site } = given;
    assert.ok(display);
    const limitMs = 10_000;
    await workspace.ok(
      ["open", site.url("/counter"), "--headed", "--session", "manual", "--idle-timeout", String(limitMs / 60_000)],
      { env: { DISPLAY: display.name } },
    );
    const { hostPid } = workspace.requireState("manual");
    const witness = await given.witness("manual");
    const hand = await display.handOn(witness, "/counter");
    const until = Date.now() + 2 * limitMs;
    while (Date.now() < until) await hand.click("document.querySelector('#add')");
    assert.ok(site.counter > 0, "the clicks arrived");
    assert.ok(findProcess(hostPid), "the session was in use all the time");
    await waitUntilGone(() => workspace.processes(), limitMs + 30_000);
    assert.match(workspace.requireState("manual").reason ?? "", /Nobody used it/);
  });
});
