/**
 * The messages between a client and a session host: JSON-RPC 2.0, one message a line, over a local
 * socket. Shapes only; the host validates what arrives with `host/rpc/messages.ts`.
 *
 * A client sends `hello` first; it may send its request in the same write, since the host answers in
 * order of arrival and refuses everything on a connection whose `hello` failed.
 * `$/cancelRequest` with `{ id }` cancels a request that runs (the name is LSP's).
 */
import type { ActStep } from "../model/actSteps.js";
import type { AccessMode } from "../model/policy.js";
import type { PageInfo } from "../model/page.js";
import type { SessionState } from "../model/state.js";
import type { ErrorData } from "../util/errors.js";
import type {
  InputParams,
  InputResult,
  LiveMessage,
  LiveViewParams,
  LiveViewSetParams,
  PickParams,
  PickResult,
} from "./liveProtocol.js";

/** Raised when a message changes its meaning. Host and client must agree on it. */
export const protocolVersion = 1;

/** The longest time that a request may set, in ms: a day. */
export const maxTimeoutMs = 24 * 60 * 60 * 1000;
/** The longest code that a request may hold, in UTF-16 units. */
export const maxCodeLength = 16 * 1024 * 1024;

export interface HelloParams {
  protocol: number;
  version: string;
  client: string;
  session: string;
}
export interface HelloResult {
  protocol: number;
  version: string;
  session: string;
  mode: AccessMode;
  hostPid: number;
}

/** `watching`: a view asks that follows the session. That is no use of it, and nothing for its log. */
export interface PagesParams {
  watching?: boolean;
}
export interface PagesResult {
  session: string;
  mode: AccessMode;
  pages: PageInfo[];
}

/** The page whose tab is brought to the front of its window. */
export interface ActivateParams {
  /** Id of a page, or a unique beginning of it. */
  page: string;
}
export interface ActivateResult {
  session: string;
  page: PageInfo;
}

/** What runs code. */
export type CodeMethod = "exec" | "readonly-exec";

export interface CodeParams {
  code: string;
  /** Id of a page, or a unique beginning of it; the most recently active page if left out. */
  page?: string;
  /** Wall time allowed, in ms. */
  timeoutMs?: number;
}

/** The outcome of `exec` and `readonly-exec`. */
export interface CodeResult {
  session: string;
  mode: AccessMode;
  /** How the value is to be printed: a string as it is, anything else as indented JSON, undefined as nothing. */
  kind: "undefined" | "string" | "json";
  /** The text to print; empty for undefined. */
  text: string;
  /** The page on which the code ran, and how many there were; absent where none is open. */
  page?: PageInfo;
  pageCount: number;
  durationMs: number;
}

/** Steps on a page (`act`); `model/actSteps.ts` says what each takes. */
export interface ActParams {
  steps: ActStep[];
  page?: string;
  /** For each step, in ms. */
  timeoutMs?: number;
  /** Characters of the answer's text; 2,000 where it is left out. */
  maxChars?: number;
}
export interface ActResult {
  session: string;
  mode: AccessMode;
  /** The page as it is afterwards. */
  page: PageInfo;
  pageCount: number;
  /** How many steps were done, of how many. */
  done: number;
  steps: number;
  /** Why the steps ended before the last. */
  failure?: ErrorData;
  /** Dialogs that showed up, and what became of each. */
  dialogs: string[];
  /** Pages that are new. */
  opened: PageInfo[];
  /** `unknown` where the page's tree could not be read before or afterwards. */
  changed: "page" | "nothing" | "navigated" | "closed" | "unknown";
  /** What changed in the page's tree; of a new document the tree, as much of it as fits. */
  text: string;
  durationMs: number;
}

