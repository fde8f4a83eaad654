/** Runs `readonly-exec` code for a session: gives it a process, answers its reads, holds it to its limits. */
import { join } from "node:path";
import { LibrettoError } from "../../util/errors.js";
import type { Targets } from "../wire/targets.js";
import { InterpreterProcess } from "./interpreterProcess.js";
import { interrupted, megabytes, result, type RunResult } from "./runOutcome.js";
import { Run, type ReadonlyServices, type RunIo } from "./run.js";
import type { StateChange } from "../sandbox/messages.js";

export interface RunParams {
  code: string;
  /** Id of a page; the most recently active one if left out. */
  page?: string | undefined;
  timeoutMs?: number | undefined;
}

/** Runs at one time; more wait for their turn. */
const maxRuns = 8;
/** Processes that are kept when nobody uses them. */
const maxIdle = 2;
/** Most characters of `state`, as JSON. */
const maxState = 1024 * 1024;
/** An interpreter that grew beyond this is not kept: WebAssembly's memory does not shrink. */
const largestKept = 64 * 1024 * 1024;

export class ReadonlyExecutor {
  readonly #processes = new Set<InterpreterProcess>();
  #idle: InterpreterProcess[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #running = 0;
  readonly #queue: (() => void)[] = [];
  /** `state`: JSON texts by key. It outlives a run, and holds data only. */
  #state: ReadonlyMap<string, string> = new Map();
  #userAgent: Promise<string> | undefined;
  #disposed = false;

  constructor(private readonly services: ReadonlyServices) {}

  /**
   * Runs code to its end.
   * @throws LibrettoError `ReadonlyExecDenied`, `CodeFailed`, `LimitExceeded`, `TimedOut`, `Interrupted`, `PageNotFound`
   */
  async run(params: RunParams, io: RunIo): Promise<RunResult> {
    const target =
      params.page === undefined ? this.services.targets.find() : this.services.targets.require(params.page);
    const leave = await this.#enter(io.signal);
    try {
      return await this.#run(params, io, target);
    } finally {
      leave();
    }
  }

  async #run(params: RunParams, io: RunIo, target: ReturnType<Targets["find"]>): Promise<RunResult> {
    const process = this.#take();
    const run = new Run(this.services, process, params.timeoutMs ?? this.services.limits.timeoutMs, target, () =>
      this.#browserName(),
    );
    try {
      const end = await run.start(
        params.code,
        JSON.stringify(Object.fromEntries([...this.#state].map(([key, json]) => [key, JSON.parse(json) as unknown]))),
        io,
      );
      this.#keepState(end.state);
      if ("limit" in end.end) process.kill();
      return {
        ...result(end, this.services.limits),
        ...(target === undefined ? {} : { targetId: target.info.targetId }),
      };
    } finally {
      this.#giveBack(process, run.memory);
    }
  }

  /** Has a process ready for the first run, so that it does not wait for one to start. */
  prepare(): void {
    if (this.#disposed || this.#processes.size > 0) return;
    this.#idle.push(this.#startProcess());
    this.#endIdleLater();
  }

  /** Ends every process, and waits until they are gone. What runs fails. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#idleTimer);
    const exits = [...this.#processes].map((process) => process.exited);
    for (const process of this.#processes) process.kill();
    await Promise.all(exits);
  }

  /** The processes' ids, for tests. */
  get processIds(): number[] {
    return [...this.#processes].flatMap(({ pid }) => pid ?? []);
  }

  /** Waits for a turn. */
  async #enter(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw interrupted();
    if (this.#running >= maxRuns) {
      await new Promise<void>((resolve, reject) => {
        const turn = (): void => {
          signal.removeEventListener("abort", gone);
          resolve();
        };
        const gone = (): void => {
          this.#queue.splice(this.#queue.indexOf(turn), 1);
          reject(interrupted());
        };
        signal.addEventListener("abort", gone, { once: true });
        this.#queue.push(turn);
      });
    } else this.#running++;
    return () => {
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    };
  }

  #take(): InterpreterProcess {
    if (this.#disposed) throw interrupted();
    clearTimeout(this.#idleTimer);
    const idle = this.#idle.pop();
    return idle ?? this.#startProcess();
  }

  #startProcess(): InterpreterProcess {
    const { script = join(__dirname, "readonly-child.js"), limits } = this.services;
    const process = new InterpreterProcess({
      script,
      memoryBytes: limits.memoryBytes,
      outputBytes: limits.outputBytes,
    });
    this.#processes.add(process);
    void process.exited.then(() => {
      this.#processes.delete(process);
      this.#idle = this.#idle.filter((each) => each !== process);
    });
    return process;
  }

  #giveBack(process: InterpreterProcess, memory: number): void {
    process.onMessage = () => undefined;
    process.onEnd = () => undefined;
    process.onTaken = () => undefined;
    if (this.#disposed || !process.alive || memory > largestKept || this.#idle.length >= maxIdle) process.kill();
    else this.#idle.push(process);
    // One is always ready once somebody has asked.
    if (!this.#disposed && this.#idle.length === 0) this.#idle.push(this.#startProcess());
    this.#endIdleLater();
  }

  #endIdleLater(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      for (const idle of this.#idle.splice(0)) idle.kill();
    }, this.services.idleMs).unref();
  }

  #keepState(change: StateChange | undefined): void {
    if (!change) return;
    const state = new Map(this.#state);
    // The interpreter wrote it; that it is JSON is looked at here.
    for (const [key, json] of Object.entries(change.set)) state.set(key, JSON.stringify(JSON.parse(json)));
    for (const key of change.removed) state.delete(key);
    const size = [...state].reduce((sum, [key, json]) => sum + key.length + json.length, 0);
    if (size > maxState)
      throw new LibrettoError(
        "LimitExceeded",
        `state holds more than ${megabytes(maxState)}; it was left as it was`,
        "Keep less in `state`.",
      );
    this.#state = state;
  }

  #browserName(): Promise<string> {
    this.#userAgent ??= this.services.cdp
      .send<{ userAgent: string }>("Browser.getVersion")
      .then(({ userAgent }) => userAgent);
    return this.#userAgent;
  }
}
