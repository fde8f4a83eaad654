/** The records of a workspace's sessions on disk. Reading never throws for one broken record among many. */
import { existsSync, lstatSync, readFileSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LibrettoError, reopenHint, systemCode } from "../util/errors.js";
import { asOfNow } from "../model/grant.js";
import { isSessionName } from "../model/names.js";
import { isAlive } from "../process/identity.js";
import { maxTextLength } from "../model/recordLimits.js";
import { hasStateShape } from "../model/stateShape.js";
import { recordedBrowser, recordedHost } from "../process/recorded.js";
import { isLink, makePrivateFolder } from "../util/ownership.js";
import { replaceFile } from "../util/replaceFile.js";
import type { SessionState, SessionStatus } from "../model/state.js";
import { idOfSocket, readEntry, type IndexEntry } from "./userIndex.js";
import { sessionPaths, workspaceAt, type Workspace } from "./workspace.js";

/**
 * - `live`: host and browser run.
 * - `hostless`: the browser runs (or may run, if connected) and its host died; the next command adopts it.
 * - `ended`: there is a record, and nothing runs; or the user's private index does not know it, and nobody believes it.
 * - `closed`: only logs are left.
 * - `broken`: the record cannot be read.
 */
export type Liveness = "live" | "hostless" | "ended" | "closed" | "broken";

/** What is known of one session. */
export interface SessionRecord {
  name: string;
  readonly liveness: Liveness;
  /** Absent for a closed or broken one. */
  state?: SessionState;
  /** What is wrong with a broken one. */
  error?: LibrettoError;
}

/** Reads one session's record; undefined if nothing of that name is on disk. */
export function readRecord(workspace: Workspace, session: string): SessionRecord | undefined {
  const paths = sessionPaths(workspace, session);
  const unreadable = (error: unknown): SessionRecord => ({
    name: session,
    liveness: "broken",
    error: broken(paths.state, session, (error as Error).message, systemCode(error)),
  });
  const closed = (): SessionRecord | undefined => {
    try {
      return statSync(paths.folder, { throwIfNoEntry: false })?.isDirectory()
        ? { name: session, liveness: "closed" }
        : undefined;
    } catch (error) {
      return unreadable(error);
    }
  };
  // Most sessions of an old workspace are closed, and a failed read costs ten times what this look does.
  if (!existsSync(paths.state)) return closed();
  let text: string;
  try {
    const link = [workspace.sessions, paths.folder].find((path) => lstatSync(path).isSymbolicLink());
    if (link !== undefined) throw isLink(link);
    text = readFileSync(paths.state, "utf8");
  } catch (error) {
    return systemCode(error) === "ENOENT" ? closed() : unreadable(error);
  }
  const parsed = parseState(text);
  if (typeof parsed === "string")
    return { name: session, liveness: "broken", error: broken(paths.state, session, parsed) };
  const entry = entryOfRecord(workspace, session, parsed);
  if (!entry) return { name: session, liveness: "ended", state: disowned(parsed) };
  const state = asOfNow(asIndexed(parsed, entry));
  let liveness: Liveness | undefined;
  // Asked of the system when somebody wants to know: those who then talk to the host need not.
  return {
    name: session,
    get liveness() {
      return (liveness ??= livenessOf(state));
    },
    state,
  };
}

/** Every session on disk, by name. */
export function listRecords(workspace: Workspace): SessionRecord[] {
  let names: string[];
  try {
    names = readdirSync(workspace.sessions);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw new LibrettoError(
      "Failed",
      `${workspace.sessions} cannot be read: ${(error as Error).message}`,
      "Check the folder's permissions.",
      { cause: error },
    );
  }
  return names
    .filter(isSessionName)
    .sort()
    .map((name) => readRecord(workspace, name))
    .filter((record) => record !== undefined);
}

/**
 * The status that people are shown: a record that says `active` while nothing runs is `exited`, one that is active
 * because its workflow runs is `running`, and one whose workflow went with the host is `failed`.
 */
export function shownStatus(record: SessionRecord): SessionStatus | "running" | "closed" | "broken" {
  if (!record.state) return record.liveness === "broken" ? "broken" : "closed";
  const { status, workflow } = record.state;
  if (record.liveness === "ended")
    return status === "starting" || status === "active" || status === "paused" ? "exited" : status;
  if (record.liveness === "hostless" && workflow?.running === true) return "failed";
  return status === "active" && record.liveness === "live" && workflow?.running === true ? "running" : status;
}

/** Whether commands can reach it. */
export function isLive(record: SessionRecord): boolean {
  return record.liveness === "live" || record.liveness === "hostless";
}

/** @throws `NoSuchSession`, or what is wrong with a broken record, unless commands can reach the session */
export function assertLive(record: SessionRecord): void {
  if (record.error) throw record.error;
  if (isLive(record)) return;
  throw new LibrettoError(
    "NoSuchSession",
    `Session "${record.name}" is ${shownStatus(record)}${record.state?.reason === undefined ? "." : `: ${record.state.reason}`}`,
    `Its logs are there to read: \`libretto logs --session ${record.name}\`. ${reopenHint({ ...record.state, session: record.name })}`,
  );
}

/**
 * Replaces a session's record in one step: a reader sees the old one or the new one, whole. The session's folder is
 * made where there is none; the workspace's are not, which `prepareWorkspace` makes.
 */
