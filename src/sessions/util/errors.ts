/**
 * Every failure that a user can meet. A code says what kind it is, the message what went wrong in one
 * line, the hint what to do next in one line. Clients print both; nobody prints a stack.
 */

/** Exit status of the CLI for each code (SPEC section E): 1 failed, 2 usage, 3 refused, 4 no session, 5 timed out. */
const exitStatusOf = {
  Failed: 1,
  BrowserNotFound: 1,
  BrowserFailed: 1,
  HostUnreachable: 1,
  VersionMismatch: 1,
  SessionExists: 1,
  SessionBusy: 1,
  SessionEnded: 1,
  BrokenState: 1,
  BrokenConfig: 1,
  EndpointUnreachable: 1,
  CodeFailed: 1,
  LimitExceeded: 1,
  PageNotFound: 1,
  PageCrashed: 1,
  DialogOpen: 1,
  WorkflowFailed: 1,
  Usage: 2,
  ReadonlyExecDenied: 3,
  RefusedByMode: 3,
  NoSuchSession: 4,
  TimedOut: 5,
  Interrupted: 130,
} as const;

/** What kind of failure it is; stable, for scripts that read `error.code` of the JSON output. */
export type ErrorCode = keyof typeof exitStatusOf;

/** All of them. */
export const errorCodes = Object.keys(exitStatusOf) as ErrorCode[];

/** A place in a file of the user's. */
export interface CodePlace {
  /** Absolute path. */
  file: string;
  /** Both count from 1. */
  line: number;
  column: number;
}

/** Why the element that code looked for did not do. */
export type TargetProblem =
  "missing" | "hidden" | "disabled" | "readonly" | "covered" | "outside" | "moving" | "several" | "other";

/** An element that may have been meant. */
export interface TargetCandidate {
  /** Role and accessible name; both empty where only a locator is known. */
  role: string;
  name: string;
  /** As in a snapshot. */
  ref?: string | undefined;
  /** As code. */
  locator?: string | undefined;
  disabled?: true | undefined;
  /** Whether it is in a frame that the code did not look into. */
  frame?: true | undefined;
}

/** The element that code looked for in vain. */
export interface FailedTarget {
  /** As code, such as `getByRole('button', { name: 'Save' })`. */
  locator: string;
  problem: TargetProblem;
  /** What the page had instead, the nearest first; at most three. */
  candidates: TargetCandidate[];
}

/** A failure in a form that can cross a process boundary. */
export interface ErrorData {
  code: ErrorCode;
  message: string;
  hint: string;
  /** Where in a file of the user's it came about, where that is known. The message names it too. */
  place?: CodePlace | undefined;
  /** The element that code looked for in vain. The message tells of it too. */
  target?: FailedTarget | undefined;
  /** What to do next for a caller that is no person at a terminal, where that is something else. */
  askHint?: string | undefined;
}

/** A failure that a user can meet, with what to do next. */
export class LibrettoError extends Error {
  override readonly name = "LibrettoError";
  /** Where in a file of the user's it came about, where that is known. */
  readonly place?: CodePlace | undefined;
  /** The element that code looked for in vain. */
  readonly target?: FailedTarget | undefined;
  /** What to do next for a caller that is no person at a terminal, where that is something else. */
  readonly askHint?: string | undefined;

  /**
   * @param code what kind of failure it is
   * @param message what went wrong: one line, no trailing stop needed
   * @param hint what to do next: one line, with the exact command where there is one
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint: string,
    options?: {
      cause?: unknown;
      place?: CodePlace | undefined;
      target?: FailedTarget | undefined;
      askHint?: string | undefined;
    },
  ) {
    super(message, options);
    if (options?.place) this.place = options.place;
    if (options?.target) this.target = options.target;
    if (options?.askHint !== undefined) this.askHint = options.askHint;
  }

  /** The exit status with which the CLI ends. */
  get exitStatus(): number {
    return exitStatusOf[this.code];
  }

  toJSON(): ErrorData {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      ...(this.place ? { place: this.place } : {}),
      ...(this.target ? { target: this.target } : {}),
      ...(this.askHint === undefined ? {} : { askHint: this.askHint }),
    };
  }

  /** The error as a caller that is no person at a terminal should see it. */
  forProgram(): LibrettoError {
    const { code, message, askHint, place, target, cause } = this;
    return askHint === undefined ? this : new LibrettoError(code, message, askHint, { cause, place, target });
  }

  /** Rebuilds an error that came over the socket. */
  static fromData(data: ErrorData): LibrettoError {
    return new LibrettoError(data.code in exitStatusOf ? data.code : "Failed", data.message, data.hint, {
      place: data.place,
      target: data.target,
      askHint: data.askHint,
    });
  }

  /** Turns whatever was thrown into an error that can be shown. */
  static from(thrown: unknown): LibrettoError {
    if (thrown instanceof LibrettoError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new LibrettoError("Failed", message, fittingHint(thrown), { cause: thrown });
  }
}

