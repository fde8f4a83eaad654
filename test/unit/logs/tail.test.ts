import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileIdentity } from "../../../src/sessions/logs/fileIdentity.js";
import { partPath } from "../../../src/sessions/logs/parts.js";
import { follow, type FollowOptions } from "../../../src/sessions/logs/tail.js";
import { JsonlWriter } from "../../../src/sessions/logs/writer.js";

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
        else for (const line of event.lines) this.told.push(line.unfinished ? `${line.text}…` : line.text);
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
