import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFilter } from "../../../src/sessions/logs/filter.js";
import { LogView } from "../../../src/sessions/logs/logView.js";
import type { LogKind } from "../../../src/sessions/logs/rows.js";

describe("LogView", () => {
  let folder: string;
  let view: LogView;
  let changed: () => void = () => undefined;
  const files: Partial<Record<LogKind, string>> = {};
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "libretto-view-"));
    for (const kind of ["logs", "network", "actions"] as const) files[kind] = join(folder, `${kind}.jsonl`);
  });
  afterEach(async () => {
    await view.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const row = (second: number, text = ""): string =>
    `{"ts":"2026-11-23T01:${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}.000Z","message":"m${second}${text}"}\n`;
  const write = (kind: LogKind, ...seconds: number[]): void =>
    appendFileSync(files[kind] ?? "", seconds.map((second) => row(second)).join(""));
  const open = async (...kinds: LogKind[]): Promise<void> => {
    view = new LogView({
      files: Object.fromEntries(kinds.map((kind) => [kind, files[kind]])),
      onChange: () => changed(),
      onError: (error) => {
        throw error;
      },
    });
    await view.start();
  };
  const shown = async (first = 0, end = view.count): Promise<string[]> =>
    (await view.read(first, end, 100_000)).map(
      (line) =>
        `${line.after ? `<${line.after}>` : ""}${line.context ? "~" : ""}${/"(m\d+)/.exec(line.text)?.[1] ?? line.text}`,
    );
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition())
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
  };
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

  it("shows one log, its old parts first, and grows with it", async () => {
    writeFileSync(files.network?.replace(".jsonl", ".1.jsonl") ?? "", row(1) + row(2));
    write("network", 3, 4);
    await open("network");
    assert.deepEqual(await shown(), ["m1", "m2", "<rotated>m3", "m4"]);
    write("network", 5);
    await until(() => view.count === 5);
    assert.deepEqual(await shown(3, 5), ["m4", "m5"]);
  });

  it("rows that were counted can be read also after a rotation", async () => {
    write("logs", 1, 2);
    await open("logs");
    renameSync(files.logs ?? "", join(folder, "logs.1.jsonl"));
    write("logs", 3);
    await until(() => view.count === 3);
    assert.deepEqual(await shown(), ["m1", "m2", "<rotated>m3"]);
  });

  it("begins anew when the file is cut", async () => {
    write("logs", 1, 2, 3);
    await open("logs");
    const { generation } = view;
    truncateSync(files.logs ?? "", 0);
    write("logs", 9);
    await until(() => view.generation > generation && view.count === 1);
    assert.deepEqual(await shown(), ["<truncated>m9"]);
  });

  it("tells what happened behind the last row: the file was cut, or is gone", async () => {
    write("logs", 1);
    await open("logs");
    assert.equal(view.ending, undefined);
    truncateSync(files.logs ?? "", 0);
    await until(() => view.ending === "truncated" && view.count === 0);
    write("logs", 2);
    await until(() => view.ending === undefined && view.count === 1);
    rmSync(files.logs ?? "");
    await until(() => view.ending === "removed");
    assert.deepEqual(await shown(), ["<truncated>m2"]);
    write("logs", 3);
    await until(() => view.ending === undefined && view.count === 2);
    assert.deepEqual(await shown(), ["<truncated>m2", "<appeared>m3"]);
  });

  it("merges several logs by time, also as they grow", async () => {
    write("logs", 1, 4, 7);
    write("network", 2, 5, 8);
    write("actions", 3, 6, 9);
    await open("logs", "network", "actions");
    assert.deepEqual(
      await shown(),
      range(1, 10).map((n) => `m${n}`),
    );
    write("network", 11);
    write("logs", 10);
    await until(() => view.count === 11);
    assert.deepEqual(await shown(9), ["m10", "m11"]);
    const kinds = (await view.read(0, 3, 1000)).map((line) => line.kind);
    assert.deepEqual(kinds, ["logs", "network", "actions"]);
  });

  it("puts a row that comes late where it began, as opening the logs anew would, but never under a reader's eyes", async () => {
    write("logs", 1, 2);
    write("network", 3);
    await open("logs", "network", "actions");
    write("network", 10, 12, 14);
    write("logs", 11, 13);
    await until(() => view.count === 8);
    // What began at 9 and has ended only now.
    write("actions", 9);
    await until(() => view.count === 9);
    assert.deepEqual(await shown(), ["m1", "m2", "m3", "m9", "m10", "m11", "m12", "m13", "m14"]);
    assert.equal(view.takeMoved(), 3);
    assert.equal(view.takeMoved(), undefined);

    view.still = true;
    write("logs", 20, 21);
    await until(() => view.count === 11);
    write("actions", 15);
    await until(() => view.count === 12);
    assert.deepEqual(await shown(9), ["m20", "m21", "m15"]);
    assert.equal(view.takeMoved(), undefined);
    view.still = false;
    assert.deepEqual(await shown(9), ["m15", "m20", "m21"]);
    assert.equal(view.takeMoved(), 9);

    const live = await shown();
    await view.setFilter(parseFilter("m"));
    assert.deepEqual(await shown(), live);
    write("logs", 30);
    await until(() => view.count === 13);
    write("network", 22);
    await until(() => view.count === 14);
    assert.deepEqual(await shown(12), ["m22", "m30"]);
  });

  it("filters, live and with rows of context, and finds its place again", async () => {
    write("network", ...range(0, 200));
    await open("network");
    const [place] = await view.read(150, 151, 1000);
    await view.setFilter(parseFilter("/m\\d*7/"));
    const sevens = range(0, 200)
      .filter((n) => /7/.test(String(n)))
      .map((n) => `m${n}`);
    assert.deepEqual(await shown(), sevens);
    assert.equal(view.indexOf(place?.ref ?? -1), sevens.indexOf("m157"));
    write("network", 206, 207, 208);
    await until(() => view.count === sevens.length + 1);

    await view.setFilter(parseFilter('"m100"'), 2);
    assert.deepEqual(await shown(), ["~m98", "~m99", "m100", "~m101", "~m102"]);
    await view.setFilter(undefined);
    assert.equal(view.count, 203);
    assert.equal(view.indexOf(place?.ref ?? -1), 150);
    assert.equal((await view.readRef(place?.ref ?? -1, 1000))?.index, 150);
  });

  it("steps to the next and the previous hit without hiding the others", async () => {
    write("logs", ...range(0, 1000));
    await open("logs");
    const filter = parseFilter("/m\\d*99$/");
    assert.equal(await view.find(filter, 0, 1), 99);
    assert.equal(await view.find(filter, 100, 1), 199);
    assert.equal(await view.find(filter, 998, -1), 899);
    assert.equal(await view.find(filter, 98, -1), undefined);
    assert.equal(await view.find(parseFilter("nowhere"), 0, 1), undefined);
    // Looking on from the other end ends where the first look began.
    assert.equal(await view.find(filter, 0, 1, { most: 99 }), undefined);
    assert.equal(await view.find(filter, 0, 1, { most: 100 }), 99);
    assert.equal(await view.find(filter, 998, -1, { most: 99 }), undefined);
    assert.equal(await view.find(filter, 998, -1, { most: 100 }), 899);
  });

  it("shows the newest rows before anything is indexed", async () => {
    write("logs", ...range(0, 500).filter((n) => n % 2 === 0));
    write("network", ...range(0, 500).filter((n) => n % 2 === 1));
    view = new LogView({
      files: { logs: files.logs ?? "", network: files.network ?? "" },
      onChange: () => undefined,
      onError: () => undefined,
    });
    assert.deepEqual(
      (await view.preview(4, 1000)).map((line) => /"(m\d+)/.exec(line.text)?.[1]),
      ["m496", "m497", "m498", "m499"],
    );
  });

  it("loses no row that comes while a filter is being applied", async () => {
    write("network", ...range(0, 5000));
    await open("network");
    const filtering = view.setFilter(parseFilter("/m/"));
    for (let n = 5000; n < 6000; n += 100) {
      write("network", ...range(n, n + 100));
      await new Promise(setImmediate);
    }
    await filtering;
    await until(() => view.count === 6000);
    assert.deepEqual(
      await shown(),
      range(0, 6000).map((n) => `m${n}`),
    );
  });

  it("a log that does not exist yet appears", async () => {
    await open("actions", "logs");
    assert.equal(view.count, 0);
    write("actions", 1);
    await until(() => view.count === 1);
    assert.deepEqual(await shown(), ["m1"]);
  });
});
