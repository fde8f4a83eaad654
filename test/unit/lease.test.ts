import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gc } from "../../src/sessions/operations/gc.js";
import { identify } from "../../src/sessions/process/identity.js";
import { findExpired, writeEntry } from "../../src/sessions/store/userIndex.js";

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
