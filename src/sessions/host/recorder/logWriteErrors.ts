/** A disk that is full stops no session: it is told once, with what it cost when there is room again. */
import { basename } from "node:path";
import type { JsonlWriterOptions, WriterTrouble } from "../../logs/writer.js";
import type { SessionLog } from "./sessionLog.js";

export class LogWriteErrors {
  readonly #failing = new Set<string>();
  readonly #dropped = new Map<string, number>();

  /** @param log may be one of the logs that fail: its rows wait in memory like all others */
  constructor(private readonly log: () => SessionLog) {}

  /** For the writer of each log. */
  get listeners(): Pick<JsonlWriterOptions, "onTrouble" | "onRecovered"> {
    return { onTrouble: (trouble) => this.#began(trouble), onRecovered: (lost) => this.#ended(lost) };
  }

  #began({ file, code, message }: WriterTrouble): void {
    const isFirst = this.#failing.size === 0;
    this.#failing.add(file);
    if (isFirst)
      this.log().write(
        "error",
        "log.trouble",
        `${basename(file)} cannot be written (${code}). The session goes on; rows wait in memory while there is room for them.`,
        { file: basename(file), code, message },
      );
  }

  #ended({ file, dropped }: { file: string; dropped: number }): void {
    this.#failing.delete(file);
    if (dropped > 0) this.#dropped.set(basename(file), (this.#dropped.get(basename(file)) ?? 0) + dropped);
    if (this.#failing.size > 0) return;
    const lost = [...this.#dropped].map(([name, count]) => `${count} of ${name}`).join(", ");
    this.log().write(
      "warn",
      "log.recovered",
      lost === ""
        ? "The logs can be written again; no row was lost."
        : `The logs can be written again; rows lost meanwhile: ${lost}.`,
      { dropped: Object.fromEntries(this.#dropped) },
    );
    this.#dropped.clear();
  }
}
