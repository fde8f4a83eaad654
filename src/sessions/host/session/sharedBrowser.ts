/**
 * A lock holds for the browser, and not for a name (S24): finds the other sessions of this user that hold the same
 * browser, by the private index, whatever spelling of its address they were given.
 */
import { hostname } from "node:os";
import { HostClient } from "../../ipc/client.js";
import { noWriteAccess } from "../../model/grant.js";
import type { AccessMode } from "../../model/policy.js";
import { withLock } from "../../store/lock.js";
import { isLive, readRecord, writeState } from "../../store/records.js";
import { hostIsAlive, readIndex } from "../../store/userIndex.js";
import { workspaceAt } from "../../store/workspace.js";
import type { Environment } from "../../util/environment.js";
import { LibrettoError } from "../../util/errors.js";
import { answered } from "../../util/timeouts.js";

/** How long the host of another session may take to lock it, in ms: its own waiting for busy pages included. */
const lockTimeoutMs = 5_000;

/** A session, as the index names it. */
export interface Holder {
  /** Folder of its workspace. */
  root: string;
  session: string;
  cdpEndpoint: string | null;
}

export interface OtherHolder extends Holder {
  mode: AccessMode;
}

/**
 * What tells one browser from another: the id in the path of its websocket, which each start of a browser makes up; for
 * another kind of address, its host, port and path.
 */
function browserKey(endpoint: string): string {
  const url = new URL(endpoint);
  const id = /\/devtools\/browser\/([^/]+)/.exec(url.pathname)?.[1];
  if (id !== undefined) return id;
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const local = host === "localhost" || host === "::1" || /^127\./.test(host) || host === hostname().toLowerCase();
  return `${local ? "localhost" : host}:${url.port || (/^(wss|https):/.test(url.protocol) ? "443" : "80")}${url.pathname}${url.search}`;
}

/** The other sessions of this user, live or without a host, that hold the browser of `own`. */
export function otherHolders(env: Environment, own: Holder): OtherHolder[] {
  if (own.cdpEndpoint === null) return [];
  const key = browserKey(own.cdpEndpoint);
  const found = new Map<string, OtherHolder>();
  for (const record of readIndex(env)) {
    const { root, session, cdpEndpoint } = record.entry;
    if (cdpEndpoint === null || !URL.canParse(cdpEndpoint) || browserKey(cdpEndpoint) !== key) continue;
    if (root === own.root && session === own.session) continue;
    const mode = modeOf(env, root, session) ?? (hostIsAlive(record) ? "read-only" : undefined);
    if (mode !== undefined) found.set(JSON.stringify([root, session]), { root, session, cdpEndpoint, mode });
  }
  return [...found.values()];
}

/** @returns undefined where the session is over, or its record cannot be read */
function modeOf(env: Environment, root: string, session: string): AccessMode | undefined {
  try {
    const record = readRecord(workspaceAt(root, env), session);
    return record && isLive(record) ? record.state?.mode : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Refuses what would drive a browser that a read-only session holds, and what would lock a browser that another
 * session drives.
 * @param what what is asked for, such as `connect`
 * @throws `RefusedByMode`, naming the other session
 */
export function assertSharable(env: Environment, own: Holder, what: string, drives: boolean): void {
  const others = otherHolders(env, own);
  const lockedBy = others.find(({ mode }) => mode === "read-only");
  if (drives && lockedBy)
    throw new LibrettoError(
      "RefusedByMode",
      `${what} is refused: ${named(lockedBy, own)} is read-only and holds the same browser.`,
      `Read it there: \`libretto snapshot --session ${lockedBy.session}\`. To drive it, unlock that session or close it: \`libretto session-mode write-access --session ${lockedBy.session}\`.`,
      {
        askHint: `Read it there: \`libretto snapshot --session ${lockedBy.session}\`. To drive it, ask a person: \`libretto request-access --session ${lockedBy.session} --reason "<why>"\`.`,
      },
    );
  const driver = others.find(({ mode }) => mode === "write-access");
  if (!drives && driver)
    throw new LibrettoError(
      "RefusedByMode",
      `${what} is refused: a read-only session would lock the browser, which ${named(driver, own)} drives.`,
      `Lock that session first: \`libretto session-mode read-only --session ${driver.session}\`.`,
    );
}

/** What became of the other sessions that could drive a browser which is locked. */
export interface LockedOthers {
  /** Their names, where they are read-only now. */
  locked: string[];
  /** Those that could not be locked, and may still drive it. */
  driving: string[];
}

/** Locks the other sessions that can drive the browser: each by its host, or in its record where it has none. */
export async function lockOthers(env: Environment, own: Holder, client: string): Promise<LockedOthers> {
  const drivers = otherHolders(env, own).filter(({ mode }) => mode === "write-access");
  const results = await Promise.all(
    drivers.map(async (holder) => {
      const done = await answered(lockOther(env, holder, client), lockTimeoutMs).catch(() => false);
      return { name: named(holder, own), done };
    }),
  );
  return {
    locked: results.filter(({ done }) => done).map(({ name }) => name),
    driving: results.filter(({ done }) => !done).map(({ name }) => name),
  };
}

async function lockOther(env: Environment, { root, session }: Holder, client: string): Promise<boolean> {
  const workspace = workspaceAt(root, env);
  const record = readRecord(workspace, session);
  if (!record?.state || !isLive(record)) return true;
  if (record.liveness === "live") {
    const host = await HostClient.connect(record.state.socketPath, client, session);
    if (!host) return false;
    try {
      return (await host.request("session-mode", { mode: "read-only" })).mode === "read-only";
    } finally {
      host.close();
    }
  }
  // A dead session's record is changed only under its lock.
  return withLock(workspace, session, () => {
    const now = readRecord(workspace, session);
    if (now?.liveness !== "hostless" || !now.state) return now?.liveness !== "live";
    writeState(workspace, { ...now.state, ...noWriteAccess });
    return true;
  });
}

function named(other: Holder, own: Holder): string {
  return `session "${other.session}"${other.root === own.root ? "" : ` of ${other.root}`}`;
}
