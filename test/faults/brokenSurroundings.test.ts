import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cliPath, failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { processesOf, waitUntilGone } from "../support/processTable.js";

/** Resolves when it holds; what another process does on its own is no event here. */
async function until(condition: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    assert.ok(Date.now() < deadline, "it never came true");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("Surroundings that fail", () => {
  const given = useFixtures("around", "each");

  /** A file system of its own below a folder. @returns takes it away; undefined where this user may mount none */
  const mounted = (folder: string, options: string): (() => void) | undefined => {
    mkdirSync(folder, { recursive: true });
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
    } catch {
      return undefined;
    }
    return () => void execFileSync("umount", ["-l", folder]);
  };

  /** Takes all the room that is left. */
  const fill = (folder: string): void => {
    for (const size of [100_000, 1_000, 1]) {
      try {
        for (let part = 0; ; part++) writeFileSync(join(folder, `ballast-${size}-${part}`), Buffer.alloc(size));
      } catch {
        // Full for that size.
      }
    }
  };

  it("a disk that is full: a change of mode that cannot be kept is refused and changes nothing; a browser that dies ends its host; close works", async function () {
    const { workspace, site } = given;
    const release = mounted(workspace.librettoFolder, "size=1m");
    if (!release) leaveOut(this, "a full disk: a file system of its own can be mounted by root alone");
    try {
      await Promise.all(
        ["locked", "dies"].map((name) => workspace.open(site.url("/counter"), "--session", name, "--read-only")),
      );
      fill(workspace.librettoFolder);
      const { message, hint } = failureOf(await workspace.cli(["session-mode", "write-access", "--session", "locked"]));
      assert.match(message, /state\.json cannot be written: ENOSPC/);
      assert.match(hint, /free space/);
      assert.equal(workspace.requireState("locked").mode, "read-only");
      assert.equal(
        (await workspace.cli(["exec", "--session", "locked", "await page.click('#add')"])).status,
        3,
        "the host enforces what is on disk",
      );
      const { hostPid, browserPid } = workspace.requireState("dies");
      process.kill(browserPid ?? 0, "SIGKILL");
      await waitUntilGone(() => workspace.processes().filter(({ pid }) => pid === hostPid));
      assert.match(await workspace.ok(["list"]), /dies .* exited/);
      const opened = failureOf(await workspace.cli(["open", site.url(), "--headless", "--session", "new"]));
      assert.match(opened.message, /cannot be written: ENOSPC/);
      await workspace.ok(["close", "--all"]);
      await waitUntilGone(() => processesOf(workspace.stateHome));
      assert.match(await workspace.ok(["list", "--everywhere"]), /None of your browsers/);
    } finally {
      await workspace.cli(["close", "--all", "--force"]);
      release();
    }
  });

  it("a workspace that was made read-only: open says so in two lines, and leaves nothing behind", async function () {
    const { workspace, site } = given;
    const release = mounted(workspace.librettoFolder, "size=1m");
    if (!release) leaveOut(this, "a read-only workspace: a file system of its own can be mounted by root alone");
    try {
      await workspace.open(site.url(), "--session", "before");
      await workspace.ok(["close", "--all"]);
      execFileSync("mount", ["-o", "remount,ro", workspace.librettoFolder]);
      const { message, hint } = failureOf(
        await workspace.cli(["open", site.url(), "--headless", "--session", "before"]),
      );
      assert.match(message, /cannot be written: EROFS/);
      assert.match(hint, /LIBRETTO_ROOT/);
      assert.match(await workspace.ok(["list", "--all"]), /before/);
      await waitUntilGone(() => workspace.processes());
    } finally {
      release();
    }
  });

  it("a user whose file watches are used up can open sessions", async function () {
    const { workspace, site } = given;
    const inRoom = ["-Ur", "sh", "-c", 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"', "sh"];
    if (spawnSync("unshare", [...inRoom, "true"]).status !== 0)
      leaveOut(this, "a user without file watches: this machine gives no user namespace");
    const opened = await promisify(execFile)(
      "unshare",
      [...inRoom, process.execPath, cliPath, "open", site.url(), "--headless", "--session", "blind"],
      { cwd: workspace.folder, env: workspace.env },
    );
    assert.equal(opened.stderr, "");
    assert.equal(await workspace.ok(["readonly-exec", "--session", "blind", "return await page.title()"]), "The Shelf");
    await workspace.ok(["close", "--session", "blind"]);
  });

  it("a disk that fills up: the session goes on, says so, and can be closed", async function () {
    const { workspace, site } = given;
    const disk = workspace.librettoFolder;
    const release = mounted(disk, "size=1m");
    if (!release) leaveOut(this, "a disk that fills up: a file system of its own can be mounted by root alone");
    try {
      await workspace.open(site.url("/counter"), "--session", "full");
      writeFileSync(join(disk, "ballast"), Buffer.alloc(400_000));
      try {
        for (let part = 0; part < 100; part++) writeFileSync(join(disk, `ballast-${part}`), Buffer.alloc(10_000));
      } catch {
        // Full now.
      }
      await workspace.ok(["exec", "--session", "full", "await page.click('#add')"]);
      await site.until(() => site.counter === 1, "the click");
      assert.equal(await workspace.ok(["readonly-exec", "--session", "full", "return await page.title()"]), "Counter");
      const snapshot = await workspace.cli(["snapshot", "--session", "full"]);
      if (snapshot.status !== 0) failureOf(snapshot);
      rmSync(join(disk, "ballast"));
      assert.equal((await workspace.cli(["close", "--session", "full"])).status, 0);
      await waitUntilGone(() => processesOf(workspace.stateHome));
    } finally {
      await workspace.cli(["close", "--all", "--force"]);
      release();
    }
  });

  it("records that are cleared away under a live session, as by git clean, are put back, and close ends it", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "cleaned", "--read-only");
    const before = workspace.requireState("cleaned");
    removeInUse(workspace.librettoFolder);
    assert.match(await workspace.ok(["list", "--everywhere"]), /cleaned/);
    await until(() => workspace.state("cleaned") !== undefined);
    assert.deepEqual(workspace.requireState("cleaned"), before);
    assert.equal(
      await workspace.ok(["readonly-exec", "--session", "cleaned", "return await page.title()"]),
      "The Shelf",
    );
    await until(() => workspace.log("cleaned", "logs").length > 0);
    await workspace.ok(["close", "--session", "cleaned"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("a workspace that is moved under a live session is not made anew where it was, and the session goes with it", async () => {
    const { workspace, site } = given;
    const [from, to] = [join(workspace.scratch, "from"), join(workspace.scratch, "to")];
    mkdirSync(from);
    await workspace.ok(["open", site.url(), "--headless", "--session", "moved"], { cwd: from });
    renameSync(from, to);
    const moved = { cwd: to };
    await workspace.ok(["exec", "--session", "moved", `await page.goto(${JSON.stringify(site.url("/form"))})`], moved);
    assert.equal(
      await workspace.ok(["readonly-exec", "--session", "moved", "return await page.title()"], moved),
      "Form",
    );
    assert.equal(existsSync(from), false);
    await workspace.ok(["close", "--session", "moved"], moved);
    await waitUntilGone(() => workspace.processes());
    assert.equal(existsSync(from), false);
    assert.match(await workspace.ok(["list"], moved), /No sessions/);
  });

  it("a workspace that is removed with all that it holds: the session can still be found everywhere and ended", async () => {
    const { workspace, site } = given;
    const folder = join(workspace.scratch, "gone");
    mkdirSync(folder);
    await workspace.ok(["open", site.url(), "--headless", "--session", "homeless"], { cwd: folder });
    removeInUse(folder);
    assert.match(await workspace.ok(["list", "--everywhere"]), /homeless/);
    const host = workspace.processes().find(({ command }) => command.some((word) => word.endsWith("host.js")));
    process.kill(host?.pid ?? 0, "SIGKILL");
    await waitUntilGone(() => workspace.processes().filter(({ pid }) => pid === host?.pid));
    await workspace.ok(["gc", "--all"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("a socket that is removed under a live session, with its folder, is put back", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "swept");
    const { hostPid, socketPath } = workspace.requireState("swept");
    rmSync(dirname(socketPath), { recursive: true });
    assert.equal(await workspace.ok(["readonly-exec", "--session", "swept", "return await page.title()"]), "The Shelf");
    assert.equal(workspace.requireState("swept").hostPid, hostPid);
    assert.equal(statSync(socketPath).mode & 0o077, 0);
    assert.equal(statSync(dirname(socketPath)).mode & 0o077, 0);
  });

  it("a socket that is removed under a live session: the next command says what to do, and close --all --force ends it", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "mute");
    rmSync(workspace.requireState("mute").socketPath);
    const result = await workspace.cli(["close", "--all", "--force"]);
    assert.equal(result.status, 0, result.stderr);
    await waitUntilGone(() => workspace.processes());
  });

  it("a runtime folder that belongs to everybody is refused", async function () {
    if (process.platform === "win32")
      leaveOut(this, "a runtime folder of everybody's: Windows has named pipes instead");
    const { workspace, site } = given;
    const shared = join(workspace.scratch, "shared");
    mkdirSync(join(shared, "libretto"), { recursive: true });
    chmodSync(join(shared, "libretto"), 0o777);
    const { message } = failureOf(
      await workspace.cli(["open", site.url(), "--headless"], { env: { XDG_RUNTIME_DIR: shared } }),
    );
    assert.match(message, /private/);
    await waitUntilGone(() => workspace.processes());
  });

  it("a server that dies while its page is open does not disturb the session", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/typing"), "--session", "alone");
    await site.goOffline();
    assert.equal(await workspace.ok(["readonly-exec", "--session", "alone", "return await page.title()"]), "Typing");
    const result = await workspace.cli(["exec", "--session", "alone", "await page.reload()"]);
    assert.equal(result.status, 1);
    assert.match(result.stderr, /ERR_CONNECTION_REFUSED/);
    await site.goOnline();
    // The browser may be loading the page anew by itself, and may refuse ours meanwhile.
    const reload =
      "await page.reload().catch(() => undefined); await page.getByRole('heading', { name: 'Typing' }).waitFor(); return await page.title()";
    assert.equal(await workspace.ok(["exec", "--session", "alone", reload]), "Typing");
    await workspace.ok(["close", "--session", "alone"]);
    assert.equal(existsSync(join(workspace.sessionsFolder, "alone", "state.json")), false);
  });

  it("a page that crashes is told, and the session goes on in another", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/form"), "--session", "crash");
    const witness = await given.witness("crash");
    void witness.send("Page.crash", {}, await witness.sessionOf("/form")).catch(() => undefined);
    const told = await workspace.cli(["exec", "--session", "crash", "--timeout", "5000", "return await page.title()"], {
      timeoutMs: 20_000,
    });
    assert.notEqual(told.status, 0);
    assert.match(
      await workspace.ok([
        "exec",
        "--session",
        "crash",
        `const fresh = await context.newPage(); await fresh.goto(${JSON.stringify(site.url())}); return await fresh.title()`,
      ]),
      /The Shelf/,
    );
    await workspace.ok(["close", "--session", "crash"]);
  });
});

/** Removes a folder in which a host goes on writing: what Node found at first is all that it removes in one call. */
function removeInUse(folder: string): void {
  for (let calls = 1; existsSync(folder); calls++) {
    try {
      rmSync(folder, { recursive: true });
      return;
    } catch (error) {
      if (calls === 100) throw error;
    }
  }
}
