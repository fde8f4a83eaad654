/**
 * Follows a log that is being written: new lines as they come, through rotation (several at once too),
 * truncation, removal and re-creation. Driven by file events, with a slow poll as a net where the system
 * loses one or has none (network drives).
 */
import { watch, type FSWatcher } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemCode } from "../util/errors.js";
import { identityOf, isSameFile, type FileIdentity } from "./fileIdentity.js";
import { defaultLineLimit, endOfLastLine, LineSplitter, type Line } from "./lines.js";
import { listParts } from "./parts.js";

/** A place in a log: where reading stopped, so that following goes on there without a gap. */
export interface LogPlace extends FileIdentity {
  offset: number;
}

export type TailEvent =
  /** Whole lines, in order. `unfinished` marks a fragment at the end of a file that is no longer written to. */
  | { type: "lines"; lines: Line[] }
  /** The lines that follow are of another file, or of the same file written again. `to` is that file, where there is one. */
  | { type: "break"; reason: TailBreak; part?: number; to?: FileIdentity };

/**
 * `rotated`: the live file became an old part (of the number `part`), and its successor follows.
 * `truncated`: the file was cut or rewritten in place. `replaced`: another file took its name.
 * `removed`: there is none at the moment. `appeared`: there is one again, or for the first time.
 */
export type TailBreak = "rotated" | "truncated" | "replaced" | "removed" | "appeared";

export interface FollowOptions {
  /** Where to begin. `end` is behind the last whole line. */
  from?: "start" | "end" | LogPlace;
  /** Ends it: the generator returns. */
  signal?: AbortSignal;
  /** Longest text that is made of a line, in bytes. */
  lineLimit?: number;
  /** The slow poll, in ms; 1000 unless said. */
  pollMs?: number;
}

/** Poll where the system gives no file events. */
const pollWithoutEventsMs = 200;
/** A writer that looked at the name just before it was moved still writes to the moved file. */
const lateWriteMs = 60;
/** So many bytes before the place where reading stopped are compared, to notice a file rewritten in place. */
const fingerprintBytes = 64;
const chunkBytes = 256 * 1024;

/**
 * Follows the log `file`, which need not exist yet. Ends when the signal is aborted or the caller returns;
 * either closes what it holds.
 */
export async function* follow(file: string, options: FollowOptions = {}): AsyncGenerator<TailEvent, void, void> {
  const { signal } = options;
  if (signal?.aborted) return;
  const changes = new Changes(file, options.pollMs ?? 1000, signal);
  const follower = new Follower(file, options);
  try {
    await follower.begin(options.from ?? "end");
    while (!signal?.aborted) {
      const round = follower.check();
      for (let next = await round.next(); !next.done; next = await round.next()) {
        if (signal?.aborted) return;
        yield next.value;
      }
      await changes.next();
    }
  } finally {
    changes.close();
    await follower.close();
  }
}

/** Tells that something about a file may have changed. Events between two calls of `next` become one. */
class Changes {
  private watcher: FSWatcher | undefined;
  private watchedFolder: FileIdentity | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pending = false;
  private wake: (() => void) | undefined;
  private closed = false;

  constructor(
    private readonly file: string,
    private readonly pollMs: number,
    private readonly signal?: AbortSignal,
  ) {
    signal?.addEventListener("abort", this.poke);
    this.startWatching();
    this.schedulePoll();
  }

