/** `exec` one at a time. The code runs in a process of its own, so that the host always answers. */
import { LibrettoError, type ErrorData } from "../../util/errors.js";
import type { Environment } from "../../util/environment.js";
import type { AgentSpan } from "../wire/agentSpans.js";
import type { Channel } from "../wire/channel.js";
import type { BrowserEvent } from "../recorder/downloadFiles.js";
import type { Sought } from "../worker/failedCalls.js";
import type { ExecAction, ExecRequest, ExecResult, ExecRunner } from "./runner.js";
import { untilAborted } from "../../util/timeouts.js";

export interface ExecIo {
  console: (level: "log" | "info" | "warn" | "error" | "debug", text: string) => void;
  notice(text: string): void;
  signal: AbortSignal;
}

export class ExecQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #runner: ExecRunner | undefined;
  /** Aborted when the session is locked: what runs is cancelled. */
  #locked = new AbortController();
  #disposed = false;

  constructor(
    private readonly options: {
      openChannel: () => Promise<Channel>;
      artifacts: string;
      env: Environment;
      onAction: (row: ExecAction) => void;
      onSecret: (value: string) => void;
      onCancelDownload: (guid: string) => void;
      onActive: (phase: "begin" | "end", span: AgentSpan) => void;
      selectorOf: (targetId: string, ref: string) => Promise<string>;
      /** How long its process is kept when nobody uses it, in ms. */
      idleMs: number;
      explain: (error: ErrorData, sought: Sought) => Promise<ErrorData>;
    },
  ) {}

  /** Whether code runs or waits. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Runs code when its turn has come.
   * @param prepare called then; it may refuse by throwing
   */
  async run(prepare: () => ExecRequest, io: ExecIo): Promise<ExecResult> {
    if (this.isBusy) io.notice("Another exec runs on this session; this one waits for its turn.");
    this.#waiting++;
    try {
      return await this.inTurn(async () => {
        const request = prepare();
        // Taken together with what allowed it: a lock that comes from now on ends it.
        const locked = this.#locked.signal;
        const runner = await this.#withRunner();
        return runner.run(request, {
          console: io.console,
          onAction: this.options.onAction,
          signal: AbortSignal.any([io.signal, locked]),
        });
      }, io.signal);
    } finally {
      this.#waiting--;
    }
  }

  /**
   * Starts the process of the code before anybody asks for it.
   * @param isWanted asked at the last moment: the session may have been locked meanwhile
   * @param keptMs how long it is kept where nobody asks
   */
  async prepare(isWanted: () => boolean, keptMs: number): Promise<void> {
    const runner = await this.#withRunner();
    if (this.#runner === runner && !this.#disposed && isWanted()) runner.prepare(keptMs);
  }

  async #withRunner(): Promise<ExecRunner> {
    const { ExecRunner } = await import("./runner.js");
    if (this.#disposed) throw interrupted();
    return (this.#runner ??= new ExecRunner({
      openChannel: this.options.openChannel,
      artifacts: this.options.artifacts,
      env: this.options.env,
      onActive: this.options.onActive,
      onSecret: this.options.onSecret,
      onCancelDownload: this.options.onCancelDownload,
      selectorOf: this.options.selectorOf,
      idleMs: this.options.idleMs,
      explain: this.options.explain,
    }));
  }

  /**
   * Does something when every code that was asked for before has ended; what is asked for later waits for it.
   * @throws `Interrupted` where the signal ends the waiting; it is not done then
   */
  async inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#tail;
    let done: () => void = () => undefined;
    this.#tail = new Promise<void>((resolve) => (done = resolve));
    try {
      await untilAborted(
        before.catch(() => undefined),
        signal,
        interrupted,
      );
      return await work();
    } finally {
      // What is next waits for this one even where this one gave up waiting.
      void before.then(done, done);
    }
  }

  /**
   * Cancels the code that runs and ends its process. The caller has changed the mode before, so that nothing new begins.
   * @param why the error of the code that is cancelled
   * @returns whether code ran or waited
   */
  async end(why: LibrettoError): Promise<boolean> {
    const busy = this.isBusy;
    const runner = this.#runner;
    this.#runner = undefined;
    this.#locked.abort(why);
    this.#locked = new AbortController();
    await runner?.dispose();
    return busy;
  }

  /** Tells the code's Playwright of an event of the browser. */
  deliver(event: BrowserEvent): void {
    this.#runner?.deliver(event);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#locked.abort();
    await this.#runner?.dispose();
  }
}

function interrupted(): LibrettoError {
  return new LibrettoError("Interrupted", "The exec was cancelled.", "Run it again when you are ready.");
}
