import assert from "node:assert/strict";
import {
  chownSync,
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
import { identify } from "../../src/sessions/process/identity.js";
import type { SessionState } from "../../src/sessions/model/state.js";
import { keepEndpoint } from "../../src/sessions/store/endpoints.js";
import {
  entryOf,
  findExpired,
  hasEntry,
  hostIsAlive,
  idOfSocket,
  isSameBrowser,
  noteDebt,
  readEntry,
  readIndex,
  removeEntry,
  removeOtherEntries,
  removeRecordOf,
  writeEntry,
  type IndexEntry,
} from "../../src/sessions/store/userIndex.js";
import { sessionPaths, workspaceAt } from "../../src/sessions/store/workspace.js";
import { leaveOut } from "../support/leaveOut.js";

const minute = 60_000;
const past = new Date(0).toISOString();

describe("the user's index of browsers", () => {
  let root: string;
  let env: { XDG_STATE_HOME: string };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "libretto-index-"));
    env = { XDG_STATE_HOME: root };
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const file = (id: string): string => join(root, "libretto", "index", `${id}.json`);
  const gone = { hostPid: 2 ** 22 + 1, hostStartedAt: past };
  const entry = (change: Partial<IndexEntry> = {}): IndexEntry => ({
    version: 1,
    root,
    session: "s",
    kind: "launched",
    port: 1,
    cdpEndpoint: "ws://127.0.0.1:1/x",
    browserPid: 2 ** 22 + 2,
    browserStartedAt: past,
    ...gone,
    socketPath: join(root, "s.sock"),
    profilePath: join(root, "profile"),
    leaseMinutes: 30,
    ...change,
  });
  const ids = (): string[] =>
    readIndex(env)
      .map(({ file: path }) => path.slice(path.lastIndexOf("index") + 6, -5))
      .sort();
  const seen = (id: string, agoMs: number, now: number): void => {
    utimesSync(file(id), new Date(now - agoMs), new Date(now - agoMs));
  };

  it("S4: says of a browser what its record says, whole, and is for its user alone", () => {
    const kept = {
      version: 1,
      session: "calm-otter",
      kind: "run",
      port: 9,
      cdpEndpoint: "ws://x",
      sealed: true,
      browserPid: 3,
      browserStartedAt: "b",
      browserBirth: "boot/3",
      hostPid: 4,
      hostStartedAt: "h",
      hostBirth: "boot/4",
      socketPath: "/s",
      profilePath: "/p",
    };
    const state = {
      ...kept,
      status: "active",
      mode: "read-only",
      url: "http://x/",
      grid: { url: "http://hub", name: "n", id: "i", owed: true },
    } as unknown as SessionState;
    assert.deepEqual(entryOf(state, "/root", 7), {
      ...kept,
      root: "/root",
      leaseMinutes: 7,
      grid: { url: "http://hub", name: "n", id: "i" },
    });
    const { grid: _none, ...local } = state;
    assert.ok(!("grid" in entryOf(local, "/root", 7)));
    const written = entryOf(state, "/root", 7);
    writeEntry(env, "a", written);
    assert.deepEqual(readEntry(file("a"))?.entry, written);
    if (process.platform !== "win32")
      assert.deepEqual(
        [statSync(file("a")).mode & 0o777, statSync(join(file("a"), "..")).mode & 0o777],
        [0o600, 0o700],
      );
  });

  it("S4: an entry is there until it is removed, with the address that was kept for it", () => {
    assert.deepEqual([hasEntry(env, "a"), readIndex(env)], [false, []]);
    writeEntry(env, "a", entry());
    writeEntry(env, "b", entry());
    const secret = "wss://rent.example/?token=abc";
    keepEndpoint(env, "a", secret);
    assert.ok(existsSync(join(root, "libretto", "endpoints", "a")));
    assert.deepEqual([hasEntry(env, "a"), ids()], [true, ["a", "b"]]);
    removeEntry(env, "a");
    assert.deepEqual([hasEntry(env, "a"), ids()], [false, ["b"]]);
    assert.ok(!existsSync(join(root, "libretto", "endpoints", "a")));
    removeEntry(env, "a");
    removeRecordOf(env, readIndex(env)[0] ?? assert.fail());
    assert.deepEqual(ids(), []);
  });

  it("S4: what is no entry is passed over, and the others are read", () => {
    writeEntry(env, "good", entry());
    for (const [id, text] of [
      ["torn", '{"version":1'],
      ["later", JSON.stringify({ ...entry(), version: 2 })],
      ["nowhere", JSON.stringify({ ...entry(), root: 1 })],
      ["nobody", JSON.stringify({ ...entry(), hostPid: "1" })],
      ["nothing", "null"],
    ] as const) {
      writeFileSync(file(id), text);
      assert.equal(readEntry(file(id)), undefined, id);
    }
    writeFileSync(file("good").replace(/json$/, "tmp"), JSON.stringify(entry()));
    mkdirSync(file("folder"));
    assert.deepEqual(ids(), ["good"]);
    assert.equal(readEntry(file("absent")), undefined);
    assert.equal(readEntry(file("good"))?.seenAt, statSync(file("good")).mtimeMs);
  });

  it("S4: what another user has put there is not believed", function () {
    if (process.getuid?.() !== 0) leaveOut(this, "a file of another user: only root can make one");
    writeEntry(env, "a", entry());
    chownSync(file("a"), 1, 1);
    assert.equal(readEntry(file("a")), undefined);
  });

  it("S4: two entries name one browser where all that names it is the same", () => {
    const grid = { url: "http://hub", name: "n" };
    assert.ok(isSameBrowser(entry(), entry({ hostPid: 1, socketPath: "/other", port: 2, leaseMinutes: 1 })));
    assert.ok(isSameBrowser(entry({ grid }), entry({ grid: { ...grid, id: "1", owed: true } })));
    for (const change of [
      { root: "/other" },
      { session: "t" },
      { profilePath: "/other" },
      { profilePath: null },
      { cdpEndpoint: null },
      { browserPid: 1 },
      { grid },
    ])
      assert.ok(!isSameBrowser(entry(), entry(change)), JSON.stringify(change));
    assert.ok(!isSameBrowser(entry({ grid }), entry({ grid: { ...grid, name: "m" } })));
  });

  it("S4: a host that has taken a browser over removes what earlier hosts noted of it, and nothing else", () => {
    writeEntry(env, "own", entry());
    writeEntry(env, "earlier", entry({ hostPid: 1 }));
    writeEntry(env, "another", entry({ session: "t" }));
    removeOtherEntries(env, "absent");
    assert.deepEqual(ids(), ["another", "earlier", "own"]);
    removeOtherEntries(env, "own");
    assert.deepEqual(ids(), ["another", "own"]);
  });

  it("S30: a slot of a Grid that could not be given back is noted, and nothing of a browser that has none", () => {
    writeEntry(env, "grid", entry({ grid: { url: "http://hub", name: "n", id: "i" } }));
    writeEntry(env, "local", entry());
    const before = readFileSync(file("local"), "utf8");
    for (const record of readIndex(env)) noteDebt(record);
    assert.deepEqual(readEntry(file("grid"))?.entry.grid, { url: "http://hub", name: "n", id: "i", owed: true });
    assert.equal(readFileSync(file("local"), "utf8"), before);
  });

  it("what a session's files are called is told by its socket, and by no other path", () => {
    assert.equal(idOfSocket("/run/libretto/0123456789ab-cdef01.sock"), "0123456789ab-cdef01");
    assert.equal(idOfSocket("\\\\.\\pipe\\libretto-0123456789ab-cdef01"), "0123456789ab-cdef01");
    for (const path of [
      "/run/x.sock",
      "/run/0123456789ab-cdef01.sock.old",
      "/run/0123456789AB-cdef01.sock",
      "/123456789ab-cdef01",
      "",
    ])
      assert.equal(idOfSocket(path), undefined, path);
  });

  it("S4: a host is alive as the process that wrote the entry", () => {
    const me = identify(process.pid) ?? assert.fail();
    const mine = { hostPid: me.pid, hostStartedAt: me.startedAt, hostBirth: me.birth };
    const record = (change: Partial<IndexEntry>): Parameters<typeof hostIsAlive>[0] => ({
      file: "",
      seenAt: 0,
      entry: entry(change),
    });
    assert.equal(hostIsAlive(record(mine)), true);
    assert.equal(hostIsAlive(record({ ...mine, hostStartedAt: past, hostBirth: undefined })), false);
    assert.equal(hostIsAlive(record({})), false);
  });

  it("S4: an entry has expired when its lease is over and its host gone; one written a moment ago is not looked into", () => {
    const now = Date.now();
    const expired = (): string[] => findExpired(env, now).map(({ entry: { session } }) => session);
    assert.deepEqual(expired(), []);
    writeEntry(env, "a", entry({ session: "left", leaseMinutes: 3 }));
    for (const [agoMs, isExpired] of [
      [3 * minute + 1_000, true],
      [3 * minute - 1_000, false],
    ] as const) {
      seen("a", agoMs, now);
      assert.deepEqual(expired(), isExpired ? ["left"] : []);
    }
    // Hosts write theirs every minute, so that two without a word are the least.
    writeEntry(env, "a", entry({ session: "left", leaseMinutes: 0.01 }));
    seen("a", 121_000, now);
    assert.deepEqual(expired(), ["left"]);
    seen("a", 119_000, now);
    assert.deepEqual(expired(), []);
    // At the very borders.
    const after = (ms: number): number => findExpired(env, statSync(file("a")).mtimeMs + ms).length;
    assert.equal(after(120_000), 1);
    writeEntry(env, "a", entry({ leaseMinutes: 3 }));
    assert.equal(after(3 * minute), 0);
    const me = identify(process.pid) ?? assert.fail();
    writeEntry(env, "a", entry({ hostPid: me.pid, hostStartedAt: me.startedAt, hostBirth: me.birth }));
    seen("a", 90 * minute, now);
    assert.deepEqual(expired(), []);
    writeFileSync(file("a"), "torn");
    seen("a", 90 * minute, now);
    assert.deepEqual(expired(), []);
  });

  it("S8: a connected browser has not expired while its session is on record; a launched one has", () => {
    const now = Date.now();
    const { state } = sessionPaths(workspaceAt(root), "s");
    mkdirSync(join(state, ".."), { recursive: true });
    for (const [kind, onRecord, isExpired] of [
      ["connected", true, false],
      ["connected", false, true],
      ["launched", true, true],
    ] as const) {
      if (onRecord) writeFileSync(state, "{}");
      else rmSync(state, { force: true });
      writeEntry(env, "a", entry({ kind }));
      seen("a", 40 * minute, now);
      assert.equal(findExpired(env, now).length, isExpired ? 1 : 0, `${kind} ${onRecord}`);
    }
  });

  it("S4: reading it leaves nothing open", function () {
    if (process.platform !== "linux") leaveOut(this, "how many files a process has open: told on Linux alone");
    const open = (): number => readdirSync("/proc/self/fd").length;
    writeEntry(env, "a", entry());
    const before = open();
    for (let round = 0; round < 20; round++) readIndex(env);
    assert.ok(open() < before + 10, `${before}, then ${open()}`);
  });
});
