/** What a client hands to a new session host on its standard input, and the one line it gets back. */
import type { Browser } from "../browser/browserFinder.js";
import type { ErrorData } from "../util/errors.js";
import type { AccessMode } from "../model/policy.js";
import type { ProcessIdentity } from "../process/identity.js";
import type { CodeMethod, WorkflowParams } from "./protocol.js";
import type { HostSettings } from "../store/settings.js";
import type { SessionKind, SessionState } from "../model/state.js";

export interface HostOptions {
  root: string;
  session: string;
  /** Who asks, for the log. */
  client: string;
  settings: HostSettings;
  /** The caller's environment: for their code and the browser. The host itself has its own. */
  env: Record<string, string>;
  /** The file that takes the host's standard error until it has a session to put it beside; absolute. */
  errors?: string | undefined;
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
        /** Without a debugging port. */
        sealed?: boolean;
        headless: boolean;
        viewport: { width: number; height: number };
        url: string | undefined;
        waitUntil?: "load" | "domcontentloaded" | "commit";
        timeoutMs: number;
      }
    | {
        how: "grid";
        kind: SessionKind;
        mode: AccessMode;
        locked?: boolean;
        /** `url` without credentials; times in ms. */
        grid: { url: string; capabilities: Record<string, unknown>; queueTimeoutMs: number };
        headless: true;
        viewport: { width: number; height: number };
        url: string | undefined;
        waitUntil?: "load" | "domcontentloaded" | "commit";
        timeoutMs: number;
      }
    | { how: "connect"; kind: SessionKind; mode: AccessMode; locked?: boolean; endpoint: string; timeoutMs: number }
    | {
        how: "adopt";
        timeoutMs: number;
        /** What the client is about to ask: what that takes is started while the browser is taken over. */
        next?: CodeMethod;
        /** The host that starts this one in its own place; nobody waits for the outcome. */
        after?: ProcessIdentity;
      };
}

/** Whether the session begins with a browser of its own, and an address to open in it. */
export function opensPage(
  start: HostOptions["start"],
): start is Extract<HostOptions["start"], { how: "launch" | "grid" }> {
  return start.how === "launch" || start.how === "grid";
}

/** A line before the outcome, of what the host waits for. */
export interface HostProgress {
  waiting: string;
}

/** A line of a host that is meant for the client; it may print others, as what a program loads does. */
export interface HostLine {
  librettoHost: HostOutcome | HostProgress | { working: true };
}

/** `warning` is something the user should see that did not stop the session from opening. */
export type HostOutcome = { state: SessionState; warning?: string } | { error: ErrorData };
