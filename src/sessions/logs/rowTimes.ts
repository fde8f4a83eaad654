/** The times by which the rows of several logs are put in order. */
import type { Line } from "./lines.js";

/** The time by which a line is put in order: its own, but never before that of the line ahead of it in its file. */
export function laterTime(line: Line | undefined, earlier: string): string {
  const time = line === undefined ? "" : timeOf(line.text);
  return time > earlier ? time : earlier;
}

/** The `ts` of a row, from its text; empty where it does not begin with one. */
export function timeOf(text: string): string {
  return text.startsWith('{"ts":"') ? text.slice(7, 31) : "";
}

/** In ms since 1970; 0 for what is no time. */
export function milliseconds(time: string): number {
  return Date.parse(time) || 0;
}

/** The order in which logs are merged: by time, then by the log, then by the line. */
export function byTime(a: { ref: number; time: number }, b: { ref: number; time: number }): number {
  return a.time - b.time || a.ref - b.ref;
}
