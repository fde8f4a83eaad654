/** `list`: the sessions of this workspace, or of this user. Reads the disk; no host is asked. */
import type { SessionsContext } from "./context.js";
import { isLive, listRecords, type SessionRecord } from "../store/records.js";
import { hostIsAlive, readIndex } from "../store/userIndex.js";

/** A browser on record, whatever its workspace. */
export interface ListedEverywhere {
  root: string;
  session: string;
  kind: string;
  host: "alive" | "gone";
  browser: "alive" | "gone" | "remote";
  browserPid: number | null;
  port: number | null;
  /** When its host was last seen, ISO 8601. */
  seenAt: string;
  leaseMinutes: number;
}

/**
 * The sessions of the workspace: live ones first, then ended ones, each group by name.
 * @param options.all also those that were closed and left logs
 */
export function list(context: SessionsContext, options: { all?: boolean | undefined } = {}): SessionRecord[] {
  const records = listRecords(context.workspace).filter(
    (record) => options.all === true || record.liveness !== "closed",
  );
  return [...records.filter(isLive), ...records.filter((record) => !isLive(record))];
}

/** Every browser on record in the user-wide index. */
export async function listEverywhere(context: Pick<SessionsContext, "env">): Promise<ListedEverywhere[]> {
  // Loaded here: a list of the workspace's sessions needs nothing of it.
  const { browserIsAlive } = await import("../browser/orphans.js");
  return readIndex(context.env)
    .map((record): ListedEverywhere => {
      const { root, session, kind, browserPid, port, leaseMinutes } = record.entry;
      const browser = kind === "connected" ? "remote" : browserIsAlive(record) ? "alive" : "gone";
      return {
        root,
        session,
        kind,
        host: hostIsAlive(record) ? "alive" : "gone",
        browser,
        browserPid,
        port,
        seenAt: new Date(record.seenAt).toISOString(),
        leaseMinutes,
      };
    })
    .sort((a, b) => a.root.localeCompare(b.root) || a.session.localeCompare(b.session));
}
