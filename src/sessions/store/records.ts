/** The records of a workspace's sessions on disk. Reading never throws for one broken record among many. */
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { LibrettoError, systemCode } from "../util/errors.js";
import { asOfNow } from "../model/grant.js";
import { isSessionName } from "../model/names.js";
import { isAlive } from "../process/identity.js";
import { maxTextLength } from "../model/recordLimits.js";
import { hasStateShape } from "../model/stateShape.js";
import { recordedBrowser, recordedHost } from "../process/recorded.js";
import { replaceFile } from "../util/replaceFile.js";
import type { SessionState, SessionStatus } from "../model/state.js";
import { cannotWrite } from "../util/replaceFile.js";
import { sessionPaths, type Workspace } from "./workspace.js";

/**
 * - `live`: host and browser run.
 * - `hostless`: the browser runs (or may run, if connected) and its host died; the next command adopts it.
 * - `ended`: there is a record, and nothing runs.
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
    text = readFileSync(paths.state, "utf8");
  } catch (error) {
    return systemCode(error) === "ENOENT" ? closed() : unreadable(error);
  }
  const parsed = parseState(text);
  if (typeof parsed === "string")
    return { name: session, liveness: "broken", error: broken(paths.state, session, parsed) };
  const state = asOfNow(parsed);
  let liveness: Liveness | undefined;
  // Asked of the system when somebody wants to know: whoever then talks to the host need not.
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
    `Session "${record.name}" is ${shownStatus(record)}.`,
    `Its logs are there to read: \`libretto logs --session ${record.name}\`. Open it anew: \`libretto open <url> --session ${record.name}\`.`,
  );
}

/**
 * Replaces a session's record in one step: a reader sees the old one or the new one, whole. The session's folder is
 * made where there is none; the workspace's are not, which `prepareWorkspace` makes.
 */
export function writeState(workspace: Workspace, state: SessionState): void {
  const paths = sessionPaths(workspace, state.session);
  try {
    if (!existsSync(paths.folder)) mkdirSync(paths.folder, { mode: 0o700 });
  } catch (error) {
    throw cannotWrite(paths.folder, error);
  }
  // A page may make its address as long as it likes, and an error its message.
  const { url, reason } = state;
  const record: SessionState = {
    ...state,
    url: url.slice(0, maxTextLength),
    ...(reason === undefined ? {} : { reason: reason.slice(0, maxTextLength) }),
  };
  replaceFile(paths.state, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Removes the record, whatever bears its name, and leaves the logs. */
export function removeState(workspace: Workspace, session: string): void {
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
  // Whether the Grid has it still is for whoever adopts it to see.
  if (state.grid) return state.grid.id === undefined || state.cdpEndpoint === null ? "ended" : "hostless";
  const browser = recordedBrowser(state);
  return browser && isAlive(browser) ? "hostless" : "ended";
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
