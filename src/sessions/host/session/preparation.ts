/**
 * What the first calls of a session wait for is started while nobody waits: the interpreter of reads right after the
 * session was opened, and, where code may drive, the process of the code with Playwright in it. None of it has a channel
 * to the browser before there is a call, and what nobody uses is ended again.
 */
import { hostIsAlive, readIndex } from "../../store/userIndex.js";
import type { Environment } from "../../util/environment.js";
import type { SpareTimes } from "../../util/spares.js";
import type { ExecQueue } from "../exec/execQueue.js";
import type { PageRequests } from "../requests/pageRequests.js";

/** When the interpreter is started, in ms: when the client of `open` has printed its answer and ended. */
const readsDelayMs = 20;
/** When the process of the code is started, in ms: its half a second of work is not to slow what follows at once. */
const execDelayMs = 150;
/** Sessions of a user with more wait at their first `exec`: each such process takes 60 MB. */
const maxPrepared = 4;

export interface PreparationParts {
  env: Environment;
  times: SpareTimes;
  requests: Pick<PageRequests, "prepareReads">;
  execs: Pick<ExecQueue, "prepare">;
  /** Whether code may drive the session now, and nothing else does. */
  mayExec: () => boolean;
}

/** To be called once the session is open. */
export function prepareFirstCalls({ env, times, requests, execs, mayExec }: PreparationParts): void {
  if (times.unusedMs === 0) return;
  // What fails here fails again, and is told, where it is asked for.
  setTimeout(() => void requests.prepareReads().catch(() => undefined), readsDelayMs).unref();
  setTimeout(() => {
    if (!mayExec() || readIndex(env).filter(hostIsAlive).length > maxPrepared) return;
    void execs.prepare(mayExec, times.unusedMs).catch(() => undefined);
  }, execDelayMs).unref();
}
