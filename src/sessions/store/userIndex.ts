/**
 * The user-wide index: one small file a live browser, whatever the workspace, so that none is forgotten.
 * A host writes its entry again every minute; an entry that nobody has written for longer than the lease, and whose
 * host is gone, names a browser to end.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { forgetEndpoint } from "./endpoints.js";
import { isAlive, learnStarts } from "../process/identity.js";
import { recordedHost } from "../process/recorded.js";
import { replaceFile } from "../util/replaceFile.js";
import type { SessionState } from "../model/state.js";
import type { Environment } from "../util/environment.js";
import { isOwn, makePrivateFolder } from "../util/ownership.js";
import { sessionPaths, userStateFolder, workspaceAt } from "./workspace.js";

/** One browser on record. Paths are absolute; times ISO 8601. */
export interface IndexEntry {
  version: 1;
  root: string;
  session: string;
  kind: "launched" | "connected" | "run";
  port: number | null;
  cdpEndpoint: string | null;
  /** Whether the browser has no port. */
  sealed?: boolean | undefined;
  browserPid: number | null;
  browserStartedAt: string | null;
  /** As `hostBirth`, of `ProcessIdentity`. */
  browserBirth?: string | undefined;
  hostPid: number;
  hostStartedAt: string;
  hostBirth?: string | undefined;
  socketPath: string;
  profilePath: string | null;
  leaseMinutes: number;
  /** Of a browser that a Grid lends; it has no process here. `owed`: it was to be ended, and the Grid did not answer. */
  grid?: { url: string; name: string; id?: string | undefined; owed?: boolean | undefined } | undefined;
}

/** An entry as it lies on disk. `seenAt` is when its host last wrote it, in ms since the epoch. */
export interface IndexRecord {
  file: string;
  seenAt: number;
  entry: IndexEntry;
}

/** An entry that is younger, in ms, is not looked into: hosts write theirs again every minute. */
const freshMs = 120_000;

const folderOf = (env: Environment): string => join(userStateFolder(env), "index");

/** Writes the entry. @param id a file name that is unique for the session: its profile's or a random one */
export function writeEntry(env: Environment, id: string, entry: IndexEntry): void {
  const folder = folderOf(env);
  makePrivateFolder(folder);
  replaceFile(join(folder, `${id}.json`), JSON.stringify(entry));
}

/** The entry of a session. @param root folder of its workspace */
export function entryOf(state: SessionState, root: string, leaseMinutes: number): IndexEntry {
  const {
    session,
    kind,
    port,
    cdpEndpoint,
    sealed,
    browserPid,
    browserStartedAt,
    browserBirth,
    hostPid,
    hostStartedAt,
    hostBirth,
    socketPath,
    profilePath,
    grid,
  } = state;
  return {
    version: 1,
    root,
    session,
    kind,
    port,
    cdpEndpoint,
    sealed,
    browserPid,
    browserStartedAt,
    browserBirth,
    hostPid,
    hostStartedAt,
    hostBirth,
    socketPath,
    profilePath,
    leaseMinutes,
    ...(grid ? { grid: { url: grid.url, name: grid.name, id: grid.id } } : {}),
  };
}

/** Whether the entry is still there, whatever it says. */
export function hasEntry(env: Environment, id: string): boolean {
  return existsSync(join(folderOf(env), `${id}.json`));
}

export function removeEntry(env: Environment, id: string): void {
  rmSync(join(folderOf(env), `${id}.json`), { force: true });
  forgetEndpoint(env, id);
}

/** Removes an entry that was read. */
export function removeRecordOf(env: Environment, { file }: IndexRecord): void {
  removeEntry(env, basename(file, ".json"));
}

/** What the files of a session outside of its folder are called, by its socket; undefined for a path that is none of ours. */
export function idOfSocket(socketPath: string): string | undefined {
  return /([0-9a-f]{12}-[0-9a-f]{6})(?:\.sock)?$/.exec(socketPath)?.[1];
}

/** Notes that a Grid's slot is still taken, whichever process finds it: `gc` frees it, and the next try is a lease later. */
export function noteDebt(record: IndexRecord): void {
  const { entry } = record;
  if (entry.grid) replaceFile(record.file, JSON.stringify({ ...entry, grid: { ...entry.grid, owed: true } }));
}

/** Removes what earlier hosts noted of the browser that this entry names. */
export function removeOtherEntries(env: Environment, id: string): void {
  const file = join(folderOf(env), `${id}.json`);
  const own = readEntry(file);
  if (own)
    for (const other of readIndex(env))
      if (other.file !== file && isSameBrowser(other.entry, own.entry)) removeRecordOf(env, other);
}

/** Whether two entries name one browser, as the one of a host that died and the one of its successor. */
export function isSameBrowser(one: IndexEntry, other: IndexEntry): boolean {
  return (
    one.root === other.root &&
    one.session === other.session &&
    one.profilePath === other.profilePath &&
    one.cdpEndpoint === other.cdpEndpoint &&
    one.browserPid === other.browserPid &&
    one.grid?.name === other.grid?.name
  );
}

/** Every entry that can be read. */
export function readIndex(env: Environment): IndexRecord[] {
  const folder = folderOf(env);
  return entryFiles(folder).flatMap((name) => {
    const record = readEntry(join(folder, name));
    return record ? [record] : [];
  });
}

/** Asks the system about the hosts of those entries without blocking, so that `hostIsAlive` then knows. */
export function learnHosts(records: IndexRecord[]): Promise<void> {
  return learnStarts(records.map(({ entry }) => entry.hostPid));
}

/** Whether the host that wrote the entry runs. */
export function hostIsAlive({ entry }: IndexRecord): boolean {
  return isAlive(recordedHost(entry));
}

/**
 * Entries that outlived their lease, and whose host is gone. Every command looks for them; with nothing to do
 * that costs one look at a folder.
 */
export function findExpired(env: Environment, now = Date.now()): IndexRecord[] {
  const folder = folderOf(env);
  return entryFiles(folder).flatMap((name) => {
    const file = join(folder, name);
    const seenAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - seenAt < freshMs) return [];
    const record = readEntry(file);
    if (!record || hostIsAlive(record) || now - record.seenAt <= record.entry.leaseMinutes * 60_000) return [];
    return isStillWanted(record.entry) ? [] : [record];
  });
}

/** A connected browser is nobody's to end: the next command attaches to it again, for as long as there is a record. */
function isStillWanted({ kind, root, session }: IndexEntry): boolean {
  return kind === "connected" && existsSync(sessionPaths(workspaceAt(root), session).state);
}

function entryFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

/** @returns undefined for what is no entry, and for what another user has put there */
export function readEntry(file: string): IndexRecord | undefined {
  let handle: number | undefined;
  try {
    handle = openSync(file, "r");
    const stat = fstatSync(handle);
    if (!isOwn(stat)) return undefined;
    // At once: every command reads one, and it is replaced whole.
    const bytes = Buffer.allocUnsafe(stat.size);
    const entry = JSON.parse(bytes.toString("utf8", 0, readSync(handle, bytes))) as IndexEntry;
    if (entry.version !== 1 || typeof entry.root !== "string" || typeof entry.hostPid !== "number") return undefined;
    return { file, seenAt: stat.mtimeMs, entry };
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
