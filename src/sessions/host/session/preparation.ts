/**
 * What the first calls of a session wait for is started while nobody waits: the interpreter of reads soon after the
 * session was opened, and, where code may drive, the process of the code with Playwright in it. None of it has a channel
 * to the browser before there is a call, and what nobody uses is ended again. While another session of the user is being
 * opened, somebody waits, and it is put off: it would take a fifth of the processors from ten that are opened side by side.
 * Where a host died, the client that has the next one started says what it will ask, and that is started while the browser
 * is taken over.
 */
import type { CodeMethod } from "../../ipc/protocol.js";
import { readRecord } from "../../store/records.js";
import { hostIsAlive, readIndex } from "../../store/userIndex.js";
import { workspaceAt } from "../../store/workspace.js";
import type { Environment } from "../../util/environment.js";
import type { SpareTimes } from "../../util/spares.js";
import type { ExecQueue } from "../exec/execQueue.js";
import type { PageRequests } from "../requests/pageRequests.js";

/**
 * For how long nobody may have asked anything before the interpreter is started, and the process of the code, in ms. A
 * command that follows at once takes some 50 ms to ask: the interpreter is to be nearly ready then, and its start, 60 ms
 * of a processor, is not to slow the end of the command before. The code's half a second is not to slow what follows,
 * `close` above all, and is done when somebody has looked at what was answered.
 */
const readsIdleMs = 20;
const execIdleMs = 300;
/** How often it is looked whether other sessions are still being opened, and for how long at most, in ms. */
const othersRetryMs = 200;
const maxOthersMs = 10_000;
/** Sessions of a user with more wait at their first `exec`: each such process takes 60 MB. */
const maxPrepared = 4;

export interface PreparationParts {
  env: Environment;
  times: SpareTimes;
  requests: Pick<PageRequests, "prepareReads">;
  execs: Pick<ExecQueue, "prepare">;
  /** For how long nobody has used the session, in ms. */
  idleMs: () => number;
  /** Whether code may drive the session now, and nothing else does. */
  mayExec: () => boolean;
}

/** To be called once the browser was asked for its pages: the host has nothing to do until it answers. */
export function prepareNextCall(
  next: CodeMethod,
  { times, requests, execs, mayExec }: Omit<PreparationParts, "env" | "idleMs">,
): void {
  const prepared =
    next === "readonly-exec" ? requests.prepareReads() : mayExec() ? execs.prepare(mayExec, times.usedMs) : undefined;
  // What fails here fails again, and is told, where it is asked for.
  prepared?.catch(() => undefined);
}

/** To be called once the session is open. */
export function prepareFirstCalls({ env, times, idleMs, requests, execs, mayExec }: PreparationParts): void {
  if (times.unusedMs === 0) return;
  const opened = performance.now();
  const atRestMs = (): number => Math.min(idleMs(), performance.now() - opened);
  // What fails here fails again, and is told, where it is asked for.
  const after = (restMs: number, prepare: () => Promise<void>): void =>
    whenAtRest(atRestMs, restMs, () => whenNobodyOpens(env, () => void prepare().catch(() => undefined)));
  after(readsIdleMs, () => requests.prepareReads());
  after(execIdleMs, async () => {
    if (!mayExec() || readIndex(env).filter(hostIsAlive).length > maxPrepared) return;
    await execs.prepare(mayExec, times.unusedMs);
  });
}

function whenAtRest(atRestMs: () => number, restMs: number, then: () => void): void {
  // A timer may fire a moment before its time.
  const leftMs = Math.ceil(restMs - atRestMs());
  if (leftMs <= 0) return then();
  setTimeout(() => whenAtRest(atRestMs, restMs, then), leftMs).unref();
}

function whenNobodyOpens(env: Environment, then: () => void, leftMs = maxOthersMs): void {
  if (leftMs <= 0 || !othersAreOpening(env)) return then();
  setTimeout(() => whenNobodyOpens(env, then, leftMs - othersRetryMs), othersRetryMs).unref();
}

function othersAreOpening(env: Environment): boolean {
  return readIndex(env).some(
    (record) =>
      record.entry.hostPid !== process.pid &&
      readRecord(workspaceAt(record.entry.root, env), record.entry.session)?.state?.status === "starting" &&
      hostIsAlive(record),
  );
}
