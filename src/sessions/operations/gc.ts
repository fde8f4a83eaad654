/** `gc`: ends browsers whose host is gone and clears what ended sessions left, from any folder. */
import type { SessionsContext } from "./context.js";
import { browserIsAlive, collect } from "../browser/orphans.js";
import { readRecord } from "../store/records.js";
import { hostIsAlive, readIndex, type IndexEntry } from "../store/userIndex.js";
import { workspaceAt } from "../store/workspace.js";
import { LibrettoError } from "../util/errors.js";

export interface Collected {
  root: string;
  session: string;
  /** `unreachable`: its Grid does not answer, and `gc` tries again next time. */
  browser: "ended" | "already-gone" | "left-running" | "unreachable";
  /** Address of the Grid that lent it. */
  grid?: string;
}

/** Whether the next command in its workspace would take the session over. */
function isOnRecord({ root, session, grid }: IndexEntry): boolean {
  const record = readRecord(workspaceAt(root), session);
  return record?.liveness === "hostless" && record.state?.grid?.name === grid?.name;
}

/**
 * @param options.dryRun tells what would be done
 * @param options.all also browsers whose lease still runs; without it only those past it and dead records
 */
export async function gc(
  context: Pick<SessionsContext, "env">,
  options: { dryRun?: boolean | undefined; all?: boolean | undefined } = {},
): Promise<Collected[]> {
  const now = Date.now();
  const due = readIndex(context.env).filter(
    (record) =>
      !hostIsAlive(record) &&
      (options.all === true ||
        (record.entry.grid ? record.entry.grid.owed === true || !isOnRecord(record.entry) : !browserIsAlive(record)) ||
        now - record.seenAt > record.entry.leaseMinutes * 60_000),
  );
  return Promise.all(
    due.map(async (record): Promise<Collected> => {
      const { root, session, kind, grid } = record.entry;
      if (grid) {
        const { slotIsTaken } = await import("../browser/gridSlots.js");
        const taken =
          options.dryRun === true
            ? await slotIsTaken(context.env, grid)
            : await collect(context.env, record).catch((error: unknown) => {
                if (error instanceof LibrettoError && error.code === "EndpointUnreachable") return undefined;
                throw error;
              });
        const browser = taken === undefined ? "unreachable" : taken ? "ended" : "already-gone";
        return { root, session, browser, grid: grid.url };
      }
      const browser = kind === "connected" ? "left-running" : browserIsAlive(record) ? "ended" : "already-gone";
      if (options.dryRun !== true) await collect(context.env, record);
      return { root, session, browser };
    }),
  );
}