  /** Resolves at the next change, or at once where there was one since the last call, or the signal is aborted. */
  next(): Promise<void> {
    if (this.pending || this.closed || this.signal?.aborted) {
      this.pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.wake = () => {
        this.wake = undefined;
        this.pending = false;
        resolve();
      };
    });
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.watcher?.close();
    this.signal?.removeEventListener("abort", this.poke);
    this.wake?.();
  }

  private readonly poke = (): void => {
    this.pending = true;
    this.wake?.();
  };

  private schedulePoll(): void {
    this.timer = setTimeout(
      () => {
        void this.checkFolder().finally(() => {
          if (this.closed) return;
          this.poke();
          this.schedulePoll();
        });
      },
      this.watcher ? this.pollMs : Math.min(this.pollMs, pollWithoutEventsMs),
    );
  }

  /** The folder is watched and not the file: the file is moved away and made again. */
  private startWatching(): void {
    const name = basename(this.file);
    try {
      const watcher = watch(dirname(this.file), { persistent: true }, (_event, changed) => {
        if (changed === null || changed === name) this.poke();
      });
      watcher.on("error", () => this.stopWatching());
      this.watcher = watcher;
    } catch {
      // No folder yet, or no more watches to be had: the poll goes on alone and tries again.
    }
  }

  private stopWatching(): void {
    this.watcher?.close();
    this.watcher = undefined;
    this.watchedFolder = undefined;
  }

  /** A folder that was removed and made again needs a new watch; the old one stays silent. */
  private async checkFolder(): Promise<void> {
    const folder = await identityOf(dirname(this.file)).catch(() => undefined);
    if (this.closed) return;
    if (this.watcher && this.watchedFolder !== undefined && !isSameFile(folder, this.watchedFolder))
      this.stopWatching();
    if (!this.watcher && folder) this.startWatching();
    if (this.watcher) this.watchedFolder = folder;
  }
}

class Follower {
  private handle: FileHandle | undefined;
  private identity: FileIdentity | undefined;
  /** Number of the old part that is being read, or was read last; undefined while it is the live file. */
  private part: number | undefined;
  /** The number of the part that was read last, while its successor is looked for. */
  private left: number | undefined;
  private position = 0;
  private fingerprint = Buffer.alloc(0);
  private readonly splitter: LineSplitter;
  private readonly buffer = Buffer.allocUnsafe(fingerprintBytes + chunkBytes);

  constructor(
    private readonly file: string,
    private readonly options: FollowOptions,
  ) {
    this.splitter = new LineSplitter(0, options.lineLimit ?? defaultLineLimit);
  }

  async close(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    await handle?.close().catch(() => undefined);
  }

  async begin(from: "start" | "end" | LogPlace): Promise<void> {
    if (typeof from === "object") {
      // A rotation between listing the files and opening them hides the one that is looked for: look again.
      for (let round = 0; round < 3; round++) {
        for (const candidate of await this.candidates()) {
          if (!(await this.take(candidate.file, candidate.number))) continue;
          if (isSameFile(this.identity, from)) return this.goTo(from.offset);
          await this.close();
        }
      }
      // Its file is gone: what follows it is all that is left.
      this.part = undefined;
      this.left = 0;
      return;
    }
    if (!(await this.take(this.file, undefined))) return;
    const { size } = (await this.handle?.stat()) ?? { size: 0 };
    await this.goTo(from === "start" || this.handle === undefined ? 0 : await endOfLastLine(this.handle, size));
  }

  /** Reads what is new, and goes on to the next file where this one is done. */
  async *check(): AsyncGenerator<TailEvent, void, void> {
    for (;;) {
      if (!this.handle) {
        const awaited = this.part;
        if (!(await this.takeNext())) return;
        yield awaited === undefined ? this.breakTo("appeared") : this.breakTo("rotated", awaited);
      }
      yield* this.readOn();
      if (this.part === undefined) {
        const named = await identityOf(this.file).catch(() => undefined);
        if (named && isSameFile(named, this.identity)) return;
        await delay(lateWriteMs, undefined, this.options.signal ? { signal: this.options.signal } : {}).catch(
          () => undefined,
        );
        if (this.options.signal?.aborted) return;
        yield* this.readOn();
      }
      const fragment = this.splitter.end();
      if (fragment) yield { type: "lines", lines: [fragment] };

      const left = this.part ?? (await this.partOf(this.identity));
      const leftWasLive = this.part === undefined;
      await this.close();
      this.part = left;
      const found = await this.takeNext();
      if (!found) {
        // A successor that is a moment late is told when it is there.
        if (left === undefined && leftWasLive) yield { type: "break", reason: "removed" };
        return;
      }
      yield left === undefined ? this.breakTo("replaced") : this.breakTo("rotated", left);
    }
  }

