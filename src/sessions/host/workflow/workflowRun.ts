/** One run of a workflow: it goes on whether or not a client listens, and tells its pauses and its outcome to those that do. */
import { peerGone } from "../../ipc/jsonrpc.js";
import type { PauseInfo, RunResult } from "../../ipc/protocol.js";
import { nobodyWaits } from "../../util/errors.js";
import type { HostRequest } from "../rpc/server.js";
import { RunLog } from "./runLog.js";

export class WorkflowRun {
  readonly log: RunLog;
  readonly #cancel = new AbortController();
  #outcome: Promise<RunResult> = new Promise(() => undefined);
  #isOver = false;
  /** Whether a client was told the outcome. */
  #isHeard = false;
  #paused: PauseInfo | undefined;
  readonly #untilPause = new Set<(pause: PauseInfo) => void>();

  constructor(session: string) {
    this.log = new RunLog(session);
  }

  /** Aborted when a client cancels the run, not when a client goes away. */
  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  /** Whether it has ended without anyone to hear of it. */
  get isUnheard(): boolean {
    return this.#isOver && !this.#isHeard;
  }

  begin(outcome: Promise<RunResult>): void {
    this.#outcome = outcome;
    outcome.finally(() => (this.#isOver = true)).catch(() => undefined);
  }

  paused(pause: PauseInfo): void {
    this.#paused = pause;
    for (const tell of this.#untilPause) tell(pause);
  }

  resumed(): void {
    this.#paused = undefined;
  }

  /**
   * Lets a client listen until the run ends, or pauses where it asks for that. Cancelling the request ends the run;
   * a connection that ends does not.
   * @param pausedAs makes the answer of a pause
   * @throws what the run fails with
   */
  async follow(
    request: HostRequest,
    until: "pause" | "end",
    pausedAs: (pause: PauseInfo) => RunResult,
  ): Promise<RunResult> {
    const { signal } = request;
    const stop = this.log.listen(request);
    let tell: ((pause: PauseInfo) => void) | undefined;
    let abort: (() => void) | undefined;
    try {
      const told = await new Promise<PauseInfo | RunResult>((resolve, reject) => {
        abort = () => (signal.reason === peerGone ? reject(nobodyWaits()) : this.#cancel.abort());
        if (signal.aborted) abort();
        else signal.addEventListener("abort", abort, { once: true });
        this.#outcome.then(resolve, reject);
        if (until !== "pause") return;
        if (this.#paused) resolve(this.#paused);
        tell = resolve;
        this.#untilPause.add(tell);
      });
      if (!("workflow" in told)) return pausedAs(told);
      this.#isHeard = true;
      return told;
    } catch (thrown) {
      if (signal.reason !== peerGone) this.#isHeard = true;
      throw thrown;
    } finally {
      stop();
      if (tell) this.#untilPause.delete(tell);
      if (abort) signal.removeEventListener("abort", abort);
    }
  }
}
