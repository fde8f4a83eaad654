/** What the host and the process of a workflow say to each other, over Node's channel between processes. */
import type { PauseInfo } from "../../ipc/protocol.js";
import type { Surroundings, WorkflowInspect, WorkflowInspected } from "../../ipc/inspectMessages.js";
import type { ErrorData } from "../../util/errors.js";
import type { ActionRow } from "../../logs/rows.js";
import type { AgentSpan } from "../wire/agentSpans.js";
import type { BrowserEvent } from "../recorder/downloadFiles.js";
import type { PrintedValue } from "../code/format.js";
import type { ConsoleLevel } from "../worker/liveConsole.js";
import type { Sought } from "../worker/failedCalls.js";

/** What is run, and with what. Paths are absolute. */
export interface WorkflowRequest {
  file: string;
  tsconfig?: string;
  /** The parameters, as they were given; the workflow's schema checks them. */
  input?: unknown;
  /** Folder of the saved logins. */
  profiles: string;
  /** Overrides the workflow's own. */
  authProfile?: string;
  /** Leaves the page where it is: `startUrl` is for browsers that we start. */
  keepPage?: boolean;
  /** Where the workflow's relative paths begin. */
  cwd: string;
  /** Its environment; the host's own where it is left out. */
  env?: Record<string, string>;
  /** It waits for a debugger before it loads the file. */
  debug?: { breakAtStart: boolean };
}

export interface WorkflowStart extends WorkflowRequest {
  type: "start";
  /** Where Playwright looks for downloads, and puts files of its own. */
  artifacts: string;
  session: string;
  targetId?: string;
}

/**
 * `step`: it pauses again before the next call of Playwright. `upTo`: the pauses of that number and before go on. `browser`: the browser told the host alone of it, such as of a
 * download.
 */
export type ToWorkflow =
  | ({ type: "surroundings" } & Surroundings)
  | WorkflowStart
  | WorkflowInspect
  | { type: "resume"; upTo: number; step: boolean }
  /** Whether a debugger is attached. */
  | { type: "debugged"; attached: boolean }
  | { type: "browser"; event: BrowserEvent };

/** How far a workflow came: `load` and `input` lie before it touches the page. */
export type WorkflowPhase = "load" | "input" | "run";

export type FromWorkflow =
  | { type: "console"; level: ConsoleLevel; text: string }
  | { type: "action"; row: ActionRow }
  /** A download is to be cancelled, which the host alone can. */
  | { type: "cancelDownload"; guid: string }
  /** What it types into a field for secrets: for the redactor, never for a file. */
  | { type: "secret"; value: string }
  /** It begins or ends to send input to a page, or to navigate it. */
  | { type: "active"; phase: "begin" | "end"; span: AgentSpan }
  /** Where its inspector listens; anyone who knows it can run code in this process. */
  | { type: "inspector"; url: string }
  /** The handler begins. */
  | { type: "running"; name: string }
  /** Pauses are counted: parts of a workflow that run side by side may pause at once. */
  | ({ type: "paused"; number: number } & PauseInfo)
  | WorkflowInspected
  | { type: "done"; name: string; value: PrintedValue }
  | { type: "failed"; phase: WorkflowPhase; error: ErrorData; sought?: Sought };