  private async *readOn(): AsyncGenerator<TailEvent, void, void> {
    for (;;) {
      const handle = this.handle;
      if (!handle || this.options.signal?.aborted) return;
      const overlap = this.fingerprint.length;
      const { bytesRead } = await handle.read(this.buffer, 0, overlap + chunkBytes, this.position - overlap);
      if (bytesRead < overlap || !this.buffer.subarray(0, overlap).equals(this.fingerprint)) {
        await this.goTo(0);
        yield this.breakTo("truncated");
        continue;
      }
      if (bytesRead === overlap) {
        if ((await handle.stat()).size >= this.position) return;
        await this.goTo(0);
        yield this.breakTo("truncated");
        continue;
      }
      const lines = this.splitter.add(this.buffer.subarray(overlap, bytesRead));
      this.position += bytesRead - overlap;
      this.fingerprint = Buffer.from(this.buffer.subarray(Math.max(0, bytesRead - fingerprintBytes), bytesRead));
      if (lines.length > 0) yield { type: "lines", lines };
    }
  }

  private breakTo(reason: TailBreak, part?: number): TailEvent {
    return {
      type: "break",
      reason,
      ...(part === undefined ? {} : { part }),
      ...(this.identity ? { to: this.identity } : {}),
    };
  }

  /** Opens the file that follows the part read last: the next part, else the live file. */
  private async takeNext(): Promise<boolean> {
    for (let round = 0; round < 100; round++) {
      const next = await this.partAfter();
      if (next) {
        if (await this.take(next.file, next.number)) return true;
        continue;
      }
      if (!(await this.take(this.file, undefined))) return false;
      if (this.left === undefined) return true;
      // Between the two looks the live file may have become a part, and this be its successor.
      const between = await this.partAfter();
      if (!between || isSameFile(await identityOf(between.file).catch(() => undefined), this.identity)) {
        this.left = undefined;
        return true;
      }
      await this.close();
    }
    return false;
  }

  /** The oldest part behind the one read last. A part without a byte is a number that a writer has just reserved. */
  private async partAfter(): Promise<{ file: string; number: number } | undefined> {
    this.left = this.part ?? this.left;
    if (this.left === undefined) return undefined;
    for (const part of await listParts(this.file)) {
      if (part.number <= this.left) continue;
      const size = (await stat(part.file).catch(() => undefined))?.size ?? 0;
      if (size > 0) return part;
    }
    return undefined;
  }

  /** The old parts and the live file, newest first. */
  private async candidates(): Promise<{ file: string; number: number | undefined }[]> {
    return [{ file: this.file, number: undefined }, ...(await listParts(this.file)).reverse()];
  }

  private async partOf(identity: FileIdentity | undefined): Promise<number | undefined> {
    for (const part of await listParts(this.file))
      if (isSameFile(await identityOf(part.file).catch(() => undefined), identity)) return part.number;
    return undefined;
  }

  private async take(path: string, part: number | undefined): Promise<boolean> {
    try {
      this.handle = await open(path, "r");
    } catch (thrown) {
      const code = systemCode(thrown);
      // Windows says EPERM or EBUSY of a file that is being removed.
      if (code === "ENOENT" || code === "EPERM" || code === "EBUSY" || code === "EACCES") return false;
      throw thrown;
    }
    this.identity = await identityOf(this.handle);
    this.part = part;
    await this.goTo(0);
    return true;
  }

  private async goTo(offset: number): Promise<void> {
    this.position = offset;
    this.splitter.reset(offset);
    const length = Math.min(offset, fingerprintBytes);
    const before = Buffer.alloc(length);
    const { bytesRead } =
      length === 0 || !this.handle ? { bytesRead: 0 } : await this.handle.read(before, 0, length, offset - length);
    this.fingerprint = before.subarray(0, bytesRead);
  }
}
