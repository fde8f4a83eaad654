/** `close`: ends a session's browser and drops its record; the logs stay (S5 to S8). */
import { endBrowser, removeProfile } from "../browser/browserEnd.js";
import { hostSilent } from "../ipc/client.js";
import { resolveSession, type SessionsContext } from "./context.js";
import { LibrettoError } from "../util/errors.js";
import { withLock } from "../store/lock.js";
import { signalProcess, waitUntilGone } from "../process/kill.js";
import { isAlive, type ProcessIdentity } from "../process/identity.js";
import { recordedBrowser, recordedHost } from "../process/recorded.js";
import type { SessionState } from "../model/state.js";
import { removeIfEmpty } from "../store/hostErrors.js";
import { sessionPaths } from "../store/workspace.js";
import { listRecords, readRecord, removeSocket, removeState, type SessionRecord } from "../store/records.js";
import { browserIsAlive, collect } from "../browser/orphans.js";
import { hostIsAlive, learnHosts, readIndex } from "../store/userIndex.js";
import { withTimeout } from "../util/timeouts.js";

/** What became of a session. `closed-before`: there was nothing left to do. */
export interface Closed {
  session: string;
  browser: "ended" | "left-running" | "already-gone" | "unreachable" | "closed-before";
}

/** One session of `close --all`. */
export type ClosedOrFailed = Closed | { session: string; error: LibrettoError };

/** How long a host may take to answer at all, to close once it answered, and to end after SIGTERM, in ms. */
const maxWaitMs = { ping: 2_000, request: 10_000, sigterm: 2_000 };

/**
 * Closes one session.
 * @throws `NoSuchSession` that lists the known ones, `TimedOut` where its host does not answer
 */
export async function close(context: SessionsContext, options: { session?: string | undefined }): Promise<Closed> {
  return closeRecord(context, resolveSession(context, options.session), false);
}

/**
 * Closes every session of this workspace, in parallel. One that fails does not stop the others.
 * @param options.force also ends hosts that do not answer, a stopped one too, with their browsers
 */
export function closeAll(
  context: SessionsContext,
  options: { force?: boolean | undefined } = {},
): Promise<ClosedOrFailed[]> {
  const records = listRecords(context.workspace).filter((record) => record.liveness !== "closed");
  return Promise.all(
    records.map(async (record): Promise<ClosedOrFailed> => {
      try {
        return await closeRecord(context, record, options.force === true);
      } catch (error) {
        return { session: record.name, error: LibrettoError.from(error) };
      }
    }),
  );
}

async function closeRecord(context: SessionsContext, record: SessionRecord, force: boolean): Promise<Closed> {
  const { name, state } = record;
  if (record.liveness === "closed") return { session: name, browser: "closed-before" };
  if (!state) return closeBroken(context, name, force);
  if (record.liveness === "live") {
    const host = recordedHost(state);
    const closed = await askHost(context, record, host);
    if (closed) {
      // The host of a workspace that was moved knows the old place of its record.
      if (readRecord(context.workspace, name)?.liveness === "ended") removeState(context.workspace, name);
      return closed;
    }
    const browser = recordedBrowser(state);
    const ran = browser !== undefined && isAlive(browser);
    await endHost(name, host, force);
    const { browser: left } = await cleanUp(context, name);
    // A host that was told to end has ended its browser with itself, and its record.
    return { session: name, browser: state.kind === "connected" ? "left-running" : ran ? "ended" : left };
  }
  return cleanUp(context, name);
}

/**
 * Ends a host that does not answer: it is told by the system, and ended where that is asked for.
 * @throws `TimedOut` where it goes on
 */
async function endHost(session: string, host: ProcessIdentity, force: boolean): Promise<void> {
  await signalProcess(host, "SIGTERM");
  if (await waitUntilGone(host, maxWaitMs.sigterm)) return;
  if (force) await signalProcess(host, "SIGKILL");
  if (!force || !(await waitUntilGone(host, 5_000))) throw hostSilent(session);
}

/** @returns undefined if the host did not answer in time */
async function askHost(
  context: SessionsContext,
  record: SessionRecord,
  host: ProcessIdentity,
): Promise<Closed | undefined> {
  try {
    const client = await withTimeout(context.host(record), maxWaitMs.ping, nothing);
    if (!client || !(await withTimeout(client.request("ping", {}), maxWaitMs.ping, nothing))) return undefined;
    const closed = await withTimeout(client.request("close", {}), maxWaitMs.request, nothing);
    if (!closed) return undefined;
    await waitUntilGone(host, 2_000);
    return { session: closed.session, browser: closed.browser };
  } catch (error) {
    // A host that ended while it was asked has done what was wanted, or left the rest to us.
    if (
      error instanceof LibrettoError &&
      ["HostUnreachable", "SessionEnded", "NoSuchSession", "VersionMismatch", "TimedOut"].includes(error.code)
    )
      return undefined;
    throw error;
  }
}

const nothing = (): undefined => undefined;

/** Does for a session without a host what the host would have done. */
function cleanUp(context: SessionsContext, session: string): Promise<Closed> {
  return withLock(context.workspace, session, async () => {
    const record = readRecord(context.workspace, session);
    const state = record?.state;
    if (!record || !state) return { session, browser: "already-gone" };
    if (record.liveness === "live")
      throw new LibrettoError(
        "SessionBusy",
        `Session "${session}" was opened again meanwhile.`,
        `If you mean the new one, close it too: \`libretto close --session ${session}\`.`,
      );
    let browser = await endBrowserOf(context, state);
    removeState(context.workspace, session);
    removeSocket(state.socketPath);
    removeIfEmpty(sessionPaths(context.workspace, session).hostErrors);
    const entries = readIndex(context.env);
    await learnHosts(entries);
    for (const entry of entries) {
      if (entry.entry.root === context.workspace.root && entry.entry.session === session && !hostIsAlive(entry))
        try {
          if (await collect(context.env, entry)) browser = "ended";
        } catch (error) {
          if (!entry.entry.grid) throw error;
          browser = "unreachable";
        }
    }
    removeProfile(context.env, state.profilePath);
    return { session, browser };
  });
}

async function endBrowserOf(context: SessionsContext, state: SessionState): Promise<Closed["browser"]> {
  if (state.kind === "connected") return "left-running";
  const browser = recordedBrowser(state);
  return browser && (await endBrowser(browser, state.profilePath, context.env)) ? "ended" : "already-gone";
}

/** A record that cannot be read: the index still knows the host and the browser. */
async function closeBroken(context: SessionsContext, session: string, force: boolean): Promise<Closed> {
  let browser: Closed["browser"] = "already-gone";
  for (const record of readIndex(context.env)) {
    const { entry } = record;
    if (entry.root !== context.workspace.root || entry.session !== session) continue;
    // A host that is told to end ends its browser with itself.
    const ran = await browserIsAlive(record);
    await endHost(session, recordedHost(entry), force);
    const freed = await collect(context.env, record).catch((error: unknown) => {
      if (entry.grid) return undefined;
      throw error;
    });
    if (entry.grid) browser = freed === undefined ? "unreachable" : freed ? "ended" : "already-gone";
    else if (entry.kind === "connected") browser = "left-running";
    else if (ran) browser = "ended";
  }
  await withLock(context.workspace, session, () => removeState(context.workspace, session));
  return { session, browser };
}
