import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SessionState } from "../../src/sessions/model/state.js";
import { gc } from "../../src/sessions/operations/gc.js";
import { listEverywhere } from "../../src/sessions/operations/list.js";
import { identify } from "../../src/sessions/process/identity.js";
import { writeState } from "../../src/sessions/store/records.js";
import { entryOf, findExpired, writeEntry } from "../../src/sessions/store/userIndex.js";
import { prepareWorkspace, sessionPaths, workspaceAt } from "../../src/sessions/store/workspace.js";

const minute = 60_000;

describe("the lease of a browser whose host is gone", () => {
  let root: string;
  let browser: ChildProcess;
  let env: { XDG_STATE_HOME: string };
  const file = (): string => join(root, "libretto", "index", "0123456789ab-012345.json");
  /** Puts the last sign of life of the host so long ago. */
  const seen = (agoMs: number): number => {
    const at = Date.now() - agoMs;
    utimesSync(file(), new Date(at), new Date(at));
    return at;
  };
  before(() => {
    root = mkdtempSync(join(tmpdir(), "libretto-lease-"));
    env = { XDG_STATE_HOME: root };
    browser = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { stdio: "ignore" });
    const alive = identify(browser.pid ?? 0);
    writeEntry(env, "0123456789ab-012345", {
      version: 1,
      root,
      session: "left",
      kind: "launched",
      port: null,
      cdpEndpoint: null,
      browserPid: alive?.pid ?? null,
      browserStartedAt: alive?.startedAt ?? null,
      browserBirth: alive?.birth,
      hostPid: 2 ** 22 + 1,
      hostStartedAt: new Date(0).toISOString(),
      socketPath: join(root, "none.sock"),
      profilePath: null,
      leaseMinutes: 30,
    });
  });
  after(() => {
    browser.kill("SIGKILL");
    rmSync(root, { recursive: true });
  });

  it("S4: while it runs, neither gc nor any other command ends the browser; gc --all does", async () => {
    const at = seen(30 * minute - 10_000);
    assert.deepEqual(await gc({ env }, { dryRun: true }), []);
    assert.deepEqual(findExpired(env, at + 30 * minute - 1), []);
    const [due] = await gc({ env }, { dryRun: true, all: true });
    assert.deepEqual([due?.session, due?.browser], ["left", "ended"]);
  });

  it("S4: when it has run out, both do", async () => {
    const at = seen(30 * minute + 1_000);
    const [due] = await gc({ env }, { dryRun: true });
    assert.deepEqual([due?.session, due?.browser], ["left", "ended"]);
    assert.equal(findExpired(env, at + 30 * minute + 1).length, 1);
    assert.equal(browser.exitCode, null);
  });
});

describe("the record of a connected browser whose host is gone", () => {
  const id = "0123456789ab-abcdef";
  let root: string;
  let env: { XDG_STATE_HOME: string };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "libretto-lease-"));
    env = { XDG_STATE_HOME: root };
    const workspace = workspaceAt(root, env);
    prepareWorkspace(workspace);
    const state: SessionState = {
      version: 1,
      session: "theirs",
      status: "active",
      mode: "read-only",
      kind: "connected",
      headless: false,
      cdpEndpoint: "ws://192.0.2.1:9222/devtools/browser/x",
      port: null,
      browserPid: null,
      browserStartedAt: null,
      hostPid: 2 ** 22 + 1,
      hostStartedAt: new Date(0).toISOString(),
      socketPath: join(root, `${id}.sock`),
      profilePath: null,
      startedAt: new Date(0).toISOString(),
      viewport: null,
      url: "http://shop/",
    };
    writeState(workspace, state);
    writeEntry(env, id, entryOf(state, root, 30));
    const longAgo = new Date(Date.now() - 48 * 60 * minute);
    utimesSync(join(root, "libretto", "index", `${id}.json`), longAgo, longAgo);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("S8: is kept however long ago that was, since the next command attaches to the browser again", async () => {
    assert.deepEqual(await gc({ env }), []);
    assert.deepEqual(
      (await listEverywhere({ env })).map(({ session }) => session),
      ["theirs"],
    );
    const [forgotten] = await gc({ env }, { all: true });
    assert.deepEqual([forgotten?.session, forgotten?.browser], ["theirs", "left-running"]);
    assert.deepEqual(await listEverywhere({ env }), []);
  });

  it("S8: is forgotten as soon as its session is closed", async () => {
    rmSync(sessionPaths(workspaceAt(root, env), "theirs").state);
    const [due] = await gc({ env }, { dryRun: true });
    assert.deepEqual([due?.session, due?.browser], ["theirs", "left-running"]);
    assert.ok(existsSync(join(root, "libretto", "index", `${id}.json`)), "a dry run forgets nothing");
  });

  it("S23: that it has no port of its own does not make it a sealed one", async () => {
    const [listed] = await listEverywhere({ env });
    assert.deepEqual([listed?.browser, listed?.port, listed?.sealed], ["remote", null, false]);
  });
});
