import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LineIndex } from "../../../src/sessions/logs/lineIndex.js";
import {
  countLines,
  endOfLastLine,
  readLines,
  readLinesBackwards,
  seekTime,
  type Line,
} from "../../../src/sessions/logs/lines.js";

describe("lines by offset", () => {
  let folder: string;
  let path: string;
  let file: FileHandle;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "libretto-lines-"));
    path = join(folder, "network.jsonl");
    writeFileSync(path, "");
    file = await open(path, "r");
  });
  after(async () => {
    await file.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Lines of every awkward kind: empty, long, wider than a chunk, with characters of several bytes. */
  const awkward = Array.from({ length: 700 }, (_, n) =>
    n % 97 === 0 ? "" : n === 300 ? "€".repeat(250_000) : `${n} ${"é😀".repeat(n % 400)}`,
  );
  const collect = async (source: AsyncGenerator<Line[]>): Promise<Line[]> => {
    const lines: Line[] = [];
    for await (const some of source) lines.push(...some);
    return lines;
  };

  it("reads the same lines forwards, backwards and by number, each with its offset", async () => {
    const text = `${awkward.join("\n")}\nunfinished`;
    writeFileSync(path, text);
    const bytes = Buffer.from(text);
    const forwards = await collect(readLines(file));
    assert.deepEqual(
      forwards.map((line) => line.text),
      awkward,
    );
    for (const line of forwards) assert.equal(bytes.toString("utf8", line.offset, line.offset + line.bytes), line.text);
    assert.deepEqual((await collect(readLinesBackwards(file, bytes.length))).reverse(), forwards);

    const index = new LineIndex();
    await index.scan(file);
    assert.equal(index.lineCount, 700);
    for (const [first, end] of [
      [0, 1],
      [0, 700],
      [299, 302],
      [63, 66],
      [698, 800],
      [700, 701],
      [5, 5],
      [640, 641],
    ] as const) {
      assert.deepEqual(
        (await index.read(file, first, end)).map(({ number, ...line }) => ({ number, line })),
        forwards.slice(first, end).map((line, at) => ({ number: first + at, line })),
        `${first} to ${end}`,
      );
    }
    for (const number of [0, 1, 64, 300, 301, 699])
      assert.equal(await index.numberAt(file, forwards[number]?.offset ?? -1), number);
    const inside = forwards[300];
    assert.equal(await index.numberAt(file, (inside?.offset ?? 0) + 5000), 300);
    assert.equal(await countLines(file, forwards[500]?.offset ?? 0), 500);
    assert.equal(await endOfLastLine(file, bytes.length), bytes.length - "unfinished".length);
  });

  it("grows with the file, by scanning and by what a tail has read", async () => {
    writeFileSync(path, "a\nb\nc");
    const index = new LineIndex();
    await index.scan(file);
    assert.deepEqual([index.lineCount, index.indexedBytes], [2, 4]);
    appendFileSync(path, "c\nd\ne\n");
    await index.scan(file, { to: 7 });
    assert.deepEqual([index.lineCount, index.indexedBytes], [3, 7]);
    index.addLine(9);
    assert.deepEqual(
      (await index.read(file, 0, 9)).map((line) => line.text),
      ["a", "b", "cc", "d"],
    );
    await Promise.all([index.scan(file), index.scan(file)]);
    assert.equal(index.lineCount, 5);
    index.clear();
    await index.scan(file);
    assert.equal(index.lineCount, 5);
  });

  it("cuts lines to the length that is wanted", async () => {
    writeFileSync(path, `${"x".repeat(500_000)}\nshort\n`);
    const index = new LineIndex();
    await index.scan(file);
    const wanted = [
      { text: "x".repeat(1000), bytes: 500_000, cut: true },
      { text: "short", bytes: 5, cut: undefined },
    ];
    const shape = ({ text, bytes, cut }: Line): unknown => ({ text, bytes, cut });
    assert.deepEqual((await index.read(file, 0, 2, { limit: 1000 })).map(shape), wanted);
    assert.deepEqual((await collect(readLines(file, { limit: 1000 }))).map(shape), wanted);
    assert.deepEqual((await collect(readLinesBackwards(file, 500_007, { limit: 1000 }))).reverse().map(shape), wanted);
  });

  it("stays small: 500,000 lines take less than 300 kB of memory", async () => {
    writeFileSync(path, "0123456789\n".repeat(500_000));
    const index = new LineIndex();
    await index.scan(file);
    assert.equal(index.lineCount, 500_000);
    assert.ok(index.memoryBytes < 300_000, `${index.memoryBytes}`);
  });

  it("finds where the rows of a time begin, without reading all", async () => {
    const at = (n: number): string => new Date(Date.UTC(2026, 10, 23) + n * 100).toISOString();
    writeFileSync(
      path,
      Array.from({ length: 100_000 }, (_, n) => `{"ts":"${at(n)}","message":"${"x".repeat(60)}"}\n`).join(""),
    );
    const size = 100_000 * (`{"ts":"${at(0)}","message":""}\n`.length + 60);
    for (const n of [0, 1, 50_000, 99_999]) {
      const from = await seekTime(file, size, at(n));
      const rows = await collect(readLines(file, { from }));
      const first = rows.findIndex((line) => line.text.includes(at(n)));
      assert.ok(first !== -1 && first < 40_000, `${n}: found at ${first}`);
    }
    assert.equal(await seekTime(file, 0, at(0)), 0);
  });
});
