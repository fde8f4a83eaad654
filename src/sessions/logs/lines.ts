/**
 * Lines of a file by byte offset. Splitting works on bytes, so a character that a read cut in two is never
 * decoded in halves, and offsets are those of the file whatever the text holds.
 */
import { isAscii } from "node:buffer";
import type { FileHandle } from "node:fs/promises";

/** A line of a file. */
export interface Line {
  /** Where it begins in the file, in bytes. */
  offset: number;
  /** Its length in bytes, without the line break. */
  bytes: number;
  /** What it holds; bytes that are no UTF-8 appear as U+FFFD. */
  text: string;
  /** The text holds only the beginning: the line is longer than the reader wanted. */
  cut?: true;
  /** The file ended before a line break. */
  unfinished?: true;
}

/** Longest text that is made of a line, unless a reader wants less. What is longer is not a row of ours. */
export const defaultLineLimit = 16 * 1024 * 1024;

const lineBreak = 0x0a;
const carriageReturn = 0x0d;
const chunkBytes = 256 * 1024;

/** Takes a file's bytes in order, piece by piece, and gives its lines. */
export class LineSplitter {
  /** Pieces of the line that has begun; together no more than the limit. */
  private begun: Buffer[] = [];
  private begunBytes = 0;
  private keptBytes = 0;

  /**
   * @param lineStart offset in the file of the first byte that will come
   * @param limit longest text that is made of a line, in bytes
   */
  constructor(
    private lineStart = 0,
    private readonly limit = defaultLineLimit,
  ) {}

  /** Offset of the line that has begun and not ended. */
  get offset(): number {
    return this.lineStart;
  }

  /** Adds bytes, which may be reused by the caller afterwards; the lines that end in them. */
  add(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    if (this.begunBytes === 0 && this.limit >= chunk.length && isAscii(chunk)) {
      // The usual case, in which bytes are characters: one decoding for all lines is several times as fast.
      const text = chunk.toString("latin1");
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
        lines.push({
          offset: this.lineStart,
          bytes: end - start,
          text: text.slice(start, text.charCodeAt(end - 1) === carriageReturn && end > start ? end - 1 : end),
        });
        this.lineStart += end - start + 1;
        start = end + 1;
      }
      if (start < chunk.length) this.keep(chunk.subarray(start));
      return lines;
    }
    for (let end = chunk.indexOf(lineBreak); end !== -1; end = chunk.indexOf(lineBreak, start)) {
      lines.push(
        this.begunBytes === 0
          ? makeLine(chunk, start, end, this.lineStart, this.limit)
          : this.finish(chunk.subarray(start, end)),
      );
      const last = lines.at(-1);
      this.lineStart += (last?.bytes ?? 0) + 1;
      start = end + 1;
    }
    if (start < chunk.length) this.keep(chunk.subarray(start));
    return lines;
  }

  /** The line that has begun, if any: the file ends here. */
  end(): Line | undefined {
    if (this.begunBytes === 0) return undefined;
    const line = this.finish(Buffer.alloc(0));
    this.lineStart += line.bytes;
    return { ...line, unfinished: true };
  }

  /** Forgets what has begun; the next byte is the first of a line at this offset. */
  reset(lineStart: number): void {
    this.begun = [];
    this.begunBytes = 0;
    this.keptBytes = 0;
    this.lineStart = lineStart;
  }

  private keep(piece: Buffer): void {
    this.begunBytes += piece.length;
    const room = this.limit - this.keptBytes;
    if (room <= 0) return;
    const kept = Buffer.from(piece.subarray(0, room));
    this.begun.push(kept);
    this.keptBytes += kept.length;
  }

  private finish(last: Buffer): Line {
    this.keep(last);
    const all = Buffer.concat(this.begun);
    const line: Line = { offset: this.lineStart, bytes: this.begunBytes, text: decode(all, 0, all.length) };
    if (this.begunBytes > all.length) line.cut = true;
    this.begun = [];
    this.begunBytes = 0;
    this.keptBytes = 0;
    return line;
  }
}

function makeLine(buffer: Buffer, start: number, end: number, offset: number, limit: number): Line {
  const line: Line = { offset, bytes: end - start, text: decode(buffer, start, Math.min(end, start + limit)) };
  if (end - start > limit) line.cut = true;
  return line;
}

function decode(buffer: Buffer, start: number, end: number): string {
  return buffer.toString("utf8", start, end > start && buffer[end - 1] === carriageReturn ? end - 1 : end);
}

export interface ReadLinesOptions {
  /** Where to begin; must be the beginning of a line. */
  from?: number;
  /** Where to stop, in bytes; the end of the file if left out. A line that has begun there is not given. */
  to?: number;
  /** Longest text that is made of a line, in bytes. */
  limit?: number;
  signal?: AbortSignal | undefined;
}