export interface SnapshotParams {
  page?: string;
  /** A ref of the tree, such as `e12`: prints that subtree. */ ref?: string;
  /** Prints only what holds that text, in any case, or fits that `/regular expression/`, and what it stands in. */
  find?: string;
  /** Id of an earlier snapshot of the session: prints what changed since. */
  since?: string;
  /** Prints that many levels of the tree. */
  depth?: number;
  /** Prints only what can be clicked, typed into or chosen, and what it stands in. */
  interactive?: boolean;
  /** Prints at most that many characters. */
  maxChars?: number;
  /** Takes the tree alone. */
  noPicture?: boolean;
}
export interface SnapshotResult {
  session: string;
  mode: AccessMode;
  id: string;
  page: PageInfo;
  pageCount: number;
  /** Absolute path; null where none was asked for, or the browser gave none, with the reason in `pictureMissing`. */
  png: string | null;
  pictureMissing?: string;
  /** Absolute path. */
  tree: string;
  /** The compact accessibility tree (or the subtree of `ref`), with element refs. */
  text: string;
}

export interface SetModeParams {
  mode: AccessMode;
  /** What becomes of an `exec` that runs when the session is locked. */ running?: "cancel" | "wait";
  /** For how long write access is given, in ms; the session locks itself again. For good where it is left out. */
  forMs?: number;
}
export interface SetModeResult {
  session: string;
  mode: AccessMode;
  previous: AccessMode;
  /** What became of a running `exec`. */ running: "none" | "cancelled" | "waited";
  /** Whether a workflow runs on: it is bound by no mode. */ workflowRuns?: boolean;
  /** Until when the session has write access, ISO 8601. */ grantedUntil?: string;
  /** What became of somebody's request for write access. */ request?: "granted" | "denied";
  /** Pages that did not take in time what the cancelled code had sent to them: it may still happen there. */
  unsettledPages?: string[];
  /** Pages in which a script that code had sent there runs on: it is the page's own from now on. */
  scriptsRunOn?: string[];
  /** What code had set in pages, such as `viewport`: what stays as it was, and what ended with the lock. */
  kept?: string[];
  ended?: string[];
  /** Other sessions on the same browser that were locked with this one, and those that could not be: they may still drive it. */
  alsoLocked?: string[];
  stillDrivenBy?: string[];
}

export interface RequestAccessParams {
  /** Why, in one line. */
  reason: string;
  /** For how long, in ms; for good where it is left out. */
  forMs?: number;
  /** Answers when a person has decided. */
  wait?: boolean;
}
/** `granted` also where the session has write access already. */
export interface RequestAccessResult {
  session: string;
  mode: AccessMode;
  outcome: "requested" | "granted" | "denied";
  grantedUntil?: string;
}

/** What is run, and with what. Paths are absolute. */
export interface WorkflowParams {
  file: string;
  tsconfig?: string;
  /** The parameters, as JSON holds them; the workflow's schema checks them. */
  input?: unknown;
  /** Name of a saved login, instead of the workflow's own. */
  authProfile?: string;
  /** Leaves the page where it is: `startUrl` is for browsers that we start. */
  keepPage?: boolean;
  /** Where the workflow's relative paths begin. */
  cwd: string;
  /** Id of the page that it gets, or a unique beginning of it; the most recently active one if left out. */
  page?: string;
  /** The caller's environment; that of the session's host if left out. */
  env?: Record<string, string>;
}
/**
 * Without a workflow: the one with which the session was opened, which can be asked for once; with `again`, the
 * last one, as it was run. `mode` is the session's from then on, where the run is allowed in the mode that it has.
 */
