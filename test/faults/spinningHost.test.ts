import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import WebSocket from "ws";
import { failureOf, type RunningCli } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { installIn } from "../support/installation.js";
import { leaveOut } from "../support/leaveOut.js";
import { browsersWithProfile, waitUntilGone, type ProcessEntry } from "../support/processTable.js";

describe("A host that spins", () => {
  const given = useFixtures("spins", "each");

  it("is told of within a limit by what asks it and by what it already worked for; it is ended, and the next command goes on with its page", async function () {
    this.timeout(120_000);
    if (process.platform === "win32") leaveOut(this, "a host that spins: its debugger is asked for by a signal");
    const { workspace, site } = given;
    await workspace.open(site.url("/form"), "--session", "spins");
    // The watch begins half a second after the session has opened, and nothing outside shows that it has.
    const code = "await page.evaluate(() => { document.title = 'kept' }); await page.waitForTimeout(1_500)";
    await workspace.ok(["exec", "--session", "spins", code]);
    const { hostPid, browserPid } = workspace.requireState("spins");
    const working = workspace.cli(["exec", "--session", "spins", "await new Promise(() => {})"], { timeoutMs: 90_000 });
    if (!(await spin(hostPid))) leaveOut(this, "a host that spins: another program has the debugger's port");

    const asked = failureOf(await workspace.cli(["pages", "--session", "spins"], { timeoutMs: 30_000 }));
    assert.match(asked.message, /The host of session "spins" does not answer/);
    assert.match(asked.hint, /ended by itself.*libretto close --all --force/);
    assert.match(failureOf(await working).message, /does not answer|ended.*worked on one thing|worked on one thing/);
    await waitUntilGone(() => workspace.processes().filter(({ pid }) => pid === hostPid), 60_000);

    assert.equal((await workspace.ok(["exec", "--session", "spins", "await page.title()"])).trim(), "kept");
    assert.equal(workspace.requireState("spins").browserPid, browserPid);
    assert.match(JSON.stringify(workspace.log("spins", "logs")), /worked on one thing for 15 s/);
  });

  for (const [when, file, startsBrowser] of [
    ["before it has read what it is to do", "host.js", false],
    ["once its browser has started", "host-session.js", true],
  ] as const)
    it(`${when}, before its first line: open says so within a limit, Ctrl-C ends it sooner, and nothing is left`, async function () {
      this.timeout(120_000);
      const { workspace, site } = given;
      const programs = installIn(join(workspace.scratch, "spinning"));
      const path = join(programs, file);
      writeFileSync(path, `for (;;);\n${readFileSync(path, "utf8")}`);
      const open = (session: string): RunningCli =>
        workspace.start(["open", site.url("/form"), "--headless", "--session", session], {
          program: join(programs, "cli.js"),
        });
      const left = (): ProcessEntry[] => workspace.processes();
      const hosts = (): ProcessEntry[] => left().filter(({ command }) => command[1] === join(programs, "host.js"));
      const begun = (): unknown[] => (startsBrowser ? browsersWithProfile(workspace.stateHome) : hosts());

      const interrupted = open("interrupted");
      while (begun().length === 0) await new Promise(setImmediate);
      interrupted.interrupt();
      assert.equal((await interrupted.exit).status, 130);
      await waitUntilGone(left);

      const opening = open("spins");
      while (begun().length === 0) await new Promise(setImmediate);
      const failure = failureOf(await opening.exit);
      assert.equal(failure.status, 5);
      assert.match(failure.message, /The host of session "spins" did not answer while .* opened, and was ended/);
      assert.match(failure.hint, /libretto status/);
      await waitUntilGone(left);
      const sessions = existsSync(workspace.sessionsFolder) ? readdirSync(workspace.sessionsFolder) : [];
      assert.deepEqual(
        sessions.filter((name) => name !== ".locks"),
        [],
      );
      for (const folder of ["index", "profiles"]) {
        const kept = join(workspace.stateHome, "libretto", folder);
        assert.deepEqual(existsSync(kept) ? readdirSync(kept) : [], []);
      }
      assert.equal(site.count("/form"), 0);
    });

  it("whose command was killed while it opened goes with its browser at close --all --force", async function () {
    const { workspace, site } = given;
    const programs = installIn(join(workspace.scratch, "spinning"));
    const path = join(programs, "host-session.js");
    writeFileSync(path, `for (;;);\n${readFileSync(path, "utf8")}`);
    const opening = workspace.start(["open", site.url("/form"), "--headless", "--session", "orphan"], {
      program: join(programs, "cli.js"),
    });
    while (browsersWithProfile(workspace.stateHome).length === 0) await new Promise(setImmediate);
    opening.child.kill("SIGKILL");
    await opening.exit;
    await workspace.ok(["close", "--all", "--force"]);
    await waitUntilGone(() => workspace.processes());
    assert.equal(workspace.state("orphan"), undefined);
  });

  it("is ended with its browser by close --all --force", async function () {
    this.timeout(60_000);
    if (process.platform === "win32") leaveOut(this, "a host that spins: its debugger is asked for by a signal");
    const { workspace, site } = given;
    await workspace.open(site.url("/form"), "--session", "spins");
    if (!(await spin(workspace.requireState("spins").hostPid)))
      leaveOut(this, "a host that spins: another program has the debugger's port");
    const plain = failureOf(await workspace.cli(["close", "--session", "spins"]));
    assert.match(`${plain.message} ${plain.hint}`, /does not answer.*close --all --force/);
    await workspace.ok(["close", "--all", "--force"]);
    await waitUntilGone(() => workspace.processes());
    assert.equal(workspace.state("spins"), undefined);
  });
});

/** Has a Node process work without end. @returns false where its debugger cannot be had */
async function spin(pid: number): Promise<boolean> {
  process.kill(pid, "SIGUSR1");
  for (const until = Date.now() + 10_000; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const address = await debuggerAddress();
    if (address === undefined) continue;
    const socket = new WebSocket(address);
    await once(socket, "open");
    const evaluate = (id: number, expression: string): void =>
      socket.send(JSON.stringify({ id, method: "Runtime.evaluate", params: { expression, returnByValue: true } }));
    evaluate(1, "process.pid");
    const [answer] = (await once(socket, "message")) as [Buffer];
    const found = (JSON.parse(answer.toString()) as { result: { result: { value: number } } }).result.result.value;
    if (found === pid) evaluate(2, "for (;;);");
    socket.on("error", () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.terminate();
    return found === pid;
  }
  return false;
}

function debuggerAddress(): Promise<string | undefined> {
  return new Promise((resolve) => {
    get("http://127.0.0.1:9229/json/list", (response) => {
      let text = "";
      response.on("data", (piece: Buffer) => (text += piece.toString()));
      response.on("end", () =>
        resolve((JSON.parse(text) as { webSocketDebuggerUrl: string }[])[0]?.webSocketDebuggerUrl),
      );
    }).on("error", () => resolve(undefined));
  });
}
