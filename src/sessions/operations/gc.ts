/** `gc`: ends browsers whose host is gone and clears what ended sessions left, from any folder. */
import type { SessionsContext } from "./context.js";
import { browserIsAlive, collect } from "../browser/orphans.js";
import { hostIsAlive, readIndex } from "../store/userIndex.js";

export interface Collected {
  root: string;
  session: string;
  browser: "ended" | "already-gone" | "left-running";
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
      (options.all === true || !browserIsAlive(record) || now - record.seenAt > record.entry.leaseMinutes * 60_000),
  );
  return Promise.all(
    due.map(async (record): Promise<Collected> => {
      const { root, session, kind } = record.entry;
      const browser = kind === "connected" ? "left-running" : browserIsAlive(record) ? "ended" : "already-gone";
      if (options.dryRun !== true) await collect(context.env, record);
      return { root, session, browser };
    }),
  );
}
