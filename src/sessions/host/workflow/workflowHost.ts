/** The workflows of one session, as its host holds them: at most one runs, and its status is the session's. */
import { LibrettoError } from "../../errors.js";
import type { ActionRow } from "../../logs/rows.js";
import { refusal, isAllowed, type AccessMode } from "../../policy.js";
import type { ResumeResult, RunParams, RunResult, WorkflowParams } from "../../protocol.js";
import type { SessionState, SessionStatus } from "../../state.js";
import type { AgentSpan } from "../recorder/agentSpans.js";
import { shortPathFrom } from "./shortPath.js";
import { WorkflowFailure, WorkflowRunner } from "./runner.js";
import type { HostRequest } from "../server.js";

/** Longest line of a workflow's log that the session's log keeps, in characters; the terminal shows all. */
const longestLogged = 2_000;

export interface WorkflowHostOptions {
  session: string;
  root: string;
  endpoint: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Folder of the saved logins. */
  profiles: string;
  /** The workflow for which the session was opened. */
  first: WorkflowParams | undefined;
  mode: () => AccessMode;
  status: () => SessionState["status"];
  /** The CDP target of the page that the workflow gets. */
  targetId: (page: string | undefined) => string | undefined;
  setStatus: (status: SessionStatus, reason?: string) => void;
  log: (level: "info" | "warn" | "error", event: string, message: string, data?: Record<string, unknown>) => void;
  onAction: (row: ActionRow, secret?: string) => void;
  onActive: (phase: "begin" | "end", span: AgentSpan) => void;
}

export class WorkflowHost {
  #runner: WorkflowRunner | undefined;
  #first: WorkflowParams | undefined;
  #ending = false;

  constructor(private readonly options: WorkflowHostOptions) {
    this.#first = options.first;
  }

  get isRunning(): boolean {
    return this.#runner?.isRunning ?? false;
  }

  /**
   * Runs the workflow for which the session was opened, once; or another one, where the mode allows it. The
   * first needs no mode: whoever opened the session named it, before there was a mode to hold.
   */
  async run({ workflow }: RunParams, request: HostRequest): Promise<RunResult> {
    const { options } = this;
    if (this.isRunning) throw new LibrettoError("SessionBusy", `A workflow runs in session "${options.session}".`, `Wait for it, or end it with the session: \`libretto close --session ${options.session}\`.`);
    if (workflow && !isAllowed("run", options.mode())) throw refusal("run", options.session, options.mode());
    const wanted = workflow ?? this.#first;
    this.#first = undefined;
    if (!wanted) throw new LibrettoError("Failed", `Session "${options.session}" has run its workflow.`, "Name the workflow to run: `libretto run <file>`.");
    const started = performance.now();
    const file = shortPathFrom(options.root, wanted.file);
    options.setStatus("active");
    options.log("info", "workflow.started", `${file} begins, asked for by ${request.client}`, { file: wanted.file });
    const runner = (this.#runner = new WorkflowRunner({ endpoint: options.endpoint, session: options.session, env: options.env }));
    try {
      const { name, value } = await runner.run({ ...wanted, profiles: options.profiles }, options.targetId(wanted.page), {
        console: (level, text) => {
          request.notify("console", { request: request.id, level, text });
          options.log(level === "error" ? "error" : level === "warn" ? "warn" : "info", "workflow.log", text.length > longestLogged ? `${text.slice(0, longestLogged)}…` : text);
        },
        onAction: options.onAction,
        onActive: options.onActive,
        onPaused: (where) => {
          options.setStatus("paused", where === undefined ? undefined : `paused at ${where}`);
          options.log("info", "workflow.paused", `${file} pauses${where === undefined ? "" : ` at ${where}`}`);
          request.notify("notice", { request: request.id, text: `Paused${where === undefined ? "" : ` at ${where}`}. Look around with \`libretto snapshot --session ${options.session}\`; go on with \`libretto resume --session ${options.session}\`.` });
        },
        onResumed: () => {
          options.setStatus("active");
          options.log("info", "workflow.resumed", `${file} goes on`);
          request.notify("notice", { request: request.id, text: "Resumed." });
        },
        signal: request.signal,
      });
      options.setStatus("completed");
      options.log("info", "workflow.completed", `${name} is done`, { durationMs: Math.round(performance.now() - started) });
      return { session: options.session, mode: options.mode(), workflow: name, ...value, durationMs: performance.now() - started };
    } catch (thrown) {
      const error = this.#ending ? new LibrettoError("SessionEnded", `Session "${options.session}" was closed while its workflow ran.`, "Run it again when you are ready.") : LibrettoError.from(thrown);
      if (!this.#ending) options.setStatus("failed", error.message);
      options.log("error", "workflow.failed", error.message, thrown instanceof WorkflowFailure ? { phase: thrown.phase } : {});
      throw error.code === "WorkflowFailed" ? new LibrettoError("WorkflowFailed", error.message, `Session "${options.session}" is open where it failed: \`libretto snapshot --session ${options.session}\`, \`libretto exec --session ${options.session} <code>\`; end it with \`libretto close --session ${options.session}\`.`) : error;
    }
  }

  resume(): ResumeResult {
    const resumed = this.#runner?.resume() ?? false;
    return { session: this.options.session, resumed, status: this.options.status() };
  }

  async dispose(): Promise<void> {
    this.#ending = true;
    await this.#runner?.dispose();
  }
}