export function writeState(workspace: Workspace, state: SessionState): void {
  const paths = sessionPaths(workspace, state.session);
  makePrivateFolder(paths.folder, false);
  // A page may make its address as long as it likes, and an error its message.
  const { url, reason } = state;
  const record: SessionState = {
    ...state,
    url: url.slice(0, maxTextLength),
    ...(reason === undefined ? {} : { reason: reason.slice(0, maxTextLength) }),
  };
  replaceFile(paths.state, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Removes the record, whatever has its name, and leaves the logs. A link in place of the session's folder goes, and what it points to stays. */
export function removeState(workspace: Workspace, session: string): void {
  const { folder } = sessionPaths(workspace, session);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return rmSync(folder);
  rmSync(sessionPaths(workspace, session).state, { force: true, recursive: true });
}

/**
 * Removes the socket of a host, and nothing else, whatever a record says: not a file, nor another program's
 * socket. A named pipe of Windows goes with its process.
 */
export function removeSocket(path: string): void {
  if (
    process.platform === "win32" ||
    !/^libretto(-\d+)?$/.test(basename(dirname(path))) ||
    !/^[0-9a-f]{12}-[0-9a-f]{6}\.sock$/.test(basename(path))
  )
    return;
  try {
    if (lstatSync(path).isSocket()) rmSync(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

function livenessOf(state: SessionState): Liveness {
  if (state.status === "exited") return "ended";
  if (isAlive(recordedHost(state))) return "live";
  if (state.kind === "connected") return state.cdpEndpoint === null ? "ended" : "hostless";
  // Whether the Grid has it still is for the host that adopts it to see.
  if (state.grid) return state.grid.id === undefined || state.cdpEndpoint === null ? "ended" : "hostless";
  const browser = recordedBrowser(state);
  return browser && isAlive(browser) ? "hostless" : "ended";
}

/**
 * What the user's private index says of the session that a record names. A record alone proves nothing: a repository
 * can hold one, and anyone who can write into the folder can write one.
 */
function entryOfRecord(workspace: Workspace, session: string, state: SessionState): IndexEntry | undefined {
  const id = idOfSocket(state.socketPath);
  if (id === undefined || state.session !== session) return undefined;
  const { entry } = readEntry(join(workspace.index, `${id}.json`)) ?? {};
  if (entry?.session !== session || entry.kind !== state.kind || entry.socketPath !== state.socketPath)
    return undefined;
  return entry.root === workspace.root || wasMoved(workspace, session, entry.root) ? entry : undefined;
}

/** Whether the workspace lay there before it was moved, or is that one, spelled in another way. */
function wasMoved(workspace: Workspace, session: string, root: string): boolean {
  if (!existsSync(sessionPaths(workspaceAt(root), session).state)) return true;
  try {
    return realpathSync(root) === realpathSync(workspace.root);
  } catch {
    return false;
  }
}

/** The record, with what the index says of all that is signalled, removed or spoken to. */
function asIndexed(state: SessionState, entry: IndexEntry): SessionState {
  const { hostPid, hostStartedAt, hostBirth, browserPid, browserStartedAt, browserBirth } = entry;
  const { port, cdpEndpoint, profilePath, grid, sealed } = entry;
  return {
    ...state,
    sealed,
    hostPid,
    hostStartedAt,
    hostBirth,
    // A session that never came to be has no browser on its record yet, and its name is free.
    ...(state.browserPid === null ? {} : { browserPid, browserStartedAt, browserBirth }),
    port,
    cdpEndpoint: state.cdpEndpoint === null ? null : cdpEndpoint,
    profilePath: state.status === "exited" ? null : profilePath,
    grid: grid && { ...state.grid, url: grid.url, name: grid.name, id: grid.id },
  };
}

/** The record of a session that is not this user's, or is over: there is nothing that it could have anyone do. */
function disowned(state: SessionState): SessionState {
  return {
    ...state,
    hostStartedAt: new Date(0).toISOString(),
    hostBirth: undefined,
    browserPid: null,
    browserStartedAt: null,
    browserBirth: undefined,
    port: null,
    cdpEndpoint: null,
    socketPath: "",
    profilePath: null,
    grid: undefined,
  };
}

/** @returns the state, or what is wrong with it in one line */
function parseState(text: string): SessionState | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  if (hasStateShape(value)) return value;
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version !== 1)
    return `it has version ${version}, and this Libretto reads version 1`;
  for (const field of ["session", "status", "mode", "kind", "hostPid"]) {
    if (typeof value !== "object" || value === null || !(field in value))
      return `it is not a session's record: ${field} is missing`;
  }
  return "a field has a value that was not expected";
}

function broken(file: string, session: string, what: string, code?: string): LibrettoError {
  const message = `The record of session "${session}" cannot be read: ${what} (${file}).`;
  if (code === "EACCES" || code === "EPERM")
    return new LibrettoError(
      "BrokenState",
      message,
      "It is another user's, or its permissions were changed: keep sessions of your own elsewhere with LIBRETTO_ROOT.",
    );
  return new LibrettoError(
    "BrokenState",
    message,
    `If its browser is gone, drop the record with \`libretto close --session ${session}\`; \`libretto gc\` ends a browser that is left.`,
  );
}
