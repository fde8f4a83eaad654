import assert from "node:assert/strict";
import { join } from "node:path";
import { failureOf, Workspace, type RunningCli } from "../support/cli.js";
import { GridProxy, missingForGrid, TestGrid, until } from "../support/grid.js";
import { findProcess } from "../support/processTable.js";
import { leaveOut } from "../support/leaveOut.js";

describe("S30: what goes wrong on a Grid has an outcome, a message, and leaves no slot taken", function () {
  this.timeout(120_000);
  let grid: TestGrid;
  let proxy: GridProxy;
  let workspace: Workspace;
  const page = "data:text/html,<title>there</title>";
  const credentials = "ada:correct-horse";
  const env = { LIBRETTO_GRID_AUTH: credentials };
  const open = (session: string, ...flags: string[]) =>
    // Two nodes that start a full Chromium each, beside whatever else runs.
    workspace.ok(["open", page, "--session", session, "--grid", grid.url, ...flags], { timeoutMs: 110_000 });
  const idOf = (session: string): string => workspace.requireState(session).grid?.id ?? "";
  const ended = async (session: string, reason: RegExp, withinMs = 10_000): Promise<void> => {
    await until(() => workspace.requireState(session).status === "exited", `the end of ${session}`, withinMs);
    assert.match(workspace.requireState(session).reason ?? "", reason);
    const used = failureOf(await workspace.cli(["readonly-exec", "--session", session, "1"]));
    assert.equal(used.status, 4);
    await workspace.ok(["close", "--session", session]);
  };
  const title = (session: string, options = {}) =>
    workspace.ok(["readonly-exec", "--session", session, "return await page.title()"], options);

  before(async function () {
    const missing = missingForGrid();
    if (missing !== undefined) leaveOut(this, `sessions on a Selenium Grid: ${missing}`);
    workspace = new Workspace("gridf");
    grid = await TestGrid.start(join(workspace.scratch, "grid"), { nodes: [1, 1], sessionTimeoutS: 12 });
    proxy = await GridProxy.start(grid.url, "/selenium", credentials);
  });
  after(async () => {
    if (workspace === undefined) return;
    await workspace.cli(["close", "--all", "--force"]);
    await proxy?.stop();
    await grid?.stop();
    await workspace.dispose();
  });

  describe("with both slots taken", () => {
    let waiting: RunningCli;
    const ask = (...flags: string[]) => workspace.start(["open", page, "--session", "q", "--grid", grid.url, ...flags]);
    const nothingWaits = async () => {
      await until(async () => (await grid.queueLength()) === 0, "an empty queue");
      assert.equal((await grid.slots()).length, 2);
      assert.equal(workspace.state("q"), undefined);
    };
    before(() => Promise.all([open("a"), open("b")]));
    after(() => workspace.ok(["close", "--all"]));

    it("who waits is told the place in the queue; Ctrl-C gives it up", async () => {
      waiting = ask();
      await waiting.waitFor("stderr", /place 1 of 1 in its queue/);
      waiting.interrupt();
      assert.equal((await waiting.exit).status, 130);
      await nothingWaits();
    });

    it("a queue that takes too long ends the wait with status 5", async () => {
      const result = await ask("--queue-timeout", "3000").exit;
      assert.equal(result.status, 5);
      assert.match(result.stderr, /had no free slot within 3 s \(place 1 of 1/);
      await nothingWaits();
    });

    it("a host that is killed while it waits leaves nothing in the queue, and gc nothing on record", async () => {
      waiting = ask();
      await waiting.waitFor("stderr", /place 1 of 1/);
      process.kill(workspace.requireState("q").hostPid, "SIGKILL");
      assert.equal((await waiting.exit).status, 1);
      await until(async () => (await grid.queueLength()) === 0, "an empty queue");
      assert.match(await workspace.ok(["gc"]), /q \(.*leftovers removed/);
      await workspace.ok(["close", "--session", "q"]);
      assert.equal((await grid.slots()).length, 2);
    });

    it("two workspaces on one session: both read, and the second one's close leaves the browser", async () => {
      const other = new Workspace("gridw2");
      try {
        await other.ok(["connect", workspace.requireState("a").cdpEndpoint ?? "", "--session", "guest", "--read-only"]);
        assert.equal(await other.ok(["readonly-exec", "--session", "guest", "return await page.title()"]), "there");
        await other.ok(["close", "--session", "guest"]);
        assert.equal(await title("a"), "there");
      } finally {
        await other.dispose();
      }
    });

    it("a host that is killed loses nothing: the next command takes the browser over, and close frees the slot", async () => {
      const { hostPid } = workspace.requireState("a");
      const id = idOf("a");
      process.kill(hostPid, "SIGKILL");
      await until(() => findProcess(hostPid) === undefined, "the end of the host");
      assert.match(await workspace.ok(["list", "--everywhere"]), /a +host gone +browser alive/);
      assert.equal(await title("a"), "there");
      assert.equal(idOf("a"), id);
      const next = workspace.requireState("a").hostPid;
      process.kill(next, "SIGKILL");
      await until(() => findProcess(next) === undefined, "the end of the host");
      assert.match(await workspace.ok(["gc", "--all"]), /a \(.*its browser was ended/);
      // The Grid answers that a session has ended before it counts its slot as free.
      await until(async () => (await grid.slots()).map((slot) => slot.id).join() === idOf("b"), "a free slot");
      await workspace.cli(["close", "--session", "a"]);
    });

    it("a slot that gets free goes to who waits; one that an admin deletes ends its session within a beat", async () => {
      await open("c");
      waiting = ask();
      await waiting.waitFor("stderr", /place 1 of 1/);
      await grid.delete(idOf("b"));
      await ended("b", /ended the browser: session closed normally/);
      assert.equal((await waiting.exit).status, 0);
      await workspace.ok(["close", "--session", "q"]);
    });
  });

  it("no node that matches: who waits hears of it, and is let go in time", async () => {
    workspace.writeConfig({ version: 1, grid: { url: grid.url, capabilities: { browserName: "MicrosoftEdge" } } });
    const result = await workspace.cli(["open", page, "--session", "edge", "--queue-timeout", "3000"]);
    workspace.writeConfig({ version: 1 });
    assert.equal(result.status, 5);
    assert.match(result.stderr, /no node that is up offers MicrosoftEdge/);
    await grid.untilFree();
  });

  it("a session lives on beyond the Grid's timeout while its host runs, and one whose host is stopped ends with the reason", async () => {
    await Promise.all([open("kept"), open("stopped")]);
    const { hostPid } = workspace.requireState("stopped");
    const id = idOf("stopped");
    process.kill(hostPid, "SIGSTOP");
    try {
      await until(async () => !(await grid.slots()).some((slot) => slot.id === id), "the Grid's own timeout", 60_000);
    } finally {
      process.kill(hostPid, "SIGCONT");
    }
    await ended("stopped", /timed out due to inactivity/, 15_000);
    assert.equal(await title("kept"), "there");
    await workspace.ok(["close", "--session", "kept"]);
    await grid.untilFree();
  });

  it("a host that is killed before it has heard of its session leaves its name, by which gc frees the slot", async () => {
    const created = proxy.withholdCreation();
    const opening = workspace.start(["open", page, "--session", "unheard", "--grid", proxy.url], { env });
    await created;
    assert.equal((await grid.slots()).length, 1);
    const { hostPid, grid: lease } = workspace.requireState("unheard");
    assert.equal(lease?.id, undefined);
    process.kill(hostPid, "SIGKILL");
    assert.notEqual((await opening.exit).status, 0);
    proxy.goOffline();
    proxy.comeBack();
    assert.equal((await grid.slots()).length, 1);
    await workspace.ok(["gc"], { env });
    // Sooner than the Grid's own timeout frees it.
    await until(async () => (await grid.slots()).length === 0, "a slot that gc has freed", 5_000);
    await workspace.ok(["close", "--session", "unheard"], { env });
  });

  it("behind a proxy with a path and a password: the credentials are on no disk, and an outage is waited for", async () => {
    const opened = ["open", page, "--session", "far", "--grid", proxy.url];
    const denied = failureOf(await workspace.cli(opened));
    assert.match(denied.message, /asks for a user name and a password/);
    await workspace.ok(opened, { env });
    const { cdpEndpoint, hostPid } = workspace.requireState("far");
    assert.ok(cdpEndpoint?.startsWith(`${proxy.url.replace("http", "ws")}/session/`), cdpEndpoint ?? "");
    proxy.goOffline();
    await until(
      () => workspace.log("far", "logs").some(({ event }) => event === "grid-silent"),
      "the host to notice that the Grid is silent",
    );
    proxy.comeBack();
    await until(() => workspace.requireState("far").hostPid !== hostPid, "another host to attach", 30_000);
    assert.equal(await title("far", { env }), "there");
    const { execFileSync } = await import("node:child_process");
    const found = (text: string) =>
      execFileSync("sh", [
        "-c",
        `grep -rlF -- "$1" "$2" "$3" || true`,
        "sh",
        text,
        workspace.folder,
        workspace.stateHome,
      ])
        .toString()
        .trim();
    assert.equal(found("correct-horse"), "");
    assert.equal(found(Buffer.from(credentials).toString("base64")), "");
    assert.equal(await workspace.ok(["close", "--session", "far"], { env }), 'Session "far" closed.');
    await grid.untilFree();
  });

  it("a node that is stopped or killed ends its session with the Grid's reason within a beat", async () => {
    await Promise.all([open("s"), open("k")]);
    const nodeOf = (session: string) => {
      const node = grid.nodes.find(({ url }) => url === workspace.requireState(session).grid?.node);
      assert.ok(node);
      return node;
    };
    try {
      await grid.endNode(nodeOf("s"), "SIGTERM");
      // A beat may come between the end of the node's server and its leave of the hub.
      await ended("s", /node was removed from the grid|Connection error/, 15_000);
      await grid.endNode(nodeOf("k"), "SIGKILL");
      await ended("k", /Connection error/, 15_000);
    } finally {
      // Without nodes the tests that follow would wait for one.
      await Promise.all([grid.addNode(1), grid.addNode(1)]);
    }
    await until(
      async () => JSON.stringify(await grid.get("/status")).split('"UP"').length > 2,
      "two new nodes",
      60_000,
    );
  });

  it("a hub that is gone at close is told, gc pays the debt later, and one that restarts forgets its sessions", async () => {
    await Promise.all([open("debt"), open("lost")]);
    await grid.killHub();
    assert.match(await workspace.ok(["close", "--session", "debt"]), /its Grid does not answer/);
    assert.match(await workspace.ok(["gc"]), /debt .*does not answer; its slot stays on record/);
    assert.equal(workspace.requireState("lost").status, "active");
    grid.startHub();
    await ended("lost", /a hub that restarts forgets its sessions/, 60_000);
    await until(async () => /Nothing was left/.test(await workspace.ok(["gc"])), "gc to be done with the debt", 60_000);
    await grid.untilUp(2);
    await grid.untilFree("the nodes to end what the hub forgot");
  });
});
