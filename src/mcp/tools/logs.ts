/** `logs`: rows of a session's logs, newest last, with a cursor to go on from. */
import { FilterError, parseFilter } from "../../sessions/logs/filter.js";
import { logKinds, type LogKind } from "../../sessions/logs/rows.js";
import { parseSince } from "../../sessions/logs/since.js";
import { logs, type LogEntry, type LogPlaces } from "../../sessions/operations/logs.js";
import { type LibrettoError, usageError } from "../../sessions/util/errors.js";
import { answerText } from "../answers.js";
import type { Tool } from "../call.js";
import type { Connection } from "../connection.js";
import type { ToolInput } from "../toolInputs.js";
import { defaultMaxChars } from "../toolList.js";

/** Rows, where the client asks for no other number. */
const defaultLines = 50;
/** Characters of one row. */
const maxRow = { short: 500, full: 4_000 };

export const run: Tool<"logs"> = async ({ input, connection, signal }) => ({
  content: [{ type: "text", text: await readLogs(connection, input, signal) }],
});

/** The rows, as the tool and the resource give them. */
export async function readLogs(
  connection: Connection,
  input: ToolInput<"logs">,
  signal?: AbortSignal,
): Promise<string> {
  const kinds: readonly LogKind[] = input.kind === "all" ? logKinds : [input.kind ?? "logs"];
  const reading = logs(
    connection.context,
    {
      session: input.session ?? sessionOrNone(() => connection.sessionOf(undefined)),
      kinds,
      filter: input.filter === undefined ? undefined : filterOf(input.filter),
      since: input.since === undefined ? undefined : parseSince(input.since),
      last: input.lines ?? defaultLines,
      after: input.cursor === undefined ? undefined : placesOf(input.cursor),
    },
    signal,
  );
  const lines: string[] = [];
  for await (const entries of reading.entries)
    for (const entry of entries) lines.push(lineOf(entry, kinds.length > 1, input.full === true));
  const maxChars = input.max_chars ?? defaultMaxChars;
  const kept = newest(lines, maxChars - 1_200);
  const count = lines.length === 0 ? "No rows" : `${lines.length} ${lines.length === 1 ? "row" : "rows"}`;
  const cut = kept.length < lines.length ? `, of which the newest ${kept.length} fit` : "";
  return answerText({
    head: `${count} of session "${reading.session}" (${kinds.join(", ")})${cut}. Cursor: ${cursorOf(reading.places())}`,
    page: kept.join("\n"),
    maxChars,
  });
}

/** The verb says itself which sessions have logs, where none was meant. */
function sessionOrNone(find: () => string): string | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

function filterOf(text: string): ReturnType<typeof parseFilter> {
  try {
    return parseFilter(text);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw usageError(`The filter cannot be read: ${error.message}`, error.expected);
  }
}

/** As many of the newest as fit into so many characters. */
function newest(lines: string[], room: number): string[] {
  let chars = 0;
  let from = lines.length;
  while (from > 0 && chars + (lines[from - 1]?.length ?? 0) + 1 <= room) chars += (lines[--from]?.length ?? 0) + 1;
  return lines.slice(from);
}

function lineOf(entry: LogEntry, withKind: boolean, full: boolean): string {
  const max = full ? maxRow.full : maxRow.short;
  const kind = withKind ? `${entry.kind} ` : "";
  if (entry.type !== "row") return cut(`${kind}no row: ${entry.type === "malformed" ? entry.line : entry.reason}`, max);
  return cut(kind + (full ? entry.line : short(entry.kind, entry.row)), max);
}

/** What one looks for first. */
function short(kind: LogKind, row: Record<string, unknown>): string {
  const fields: Record<LogKind, string[]> = {
    logs: ["ts", "level", "event", "message"],
    network: ["ts", "method", "status", "url", "resourceType", "size", "duration", "failure"],
    actions: ["ts", "source", "action", "bestSemanticSelector", "selector", "value", "url", "success", "error"],
  };
  return fields[kind]
    .map((field) => {
      const value = row[field];
      if (value === undefined || value === null) return "";
      if (field === "duration" && typeof value === "number") return `${Math.round(value)}ms`;
      if (field === "size" && typeof value === "number") return `${value}B`;
      if (field === "success") return value === true ? "" : "failed";
      return typeof value === "string" ? value.replaceAll(/\s*\n\s*/g, " ") : JSON.stringify(value);
    })
    .filter((text) => text !== "")
    .join(" ");
}

const cut = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max)}…`);

/** Where each log was read to, as a client hands it back. */
export function cursorOf(places: LogPlaces): string {
  return Buffer.from(JSON.stringify(places)).toString("base64url");
}

/** @throws `Usage` for what is no such cursor; where a place is of a file that is gone, reading begins at the oldest row */
export function placesOf(cursor: string): LogPlaces {
  const wrong = (): LibrettoError =>
    usageError("That is not the cursor of an answer.", "Take it from the last answer as it is, or leave it out.");
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw wrong();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong();
  const places: LogPlaces = {};
  for (const [kind, place] of Object.entries(value)) {
    const { dev, ino, offset } = (place ?? {}) as Record<string, unknown>;
    const isNumber = (text: unknown): text is string => typeof text === "string" && /^\d{1,20}$/.test(text);
    const isCount = (number: unknown): number is number => Number.isSafeInteger(number) && (number as number) >= 0;
    if (!(logKinds as readonly string[]).includes(kind) || !isNumber(dev) || !isNumber(ino) || !isCount(offset))
      throw wrong();
    places[kind as LogKind] = { dev, ino, offset };
  }
  return places;
}
