/** `logs.jsonl` of a session: what the session itself does. */
import type { Redactor } from "../../logs/redact.js";
import { timestamp, type LogLevel, type LogRow } from "../../logs/rows.js";
import type { JsonlWriter } from "../../logs/writer.js";

/** Longest message of a row, in characters: a row is for reading, and a page or a workflow may say anything. */
const maxMessageLength = 2_000;
/** Of a text that is cut in any case no more is masked than this. */
const maxMaskedLength = 10_000;

/** A row of `logs.jsonl`, masked first and cut then: half a secret would not be known for one. */
export function logRow(
  redactor: Redactor,
  level: LogLevel,
  event: string,
  message: string,
  data?: Record<string, unknown>,
): LogRow {
  const row = redactor.logRow({
    ts: timestamp(),
    level,
    event,
    message: message.slice(0, maxMaskedLength),
    ...(data === undefined ? {} : { data }),
  });
  if (row.message.length > maxMessageLength) row.message = `${row.message.slice(0, maxMessageLength)}…`;
  return row;
}

export class SessionLog {
  constructor(
    readonly writer: JsonlWriter,
    private readonly redactor: Redactor,
  ) {}

  /** @param event a stable word for scripts @param message one line for people */
  write(level: LogLevel, event: string, message: string, data?: Record<string, unknown>): void {
    this.writer.append(logRow(this.redactor, level, event, message, data));
  }

  close(): Promise<void> {
    return this.writer.close();
  }
}
