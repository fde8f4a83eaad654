import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { openFiles } from "../support/openFiles.js";
import { browsersWithProfile, processes, waitUntilGone, type ProcessEntry } from "../support/processTable.js";

const gone = (...pids: number[]) => waitUntilGone(() => processes().filter(({ pid }) => pids.includes(pid)));

/** Ports on which any of the processes listens, as the system's own tables tell. */
function listeningPorts(entries: ProcessEntry[]): number[] {
  const ports = new Map(
    ["tcp", "tcp6"].flatMap((table) =>
      readFileSync(`/proc/net/${table}`, "utf8")
        .split("\n")
        .slice(1)
        .map((row) => row.trim().split(/\s+/))
        .filter(([, , , state]) => state === "0A")
        .map(([, local = "", , , , , , , , inode]) => [inode, parseInt(local.split(":")[1] ?? "", 16)] as const),
    ),
  );
  return entries.flatMap(({ pid }) => {
    try {
      return openFiles(pid).flatMap((path) => {
        const inode = /^socket:\[(\d+)\]$/.exec(path)?.[1];
        return ports.get(inode) ?? [];
      });
    } catch {
      return [];
    }
  });
}

/** What a process has written to files, pipes and sockets, in bytes. */
const written = (pid: number): number => Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
/** The system tells of neither by an event. */
async function untilWritten(pid: number, bytes: number): Promise<void> {
  while (written(pid) < bytes) await sleep(5);
}

/** Has the page tell the site, again and again, what it holds. */
const report = `await page.evaluate(() => void setInterval(() =>
  fetch("/echo?" + new URLSearchParams({ draft: document.querySelector("#draft").value, born: window.born, count: String(window.count) })), 50))`;

