/**
 * Runs a workflow in a process of its own (`worker.ts`): whatever it does, the host answers, and ending it is
 * ending that process. One run, one process.
 */
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { LibrettoError, type ErrorData } from "../../util/errors.js";
import { codeEnvironment, ownEnvironment, type Environment } from "../../util/environment.js";
import type { PauseInfo } from "../../ipc/protocol.js";
import type { ActionRow } from "../../logs/rows.js";
import type { AgentSpan } from "../wire/agentSpans.js";
import type { Channel } from "../wire/channel.js";
import { channelHandle, serveChannels } from "../wire/workerChannels.js";
import type { BrowserEvent } from "../recorder/downloadFiles.js";
import type { PrintedValue } from "../code/format.js";
import type { ConsoleLevel } from "../worker/liveConsole.js";
import { DebuggerPort, type HeldFrame } from "./debuggerPort.js";
import type { Sought } from "../worker/failedCalls.js";
import type { FromWorkflow, ToWorkflow, WorkflowPhase, WorkflowRequest } from "./messages.js";

/** How long the last output of a worker that ended is waited for, in ms: a child of its own may keep its pipes open for good. */
const lastOutputMs = 250;

export interface WorkflowIo {
  console: (level: ConsoleLevel, text: string) => void;
  onAction: (row: ActionRow) => void;
  /** Hears what the workflow types into a field for secrets: for the redactor, never for a file. */
  onSecret: (value: string) => void;
  onCancelDownload: (guid: string) => void;
  onActive: (phase: "begin" | "end", span: AgentSpan) => void;
  onPaused: (pause: PauseInfo) => void;
  onResumed: () => void;
  /** Where a debugger is waited for: anyone who knows the address can run code as this user. */
  onDebuggerAddress: (url: string) => void;
  /** How many debuggers are attached. */
  onDebuggers: (count: number) => void;
  /** Where a debugger holds the workflow; undefined where it runs. */
  onHeld: (frames: HeldFrame[] | undefined) => void;
  /** Aborting it ends the workflow. */
  signal: AbortSignal;
}

export interface WorkflowOutcome {
  name: string;
  value: PrintedValue;
}

/** A workflow that failed, and how far it had come. */
export class WorkflowFailure extends LibrettoError {
  constructor(
    readonly phase: WorkflowPhase,
    error: ErrorData,
  ) {
    super(error.code, error.message, error.hint, { place: error.place, target: error.target });
  }
}

export interface WorkflowRunnerOptions {
  /** Opens a channel of the wire for the workflow. */
  openChannel: () => Promise<Channel>;
  /** Where Playwright looks for downloads, and puts files of its own; absolute. */
  artifacts: string;
  session: string;
  env: Environment;
  /** Says in an error about an element what the page had instead; bounded. */
  explain: (error: ErrorData, sought: Sought) => Promise<ErrorData>;
  /** The bundle of the worker; beside the host's own by default. */
  program?: string;
}

export class WorkflowRunner {
  #worker: ChildProcess | undefined;
  /** The number of the last pause that nobody has resumed. */
  #paused: number | undefined;
  #io: WorkflowIo | undefined;
  #outOfMemory = false;
  #debuggerPort: DebuggerPort | undefined;