export interface RunParams {
  workflow?: WorkflowParams;
  again?: boolean;
  mode?: AccessMode;
  /** Listens to what runs there, or ended unheard, and runs nothing. */
  attach?: boolean;
  /** Answers at the first pause, too; the run goes on being the session's. */
  until?: "pause" | "end";
  /** Whether the session is to stay open after success; told to the client that hears the outcome. */
  stayOpen?: boolean;
  /** Waits for a debugger before the workflow's file is loaded; its address is told to this client alone. */
  debug?: DebugParams;
}
export interface DebugParams {
  /** Where debuggers find it by its port alone, as Node's own; where it is left out the address is needed. */
  port?: number;
  /** Stops at the first line of the workflow's file. */
  breakAtStart?: boolean;
}
/** Where a workflow stands still, such as `checkout.ts:12`, and why. */
export interface PauseInfo {
  where?: string;
  /** Of a step: the call of Playwright that comes next, such as `locator.click on getByText('Pay')`. */
  before?: string;
  reason?: string;
}
/** `paused`: the workflow is not at its end, and there is no value yet. */
export interface RunResult {
  session: string;
  /** When the session was opened: one of that name may be another by the time that this is heard. */
  startedAt: string;
  mode: AccessMode;
  workflow: string;
  /** As in `CodeResult`. */
  kind: "undefined" | "string" | "json";
  text: string;
  durationMs: number;
  paused?: PauseInfo;
  /** Whether the session is to stay open after success. */
  stayOpen: boolean;
}
/** Without `until` it answers at once. `step`: the workflow pauses again before its next call of Playwright. */
export interface ResumeParams {
  until?: "pause" | "end";
  step?: boolean;
}
/** `resumed` is false where nothing was paused. `outcome`: how far what ran has come since. */
export interface ResumeResult {
  session: string;
  resumed: boolean;
  status: SessionState["status"];
  outcome?: RunResult;
}
/** `stopped` is false where nothing ran. */
export interface StopResult {
  session: string;
  stopped: boolean;
  status: SessionState["status"];
}
/** Sites as host names; a site's subdomains belong to it. */
export interface SaveParams {
  profile: string;
  sites: string[];
  /** Id of a page: what its browser context keeps is saved; the most recently active one if left out. */
  page?: string;
}
export interface SaveResult {
  session: string;
  profile: string;
  path: string;
  sites: string[];
  cookies: number;
  origins: string[];
  /** What could not be saved, with its place and the reason. */
  leftOut: string[];
}

/**
 * `browser` tells what became of it: ended, left alone (connected), gone before, or `unreachable`: its Grid does not
 * answer, and its slot may be taken until the Grid's own timeout or `gc`.
 */
export interface CloseResult {
  session: string;
  browser: "ended" | "left-running" | "already-gone" | "unreachable";
}

export interface StatusResult {
  state: SessionState;
  pageCount: number;
  execRunning: boolean;
  hostRssBytes: number;
}

/** Requests that a client may send, by method. */
export interface Requests {
  hello: { params: HelloParams; result: HelloResult };
  ping: { params: Record<string, never>; result: { ok: true } };
  status: { params: Record<string, never>; result: StatusResult };
  pages: { params: PagesParams; result: PagesResult };
  activate: { params: ActivateParams; result: ActivateResult };
  exec: { params: CodeParams; result: CodeResult };
  "readonly-exec": { params: CodeParams; result: CodeResult };
  snapshot: { params: SnapshotParams; result: SnapshotResult };
  act: { params: ActParams; result: ActResult };
  "session-mode": { params: SetModeParams; result: SetModeResult };
  "request-access": { params: RequestAccessParams; result: RequestAccessResult };
  run: { params: RunParams; result: RunResult };
  resume: { params: ResumeParams; result: ResumeResult };
  stop: { params: Record<string, never>; result: StopResult };
  save: { params: SaveParams; result: SaveResult };
  close: { params: Record<string, never>; result: CloseResult };
  "live-view": { params: LiveViewParams; result: { ok: true } };
  "live-view-set": { params: LiveViewSetParams; result: { ok: true } };
  input: { params: InputParams; result: InputResult };
  pick: { params: PickParams; result: PickResult };
}
export type Method = keyof Requests;

/** One line of `console.*` of running code. `text` holds what a terminal shows. */
export interface ConsoleMessage {
  request: number;
  level: "log" | "info" | "warn" | "error" | "debug";
  text: string;
}
/**
 * Something the person who waits should know, such as that another `exec` runs first. `paused` tells a workflow's
 * pauses from its going on; other notices lack it.
 */
export interface NoticeMessage {
  request: number;
  text: string;
  paused?: boolean;
}

/** Where the workflow waits for a debugger: a websocket. Whoever knows it can run code as this user. */
export interface DebuggerMessage {
  request: number;
  url: string;
}

/** Notifications that a host sends while a request runs, by method. */
export interface Notifications {
  console: ConsoleMessage;
  notice: NoticeMessage;
  debugger: DebuggerMessage;
  live: LiveMessage;
}
