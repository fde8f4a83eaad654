/** Write access for a time (S26). What the record says of it holds by the clock, also while no host lives. */
import type { SessionState } from "./state.js";

/** What the end of write access changes in a record: with the mode goes its time, and what was asked for. */
export const noWriteAccess = { mode: "read-only", grantedUntil: undefined, accessRequest: undefined } as const;

/** Whether the time is up for which the session has write access. */
export function grantIsOver({ grantedUntil }: Pick<SessionState, "grantedUntil">, now = Date.now()): boolean {
  return grantedUntil !== undefined && !(Date.parse(grantedUntil) > now);
}

/** The record as it holds now: read-only where the time of its write access is up. */
export function asOfNow(state: SessionState): SessionState {
  if (!grantIsOver(state)) return state;
  const { grantedUntil: _past, ...rest } = state;
  return { ...rest, mode: "read-only" };
}
