import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { startBrowser } from "../support/browser.js";
import { failureOf, jsonFailureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { waitUntilGone } from "../support/processTable.js";

interface Listed {
  sessions: {
    session: string;
    state: { mode: string; accessRequest?: { reason: string; client: string; forMs?: number } };
  }[];
}

describe("S26 asking and granting", () => {
  const given = useFixtures("access");
  const click = "await page.click('#add')";

  it("S26: a request is on record and grants nothing; a person grants it for a time, and the session locks itself again", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "asked", "--read-only");
    const session = ["--session", "asked"];
    const ask = ["request-access", ...session, "--reason", "fill in\n\u001b[2Jthe form", "--for", "15m"];
    await workspace.ok(ask);
    assert.equal(workspace.requireState("asked").mode, "read-only");
    assert.equal((await workspace.cli(["exec", ...session, click])).status, 3);
    const { sessions } = await workspace.json<Listed>(["list"]);
    assert.deepEqual(
      [sessions[0]?.state.accessRequest?.reason, sessions[0]?.state.accessRequest?.forMs],
      ["fill in [2Jthe form", 900_000],
    );
    assert.match(
      await workspace.ok(["list"]),
      /asked: cli asks for write access for 15m: fill in \[2Jthe form\n +grant it: libretto session-mode write-access --session asked --for 900s$/m,
    );
    // It outlives its host.
    const { hostPid } = workspace.requireState("asked");
    process.kill(hostPid, "SIGKILL");
    assert.match(await workspace.ok(["list"]), /asks for write access/);
    const waiting = workspace.start([...ask, "--wait"]);
    while (
      workspace.log<{ event: string }>("asked", "logs").filter(({ event }) => event === "access-requested").length < 2
    )
      await new Promise(setImmediate);
    await workspace.ok(["session-mode", "write-access", ...session, "--for", "15m"]);
    assert.match((await waiting.exit).stdout, /has write access until/);
    assert.equal(workspace.requireState("asked").accessRequest, undefined);
    await workspace.ok(["exec", ...session, click]);
    await site.until(() => site.counter > 0, "the click");
    assert.equal(site.counter, 1);
    assert.match(await workspace.ok(["list"]), /RW 1[45]m/);
    // Its host dies meanwhile, and the time runs on. On a slow machine a short one is over before the code begins.
    for (const time of ["8s", "40s"]) {
      await workspace.ok(["session-mode", "write-access", ...session, "--for", time]);
      process.kill(workspace.requireState("asked").hostPid, "SIGKILL");
      const running = workspace.start(["exec", ...session, "console.log('begun'); await new Promise(() => {})"]);
      const begun = await running.waitFor("stderr", /begun/).catch(() => undefined);
      assert.equal((await running.exit).status, 3, "what ran when the time was up was cancelled");
      if (begun) break;
    }
    assert.equal(workspace.requireState("asked").mode, "read-only");
    assert.equal((await workspace.cli(["exec", ...session, click])).status, 3);
    // The time is up while no host lives, too.
    await workspace.ok(["session-mode", "write-access", ...session, "--for", "1s"]);
    const last = workspace.requireState("asked");
    process.kill(last.hostPid, "SIGKILL");
    while (Date.now() < Date.parse(last.grantedUntil ?? "")) await new Promise(setImmediate);
    assert.equal((await workspace.json<Listed>(["list"])).sessions[0]?.state.mode, "read-only");
    assert.equal((await workspace.cli(["exec", ...session, click])).status, 3);
    assert.equal(site.counter, 1);
    await workspace.ok(["close", ...session]);
  });

  it("S26: a request that is denied is told to who waits for it, and Ctrl-C leaves it on record", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "denied", "--read-only");
    const session = ["--session", "denied"];
    const ask = ["request-access", ...session, "--reason", "why not", "--wait"];
    const requests = (): number =>
      workspace.log<{ event: string }>("denied", "logs").filter(({ event }) => event === "access-requested").length;
    const gone = workspace.start(ask);
    while (requests() < 1) await new Promise(setImmediate);
    gone.interrupt();
    assert.equal((await gone.exit).status, 130);
    assert.equal(workspace.requireState("denied").accessRequest?.reason, "why not");
    const waiting = workspace.start(ask);
    while (requests() < 2) await new Promise(setImmediate);
    assert.match(await workspace.ok(["session-mode", "read-only", ...session]), /was denied/);
    const { status, stderr } = await waiting.exit;
    assert.equal(status, 3);
    assert.match(stderr, /was denied/);
    assert.equal(workspace.requireState("denied").accessRequest, undefined);
    await workspace.ok(["close", ...session]);
  });

  it("S26: a session that is locked permanently is unlocked by nothing, also after its host died", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "life", "--locked");
    const session = ["--session", "life"];
    assert.equal(
      failureOf(await workspace.cli(["open", site.url(), "--headless", "--locked", "--write-access"])).status,
      2,
    );
    for (const round of ["its host lives", "its host died"]) {
      for (const args of [
        ["session-mode", "write-access"],
        ["session-mode", "write-access", "--for", "15m"],
        ["request-access", "--reason", "please"],
        ["exec", click],
      ]) {
        const { status, hint } = failureOf(await workspace.cli([...args, ...session]));
        assert.equal(status, 3, `${args.join(" ")}, ${round}`);
        assert.match(hint, /close --session life/);
      }
      assert.equal(workspace.requireState("life").mode, "read-only");
      process.kill(workspace.requireState("life").hostPid, "SIGKILL");
    }
    assert.match(await workspace.ok(["list"]), /RO locked/);
    assert.equal(site.counter, 1, "the one click of the first test");
    await workspace.ok(["close", ...session]);
  });
});

