import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect } from "../../src/sessions/browser/orphans.js";
import { identify } from "../../src/sessions/process/identity.js";
import { readIndex, writeEntry, type IndexEntry } from "../../src/sessions/store/userIndex.js";
import { leaveOut } from "../support/leaveOut.js";

describe("what a host that died left behind, when no browser of it runs", () => {
  let root: string;
  let env: { XDG_STATE_HOME: string };
  let profilePath: string;
  let socketPath: string;
  let server: Server;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "libretto-orphan-"));
    env = { XDG_STATE_HOME: root };
    profilePath = join(root, "libretto", "profiles", "left");
    socketPath = join(root, "libretto", "0123456789ab-012345.sock");
    mkdirSync(profilePath, { recursive: true });
    // A host that is killed leaves its socket; this one is left to lie as well.
    server = createServer();
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  });
  afterEach(() => {
    server.close();
    rmSync(root, { recursive: true });
  });
  const past = new Date(0).toISOString();
  const write = (id: string, change: Partial<IndexEntry> = {}): void =>
    writeEntry(env, id, {
      version: 1,
      root,
      session: "left",
      kind: "launched",
      port: null,
      cdpEndpoint: null,
      browserPid: 2 ** 22 + 2,
      browserStartedAt: past,
      hostPid: 2 ** 22 + 1,
      hostStartedAt: past,
      socketPath,
      profilePath,
      leaseMinutes: 30,
      ...change,
    });
  const collected = async (): Promise<boolean> => {
    const [record] = readIndex(env).filter(({ entry }) => entry.hostPid === 2 ** 22 + 1);
    return collect(env, record ?? assert.fail());
  };
  const left = (): boolean[] => [existsSync(profilePath), existsSync(socketPath)];

  for (const [what, change] of [
    ["its browser has ended", {}],
    ["it was killed before it had noted its browser", { browserPid: null, browserStartedAt: null }],
  ] as const)
    it(`S4: ${what}: profile, socket and entry go, and no browser is said to have been ended`, async function () {
      if (process.platform === "win32") leaveOut(this, "a socket that lies in a folder: Windows has none");
      write("dead", change);
      assert.equal(await collected(), false);
      assert.deepEqual([left(), readIndex(env)], [[false, false], []]);
    });

  it("S4: where another host has taken the browser over, the entry alone goes", async function () {
    if (process.platform === "win32") leaveOut(this, "a socket that lies in a folder: Windows has none");
    const { pid, startedAt, birth } = identify(process.pid) ?? assert.fail();
    write("dead");
    write("next", { hostPid: pid, hostStartedAt: startedAt, hostBirth: birth });
    assert.equal(await collected(), false);
    assert.deepEqual(left(), [true, true]);
    assert.deepEqual(
      readIndex(env).map(({ entry }) => entry.hostPid),
      [process.pid],
    );
  });

  it("S4: a profile that lies elsewhere is nobody's to remove, whatever an entry says", async () => {
    const elsewhere = join(root, "mine");
    mkdirSync(elsewhere);
    write("dead", { profilePath: elsewhere });
    await collected();
    assert.ok(existsSync(elsewhere));
  });
});
