import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { open, type FileHandle } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { build, stop } from "esbuild";
import { listParts, partPath } from "../../../src/sessions/logs/parts.js";
import { JsonlWriter, type WriterTrouble } from "../../../src/sessions/logs/writer.js";
import { leaveOut } from "../../support/leaveOut.js";
import { openFiles } from "../../support/openFiles.js";

/** What the writer calls of the system, to come between two of its calls. */
const files = createRequire(__filename)("node:fs/promises") as { open: typeof open };

describe("JsonlWriter", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "libretto-writer-"));
    file = join(folder, "network.jsonl");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Every line of the log, old parts first; fails on a line that is not whole. */
  const rowsOf = async (): Promise<{ writer: string; n: number }[]> => {
    const files = [...(await listParts(file)).map((part) => part.file), file];
    return files.flatMap((path) => {
      const text = readFileSync(path, "utf8");
      assert.ok(text === "" || text.endsWith("\n"), `${path} ends in half a line`);
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { writer: string; n: number });
    });
  };

  it("writes one JSON object a line, in order, in a file of mode 0600", async () => {
    const writer = new JsonlWriter(file);
    for (let n = 0; n < 3; n++) writer.append({ n, text: "line\nbreak \u2028 \ud800" });
    await writer.close();
    const rows = readFileSync(file, "utf8").split("\n");
    assert.equal(rows.length, 4);
    assert.deepEqual(
      rows.slice(0, 3).map((row) => (JSON.parse(row) as { n: number }).n),
      [0, 1, 2],
    );
    if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("flush resolves when the rows are in the file", async () => {
    const writer = new JsonlWriter(file);
    writer.append({ n: 1 });
    await writer.flush();
    assert.equal(readFileSync(file, "utf8"), '{"n":1}\n');
    await writer.close();
  });

  it("never throws: a row that is not JSON is counted, said, and spoils no other", async () => {
    const troubles: WriterTrouble[] = [];
    const writer = new JsonlWriter(file, {
      onTrouble: (trouble) => {
        troubles.push(trouble);
        throw new Error("a listener that throws");
      },
    });
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    writer.append({ n: 1 });
    writer.append(cycle);
    writer.append({ n: 2 });
    await writer.close();
    writer.append({ n: 3 });
    assert.equal(readFileSync(file, "utf8"), '{"n":1}\n{"n":2}\n');
    assert.equal(writer.dropped, 2);
    assert.equal(troubles.length, 1);
  });

  it("rotates by size under rising numbers and keeps the newest parts", async () => {
    const writer = new JsonlWriter(file, { rotateBytes: 100, keep: 3 });
    for (let n = 0; n < 8; n++) {
      writer.append({ writer: "a", n, filler: "x".repeat(100) });
      await writer.flush();
    }
    await writer.close();
    assert.deepEqual(
      (await listParts(file)).map((part) => part.number),
      [5, 6, 7],
    );
    assert.deepEqual(
      (await rowsOf()).map((row) => row.n),
      [4, 5, 6, 7],
    );
  });

  it("never tears a line: two processes that write and rotate one file at once lose nothing", async function () {
    this.timeout(60_000);
    const program = join(folder, "child.cjs");
    await build({
      stdin: {
        contents: `
          import { JsonlWriter } from "./src/sessions/logs/writer.ts";
          const [file, name] = process.argv.slice(2);
          const writer = new JsonlWriter(file, { rotateBytes: 200_000, keep: 10_000 });
          let n = 0;
          const some = () => {
            for (let count = 0; count < 100; count++, n++) writer.append({ writer: name, n, filler: "é".repeat((n * 37) % 900) });
            if (n < 5000) setImmediate(some); else void writer.close();
          };
          process.stdin.once("data", () => { process.stdin.destroy(); some(); });
        `,
        resolveDir: resolve("."),
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      outfile: program,
    });
    await stop();
    const children = ["a", "b"].map((name) =>
      spawn(process.execPath, [program, file, name], { stdio: ["pipe", "inherit", "inherit"] }),
    );
    for (const child of children) child.stdin.end("go\n");
    const codes = await Promise.all(children.map(async (child) => ((await once(child, "exit")) as [number])[0]));
    assert.deepEqual(codes, [0, 0]);
    const rows = await rowsOf();
    for (const name of ["a", "b"]) {
      const numbers = rows
        .filter((row) => row.writer === name)
        .map((row) => row.n)
        .sort((x, y) => x - y);
      assert.deepEqual(
        numbers,
        Array.from({ length: 5000 }, (_, n) => n),
      );
    }
    assert.ok((await listParts(file)).length > 1, "the file was rotated");
  });

  it("goes on behind half a line that a killed process left, without spoiling a row", async () => {
    writeFileSync(file, '{"n":0}\n{"n":1,"te');
    const writer = new JsonlWriter(file);
    writer.append({ n: 2 });
    await writer.close();
    assert.equal(readFileSync(file, "utf8"), '{"n":0}\n{"n":1,"te\n{"n":2}\n');
  });

  it("goes on in a new file when the file is removed or moved away", async () => {
    const writer = new JsonlWriter(file);
    writer.append({ n: 1 });
    await writer.flush();
    renameSync(file, partPath(file, 1));
    writer.append({ n: 2 });
    await writer.flush();
    rmSync(file);
    writer.append({ n: 3 });
    await writer.close();
    assert.equal(readFileSync(partPath(file, 1), "utf8"), '{"n":1}\n');
    assert.equal(readFileSync(file, "utf8"), '{"n":3}\n');
  });

  it("says once that it cannot write, keeps what fits in memory, counts the rest, and recovers", async () => {
    mkdirSync(file); // a folder in the way fails for every user, root too
    const troubles: string[] = [];
    const lost: number[] = [];
    const line = `${JSON.stringify({ n: 0 })}\n`.length;
    const writer = new JsonlWriter(file, {
      maxPendingBytes: 3 * line,
      onTrouble: (trouble) => troubles.push(trouble.code),
      onRecovered: ({ dropped }) => lost.push(dropped),
    });
    writer.append({ n: 0 });
    await writer.flush();
    for (let n = 1; n < 6; n++) writer.append({ n });
    await writer.flush();
    assert.deepEqual(troubles, ["EISDIR"]);
    assert.equal(writer.dropped, 3);
    rmSync(file, { recursive: true });
    await writer.flush();
    writer.append({ n: 6 });
    await writer.close();
    assert.deepEqual(lost, [3]);
    assert.equal(writer.dropped, 3);
    assert.equal(readFileSync(file, "utf8"), '{"n":0}\n{"n":1}\n{"n":2}\n{"n":6}\n');
  });

  it("counts what close could not write", async () => {
    mkdirSync(file);
    const writer = new JsonlWriter(file);
    writer.append({ n: 1 });
    await writer.close();
    assert.equal(writer.dropped, 1);
  });

  it("survives a full disk with no half line left behind", async function () {
    this.timeout(30_000);
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const { spawnSync } = await import("node:child_process");
    if (
      process.platform !== "linux" ||
      spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]).status !== 0
    )
      leaveOut(this, "a full disk: mounting one takes root on Linux");
    try {
      const full = join(disk, "network.jsonl");
      const troubles: string[] = [];
      const writer = new JsonlWriter(full, {
        onTrouble: (trouble) => troubles.push(trouble.code),
        maxPendingBytes: 50_000,
      });
      appendFileSync(join(disk, "ballast"), Buffer.alloc(20_000));
      for (let n = 0; n < 100; n++) writer.append({ n, filler: "x".repeat(1000) });
      await writer.flush();
      const first = readFileSync(full, "utf8");
      assert.ok(first.endsWith("\n"), "whole lines only");
      assert.deepEqual(troubles, ["ENOSPC"]);
      rmSync(join(disk, "ballast"));
      writer.append({ n: 1000 });
      await writer.close();
      const numbers = readFileSync(full, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { n: number }).n);
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].sort((a, b) => a - b),
        "in order, none twice",
      );
      assert.equal(numbers.length + writer.dropped, 101, "each row is in the file or counted");
    } finally {
      spawnSync("umount", [disk]);
    }
  });

  it("says what is wrong with a row, and for which file", async () => {
    const troubles: WriterTrouble[] = [];
    const writer = new JsonlWriter(file, { onTrouble: (trouble) => troubles.push(trouble) });
    writer.append({ n: 1n });
    const thrower = {
      toJSON() {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- a page's own code may throw anything
        throw "a word";
      },
    };
    writer.append(thrower);
    await writer.close();
    assert.deepEqual(troubles, [
      {
        file,
        code: "Failed",
        message: "A row cannot be written as JSON: Do not know how to serialize a BigInt",
      },
      { file, code: "Failed", message: "A row cannot be written as JSON: a word" },
    ]);
    assert.equal(existsSync(file), false);
  });

  it("writes by itself, and again once that is possible, whatever its listeners do", async () => {
    mkdirSync(file);
    let begun: () => void = () => undefined;
    let over: () => void = () => undefined;
    const trouble = new Promise<void>((resolve) => (begun = resolve));
    const recovered = new Promise<void>((resolve) => (over = resolve));
    const told: unknown[] = [];
    const writer = new JsonlWriter(file, {
      retryMs: 20,
      onTrouble: (what) => {
        told.push(what);
        begun();
        throw new Error("a listener that throws");
      },
      onRecovered: (what) => {
        told.push(what);
        over();
        throw new Error("a listener that throws");
      },
    });
    writer.append({ n: 1 });
    await trouble;
    rmdirSync(file);
    await recovered;
    assert.equal(readFileSync(file, "utf8"), '{"n":1}\n');
    const [first, second] = told as [WriterTrouble, unknown];
    assert.deepEqual([first.file, first.code], [file, "EISDIR"]);
    assert.match(first.message, /^EISDIR: /);
    assert.deepEqual(second, { file, dropped: 0 });
    assert.equal(told.length, 2);
    await writer.close();
    assert.equal(writer.dropped, 0);
  });

  it("tells of each trouble anew, with the rows that it cost", async () => {
    const told: unknown[] = [];
    const line = '{"n":0}\n'.length;
    const writer = new JsonlWriter(file, {
      maxPendingBytes: line,
      onTrouble: ({ code }) => told.push(code),
      onRecovered: ({ dropped }) => told.push(dropped),
    });
    for (const losses of [2, 1]) {
      rmSync(file, { force: true });
      mkdirSync(file);
      writer.append({ n: 0 });
      await writer.flush();
      for (let n = 1; n <= losses; n++) writer.append({ n });
      await writer.flush();
      rmdirSync(file);
      await writer.flush();
      assert.equal(readFileSync(file, "utf8"), '{"n":0}\n');
    }
    assert.deepEqual(told, ["EISDIR", 2, "EISDIR", 1]);
    await writer.close();
    assert.equal(writer.dropped, 3);
  });

  it("waits as long as it was told before it tries again", async () => {
    mkdirSync(file);
    const writer = new JsonlWriter(file, { retryMs: 3_600_000 });
    writer.append({ n: 1 });
    await writer.flush();
    rmdirSync(file);
    // Ten times as long as rows are gathered for.
    await delay(150);
    assert.equal(existsSync(file), false);
    writer.append({ n: 2 });
    await delay(150);
    assert.equal(existsSync(file), false, "a new row is no reason to try");
    await writer.close();
    assert.equal(readFileSync(file, "utf8"), '{"n":1}\n{"n":2}\n');
  });

  it("keeps a process alive for rows that are about to be written, and not for a full disk, nor at rest", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const timersAtRest = async (): Promise<number> => {
      await delay(50);
      // The timer of that delay counts until its turn is over.
      await nextTurn();
      return timers();
    };
    const before = await timersAtRest();
    const writer = new JsonlWriter(file);
    writer.append({ n: 1 });
    assert.equal(timers(), before + 1);
    await writer.flush();
    assert.equal(await timersAtRest(), before);
    rmSync(file);
    mkdirSync(file);
    writer.append({ n: 2 });
    await writer.flush();
    assert.equal(await timersAtRest(), before);
    rmdirSync(file);
    await writer.close();
    assert.equal(readFileSync(file, "utf8"), '{"n":2}\n');
  });

  type Write = (this: FileHandle, data: Buffer, offset: number, length: number) => Promise<{ bytesWritten: number }>;

  /**
   * Lets the system take only a part of what is written, as a disk does that has become full.
   * @param takes how many bytes it takes of the first, second, … write
   * @param then gets the length of each write as it was given to the system
   */
  async function withWrites(
    takes: (length: number, write: number) => number,
    then: (lengths: number[]) => Promise<void>,
    afterWrite: () => void = () => undefined,
  ): Promise<void> {
    const handle = await open(join(folder, "any"), "a");
    const handles = Object.getPrototypeOf(handle) as { write: Write };
    await handle.close();
    const { write } = handles;
    const lengths: number[] = [];
    handles.write = async function (data, offset, length) {
      lengths.push(length);
      const result = await write.call(this, data, offset, takes(length, lengths.length));
      afterWrite();
      return result;
    };
    try {
      await then(lengths);
    } finally {
      handles.write = write;
    }
  }

  it("gathers rows into one write, of 1 MiB at most, unless one row is longer", async () => {
    const writer = new JsonlWriter(file);
    const lengthsOf = async (...fillers: number[]): Promise<number[]> => {
      let written: number[] = [];
      await withWrites(
        (length) => length,
        async (lengths) => {
          for (const filler of fillers) writer.append({ filler: "x".repeat(filler - '{"filler":""}\n'.length) });
          await writer.flush();
          written = lengths;
        },
      );
      return written;
    };
    const kibibyte = 1024;
    assert.deepEqual(await lengthsOf(...Array.from({ length: 1000 }, () => 100)), [100_000]);
    assert.deepEqual(await lengthsOf(400 * kibibyte, 400 * kibibyte, 224 * kibibyte, 100), [1024 * kibibyte, 100]);
    assert.deepEqual(await lengthsOf(400 * kibibyte, 400 * kibibyte, 224 * kibibyte + 1), [
      800 * kibibyte,
      224 * kibibyte + 1,
    ]);
    assert.deepEqual(await lengthsOf(3000 * kibibyte, 100), [3000 * kibibyte, 100]);
    await writer.close();
  });

  it("a write that is taken in part is taken back to whole rows, and gone on with", async () => {
    const line = '{"n":0}\n'.length;
    const troubles: WriterTrouble[] = [];
    const writer = new JsonlWriter(file, { onTrouble: (trouble) => troubles.push(trouble), maxPendingBytes: 4 * line });
    await withWrites(
      (length, write) => (write === 1 ? line + 3 : length),
      async (lengths) => {
        for (let n = 0; n < 3; n++) writer.append({ n });
        await writer.flush();
        assert.deepEqual(lengths, [3 * line, 2 * line]);
      },
    );
    assert.equal(readFileSync(file, "utf8"), '{"n":0}\n{"n":1}\n{"n":2}\n');
    await withWrites(
      () => 3,
      async (lengths) => {
        writer.append({ n: 3 });
        await writer.flush();
        assert.equal(readFileSync(file, "utf8"), '{"n":0}\n{"n":1}\n{"n":2}\n', "no half row is left");
        assert.deepEqual(lengths, [line], "a full disk is not tried at once again");
      },
    );
    assert.deepEqual(troubles, [{ file, code: "ENOSPC", message: "the disk took only a part of a line" }]);
    for (let n = 4; n < 8; n++) writer.append({ n });
    await writer.close();
    assert.equal(writer.dropped, 1, "what waits counts, what is written does not");
    assert.deepEqual(
      (await rowsOf()).map(({ n }) => n),
      [0, 1, 2, 3, 4, 5, 6],
    );
  });

  it("does not cut off what another process wrote behind half a row", async () => {
    const writer = new JsonlWriter(file);
    await withWrites(
      () => 3,
      async () => {
        writer.append({ n: 1 });
        await writer.flush();
      },
      () => appendFileSync(file, '{"other":1}\n'),
    );
    await writer.close();
    assert.equal(readFileSync(file, "utf8"), '{"n{"other":1}\n{"n":1}\n');
  });

  it("has room again for what it has written", async () => {
    const line = '{"n":0}\n'.length;
    const writer = new JsonlWriter(file, { maxPendingBytes: 3 * line });
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 3; n++) writer.append({ n });
      await writer.flush();
    }
    await writer.close();
    assert.equal(writer.dropped, 0);
    assert.equal((await rowsOf()).length, 12);
  });

  it("goes on in a file that cannot be rotated", async () => {
    // As long as a name may be, so that its part's name is too long.
    const long = join(folder, `${"x".repeat(255 - ".jsonl".length)}.jsonl`);
    const troubles: WriterTrouble[] = [];
    const writer = new JsonlWriter(long, { rotateBytes: 1, onTrouble: (trouble) => troubles.push(trouble) });
    for (let n = 0; n < 3; n++) {
      writer.append({ n });
      await writer.flush();
    }
    await writer.close();
    assert.equal(readFileSync(long, "utf8"), '{"n":0}\n{"n":1}\n{"n":2}\n');
    assert.equal(readdirSync(folder).length, 1);
    assert.deepEqual(troubles, []);
  });

  it("holds 16 MiB in memory unless said, and a first row of any length", async () => {
    mkdirSync(file);
    const filler = "x".repeat(1024 * 1024 - '{"filler":""}\n'.length);
    const writer = new JsonlWriter(file);
    for (let count = 0; count < 16; count++) writer.append({ filler });
    assert.equal(writer.dropped, 0);
    writer.append({});
    assert.equal(writer.dropped, 1);
    rmdirSync(file);
    await writer.close();
    assert.equal(statSync(file).size, 16 * 1024 * 1024);
    const small = new JsonlWriter(join(folder, "small.jsonl"), { maxPendingBytes: 10 });
    small.append({ filler });
    small.append({});
    await small.flush();
    small.append({});
    await small.close();
    assert.equal(small.dropped, 1);
    assert.equal(statSync(small.file).size, 1024 * 1024 + "{}\n".length);
  });

  it("rotates at 256 MiB and keeps 16 parts unless said", async () => {
    for (let number = 1; number <= 17; number++) writeFileSync(partPath(file, number), "");
    writeFileSync(file, "");
    const mebibytes = 1024 * 1024;
    truncateSync(file, 256 * mebibytes - 1);
    const writer = new JsonlWriter(file);
    writer.append({ n: 1 });
    await writer.flush();
    assert.equal((await listParts(file)).length, 17);
    writer.append({ n: 2 });
    await writer.close();
    const numbers = (await listParts(file)).map(({ number }) => number);
    assert.deepEqual(
      numbers,
      Array.from({ length: 16 }, (_, index) => index + 3),
    );
    // A line break before the row: what stood there ended in none.
    assert.equal(statSync(partPath(file, 18)).size, 256 * mebibytes - 1 + '\n{"n":1}\n'.length);
    assert.equal(readFileSync(file, "utf8"), '{"n":2}\n');
  });

  it("rotates a file of just that size, and none that is smaller", async () => {
    const line = '{"n":1}\n';
    for (const [size, parts] of [
      [line.length, 1],
      [line.length + 1, 0],
    ] as const) {
      const each = join(folder, `size${size}.jsonl`);
      const writer = new JsonlWriter(each, { rotateBytes: size });
      writer.append({ n: 1 });
      await writer.flush();
      writer.append({ n: 1 });
      await writer.close();
      assert.equal((await listParts(each)).length, parts);
      assert.equal(readFileSync(each, "utf8"), parts === 1 ? line : line + line);
    }
  });

  it("leaves the folder alone as long as its file is small", async () => {
    const writer = new JsonlWriter(file, { rotateBytes: 1000 });
    writer.append({ n: 1 });
    await writer.flush();
    // A number that was reserved, though it was given back, would show.
    const before = statSync(folder, { bigint: true }).mtimeNs;
    writer.append({ n: 2 });
    await writer.close();
    assert.equal(statSync(folder, { bigint: true }).mtimeNs, before);
  });

  for (const [what, others] of [
    ["has rotated the file", (): void => renameSync(file, partPath(file, 2))],
    ["has removed the file", (): void => rmSync(file)],
    [
      "has rotated the file and begun another",
      (): void => {
        renameSync(file, partPath(file, 2));
        writeFileSync(file, '{"n":2}\n');
      },
    ],
  ] as const)
    it(`goes on where another process ${what} while this one reserved a number`, async () => {
      const writer = new JsonlWriter(file, { rotateBytes: 20 });
      writer.append({ n: 1, filler: "more than the file may hold" });
      await writer.flush();
      const first = readFileSync(file, "utf8");
      const { open: system } = files;
      files.open = async (path, flags, mode) => {
        const handle = await system(path, flags, mode);
        if (flags === "wx") others();
        return handle;
      };
      try {
        writer.append({ n: 3 });
        await writer.close();
      } finally {
        files.open = system;
      }
      const begun = what.endsWith("another") ? '{"n":2}\n' : "";
      assert.equal(readFileSync(file, "utf8"), `${begun}{"n":3}\n`);
      const parts = (await listParts(file)).map(({ number, file: part }) => [number, readFileSync(part, "utf8")]);
      assert.deepEqual(parts, what.includes("removed") ? [] : [[2, first]]);
    });

  it("two writers of one process that rotate one file lose nothing", async () => {
    const writers = ["a", "b"].map((writer) => ({
      writer,
      to: new JsonlWriter(file, { rotateBytes: 300, keep: 10_000 }),
    }));
    for (let n = 0; n < 300; n++) {
      for (const { writer, to } of writers) to.append({ writer, n });
      if (n % 10 === 0) await Promise.all(writers.map(({ to }) => to.flush()));
    }
    await Promise.all(writers.map(({ to }) => to.close()));
    const rows = await rowsOf();
    for (const { writer } of writers)
      assert.deepEqual(
        rows.filter((row) => row.writer === writer).map(({ n }) => n),
        Array.from({ length: 300 }, (_, n) => n),
      );
    assert.ok((await listParts(file)).length > 5);
    // A reservation that was not needed is removed; one in a hundred is made over the file that the other has just begun.
    const empty = (await listParts(file)).filter((part) => statSync(part.file).size === 0);
    assert.ok(empty.length <= 2, `${empty.length} empty parts`);
  });

  it("a part's mode is the log's, and the descriptor is closed at the end", async function () {
    if (process.platform !== "linux") leaveOut(this, "modes and descriptors are looked at on Linux");
    const writer = new JsonlWriter(file, { mode: 0o640, rotateBytes: 1 });
    const isOpen = (): boolean => openFiles().some((path) => path.startsWith(folder));
    writer.append({ n: 1 });
    await writer.flush();
    assert.ok(isOpen());
    writer.append({ n: 2 });
    await writer.close();
    await writer.close();
    assert.equal(isOpen(), false);
    for (const path of [file, partPath(file, 1)]) assert.equal(statSync(path).mode & 0o777, 0o640, path);
  });

  it("lists parts by number and nothing else", async () => {
    for (const name of [
      "network.10.jsonl",
      "network.9.jsonl",
      "network.x.jsonl",
      "network.01.jsonl",
      "networks.1.jsonl",
      "network.1.json",
    ])
      writeFileSync(join(folder, name), "");
    assert.deepEqual(
      (await listParts(file)).map((part) => part.number),
      [9, 10],
    );
    assert.deepEqual(await listParts(join(folder, "missing", "logs.jsonl")), []);
    assert.equal(readdirSync(folder).length, 6);
  });
});
