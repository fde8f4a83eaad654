/**
 * Runs the code of `exec` in a process of its own (`worker.ts`), which is started at the first use. The host
 * never runs user code, so that it answers whatever the code does; code that never yields is ended with its
 * process, and neither page nor session notices.
 */
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { LibrettoError, type ErrorData } from "../../util/errors.js";
import { codeEnvironment, ownEnvironment, type Environment } from "../../util/environment.js";
import type { ActionRow } from "../../logs/rows.js";
import type { AgentSpan } from "../wire/agentSpans.js";
import type { Channel } from "../wire/channel.js";
import { channelHandle, serveChannels } from "../wire/workerChannels.js";
import type { PrintedValue } from "../code/format.js";
import type { BrowserEvent } from "../recorder/downloadFiles.js";
import type { RefQuestion } from "./elementRefs.js";
import type { ConsoleLevel } from "../worker/liveConsole.js";
import type { Sought } from "../worker/failedCalls.js";
import type { ExecWork, FromWorker, ToWorker } from "./messages.js";

/** How long the last output of a worker that ended is waited for, in ms: a child of its own may keep its pipes open for good. */
const lastOutputMs = 250;
const defaultIdleMs = 5 * 60_000;
/** How long a worker has, in ms, to give up a call that is cancelled before it is ended with all it declared. */
const graceMs = 1_000;

export type ExecAction = ActionRow;
export type ExecResult = PrintedValue;

export type ExecRequest = ExecWork & {
  /** The CDP target of the selected page; left out where none is open. */
  targetId?: string;
  /** Why that page answers nothing: it shows a dialog. */
  blocked?: ErrorData;
  /** Wall time allowed, in ms; unlimited if left out. */
  timeoutMs?: number;
};

export interface ExecIo {
  /** One message of `console.*`, as a terminal shows it, without the last line break. */
  console(level: ConsoleLevel, text: string): void;
  /** Aborting it ends the call; a `LibrettoError` as its reason is what the call then fails with. */
  signal: AbortSignal;
  /** One thing that the code did to a page. */
  onAction?(row: ExecAction): void;
}

export interface ExecRunnerOptions {
  /** Opens a channel of the wire for the code. */
  openChannel: () => Promise<Channel>;
  /** Where Playwright looks for downloads, and puts files of its own; absolute. */
  artifacts: string;
  /** The environment of the code. */
  env: Environment;
  /** Told when the code begins and ends to send input to a page, or to navigate it, also between calls. */
  onActive?: ((phase: "begin" | "end", span: AgentSpan) => void) | undefined;
  /** How Playwright finds the element that a snapshot of that page gave the ref. Throws a `LibrettoError` if it is not there now. */
  selectorOf?: ((targetId: string, ref: string) => Promise<string>) | undefined;
  /** Says in an error about an element what the page had instead; bounded. */
  explain?: ((error: ErrorData, sought: Sought) => Promise<ErrorData>) | undefined;
  /** Hears of a download that the code wants to be cancelled. */
  onCancelDownload?: ((guid: string) => void) | undefined;
  /** Hears what the code types into a field for secrets, also between calls: for the redactor, never for a file. */
  onSecret?: ((value: string) => void) | undefined;
  /** How long a worker that nobody uses is kept, in ms. */
  idleMs?: number;
  /** The bundle of the worker; beside the host's own by default. */
  program?: string;
}

interface Call {
  id: number;
  io: ExecIo;
  resolve(value: ExecResult): void;
  reject(error: LibrettoError): void;
  /** Why the call is being ended, once it is. */
  ending: LibrettoError | undefined;
}

/** Holds the worker of one session. Calls run one at a time; the caller sees to that. */
export class ExecRunner {
  #worker: ChildProcess | undefined;
  #call: Call | undefined;
  #nextId = 1;
  /** Looks whether a worker that nobody uses is still needed. */
  #spareTimer: NodeJS.Timeout | undefined;
  /** Whether the worker holds declarations that would be lost with it. */
  #hasDeclarations = false;

  constructor(private readonly options: ExecRunnerOptions) {}

  get running(): boolean {
    return this.#call !== undefined;
  }

