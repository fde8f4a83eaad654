import assert from "node:assert/strict";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { getEventListeners } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileIdentity } from "../../../src/sessions/logs/fileIdentity.js";
import { partPath } from "../../../src/sessions/logs/parts.js";
import { follow, type FollowOptions, type TailEvent } from "../../../src/sessions/logs/tail.js";
import { JsonlWriter } from "../../../src/sessions/logs/writer.js";
import { leaveOut } from "../../support/leaveOut.js";
import { openFiles } from "../../support/openFiles.js";

/**
 * Resolves when a tail has had time to come to rest: to see that it waits, and what it then does by itself. Nothing tells
 * that it has.
 */
const atRest = (): Promise<void> => delay(150);

/** How often this process has read from a file or a descriptor of the system's (Linux). */
const reads = (): number => Number(/^syscr: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);

/** The numbers of the watches that this process has (Linux): a watch that is made anew has another. */
function watches(): string[] {
  return readdirSync("/proc/self/fdinfo")
    .map((descriptor) => {
      try {
        return readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
      } catch {
        // It was closed meanwhile, as the one is by which the folder is read.
        return "";
      }
    })
    .flatMap((info) => info.match(/^inotify wd:\w+/gm) ?? []);
}

/** Collects what a tail tells, and waits for it by content. */
class Reader {
  readonly told: string[] = [];
  private readonly abort = new AbortController();
  private readonly done: Promise<void>;
  private wake: () => void = () => undefined;

  constructor(file: string, options: Omit<FollowOptions, "signal"> = {}) {
    const run = async (): Promise<void> => {
      for await (const event of follow(file, { pollMs: 300, ...options, signal: this.abort.signal })) {
        if (event.type === "break")
          this.told.push(`<${event.reason}${event.part === undefined ? "" : ` ${event.part}`}>`);
        else {
          assert.ok(event.lines.length > 0);
          for (const line of event.lines) this.told.push(line.unfinished ? `${line.text}…` : line.text);
        }
        this.wake();
      }
    };
    this.done = run();
  }

  /** Resolves when exactly this has been told; fails by the test's time limit, with what was told instead. */
  async expect(...expected: string[]): Promise<void> {
    while (this.told.length < expected.length)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    assert.deepEqual(this.told, expected);
  }

  async until(condition: (told: string[]) => boolean): Promise<void> {
    while (!condition(this.told))
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
  }

  async close(): Promise<void> {
    this.abort.abort();
    await this.done;
  }
}

