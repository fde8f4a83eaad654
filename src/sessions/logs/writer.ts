/**
 * Appends rows to a log, one JSON object a line, and never tears a line:
 * - A batch of whole lines is one write to a descriptor opened with O_APPEND, so two hosts at hand-over can
 *   write to one file, and neither sees half a line of the other between its own.
 * - A write that the disk took only in part is taken back (the file is cut where our fragment began, if it
 *   still ends with it), and what was not written is kept for the next try. Where that is not possible, or
 *   a process died in the middle of a write, the next batch begins with a line break, so that the fragment
 *   spoils no other row. Readers skip empty lines.
 * - Rotation reserves the number of the old part by creating it exclusively and renames over its own
 *   reservation, so two processes that rotate at the same moment cannot overwrite each other's part.
 */
import { open, rename, stat, unlink, type FileHandle } from "node:fs/promises";
import { systemCode } from "../util/errors.js";
import { fileIdentity, identityOf, isSameFile } from "./fileIdentity.js";
import { appendFlags } from "../util/ownership.js";
import { listParts, partPath } from "./parts.js";

/** What keeps rows from reaching the disk; told once, when it begins. */
export interface WriterTrouble {
  file: string;
  /** The system's code, such as `ENOSPC`; `Failed` where there is none. */
  code: string;
  message: string;
}

export interface JsonlWriterOptions {
  /** A file of at least this many bytes is rotated. 256 MiB unless said. */
  rotateBytes?: number;
  /** How many old parts are kept; the oldest are removed. 16 unless said. */
  keep?: number;
  /** Permissions of the file (POSIX). 0600 unless said. */
  mode?: number;
  /** Bytes of lines held in memory while they cannot be written; what comes on top is dropped. 16 MiB unless said. */
  maxPendingBytes?: number;
  /** How long to wait after a failure before the next try, in ms. 1000 unless said. */
  retryMs?: number;
  /** Called once when writing begins to fail. */
  onTrouble?: (trouble: WriterTrouble) => void;
  /** Called when writing works again, with the number of rows lost meanwhile. */
  onRecovered?: (lost: { file: string; dropped: number }) => void;
}

const defaultRotateBytes = 256 * 1024 * 1024;

/** Time between two writes: at thousands of rows a second a write carries hundreds of them. */
const gatherMs = 15;
/** A write is at most this long, unless a single line is longer. */
const maxWriteBytes = 1024 * 1024;
const lineBreak = 0x0a;

export class JsonlWriter {
  /** Lines that wait, each ending in a line break. */
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private handle: FileHandle | undefined;
  /** The run of `drain` in progress. */
  private draining: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private lastWriteAt = 0;
  private trouble: { droppedBefore: number } | undefined;
  private rotateNotBefore = 0;
  private closed = false;
  private droppedRows = 0;

  private readonly rotateBytes: number;
  private readonly keep: number;
  private readonly mode: number;
  private readonly maxPendingBytes: number;
  private readonly retryMs: number;

  /** @param file absolute path of the live file; its folder must exist, the file need not */
  constructor(
    readonly file: string,
    private readonly options: JsonlWriterOptions = {},
  ) {
    this.rotateBytes = options.rotateBytes ?? defaultRotateBytes;
    this.keep = options.keep ?? 16;
    this.mode = options.mode ?? 0o600;
    this.maxPendingBytes = options.maxPendingBytes ?? 16 * 1024 * 1024;
    this.retryMs = options.retryMs ?? 1000;
  }

  /** Rows that were given to `append` and will never be in the file. */
  get dropped(): number {
    return this.droppedRows;
  }

