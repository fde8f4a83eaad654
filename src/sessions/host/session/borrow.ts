/** Gets a session's browser from a Grid, with each step on record before it is taken: the host may be killed at any. */
import { gridAt } from "../../browser/grid.js";
import type { HostOptions } from "../../ipc/hostOptions.js";
import type { Environment } from "../../util/environment.js";
import type { SessionRecord } from "./sessionRecord.js";

export interface Borrowed {
  /** Resolves when the browser is there and on record. */
  readonly ready: Promise<void>;
  /** Gives it back, also one that is still asked for. @returns false where the Grid may have kept it */
  undo(): Promise<boolean>;
}

/**
 * @param note writes the entry of the user-wide index
 * @param waiting hears, in lines for people, what is waited for
 */
export function borrow(
  start: Extract<HostOptions["start"], { how: "grid" }>,
  record: SessionRecord,
  env: Environment,
  signal: AbortSignal,
  note: () => void,
  waiting: (line: string) => void,
): Borrowed {
  const { url, capabilities, queueTimeoutMs } = start.grid;
  const name = record.state.grid?.name ?? "";
  const engine = gridAt(url, env);
  const ready = engine
    .create({ url, name, capabilities, queueTimeoutMs, signal, onWaiting: waiting })
    .then(({ id, cdpEndpoint, node, sessionTimeoutMs, hasDownloads }) => {
      record.draft({
        grid: { url, name, id, ...(node === undefined ? {} : { node }), sessionTimeoutMs, hasDownloads },
        cdpEndpoint,
        port: Number(new URL(cdpEndpoint).port) || null,
      });
      note();
    });
  ready.catch(() => undefined);
  return {
    ready,
    undo: async () => {
      // A request that is given up sees for itself that nothing stays taken.
      await ready.catch(() => undefined);
      const { grid } = record.state;
      if (grid?.id === undefined) return true;
      return engine.end(grid).then(
        () => true,
        () => false,
      );
    },
  };
}
