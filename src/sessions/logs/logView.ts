/**
 * The rows that a pane shows: those of one log, or of several merged by time, all or those that pass a
 * filter, live. Memory holds no text: nothing per row for a whole log, four bytes per row for a filtered or
 * merged one. Rows are addressed by their index in the view; an index keeps its row as long as the
 * `generation` stays the same, since rows are added at the end. Only where several logs are merged may a row
 * come that belongs before others (an action or a request is written when it has ended, and stands where it
 * began): it is put there while nobody reads, see `still`.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Filter } from "./filter.js";
import { LogHistory } from "./history.js";
import type { Line } from "./lines.js";
import { LogSource, type SourceCursor, type SourceLine } from "./logSource.js";
import { contextBit, kindOfRef, numberMask, refOf, RowList } from "./rowList.js";
import { logKinds, type LogKind } from "./rows.js";
import { byTime, laterTime, milliseconds, timeOf } from "./rowTimes.js";
import type { TailBreak } from "./tail.js";

/** A row of a view, with its text. */
export interface ViewRow extends SourceLine {
  kind: LogKind;
  index: number;
  /** Names the row in this run of the view, whatever filter there is. */
  ref: number;
  /** It does not pass the filter, and stands here because a neighbour does. */
  context?: true;
}

/** What the view is doing. `done` goes from 0 to 1. */
export interface ViewProgress {
  phase: "indexing" | "filtering" | "live";
  done: number;
}

export interface LogViewOptions {
  /** Path of the live file of each log that is shown. */
  files: Partial<Record<LogKind, string>>;
  /** Rows were added, the view was made again, or there is progress to tell. Called often: gather. */
  onChange: () => void;
  onError: (error: unknown) => void;
}

/** Rows of several logs that come within this time are put in the order of their times. */
const gatherMs = 40;
/** So many of the newest rows of several logs can still move on for one that comes late. */
const maxLate = 4096;
/** Longest text of a line that is looked at when searching. */
const searchLimit = 8 * 1024 * 1024;

export class LogView {
  private readonly sources: LogSource[];
  private readonly abort = new AbortController();
  private buildAbort = new AbortController();
  private filter: Filter | undefined;
  private contextRows = 0;
  /** The rows in their order; undefined where every row of the only source is shown. */
  private list: RowList | undefined;
  private building = false;
  private indexed = false;
  private state: ViewProgress = { phase: "indexing", done: 0 };
  private currentGeneration = 0;
  /** Rows that came while a view of several logs was live, until they are put in order. */
  private arrived: { kind: LogKind; number: number; text: string }[] = [];
  /** Times of the newest rows of several logs, in ms, by their index modulo the length; known from the index `timedFrom` on. */
  private readonly times = new Float64Array(maxLate);
  private timedFrom = 0;
  /** The time of the newest row of each log. */
  private newest: Partial<Record<LogKind, number>> = {};
  /** Rows up to this index are in the order of their times; the earliest time behind it. */
  private settledLength = 0;
  private earliestUnsettled = Number.POSITIVE_INFINITY;
  private movedFrom = Number.POSITIVE_INFINITY;
  private isStill = false;
  private arrivalTimer: NodeJS.Timeout | undefined;
  /** The last rows that did not pass, as context of the next that does; how many are still to follow the last that did. */
  private before: number[] = [];
  private following = 0;

  constructor(private readonly options: LogViewOptions) {
    this.sources = logKinds.flatMap((kind) => {
      const file = options.files[kind];
      return file === undefined ? [] : [new LogSource(kind, file)];
    });
  }

  /** How many rows there are. */
  get count(): number {
    return this.list ? this.list.length : (this.sources[0]?.lineCount ?? 0);
  }

  /** Raised when rows may have changed their index. */
  get generation(): number {
    return this.currentGeneration;
  }

  get progress(): ViewProgress {
    return this.state;
  }

  /** What happened to a file behind its last row: it was cut and holds nothing yet, or it is gone. */
  get ending(): TailBreak | undefined {
    return this.sources.find((source) => source.ending !== undefined)?.ending;
  }

  /** Rows in all of the logs, whether they pass or not. */
  get total(): number {
    return this.sources.reduce((sum, source) => sum + source.lineCount, 0);
  }

  /** Bytes of memory that the order of the rows takes. */
  get memoryBytes(): number {
    return this.list?.memoryBytes ?? 0;
  }