/** Reads lines forwards, some at a time, and holds no more than that. An unfinished last line is left out. */
export async function* readLines(
  file: FileHandle,
  { from = 0, to, limit, signal }: ReadLinesOptions = {},
): AsyncGenerator<Line[]> {
  const splitter = new LineSplitter(from, limit);
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = from; to === undefined || position < to;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(
      buffer,
      0,
      Math.min(buffer.length, (to ?? Number.POSITIVE_INFINITY) - position),
      position,
    );
    if (bytesRead === 0) return;
    position += bytesRead;
    const lines = splitter.add(buffer.subarray(0, bytesRead));
    if (lines.length > 0) yield lines;
  }
}

/**
 * Reads lines backwards from the offset `end`, the last line first, some at a time. What stands between the
 * last line break and `end` is left out.
 */
export async function* readLinesBackwards(
  file: FileHandle,
  end: number,
  { limit = defaultLineLimit, signal }: { limit?: number; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Line[]> {
  // `lineEnd` is the offset of the line break that ends the line which is being looked for.
  let lineEnd = -1;
  for (let chunkEnd = end; chunkEnd > 0;) {
    signal?.throwIfAborted();
    const start = Math.max(0, chunkEnd - chunkBytes);
    const buffer = await readFully(file, start, chunkEnd - start);
    const lines: Line[] = [];
    for (
      let at = buffer.lastIndexOf(lineBreak);
      at !== -1;
      at = at === 0 ? -1 : buffer.lastIndexOf(lineBreak, at - 1)
    ) {
      if (lineEnd !== -1) lines.push(await lineBetween(file, buffer, start, start + at + 1, lineEnd, limit));
      lineEnd = start + at;
    }
    if (start === 0 && lineEnd !== -1) lines.push(await lineBetween(file, buffer, start, 0, lineEnd, limit));
    if (lines.length > 0) yield lines;
    chunkEnd = start;
  }
}

/** The line from `start` to its break at `end`; read again where it is not all in the buffer. */
async function lineBetween(
  file: FileHandle,
  buffer: Buffer,
  bufferStart: number,
  start: number,
  end: number,
  limit: number,
): Promise<Line> {
  if (end <= bufferStart + buffer.length) return makeLine(buffer, start - bufferStart, end - bufferStart, start, limit);
  const part = await readFully(file, start, Math.min(end - start, limit));
  const line = makeLine(part, 0, part.length, start, limit);
  line.bytes = end - start;
  if (end - start > limit) line.cut = true;
  return line;
}

/** Up to `length` bytes from `position`; fewer only where the file ends. */
async function readFully(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Where the last whole line before `end` ends (behind its break); 0 where there is none. */
export async function endOfLastLine(file: FileHandle, end: number): Promise<number> {
  for (let chunkEnd = end; chunkEnd > 0;) {
    const start = Math.max(0, chunkEnd - chunkBytes);
    const at = (await readFully(file, start, chunkEnd - start)).lastIndexOf(lineBreak);
    if (at !== -1) return start + at + 1;
    chunkEnd = start;
  }
  return 0;
}

/** How many line breaks stand before `end`: the number of the line that begins there, counted from 0. */
export async function countLines(file: FileHandle, end: number, signal?: AbortSignal): Promise<number> {
  let count = 0;
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (let position = 0; position < end;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - position), position);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    for (let at = chunk.indexOf(lineBreak); at !== -1; at = chunk.indexOf(lineBreak, at + 1)) count++;
    position += bytesRead;
  }
  return count;
}

/**
 * Where to begin reading for rows not older than a time: the beginning of a line, with some room before it,
 * since rows are only nearly in the order of their times. The caller still looks at each row's time.
 * @param since ISO 8601 UTC, as rows have it
 */
export async function seekTime(file: FileHandle, end: number, since: string): Promise<number> {
  const room = 1024 * 1024;
  let low = 0;
  let high = end;
  while (high - low > room) {
    const middle = Math.floor((low + high) / 2);
    const found = await firstTimeAfter(file, middle, high);
    if (found !== undefined && found < since) low = middle;
    else high = middle;
  }
  return endOfLastLine(file, Math.max(0, low - room));
}

/** The time of the first row that begins after `position` and can be read. */
async function firstTimeAfter(file: FileHandle, position: number, end: number): Promise<string | undefined> {
  const bytes = await readFully(file, position, Math.min(chunkBytes, end - position));
  const text = bytes.toString("latin1");
  return /\n\{"ts":"(\d{4}-\d\d-\d\dT[\d:.]+Z)"/.exec(text)?.[1];
}
