/** The workflows of one session, as its host holds them: at most one runs, and its status is the session's. */
import type { Sought } from "../worker/failedCalls.js";
import { LibrettoError, withoutExcerpt, type ErrorData } from "../../util/errors.js";
import type { Environment } from "../../util/environment.js";
import type { ActionRow } from "../../logs/rows.js";
import { secretsNamedIn } from "../../logs/secretNames.js";
import { refusal, isAllowed, type AccessMode, type Refused } from "../../model/policy.js";
import type {
  PauseInfo,
  ResumeParams,
  ResumeResult,
  RunParams,
  RunResult,
  StopResult,
  WorkflowParams,
} from "../../ipc/protocol.js";
import type { SessionState, SessionStatus, WorkflowState } from "../../model/state.js";
import type { AgentSpan } from "../wire/agentSpans.js";
import type { Channel } from "../wire/channel.js";
import { HeldWorkflow, heldWords } from "./heldWorkflow.js";
import { shortPathFrom } from "./shortPath.js";
import { WorkflowFailure, WorkflowRunner, type WorkflowIo } from "./runner.js";
import type { BrowserEvent } from "../recorder/downloadFiles.js";
import { WorkflowRun } from "./workflowRun.js";
import type { HostRequest } from "../rpc/server.js";

export interface WorkflowHostOptions {
  session: string;
  startedAt: string;
  root: string;
  /** Opens a channel of the wire for a workflow. */
  openChannel: () => Promise<Channel>;
  /** Where Playwright looks for downloads, and puts files of its own; absolute. */
  artifacts: string;
  env: Environment;
  /** Folder of the saved logins. */
  profiles: string;
  /** Says in an error about an element what the page had instead; bounded. */
  explain: (error: ErrorData, sought: Sought) => Promise<ErrorData>;
  /** The workflow for which the session was opened. */
  first: WorkflowParams | undefined;
  /** The session's mode, and whether it is locked permanently. */
  access: () => Refused;
  setMode: (mode: AccessMode, request: HostRequest) => Promise<unknown>;
  status: () => SessionState["status"];
  /** The CDP target of the page that the workflow gets. */
  targetId: (page: string | undefined) => string | undefined;
  setStatus: (status: SessionStatus, workflow: WorkflowState, reason?: string) => void;
  log: (level: "info" | "warn" | "error", event: string, message: string, data?: Record<string, unknown>) => void;
  onAction: (row: ActionRow) => void;
  onSecret: (value: string) => void;
  onCancelDownload: (guid: string) => void;
  onActive: (phase: "begin" | "end", span: AgentSpan) => void;
}

export class WorkflowHost {
  #runner: WorkflowRunner | undefined;
  #first: WorkflowParams | undefined;
  /** What was run last, in memory alone: its parameters may hold a password. */
  #last: WorkflowParams | undefined;
  /** Who has stopped what runs. */
  #stoppedBy: string | undefined;
  /** The run of now, or of before. */
  #current: WorkflowRun | undefined;
  /** Whether a debugger holds it. */
  #held: HeldWorkflow | undefined;
  /** Settles with it. */
  #ended: Promise<unknown> = Promise.resolve();
  /** Why the session ends, once it does. */
  #ending: string | undefined;

  constructor(private readonly options: WorkflowHostOptions) {
    this.#first = options.first;
  }

  get isRunning(): boolean {
    return this.#runner?.isRunning ?? false;
  }

  /**
   * Runs the workflow for which the session was opened, once; or another one, where the mode allows it. The
   * first needs no mode: the user who opened the session named it, before there was a mode to hold.
   */
  run(params: RunParams, request: HostRequest): Promise<RunResult> {
    const until = params.until ?? "end";
    if (params.attach) return this.#attach(request, until);
    const run = new WorkflowRun(this.options.session);
    const busy = this.isRunning;
    const outcome = this.#run(params, request, run);
    if (busy) return outcome;
    this.#current = run;
    this.#ended = outcome.catch(() => undefined);
    run.begin(outcome);
    return this.#follow(run, request, until);
  }