  /** Takes a row; it is written soon. Never throws and never waits. */
  append(row: object): void {
    if (this.closed) {
      this.droppedRows++;
      return;
    }
    let line: Buffer;
    try {
      line = Buffer.from(`${JSON.stringify(row)}\n`);
    } catch (thrown) {
      // A cycle or a BigInt: the fault of one row, not of the file.
      this.droppedRows++;
      this.tell({
        file: this.file,
        code: "Failed",
        message: `A row cannot be written as JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      });
      return;
    }
    if (this.pendingBytes + line.length > this.maxPendingBytes && this.pending.length > 0) {
      this.droppedRows++;
      return;
    }
    this.pending.push(line);
    this.pendingBytes += line.length;
    if (!this.draining && !this.timer) this.schedule(this.lastWriteAt + gatherMs - performance.now());
  }

  /**
   * Resolves when all rows taken so far are in the file, or, while the file cannot be written, after one more
   * try. Never rejects.
   */
  async flush(): Promise<void> {
    // The drain in progress may have failed before the latest rows came; one of our own follows it.
    await this.draining;
    if (this.pending.length > 0) await this.drainNow();
  }

  /** Writes what waits, closes the file, and counts as dropped what could not be written. Never rejects. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.flush();
    clearTimeout(this.timer);
    this.timer = undefined;
    this.droppedRows += this.pending.length;
    this.pending = [];
    this.pendingBytes = 0;
    await this.release();
  }

  private schedule(inMs: number): void {
    const timer = setTimeout(
      () => {
        this.timer = undefined;
        void this.drainNow();
      },
      Math.max(0, inMs),
    );
    // Rows that wait for a full disk keep no process alive; `close` gives them their last chance.
    if (this.trouble) timer.unref();
    this.timer = timer;
  }

  private drainNow(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.draining ??= this.drain().finally(() => {
      this.draining = undefined;
      if (this.pending.length > 0 && !this.closed) this.schedule(this.trouble ? this.retryMs : gatherMs);
    });
    return this.draining;
  }

  private async drain(): Promise<void> {
    try {
      while (this.pending.length > 0) {
        const handle = await this.prepare();
        await this.writeBatch(handle);
        this.recover();
      }
    } catch (thrown) {
      this.beginTrouble(thrown);
      // A descriptor that failed may point at a disk that is gone: the next try opens the path again.
      await this.release();
    } finally {
      this.lastWriteAt = performance.now();
    }
  }

  /** The descriptor of the file that now has the name, rotated where it has grown too long. */
  private async prepare(): Promise<FileHandle> {
    for (let round = 0; ; round++) {
      const handle = (this.handle ??= await open(this.file, appendFlags, this.mode));
      const ours = await handle.stat({ bigint: true });
      // Another process may have rotated the file away, or a user removed it.
      if (!isSameFile(await identityOf(this.file), fileIdentity(ours)) && round < 5) {
        await this.release();
        continue;
      }
      if (ours.size >= this.rotateBytes && performance.now() >= this.rotateNotBefore && round < 5) {
        if (await this.rotate()) {
          await this.release();
          continue;
        }
        this.rotateNotBefore = performance.now() + 10_000;
      }
      return handle;
    }
  }

  /** Writes the first lines of `pending` in one call and takes off what was written. */
  private async writeBatch(handle: FileHandle): Promise<void> {
    let count = 0;
    let bytes = 0;
    for (const line of this.pending) {
      if (count > 0 && bytes + line.length > maxWriteBytes) break;
      count++;
      bytes += line.length;
    }
    const lines = this.pending.slice(0, count);
    const { size } = await handle.stat();
    const afterFragment = size > 0 && !(await endsWithLineBreak(handle, size));
    const data = Buffer.concat(afterFragment ? [Buffer.of(lineBreak), ...lines] : lines);
    const { bytesWritten } = await handle.write(data, 0, data.length);

    let taken = afterFragment ? 1 : 0;
    let whole = 0;
    for (const line of lines) {
      if (taken + line.length > bytesWritten) break;
      taken += line.length;
      whole++;
    }
    this.pending.splice(0, whole);
    this.pendingBytes -= taken - (afterFragment ? 1 : 0);
    if (bytesWritten > taken) await takeBack(handle, data.subarray(taken, bytesWritten));
    // What was cut off made room for the same fragment again: without progress the disk is full, whether or
    // not the system has said so.
    if (whole === 0) throw Object.assign(new Error("the disk took only a part of a line"), { code: "ENOSPC" });
  }

  /** Moves the live file to the next free number. False where that is not possible now. */
  private async rotate(): Promise<boolean> {
    try {
      const parts = await listParts(this.file);
      let number = (parts.at(-1)?.number ?? 0) + 1;
      for (; ; number++) {
        try {
          await (await open(partPath(this.file, number), "wx", this.mode)).close();
          break;
        } catch (thrown) {
          if (systemCode(thrown) !== "EEXIST") throw thrown;
        }
      }
      try {
        // What has the name may be new by now: another process rotated since we looked.
        if ((await stat(this.file)).size < this.rotateBytes)
          throw Object.assign(new Error("rotated already"), { code: "ENOENT" });
        await rename(this.file, partPath(this.file, number));
      } catch (thrown) {
        await unlink(partPath(this.file, number)).catch(() => undefined);
        return systemCode(thrown) === "ENOENT";
      }
      const surplus = parts.length + 1 - this.keep;
      for (const part of parts.slice(0, Math.max(0, surplus))) await unlink(part.file).catch(() => undefined);
      return true;
    } catch {
      // Growing past the size is better than losing rows: try again later.
      return false;
    }
  }

  private async release(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    await handle?.close().catch(() => undefined);
  }

  private beginTrouble(thrown: unknown): void {
    if (this.trouble) return;
    this.trouble = { droppedBefore: this.droppedRows };
    this.tell({
      file: this.file,
      code: systemCode(thrown) ?? "Failed",
      message: thrown instanceof Error ? thrown.message : String(thrown),
    });
  }

  private recover(): void {
    if (!this.trouble) return;
    const dropped = this.droppedRows - this.trouble.droppedBefore;
    this.trouble = undefined;
    try {
      this.options.onRecovered?.({ file: this.file, dropped });
    } catch {
      // The listener's fault is not the writer's.
    }
  }

  private tell(trouble: WriterTrouble): void {
    try {
      this.options.onTrouble?.(trouble);
    } catch {
      // As above.
    }
  }
}

async function endsWithLineBreak(handle: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(1);
  const { bytesRead } = await handle.read(last, 0, 1, size - 1);
  return bytesRead === 0 || last[0] === lineBreak;
}

/** Cuts our fragment off the end of the file, unless another process has written behind it. */
async function takeBack(handle: FileHandle, fragment: Buffer): Promise<void> {
  try {
    const { size } = await handle.stat();
    const end = Buffer.alloc(fragment.length);
    const { bytesRead } = await handle.read(end, 0, end.length, size - fragment.length);
    if (bytesRead === fragment.length && end.equals(fragment)) await handle.truncate(size - fragment.length);
  } catch {
    // The next batch begins with a line break instead.
  }
}
