import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { lockOthers, otherHolders } from "../../src/sessions/host/session/sharedBrowser.js";
import { identify } from "../../src/sessions/process/identity.js";
import { readRecord } from "../../src/sessions/store/records.js";
import { workspaceAt } from "../../src/sessions/store/workspace.js";
import { writeRecord } from "../support/records.js";

describe("S24: which sessions hold one browser", () => {
  let root: string;
  let env: { XDG_STATE_HOME: string; XDG_RUNTIME_DIR: string };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "libretto-shared-"));
    env = { XDG_STATE_HOME: root, XDG_RUNTIME_DIR: root };
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Whether a session at the one address is found by who comes with the other. */
  const same = (recorded: string, given: string): boolean => {
    const { pid, startedAt, birth } = identify(process.pid) ?? assert.fail();
    writeRecord(root, env, {
      version: 1,
      session: "first",
      status: "active",
      mode: "read-only",
      kind: "connected",
      headless: false,
      cdpEndpoint: recorded,
      port: null,
      browserPid: null,
      browserStartedAt: null,
      hostPid: pid,
      hostStartedAt: startedAt,
      hostBirth: birth,
      profilePath: null,
      startedAt,
      viewport: null,
      url: "",
    });
    const found = otherHolders(env, { root, session: "second", cdpEndpoint: given });
    rmSync(join(root, "libretto"), { recursive: true });
    assert.ok(found.every(({ session, mode }) => session === "first" && mode === "read-only"));
    return found.length === 1;
  };

  it("S24: by the id in the path of its websocket, whatever stands before it", () => {
    const id = "/devtools/browser/0c0f5d3e-31c1-4b5e";
    assert.ok(same(`ws://127.0.0.1:9222${id}`, `wss://far.example:443${id}`));
    assert.ok(!same(`ws://127.0.0.1:9222${id}`, `ws://127.0.0.1:9222${id}a`));
  });

  it("S24: else by host, port and path, where every name of this machine is one", () => {
    const names = ["localhost", "LOCALHOST", "127.0.0.1", "127.0.0.2", "[::1]", hostname()];
    for (const name of names) assert.ok(same("ws://localhost:9222/x?a=1", `ws://${name}:9222/x?a=1`), name);
    for (const other of [
      "ws://localhost:9223/x?a=1",
      "ws://localhost:9222/y?a=1",
      "ws://localhost:9222/x?a=2",
      "ws://far.example:9222/x?a=1",
    ])
      assert.ok(!same("ws://localhost:9222/x?a=1", other), other);
  });

  it("S24: with the port that an address need not name", () => {
    assert.ok(same("wss://far.example/x", "wss://far.example:443/x"));
    assert.ok(same("ws://far.example/x", "ws://far.example:80/x"));
    assert.ok(!same("ws://far.example/x", "wss://far.example/x"));
  });

  it("S24, S26: one without a host is locked on its record, and with that the time of its write access is over", async () => {
    const { pid, startedAt, birth } = identify(process.pid) ?? assert.fail();
    const cdpEndpoint = "ws://127.0.0.1:9222/devtools/browser/one";
    writeRecord(root, env, {
      version: 1,
      session: "first",
      status: "active",
      mode: "write-access",
      grantedUntil: new Date(Date.now() + 900_000).toISOString(),
      kind: "launched",
      headless: true,
      cdpEndpoint,
      port: 9222,
      browserPid: pid,
      browserStartedAt: startedAt,
      browserBirth: birth,
      hostPid: 2 ** 22 + 1,
      hostStartedAt: startedAt,
      profilePath: null,
      startedAt,
      viewport: null,
      url: "",
    });
    const { locked } = await lockOthers(env, { root, session: "second", cdpEndpoint }, "test");
    assert.deepEqual(locked, ['session "first"']);
    const state = readRecord(workspaceAt(root, env), "first")?.state;
    assert.deepEqual([state?.mode, state?.grantedUntil], ["read-only", undefined]);
  });
});
