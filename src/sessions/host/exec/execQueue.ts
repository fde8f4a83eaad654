/** `exec` one at a time. The code runs in a process of its own, so that the host always answers. */
import { LibrettoError } from "../../util/errors.js";
import type { Environment } from "../../util/environment.js";
import type { AgentSpan } from "../wire/agentSpans.js";
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
      endpoint: string;
      env: Environment;
      onAction: (row: ExecAction) => void;
      onSecret: (value: string) => void;
      onActive: (phase: "begin" | "end", span: AgentSpan) => void;
      selectorOf: (targetId: string, ref: string) => Promise<string>;
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
    const before = this.#tail;
    let done: () => void = () => undefined;
    this.#tail = new Promise<void>((resolve) => (done = resolve));
    try {
      await untilAborted(before, io.signal, interrupted);
      const request = prepare();
      const { ExecRunner } = await import("./runner.js");
      if (this.#disposed) throw interrupted();
      this.#runner ??= new ExecRunner({
        endpoint: this.options.endpoint,
        env: this.options.env,
        onActive: this.options.onActive,
        onSecret: this.options.onSecret,
        selectorOf: this.options.selectorOf,
      });
      return await this.#runner.run(request, {
        console: io.console,
        onAction: this.options.onAction,
        signal: AbortSignal.any([io.signal, this.#locked.signal]),
      });
    } finally {
      this.#waiting--;
      // Whoever is next waits for this one even where this one gave up waiting.
      void before.then(done, done);
    }
  }

  /**
   * Ends the process of the code, after what runs in it was waited for or cancelled. The caller has changed
   * the mode before, so that nothing new begins.
   * @param why what is told to whom waits for code that is cancelled
   * @throws `Interrupted` where the signal ends the waiting; what runs goes on then
   */
  async lock(
    running: "cancel" | "wait",
    why: LibrettoError,
    signal: AbortSignal,
  ): Promise<"none" | "cancelled" | "waited"> {
    const busy = this.isBusy;
    if (busy && running === "wait") await untilAborted(this.#tail, signal, interrupted);
    else if (busy) this.#locked.abort(why);
    await this.#runner?.dispose();
    this.#runner = undefined;
    await this.#tail;
    const cancelled = this.#locked.signal.aborted;
    this.#locked = new AbortController();
    return busy ? (cancelled ? "cancelled" : "waited") : "none";
  }

  /** Cancels what runs and what waits. The caller has changed the mode before. @param why as of `lock` */
  cancelRunning(why: LibrettoError): void {
    if (this.isBusy) this.#locked.abort(why);
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
