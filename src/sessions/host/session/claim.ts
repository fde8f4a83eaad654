/** Takes a session's name for this host, under the lock, so that of many who want it exactly one gets it. */
import { rmSync, statSync } from "node:fs";
import { adoptHostErrors } from "../../store/hostErrors.js";
import type { HostOptions } from "../../ipc/hostOptions.js";
import { withLock } from "../../store/lock.js";
import { LibrettoError, reopenHint, sessionExists } from "../../util/errors.js";
import { assertNoLink } from "../../util/ownership.js";
import { identify } from "../../process/identity.js";
import type { SessionState } from "../../model/state.js";
import { readRecord, removeSocket } from "../../store/records.js";
import { collect } from "../../browser/orphans.js";
import { handOnEndpoint } from "../../store/endpoints.js";
import { hostIsAlive, idOfSocket, readIndex } from "../../store/userIndex.js";
import { asHost } from "../../process/recorded.js";
import type { Environment } from "../../util/environment.js";
import {
  incomingDownloads,
  prepareWorkspace,
  sessionPaths,
  workspaceAt,
  type SessionPaths,
} from "../../store/workspace.js";
import { SessionRecord } from "./sessionRecord.js";

/** A name that is ours. */
export interface Claim {
  record: SessionRecord;
  /** What the host before this one wrote to standard error before it ended, where it did. */
  lastWords?: string | undefined;
  /** Takes everything back, as if the session had never been asked for. */
  undo(): void;
}

/**
 * Writes the first record of this host.
 * @param fresh the record to write for a session that is opened; its host and status are set here
 * @param note puts it into the user's index, without which nobody believes the record
 * @throws `SessionExists` for a name whose session lives, `SessionEnded` where there is nothing to adopt
 */
export async function claimName(
  options: HostOptions,
  fresh: Omit<SessionState, "hostPid" | "hostStartedAt" | "status">,
  note: (state: Readonly<SessionState>) => void,
): Promise<Claim> {
  const workspace = workspaceAt(options.root);
  prepareWorkspace(workspace);
  const host = identify(process.pid);
  if (!host)
    throw new LibrettoError(
      "Failed",
      "The system does not tell when this process started.",
      "Check that /proc is mounted.",
    );
  return withLock(workspace, options.session, async () => {
    const found = readRecord(workspace, options.session);
    const paths = sessionPaths(workspace, options.session);
    if (options.start.how === "adopt") {
      if (found?.liveness === "live") throw sessionExists(options.session, found.state);
      if (found?.liveness !== "hostless" || !found.state)
        throw new LibrettoError(
          "SessionEnded",
          `Session "${options.session}" has ended.`,
          reopenHint({ ...found?.state, session: options.session }),
        );
      const { state: before } = found;
      removeSocket(before.socketPath);
      const record = new SessionRecord(workspace, { ...before, ...asHost(host), socketPath: fresh.socketPath });
      note(record.state);
      const [from, to] = [idOfSocket(before.socketPath), idOfSocket(fresh.socketPath)];
      if (from !== undefined && to !== undefined) handOnEndpoint(process.env, from, to, before.cdpEndpoint);
      record.write();
      const lastWords = adoptHostErrors(paths.hostErrors, options.errors);
      return { record, lastWords, undo: () => record.replaceWith(before) };
    }
    if (found && (found.liveness === "live" || found.liveness === "hostless"))
      throw sessionExists(options.session, found.state);
    const existed = statSync(paths.folder, { throwIfNoEntry: false }) !== undefined;
    await clearOrphans(options, process.env);
    assertNoLinks(paths);
    const record = new SessionRecord(workspace, { ...fresh, status: "starting", ...asHost(host) });
    note(record.state);
    record.write();
    adoptHostErrors(paths.hostErrors, options.errors);
    return {
      record,
      undo: () => {
        record.remove();
        if (!existed) rmSync(paths.folder, { recursive: true, force: true });
      },
    };
  });
}

/**
 * Ends and removes what ended sessions of that name left outside its folder: socket, profile, entry in the index,
 * and the browser of a host that was killed before its session was open, to which no record leads any more.
 */
async function clearOrphans(options: HostOptions, env: Environment): Promise<void> {
  for (const record of readIndex(env)) {
    if (record.entry.root === options.root && record.entry.session === options.session && !hostIsAlive(record))
      await collect(env, record);
  }
}

/** A repository that was checked out may hold links where the session's files are to be. */
function assertNoLinks({ folder, logs, network, actions, snapshots, downloads }: SessionPaths): void {
  for (const path of [folder, logs, network, actions, snapshots, downloads, incomingDownloads(downloads)])
    assertNoLink(path);
}