describe("follow", () => {
  let folder: string;
  let file: string;
  let reader: Reader;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "libretto-tail-"));
    file = join(folder, "logs.jsonl");
  });
  afterEach(async () => {
    await reader.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("tells lines as they are written, from the end or from the start", async () => {
    writeFileSync(file, "one\ntwo\nhal");
    reader = new Reader(file);
    const fromStart = new Reader(file, { from: "start" });
    await fromStart.expect("one", "two");
    appendFileSync(file, "f\nthree\n");
    await fromStart.expect("one", "two", "half", "three");
    await reader.expect("half", "three");
    await fromStart.close();
  });

  it("waits for a file that does not exist yet, and for its folder", async () => {
    const deep = join(folder, "later", "logs.jsonl");
    reader = new Reader(deep, { from: "start" });
    mkdirSync(join(folder, "later"));
    writeFileSync(deep, "one\n");
    // Whether it began before the file was there is a matter of luck.
    const lines = (): string[] => reader.told.filter((line) => line !== "<appeared>");
    await reader.until(() => lines().length === 1);
    appendFileSync(deep, "two\n");
    await reader.until(() => lines().length === 2);
    assert.deepEqual(lines(), ["one", "two"]);
  });

  it("puts together a last line that comes in pieces, and a character that a write cut in two", async () => {
    writeFileSync(file, "");
    reader = new Reader(file, { from: "start" });
    const bytes = Buffer.from("grün 😀 \u0000 ende\n");
    for (const byte of bytes) appendFileSync(file, Buffer.of(byte));
    await reader.expect("grün 😀 \u0000 ende");
  });

  it("shows bytes that are no UTF-8 and goes on", async () => {
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0x41, 0x0a, 0x42, 0x0a]));
    reader = new Reader(file, { from: "start" });
    await reader.expect("\ufffd\ufffdA", "B");
  });

  it("gives a line of 5 MB whole, and the beginning of one that is longer than wanted", async () => {
    writeFileSync(file, `${"x".repeat(5_000_000)}\nshort\n`);
    reader = new Reader(file, { from: "start" });
    await reader.until((told) => told.length === 2);
    assert.equal(reader.told[0]?.length, 5_000_000);
    const limited = new Reader(file, { from: "start", lineLimit: 1000 });
    await limited.until((told) => told.length === 2);
    assert.deepEqual(
      limited.told.map((line) => line.length),
      [1000, 5],
    );
    await limited.close();
  });

  it("starts over when the file is truncated, also when it has grown past the old place since", async () => {
    writeFileSync(file, "one\ntwo\n");
    reader = new Reader(file, { from: "start" });
    await reader.expect("one", "two");
    truncateSync(file, 0);
    appendFileSync(file, "new one\nnew two\nnew three\n");
    await reader.expect("one", "two", "<truncated>", "new one", "new two", "new three");
    truncateSync(file, 4);
    await reader.until((told) => told.filter((line) => line === "<truncated>").length === 2);
    appendFileSync(file, "more\n");
    await reader.until((told) => told.at(-1) === "new more");
  });

  it("follows a rotation to the new file and loses nothing on either side", async () => {
    writeFileSync(file, "one\n");
    reader = new Reader(file, { from: "start" });
    await reader.expect("one");
    appendFileSync(file, "two\n");
    renameSync(file, partPath(file, 1));
    appendFileSync(partPath(file, 1), "three\n");
    writeFileSync(file, "four\n");
    await reader.expect("one", "two", "three", "<rotated 1>", "four");
  });

  it("reads the files of several rotations that happened at once", async () => {
    writeFileSync(file, "one\n");
    reader = new Reader(file, { from: "start" });
    await reader.expect("one");
    for (const number of [1, 2, 3]) {
      renameSync(file, partPath(file, number));
      writeFileSync(file, `after ${number}\n`);
    }
    await reader.expect("one", "<rotated 1>", "after 1", "<rotated 2>", "after 2", "<rotated 3>", "after 3");
  });

  it("goes on where it stopped, though the file has become an old part", async () => {
    writeFileSync(file, "one\ntwo\n");
    const { dev, ino } = fileIdentity(statSync(file, { bigint: true }));
    renameSync(file, partPath(file, 7));
    writeFileSync(file, "three\n");
    reader = new Reader(file, { from: { dev, ino, offset: 4 } });
    await reader.expect("two", "<rotated 7>", "three");
  });

  it("survives removal and re-creation, and tells the fragment that was left", async () => {
    writeFileSync(file, "one\nhal");
    reader = new Reader(file, { from: "start" });
    await reader.expect("one");
    rmSync(file);
    await reader.expect("one", "hal…", "<removed>");
    writeFileSync(file, "two\n");
    await reader.expect("one", "hal…", "<removed>", "<appeared>", "two");
    const other = join(folder, "other");
    writeFileSync(other, "three\n");
    renameSync(other, file);
    await reader.expect("one", "hal…", "<removed>", "<appeared>", "two", "<replaced>", "three");
  });

  it("survives the removal of the whole folder", async () => {
    const inner = join(folder, "inner");
    mkdirSync(inner);
    const path = join(inner, "logs.jsonl");
    writeFileSync(path, "one\n");
    reader = new Reader(path, { from: "start" });
    await reader.expect("one");
    rmSync(inner, { recursive: true });
    await reader.expect("one", "<removed>");
    mkdirSync(inner);
    writeFileSync(path, "two\n");
    await reader.expect("one", "<removed>", "<appeared>", "two");
  });

  it("is told by the system's events, and does not wait for its poll", async () => {
    writeFileSync(file, "one\n");
    reader = new Reader(file, { from: "start", pollMs: 3_600_000 });
    await reader.expect("one");
    appendFileSync(file, "two\n");
    await reader.expect("one", "two");
    renameSync(file, partPath(file, 1));
    writeFileSync(file, "three\n");
    await reader.expect("one", "two", "<rotated 1>", "three");
  });

  it("polls soon where there is no folder that could tell", async () => {
    const deep = join(folder, "later", "logs.jsonl");
    reader = new Reader(deep, { from: "start", pollMs: 3_600_000 });
    await atRest();
    mkdirSync(join(folder, "later"));
    writeFileSync(deep, "one\n");
    await reader.expect("<appeared>", "one");
    // The folder can be watched by now, and no poll comes within an hour.
    await atRest();
    appendFileSync(deep, "two\n");
    await reader.expect("<appeared>", "one", "two");
  });

  it("watches the folder that is there: made again, it has a new watch, and none is left at the end", async function () {
    if (process.platform !== "linux") leaveOut(this, "watches are looked at on Linux");
    const inner = join(folder, "inner");
    const path = join(inner, "logs.jsonl");
    const make = (text: string): void => {
      mkdirSync(inner);
      writeFileSync(path, text);
    };
    make("one\n");
    const others = watches();
    const ours = (): string[] => watches().filter((watch) => !others.includes(watch));
    reader = new Reader(path, { from: "start", pollMs: 50 });
    await reader.expect("one");
    const [first, ...more] = ours();
    assert.deepEqual(more, []);
    // A poll has looked which folder it is.
    await atRest();
    assert.deepEqual(ours(), [first]);
    // Moved and not removed: a watch stays with the folder.
    renameSync(inner, join(folder, "old"));
    await reader.expect("one", "<removed>");
    make("two\n");
    await reader.expect("one", "<removed>", "<appeared>", "two");
    await atRest();
    assert.equal(ours().length, 1);
    assert.notDeepEqual(ours(), [first]);
    await reader.close();
    await atRest();
    assert.deepEqual(ours(), []);
  });

  it("at rest it neither tells nor reads anything, whatever its neighbours do; half a line is not told", async function () {
    if (process.platform !== "linux") leaveOut(this, "reads are counted on Linux");
    writeFileSync(file, "one\n");
    reader = new Reader(file, { from: "start", pollMs: 3_600_000 });
    await reader.expect("one");
    appendFileSync(file, "two\nhal");
    await reader.expect("one", "two");
    await atRest();
    const before = reads();
    for (const name of ["other.jsonl", "logs.jsonl.bak"]) appendFileSync(join(folder, name), "x\n");
    await atRest();
    // Of the events of the neighbours, and of this look itself.
    assert.ok(reads() - before < 8, `${reads() - before} reads`);
    await reader.expect("one", "two");
    appendFileSync(file, "f\n");
    await reader.expect("one", "two", "half");
  });

  it("a file that is not there until the end, and one that cannot be opened", async () => {
    reader = new Reader(file);
    await atRest();
    await reader.close();
    assert.deepEqual(reader.told, []);
    if (process.platform === "win32") return;
    const loop = join(folder, "loop");
    symlinkSync(loop, loop);
    await assert.rejects(follow(loop).next(), { code: "ELOOP" });
  });

  it("notices a file that is rewritten in place before anything was read of it", async () => {
    const text = `${"x".repeat(100)}\none\n`;
    writeFileSync(file, text);
    const { dev, ino } = fileIdentity(statSync(file, { bigint: true }));
    reader = new Reader(file);
    const fromPlace = new Reader(file, { from: { dev, ino, offset: text.length } });
    await atRest();
    const descriptor = openSync(file, "r+");
    writeSync(descriptor, "two\n", 101);
    appendFileSync(file, "three\n");
    closeSync(descriptor);
    for (const each of [reader, fromPlace]) await each.expect("<truncated>", "x".repeat(100), "two", "three");
    await fromPlace.close();
  });

  it("starts over when the file is rewritten in place, though it is as long as before", async () => {
    writeFileSync(file, `${"x".repeat(100)}\none\n`);
    reader = new Reader(file, { from: "start" });
    await reader.until((told) => told.at(-1) === "one");
    const descriptor = openSync(file, "r+");
    writeSync(descriptor, "two\n", 101);
    appendFileSync(file, "three\n");
    closeSync(descriptor);
    await reader.expect("x".repeat(100), "one", "<truncated>", "x".repeat(100), "two", "three");
  });

  it("begins behind the last whole line of a long file, or where it stopped, and remembers what stood before", async () => {
    const long = `${"x".repeat(300_000)}\n`;
    writeFileSync(file, `${long}one\nhal`);
    reader = new Reader(file);
    const { dev, ino } = fileIdentity(statSync(file, { bigint: true }));
    const later = new Reader(file, { from: { dev, ino, offset: long.length } });
    await later.expect("one");
    appendFileSync(file, "f\n");
    await reader.expect("half");
    await later.expect("one", "half");
    truncateSync(file, 5);
    appendFileSync(file, "\nnew\n");
    for (const each of [reader, later]) await each.until((told) => told.slice(-3).join() === "<truncated>,xxxxx,new");
    await later.close();
  });

  it("goes on with the oldest part where that in which reading stopped is gone", async () => {
    for (const number of [1, 2]) writeFileSync(partPath(file, number), `old ${number}\n`);
    writeFileSync(file, "one\n");
    reader = new Reader(file, { from: { dev: "0", ino: "0", offset: 4 } });
    await reader.expect("<appeared>", "old 1", "<rotated 1>", "old 2", "<rotated 2>", "one");
    const alone = new Reader(join(folder, "alone.jsonl"), { from: { dev: "0", ino: "0", offset: 4 } });
    writeFileSync(join(folder, "alone.jsonl"), "one\n");
    await alone.expect("<appeared>", "one");
    await alone.close();
  });

  it("starts over where its file ends long before the place in which reading stopped", async () => {
    writeFileSync(file, "one\n");
    reader = new Reader(file, { from: { ...fileIdentity(statSync(file, { bigint: true })), offset: 1000 } });
    await reader.expect("<truncated>", "one");
  });

  it("goes on in an old part that several followed", async () => {
    const identities = [1, 2, 3].map((number) => {
      writeFileSync(partPath(file, number), `a${number}\nb${number}\n`);
      return fileIdentity(statSync(partPath(file, number), { bigint: true }));
    });
    writeFileSync(file, "live\n");
    const [, second] = identities;
    assert.ok(second);
    reader = new Reader(file, { from: { ...second, offset: 3 } });
    await reader.expect("b2", "<rotated 2>", "a3", "b3", "<rotated 3>", "live");
  });

  it("takes no part for a file's successor that a writer has only reserved", async () => {
    writeFileSync(file, "one\n");
    reader = new Reader(file, { from: "start" });
    await reader.expect("one");
    writeFileSync(partPath(file, 2), "");
    renameSync(file, partPath(file, 1));
    writeFileSync(file, "two\n");
    await reader.expect("one", "<rotated 1>", "two");
  });

  it("waits for a successor that comes later, and is told of it then", async () => {
    writeFileSync(file, "one\nhal");
    reader = new Reader(file, { from: "start" });
    await reader.expect("one");
    renameSync(file, partPath(file, 4));
    await reader.expect("one", "hal…");
    await atRest();
    writeFileSync(file, "two\n");
    await reader.expect("one", "hal…", "<rotated 4>", "two");
  });

  it("tells where each line stands and which file follows", async () => {
    writeFileSync(file, "é\none\n");
    const told: TailEvent[] = [];
    const abort = new AbortController();
    for await (const event of follow(file, { from: "start", signal: abort.signal })) {
      told.push(event);
      if (told.length === 1) {
        renameSync(file, partPath(file, 1));
        writeFileSync(file, "two\n");
      }
      if (told.length === 3) abort.abort();
    }
    const to = fileIdentity(statSync(file, { bigint: true }));
    assert.deepEqual(told, [
      {
        type: "lines",
        lines: [
          { offset: 0, bytes: 2, text: "é" },
          { offset: 3, bytes: 3, text: "one" },
        ],
      },
      { type: "break", reason: "rotated", part: 1, to },
      { type: "lines", lines: [{ offset: 0, bytes: 3, text: "two" }] },
    ]);
    truncateSync(file, 0);
    appendFileSync(file, "a\n");
    const again = follow(file, { from: { ...to, offset: 4 } });
    assert.deepEqual((await again.next()).value, { type: "break", reason: "truncated", to });
    await again.return();
    reader = new Reader(file);
  });

  it("ends at the signal or with its caller, at any point, and closes what it holds", async function () {
    if (process.platform !== "linux") leaveOut(this, "descriptors are looked at on Linux");
    const isOpen = (): boolean => openFiles().some((path) => path.startsWith(folder));
    writeFileSync(file, "one\ntwo\n");
    const aborted = follow(file, { from: "start", signal: AbortSignal.abort() });
    assert.deepEqual(await aborted.next(), { done: true, value: undefined });
    assert.equal(isOpen(), false);

    const abort = new AbortController();
    const waiting = follow(file, { from: "start", signal: abort.signal, pollMs: 3_600_000 });
    assert.equal((await waiting.next()).done, false);
    const next = waiting.next();
    await atRest();
    assert.equal(isOpen(), true);
    abort.abort();
    assert.deepEqual(await next, { done: true, value: undefined });
    assert.equal(isOpen(), false);
    assert.equal(getEventListeners(abort.signal, "abort").length, 0);

    const left = follow(file, { from: "start", pollMs: 3_600_000 });
    assert.equal((await left.next()).done, false);
    await left.return();
    assert.equal(isOpen(), false);

    // In the middle of a file whose successor waits.
    const between = new AbortController();
    const rotating = follow(file, { from: "start", signal: between.signal });
    assert.equal((await rotating.next()).done, false);
    renameSync(file, partPath(file, 1));
    writeFileSync(file, "three\n");
    assert.equal(((await rotating.next()).value as TailEvent).type, "break");
    between.abort();
    assert.equal((await rotating.next()).done, true);
    assert.equal(isOpen(), false);
    reader = new Reader(file);
  });

  it("loses none of 20,000 rows of a writer that rotates all the time", async function () {
    this.timeout(30_000);
    const writer = new JsonlWriter(file, { rotateBytes: 20_000, keep: 10_000 });
    reader = new Reader(file, { from: "start" });
    for (let n = 0; n < 20_000; n++) {
      writer.append({ n });
      if (n % 500 === 0) await writer.flush();
    }
    await writer.close();
    const rows = (): string[] => reader.told.filter((line) => line.startsWith("{"));
    await reader.until(() => rows().length >= 20_000);
    assert.deepEqual(
      rows(),
      Array.from({ length: 20_000 }, (_, n) => `{"n":${n}}`),
    );
    assert.ok(reader.told.some((line) => line.startsWith("<rotated")));
  });
});