  async #attach(request: HostRequest, until: "pause" | "end"): Promise<RunResult> {
    const run = this.#current;
    if (run && (this.isRunning || run.isUnheard)) return this.#follow(run, request, until);
    throw new LibrettoError(
      "Failed",
      `No workflow runs in session "${this.options.session}": it is ${this.options.status()}.`,
      `What it did is in its log: \`libretto logs --session ${this.options.session}\`.`,
    );
  }

  #follow(run: WorkflowRun, request: HostRequest, until: "pause" | "end"): Promise<RunResult> {
    const { session, startedAt, access } = this.options;
    return run.follow(request, until, (paused) => ({
      session,
      startedAt,
      mode: access().mode,
      workflow: shortPathFrom(this.options.root, this.#last?.file ?? ""),
      kind: "undefined",
      text: "",
      durationMs: 0,
      stayOpen: true,
      paused,
    }));
  }

  async #run(
    { workflow, again, mode, stayOpen, debug }: RunParams,
    request: HostRequest,
    run: WorkflowRun,
  ): Promise<RunResult> {
    const { options } = this;
    if (this.isRunning)
      throw new LibrettoError(
        "SessionBusy",
        `A workflow runs in session "${options.session}".`,
        `Wait for it, or end it: \`libretto stop --session ${options.session}\`.`,
      );
    if ((workflow || again) && !isAllowed("run", options.access().mode)) throw refusal("run", options.access());
    const wanted = workflow ?? (again ? this.#last : this.#first);
    this.#first = undefined;
    if (!wanted && again)
      throw new LibrettoError(
        "Failed",
        `What ran in session "${options.session}" is no longer known: its host was replaced.`,
        "Name the workflow to run: `libretto run <file>`.",
      );
    if (!wanted)
      throw new LibrettoError(
        "Failed",
        `Session "${options.session}" has run its workflow.`,
        "Name the workflow to run: `libretto run <file>`.",
      );
    this.#last = wanted;
    for (const secret of secretsNamedIn(wanted.input)) options.onSecret(secret);
    this.#stoppedBy = undefined;
    const started = performance.now();
    const file = shortPathFrom(options.root, wanted.file);
    const running: WorkflowState = { file: wanted.file, running: true };
    options.setStatus("active", running);
    options.log("info", "workflow.started", `${file} begins, asked for by ${request.client}`, { file: wanted.file });
    const runner = (this.#runner = new WorkflowRunner({
      openChannel: options.openChannel,
      artifacts: options.artifacts,
      session: options.session,
      env: options.env,
      explain: options.explain,
    }));
    try {
      const locked = mode === undefined ? undefined : options.setMode(mode, request);
      const held = (this.#held = new HeldWorkflow(wanted.cwd, (heldAt) => {
        if (heldAt !== undefined) options.setStatus("paused", { ...running, heldAt }, heldWords(heldAt));
        // What is being ended lets go of its debuggers, and does not go on.
        else if (this.#stoppedBy === undefined && !run.signal.aborted) options.setStatus("active", running);
      }));
      const asked = {
        ...wanted,
        profiles: options.profiles,
        ...(debug ? { debug: { breakAtStart: debug.breakAtStart === true } } : {}),
      };
      const io: WorkflowIo = {
        console: (level, text) => {
          run.log.add({ method: "console", level, text });
          options.log(level === "error" ? "error" : level === "warn" ? "warn" : "info", "workflow.log", text);
        },
        onAction: options.onAction,
        onSecret: options.onSecret,
        onCancelDownload: options.onCancelDownload,
        onActive: options.onActive,
        onPaused: (pause) => {
          const at = pauseWords(pause);
          options.setStatus("paused", running, `paused${at}`);
          options.log("info", "workflow.paused", `${file} pauses${at}`, { ...pause });
          run.paused(pause);
          run.log.add({
            method: "notice",
            paused: true,
            text: `Paused${at}. Look around with \`libretto snapshot --session ${options.session}\`; go on with \`libretto resume --session ${options.session}\`.`,
          });
        },
        onResumed: () => {
          options.setStatus("active", running);
          options.log("info", "workflow.resumed", `${file} goes on`);
          run.resumed();
          run.log.add({ method: "notice", paused: false, text: "Resumed." });
        },
        // Not into the log of the run, which others hear, too.
        onDebuggerAddress: (url) => {
          // On record before it is told: who hears of it looks.
          held.waits();
          options.log("info", "workflow.debugger", `${file} waits for a debugger`);
          request.notify("debugger", { request: request.id, url });
        },
        onDebuggers: (count) => {
          options.log(
            "info",
            "workflow.debugger",
            `${count === 1 ? "1 debugger is" : `${count} debuggers are`} attached to ${file}`,
          );
          held.attached(count);
        },
        onHeld: (frames) => held.held(frames),
        signal: run.signal,
      };
      const ran = runner.run(asked, options.targetId(wanted.page), io, debug);
      const [{ name, value }] = await Promise.all([ran, locked]);
      held.ended();
      options.setStatus("completed", { file: wanted.file, running: false });
      options.log("info", "workflow.completed", `${name} is done`, {
        durationMs: Math.round(performance.now() - started),
      });
      return {
        session: options.session,
        startedAt: options.startedAt,
        mode: options.access().mode,
        workflow: name,
        ...value,
        durationMs: Math.round(performance.now() - started),
        // One that was open before stays open.
        stayOpen: workflow !== undefined || again === true || stayOpen === true,
      };
    } catch (thrown) {
      this.#held?.ended();
      const error = this.#endedFromOutside() ?? LibrettoError.from(thrown);
      const failure = error.place && { at: new Date().toISOString(), ...error.place };
      if (this.#ending === undefined)
        options.setStatus(
          "failed",
          { file: wanted.file, running: false, ...(failure ? { failure } : {}) },
          error.message,
        );
      options.log(
        "error",
        "workflow.failed",
        withoutExcerpt(error.message),
        thrown instanceof WorkflowFailure ? { phase: thrown.phase } : {},
      );
      throw error.code === "WorkflowFailed"
        ? new LibrettoError(
            "WorkflowFailed",
            error.message,
            `Session "${options.session}" is open where it failed: \`libretto snapshot --session ${options.session}\`, \`libretto exec --session ${options.session} <code>\`; end it with \`libretto close --session ${options.session}\`.`,
            { place: error.place, target: error.target },
          )
        : error;
    }
  }

  #endedFromOutside(): LibrettoError | undefined {
    const hint = "Run it again when you are ready.";
    if (this.#ending !== undefined)
      return new LibrettoError(
        "SessionEnded",
        `Session "${this.options.session}" ended while its workflow ran: ${this.#ending}`,
        hint,
      );
    return this.#stoppedBy === undefined
      ? undefined
      : new LibrettoError("Interrupted", `The workflow was stopped by ${this.#stoppedBy}.`, hint);
  }

  /** Lets what is paused go on; with `until` it listens then, also to what runs or ended unheard. */
  async resume({ until, step }: ResumeParams, request: HostRequest): Promise<ResumeResult> {
    const run = this.#current;
    const heldAt = this.#held?.at;
    if (heldAt !== undefined)
      throw new LibrettoError(
        "Failed",
        heldAt === ""
          ? `The workflow of session "${this.options.session}" waits for a debugger.`
          : `A debugger holds the workflow of session "${this.options.session}": it is ${heldWords(heldAt)}.`,
        `Go on in the debugger, or end the workflow: \`libretto stop --session ${this.options.session}\`.`,
      );
    const resumed = this.#runner?.resume(step === true) ?? false;
    const outcome =
      until !== undefined && run && (this.isRunning || run.isUnheard)
        ? await this.#follow(run, request, until)
        : undefined;
    return {
      session: this.options.session,
      resumed,
      status: this.options.status(),
      ...(outcome ? { outcome } : {}),
    };
  }

  /** Ends what runs, paused or not, and leaves the page as it is. */
  async stop({ client }: Pick<HostRequest, "client">): Promise<StopResult> {
    const stopped = this.isRunning;
    if (stopped) {
      this.#stoppedBy = client;
      await this.#runner?.dispose();
      // The status follows when the run itself has heard of it.
      await this.#ended;
    }
    return { session: this.options.session, stopped, status: this.options.status() };
  }

  /** Tells the workflow's Playwright of an event of the browser. */
  deliver(event: BrowserEvent): void {
    this.#runner?.deliver(event);
  }

  /** @param reason why the session ends, as a sentence */
  async dispose(reason: string): Promise<void> {
    this.#ending = reason;
    await this.#runner?.dispose();
  }
}

/** ` at checkout.ts:12: is the address right?`, ` at checkout.ts:13, before locator.click on getByText('Pay')` */
function pauseWords({ where, before, reason }: PauseInfo): string {
  return `${where === undefined ? "" : ` at ${where}`}${before === undefined ? "" : `, before ${before}`}${reason === undefined ? "" : `: ${reason}`}`;
}
