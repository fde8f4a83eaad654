/** `logs.jsonl` of a session: what the session itself does. */
import type { Redactor } from "../logs/redact.js";
import type { JsonlWriter } from "../logs/writer.js";

export type LogLevel = "debug" | "info" | "warn" | "error";

export class SessionLog {
  constructor(
    readonly writer: JsonlWriter,
    private readonly redactor: Redactor,
  ) {}

  /** @param event a stable word for scripts @param message one line for people */
  write(level: LogLevel, event: string, message: string, data?: Record<string, unknown>): void {
    this.writer.append(this.redactor.logRow({ ts: new Date().toISOString(), level, event, message, ...(data === undefined ? {} : { data }) }));
  }

  close(): Promise<void> {
    return this.writer.close();
  }
}
