/**
 * `logs`: what a session's logs hold, and what is added to them, merged by time. It reads files and talks to
 * no host, so it works on a session that has ended as well.
 */
import { setTimeout as delay } from "node:timers/promises";
import { resolveSession, type SessionsContext } from "./context.js";
import { LibrettoError } from "../util/errors.js";
import { parseRow, type Filter } from "../logs/filter.js";
import { LogHistory, type LogLines } from "../logs/history.js";
import type { Line } from "../logs/lines.js";
import { logKinds, type LogKind } from "../logs/rows.js";
import { follow, type LogPlace, type TailBreak } from "../logs/tail.js";
import { isLive, listRecords, readRecord } from "../store/records.js";
import { sessionPaths } from "../store/workspace.js";

export interface LogsOptions {
  session?: string | undefined;
  /** Which logs; the session's own if left out. */
  kinds?: readonly LogKind[] | undefined;
  /** Only rows that pass. */
  filter?: Filter | undefined;
  /** Only rows of this time and later: ISO 8601 UTC with milliseconds, as `parseSince` gives it. */
  since?: string | undefined;
  /** Of the rows that are there already, only so many of the newest; all if left out. */
  last?: number | undefined;
  /** Only what was written after that, of each log for which a place is given. */
  after?: LogPlaces | undefined;
  /** Go on with rows as they are written, until the session ends or the signal is aborted. */
  follow?: boolean | undefined;
}

/** How far each log was read. */
export type LogPlaces = Partial<Record<LogKind, LogPlace>>;

export type LogEntry =
  /** A row, and its text in the file. */
  | { type: "row"; kind: LogKind; line: string; row: Record<string, unknown> }
  /** A line that holds no row, with its number in the file, counted from 1. */
  | { type: "malformed"; kind: LogKind; line: string; file: string; number: number; bytes: number }
  /** Something happened to the file while it was followed. */
  | { type: "break"; kind: LogKind; reason: TailBreak; part?: number };

/** A look at the logs of one session. */
export interface LogsRun {
  session: string;
  /** Whether the session lived when it began: only then there is anything to follow. */
  live: boolean;
  /** Entries in order, some at a time; ends when all is told, the session has ended, or the signal is aborted. */
  entries: AsyncGenerator<LogEntry[], void, void>;
  /** Up to where the logs were there when it began; known when the entries have begun. */
  places(): LogPlaces;
}

/** Rows that came within this time of each other are put in the order of their times. */
const gatherMs = 40;
/** Entries that wait for a slow reader; then the reading of the files waits too. */
const maxWaiting = 20_000;
/** How often the session is looked at while its logs are followed. */
const sessionPollMs = 1000;
/** A line longer than this is not a row of ours: it is told as malformed, and cut. */
const lineLimit = 16 * 1024 * 1024;
/** Rows stand in the file by the time they were written, a request by the time it began: after so many older ones nothing newer comes. */
const olderInARow = 5000;
/** So much of a file, in bytes, is looked through at most for rows that belong before those that are there. */
const maxAhead = 8 * 1024 * 1024;

/** @throws `NoSuchSession` that lists the sessions which have logs */
export function logs(context: SessionsContext, options: LogsOptions, signal?: AbortSignal): LogsRun {
  const record = recordOf(context, options.session);
  const live = isLive(record);
  const run = new Reading(context, record.name, options, signal);
  return {
    session: record.name,
    live,
    entries: run.entries(live && options.follow === true),
    places: () => run.places,
  };
}