  /** Whether rows stay where they are, because somebody reads them: those that come late are put in order when nobody does. */
  set still(still: boolean) {
    this.isStill = still;
    if (!still && !this.building && this.settle()) this.options.onChange();
  }

  /** The first index whose row has changed within the generation since this was last called; undefined where none has. */
  takeMoved(): number | undefined {
    const { movedFrom } = this;
    this.movedFrom = Number.POSITIVE_INFINITY;
    return Number.isFinite(movedFrom) ? movedFrom : undefined;
  }

  /** Finds the lines, then goes on with new ones until `close`. Resolves when it is live for the first time. */
  async start(): Promise<void> {
    const { signal } = this.abort;
    const done = this.sources.map(() => 0);
    await Promise.all(
      this.sources.map((source, at) =>
        source.open(signal, (share) => {
          done[at] = share;
          this.setProgress({ phase: "indexing", done: Math.min(...done) });
        }),
      ),
    );
    this.indexed = true;
    for (const source of this.sources) {
      const listener = {
        lines: (first: number, lines: readonly Line[]) => this.onLines(source, first, lines),
        reset: () => void this.rebuild(),
        ended: () => this.options.onChange(),
      };
      source.follow(listener, signal).catch((thrown: unknown) => {
        if (!signal.aborted) this.options.onError(thrown);
      });
    }
    await this.rebuild();
  }

  /**
   * The newest rows that pass, oldest first, without waiting for `start`: for a first screen.
   * Their `index` and `ref` are not those of the view.
   */
  async preview(count: number, limit: number, filter?: Filter): Promise<ViewRow[]> {
    const rows: (ViewRow & { time: string })[] = [];
    for (const kind of logKinds) {
      const file = this.options.files[kind];
      if (file === undefined) continue;
      const history = await LogHistory.open(file);
      try {
        const found: (ViewRow & { time: string })[] = [];
        let scanned = 0;
        reading: for await (const { file: path, lines } of history.backwards({
          lineLimit: limit,
          signal: this.abort.signal,
        })) {
          for (const line of lines) {
            scanned += line.bytes;
            if (filter && !filter.matchesLine(kind, line.text)) continue;
            found.push({
              ...line,
              kind,
              index: -1,
              ref: -1,
              number: -1,
              file: path,
              numberInFile: -1,
              time: timeOf(line.text),
            });
            if (found.length >= count) break reading;
          }
          // A rare hit is worth no long wait here; the view itself will show it.
          if (scanned > 16 * 1024 * 1024) break;
        }
        rows.push(...found.reverse());
      } finally {
        await history[Symbol.asyncDispose]();
      }
    }
    if (this.sources.length > 1) rows.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    return rows.slice(-count);
  }

  /**
   * Shows the rows that pass, and so many rows before and after each that do not.
   * @returns when they have all been found
   */
  setFilter(filter: Filter | undefined, contextRows = 0): Promise<void> {
    this.filter = filter && filter.terms.length > 0 ? filter : undefined;
    this.contextRows = contextRows;
    return this.indexed ? this.rebuild() : Promise.resolve();
  }

  /** Reads rows `first` up to, not including, `end`, in order. @param limit longest text of a row, in bytes; longer ones come cut */
  async read(first: number, end: number, limit: number): Promise<ViewRow[]> {
    const { list } = this;
    const [only] = this.sources;
    if (!list) {
      if (!only) return [];
      return (await only.read(first, end, limit, this.abort.signal)).map((line) => ({
        ...line,
        kind: only.kind,
        index: line.number,
        ref: refOf(only.kind, line.number),
      }));
    }
    const wanted = new Map<LogKind, { number: number; index: number; context: boolean }[]>();
    for (let index = Math.max(0, first); index < Math.min(end, list.length); index++) {
      const ref = list.at(index);
      const kind = kindOfRef(ref);
      const some = wanted.get(kind) ?? [];
      some.push({ number: ref & numberMask, index, context: (ref & contextBit) !== 0 });
      wanted.set(kind, some);
    }
    const rows: ViewRow[] = [];
    for (const source of this.sources) {
      const numbers = wanted.get(source.kind) ?? [];
      for (let at = 0; at < numbers.length;) {
        // Lines that are near to each other are read at once.
        let last = at;
        while (last + 1 < numbers.length && (numbers[last + 1]?.number ?? 0) - (numbers[last]?.number ?? 0) <= 32)
          last++;
        const lines = new Map(
          (await source.read(numbers[at]?.number ?? 0, (numbers[last]?.number ?? 0) + 1, limit, this.abort.signal)).map(
            (line) => [line.number, line],
          ),
        );
        for (; at <= last; at++) {
          const place = numbers[at];
          const line = place && lines.get(place.number);
          if (line)
            rows.push({
              ...line,
              kind: source.kind,
              index: place.index,
              ref: refOf(source.kind, place.number),
              ...(place.context ? { context: true as const } : {}),
            });
        }
      }
    }
    return rows.sort((a, b) => a.index - b.index);
  }