/** What to do about what the system refused, by its code. */
const systemHints: Record<string, string> = {
  ENOSPC: "Make room on the disk, then run the command again.",
  EDQUOT: "Your share of the disk is used up: make room, then run the command again.",
  EACCES:
    "Check whose that file or folder is and what its permissions are: `libretto status` shows where Libretto writes.",
  EPERM:
    "Check whose that file or folder is and what its permissions are: `libretto status` shows where Libretto writes.",
  EROFS:
    "That disk can only be read: keep sessions elsewhere with LIBRETTO_ROOT (the workspace) or XDG_STATE_HOME (the user's).",
  ENOENT: "Something was removed meanwhile: check the path, then run the command again.",
  ENOTDIR: "A file lies where a folder should be: move it away, then run the command again.",
  EMFILE: "Too many files are open: end some programs, or raise the limit (`ulimit -n`).",
  ENFILE: "Too many files are open on this machine: end some programs.",
  ENOMEM: "The memory is used up: end some programs, then run the command again.",
  ECONNREFUSED: "Nothing answers at that address: check that what should run there does.",
  ECONNRESET: "The other side ended the connection: run the command again; `libretto list` shows what is live.",
  EPIPE: "The other side ended the connection: run the command again; `libretto list` shows what is live.",
  ETIMEDOUT: "Nothing answered in time: check the address and the network.",
  ENOTFOUND: "No machine of that name is known: check the address and the network.",
};

/** What to do next about a failure that nobody foresaw. */
function fittingHint(thrown: unknown): string {
  const known = systemHints[systemCode(thrown) ?? ""];
  if (known !== undefined) return known;
  const message = thrown instanceof Error ? thrown.message : "";
  if (/Target (?:page|closed)|has been closed|Session closed/i.test(message))
    return "The page or the browser was closed meanwhile: `libretto pages` shows what is open.";
  return "Run the command again; if it fails again, `libretto status` checks this machine, and LIBRETTO_DEBUG=1 shows where it failed.";
}

/** What a session is made from, as far as it says how to have it again. */
interface Reopenable {
  session: string;
  kind?: "launched" | "connected" | "run" | undefined;
  cdpEndpoint?: string | null | undefined;
  grid?: { url: string } | undefined;
}

/** How to have a session again that has ended, in one sentence. @param when `when it is gone` */
export function reopenHint({ session, kind, cdpEndpoint, grid }: Reopenable, when = ""): string {
  const after = when === "" ? "" : ` ${when}`;
  if (kind === "connected") {
    const address = cdpEndpoint && /^ws:\/\/[\w.:[\]-]+\/devtools\/browser\//.exec(cdpEndpoint);
    const where = address ? `http://${address[0].slice("ws://".length).split("/")[0]}` : "<address>";
    return `Connect to the browser again${after}: \`libretto connect ${where} --session ${session}\`.`;
  }
  if (kind === "run") return `Run the workflow again${after}: \`libretto run <file> --session ${session}\`.`;
  const onGrid = grid === undefined ? "" : ` --grid ${grid.url}`;
  return `Open it again${after}: \`libretto open <url> --session ${session}${onGrid}\`.`;
}

/**
 * What went wrong in code, without the line of it that the message quotes at its end: what is written down must
 * not hold the password that somebody typed into their code.
 */
export function withoutExcerpt(message: string): string {
  return message.replace(/( \((?:line \d+, column \d+[^)]*|[^()]*:\d+:\d+)\)): .*$/s, "$1");
}

/** A call with the wrong words: nothing was done. */
export function usageError(message: string, hint: string): LibrettoError {
  return new LibrettoError("Usage", message, hint);
}

/** A name that a live session has: how to reach it, or to be rid of it. */
export function sessionExists(session: string, state: { status: string; url: string } | undefined): LibrettoError {
  const doing = state?.status === "starting" ? "is being opened" : "is open already";
  const hint = `Use it (\`libretto readonly-exec --session ${session} "return await page.title()"\`), close it (\`libretto close --session ${session}\`), or choose another name.`;
  return new LibrettoError(
    "SessionExists",
    `Session "${session}" ${doing}${state?.url ? `, at ${state.url}` : ""}.`,
    hint,
  );
}

/** The end of what no client waits for any more: it was interrupted, or is gone. */
export function nobodyWaits(): LibrettoError {
  return new LibrettoError("Interrupted", "Nobody waits for it any more.", "Run the command again when you are ready.");
}

/** The system's code of a failed call (`ENOENT`, `EEXIST`, …), or undefined. */
export function systemCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}
