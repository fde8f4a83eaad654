/** How a log is shown: what commands and the tree know of the panes. */
import type { SessionRef } from "./model.js";
import type { PaneKind } from "../sessions/logs/rows.js";

export interface LogViewer {
  /** Shows one log of a session, live or not, or all of them merged by time. */
  open(ref: SessionRef, log: PaneKind): Promise<void>;
}
