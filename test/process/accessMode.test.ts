import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../src/cli/commands.js";
import { startBrowser } from "../support/browser.js";
import { failureOf, jsonFailureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";

describe("S9 to S12 access modes", () => {
  const given = useFixtures("mode", "each");

  it("S9: --read-only and --write-access decide, on open and on connect", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "look", "--read-only");
    await workspace.open(site.url(), "--session", "work", "--write-access");
    assert.equal(workspace.requireState("look").mode, "read-only");
    assert.equal(workspace.requireState("work").mode, "write-access");
    const remote = await startBrowser(site.url());
    try {
      await workspace.ok(["connect", `http://127.0.0.1:${remote.port}`, "--session", "remote", "--read-only"]);
      assert.equal(workspace.requireState("remote").mode, "read-only");
      assert.equal((await workspace.cli(["exec", "--session", "remote", "1"])).status, 3);
      await workspace.ok(["close", "--session", "remote"]);
    } finally {
      await remote.close();
    }
  });

  it("S9: both at once is a usage error and opens nothing", async () => {
    const { workspace, site } = given;
    for (const args of [
      ["open", site.url(), "--headless"],
      ["connect", "ws://127.0.0.1:9"],
      ...("run" in commands ? [["run", "x.ts"]] : []),
    ]) {
      const { status, message } = failureOf(await workspace.cli([...args, "--read-only", "--write-access"]));
      assert.equal(status, 2, args[0]);
      assert.match(message, /--read-only/);
    }
    assert.deepEqual(workspace.files(), [".libretto"]);
  });

  it("S10: sessionMode in the config is the default, and --write-access overrides it", async () => {
    const { workspace, site } = given;
    workspace.writeConfig({ version: 1, sessionMode: "read-only" });
    await workspace.open(site.url(), "--session", "default");
    await workspace.open(site.url(), "--session", "override", "--write-access");
    assert.equal(workspace.requireState("default").mode, "read-only");
    assert.equal(workspace.requireState("override").mode, "write-access");
  });

  it("S11: session-mode prints the mode and changes it at once, in the record and in what is allowed", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "flip");
    assert.match(await workspace.ok(["session-mode", "--session", "flip"]), /\bwrite-access\b/);
    await workspace.ok(["session-mode", "read-only", "--session", "flip"]);
    assert.match(await workspace.ok(["session-mode", "--session", "flip"]), /\bread-only\b/);
    assert.equal(workspace.requireState("flip").mode, "read-only");
    assert.equal((await workspace.cli(["exec", "--session", "flip", "await page.click('#add')"])).status, 3);
    await workspace.ok(["session-mode", "write-access", "--session", "flip"]);
    await workspace.ok(["exec", "--session", "flip", "await page.click('#add')"]);
    await site.until(() => site.counter === 1, "one click");
  });

  it("S11: setting the mode that it has is no failure", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "same", "--read-only");
    await workspace.ok(["session-mode", "read-only", "--session", "same"]);
    assert.equal(workspace.requireState("same").mode, "read-only");
  });

  it("S11: ten session-mode calls at once, and no reader ever sees half a record", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "busy");
    const path = join(workspace.sessionsFolder, "busy", "state.json");
    let reads = 0;
    let reading = true;
    const reader = (async () => {
      while (reading) {
        const state = JSON.parse(readFileSync(path, "utf8")) as { mode: string; version: number; url: string };
        assert.ok(state.mode === "read-only" || state.mode === "write-access");
        assert.equal(state.version, 1);
        assert.equal(state.url, site.url());
        reads++;
        await new Promise(setImmediate);
      }
    })();
    try {
      const modes = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? "read-only" : "write-access"));
      const results = await Promise.all(
        modes.map((mode) => workspace.cli(["session-mode", mode, "--session", "busy"])),
      );
      assert.deepEqual(
        results.map(({ status }) => status),
        Array(10).fill(0),
        results.map(({ stderr }) => stderr).join(""),
      );
    } finally {
      reading = false;
      await reader;
    }
    assert.ok(reads > 50, `the reader looked ${reads} times`);
    const told = await workspace.ok(["session-mode", "--session", "busy"]);
    assert.ok(told.includes(workspace.requireState("busy").mode), "the record says what the host says");
  });

  it("S12: in read-only mode what only reads works, and exec is refused with the session, its mode and the command that asks a person", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "locked", "--read-only");
    const witness = await given.witness("locked");
    for (const args of [["snapshot"], ["readonly-exec", "return await page.title()"], ["pages"], ["session-mode"]])
      await workspace.ok([...args, "--session", "locked"]);
    const code = "await page.evaluate(() => { document.body.dataset.touched = 'yes' }); await page.click('#add')";
    const { status, message, hint } = failureOf(await workspace.cli(["exec", "--session", "locked", code]));
    assert.equal(status, 3);
    assert.match(message, /"locked"/);
    assert.match(message, /read-only/);
    assert.match(hint, /request-access --session locked --reason/);
    assert.doesNotMatch(hint, /session-mode/);
    assert.equal(await witness.evaluate("document.body.dataset.touched ?? 'no'"), "no");
    assert.equal(await witness.evaluate("window.clicks"), 0);
    assert.equal(site.counter, 0);
    const json = jsonFailureOf(await workspace.cli(["exec", "--session", "locked", "1", "--json"]));
    assert.deepEqual([json.status, json.code], [3, "RefusedByMode"]);
    assert.equal(json.message, message);
    assert.equal(json.hint, hint);
    await workspace.ok(["close", "--session", "locked"]);
  });

  it("S12: locking while an exec runs cancels it, says so, and none begins afterwards", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "race");
    const running = workspace.start(["exec", "--session", "race", "console.log('begun'); await new Promise(() => {})"]);
    await running.waitFor("stderr", /begun/);
    const waiting = workspace.start(["exec", "--session", "race", "await page.click('#add')"]);
    await waiting.waitFor("stderr", /\S/);
    const said = await workspace.cli(["session-mode", "read-only", "--session", "race"]);
    assert.equal(said.status, 0, said.stderr);
    assert.match(said.stdout + said.stderr, /cancel/i);
    const [first, second] = await Promise.all([running.exit, waiting.exit]);
    assert.notEqual(first.status, 0);
    assert.notEqual(second.status, 0);
    assert.equal(site.counter, 0);
  });

  it("S12: locking with --wait lets an exec end, says so, and none begins meanwhile", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "patient");
    const running = workspace.start([
      "exec",
      "--session",
      "patient",
      `console.log('begun'); await fetch('${site.url("/hold/exec")}'); await page.click('#add'); return 'done'`,
    ]);
    await running.waitFor("stderr", /begun/);
    await site.until(() => site.count("/hold/exec") === 1, "the exec to wait");
    const locking = workspace.start(["session-mode", "read-only", "--wait", "--session", "patient"]);
    await locking.waitFor("stderr", /locked when/);
    // Until it is locked, the mode is one mode, and an exec that comes later waits with it.
    assert.equal(workspace.requireState("patient").mode, "write-access");
    const later = workspace.start(["exec", "--session", "patient", "await page.click('#add')"]);
    await later.waitFor("stderr", /waits for its turn/);
    site.release("exec");
    const [ran, locked, refused] = await Promise.all([running.exit, locking.exit, later.exit]);
    assert.deepEqual([ran.status, ran.stdout, locked.status], [0, "done\n", 0], ran.stderr + locked.stderr);
    assert.equal(refused.status, 3);
    assert.match(locked.stdout, /waited for/);
    assert.equal(workspace.requireState("patient").mode, "read-only");
    await site.until(() => site.counter > 0, "the click");
    assert.equal(site.counter, 1);
  });

  it("S12: whoever locks at once does not queue behind whoever waits", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "two");
    const running = workspace.start(["exec", "--session", "two", "console.log('begun'); await new Promise(() => {})"]);
    await running.waitFor("stderr", /begun/);
    const waiting = workspace.start(["session-mode", "read-only", "--wait", "--session", "two"]);
    await waiting.waitFor("stderr", /locked when/);
    await workspace.ok(["session-mode", "read-only", "--session", "two"]);
    assert.match((await waiting.exit).stdout, /cancelled/);
    assert.notEqual((await running.exit).status, 0);
  });

  it("S12: whoever gives up waiting leaves mode and exec as they were", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "given-up");
    const running = workspace.start([
      "exec",
      "--session",
      "given-up",
      `console.log('begun'); await fetch('${site.url("/hold/on")}'); return 'done'`,
    ]);
    await running.waitFor("stderr", /begun/);
    const waiting = workspace.start(["session-mode", "read-only", "--wait", "--session", "given-up"]);
    await waiting.waitFor("stderr", /locked when/);
    waiting.interrupt();
    assert.equal((await waiting.exit).status, 130);
    site.release("on");
    assert.equal((await running.exit).stdout, "done\n");
    assert.equal(await workspace.ok(["exec", "--session", "given-up", "return 1"]), "1");
    assert.equal(workspace.requireState("given-up").mode, "write-access");
  });

  it("S25: a change that cannot be put on record has not happened, for no one", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "full");
    const { hostPid } = workspace.requireState("full");
    // What the host would write its draft to cannot be written.
    const obstacle = join(workspace.sessionsFolder, "full", `.state.json.${hostPid}.tmp`);
    const setMode = (mode: string) => workspace.cli(["session-mode", mode, "--session", "full"]);
    const click = async (): Promise<number | null> =>
      (await workspace.cli(["exec", "--session", "full", "await page.click('#add')"])).status;
    mkdirSync(obstacle);
    assert.notEqual((await setMode("read-only")).status, 0);
    assert.deepEqual([workspace.requireState("full").mode, await click()], ["write-access", 0]);
    rmdirSync(obstacle);
    assert.equal((await setMode("read-only")).status, 0);
    assert.deepEqual([workspace.requireState("full").mode, await click()], ["read-only", 3]);
    mkdirSync(obstacle);
    assert.notEqual((await setMode("write-access")).status, 0);
    assert.deepEqual([workspace.requireState("full").mode, await click()], ["read-only", 3]);
    rmdirSync(obstacle);
    assert.equal(site.counter, 1);
  });

  it("S25: what cancelled code had sent to a page does not happen after the answer, or the answer tells", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "sent");
    const witness = await given.witness("sent");
    const going = workspace.start(["exec", "--session", "sent", `await page.goto('${site.url("/hold/slow")}')`]);
    await site.until(() => site.count("/hold/slow") === 1, "the navigation to reach the server");
    assert.doesNotMatch(await workspace.ok(["session-mode", "read-only", "--session", "sent"]), /may still happen/);
    assert.equal((await going.exit).status, 3);
    site.release("slow");
    // A second navigation's answer would have come by the time that the page has asked the server twice.
    await witness.evaluate("fetch('/echo?one').then(() => fetch('/echo?two')).then(() => 1)");
    assert.equal(await witness.evaluate("location.pathname"), "/counter");
    await workspace.ok(["session-mode", "write-access", "--session", "sent"]);
    // The page is busy: a click waits in it.
    const clicking = workspace.start([
      "exec",
      "--session",
      "sent",
      `await page.evaluate(() => { setTimeout(() => { while (!document.cookie.includes("over=1")); }, 0); });
       console.log('begun');
       await page.click('#add')`,
    ]);
    await clicking.waitFor("stderr", /begun/);
    const told = await workspace.ok(["session-mode", "read-only", "--session", "sent"]);
    assert.match(told, /Page [0-9a-f]{6} did not answer: what had been sent there before may still happen/);
    await witness.send("Storage.setCookies", { cookies: [{ name: "over", value: "1", url: site.url("/") }] });
    assert.equal(workspace.requireState("sent").mode, "read-only");
  });

  it("S25: a lock waits for no child of the code, and what holds the code's pipes holds up nobody", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "pipes");
    const child = await workspace.ok([
      "exec",
      "--session",
      "pipes",
      `const { spawn } = await import("node:child_process");
       const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { stdio: "inherit" });
       return String(child.pid)`,
    ]);
    try {
      const running = workspace.start([
        "exec",
        "--session",
        "pipes",
        "console.log('begun'); await new Promise(() => {})",
      ]);
      await running.waitFor("stderr", /begun/);
      // Would not return for as long as the child lives.
      assert.match(await workspace.ok(["session-mode", "read-only", "--session", "pipes"]), /cancelled/);
      assert.equal((await running.exit).status, 3);
      assert.equal(workspace.requireState("pipes").mode, "read-only");
      assert.doesNotThrow(() => process.kill(Number(child), 0), "the child lives");
      await workspace.ok(["close", "--session", "pipes"]);
    } finally {
      process.kill(Number(child), "SIGKILL");
    }
  });
});
