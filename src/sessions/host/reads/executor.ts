/** Runs `readonly-exec` code for a session: gives it a process, answers its reads, holds it to its limits. */
import { join } from "node:path";
import { LibrettoError } from "../../util/errors.js";
import { sizeText } from "../../util/sizeText.js";
import { InterpreterProcess } from "./interpreterProcess.js";
import { interrupted, result, type RunResult } from "./runOutcome.js";
import { Run, type ReadonlyServices, type RunIo } from "./run.js";
import type { StateChange } from "../sandbox/messages.js";

export interface RunParams {
  code: string;
  /** Id of a page; the most recently active one if left out. */
  page?: string | undefined;
  timeoutMs?: number | undefined;
}

/** Runs at one time, each in a process of its own; more wait for their turn. */
const maxRuns = 8;
/** How long a run waits for a process that is in use before another one is started, in ms: that takes longer than most runs. */
const growMs = 40;
/** Where so many wait, two processes share the short ones: one computes while the other waits for the browser. */
const manyRuns = 8;
const shortRuns = 2;
/** Processes that are kept when nobody uses them, and how long, in ms, the others are: runs come in numbers. */
const maxIdle = 2;
const shrinkMs = 2_000;
/**
 * How long after its start an interpreter that nobody has asked yet runs a code of its own, in ms: the first run of a host
 * is slower by a tenth of the time that starting Node takes, since nothing of what it needs is compiled.
 */
const rehearsalMs = 300;
/** Most characters of `state`, as JSON. */
const maxState = 1024 * 1024;
/** Code that is likely to ask for elements, for which Playwright is needed. */
const namesElements = /\.(?:locator|getBy[A-Z]\w*|frameLocator)\s*\(/;
/** An interpreter that grew beyond this is not kept: WebAssembly's memory does not shrink. */
const largestKept = 64 * 1024 * 1024;

export class ReadonlyExecutor {
  readonly #processes = new Set<InterpreterProcess>();
  #idle: InterpreterProcess[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #shrinkTimer: NodeJS.Timeout | undefined;
  /** Processes that run code. */
  #used = 0;
  /** Runs that wait for a process; they are told that none will come by getting none. */
  readonly #queue: ((process?: InterpreterProcess) => void)[] = [];
  #growTimer: NodeJS.Timeout | undefined;
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
    const process = await this.#take(io.signal);
    // Playwright takes at least as long to load as the process to start.
    if (!process.isReady && namesElements.test(params.code)) setImmediate(() => this.services.prepareLocators());
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
    setTimeout(() => {
      const io = { console: () => undefined, signal: new AbortController().signal };
      if (this.#idle.some(({ isReady }) => isReady)) void this.run({ code: "0" }, io).catch(() => undefined);
    }, rehearsalMs).unref();
  }

  /** Ends every process, and waits until they are gone. What runs fails. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#shrinkTimer);
    clearTimeout(this.#growTimer);
    for (const turn of this.#queue.splice(0)) turn();
    const exits = [...this.#processes].map((process) => process.exited);
    for (const process of this.#processes) process.kill();
    await Promise.all(exits);
  }

  /** The processes' ids, for tests. */
  get processIds(): number[] {
    return [...this.#processes].flatMap(({ pid }) => pid ?? []);
  }

  /** A process for one run, to be given back. */
  async #take(signal: AbortSignal): Promise<InterpreterProcess> {
    if (this.#disposed) throw interrupted();
    clearTimeout(this.#idleTimer);
    const process = this.#idle.pop() ?? (this.#used === 0 ? this.#startProcess() : undefined);
    if (!process) return this.#nextFree(signal);
    this.#used++;
    return process;
  }

  /** Where reads come faster than they are answered, those that are short share the processes that there are. */
  #nextFree(signal: AbortSignal): Promise<InterpreterProcess> {
    return new Promise((resolve, reject) => {
      const turn = (process?: InterpreterProcess): void => {
        signal.removeEventListener("abort", gone);
        if (process) resolve(process);
        else reject(interrupted());
      };
      const gone = (): void => {
        this.#queue.splice(this.#queue.indexOf(turn), 1);
        reject(interrupted());
      };
      if (signal.aborted) return reject(interrupted());
      signal.addEventListener("abort", gone, { once: true });
      this.#queue.push(turn);
      if (this.#queue.length >= manyRuns && this.#used < shortRuns) this.#grow();
      this.#growTimer ??= this.#growLater();
    });
  }

  #growLater(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#growTimer = undefined;
      // One that is starting may soon be all that is needed, and others would only hold it up.
      if ([...this.#processes].every(({ isReady }) => isReady)) this.#grow();
      if (this.#queue.length > 0 && this.#used < maxRuns) this.#growTimer = this.#growLater();
    }, growMs);
  }

  #grow(): void {
    if (this.#disposed || this.#used >= maxRuns) return;
    const turn = this.#queue.shift();
    if (!turn) return;
    this.#used++;
    turn(this.#startProcess());
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
    const isKept = !this.#disposed && process.alive && memory <= largestKept;
    if (!isKept) process.kill();
    const turn = this.#queue.shift();
    if (turn) {
      this.#growTimer?.refresh();
      return turn(isKept ? process : this.#startProcess());
    }
    this.#used--;
    if (isKept) this.#idle.push(process);
    // One is always ready once somebody has asked.
    if (!this.#disposed && this.#idle.length === 0) this.#idle.push(this.#startProcess());
    this.#endIdleLater();
    if (this.#idle.length > maxIdle) this.#shrinkLater();
  }

  #shrinkLater(): void {
    if (this.#shrinkTimer) return void this.#shrinkTimer.refresh();
    this.#shrinkTimer = setTimeout(() => {
      this.#shrinkTimer = undefined;
      for (const idle of this.#idle.splice(0, this.#idle.length - maxIdle)) idle.kill();
    }, shrinkMs).unref();
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
        `state holds more than ${sizeText(maxState)}; it was left as it was`,
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
