/**
 * The messages between a client and a session host: JSON-RPC 2.0, one message a line, over a local
 * socket. Shapes only; the host validates what arrives with `host/rpc/messages.ts`.
 *
 * A client sends `hello` first; it may send its request in the same write, since the host answers in
 * order of arrival and refuses everything on a connection whose `hello` failed.
 * `$/cancelRequest` with `{ id }` cancels a request that runs (the name is LSP's).
 */
import type { AccessMode } from "../model/policy.js";
import type { SessionState } from "../model/state.js";

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

/** An open tab. `id` is stable for the life of the tab, also when the host is replaced. */
export interface PageInfo {
  id: string;
  targetId: string;
  url: string;
  title: string;
  active: boolean;
  openerId?: string;
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

export interface SnapshotParams {
  page?: string;
  /** A ref of the tree, such as `e12`: prints that subtree. */ ref?: string;
}
export interface SnapshotResult {
  session: string;
  mode: AccessMode;
  id: string;
  page: PageInfo;
  pageCount: number;
  /** Absolute paths. */
  png: string;
  tree: string;
  /** The compact accessibility tree (or the subtree of `ref`), with element refs. */
  text: string;
}

export interface SetModeParams {
  mode: AccessMode;
  /** What becomes of an `exec` that runs when the session is locked. */ running?: "cancel" | "wait";
}
export interface SetModeResult {
  session: string;
  mode: AccessMode;
  previous: AccessMode;
  /** What became of a running `exec`. */ running: "none" | "cancelled" | "waited";
  /** Whether a workflow runs on: it is bound by no mode. */ workflowRuns?: boolean;
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
  /** The environment of whoever asks; that of the session's host if left out. */
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
  /** Whether the session is to stay open after success; told to whoever hears the outcome. */
  stayOpen?: boolean;
}
/** Where a workflow stands still, such as `checkout.ts:12`, and why. */
export interface PauseInfo {
  where?: string;
  reason?: string;
}
/** `paused`: the workflow is not at its end, and there is no value yet. */
export interface RunResult {
  session: string;
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
/** Without `until` it answers at once. */
export interface ResumeParams {
  until?: "pause" | "end";
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
}
export interface SaveResult {
  session: string;
  profile: string;
  path: string;
  sites: string[];
  cookies: number;
  origins: string[];
}

/** `browser` tells what became of it: ended, left alone (connected), or gone before. */
export interface CloseResult {
  session: string;
  browser: "ended" | "left-running" | "already-gone";
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
  exec: { params: CodeParams; result: CodeResult };
  "readonly-exec": { params: CodeParams; result: CodeResult };
  snapshot: { params: SnapshotParams; result: SnapshotResult };
  "session-mode": { params: SetModeParams; result: SetModeResult };
  run: { params: RunParams; result: RunResult };
  resume: { params: ResumeParams; result: ResumeResult };
  stop: { params: Record<string, never>; result: StopResult };
  save: { params: SaveParams; result: SaveResult };
  close: { params: Record<string, never>; result: CloseResult };
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

/** Notifications that a host sends while a request runs, by method. */
export interface Notifications {
  console: ConsoleMessage;
  notice: NoticeMessage;
}
