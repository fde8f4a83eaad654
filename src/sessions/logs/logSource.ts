/**
 * One log with its old parts as a single run of numbered lines that grows: what the panes read from. Holds
 * descriptors and offsets, no text. A descriptor stays with its file whatever the file is called later, so a
 * row that has been counted can be read also after a rotation.
 */
import { open, type FileHandle } from "node:fs/promises";
import { LogHistory } from "./history.js";
import { LineIndex } from "./lineIndex.js";
import { LineSplitter, type Line } from "./lines.js";
import { listParts } from "./parts.js";
import type { LogKind } from "./rows.js";
import { identityOf, isSameFile, type FileIdentity } from "./fileIdentity.js";
import { follow, type LogPlace, type TailBreak } from "./tail.js";

/** A line of a source. */
export interface SourceLine extends Line {
  /** Its number in the whole run, counted from 0. */
  number: number;
  /** The file in which it was when it was first seen, and its number there, counted from 1. */
  file: string;
  numberInFile: number;
  /** What happened right before it: it is the first line of a file. */
  after?: TailBreak;
}

/** Tells what is new. `lines` begin with the number `first`. */
export interface SourceListener {
  lines(first: number, lines: readonly Line[]): void;
  /** Lines that were counted are gone: everything must be read again. */
  reset(): void;
  /** `ending` has changed. */
  ended(): void;
}

interface Segment {
  file: string;
  handle: FileHandle;
  index: LineIndex;
  /** Number of its first line in the whole run. */
  first: number;
  after: TailBreak | undefined;
}

const cursorBytes = 256 * 1024;

export class LogSource {
  private segments: Segment[] = [];
  private place: LogPlace | undefined;
  private removed = false;

  /** @param file path of the live file, which need not exist */
  constructor(
    readonly kind: LogKind,
    private readonly file: string,
  ) {}

  /** Lines that are known. */
  get lineCount(): number {
    const last = this.segments.at(-1);
    return last ? last.first + last.index.lineCount : 0;
  }

  /** What happened behind the last line, as long as no line follows it. */
  get ending(): TailBreak | undefined {
    const last = this.segments.at(-1);
    return this.removed ? "removed" : last?.index.lineCount === 0 ? last.after : undefined;
  }

  /**
   * Opens the files and finds their lines. What is found can be read meanwhile.
   * @param onProgress called with the share that is done, from 0 to 1
   */
  async open(signal: AbortSignal, onProgress: (done: number) => void): Promise<void> {
    const { files, end } = await LogHistory.open(this.file);
    this.place = end;
    const total = files.reduce((sum, file) => sum + file.end, 0);
    let before = 0;
    for (const [at, { file, handle, end: fileEnd }] of files.entries()) {
      const segment: Segment = {
        file,
        handle,
        index: new LineIndex(),
        first: this.lineCount,
        after: at === 0 ? undefined : "rotated",
      };
      this.segments.push(segment);
      await segment.index.scan(handle, {
        to: fileEnd,
        signal,
        onProgress: () => onProgress((before + segment.index.indexedBytes) / Math.max(1, total)),
      });
      before += fileEnd;
    }
  }

  /** Follows the live file until the signal is aborted. Call it after `open`. */
  async follow(listener: SourceListener, signal: AbortSignal): Promise<void> {
    for await (const event of follow(this.file, { from: this.place ?? "start", signal })) {
      if (event.type === "lines") {
        const whole = event.lines.filter((line) => !line.unfinished);
        const segment = this.segments.at(-1) ?? (await this.addSegment(undefined, undefined));
        if (!segment || whole.length === 0) continue;
        const first = this.lineCount;
        for (const line of whole) segment.index.addLine(line.offset + line.bytes + 1);
        listener.lines(first, whole);
      } else if (event.reason === "truncated") {
        const segment = this.segments.at(-1);
        segment?.index.clear();
        if (segment) segment.after = "truncated";
        listener.reset();
      } else {
        this.removed = event.reason === "removed";
        if (event.to) await this.addSegment(event.to, this.segments.length === 0 ? undefined : event.reason);
        listener.ended();
      }
    }
  }

  /** Reads lines `first` up to, not including, `end`. @param limit longest text of a line, in bytes */
  async read(first: number, end: number, limit: number, signal?: AbortSignal): Promise<SourceLine[]> {
    const result: SourceLine[] = [];
    for (const segment of this.segments) {
      const from = Math.max(first, segment.first) - segment.first;
      const to = Math.min(end - segment.first, segment.index.lineCount);
      if (from >= to) continue;
      for (const line of await segment.index.read(segment.handle, from, to, { limit, ...(signal ? { signal } : {}) })) {
        result.push({
          ...line,
          number: segment.first + line.number,
          file: segment.file,
          numberInFile: line.number + 1,
          ...(line.number === 0 && segment.after ? { after: segment.after } : {}),
        });
      }
    }
    return result;
  }

  /** Reads all lines in order, and goes on with those that have come meanwhile. */
  cursor(): SourceCursor {
    return new SourceCursor(this.segments);
  }

  async close(): Promise<void> {
    const segments = this.segments;
    this.segments = [];
    await Promise.all(segments.map(({ handle }) => handle.close().catch(() => undefined)));
  }

  private async addSegment(
    identity: FileIdentity | undefined,
    after: TailBreak | undefined,
  ): Promise<Segment | undefined> {
    const opened = await openFile(this.file, identity);
    if (!opened) return undefined;
    const segment: Segment = { ...opened, index: new LineIndex(), first: this.lineCount, after };
    this.segments.push(segment);
    return segment;
  }
}

/** Reads the lines of a source from the first to the last that is known. */
export class SourceCursor {
  private segment = 0;
  private position = 0;
  private splitter = new LineSplitter(0);
  private readonly buffer = Buffer.allocUnsafe(cursorBytes);
  /** Number of the next line. */
  number = 0;

  constructor(private readonly segments: readonly Segment[]) {}

  /** Some lines, the first of which has the number that `number` was before; none where all have been read. */
  async next(): Promise<Line[]> {
    for (;;) {
      const segment = this.segments[this.segment];
      if (!segment) return [];
      const length = Math.min(this.buffer.length, segment.index.indexedBytes - this.position);
      if (length <= 0) {
        if (this.segment >= this.segments.length - 1) return [];
        this.segment++;
        this.position = 0;
        this.splitter = new LineSplitter(0);
        continue;
      }
      const { bytesRead } = await segment.handle.read(this.buffer, 0, length, this.position);
      if (bytesRead === 0) return [];
      this.position += bytesRead;
      const lines = this.splitter.add(this.buffer.subarray(0, bytesRead));
      this.number += lines.length;
      if (lines.length > 0) return lines;
    }
  }
}

/** Opens the file of that identity, which may have become an old part since; the live one where none is asked for. */
async function openFile(
  file: string,
  identity: FileIdentity | undefined,
): Promise<{ file: string; handle: FileHandle } | undefined> {
  for (const candidate of [file, ...(await listParts(file)).map((part) => part.file).reverse()]) {
    const handle = await open(candidate, "r").catch(() => undefined);
    if (!handle) continue;
    if (!identity || isSameFile(await identityOf(handle), identity)) return { file: candidate, handle };
    await handle.close();
  }
  return undefined;
}
