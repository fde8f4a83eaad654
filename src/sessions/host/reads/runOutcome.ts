/** What a run of `readonly-exec` came to, as its client is told. */
import { LibrettoError } from "../../util/errors.js";
import { sizeText } from "../../util/sizeText.js";
import type { EndMessage, Thrown } from "../sandbox/messages.js";
import type { ProcessEnd } from "./interpreterProcess.js";

export interface ReadonlyLimits {
  timeoutMs: number;
  memoryBytes: number;
  outputBytes: number;
  /** Most reads and timers that may be unanswered at one time. */
  pendingCalls: number;
}

export interface RunResult {
  kind: "undefined" | "string" | "json";
  text: string;
  /** The page on which the code ran; absent where none is open. */
  targetId?: string;
}

/** The value that a run ended with. @throws LibrettoError for a limit, and for what the code threw */
export function result({ end }: EndMessage, limits: ReadonlyLimits): RunResult {
  if ("limit" in end) throw limitExceeded(end.limit, limits);
  if ("thrown" in end) throw failed(end.thrown);
  return end;
}

/** An error that ended the run, with its place in the user's text. */
function failed({ name, message, position, excerpt }: Thrown): LibrettoError {
  const place =
    position === undefined
      ? ""
      : ` (line ${position.line}, column ${position.column})${excerpt === undefined || excerpt === "" ? "" : `: ${excerpt}`}`;
  const line = shortened(message);
  if (name === "ReadonlyExecDenied")
    return new LibrettoError(
      "ReadonlyExecDenied",
      `${line}${place}`,
      "Only reads work in readonly-exec. What changes the page needs `libretto exec` in a session with write-access: `libretto session-mode write-access`.",
    );
  if (name === "LimitExceeded")
    return new LibrettoError("LimitExceeded", line, "Raise `readonlyExec.outputBytes` in .libretto/config.json.");
  if (name === "DialogOpen")
    return new LibrettoError(
      "DialogOpen",
      `${line.replace(/\.$/, "")}${place}`,
      "Answer it in the browser's window, or with `libretto act dialog accept` (or dismiss) in a session with write-access.",
    );
  const missing = name === "ReferenceError" ? /^'?([\w$]{1,100})'? is not defined$/.exec(line)?.[1] : undefined;
  if (missing !== undefined)
    return new LibrettoError(
      "CodeFailed",
      `ReferenceError: ${line}${place}`,
      insteadOf[missing] ??
        "Declare it, or use what is there: page, frame, get, scrollBy, state, console, URL, Buffer, timers and the language itself.",
    );
  return new LibrettoError(
    "CodeFailed",
    `${shortened(name)}: ${line}${place}`,
    name === "SyntaxError"
      ? "Correct the code and run it again."
      : "Correct the code and run it again; `libretto snapshot` shows what is on the page.",
  );
}

/** What to use where a global is missing that people are used to. */
const insteadOf: Record<string, string> = {
  Intl: "There is no Intl here; toLocaleString(locale, options) of a number or a date, and localeCompare of a text, do what it does.",
  expect: 'Compare, and return the outcome: `return (await page.title()) === "…"`.',
  test: "Only the body of a test runs here, and without expect: compare, and return the outcome.",
  structuredClone: "JSON.parse(JSON.stringify(value)) copies plain data.",
  crypto: "Math.random() is there; hashes and random ids are not.",
  AbortController: "Each read takes a timeout instead: `locator.textContent({ timeout: 1_000 })`.",
  Headers: 'The headers of get(url) are a plain object: `(await get(url)).headers["content-type"]`.',
};

/** One line of at most 4,000 characters. No regular expression: the text may be made to take one for ever. */
function shortened(message: string): string {
  const line = message
    .slice(0, 20_000)
    .split("\n")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join(" ");
  return line.length > 4_000 ? `${line.slice(0, 4_000)}…` : line;
}

/** @param limit which of them the code went over */
export function limitExceeded(limit: "memory" | "output" | "calls", limits: ReadonlyLimits): LibrettoError {
  switch (limit) {
    case "memory":
      return new LibrettoError(
        "LimitExceeded",
        `The code needs more than ${sizeText(limits.memoryBytes)} of memory`,
        "Keep less at a time, or raise `readonlyExec.memoryBytes` in .libretto/config.json.",
      );
    case "output":
      return new LibrettoError(
        "LimitExceeded",
        `The code prints more than ${sizeText(limits.outputBytes)}`,
        "Return less, or raise `readonlyExec.outputBytes` in .libretto/config.json.",
      );
    case "calls":
      return new LibrettoError(
        "LimitExceeded",
        `The code waits for more than ${limits.pendingCalls} reads and timers at one time`,
        "Await some before starting more, or raise `readonlyExec.pendingCalls` in .libretto/config.json.",
      );
  }
}

/**
 * @param timeoutMs the time that it had
 * @param why what its last read came to, where that had run out of time and the code had done nothing since
 */
export function timedOut(timeoutMs: number, why: string | undefined): LibrettoError {
  return new LibrettoError(
    "TimedOut",
    `The code ran longer than ${timeoutMs / 1_000} s and was ended${why === undefined ? "" : `: ${why}`}`,
    "Give it more time with `--timeout <ms>`, or raise `readonlyExec.timeoutMs` in .libretto/config.json.",
  );
}

/** For a run whose client went away. */
export function interrupted(): LibrettoError {
  return new LibrettoError("Interrupted", "The code was cancelled", "Run it again when you are ready.");
}

/** A process that ran out of its own memory ends by a signal, or with V8's status for that. */
export function endedUnexpectedly({ status, signal, stderr }: ProcessEnd, limits: ReadonlyLimits): LibrettoError {
  if (/heap out of memory|Allocation failed/i.test(stderr)) return limitExceeded("memory", limits);
  const how = signal === null ? `with status ${status ?? "unknown"}` : `by ${signal}`;
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return new LibrettoError(
    "CodeFailed",
    `The interpreter ended ${how}${last === "" ? "" : ` (${last.slice(0, 200)})`}`,
    "Run the code again; the session goes on.",
  );
}
