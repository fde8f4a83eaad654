/** What a client hands to a new session host on its standard input, and the one line it gets back. */
import type { Browser } from "../browser/browserFinder.js";
import type { ErrorData } from "../util/errors.js";
import type { AccessMode } from "../model/policy.js";
import type { WorkflowParams } from "./protocol.js";
import type { HostSettings } from "../store/settings.js";
import type { SessionKind, SessionState } from "../model/state.js";

export interface HostOptions {
  root: string;
  session: string;
  /** Who asks, for the log. */
  client: string;
  settings: HostSettings;
  /** A saved login that is put into the browser before anything is opened. */
  authProfile?: string;
  /** The workflow for which the session is opened; it begins when it is asked for with `run`. */
  workflow?: WorkflowParams;
  /** How the session comes to its browser. `adopt`: take over the one on record, whose host died. */
  start:
    | {
        how: "launch";
        kind: SessionKind;
        mode: AccessMode;
        locked?: boolean;
        browser: Browser;
        headless: boolean;
        viewport: { width: number; height: number };
        url: string | undefined;
        waitUntil?: "load" | "domcontentloaded" | "commit";
        timeoutMs: number;
      }
    | { how: "connect"; kind: SessionKind; mode: AccessMode; locked?: boolean; endpoint: string; timeoutMs: number }
    | { how: "adopt"; timeoutMs: number };
}

/** `warning` is something the user should see that did not stop the session from opening. */
export type HostOutcome = { state: SessionState; warning?: string } | { error: ErrorData };
