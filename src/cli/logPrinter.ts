/** Rows of the logs as lines for people: columns that line up, colours on a terminal, and nothing of a page's text obeyed by it. */
import { basename } from "node:path";
import { mask } from "../sessions/logs/mask.js";
import type { LogKind } from "../sessions/logs/rows.js";
import type { LogEntry } from "../sessions/operations/logs.js";
import { printable } from "./output.js";

export interface LogPrinterOptions {
  /** Local time of day under a line for each day; else the whole time as it is in the file. */
  terminal: boolean;
  color: boolean;
  /** Cut lines to this width; undefined for whole ones. */
  columns: number | undefined;
  /** Whether to say of which log a row is. */
  severalKinds: boolean;
}

const colors = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
type Color = keyof typeof colors;

/** A piece of a line. `width` pads it, to the right of its text or to the left. */
interface Cell {
  text: string;
  color?: Color | undefined;
  width?: number;
  align?: "right";
}

const labels: Record<LogKind, Cell> = {
  logs: { text: "log", color: "dim" },
  network: { text: "net", color: "blue" },
  actions: { text: "act", color: "magenta" },
};
const levelColors: Record<string, Color> = { debug: "dim", warn: "yellow", error: "red" };
/** A page's text is not bounded; a line for people is. */
const maxValueLength = 4000;

export class LogPrinter {
  private day = "";

  constructor(private readonly options: LogPrinterOptions) {}

  /** The entry as one line, or two where a day begins, without the last line break. */
  print(entry: LogEntry): string {
    switch (entry.type) {
      case "row": {
        const { time, heading } = this.time(entry.row.ts);
        const kind = this.options.severalKinds ? [labels[entry.kind]] : [];
        const cells =
          entry.kind === "network"
            ? requestCells(entry.row)
            : entry.kind === "actions"
              ? actionCells(entry.row)
              : logCells(entry.row);
        return heading + this.line([time, ...kind, ...cells]);
      }
      case "malformed": {
        const kind = this.options.severalKinds ? [labels[entry.kind]] : [];
        return this.line([
          ...kind,
          { text: `${basename(entry.file)}:${entry.number} is not a row (${entry.bytes} bytes):`, color: "yellow" },
          { text: entry.line.slice(0, maxValueLength) },
        ]);
      }
      case "break":
        return this.line([
          {
            text: `-- ${entry.kind}: the file was ${entry.reason}${entry.part === undefined ? "" : `; the rows before are in part ${entry.part}`} --`,
            color: "dim",
          },
        ]);
    }
  }

  private time(value: unknown): { time: Cell; heading: string } {
    const date = typeof value === "string" ? new Date(value) : undefined;
    if (!this.options.terminal || !date || Number.isNaN(date.getTime()))
      return {
        time: {
          text: typeof value === "string" ? value.slice(0, 40) : "?",
          color: "dim",
          width: this.options.terminal ? 12 : 24,
        },
        heading: "",
      };
    const two = (number: number): string => String(number).padStart(2, "0");
    const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    const heading = day === this.day ? "" : `${this.line([{ text: `-- ${day} --`, color: "dim" }])}\n`;
    this.day = day;
    return {
      time: {
        text: `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`,
        color: "dim",
      },
      heading,
    };
  }

  private line(cells: Cell[]): string {
    let width = 0;
    let line = "";
    const limit = this.options.columns ?? Number.POSITIVE_INFINITY;
    const filled = cells.filter(
      (cell, index) => cell.text !== "" || (cell.width !== undefined && index < cells.length - 1),
    );
    for (const [index, cell] of filled.entries()) {
      if (width >= limit) break;
      if (index > 0) {
        line += " ";
        width++;
      }
      let text = printable(cell.text);
      if (cell.width !== undefined)
        text =
          cell.align === "right"
            ? text.padStart(cell.width)
            : index === filled.length - 1
              ? text
              : text.padEnd(cell.width);
      const room = limit - width;
      const { fitting, columns } = fit(text, room);
      width += columns;
      line +=
        this.options.color && cell.color !== undefined && fitting.trim() !== ""
          ? `\u001b[${colors[cell.color]}m${fitting}\u001b[0m`
          : fitting;
    }
    return this.options.color ? line : line.trimEnd();
  }
}