describe("S24 a lock holds for the browser, not for a name", () => {
  const given = useFixtures("shared-browser");

  it("S24: whatever spelling of its address, no other session drives the browser of a read-only one", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "locked", "--read-only");
    const { port, cdpEndpoint } = workspace.requireState("locked");
    const path = new URL(cdpEndpoint ?? "").pathname;
    const witness = await given.witness("locked");
    const [page] = await witness.pages();
    workspace.write(
      "drive.ts",
      `export default workflow("drive", async ({ page }) => { await page.click("#add"); });\nimport { workflow } from "libretto";\n`,
    );
    const spellings = [
      `http://127.0.0.1:${port}`,
      `ws://localhost:${port}`,
      `ws://localhost:${port}${path}`,
      `ws://[::1]:${port}${path}`,
      `ws://${hostname()}:${port}${path}?x=1`,
      `ws://127.0.0.1:${port}/devtools/page/${page?.targetId}`,
    ];
    // Another workspace of the same user is no way round it.
    for (const [index, address] of spellings.entries()) {
      const cwd = index % 2 === 0 ? workspace.folder : workspace.scratch;
      const args =
        index === 0
          ? ["run", "drive.ts", "--cdp", address, "--read-only", "--session", "driver-0"]
          : ["connect", address, "--write-access", "--session", `driver-${index}`];
      const refused = await workspace.cli(args, { cwd });
      // The browser listens on 127.0.0.1 alone: where a spelling leads to no browser there is nothing to refuse.
      if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|No browser answers/.test(refused.stderr)) continue;
      const { status, message } = failureOf(refused);
      assert.equal(status, 3, `${address}: ${message}`);
      assert.match(message, /"locked"/);
      assert.equal(existsSync(join(cwd, ".libretto", "sessions", `driver-${index}`)), false);
    }
    // To read is allowed, and the reader cannot be unlocked either.
    await workspace.ok(["connect", `http://localhost:${port}`, "--read-only", "--session", "reader"]);
    const unlock = jsonFailureOf(
      await workspace.cli(["session-mode", "write-access", "--session", "reader", "--json"]),
    );
    assert.deepEqual([unlock.status, unlock.code], [3, "RefusedByMode"]);
    assert.match(unlock.message, /"locked"/);
    assert.equal(workspace.requireState("reader").mode, "read-only");
    await workspace.ok(["close", "--session", "reader"]);
    // Its host is gone, its lock is not.
    process.kill(workspace.requireState("locked").hostPid, "SIGKILL");
    assert.equal((await workspace.cli(["connect", `http://127.0.0.1:${port}`, "--write-access"])).status, 3);
    assert.equal(site.counter, 0);
    assert.equal(await witness.evaluate("window.clicks"), 0);
    await workspace.ok(["close", "--all"]);
  });

  it("E 3: nobody reads a browser, and so locks it, that another session drives", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "driver", "--write-access");
    const { port } = workspace.requireState("driver");
    const refused = await workspace.cli(["connect", String(port), "--read-only", "--session", "reader", "--json"]);
    const { status, code, message } = jsonFailureOf(refused);
    assert.deepEqual([status, code], [3, "RefusedByMode"]);
    assert.match(message, /"driver"/);
    assert.equal(workspace.state("reader"), undefined);
    await workspace.ok(["exec", "--session", "driver", "await page.click('#add')"]);
    await site.until(() => site.counter > 0, "the click");
    assert.equal(site.counter, 1);
    await workspace.ok(["close", "--all"]);
    site.forget();
  });

  it("S24: a session that could not be locked with the others is read-only from its next host on", async function () {
    if (process.platform === "win32") leaveOut(this, "a host that does not answer: Windows has no SIGSTOP");
    const { workspace, site } = given;
    const remote = await startBrowser(site.url("/counter"));
    try {
      const address = `http://127.0.0.1:${remote.port}`;
      for (const name of ["silent", "locker"])
        await workspace.ok(["connect", address, "--write-access", "--session", name]);
      await workspace.ok(["session-mode", "write-access", "--for", "15m", "--session", "silent"]);
      assert.match(await workspace.ok(["list"]), /^silent +RW 1[45]m /m);
      const { hostPid } = workspace.requireState("silent");
      process.kill(hostPid, "SIGSTOP");
      const said = await workspace.ok(["session-mode", "read-only", "--session", "locker"]);
      assert.match(said, /Not locked, and still able to drive the same browser:.*"silent"/);
      process.kill(hostPid, "SIGKILL");
      await waitUntilGone(() => workspace.processes().filter(({ pid }) => pid === hostPid));
      const { counter } = site;
      const refused = await workspace.cli(["exec", "--session", "silent", "await page.click('#add')"]);
      assert.equal(refused.status, 3, refused.stderr);
      assert.equal(workspace.requireState("silent").mode, "read-only");
      assert.match(await workspace.ok(["list"]), /^silent +RO {2}/m, "the time of its write access is over, too");
      assert.equal(site.counter, counter);
      await workspace.ok(["close", "--all"]);
    } finally {
      await remote.close();
    }
  });

  it("S24: who locks a session locks the others that drive its browser, with or without a host, and a reader does not lock what is driven", async () => {
    const { workspace, site } = given;
    const remote = await startBrowser(site.url("/counter"));
    const address = `http://127.0.0.1:${remote.port}`;
    try {
      for (const name of ["one", "two", "three"])
        await workspace.ok(["connect", address, "--write-access", "--session", name]);
      const { status, message } = failureOf(await workspace.cli(["connect", address, "--read-only"]));
      assert.equal(status, 3);
      assert.match(message, /"(one|two|three)" drives/);
      const { hostPid } = workspace.requireState("three");
      process.kill(hostPid, "SIGKILL");
      await waitUntilGone(() => workspace.processes().filter(({ pid }) => pid === hostPid));
      const running = workspace.start([
        "exec",
        "--session",
        "two",
        "console.log('begun'); await new Promise(() => {})",
      ]);
      await running.waitFor("stderr", /begun/);
      const said = await workspace.ok(["session-mode", "read-only", "--session", "one"]);
      assert.match(said, /Also locked.*"two"/);
      assert.match(said, /Also locked.*"three"/);
      assert.equal((await running.exit).status, 3);
      for (const name of ["one", "two", "three"]) {
        assert.equal(workspace.requireState(name).mode, "read-only", name);
        assert.equal((await workspace.cli(["exec", "--session", name, "await page.click('#add')"])).status, 3, name);
      }
      await workspace.ok(["close", "--session", "two"]);
      await workspace.ok(["close", "--session", "three"]);
      await workspace.ok(["session-mode", "write-access", "--session", "one"]);
      await workspace.ok(["close", "--all"]);
    } finally {
      await remote.close();
    }
  });
});
