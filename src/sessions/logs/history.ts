/**
 * What a log holds already: its old parts and the live file up to its last whole line, as one run of lines.
 * The end is fixed when it is opened, so that following can go on exactly there.
 */
import { open, type FileHandle } from "node:fs/promises";
import { systemCode } from "../util/errors.js";
import { fileIdentity, isSameFile } from "./fileIdentity.js";
import { countLines, endOfLastLine, readLines, readLinesBackwards, seekTime, type Line } from "./lines.js";
import { listParts } from "./parts.js";
import type { LogPlace } from "./tail.js";

/** Lines of a log and the file they are in. */
export interface LogLines {
  file: string;
  lines: Line[];
}

/** A file of a log, opened, with the end of its last whole line. */
export interface OpenedFile {
  file: string;
  handle: FileHandle;
  end: number;
  /** Where the lines that are wanted begin. */
  start: number;
  place: LogPlace;
}

export interface HistoryOptions {
  /** Leaves out what is certainly older; the caller still looks at each row. ISO 8601 UTC. */
  since?: string | undefined;
  /** Longest text that is made of a line, in bytes. */
  lineLimit?: number | undefined;
  signal?: AbortSignal | undefined;
}

export class LogHistory implements AsyncDisposable {
  /** @param files oldest first */
  private constructor(readonly files: readonly OpenedFile[]) {}

  /**
   * Opens the log `file` and its old parts; a log that does not exist has no lines.
   * @param after leaves out what stands before that place; everything is wanted where its file is gone
   */
  static async open(file: string, after?: LogPlace): Promise<LogHistory> {
    const files: OpenedFile[] = [];
    // The live file first: should it become a part while the parts are listed, it is there twice and taken once.
    const live = await openWhole(file);
    for (const part of await listParts(file)) {
      const opened = await openWhole(part.file);
      if (!opened) continue;
      if (isSameFile(opened.place, live?.place)) await opened.handle.close();
      else if (opened.end === 0) await opened.handle.close();
      else files.push(opened);
    }
    if (live) files.push(live);
    const first = files.findIndex(({ place }) => isSameFile(place, after));
    const from = files[first];
    if (!after || !from) return new LogHistory(files);
    from.start = Math.min(after.offset, from.end);
    await Promise.all(files.slice(0, first).map(({ handle }) => handle.close().catch(() => undefined)));
    return new LogHistory(files.slice(first));
  }

  /** Where following goes on; undefined where there is no file yet. */
  get end(): LogPlace | undefined {
    return this.files.at(-1)?.place;
  }

  /** Every line, oldest first, some at a time. */
  async *forwards({ since, lineLimit, signal }: HistoryOptions = {}): AsyncGenerator<LogLines> {
    for (const { file, handle, start, end } of this.files) {
      const from = since === undefined ? start : Math.max(start, await seekTime(handle, end, since));
      for await (const lines of readLines(handle, {
        from,
        to: end,
        signal,
        ...(lineLimit === undefined ? {} : { limit: lineLimit }),
      }))
        yield { file, lines };
    }
  }

  /** Every line, newest first, some at a time. */
  async *backwards({ lineLimit, signal }: HistoryOptions = {}): AsyncGenerator<LogLines> {
    for (const { file, handle, start, end } of [...this.files].reverse()) {
      for await (const read of readLinesBackwards(handle, end, {
        signal,
        ...(lineLimit === undefined ? {} : { limit: lineLimit }),
      })) {
        const lines = start === 0 ? read : read.filter(({ offset }) => offset >= start);
        if (lines.length > 0) yield { file, lines };
        if (lines.length < read.length) break;
      }
    }
  }

  /** The number of a line in its file, counted from 1 as editors do. Reads the file up to there. */
  async lineNumber(file: string, line: Line, signal?: AbortSignal): Promise<number> {
    const opened = this.files.find((candidate) => candidate.file === file);
    return opened ? (await countLines(opened.handle, line.offset, signal)) + 1 : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.files.map(({ handle }) => handle.close().catch(() => undefined)));
  }
}

async function openWhole(file: string): Promise<OpenedFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
  const stats = await handle.stat({ bigint: true });
  const end = await endOfLastLine(handle, Number(stats.size));
  return { file, handle, end, start: 0, place: { ...fileIdentity(stats), offset: end } };
}
