import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { browserAnswers, startBrowser, Witness } from "../support/browser.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { browsersWithProfile, findProcess, waitUntilEnded, waitUntilGone } from "../support/processTable.js";

describe("S5 to S8 closing", () => {
  const given = useFixtures("close", "each");

  it("S5: close ends the browser and removes record, socket and profile; the logs and snapshots stay", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "done");
    await workspace.ok(["snapshot", "--session", "done"]);
    const { browserPid, hostPid, port, socketPath, profilePath } = workspace.requireState("done");
    assert.ok(existsSync(socketPath) && existsSync(profilePath ?? ""));
    await workspace.ok(["close", "--session", "done"]);
    await waitUntilEnded(hostPid, browserPid);
    assert.equal(browsersWithProfile(workspace.stateHome).length, 0);
    assert.equal(await browserAnswers(port ?? 0), false);
    assert.equal(existsSync(socketPath), false);
    assert.equal(existsSync(profilePath ?? ""), false);
    assert.equal(workspace.state("done"), undefined);
    for (const name of ["logs.jsonl", "network.jsonl", "actions.jsonl", "snapshots"])
      assert.ok(existsSync(join(workspace.sessionsFolder, "done", name)), name);
    assert.ok(workspace.log("done", "logs").length > 0);
  });

  it("S5: when close returns, no process of the session is left", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "gone");
    const { browserPid } = workspace.requireState("gone");
    await workspace.ok(["close", "--session", "gone"]);
    assert.equal(findProcess(browserPid ?? 0), undefined);
    assert.deepEqual(browsersWithProfile(workspace.stateHome), []);
  });

  const endings: [how: string, kill: "none" | "host" | "both", command: string[]][] = [
    ["close asks the host", "none", ["close", "--session", "full"]],
    ["the host was killed and close ends the browser", "host", ["close", "--session", "full"]],
    ["the host was killed and gc ends the browser", "host", ["gc", "--all"]],
    ["host and browser were killed and gc clears up", "both", ["gc", "--all"]],
  ];
  for (const [how, kill, command] of endings) {
    it(`S5: nothing of a full Chromium is left in the temporary folder or among the profiles where ${how}`, async function () {
      const { workspace, site } = given;
      const { browsers } = await workspace.json<{ browsers: { path: string; kind: string }[] }>(["status"]);
      const full = browsers.find((browser) => browser.kind === "chromium");
      if (!full) leaveOut(this, "what a full Chromium leaves behind: there is none on this machine");
      // The folder of its single instance, which Chromium makes outside its profile.
      const env = { TMPDIR: join(workspace.folder, "tmp") };
      mkdirSync(env.TMPDIR);
      await workspace.ok(["open", site.url(), "--headless", "--session", "full", "--executable-path", full.path], {
        env,
      });
      const made = (): string[] => readdirSync(env.TMPDIR).filter((name) => /chrom/i.test(name));
      assert.equal(made().length, 1, "Chromium makes such a folder");
      const { hostPid, browserPid, profilePath } = workspace.requireState("full");
      if (kill !== "none") process.kill(hostPid, "SIGKILL");
      if (kill === "both") process.kill(-(browserPid ?? 0), "SIGKILL");
      await waitUntilGone(() =>
        [
          kill === "none" ? undefined : findProcess(hostPid),
          kill === "both" ? findProcess(browserPid ?? 0) : undefined,
        ].filter((entry) => entry !== undefined),
      );
      await workspace.ok(command, { env });
      assert.deepEqual(made(), []);
      assert.equal(existsSync(profilePath ?? ""), false);
      assert.deepEqual(browsersWithProfile(workspace.stateHome), []);
    });
  }

  it("S5: a second close says that the session is closed and exits 0", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "twice");
    await workspace.ok(["close", "--session", "twice"]);
    const again = await workspace.cli(["close", "--session", "twice"]);
    assert.equal(again.status, 0);
    assert.match(`${again.stdout}${again.stderr}`, /closed/i);
  });

  it("S5: closing an unknown name fails and lists the known ones", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "known");
    const { status, message, hint } = failureOf(await workspace.cli(["close", "--session", "unknown"]));
    assert.equal(status, 4);
    assert.match(message, /unknown/);
    assert.match(hint, /known/);
    assert.equal(existsSync(join(workspace.sessionsFolder, "unknown")), false);
  });

  it("S5: many closes of one session at once all succeed", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "crowd");
    const results = await Promise.all(Array.from({ length: 8 }, () => workspace.cli(["close", "--session", "crowd"])));
    assert.deepEqual(
      results.map(({ status }) => status),
      Array(8).fill(0),
      results.map(({ stderr }) => stderr).join(""),
    );
    await waitUntilGone(() => workspace.processes());
  });

  it("S5: close does not run the page's unload handlers and is not held up by them", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/dialogs"), "--session", "sticky");
    await workspace.ok(["exec", "--session", "sticky", "await page.click('#leave')"]);
    await workspace.ok(["close", "--session", "sticky"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("S6: close --all closes and reports each session, one with a broken record too", async () => {
    const { workspace, site } = given;
    await Promise.all(["one", "two"].map((name) => workspace.open(site.url(), "--session", name)));
    const broken = join(workspace.sessionsFolder, "broken");
    workspace.write(".libretto/sessions/broken/state.json", "{ not json");
    const result = await workspace.cli(["close", "--all", "--json"]);
    assert.equal(result.status, 0, result.stdout + result.stderr);
    for (const name of ["one", "two", "broken"]) assert.match(result.stdout, new RegExp(`"${name}"`));
    await waitUntilGone(() => workspace.processes());
    assert.equal(workspace.state("one"), undefined);
    assert.equal(workspace.state("two"), undefined);
    assert.equal(existsSync(join(broken, "state.json")), false);
  });

  it("E: a broken record is not written over by open, connect or run, since its browser may live", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "torn");
    const { cdpEndpoint } = workspace.requireState("torn");
    const state = ".libretto/sessions/torn/state.json";
    workspace.write(state, "{ not json");
    workspace.write(
      "flow.ts",
      'import { workflow } from "libretto"; export default workflow("flow", {}, async () => {});',
    );
    for (const words of [
      ["open", site.url(), "--headless"],
      ["connect", cdpEndpoint ?? ""],
      ["run", "flow.ts"],
    ]) {
      const { status, hint } = failureOf(await workspace.cli([...words, "--session", "torn"]));
      assert.equal(status, 1);
      assert.match(hint, /close/);
      assert.equal(readFileSync(join(workspace.folder, state), "utf8"), "{ not json", words[0]);
    }
    await workspace.ok(["close", "--session", "torn"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("S6: close --all with nothing open says so and exits 0", async () => {
    const result = await given.workspace.cli(["close", "--all"]);
    assert.equal(result.status, 0);
    assert.notEqual(`${result.stdout}${result.stderr}`.trim(), "");
  });

  it("S6: close --all leaves other workspaces alone", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "mine");
    const other = join(workspace.scratch, "other");
    const env = { LIBRETTO_ROOT: other };
    workspace.write("../scratch/other/.libretto/config.json", '{ "version": 1 }');
    await workspace.ok(["open", site.url(), "--headless", "--session", "theirs"], { env });
    try {
      await workspace.ok(["close", "--all"]);
      assert.equal(
        await workspace.ok(["readonly-exec", "--session", "theirs", "return await page.title()"], { env }),
        "The Shelf",
      );
    } finally {
      await workspace.ok(["close", "--all"], { env });
    }
  });

  it("S7: close --all --force ends a session whose host and browser are stopped", async function () {
    if (process.platform === "win32") leaveOut(this, "a host and a browser that are stopped: Windows has no SIGSTOP");
    const { workspace, site } = given;
    await Promise.all(["frozen", "awake"].map((name) => workspace.open(site.url(), "--session", name)));
    const { hostPid, browserPid } = workspace.requireState("frozen");
    process.kill(hostPid, "SIGSTOP");
    process.kill(browserPid ?? 0, "SIGSTOP");
    const result = await workspace.cli(["close", "--all", "--force", "--json"]);
    assert.equal(result.status, 0, result.stdout + result.stderr);
    assert.deepEqual(
      (JSON.parse(result.stdout) as { sessions: unknown[] }).sessions,
      ["awake", "frozen"].map((session) => ({ session, browser: "ended" })),
    );
    await waitUntilGone(() => workspace.processes());
    assert.equal(workspace.state("frozen"), undefined);
    assert.equal(workspace.state("awake"), undefined);
  });

  it("S6, S7: without --force a session that does not answer is reported as failed, the others are closed, and the exit status tells", async function () {
    if (process.platform === "win32") leaveOut(this, "a session that does not answer: Windows has no SIGSTOP");
    const { workspace, site } = given;
    await Promise.all(["frozen", "awake"].map((name) => workspace.open(site.url(), "--session", name)));
    const { hostPid } = workspace.requireState("frozen");
    process.kill(hostPid, "SIGSTOP");
    try {
      const result = await workspace.cli(["close", "--all"]);
      assert.equal(result.status, 5, "where all that fail do so in one way, it is the status of that");
      assert.match(result.stdout + result.stderr, /frozen/);
      assert.equal(workspace.state("awake"), undefined);
      assert.ok(workspace.state("frozen"));
      assert.ok(findProcess(hostPid));
    } finally {
      process.kill(hostPid, "SIGCONT");
    }
  });

  it("S7: a command on a session whose host is stopped says that it does not answer, and what ends it", async function () {
    if (process.platform === "win32") leaveOut(this, "a host that is stopped: Windows has no SIGSTOP");
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "frozen");
    const { hostPid } = workspace.requireState("frozen");
    process.kill(hostPid, "SIGSTOP");
    try {
      for (const args of [["pages"], ["session-mode", "read-only"]]) {
        const { status, message, hint } = failureOf(await workspace.cli([...args, "--session", "frozen"]));
        assert.equal(status, 5, args[0]);
        assert.match(message, /"frozen" does not answer/);
        assert.match(hint, /close --all --force/);
      }
    } finally {
      process.kill(hostPid, "SIGCONT");
    }
    assert.match(await workspace.ok(["pages", "--session", "frozen"]), /The Shelf/);
  });

  it("S5: a session whose browser is stopped is listed with its pages, locked and closed", async function () {
    if (process.platform === "win32") leaveOut(this, "a browser that is stopped: Windows has no SIGSTOP");
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "numb");
    process.kill(workspace.requireState("numb").browserPid ?? 0, "SIGSTOP");
    assert.match(await workspace.ok(["pages", "--session", "numb"]), new RegExp(site.url()));
    await workspace.ok(["session-mode", "read-only", "--session", "numb"]);
    await workspace.ok(["close", "--session", "numb"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("S6, S7: a record that was broken under a live session: close ends its browser, and a host that does not answer only with --force", async function () {
    if (process.platform === "win32")
      leaveOut(this, "a broken record under a host that is stopped: Windows has no SIGSTOP");
    const { workspace, site } = given;
    await Promise.all(["torn", "still"].map((name) => workspace.open(site.url(), "--session", name)));
    const { hostPid } = workspace.requireState("still");
    for (const name of ["torn", "still"]) workspace.write(`.libretto/sessions/${name}/state.json`, "{ torn");
    process.kill(hostPid, "SIGSTOP");
    assert.equal(await workspace.ok(["close", "--session", "torn"]), 'Session "torn" closed.');
    assert.equal(failureOf(await workspace.cli(["close", "--session", "still"])).status, 5);
    assert.ok(findProcess(hostPid));
    await workspace.ok(["close", "--all", "--force"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("S7: --force without --all is a usage error", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "spared");
    const { status, hint } = failureOf(await workspace.cli(["close", "--session", "spared", "--force"]));
    assert.equal(status, 2);
    assert.match(hint, /--all/);
    assert.equal(workspace.requireState("spared").status, "active");
  });

  it("S7: a pid that the record names and another process has taken is not signalled", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "stale");
    const state = workspace.requireState("stale");
    for (const pid of [state.browserPid ?? 0, state.hostPid]) process.kill(pid, "SIGKILL");
    await waitUntilGone(() => workspace.processes());
    // A bystander that bears the pids of the record, but was born at another time.
    const bystander = await startBrowser();
    const path = join(workspace.sessionsFolder, "stale", "state.json");
    const before = new Date(Date.now() - 60_000).toISOString();
    writeFileSync(
      path,
      JSON.stringify({
        ...(JSON.parse(readFileSync(path, "utf8")) as object),
        browserPid: bystander.pid,
        browserStartedAt: before,
        hostPid: bystander.pid,
        hostStartedAt: before,
        status: "active",
      }),
    );
    try {
      await workspace.cli(["close", "--all", "--force"]);
      assert.ok(findProcess(bystander.pid));
      assert.ok(await browserAnswers(bystander.port));
    } finally {
      await bystander.close();
    }
  });

  it("S8: closing a connected session leaves the remote browser and its pages alive", async () => {
    const { workspace, site } = given;
    const remote = await startBrowser(site.url("/typing"));
    try {
      using witness = await Witness.connect(remote.endpoint);
      await witness.until("document.querySelector('#draft')", "/typing");
      await witness.evaluate("document.querySelector('#draft').value = 'unsaved'", "/typing");
      await workspace.ok(["connect", `http://127.0.0.1:${remote.port}`, "--session", "remote"]);
      const born = await witness.evaluate("window.born", "/typing");
      await workspace.ok(["close", "--session", "remote"]);
      assert.equal(workspace.state("remote"), undefined);
      assert.equal(await witness.evaluate("window.born", "/typing"), born);
      assert.equal(await witness.evaluate("document.querySelector('#draft').value", "/typing"), "unsaved");
      await workspace.ok(["connect", `http://127.0.0.1:${remote.port}`, "--session", "remote"]);
      await workspace.ok(["close", "--all", "--force"]);
      assert.equal(await witness.evaluate("window.born", "/typing"), born);
    } finally {
      await remote.close();
    }
  });
});