  constructor(private readonly options: WorkflowRunnerOptions) {}

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * Runs the workflow to its end.
   * @param targetId the page it gets
   * @param debug given where it is to wait for a debugger: the port of this machine, any free one where it is left out
   * @throws WorkflowFailure `Usage` for wrong parameters, `CodeFailed` for a file that cannot be loaded,
   * `WorkflowFailed` for what it threw, `Interrupted` when the signal was aborted
   */
  run(
    request: WorkflowRequest,
    targetId: string | undefined,
    io: WorkflowIo,
    debug?: { port?: number | undefined },
  ): Promise<WorkflowOutcome> {
    if (io.signal.aborted) return Promise.reject(interrupted());
    return new Promise((resolve, reject) => {
      const worker = this.#start(request, debug);
      const abort = (): void => {
        void this.dispose();
      };
      let outcome: (() => void) | undefined;
      let explained: Promise<unknown> = Promise.resolve();
      io.signal.addEventListener("abort", abort, { once: true });
      this.#io = io;
      worker.on("message", (message: FromWorkflow) => {
        switch (message.type) {
          case "console":
            return io.console(message.level, message.text);
          case "action":
            return io.onAction(message.row);
          case "cancelDownload":
            return io.onCancelDownload(message.guid);
          case "secret":
            return io.onSecret(message.value);
          case "active":
            return io.onActive(message.phase, message.span);
          case "inspector":
            if (this.#debuggerPort) io.onDebuggerAddress(this.#debuggerPort.open(message.url));
            return;
          case "running":
          case "inspected":
            return;
          case "paused":
            this.#paused = message.number;
            return io.onPaused(pauseOf(message));
          case "done":
            outcome ??= () => resolve({ name: message.name, value: message.value });
            break;
          case "failed":
            explained = this.#explain(message).then((error) => {
              outcome ??= () => reject(new WorkflowFailure(message.phase, error));
            });
        }
        // Nothing of it may go on behind the outcome's back.
        worker.kill("SIGKILL");
      });
      worker.on(
        "error",
        (error) =>
          (outcome ??= () =>
            reject(
              new WorkflowFailure("load", {
                code: "Failed",
                message: `The workflow's process could not be started: ${error.message}`,
                hint: "Check this installation: `libretto status`.",
              }),
            )),
      );
      const ended = async (code: number | null, signal: NodeJS.Signals | null): Promise<void> => {
        // Until its outcome is known it counts as running.
        await explained;
        if (this.#worker !== worker) return;
        worker.stdout?.destroy();
        worker.stderr?.destroy();
        io.signal.removeEventListener("abort", abort);
        this.#worker = undefined;
        this.#paused = undefined;
        this.#debuggerPort?.close();
        this.#debuggerPort = undefined;
        if (outcome) outcome();
        else if (io.signal.aborted) reject(interrupted());
        else
          reject(
            new WorkflowFailure("run", {
              code: "WorkflowFailed",
              message: this.#outOfMemory
                ? "The workflow ran out of memory."
                : `The workflow's process ended before the workflow did (${signal ?? `exit status ${code ?? "unknown"}`}).`,
              hint: "The browser is as the workflow left it.",
            }),
          );
      };
      // `close` comes after the last output, `exit` may come before it.
      worker.on("close", (code, signal) => void ended(code, signal));
      worker.on("exit", (code, signal) => setTimeout(() => void ended(code, signal), lastOutputMs));
      const begin = (): void =>
        this.#send({
          type: "start",
          artifacts: this.options.artifacts,
          session: this.options.session,
          ...request,
          ...(targetId === undefined ? {} : { targetId }),
        });
      if (!debug) return begin();
      this.#listenForDebuggers(debug.port ?? 0, io).then(begin, (error: LibrettoError) => {
        outcome ??= () => reject(new WorkflowFailure("load", error.toJSON()));
        worker.kill("SIGKILL");
      });
    });
  }

  async #listenForDebuggers(port: number, io: WorkflowIo): Promise<void> {
    const listening = await DebuggerPort.listen(port, {
      attached: (count) => {
        this.#send({ type: "debugged", attached: count > 0 });
        io.onDebuggers(count);
      },
      held: (frames) => io.onHeld(frames),
    });
    if (this.#worker) this.#debuggerPort = listening;
    else listening.close();
  }

  #explain({ error, sought }: Extract<FromWorkflow, { type: "failed" }>): Promise<ErrorData> {
    return sought ? this.options.explain(error, sought).catch(() => error) : Promise.resolve(error);
  }

  /** Lets a paused workflow go on, with `step` to its next call of Playwright. @returns whether one was paused */
  resume(step: boolean): boolean {
    const upTo = this.#paused;
    if (upTo === undefined) return false;
    this.#paused = undefined;
    this.#io?.onResumed();
    this.#send({ type: "resume", upTo, step });
    return true;
  }

  /** Tells the workflow's Playwright of an event of the browser. */
  deliver(event: BrowserEvent): void {
    if (this.#worker) this.#send({ type: "browser", event });
  }

  /** Ends the workflow, at once. */
  async dispose(): Promise<void> {
    const worker = this.#worker;
    if (!worker || worker.exitCode !== null || worker.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.kill("SIGKILL");
    await exited;
  }

  #start(request: WorkflowRequest, debug: { port?: number | undefined } | undefined): ChildProcess {
    const env = request.env ?? this.options.env;
    const worker = fork(this.options.program ?? join(__dirname, "workflow-worker.js"), [], {
      env: ownEnvironment(env),
      // Node would tell the inspector's address to everybody who asks at its port. That is for debuggers that look at
      // a port which somebody has named; who is told the address needs no such door, and others must not have it.
      execArgv: debug ? [`--inspect-publish-uid=${debug.port === undefined ? "stderr" : "stderr,http"}`] : [],
      serialization: "json",
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
    });
    serveChannels(worker.stdio[channelHandle] as Duplex, this.options.openChannel);
    worker.stdout?.setEncoding("utf8").on("data", (text: string) => this.#io?.console("log", text.replace(/\n$/, "")));
    const errors = (text: string): void => {
      // Written by the engine itself, right before it aborts the process.
      if (text.includes("JavaScript heap out of memory")) this.#outOfMemory = true;
      if (text !== "") this.#io?.console("error", text.replace(/\n$/, ""));
    };
    worker.stderr?.setEncoding("utf8");
    if (debug) withoutInspectorWords(worker.stderr as Readable, errors);
    else worker.stderr?.on("data", errors);
    this.#worker = worker;
    this.#send({ type: "surroundings", env: codeEnvironment(env) });
    return worker;
  }

  #send(message: ToWorkflow): void {
    // A worker that is gone is reported by its `close`.
    this.#worker?.send(message, () => undefined);
  }
}

function pauseOf({ where, before, reason }: PauseInfo): PauseInfo {
  return {
    ...(where === undefined ? {} : { where }),
    ...(before === undefined ? {} : { before }),
    ...(reason === undefined ? {} : { reason }),
  };
}

const inspectorWords =
  /^(?:Debugger (?:listening|ending) on ws:.*|For help, see: https:\/\/nodejs\.org\/.*|Debugger attached\.|Waiting for the debugger to disconnect\.\.\.)\n/gm;

/** Leaves out what Node says of its inspector, with the address, which is for no log. */
function withoutInspectorWords(stream: Readable, hear: (text: string) => void): void {
  let begun = "";
  stream.on("data", (text: string) => {
    const end = (begun + text).lastIndexOf("\n") + 1;
    hear((begun + text).slice(0, end).replace(inspectorWords, ""));
    begun = (begun + text).slice(end);
  });
  stream.on("end", () => hear(begun));
}

function interrupted(): LibrettoError {
  return new LibrettoError("Interrupted", "The workflow was ended.", "Run it again when you are ready.");
}
