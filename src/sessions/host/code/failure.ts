/** Tells a person what went wrong in code of theirs: one line, with the place in what they typed. */
import { LibrettoError } from "../../util/errors.js";
import { stripVTControlCharacters } from "node:util";
import { inspectSafely } from "./format.js";
import type { CodePosition } from "./codePosition.js";
import { CodeSyntaxError, excerptOf } from "./prepare.js";

/** The longest message that is shown, in characters: a value that was thrown may be of any size. */
const longest = 600;

/** A place in code that was run, with the words that say in which. */
export interface FailurePlace extends CodePosition {
  code: string;
  /** Such as ` of an earlier exec`; empty for the code that runs. */
  where: string;
}

/**
 * The failure of code, whatever was thrown.
 * @param find looks for a place of the user's code in a stack; undefined where there is none
 * @param hint what to do next
 */
export function codeFailure(
  thrown: unknown,
  find: (stack: string) => FailurePlace | undefined,
  hint: string,
): LibrettoError {
  if (thrown instanceof CodeSyntaxError) return thrown;
  if (!isError(thrown))
    return new LibrettoError(
      "CodeFailed",
      shorten(`Uncaught ${typeof thrown === "string" ? thrown : inspectSafely(thrown)}`),
      hint,
      { cause: thrown },
    );
  const place = find(typeof thrown.stack === "string" ? thrown.stack : "");
  const at =
    place === undefined
      ? ""
      : ` (line ${place.line}, column ${place.column}${place.where}): ${excerptOf(place.code, place.line)}`;
  return new LibrettoError("CodeFailed", `${messageOf(thrown)}${at}`, hint, { cause: thrown });
}

/** Where in a message Playwright's log of what it did begins: under a heading, or between rulers. */
const logHeading = /\n+(?:Call log:|=+ logs =+)\n/;

/** An error of our own, without what Playwright wrote behind its message on the way. */
export function withoutLog(error: LibrettoError): LibrettoError {
  error.message = error.message.split(logHeading)[0] ?? "";
  return error;
}

/** The name and message of an error in one line, with those of its cause: `fetch failed` alone tells nothing. Playwright's log of what it waited for is kept, shortened. */
export function messageOf(error: { name?: unknown; message?: unknown; cause?: unknown }): string {
  const message = stripVTControlCharacters(String(error.message));
  const [text = "", log = ""] = message.split(logHeading);
  const steps = [...new Set(log.split("\n").map((line) => line.replace(/^[\s-]+(?:\d+ × )?/, "").trim()))].filter(
    (line) => line !== "" && !/^=+/.test(line),
  );
  const told = steps.length > 3 ? [steps[0], ...steps.slice(-2)] : steps;
  const name = typeof error.name === "string" && error.name !== "Error" && error.name !== "" ? `${error.name}: ` : "";
  const line = text
    .split("\n")
    .map((part) => part.trim())
    .filter((part) => part !== "" && !/^[=═─╔╗╚╝║-]{3,}/.test(part))
    .map((part) => part.replace(/^║\s*|\s*║$/g, ""))
    .join(" ");
  // One cause deep: an error may be its own cause.
  const because = isError(error.cause)
    ? `, because of ${error.cause.name}: ${error.cause.message}`.replace(/\s*\n\s*/g, " ")
    : "";
  return shorten(`${name}${line}${told.length === 0 ? "" : ` [${told.join("; ")}]`}${because}`);
}

/** Errors of other realms count too. */
function isError(value: unknown): value is Error {
  return (
    value instanceof Error ||
    (typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Error]")
  );
}

/** Cuts a text to what a person reads. */
export function shorten(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