function recordOf(
  context: SessionsContext,
  session: string | undefined,
): { name: string } & ReturnType<typeof resolveSession> {
  try {
    return resolveSession(context, session);
  } catch (thrown) {
    const error = LibrettoError.from(thrown);
    const names = listRecords(context.workspace).map((record) => record.name);
    if (error.code !== "NoSuchSession" || names.length === 0) throw error;
    const hint =
      session === undefined && names.length > 1
        ? `Name it with --session; logs are there of: ${names.join(", ")}.`
        : `Logs are there of: ${names.map((name) => `\`libretto logs --session ${name}\``).join(", ")}.`;
    throw new LibrettoError("NoSuchSession", error.message, hint);
  }
}

class Reading {
  places: LogPlaces = {};
  private readonly kinds: readonly LogKind[];
  private readonly files: Record<LogKind, string>;

  constructor(
    private readonly context: SessionsContext,
    private readonly session: string,
    private readonly options: LogsOptions,
    private readonly signal: AbortSignal | undefined,
  ) {
    const kinds = options.kinds ?? ["logs"];
    this.kinds = logKinds.filter((kind) => kinds.includes(kind));
    const { logs: own, network, actions } = sessionPaths(context.workspace, session);
    this.files = { logs: own, network, actions };
  }

  async *entries(following: boolean): AsyncGenerator<LogEntry[], void, void> {
    const histories = await Promise.all(
      this.kinds.map(async (kind) => ({
        kind,
        history: await LogHistory.open(this.files[kind], this.options.after?.[kind]),
      })),
    );
    const places = new Map(histories.map(({ kind, history }) => [kind, history.end]));
    this.places = Object.fromEntries([...places].filter(([, place]) => place !== undefined));
    try {
      const sources = histories.map(({ kind, history }) =>
        this.options.last === undefined ? this.all(kind, history) : this.newest(kind, history, this.options.last),
      );
      if (this.options.last === undefined) yield* merge(sources);
      else yield* newestOf(sources, this.options.last);
    } catch (thrown) {
      if (this.signal?.aborted) return;
      throw thrown;
    } finally {
      await Promise.all(histories.map(({ history }) => history[Symbol.asyncDispose]()));
    }
    if (following) yield* this.follow(places);
  }

  /** Every row that passes, oldest first. */
  private async *all(kind: LogKind, history: LogHistory): AsyncGenerator<LogEntry[]> {
    const order = new TimeOrder();
    for await (const some of history.forwards({ since: this.options.since, lineLimit, signal: this.signal })) {
      order.add(await this.passing(kind, some, history));
      const entries = order.advance(
        some.lines.length,
        some.lines.reduce((sum, { bytes }) => sum + bytes, 0),
      );
      if (entries.length > 0) yield entries;
    }
    const rest = order.rest();
    if (rest.length > 0) yield rest;
  }

  /** The newest rows that pass, oldest first. */
  private async *newest(kind: LogKind, history: LogHistory, count: number): AsyncGenerator<LogEntry[]> {
    const found: LogEntry[] = [];
    let older = 0;
    if (count === 0) return;
    reading: for await (const { file, lines } of history.backwards({ lineLimit, signal: this.signal })) {
      for (const line of lines) {
        if (this.options.since !== undefined) {
          older = isOlder(line.text, this.options.since) ? older + 1 : 0;
          if (older > olderInARow) break reading;
        }
        found.push(...(await this.passing(kind, { file, lines: [line] }, history)));
        if (found.length >= count) break reading;
      }
    }
    const order = new TimeOrder();
    order.add(found.reverse());
    yield order.rest();
  }

  /** @param history knows the numbers of lines; opened for it where it is left out */
  private async passing(kind: LogKind, { file, lines }: LogLines, history?: LogHistory): Promise<LogEntry[]> {
    const { filter, since } = this.options;
    const entries: LogEntry[] = [];
    for (const line of lines) {
      const text = line.text;
      // Empty lines are what a writer leaves behind another's fragment.
      if (text === "" || (since !== undefined && isOlder(text, since)) || (filter && !filter.mayMatch(text))) continue;
      const row = line.cut || line.unfinished ? undefined : parseRow(text);
      if (filter && !filter.matches({ kind, line: text, row })) continue;
      entries.push(
        row
          ? { type: "row", kind, line: text, row }
          : {
              type: "malformed",
              kind,
              line: text,
              file,
              number: await this.numberOf(file, line, history),
              bytes: line.bytes,
            },
      );
    }
    return entries;
  }

  private async *follow(places: Map<LogKind, LogHistory["end"]>): AsyncGenerator<LogEntry[], void, void> {
    const ending = new AbortController();
    const signal = this.signal ? AbortSignal.any([this.signal, ending.signal]) : ending.signal;
    const waiting: LogEntry[] = [];
    let failure: unknown;
    let wake = (): void => undefined;
    // One for each log that waits: two may be full at once.
    let rooms: (() => void)[] = [];
    const room = (): void => {
      const waiters = rooms;
      rooms = [];
      for (const go of waiters) go();
    };
    const pump = async (kind: LogKind): Promise<void> => {
      const file = this.files[kind];
      for await (const event of follow(file, { from: places.get(kind) ?? "start", signal, lineLimit })) {
        if (event.type === "lines") waiting.push(...(await this.passing(kind, { file, lines: event.lines })));
        else if (event.reason !== "appeared")
          waiting.push({
            type: "break",
            kind,
            reason: event.reason,
            ...(event.part === undefined ? {} : { part: event.part }),
          });
        wake();
        if (waiting.length > maxWaiting) await new Promise<void>((resolve) => rooms.push(resolve));
      }
    };
    let running = this.kinds.length;
    const pumps = this.kinds.map((kind) =>
      pump(kind)
        .catch((thrown: unknown) => {
          failure ??= thrown;
        })
        .finally(() => {
          running--;
          wake();
        }),
    );
    const watching = this.untilEnded(signal).then(
      () => ending.abort(),
      () => undefined,
    );
    try {
      while (running > 0 || waiting.length > 0) {
        if (waiting.length === 0 && failure === undefined)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        wake = () => undefined;
        if (failure !== undefined) throw LibrettoError.from(failure);
        // Rows of one moment come from several files: let them all arrive.
        if (this.kinds.length > 1 && !signal.aborted)
          await delay(gatherMs, undefined, { signal }).catch(() => undefined);
        const entries = waiting.splice(0);
        room();
        if (entries.length > 0 && !this.signal?.aborted) yield byTime(entries);
      }
    } finally {
      ending.abort();
      room();
      await Promise.all([...pumps, watching]);
    }
  }

  /** Resolves when the session is no longer live and its last rows have been read. */
  private async untilEnded(signal: AbortSignal): Promise<void> {
    for (;;) {
      await delay(sessionPollMs, undefined, { signal });
      const record = readRecord(this.context.workspace, this.session);
      // A record that cannot be read at the moment says nothing of the session.
      if (record && (isLive(record) || record.liveness === "broken")) continue;
      await delay(sessionPollMs, undefined, { signal });
      return;
    }
  }

  private async numberOf(file: string, line: Line, history: LogHistory | undefined): Promise<number> {
    if (history) return history.lineNumber(file, line, this.signal);
    const opened = await LogHistory.open(file);
    try {
      return await opened.lineNumber(file, line, this.signal);
    } finally {
      await opened[Symbol.asyncDispose]();
    }
  }
}

function timeOf(line: string): string | undefined {
  return line.startsWith('{"ts":"') ? line.slice(7, line.indexOf('"', 7)) : (parseRow(line)?.ts as string | undefined);
}

function isOlder(line: string, since: string): boolean {
  const time = timeOf(line);
  return typeof time === "string" && time < since;
}

/** The order of entries: a file's own order is kept, and an entry without a time follows the one before it. */
class Clock {
  private latest = "";

  key(entry: LogEntry): string {
    const time = entry.type === "row" ? timeOf(entry.line) : undefined;
    if (typeof time === "string" && time > this.latest) this.latest = time;
    return this.latest;
  }
}

/**
 * Puts the entries of one log in the order of their times. A request has the time when it began and stands in the
 * file where it ended, so what comes is held until enough of the file was read behind it.
 */
class TimeOrder {
  private held: { time: string; entry: LogEntry; line: number; byte: number }[] = [];
  private latest = "";
  private line = 0;
  private byte = 0;

  /** Takes the entries of the lines that are read next. */
  add(entries: LogEntry[]): void {
    for (const entry of entries) {
      // What has no time stays behind what it follows.
      this.latest = (entry.type === "row" ? timeOf(entry.line) : undefined) ?? this.latest;
      this.held.push({ time: this.latest, entry, line: this.line, byte: this.byte });
    }
  }

  /** Says how much was read. @returns the entries before which nothing more is expected, in order */
  advance(lines: number, bytes: number): LogEntry[] {
    this.line += lines;
    this.byte += bytes;
    this.sort();
    const due = this.held.findLastIndex(
      ({ line, byte }) => line + olderInARow <= this.line || byte + maxAhead <= this.byte,
    );
    return this.held.splice(0, due + 1).map(({ entry }) => entry);
  }

  /** All that are held, in order. */
  rest(): LogEntry[] {
    this.sort();
    return this.held.splice(0).map(({ entry }) => entry);
  }

  private sort(): void {
    this.held.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  }
}

/** Merges sources that are each in order, reading each only as far as the others have come. */
async function* merge(sources: AsyncGenerator<LogEntry[]>[]): AsyncGenerator<LogEntry[], void, void> {
  if (sources.length === 1 && sources[0]) {
    yield* sources[0];
    return;
  }
  const heads = sources.map((source) => ({
    source,
    clock: new Clock(),
    entries: [] as { key: string; entry: LogEntry }[],
    at: 0,
    done: false,
  }));
  for (;;) {
    for (const head of heads) {
      while (!head.done && head.at >= head.entries.length) {
        const next = await head.source.next();
        if (next.done) head.done = true;
        else [head.entries, head.at] = [next.value.map((entry) => ({ key: head.clock.key(entry), entry })), 0];
      }
    }
    const open = heads.filter((head) => head.at < head.entries.length);
    if (open.length === 0) return;
    const merged: LogEntry[] = [];
    // As long as every source that is not at its end has something to compare.
    while (open.every((head) => head.at < head.entries.length)) {
      let first = open[0];
      for (const head of open)
        if ((head.entries[head.at]?.key ?? "") < (first?.entries[first.at]?.key ?? "")) first = head;
      const taken = first?.entries[first.at++];
      if (taken) merged.push(taken.entry);
    }
    yield merged;
  }
}

async function* newestOf(sources: AsyncGenerator<LogEntry[]>[], count: number): AsyncGenerator<LogEntry[], void, void> {
  const all: LogEntry[] = [];
  for await (const entries of merge(sources)) all.push(...entries);
  if (all.length > 0) yield all.slice(-count);
}

/** Entries of several logs that came together, by time; each log's own order is kept. */
function byTime(entries: LogEntry[]): LogEntry[] {
  const clocks = new Map<LogKind, Clock>();
  return entries
    .map((entry, index) => {
      const clock = clocks.get(entry.kind) ?? new Clock();
      clocks.set(entry.kind, clock);
      return { key: clock.key(entry), index, entry };
    })
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.index - b.index))
    .map(({ entry }) => entry);
}
