import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { identify, linuxStat, type ProcessIdentity } from "../../src/sessions/process/identity.js";
import { killTree, signalProcess, waitUntilGone, waitUntilGroupGone } from "../../src/sessions/process/kill.js";
import { leaveOut } from "../support/leaveOut.js";

const waits = "setInterval(() => {}, 1000)";
/** Starts another that waits, and prints its pid. */
const starts = `process.stdout.write(require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(waits)}], { stdio: "ignore" }).pid + "\\n");`;

describe("Processes are ended by pid and start", () => {
  const started: ChildProcess[] = [];
  /** A process that has run the code and waits; with `detached` it leads a group of its own. `line`: the next one that it prints. */
  const start = async (
    code = "",
    detached = false,
  ): Promise<{ child: ChildProcess; identity: ProcessIdentity; line: () => Promise<string> }> => {
    const child = spawn(process.execPath, ["-e", `${waits}; process.stdout.write("up\\n"); ${code}`], {
      stdio: ["ignore", "pipe", "ignore"],
      detached,
    });
    started.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async (): Promise<string> => String((await lines.next()).value);
    assert.equal(await line(), "up");
    return { child, identity: identify(child.pid ?? 0) ?? assert.fail(), line };
  };
  const ended = (child: ChildProcess): Promise<unknown> =>
    child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, "exit");
  /** One that had that pid before. */
  const forerunner = ({ pid }: ProcessIdentity): ProcessIdentity => ({ pid, startedAt: new Date(0).toISOString() });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
  });

  it("a signal reaches that very process, and none that has its number", async () => {
    const { child, identity, line } = await start(
      "process.on('SIGTERM', () => process.exit(7)); process.stdout.write('listens\\n');",
    );
    assert.equal(await line(), "listens");
    assert.equal(await signalProcess(forerunner(identity), "SIGKILL"), false);
    assert.equal(child.signalCode, null);
    assert.equal(await signalProcess(identity, "SIGTERM"), true);
    await ended(child);
    assert.equal(child.exitCode, 7);
    assert.equal(await signalProcess(identity, "SIGTERM"), false);
  });

  it("a process goes with all that it started, and none with whatever has its number", async function () {
    if (process.platform === "win32") leaveOut(this, "groups of processes: Windows has none");
    const { child, identity, line } = await start(starts, true);
    const follower = identify(Number(await line())) ?? assert.fail();
    assert.equal(await killTree(forerunner(identity)), false);
    assert.equal(child.signalCode, null);
    assert.equal(await waitUntilGroupGone(identity.pid, 20), false);
    assert.equal(await killTree(identity), true);
    await ended(child);
    assert.equal(await waitUntilGone(follower, 5_000), true);
    assert.equal(await killTree(identity), false);
    assert.equal(await waitUntilGroupGone(identity.pid, 5_000), true);
    assert.equal(await waitUntilGroupGone(identity.pid, 0), true);
  });

  it("one that leads no group goes alone, and this process and what else it started stay", async () => {
    const [{ child, identity }, other] = await Promise.all([start(), start()]);
    assert.equal(await killTree(identity), true);
    await ended(child);
    assert.equal(child.signalCode, "SIGKILL");
    assert.equal(other.child.signalCode, null);
  });

  it("what a script that has ended had started goes with its group", async function () {
    if (process.platform !== "linux")
      leaveOut(this, "the group of a process whose leader has ended: told on Linux alone");
    const { child, line } = await start(`${starts} ${starts}`, true);
    const [one, two] = [identify(Number(await line())), identify(Number(await line()))];
    child.kill("SIGTERM");
    await ended(child);
    assert.ok(one && two);
    assert.equal(linuxStat(one.pid)?.group, child.pid);
    assert.equal(await killTree(one), true);
    assert.equal(await waitUntilGone(two, 5_000), true);
  });

  it("whose end is waited for no longer than was asked", async () => {
    const { child, identity } = await start();
    assert.equal(await waitUntilGone(identity, 20), false);
    assert.equal(await waitUntilGone(identity, 0), false);
    const going = waitUntilGone(identity, 10_000);
    child.kill("SIGKILL");
    assert.equal(await going, true);
    assert.equal(await waitUntilGone(identity, 0), true);
  });

  it("a group of which only the dead are left is gone", async function () {
    if (process.platform !== "linux") leaveOut(this, "a group of zombies: told on Linux alone");
    assert.equal(await waitUntilGroupGone(2 ** 22 + 1, 0), true);
    // The shell turns into a program that asks after none of its children: the one that has ended stays as a zombie, alone
    // in its group.
    const parent = spawn("sh", ["-c", "setsid sh -c 'echo $$' & exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    started.push(parent);
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const dead = Number(line.toString());
    while (linuxStat(dead) !== undefined) await new Promise(setImmediate);
    assert.ok(process.kill(-dead, 0), "a signal reaches it");
    assert.equal(await waitUntilGroupGone(dead, 0), true);
    assert.equal(identify(dead), undefined);
  });
});
