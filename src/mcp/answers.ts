/** What a tool answers: text of a length that is bounded, what is of a page between marks, errors with a next step. */
import type { CallToolResult } from "@modelcontextprotocol/server";
import { LibrettoError, type ErrorCode } from "../sessions/util/errors.js";
import { Fence } from "./fence.js";
import { defaultMaxChars } from "./toolList.js";

export interface AnswerParts {
  /** Lines of ours, before what is of the page. Nothing of a page may be in them. */
  head?: string | undefined;
  /** What is of the page; none where it is left out. */
  page?: string | undefined;
  /** Of the page, for the mark. */
  url?: string | undefined;
  /** Of the whole answer. */
  maxChars?: number | undefined;
  /** What to do where the page's part is cut. */
  more?: string | undefined;
}

/** A text of ours and what is of a page between marks, no longer than it may be. */
export function answerText({ head = "", page, url, maxChars = defaultMaxChars, more = "" }: AnswerParts): string {
  const start = head === "" ? "" : `${head}\n`;
  if (page === undefined) return head.slice(0, maxChars);
  const fence = new Fence();
  const whole = fence.around(page, { url });
  if (start.length + whole.text.length <= maxChars) return `${start}${whole.text}`;
  // Room for what tells of the cut.
  const { text, shown, of } = fence.around(page, { url, maxChars: maxChars - start.length - more.length - 100 });
  return `${start}${text}\nCut: ${shown} of ${of} characters are shown.${more === "" ? "" : ` ${more}`}`;
}

/** An answer that is one such text. */
export function answer(parts: AnswerParts): CallToolResult {
  return { content: [{ type: "text", text: answerText(parts) }] };
}

/** What to do next, in the words of the tools, where the core's own words are about its commands. */
const nextSteps: Record<ErrorCode, string> = {
  Failed: "Look at the session with sessions, and try once more.",
  BrowserNotFound: "A person has to install a browser: `libretto setup`.",
  BrowserFailed: "Try open again with headless: true; a person can see more with `libretto status`.",
  HostUnreachable: "Call the tool again: the session's browser is taken up by a new host.",
  VersionMismatch: "Another version of Libretto holds the session; a person has to close it, or restart this server.",
  SessionExists: "Choose another name, or use that session.",
  SessionBusy: "Call the tool again in a moment.",
  SessionEnded: "Open a new one with open; the logs of the old one are there for logs.",
  BrokenState: "A person has to look at the session's record; open a new one meanwhile.",
  BrokenConfig: "A person has to correct .libretto/config.json.",
  EndpointUnreachable: "A person has to see to that browser; open a session of your own with open.",
  CodeFailed: "Correct the code, or look at the page with snapshot first.",
  LimitExceeded: "Do less in one call.",
  PageNotFound: "See the session's pages with sessions.",
  PageCrashed: "Look at another page, or open a new session.",
  DialogOpen:
    "Answer it with act (dialog accept or dialog dismiss) in a session with write-access, or ask a person to.",
  WorkflowFailed: "Look at the session with snapshot and logs.",
  Usage: "Correct the arguments.",
  ReadonlyExecDenied:
    "Only reads are there for read. To change the page, ask a person with request_write_access, then use act.",
  RefusedByMode: "Read with snapshot, read or logs, or ask a person with request_write_access; no tool unlocks it.",
  NoSuchSession: "See what is there with sessions, or open one with open.",
  TimedOut: "Call the tool again, with more time where it takes timeout_ms.",
  Interrupted: "Nothing: it was cancelled.",
};

/** Errors whose words are ours and the caller's alone. The others may hold what a page says. */
const ours: readonly ErrorCode[] = [
  "RefusedByMode",
  "NoSuchSession",
  "Usage",
  "Interrupted",
  "BrowserNotFound",
  "SessionBusy",
  "VersionMismatch",
];

/** Words that are for a terminal. */
const isForTerminal = (hint: string): boolean => /`libretto |(^|\s)--[a-z]+ with one|LIBRETTO_DEBUG/.test(hint);

/** The lines that tell of a failure: its code, the reason, what to do next. */
export function failureText(thrown: unknown, { url }: { url?: string | undefined } = {}): string {
  const error = LibrettoError.from(thrown);
  const { code, message, hint } = error;
  const step = nextSteps[code];
  if (ours.includes(code)) {
    const locked = code === "RefusedByMode" && /locked permanently/.test(message);
    const next = locked ? "Read with snapshot, read or logs; nothing unlocks this session." : step;
    return [`error: ${code}`, message, `next: ${isForTerminal(hint) || hint === "" || locked ? next : hint}`].join(
      "\n",
    );
  }
  const words = isForTerminal(hint) || hint === "" ? message : `${message}\n${hint}`;
  return answerText({ head: `error: ${code}\nnext: ${step}`, page: words, url, maxChars: 8_000 });
}

/** The answer that tells of a failure. */
export function failure(thrown: unknown, at?: { url?: string | undefined }): CallToolResult {
  return { content: [{ type: "text", text: failureText(thrown, at) }], isError: true };
}
