import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { expect } from "playwright/test";
import { chromiumPath } from "../support/browser.js";
import { cliPath, Workspace } from "../support/cli.js";
import { waitUntilGone } from "../support/processTable.js";
import { leaveOut } from "../support/leaveOut.js";

describe("the compile cache of the programs", () => {
  let workspace: Workspace;
  let home: string;
  let env: Record<string, string>;

  beforeEach(() => {
    workspace = new Workspace("compile-cache");
    home = join(workspace.scratch, "cache");
    env = { XDG_CACHE_HOME: home, NODE_DISABLE_COMPILE_CACHE: "" };
    mkdirSync(home);
  });
  afterEach(() => workspace.dispose());

  /** Files of the cache, absolute, in the order of their names. */
  const caches = (): string[] =>
    readdirSync(home, { recursive: true })
      .map((name) => join(home, String(name)))
      .filter((path) => statSync(path).isFile())
      .sort();

  /** The one file that `list` leaves. */
  async function cacheOfList(): Promise<string> {
    await workspace.ok(["list"], { env });
    const [path, ...others] = caches();
    assert.ok(path !== undefined && others.length === 0, caches().join());
    return path;
  }

  before(function () {
    if (process.platform === "win32")
      leaveOut(this, "the compile cache's folder: the test sets XDG_CACHE_HOME, which Windows does not use");
  });

  it("is written by the first call of a kind and left alone by the next, and only the user may read it", async () => {
    const path = await cacheOfList();
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(path, "..")).mode & 0o777, 0o700);
    const { ino, mtimeMs } = statSync(path);
    await workspace.ok(["list"], { env });
    assert.deepEqual([statSync(path).ino, statSync(path).mtimeMs], [ino, mtimeMs]);
    await workspace.ok(["--version"], { env });
    assert.equal(caches().length, 2);
  });

  it("help for a command is kept apart from the command, which would otherwise compile itself each time", async () => {
    await workspace.ok(["list", "--help"], { env });
    assert.ok(
      caches().every((path) => basename(path).startsWith("help-")),
      caches().join(),
    );
    await workspace.ok(["list"], { env });
    assert.equal(caches().filter((path) => basename(path).startsWith("list-")).length, 1);
  });

  it("a damaged one is passed over, wherever the damage is, and made anew", async () => {
    const path = await cacheOfList();
    const whole = readFileSync(path);
    const damaged: [what: string, bytes: Buffer][] = [
      ["empty", Buffer.alloc(0)],
      ["zeros", Buffer.alloc(whole.length)],
      ["cut off", whole.subarray(0, whole.length / 3)],
      ["half", whole.subarray(0, whole.length / 2)],
      ...Array.from({ length: 12 }, (_, index): [string, Buffer] => {
        const bytes = Buffer.from(whole);
        const at = Math.floor((whole.length / 12) * (index + 0.5));
        bytes.fill(0xff, at, at + 4);
        return [`four bytes at ${at}`, bytes];
      }),
    ];
    for (const [what, bytes] of damaged) {
      writeFileSync(path, bytes);
      const { status, stdout, stderr } = await workspace.cli(["list"], { env });
      assert.deepEqual([status, stdout, stderr], [0, "No sessions. Open one: libretto open <url>\n", ""], what);
      assert.notDeepEqual(readFileSync(path), bytes, what);
    }
  });

  it("that of a session's host is damaged: the next session opens all the same", async () => {
    // Playwright keeps its browsers below the user's cache too.
    const withBrowser = { ...env, LIBRETTO_CHROMIUM: chromiumPath("any") };
    const openAndClose = async (): Promise<void> => {
      await workspace.ok(["open", "about:blank", "--headless", "--session", "short"], { env: withBrowser });
      assert.equal(await workspace.ok(["readonly-exec", "return 6 * 7"], { env: withBrowser }), "42");
      const { hostPid } = workspace.requireState("short");
      await workspace.ok(["close"], { env: withBrowser });
      await waitUntilGone(() => workspace.processes().filter(({ pid }) => pid === hostPid));
    };
    await openAndClose();
    const ofHost = caches().filter((path) => basename(path).startsWith("launch-host-"));
    assert.ok(ofHost.length >= 2, caches().join());
    const damaged = ofHost.map((path) => readFileSync(path).fill(0x5a, 1_000, 2_000));
    ofHost.forEach((path, index) => writeFileSync(path, damaged[index] ?? ""));
    await openAndClose();
    ofHost.forEach((path, index) => assert.notDeepEqual(readFileSync(path), damaged[index], path));
  });

  it("a host that takes over from one that was killed runs from that of a launched one", async () => {
    const withBrowser = { ...env, LIBRETTO_CHROMIUM: chromiumPath("any") };
    const hostGone = (pid: number): Promise<void> =>
      waitUntilGone(() => workspace.processes().filter((process) => process.pid === pid));
    for (const isKilled of [false, true]) {
      await workspace.ok(["open", "about:blank", "--headless", "--session", "short"], { env: withBrowser });
      if (isKilled) {
        const { hostPid } = workspace.requireState("short");
        process.kill(hostPid, "SIGKILL");
        await hostGone(hostPid);
        await workspace.ok(["pages"], { env: withBrowser });
      }
      const { hostPid } = workspace.requireState("short");
      await workspace.ok(["close"], { env: withBrowser });
      await hostGone(hostPid);
    }
    const names = caches().map((path) => basename(path));
    assert.ok(names.includes("launch-host-session.js.bin"), names.join());
    // What it ran from is what it does not write.
    assert.ok(!names.includes("adopt-host-main.js.bin") && !names.includes("adopt-host-session.js.bin"), names.join());
  });

  /** Playwright's files of the cache, in their order. */
  const ofPlaywright = (): string[] => caches().filter((path) => /playwright-core@.*\.bin$/.test(path));

  /** Resolves when they are as they should be. */
  const whenWritten = (ready: (paths: string[]) => boolean): Promise<void> =>
    expect
      .poll(() => ready(ofPlaywright()), { message: "Playwright's files of the cache", timeout: 60_000 })
      .toBe(true);

  it("Playwright's is written by the process of the first code and taken by the next; a damaged one is made anew", async () => {
    const withBrowser = { ...env, LIBRETTO_CHROMIUM: chromiumPath("any") };
    const times = (): number[] => ofPlaywright().map((path) => statSync(path).mtimeMs);
    const run = async (session: string): Promise<void> => {
      await workspace.ok(["open", "data:text/html,<title>there</title>", "--headless", "--session", session], {
        env: withBrowser,
      });
      assert.equal(
        await workspace.ok(["exec", "--session", session, "return await page.title()"], { env: withBrowser }),
        "there",
      );
    };
    await run("first");
    await whenWritten((paths) => paths.length >= 2);
    const [one = "", other = "", ...more] = ofPlaywright();
    assert.deepEqual(more, []);
    assert.equal(statSync(one).mode & 0o777, 0o600);
    const before = times();
    await run("second");
    await workspace.ok(["exec", "--session", "second", "await new Promise((done) => setTimeout(done, 3_000))"], {
      env: withBrowser,
    });
    assert.deepEqual(times(), before, "what was taken is not written again");
    const damaged = [one, other].map((path) => {
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0x5a, bytes.length / 4, bytes.length / 2));
      return bytes;
    });
    await run("third");
    await whenWritten((paths) => paths.every((path, index) => !damaged[index]?.equals(readFileSync(path))));
    await workspace.ok(["close", "--all"], { env: withBrowser });
  });

  it("that of another installation is not taken: stacks show no frames of ours, and acts are written down as here", async () => {
    const elsewhere = join(workspace.scratch, "elsewhere");
    for (const name of ["package.json", "dist", "node_modules/playwright-core"])
      cpSync(name, join(elsewhere, name), { recursive: true });
    const withBrowser = { ...env, LIBRETTO_CHROMIUM: chromiumPath("any") };
    const page = "data:text/html,<button onclick='document.title += 1'>Buy</button>";
    for (const [session, program, written] of [
      ["here", cliPath, 2],
      ["there", join(elsewhere, "dist", "cli.js"), 4],
    ] as const) {
      const options = { env: withBrowser, program };
      await workspace.ok(["open", page, "--headless", "--session", session], options);
      await workspace.ok(["exec", "--session", session, "await page.click('button')"], options);
      const stack = await workspace.ok(["exec", "--session", session, "return new Error('seen')"], options);
      assert.match(stack, /exec-\d+\.ts/, session);
      assert.doesNotMatch(stack, /exec-worker|node:/, session);
      const rows = await workspace.ok(["logs", "--actions", "--session", session], options);
      assert.match(rows, /click/, session);
      await whenWritten((paths) => paths.length >= written);
      await workspace.ok(["close", "--session", session], options);
    }
    assert.equal(ofPlaywright().length, 4);
  });

  it("one that others may write is not run", async () => {
    const path = await cacheOfList();
    const { ino } = statSync(path);
    chmodSync(path, 0o666);
    await workspace.ok(["list"], { env });
    assert.notEqual(statSync(path).ino, ino);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("without a place for it everything works, and a user can turn it off", async () => {
    const file = join(workspace.scratch, "a file");
    writeFileSync(file, "");
    for (const place of [{ XDG_CACHE_HOME: file }, { XDG_CACHE_HOME: undefined, HOME: undefined }]) {
      assert.match(await workspace.ok(["list"], { env: { ...env, ...place } }), /^No sessions/);
    }
    await workspace.ok(["list"], { env: { ...env, NODE_DISABLE_COMPILE_CACHE: "1" } });
    assert.deepEqual(caches(), []);
  });

  it("with the home of another user nothing is put there", async function () {
    if (process.getuid?.() !== 0) leaveOut(this, "the home of another user: takes root");
    chownSync(home, 54_321, 54_321);
    await workspace.ok(["list"], { env });
    assert.deepEqual(readdirSync(home), []);
  });

  it("a mistyped command leaves nothing in it", async () => {
    for (const words of [["lsit"], ["list", "--nothing"], ["pages", "--session", "none"]])
      assert.notEqual((await workspace.cli(words, { env })).status, 0);
    assert.deepEqual(readdirSync(home), []);
  });

  it("calls at one moment do not get into each other's way", async () => {
    const outputs = await Promise.all(Array.from({ length: 10 }, () => workspace.ok(["list", "--json"], { env })));
    assert.equal(new Set(outputs).size, 1);
    assert.equal(caches().length, 1);
    assert.match(await workspace.ok(["list"], { env }), /^No sessions/);
  });

  it("what a build left that nobody has used for a month is removed, and nothing else", async () => {
    const old = join(home, "libretto", "0123456789ab-v20.0.0-11.3-x64-1a2b");
    const young = join(home, "libretto", "ba9876543210-v20.0.0-11.3-x64");
    const oldPackage = join(home, "libretto", "playwright-core@1.0.0-v20.0.0-11.3-x64-1a2b");
    const others = join(home, "libretto", "something else");
    for (const folder of [old, oldPackage, young, others]) mkdirSync(folder, { recursive: true });
    const longAgo = Date.now() / 1000 - 40 * 24 * 60 * 60;
    for (const folder of [old, oldPackage, others]) utimesSync(folder, longAgo, longAgo);
    await workspace.ok(["list"], { env });
    assert.deepEqual(
      [old, oldPackage, young, others].map((folder) => existsSync(folder)),
      [false, false, true, true],
    );
  });
});
