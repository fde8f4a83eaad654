import assert from "node:assert/strict";
import { useFixtures } from "../support/fixtures.js";
import {
  descendantsOf,
  findProcess,
  type ProcessEntry,
  waitUntilEnded,
  waitUntilGone,
} from "../support/processTable.js";

describe("what is started before somebody asks for it", () => {
  const given = useFixtures("preparation", "each");

  async function open(session: string, spareMs: number, ...options: string[]): Promise<number> {
    const { workspace, site } = given;
    await workspace.ok(["open", site.url(), "--headless", "--session", session, ...options], {
      env: { LIBRETTO_SPARE_MS: spareMs === 0 ? undefined : String(spareMs) },
    });
    return workspace.requireState(session).hostPid;
  }

  const running = (program: string, hostPid: number): ProcessEntry[] =>
    descendantsOf(hostPid).filter(({ command }) => command.some((word) => word.endsWith(`${program}.js`)));

  async function untilRunning(program: string, hostPid: number): Promise<ProcessEntry[]> {
    for (;;) {
      const found = running(program, hostPid);
      if (found.length > 0) return found;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  it("S12, S16: code has a process ready where it may drive, and none where the session is read-only or is locked", async () => {
    const { workspace } = given;
    const locked = await open("locked", 0, "--read-only");
    const driven = await open("driven", 0);
    const [spare] = await untilRunning("exec-worker", driven);
    // It was opened later.
    assert.deepEqual(running("exec-worker", locked), []);
    await untilRunning("readonly-child", locked);
    await workspace.ok(["exec", "--session", "driven", "globalThis.kept = 1"]);
    assert.deepEqual(
      running("exec-worker", driven).map(({ pid }) => pid),
      [spare?.pid],
    );
    await workspace.ok(["session-mode", "read-only", "--session", "driven"]);
    assert.deepEqual(running("exec-worker", driven), []);
    await workspace.ok(["close", "--all"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("what is asked of a session whose host died is started with the next host, and nothing else is", async () => {
    const { workspace } = given;
    await open("heir", 0);
    /** The next command asks for a page that is not there, for which the host itself starts nothing. */
    const next = async (...words: string[]): Promise<number> => {
      const { hostPid } = workspace.requireState("heir");
      process.kill(hostPid, "SIGKILL");
      await waitUntilEnded(hostPid);
      await workspace.cli([...words, "--session", "heir"]);
      return workspace.requireState("heir").hostPid;
    };
    let host = await next("readonly-exec", "1", "--page", "none");
    await untilRunning("readonly-child", host);
    assert.deepEqual(running("exec-worker", host), []);
    host = await next("exec", "1", "--page", "none");
    await untilRunning("exec-worker", host);
    assert.deepEqual(running("readonly-child", host), []);
    await workspace.ok(["session-mode", "read-only", "--session", "heir"]);
    for (const words of [["exec", "1"], ["pages"]]) {
      host = await next(...words);
      assert.deepEqual([...running("exec-worker", host), ...running("readonly-child", host)], []);
    }
  });

  it("S5: ends with its session, also with one that is closed or killed at once", async () => {
    const { workspace } = given;
    await open("closed", 0);
    await workspace.ok(["close", "--session", "closed"]);
    await waitUntilGone(() => workspace.processes());
    const killed = await open("killed", 0);
    const children = [
      ...(await untilRunning("readonly-child", killed)),
      ...(await untilRunning("exec-worker", killed)),
    ];
    process.kill(killed, "SIGKILL");
    await waitUntilGone(() => children.filter(({ pid, startedAt }) => findProcess(pid)?.startedAt === startedAt));
    await workspace.ok(["close", "--session", "killed"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("waits while another session of the user is being opened", async () => {
    const { workspace, site } = given;
    const opening = workspace.start(["open", site.url("/hold/page"), "--headless", "--session", "opening"]);
    await site.untilRequested("/hold/page");
    const host = await open("opened", 0);
    // Each takes longer than the interpreter is otherwise waited with.
    for (let look = 0; look < 10; look++) await workspace.ok(["list"]);
    assert.deepEqual([...running("exec-worker", host), ...running("readonly-child", host)], []);
    site.release("page");
    await opening.exit;
    await untilRunning("readonly-child", host);
    await untilRunning("exec-worker", host);
  });

  it("is ended where nobody uses it, and what was used a while ago is, too", async () => {
    const { workspace } = given;
    const host = await open("unused", 5_000);
    await untilRunning("exec-worker", host);
    await waitUntilGone(() => [...running("exec-worker", host), ...running("readonly-child", host)]);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "unused", "return 1 + 1"]), "2");
    assert.equal(await workspace.ok(["exec", "--session", "unused", "return 1 + 2"]), "3");
    await waitUntilGone(() => [...running("exec-worker", host), ...running("readonly-child", host)]);
  });

  const kept = [
    "const declared = 1",
    "state.held = 1",
    "page.on('load', () => undefined)",
    "await page.route('**/none', (route) => route.abort())",
    "page.own = 1",
    "setTimeout(() => undefined, 60_000)",
  ];
  it("S16: a process is kept as long as a later exec could miss what code left in it", async () => {
    const { workspace, site } = given;
    const hosts = await Promise.all(kept.map((_code, index) => open(`kept-${index}`, 300)));
    const plain = await open("plain", 300);
    for (const [index, code] of kept.entries()) await workspace.ok(["exec", "--session", `kept-${index}`, code]);
    await workspace.ok(["exec", "--session", "plain", `await page.goto(${JSON.stringify(site.url("/form"))})`]);
    await waitUntilGone(() => running("exec-worker", plain));
    for (const [index, code] of kept.entries()) assert.equal(running("exec-worker", hosts[index] ?? 0).length, 1, code);
    assert.equal(await workspace.ok(["exec", "--session", "kept-0", "return declared"]), "1");
  });
});