describe("S23: sealed sessions", function () {
  const given = useFixtures("sealed");

  before(function () {
    if (process.platform === "win32") leaveOut(this, "Windows has no named pipes that outlive their process");
  });

  afterEach(async () => {
    await given.workspace.ok(["close", "--all"]);
    given.site.forget();
  });

  /** What the page told last, of all that came after `from`. */
  async function told(from: number): Promise<URLSearchParams> {
    const { site } = given;
    const echo = (): URLSearchParams | undefined =>
      site.requests.slice(from).find(({ path, query }) => path === "/echo" && query.has("born"))?.query;
    await site.until(() => echo() !== undefined, "what the page holds");
    return echo() ?? new URLSearchParams();
  }

  /** Ends a host as a crash does. */
  async function kill(session: string): Promise<void> {
    const { hostPid } = given.workspace.requireState(session);
    process.kill(hostPid, "SIGKILL");
    await gone(hostPid);
  }

  it("S23: no process of the session listens on a port; state.json, list and status say that it is sealed", async () => {
    const { workspace, site } = given;
    await workspace.ok(["open", site.url("/form"), "--headless", "--sealed", "--session", "shut"]);
    await workspace.ok(["exec", "--session", "shut", "await page.title()"]);
    await workspace.ok(["readonly-exec", "--session", "shut", "await page.title()"]);
    const state = workspace.requireState("shut");
    assert.deepEqual([state.sealed, state.cdpEndpoint, state.port], [true, null, null]);
    assert.match(await workspace.ok(["list"]), /shut .*launched, sealed/);
    assert.match(await workspace.ok(["list", "--everywhere"]), /shut .*sealed/);
    assert.match(await workspace.ok(["status"]), /1 live \(1 sealed\)/);
    if (process.platform !== "linux") return;
    const all = workspace.processes();
    for (const program of [/host\.js/, /exec-worker\.js/, /--remote-debugging-pipe/])
      assert.ok(
        all.some(({ command }) => program.test(command.join(" "))),
        `${program}`,
      );
    assert.deepEqual(listeningPorts(all), []);
    await workspace.open(site.url("/form"), "--session", "ajar");
    assert.deepEqual(listeningPorts(workspace.processes()), [workspace.requireState("ajar").port]);
  });

  it("S23: another user of the machine cannot open the pipes, and the user's own connect finds nothing", async function () {
    if (process.getuid?.() !== 0) leaveOut(this, "only root can act as another user");
    const { workspace, site } = given;
    // All that lies above is open to everybody, so that the folders of the program's own making are what is tried.
    const stateHome = mkdtempSync("/tmp/lt-sealed-");
    chmodSync(stateHome, 0o755);
    const env = { XDG_STATE_HOME: stateHome };
    try {
      await workspace.ok(["open", site.url("/form"), "--headless", "--sealed", "--session", "shut"], { env });
      const { profilePath, browserPid } = workspace.requireState("shut");
      const pipes = join(profilePath ?? "", "libretto-pipes");
      const names = ["commands", "answers"];
      for (const path of [profilePath ?? "", pipes]) assert.equal(statSync(path).mode & 0o777, 0o700);
      for (const name of names) assert.equal(statSync(join(pipes, name)).mode & 0o777, 0o600);
      const look = `for f in ${names.map((name) => `${pipes}/${name}`).join(" ")} /proc/${browserPid}/fd/3 /proc/${browserPid}/fd/4; do
        (: < $f) 2>/dev/null && echo read $f; (: > $f) 2>/dev/null && echo written $f; done; ls ${pipes} /proc/${browserPid}/fd 2>/dev/null; id -u`;
      const stranger = spawnSync("/bin/sh", ["-c", look], { uid: 54_321, gid: 54_321, encoding: "utf8" });
      assert.equal(stranger.stdout, "54321\n");
      assert.equal(existsSync(join(profilePath ?? "", "DevToolsActivePort")), false);
      for (const address of [profilePath ?? "", pipes, `file://${pipes}/commands`])
        assert.notEqual((await workspace.cli(["connect", address, "--session", "guest"], { env })).status, 0, address);
      assert.equal(await workspace.ok(["exec", "--session", "shut", "await page.title()"], { env }), "Form");
      await workspace.ok(["close", "--session", "shut"], { env });
      assert.deepEqual(browsersWithProfile(stateHome), []);
      assert.equal(existsSync(profilePath ?? ""), false);
    } finally {
      rmSync(stateHome, { recursive: true, force: true });
    }
  });

  it("S23: exec, act, snapshot, get, downloads, saved logins, logs and the lock are as in any session", async () => {
    const { workspace, site } = given;
    await workspace.ok(["open", site.url("/form"), "--headless", "--sealed", "--session", "shut"]);
    const run = (...args: string[]): Promise<string> => workspace.ok([...args, "--session", "shut"]);
    await run("act", "fill", "locator('[name=name]')", "Ada");
    assert.match(await run("snapshot"), /Ada/);
    assert.equal(await run("readonly-exec", `(await get("${site.url("/json")}")).status`), "200");
    await run("exec", `await page.goto("${site.url("/downloads")}")`);
    await run(
      "exec",
      "const [file] = await Promise.all([page.waitForEvent('download'), page.click('#file')]); return await file.path()",
    );
    const path = (): string | undefined =>
      workspace
        .log<{ event: string; data?: { path?: string } }>("shut", "logs")
        .find(({ data }) => data?.path?.includes("report.bin"))?.data?.path;
    // The row follows the file.
    while (path() === undefined) await sleep(20);
    assert.equal(readFileSync(path() ?? "", "utf8"), "the file's bytes");
    await run("exec", `await page.goto("${site.url("/cookie")}")`);
    await run("save", "shop", "--sites", "127.0.0.1");
    assert.ok(existsSync(join(workspace.librettoFolder, "profiles", "shop.json")));
    assert.ok(workspace.log<{ url: string }>("shut", "network").some(({ url }) => url === site.url("/downloads")));
    assert.ok(workspace.log("shut", "actions").length > 0);
    await run("session-mode", "read-only");
    assert.equal((await workspace.cli(["exec", "--session", "shut", "1"])).status, 3);
    assert.equal(await run("readonly-exec", "await page.title()"), "Cookie");
    await kill("shut");
    assert.equal((await workspace.cli(["exec", "--session", "shut", "1"])).status, 3);
  });

  it("S23: run --sealed, the configuration, and what excludes it", async () => {
    const { workspace, site } = given;
    workspace.write(
      "seen.ts",
      `import { workflow } from "libretto";
      export default workflow("seen", { startUrl: ${JSON.stringify(site.url("/form"))} }, async ({ page }) => page.title());`,
    );
    assert.equal(
      await workspace.ok(["run", "seen.ts", "--headless", "--sealed", "--stay-open", "--session", "flow"]),
      "Form",
    );
    assert.equal(workspace.requireState("flow").sealed, true);
    workspace.writeConfig({ version: 1, sealed: true });
    try {
      await workspace.open(site.url(), "--session", "by-config");
      assert.equal(workspace.requireState("by-config").port, null);
      await workspace.open(site.url(), "--no-sealed", "--session", "by-flag");
      assert.notEqual(workspace.requireState("by-flag").port, null);
      const grid = failureOf(await workspace.cli(["open", "--grid", "http://127.0.0.1:1"]));
      assert.deepEqual([grid.status, /sealed/.test(grid.message)], [2, true]);
    } finally {
      rmSync(join(workspace.librettoFolder, "config.json"));
    }
    for (const args of [
      ["open", "--sealed", "--no-sealed"],
      ["open", "--sealed", "--grid", "http://127.0.0.1:1"],
      ["run", "seen.ts", "--sealed", "--cdp", "ws://127.0.0.1:1"],
    ])
      assert.equal((await workspace.cli(args)).status, 2, args.join(" "));
  });

  it("S23: a browser that ends at once is told of by its last words", async () => {
    const { workspace, site } = given;
    const fake = join(workspace.scratch, "not-a-browser");
    writeFileSync(fake, "#!/bin/sh\necho starting >&2\necho 'gone for good' >&2\nexit 7\n", { mode: 0o755 });
    const { status, message } = failureOf(
      await workspace.cli(["open", site.url(), "--headless", "--sealed", "--session", "fake"], {
        env: { LIBRETTO_CHROMIUM: fake },
      }),
    );
    assert.equal(status, 1);
    assert.match(message, /exit status 7\): gone for good$/);
    assert.equal(workspace.state("fake"), undefined);
  });

  it("S23: killed in the middle of a command or of an answer: page and form text live on, and the next command works", async function () {
    if (process.platform !== "linux") leaveOut(this, "how far a message has come is read on Linux alone");
    const { workspace, site } = given;
    await workspace.ok(["open", site.url("/typing"), "--headless", "--sealed", "--session", "shut"]);
    await workspace.ok(["exec", "--session", "shut", `await page.fill("#draft", "half a sentence"); ${report}`]);
    const born = (await told(0)).get("born");
    const inPage = (code: string): string => `await page.evaluate(() => { ${code} })`;
    await workspace.ok([
      "exec",
      "--session",
      "shut",
      inPage("fetch('/hold/worker').then(() => new Worker('/worker.js'))"),
    ]);
    const { browserPid } = workspace.requireState("shut");
    const browser = browserPid ?? 0;
    for (const direction of ["command", "answer"] as const) {
      const { hostPid } = workspace.requireState("shut");
      // Whoever reads stands still, so that the pipe is full and the rest of the message waits.
      const reader = direction === "command" ? browser : hostPid;
      const big = workspace.start([
        "exec",
        "--session",
        "shut",
        direction === "command"
          ? `await fetch("${site.url("/hold/command")}"); await page.evaluate((text) => text.length, "x".repeat(4e6))`
          : `(await page.evaluate(() => fetch("/hold/answer").then(() => fetch("/echo/made")).then(() => "x".repeat(4e6)))).length`,
      ]);
      await site.untilRequested(`/hold/${direction}`);
      process.kill(reader, "SIGSTOP");
      const before = written(hostPid);
      site.release(direction);
      if (direction === "command") await untilWritten(hostPid, before + 60_000);
      else {
        await site.untilRequested("/echo/made");
        // The browser's write counts when it returns, which it does not: a pipe that is full shows nowhere.
        await sleep(300);
      }
      process.kill(hostPid, "SIGKILL");
      await gone(hostPid);
      if (reader === browser) process.kill(browser, "SIGCONT");
      await big.exit;
      const seen = await told(site.requests.length);
      assert.deepEqual([seen.get("draft"), seen.get("born")], ["half a sentence", born], "while no host lives");
      if (direction === "answer") site.release("worker");
      const value = "await page.locator('#draft').inputValue()";
      assert.equal(await workspace.ok(["readonly-exec", "--session", "shut", value]), "half a sentence");
      assert.equal(await workspace.ok(["exec", "--session", "shut", "await page.evaluate(() => window.born)"]), born);
    }
    // What the page began meanwhile waited for the dead host, and goes on with the next one.
    await site.until(() => site.requests.some(({ query }) => query.get("from") === "worker"), "the worker");
    await workspace.ok(["exec", "--session", "shut", `await (await context.newPage()).goto("${site.url("/table")}")`]);
    assert.equal(workspace.requireState("shut").browserPid, browserPid);
  });

  it("S23: an answer of 100 MB comes through whole", async () => {
    const { workspace, site } = given;
    await workspace.ok(["open", site.url("/form"), "--headless", "--sealed", "--session", "shut"]);
    const big =
      "const text = await page.evaluate(() => 'begin' + 'x'.repeat(100e6) + 'end'); return [text.length, text.slice(0, 5), text.slice(-3)]";
    assert.deepEqual(JSON.parse(await workspace.ok(["exec", "--session", "shut", big], { timeoutMs: 110_000 })), [
      100_000_008,
      "begin",
      "end",
    ]);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "shut", "await page.title()"]), "Form");
  });

  it("S23: ten sealed sessions side by side survive their hosts, and none is forgotten", async () => {
    const { workspace, site } = given;
    const names = Array.from({ length: 10 }, (_, index) => `ten-${index}`);
    await Promise.all(
      names.map((name) => workspace.ok(["open", site.url(`/?${name}`), "--headless", "--sealed", "--session", name])),
    );
    await Promise.all(names.map((name) => kill(name)));
    const everywhere = await workspace.ok(["list", "--everywhere"]);
    for (const name of names) assert.match(everywhere, new RegExp(`${name} +host gone +browser alive .*sealed`));
    await workspace.ok(["gc"]);
    assert.equal(browsersWithProfile(workspace.stateHome).length, 10, "a browser whose lease runs is left alone");
    const urls = names.map((name) => workspace.ok(["readonly-exec", "--session", name, "page.url()"]));
    assert.deepEqual(
      await Promise.all(urls),
      names.map((name) => site.url(`/?${name}`)),
    );

    const [lost = "", ...rest] = names;
    const { profilePath } = workspace.requireState(lost);
    await kill(lost);
    const index = join(workspace.stateHome, "libretto", "index");
    const old = new Date(Date.now() - 40 * 60_000);
    for (const file of readdirSync(index)) utimesSync(join(index, file), old, old);
    await workspace.ok(["list"]);
    await waitUntilGone(() => browsersWithProfile(profilePath ?? ""));
    await workspace.ok(["close", "--all"], { timeoutMs: 60_000 });
    await waitUntilGone(() => workspace.processes());
    assert.deepEqual(readdirSync(join(workspace.stateHome, "libretto", "profiles")), []);
    assert.ok(rest.every((name) => workspace.state(name) === undefined));
  });
});
