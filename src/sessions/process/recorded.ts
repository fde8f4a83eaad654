/** How `state.json` and the entries of the user-wide index, which say it alike, name a session's host and browser. */
import type { ProcessIdentity } from "./identity.js";
import type { SessionState } from "../model/state.js";

type HostFields = Pick<SessionState, "hostPid" | "hostStartedAt" | "hostBirth">;
type BrowserFields = Pick<SessionState, "browserPid" | "browserStartedAt" | "browserBirth">;

/** The host of a record. */
export function recordedHost({ hostPid, hostStartedAt, hostBirth }: HostFields): ProcessIdentity {
  return { pid: hostPid, startedAt: hostStartedAt, birth: hostBirth };
}

/** The browser of a record; undefined for a connected one, and where it was not started yet. */
export function recordedBrowser({
  browserPid,
  browserStartedAt,
  browserBirth,
}: BrowserFields): ProcessIdentity | undefined {
  return browserPid === null || browserStartedAt === null
    ? undefined
    : { pid: browserPid, startedAt: browserStartedAt, birth: browserBirth };
}

/** What a record says of that host. */
export function asHost({ pid, startedAt, birth }: ProcessIdentity): HostFields {
  return { hostPid: pid, hostStartedAt: startedAt, hostBirth: birth };
}

/** What a record says of that browser. */
export function asBrowser({ pid, startedAt, birth }: ProcessIdentity): BrowserFields {
  return { browserPid: pid, browserStartedAt: startedAt, browserBirth: birth };
}