  /** The worker's process id, while there is one. */
  get pid(): number | undefined {
    return this.#worker?.pid;
  }

  /**
   * Runs one piece of code.
   * @throws LibrettoError `CodeFailed`, `TimedOut`, `Interrupted`; `SessionBusy` while another call runs
   */
  async run(request: ExecRequest, io: ExecIo): Promise<ExecResult> {
    if (this.#call)
      throw new LibrettoError(
        "SessionBusy",
        "Another exec runs on this session.",
        "Wait for it, or end it with Ctrl-C where it runs.",
      );
    if (io.signal.aborted) throw reasonOf(io.signal);
    clearTimeout(this.#spareTimer);
    const worker = (this.#worker ??= this.#start());
    const id = this.#nextId++;
    let timer: NodeJS.Timeout | undefined;
    // Between calls the worker is no reason for its host to stay alive.
    worker.ref();
    worker.channel?.ref();
    const abort = (): void => this.#end(worker, reasonOf(io.signal));
    try {
      return await new Promise<ExecResult>((resolve, reject) => {
        this.#call = { id, io, resolve, reject, ending: undefined };
        io.signal.addEventListener("abort", abort, { once: true });
        if (request.timeoutMs !== undefined)
          timer = setTimeout(() => this.#end(worker, timedOut(request.timeoutMs ?? 0)), request.timeoutMs);
        this.#send(worker, {
          type: "run",
          id,
          artifacts: this.options.artifacts,
          ...("code" in request
            ? { code: request.code }
            : { steps: request.steps, stepTimeoutMs: request.stepTimeoutMs }),
          ...(request.targetId === undefined ? {} : { targetId: request.targetId }),
          ...(request.blocked === undefined ? {} : { blocked: request.blocked }),
        });
      });
    } finally {
      clearTimeout(timer);
      io.signal.removeEventListener("abort", abort);
      this.#call = undefined;
      worker.unref();
      worker.channel?.unref();
      this.#spareTimer = setTimeout(() => this.#askWhetherNeeded(), this.options.idleMs ?? defaultIdleMs).unref();
    }
  }

  /** A worker that nobody has used for a while is ended, unless it holds what the next call may count on. */
  #askWhetherNeeded(): void {
    if (this.#worker) this.#send(this.#worker, { type: "isNeeded" });
  }

  /**
   * Starts the worker before there is a call for it, and loads there what the first one needs.
   * @param keptMs how long it is kept without one
   */
  prepare(keptMs: number): void {
    if (this.#worker) return;
    const worker = (this.#worker = this.#start());
    worker.unref();
    worker.channel?.unref();
    this.#send(worker, { type: "prepare" });
    this.#spareTimer = setTimeout(() => this.#askWhetherNeeded(), keptMs).unref();
  }

  /** Tells the code's Playwright of an event of the browser. */
  deliver(event: BrowserEvent): void {
    if (this.#worker) this.#send(this.#worker, { type: "browser", event });
  }

  /** Ends the worker and what runs in it. The next call starts a new one. */
  async dispose(): Promise<void> {
    clearTimeout(this.#spareTimer);
    const worker = this.#worker;
    if (!worker) return;
    if (this.#call) this.#call.ending ??= interrupted();
    await this.#kill(worker);
  }

  #start(): ChildProcess {
    const worker = fork(this.options.program ?? join(__dirname, "exec-worker.js"), [], {
      env: ownEnvironment(this.options.env),
      execArgv: [],
      serialization: "json",
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
    });
    serveChannels(worker.stdio[channelHandle] as Duplex, this.options.openChannel);
    this.#hasDeclarations = false;
    this.#send(worker, { type: "surroundings", env: codeEnvironment(this.options.env) });
    worker.on("message", (message) => this.#receive(worker, message as FromWorker));
    worker.on("error", (error) => this.#gone(worker, error.message));
    const ended = (code: number | null, signal: NodeJS.Signals | null): void =>
      this.#gone(worker, signal === null ? `exit status ${code ?? "unknown"}` : signal);
    // `close` comes after the last output, `exit` may come before it.
    worker.on("close", ended);
    worker.on("exit", (code, signal) => setTimeout(() => ended(code, signal), lastOutputMs));
    // What the code writes past `console` belongs to its output all the same.
    worker.stdout
      ?.setEncoding("utf8")
      .on("data", (text: string) => this.#call?.io.console("log", text.replace(/\n$/, "")));
    worker.stderr
      ?.setEncoding("utf8")
      .on("data", (text: string) => this.#call?.io.console("error", text.replace(/\n$/, "")));
    return worker;
  }

  #receive(worker: ChildProcess, message: FromWorker): void {
    if (message.type === "active") return this.options.onActive?.(message.phase, message.span);
    if (message.type === "cancelDownload") return this.options.onCancelDownload?.(message.guid);
    if (message.type === "ref") return void this.#answerRef(worker, message);
    if (message.type === "needed") {
      if (!message.is && worker === this.#worker && !this.#call) void this.#kill(worker);
      return;
    }
    if (message.type === "secret") return this.options.onSecret?.(message.value);
    const call = this.#call;
    if (worker !== this.#worker || !call) return;
    switch (message.type) {
      case "console":
        return call.io.console(message.level, message.text);
      case "action":
        return call.io.onAction?.(message.row);
      case "done":
      case "failed":
        if (message.id !== call.id) return;
        this.#hasDeclarations = true;
        if (call.ending) call.reject(call.ending);
        else if (message.type === "done") call.resolve(message.value);
        else void this.#fail(call, message);
    }
  }

  /** The call waits for what its page has to say, and may be ended meanwhile. */
  async #fail(call: Call, { error, sought }: Extract<FromWorker, { type: "failed" }>): Promise<void> {
    const { explain } = this.options;
    const data = sought && explain ? await explain(error, sought).catch(() => error) : error;
    call.reject(call.ending ?? LibrettoError.fromData(data));
  }

  async #answerRef(worker: ChildProcess, { id, targetId, ref }: RefQuestion): Promise<void> {
    try {
      this.#send(worker, {
        type: "ref",
        id,
        ...(this.options.selectorOf ? { selector: await this.options.selectorOf(targetId, ref) } : {}),
      });
    } catch (error) {
      this.#send(worker, { type: "ref", id, error: LibrettoError.from(error).toJSON() });
    }
  }

  #end(worker: ChildProcess, why: LibrettoError): void {
    const call = this.#call;
    if (!call || call.ending) return;
    call.ending = why;
    this.#send(worker, { type: "cancel", id: call.id });
    const timer = setTimeout(() => {
      if (this.#call !== call) return;
      const lost = this.#hasDeclarations
        ? " Declarations of earlier calls are lost; the page and the session stay."
        : " The page and the session stay.";
      call.ending = new LibrettoError(
        why.code,
        `${why.message} The code did not yield, so its process was ended.${lost}`,
        why.hint,
      );
      void this.#kill(worker);
    }, graceMs);
    timer.unref();
  }

  /** A worker holds nothing that it would have to write or give back. */
  async #kill(worker: ChildProcess): Promise<void> {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.ref();
    worker.kill("SIGKILL");
    await exited;
    this.#gone(worker, "SIGKILL");
  }

  #gone(worker: ChildProcess, how: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    // What a child of the code writes later belongs to no call.
    worker.stdout?.destroy();
    worker.stderr?.destroy();
    const call = this.#call;
    if (!call) return;
    call.reject(
      call.ending ??
        new LibrettoError(
          "CodeFailed",
          `The process of the code ended (${how}); declarations of earlier calls are lost.`,
          "The page and the session stay: run the next exec as usual.",
        ),
    );
  }

  #send(worker: ChildProcess, message: ToWorker): void {
    // A worker that is gone is reported by its `close`.
    worker.send(message, () => undefined);
  }
}

function reasonOf({ reason }: AbortSignal): LibrettoError {
  return reason instanceof LibrettoError ? reason : interrupted();
}

function interrupted(): LibrettoError {
  return new LibrettoError("Interrupted", "The exec was cancelled.", "Run it again when you are ready.");
}

function timedOut(timeoutMs: number): LibrettoError {
  return new LibrettoError(
    "TimedOut",
    `The exec took longer than ${timeoutMs} ms.`,
    "Give it more time with `--timeout <ms>`.",
  );
}
