/** What a host does by the clock, and not because it was asked. */
import { isAlive } from "../../process/identity.js";
import type { SessionState } from "../../model/state.js";
import { startSpinGuard } from "./spinGuard.js";

/** The host's side of it. */
export interface LifetimeHooks {
  /** For how long nobody has used the session, in ms. */
  idleMs(): number;
  /** Every other second: looks whether what others find the session by is there. */
  restoreFiles(): void;
  /** Every minute. */
  heartbeat(): void;
  /** A limit of the session is reached. */
  end(reason: string): void;
}

const restoreFilesMs = 2_000;
const ownerMs = 1_000;
const spinGuardDelayMs = 500;
/** How often a host says that it lives, in ms. */
const heartbeatMs = 60_000;
/** The longest that a timer takes, in ms: 24 days. */
const maxTimerMs = 2_147_483_647;

/** Begins it; it goes on for as long as the process, and is no reason for the process to stay. */
export function startLifetimeTimers(limits: SessionState["limits"], duties: LifetimeHooks): void {
  setInterval(() => duties.restoreFiles(), restoreFilesMs).unref();
  setInterval(() => duties.heartbeat(), heartbeatMs).unref();
  // Not before `open` has answered, nor beside the command that follows it: a thread takes 70 ms of processor time to
  // start. A host that spins before it has opened is ended by the command that opens it.
  setTimeout(() => startSpinGuard(), spinGuardDelayMs).unref();
  const { idleTimeoutMinutes, owner } = limits ?? {};
  if (idleTimeoutMinutes !== undefined) {
    const limit = idleTimeoutMinutes * 60_000;
    const look = (): void => {
      const left = limit - duties.idleMs();
      if (left <= 0) duties.end(`Nobody used it for ${idleTimeoutMinutes} minutes.`);
      else setTimeout(look, Math.min(left, maxTimerMs)).unref();
    };
    look();
  }
  if (owner) {
    setInterval(() => {
      if (!isAlive(owner)) duties.end(`Its owner, process ${owner.pid}, has ended.`);
    }, ownerMs).unref();
  }
}
