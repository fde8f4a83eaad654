/** Writes to the terminal or the pipe, whole, however slowly it is read. */
import { fstatSync, writeSync } from "node:fs";
import { systemCode, type LibrettoError } from "../sessions/util/errors.js";

/** A pipe whose reader has gone: the command ends quietly, as `head` expects. */
export class ReaderGone extends Error {
  override readonly name = "ReaderGone";
}

/** Takes what commands print, instead of the terminal. @returns whether it did */
export type Sink = (handle: 1 | 2, text: string) => boolean;
let sink: Sink | undefined;

/** Hands what is printed from now on to another place, as where several commands run in one process. */
export function redirectOutput(to: Sink | undefined): void {
  sink = to;
}

/** Writes all of the text before it returns. @throws `ReaderGone` */
export function writeAll(handle: 1 | 2, text: string): void {
  if (sink?.(handle, text) === true) return;
  let rest = Buffer.from(text, "utf8");
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(handle, rest));
    } catch (error) {
      if (systemCode(error) === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else if (systemCode(error) === "EPIPE") throw new ReaderGone();
      else throw error;
    }
  }
}

/** A line for people on standard error. */
export function note(text: string): void {
  writeAll(2, `${text}\n`);
}

/** One line of what went wrong, one of what to do next (SPEC section E). */
export function errorLines(error: LibrettoError): string {
  return `error: ${oneLine(error.message)}\nhint: ${oneLine(error.hint)}\n`;
}

/**
 * What a page or a record says, made safe for a terminal: control characters are shown, not obeyed.
 * Bidirectional marks too, since they make a line read as another.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, (character) =>
    character === "\t" ? " " : escaped(character),
  );
}

/** JSON as a terminal may show it: what `JSON.stringify` leaves of what a terminal obeys is escaped, and means the same. */
export function printableJson(json: string): string {
  return json.replace(/[\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069]/g, escaped);
}

/** What a terminal obeys, but for line breaks, tabs and colours. */

const obeyed =
  /\u001B(?!\[[\d;]*m)|[\u0000-\u0008\u000B-\u001A\u001C-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Text that a page may have had a hand in. A program gets it as it is; on a terminal what that would obey is
 * shown instead, since the title of a page could otherwise rewrite the screen.
 */
export function forReader(handle: 1 | 2, text: string): string {
  if (text.search(obeyed) < 0 || !fstatSync(handle).isCharacterDevice()) return text;
  return text.replace(/\r\n/g, "\n").replace(obeyed, escaped);
}

/** A number of things: `1 cookie`, `2 cookies`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** Columns padded to their widest cell, two spaces apart. */
export function table(rows: string[][]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function oneLine(text: string): string {
  return printable(text.trim().replace(/\s*\n\s*/g, " "));
}
