import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:http";
import WebSocket from "ws";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { waitUntilGone } from "../support/processTable.js";

describe("A host that spins", () => {
  const given = useFixtures("spins", "each");

  it("is told of within a limit by what asks it and by what it already worked for; it is ended, and the next command goes on with its page", async function () {
    this.timeout(120_000);
    if (process.platform === "win32") leaveOut(this, "a host that spins: its debugger is asked for by a signal");
    const { workspace, site } = given;
    await workspace.open(site.url("/form"), "--session", "spins");
    await workspace.ok(["exec", "--session", "spins", "await page.evaluate(() => { document.title = 'kept' })"]);
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