function logCells(row: Record<string, unknown>): Cell[] {
  const level = word(row.level);
  const data = row.data === undefined ? "" : word(row.data);
  return [
    { text: level, color: levelColors[level], width: 5 },
    { text: word(row.event), color: "cyan", width: 20 },
    { text: word(row.message), color: level === "error" ? "red" : undefined },
    { text: data, color: "dim" },
  ];
}

function requestCells(row: Record<string, unknown>): Cell[] {
  const status = typeof row.status === "number" ? row.status : undefined;
  const failure = typeof row.failure === "string" ? row.failure : undefined;
  const color: Color | undefined =
    failure !== undefined || (status ?? 0) >= 500
      ? "red"
      : (status ?? 0) >= 400
        ? "yellow"
        : (status ?? 0) >= 300
          ? "cyan"
          : status === undefined
            ? "dim"
            : "green";
  return [
    { text: status === undefined ? (failure === undefined ? "---" : "ERR") : String(status), color, width: 3 },
    { text: word(row.method), color: "bold", width: 6 },
    { text: word(row.resourceType), color: "dim", width: 10 },
    { text: row.fromCache === true ? "cache" : size(row.size), width: 7, align: "right" },
    { text: duration(row.duration), width: 7, align: "right" },
    { text: word(row.url) },
    { text: failure ?? "", color: "red" },
  ];
}

function actionCells(row: Record<string, unknown>): Cell[] {
  const failed = row.success === false;
  const where =
    row.bestSemanticSelector ?? row.selector ?? row.url ?? (typeof row.coordinates === "object" ? row.coordinates : "");
  const value = row.value === undefined ? "" : word(row.value);
  return [
    { text: failed ? "ERR" : "ok", color: failed ? "red" : "green", width: 3 },
    { text: word(row.source), color: row.source === "user" ? "magenta" : "blue", width: 5 },
    { text: word(row.action), color: "bold", width: 10 },
    { text: duration(row.duration), width: 7, align: "right" },
    { text: word(where) },
    { text: value === "" ? "" : value === mask ? "= masked" : `= ${JSON.stringify(value)}`, color: "dim" },
    { text: word(row.error ?? ""), color: "red" },
  ];
}

/** Any value as one short text. */
function word(value: unknown): string {
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text;
}

function size(value: unknown): string {
  if (typeof value !== "number" || value < 0) return "";
  if (value < 1000) return `${value} B`;
  for (const [factor, unit] of [
    [1e3, "kB"],
    [1e6, "MB"],
    [1e9, "GB"],
  ] as const) {
    const amount = value / factor;
    if (amount < 999.5 || unit === "GB") return `${amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
  }
  return "";
}

function duration(value: unknown): string {
  if (typeof value !== "number" || value < 0) return "";
  if (value < 999.5) return `${Math.round(value)} ms`;
  return value < 99_950 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value / 1000)} s`;
}

/** As much of the text as fits, with an ellipsis where it is cut. East Asian and emoji characters take two columns. */
function fit(text: string, room: number): { fitting: string; columns: number } {
  // The usual case: it fits whatever its characters are, or has narrow ones only.
  if (text.length * 2 <= room)
    return { fitting: text, columns: [...text].reduce((sum, character) => sum + columnsOf(character), 0) };
  let columns = 0;
  let end = 0;
  let cutAt = 0;
  for (const character of text) {
    const wide = columnsOf(character);
    if (columns + wide > room) return { fitting: `${text.slice(0, cutAt)}…`, columns: room };
    columns += wide;
    end += character.length;
    if (columns <= room - 1) cutAt = end;
  }
  return { fitting: text, columns };
}

function columnsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (/\p{M}|\p{Cf}/u.test(character)) return 0;
  return /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}]/u.test(
    character,
  )
    ? 2
    : 1;
}
