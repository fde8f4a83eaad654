/** `gc`: ends browsers whose host is gone and clears what ended sessions left, from any folder. */
import type { SessionsContext } from "./context.js";
import { browserIsAlive, collect } from "../browser/orphans.js";
import { readRecord } from "../store/records.js";
import { hostIsAlive, learnHosts, readIndex, type IndexEntry, type IndexRecord } from "../store/userIndex.js";
import { workspaceAt } from "../store/workspace.js";
import type { Environment } from "../util/environment.js";
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
function isOnRecord(env: Environment, { root, session, grid }: IndexEntry): boolean {
  const record = readRecord(workspaceAt(root, env), session);
  return record?.liveness === "hostless" && record.state?.grid?.name === grid?.name;
}

/** Whether there is nothing that a command should still take over. */
async function isOver(env: Environment, record: IndexRecord, now: number): Promise<boolean> {
  const { kind, grid, leaseMinutes } = record.entry;
  // A connected browser is nobody's to end, and has no lease.
  if (kind === "connected") return !isOnRecord(env, record.entry);
  if (now - record.seenAt > leaseMinutes * 60_000) return true;
  return grid ? grid.owed === true || !isOnRecord(env, record.entry) : !(await browserIsAlive(record));
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
  const all = readIndex(context.env);
  await learnHosts(all);
  const hostless = all.filter((record) => !hostIsAlive(record));
  const due = await Promise.all(
    hostless.map(async (record) => options.all === true || (await isOver(context.env, record, now))),
  );
  const held = new Map<string, Promise<ReadonlySet<string> | undefined>>();
  const heldBy = async (url: string): Promise<ReadonlySet<string> | undefined> => {
    const { slotsOf } = await import("../browser/gridSlots.js");
    const asked = held.get(url) ?? slotsOf(context.env, url);
    held.set(url, asked);
    return asked;
  };
  return Promise.all(
    hostless
      .filter((_, index) => due[index])
      .map(async (record): Promise<Collected> => {
        const { root, session, kind, grid } = record.entry;
        if (grid) {
          const taken =
            options.dryRun === true
              ? (await heldBy(grid.url))?.has(grid.id ?? grid.name)
              : await collect(context.env, record, all).catch((error: unknown) => {
                  if (error instanceof LibrettoError && error.code === "EndpointUnreachable") return undefined;
                  throw error;
                });
          const browser = taken === undefined ? "unreachable" : taken ? "ended" : "already-gone";
          return { root, session, browser, grid: grid.url };
        }
        const browser =
          kind === "connected" ? "left-running" : (await browserIsAlive(record)) ? "ended" : "already-gone";
        if (options.dryRun !== true) await collect(context.env, record, all);
        return { root, session, browser };
      }),
  );
}
