/** `list`: the sessions of this workspace, or of this user. Reads the disk; no host is asked. */
import type { SessionsContext } from "./context.js";
import { isLive, listRecords, type SessionRecord } from "../store/records.js";
import { hostIsAlive, learnHosts, readIndex, type IndexEntry } from "../store/userIndex.js";

/** A browser on record, whatever its workspace. */
export interface ListedEverywhere {
  root: string;
  session: string;
  kind: string;
  host: "alive" | "gone";
  /** `unknown`: its Grid does not answer. */
  browser: "alive" | "gone" | "remote" | "unknown";
  /** Address of the Grid whose slot it holds. */
  grid?: string;
  browserPid: number | null;
  port: number | null;
  /** Whether it has no port, so that only its session's host can reach it. */
  sealed: boolean;
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
  const records = readIndex(context.env);
  const grids = new Map<string, ReadonlySet<string> | undefined>();
  const urls = new Set(records.flatMap(({ entry }) => entry.grid?.url ?? []));
  if (urls.size > 0) {
    const { slotsOf } = await import("../browser/gridSlots.js");
    await Promise.all([...urls].map(async (url) => grids.set(url, await slotsOf(context.env, url))));
  }
  const onGrid = ({ url, name, id }: NonNullable<IndexEntry["grid"]>): ListedEverywhere["browser"] => {
    const held = grids.get(url);
    return held === undefined ? "unknown" : held.has(id ?? name) ? "alive" : "gone";
  };
  await learnHosts(records);
  const listed = await Promise.all(
    records.map(async (record): Promise<ListedEverywhere> => {
      const { root, session, kind, browserPid, port, sealed, leaseMinutes, grid } = record.entry;
      const browser = grid
        ? onGrid(grid)
        : kind === "connected"
          ? "remote"
          : (await browserIsAlive(record))
            ? "alive"
            : "gone";
      return {
        root,
        session,
        kind,
        host: hostIsAlive(record) ? "alive" : "gone",
        browser,
        ...(grid ? { grid: grid.url } : {}),
        browserPid,
        port,
        sealed: sealed === true,
        seenAt: new Date(record.seenAt).toISOString(),
        leaseMinutes,
      };
    }),
  );
  return listed.sort((a, b) => a.root.localeCompare(b.root) || a.session.localeCompare(b.session));
}