  /** Reads one row by its ref, whether it passes the filter or not. */
  async readRef(ref: number, limit: number): Promise<ViewRow | undefined> {
    const source = this.sources.find(({ kind }) => kind === kindOfRef(ref));
    const number = ref & numberMask;
    const [line] = (await source?.read(number, number + 1, limit, this.abort.signal)) ?? [];
    return source && line ? { ...line, kind: source.kind, index: this.indexOf(ref), ref } : undefined;
  }

  /** The index of a row, or of the next one after it that passes; the number of rows where none does. */
  indexOf(ref: number): number {
    const number = ref & numberMask;
    if (!this.list) return Math.min(number, this.count);
    const kind = ref >>> 30;
    for (let index = 0; index < this.list.length; index++) {
      const candidate = this.list.at(index);
      if (candidate >>> 30 === kind && (candidate & numberMask) >= number) return index;
    }
    return this.list.length;
  }

  /**
   * The index of the next row that passes another filter, from `from` (inclusive) on or back; undefined where
   * there is none among the next `most`.
   */
  async find(
    filter: Filter,
    from: number,
    direction: 1 | -1,
    { signal, most = Number.POSITIVE_INFINITY }: { signal?: AbortSignal; most?: number } = {},
  ): Promise<number | undefined> {
    const { generation } = this;
    const step = 400;
    for (let done = 0; done < most && generation === this.generation && !signal?.aborted; done += step) {
      const at = from + direction * done;
      if (at < 0 || at >= this.count) return undefined;
      const some = Math.min(step, most - done);
      const rows =
        direction === 1
          ? await this.read(at, at + some, searchLimit)
          : (await this.read(Math.max(0, at - some + 1), at + 1, searchLimit)).reverse();
      const hit = rows.find((row) => filter.matchesLine(row.kind, row.text));
      if (hit) return hit.index;
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.abort.abort();
    this.buildAbort.abort();
    clearTimeout(this.arrivalTimer);
    await Promise.all(this.sources.map((source) => source.close()));
  }

  private setProgress(progress: ViewProgress): void {
    this.state = progress;
    this.options.onChange();
  }

  private async rebuild(): Promise<void> {
    this.buildAbort.abort();
    const abort = new AbortController();
    this.buildAbort = abort;
    this.currentGeneration++;
    this.arrived = [];
    this.before = [];
    this.following = 0;
    this.newest = {};
    this.movedFrom = Number.POSITIVE_INFINITY;
    if (!this.filter && this.sources.length === 1) {
      this.list = undefined;
      this.building = false;
      this.setProgress({ phase: "live", done: 1 });
      return;
    }
    this.list = new RowList();
    this.building = true;
    this.setProgress({ phase: "filtering", done: 0 });
    try {
      await this.build(abort.signal);
    } catch (thrown) {
      if (!abort.signal.aborted && !this.abort.signal.aborted) this.options.onError(thrown);
    }
  }

  /** Reads every line of every source once, in the order of their times, and keeps the refs of those that pass. */
  private async build(signal: AbortSignal): Promise<void> {
    const heads = this.sources.map((source) => ({
      source,
      cursor: source.cursor(),
      lines: [] as Line[],
      at: 0,
      first: 0,
      time: "",
    }));
    const total = Math.max(1, this.total);
    let passed = 0;
    this.timedFrom = Number.POSITIVE_INFINITY;
    for (;;) {
      for (const head of heads) if (head.at >= head.lines.length) await refill(head);
      if (signal.aborted) return;
      const open = heads.filter((head) => head.at < head.lines.length);
      if (open.length === 0) {
        // Nothing was awaited since the last look: from here on every new line comes through `onLines`.
        if (heads.every((head) => head.cursor.number >= head.source.lineCount)) break;
        // Lines that were counted cannot be read: the file was cut, and the reset is on its way.
        await delay(20);
        continue;
      }
      while (open.every((head) => head.at < head.lines.length)) {
        let first = open[0];
        for (const head of open) if (first && head.time < first.time) first = head;
        const line = first?.lines[first.at];
        if (!first || !line) break;
        // Only the newest rows may have to move on later.
        const timed = heads.length > 1 && this.total - ++passed < maxLate;
        if (timed && this.timedFrom > (this.list?.length ?? 0)) this.timedFrom = this.list?.length ?? 0;
        this.admit(first.source.kind, first.first + first.at, line.text, timed ? milliseconds(first.time) : 0);
        first.at++;
        if (heads.length > 1) first.time = laterTime(first.lines[first.at], first.time);
      }
      this.setProgress({
        phase: "filtering",
        done: Math.min(1, heads.reduce((sum, head) => sum + head.cursor.number, 0) / total),
      });
    }
    for (const { source, time } of heads) this.newest[source.kind] = milliseconds(time);
    this.timedFrom = Math.min(this.timedFrom, this.list?.length ?? 0);
    this.settledLength = this.list?.length ?? 0;
    this.earliestUnsettled = Number.POSITIVE_INFINITY;
    this.building = false;
    this.setProgress({ phase: "live", done: 1 });
  }

  private onLines(source: LogSource, first: number, lines: readonly Line[]): void {
    if (this.building) return;
    if (this.list && this.sources.length === 1) {
      lines.forEach((line, at) => this.admit(source.kind, first + at, line.text));
    } else if (this.list) {
      lines.forEach((line, at) => this.arrived.push({ kind: source.kind, number: first + at, text: line.text }));
      this.arrivalTimer ??= setTimeout(() => this.admitArrived(), gatherMs);
      return;
    }
    this.options.onChange();
  }

  private admitArrived(): void {
    this.arrivalTimer = undefined;
    const rows = this.arrived.map(({ kind, number, text }) => {
      const time = Math.max(milliseconds(timeOf(text)), this.newest[kind] ?? 0);
      this.newest[kind] = time;
      return { kind, number, text, time, ref: refOf(kind, number) };
    });
    this.arrived = [];
    rows.sort(byTime);
    for (const { kind, number, text, time } of rows) this.admit(kind, number, text, time);
    this.earliestUnsettled = Math.min(this.earliestUnsettled, rows[0]?.time ?? Number.POSITIVE_INFINITY);
    if (!this.isStill) this.settle();
    if (rows.length > 0) this.options.onChange();
  }

  /** Puts the rows that came late where they belong, as if the logs were merged again. @returns whether rows have moved */
  private settle(): boolean {
    const { list, times } = this;
    // Rows of context belong to their neighbours.
    if (!list || this.sources.length === 1 || this.contextRows > 0) return false;
    const furthest = Math.max(this.timedFrom, list.length - maxLate);
    let from = Math.max(furthest, this.settledLength);
    while (from > furthest && (times[(from - 1) % maxLate] ?? 0) >= this.earliestUnsettled) from--;
    const rows = Array.from({ length: list.length - from }, (_, at) => ({
      ref: list.at(from + at),
      time: times[(from + at) % maxLate] ?? 0,
    }));
    let moved: number | undefined;
    for (const [at, { ref, time }] of rows.sort(byTime).entries()) {
      if (moved === undefined && list.at(from + at) !== ref) moved = from + at;
      list.set(from + at, ref);
      times[(from + at) % maxLate] = time;
    }
    this.settledLength = list.length;
    this.earliestUnsettled = Number.POSITIVE_INFINITY;
    this.movedFrom = Math.min(this.movedFrom, moved ?? Number.POSITIVE_INFINITY);
    return moved !== undefined;
  }

  /** Adds a row to the list if it passes, with its context. */
  private admit(kind: LogKind, number: number, text: string, time = 0): void {
    const ref = refOf(kind, number);
    if (this.list) this.times[this.list.length % maxLate] = time;
    if (!this.filter || this.filter.matchesLine(kind, text)) {
      for (const earlier of this.before) this.list?.push(earlier | contextBit);
      this.before = [];
      this.following = this.contextRows;
      this.list?.push(ref);
    } else if (this.following > 0) {
      this.following--;
      this.list?.push(ref | contextBit);
    } else if (this.contextRows > 0) {
      this.before.push(ref);
      if (this.before.length > this.contextRows) this.before.shift();
    }
  }
}

async function refill(head: {
  cursor: SourceCursor;
  lines: Line[];
  at: number;
  first: number;
  time: string;
}): Promise<void> {
  head.first = head.cursor.number;
  head.lines = await head.cursor.next();
  head.at = 0;
  head.time = laterTime(head.lines[0], head.time);
}
