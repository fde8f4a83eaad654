/** What the host and the worker of `exec` say to each other, over Node's channel between processes. */
import type { ActStep } from "../../model/actSteps.js";
import type { Surroundings } from "../../ipc/inspectMessages.js";
import type { ErrorData } from "../../util/errors.js";
import type { ActionRow } from "../../logs/rows.js";
import type { AgentSpan } from "../wire/agentSpans.js";
import type { BrowserEvent } from "../recorder/downloadFiles.js";
import type { PrintedValue } from "../code/format.js";
import type { ConsoleLevel } from "../worker/liveConsole.js";
import type { Sought } from "../worker/failedCalls.js";
import type { RefAnswer, RefQuestion } from "./elementRefs.js";

/** Code, or the steps of `act`, each with so much time in ms. */
export type ExecWork = { code: string } | { steps: ActStep[]; stepTimeoutMs: number };

export type ToWorker =
  | ({ type: "surroundings" } & Surroundings)
  /** Loads what the first call needs. */
  | { type: "prepare" }
  /** Asks whether a later call could miss what the process holds. */
  | { type: "isNeeded" }
  /** Runs code as call `id`. `blocked` says why its page answers nothing, where a dialog is open. */
  | ({ type: "run"; id: number; artifacts: string; targetId?: string; blocked?: ErrorData } & ExecWork)
  /** The browser told the host alone of it, such as of a download. */
  | { type: "browser"; event: BrowserEvent }
  /** Ends call `id`: it may not touch a page any more. */
  | { type: "cancel"; id: number }
  | ({ type: "ref" } & RefAnswer);

export type FromWorker =
  | { type: "console"; id: number | undefined; level: ConsoleLevel; text: string }
  | { type: "action"; row: ActionRow }
  /** A download is to be cancelled, which the host alone can. */
  | { type: "cancelDownload"; guid: string }
  /** What the code types into a field for secrets: for the redactor, never for a file. */
  | { type: "secret"; value: string }
  /** The code begins or ends to send input to a page, or to navigate it. */
  | { type: "active"; phase: "begin" | "end"; span: AgentSpan }
  /** The code names an element by the ref of a snapshot. */
  | ({ type: "ref" } & RefQuestion)
  | { type: "needed"; is: boolean }
  | { type: "done"; id: number; value: PrintedValue }
  | { type: "failed"; id: number; error: ErrorData; sought?: Sought };
