import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../src/sessions/store/lock.js";
import { identify } from "../../src/sessions/process/identity.js";
import { prepareWorkspace, workspaceAt, type Workspace } from "../../src/sessions/store/workspace.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import { leaveOut } from "../support/leaveOut.js";

describe("the lock on a session's name", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = workspaceAt(mkdtempSync(join(tmpdir(), "libretto-lock-")));
    prepareWorkspace(workspace);
  });
  afterEach(() => rmSync(workspace.root, { recursive: true }));
  const locks = (): string => join(workspace.sessions, ".locks");

  it("lets one at a time in, and all in the end", async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, () =>
        withLock(workspace, "a", async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside--;
        }),
      ),
    );
    assert.equal(most, 1);
    assert.deepEqual(readdirSync(locks()), []);
  });

  it("is free at once when its holder is dead, and when another process has that holder's number", async () => {
    mkdirSync(locks(), { recursive: true });
    const me = identify(process.pid);
    for (const holder of [
      { pid: 2 ** 22 + 1, startedAt: new Date(0).toISOString() },
      { pid: process.pid, startedAt: new Date(0).toISOString() },
    ]) {
      writeFileSync(join(locks(), "a.lock"), JSON.stringify(holder));
      assert.equal(await withLock(workspace, "a", () => "in"), "in");
    }
    assert.ok(me);
  });

  it("lets one in where many find the lock of one that is dead", async () => {
    mkdirSync(locks(), { recursive: true });
    for (let round = 0; round < 20; round++) {
      writeFileSync(
        join(locks(), "a.lock"),
        JSON.stringify({ pid: 2 ** 22 + 1, startedAt: new Date(0).toISOString() }),
      );
      let inside = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 8 }, () =>
          withLock(workspace, "a", async () => {
            most = Math.max(most, ++inside);
            for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
            inside--;
          }),
        ),
      );
      assert.equal(most, 1);
    }
    assert.deepEqual(readdirSync(locks()), []);
  });

  it("one without a name keeps others out while it is young, and is one that a crash left when it is old", async () => {
    mkdirSync(locks(), { recursive: true });
    const file = join(locks(), "a.lock");
    writeFileSync(file, "");
    let isIn = false;
    const waiting = withLock(workspace, "a", () => (isIn = true));
    const ageTo = (ms: number): void => utimesSync(file, new Date(), new Date(Date.now() - ms));
    ageTo(2_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual([isIn, existsSync(file)], [false, true]);
    ageTo(5_100);
    assert.equal(await waiting, true);
    assert.deepEqual(readdirSync(locks()), []);
  });

  it("is freed by a failure", async () => {
    await assert.rejects(
      withLock(workspace, "a", () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(await withLock(workspace, "a", () => 1), 1);
  });

  it("says whose lock it was that never came free, and leaves it", async () => {
    mkdirSync(locks(), { recursive: true });
    const file = join(locks(), "a.lock");
    writeFileSync(file, JSON.stringify(identify(process.pid)));
    const realNow = Date.now;
    let skipped = 0;
    Date.now = () => realNow() + skipped;
    try {
      const waiting = withLock(workspace, "a", () => "in");
      let failed = false;
      void waiting.catch(() => (failed = true));
      skipped = 9_000;
      await new Promise((resolve) => setTimeout(resolve, 120));
      assert.equal(failed, false);
      skipped = 11_000;
      await assert.rejects(waiting, (thrown) => {
        assert.ok(thrown instanceof LibrettoError);
        assert.deepEqual(
          [thrown.code, thrown.message],
          ["SessionBusy", 'Session "a" is being changed by another process.'],
        );
        assert.ok(thrown.hint.endsWith(`end the process named in ${file}.`), thrown.hint);
        return true;
      });
    } finally {
      Date.now = realNow;
    }
    assert.equal(existsSync(file), true);
  });

  it("keeps no other name waiting, and names its holder while it is held", async () => {
    await withLock(workspace, "a", async () => {
      const held = JSON.parse(readFileSync(join(locks(), "a.lock"), "utf8")) as unknown;
      assert.deepEqual(held, identify(process.pid));
      if (process.platform !== "win32")
        assert.deepEqual(
          [statSync(locks()).mode & 0o777, statSync(join(locks(), "a.lock")).mode & 0o777],
          [0o700, 0o600],
        );
      assert.equal(await withLock(workspace, "b", () => "in"), "in");
    });
  });

  it("the guard of a takeover keeps others from taking over while it is young, and is removed when somebody left it", async () => {
    mkdirSync(locks(), { recursive: true });
    const guard = join(locks(), "a.lock.takeover");
    writeFileSync(join(locks(), "a.lock"), JSON.stringify({ pid: 2 ** 22 + 1, startedAt: new Date(0).toISOString() }));
    writeFileSync(guard, "");
    let isIn = false;
    const waiting = withLock(workspace, "a", () => (isIn = true));
    const ageTo = (ms: number): void => utimesSync(guard, new Date(), new Date(Date.now() - ms));
    ageTo(2_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual([isIn, existsSync(guard)], [false, true]);
    ageTo(5_100);
    assert.equal(await waiting, true);
    assert.deepEqual(readdirSync(locks()), []);
  });

  it("that cannot be made says so at once", async () => {
    mkdirSync(locks(), { recursive: true });
    const name = "x".repeat(300);
    await assert.rejects(
      withLock(workspace, name, () => "in"),
      (thrown) => thrown instanceof LibrettoError && thrown.message.includes("cannot be written"),
    );
  });

  it("that somebody removed meanwhile fails nothing", async () =>
    assert.equal(
      await withLock(workspace, "a", () => {
        rmSync(join(locks(), "a.lock"));
        return "done";
      }),
      "done",
    ));

  it("that cannot be removed says so", async () => {
    const file = join(locks(), "a.lock");
    await assert.rejects(
      withLock(workspace, "a", () => {
        rmSync(file);
        mkdirSync(file);
      }),
      /EISDIR|EPERM/,
    );
  });

  it("leaves nothing open", async function () {
    if (process.platform !== "linux") leaveOut(this, "how many files a process has open: told on Linux alone");
    const open = (): number => readdirSync("/proc/self/fd").length;
    const before = open();
    for (let round = 0; round < 20; round++) await withLock(workspace, "a", () => undefined);
    assert.ok(open() < before + 10, `${before}, then ${open()}`);
  });
});
