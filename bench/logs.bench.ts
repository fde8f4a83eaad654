/**
 * `libretto logs` on a log that a long night has written: 5 million requests in more than 1 GiB. How long
 * the first screen takes, how soon a filter's first hit is there, how much memory that needs; and whether a
 * follower keeps up with 5,000 rows a second.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { LineIndex } from "../src/sessions/logs/lineIndex.js";
import type { NetworkRow } from "../src/sessions/logs/rows.js";
import { JsonlWriter } from "../src/sessions/logs/writer.js";
import { startOf } from "../src/sessions/process/identity.js";
import { cliPath, Workspace } from "../test/support/cli.js";
import { writeRecord } from "../test/support/records.js";
import { bigRow, bigRowCount as rowCount, bigRowTime as timeOf, writeBigLog } from "./bigLog.js";
import { median, timedEnvironment, type Figure } from "./figures.js";

const rounds = Number(process.env["LIBRETTO_BENCH_ROUNDS"] ?? 5);
const rowsASecond = 5000;
const followSeconds = 10;

export async function run(): Promise<Figure[]> {
  const workspace = new Workspace("bench-logs");
  try {
    const folder = join(workspace.sessionsFolder, "night");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, "network.jsonl");
    await writeBigLog(file);
    const size = `${(statSync(file).size / 2 ** 30).toFixed(2)} GiB, ${rowCount.toLocaleString("en")} rows`;
    const bare = await timed(() => command(workspace, ["--version"], undefined));
    const tail = await repeated(() =>
      command(workspace, ["logs", "--session", "night", "--network", "--lines", "100"], 100),
    );
    const since = await repeated(() =>
      command(workspace, ["logs", "--session", "night", "--network", "--since", timeOf(rowCount - 50)], 50),
    );
    const hit = await repeated(() =>
      command(
        workspace,
        ["logs", "--session", "night", "--network", "--filter", "status:>=500 -domain:other.example"],
        1,
        true,
      ),
    );
    const rare = await command(workspace, ["logs", "--session", "night", "--network", "--filter", "the-last-one"], 1);
    const pattern = await command(
      workspace,
      ["logs", "--session", "night", "--network", "--filter", "url:/item.(a+)+b/"],
      0,
    );
    return [
      {
        what: "first screen: newest 100 rows",
        measured: tail.ms,
        budget: 500,
        unit: "ms",
        note: `${size}; --version takes ${bare.toFixed(0)} ms`,
      },
      { what: "first screen: memory at most", measured: tail.mebibytes, budget: 150, unit: "MiB" },
      { what: "--since, the last 50 rows", measured: since.ms, budget: 500, unit: "ms" },
      { what: "filter: first hit printed", measured: hit.ms, budget: 500, unit: "ms" },
      { what: "filter: the whole file for one hit at its end", measured: rare.allMs / 1000, unit: "s" },
      { what: "filter: memory at most", measured: Math.max(rare.mebibytes, hit.mebibytes), budget: 150, unit: "MiB" },
      { what: "filter: a catastrophic pattern over the whole file", measured: pattern.allMs / 1000, unit: "s" },
      ...(await indexFigures(file)),
      ...(await followFigures(workspace)),
    ];
  } finally {
    await workspace.dispose();
  }
}

interface Measured {
  /** Until the wanted number of lines was there. */ ms: number;
  /** Until the end. */ allMs: number;
  mebibytes: number;
}

/** Runs the CLI until it has printed so many lines; `stop` ends it there, as `head` would. */
async function command(
  workspace: Workspace,
  args: string[],
  wanted: number | undefined,
  stop = false,
): Promise<Measured> {
  const began = performance.now();
  const child = spawn(process.execPath, [cliPath, ...args], {
    cwd: workspace.folder,
    env: timedEnvironment(workspace.env),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let mebibytes = 0;
  const measure = (): void => void (mebibytes = Math.max(mebibytes, peakMebibytes(child.pid)));
  const timer = setInterval(measure, 10);
  let lines = 0;
  let ms = Number.NaN;
  child.stdout.on("data", (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++;
    measure();
    if (Number.isNaN(ms) && lines >= (wanted ?? 1)) {
      ms = performance.now() - began;
      if (stop) child.stdout.destroy();
    }
  });
  const [status] = (await once(child, "exit")) as [number | null];
  clearInterval(timer);
  if (status !== 0 || (!stop && wanted !== undefined && lines !== wanted))
    throw new Error(`libretto ${args.join(" ")} ended with ${status} and printed ${lines} lines, not ${wanted}`);
  return { ms, allMs: performance.now() - began, mebibytes };
}

async function repeated(measure: () => Promise<Measured>): Promise<Measured> {
  const all: Measured[] = [];
  for (let round = 0; round < rounds; round++) all.push(await measure());
  return {
    ms: median(all.map(({ ms }) => ms)),
    allMs: median(all.map(({ allMs }) => allMs)),
    mebibytes: Math.max(...all.map(({ mebibytes }) => mebibytes)),
  };
}

async function timed(measure: () => Promise<Measured>): Promise<number> {
  return (await repeated(measure)).ms;
}

/** The most memory that a process has had in its life; 0 where the system does not tell. */
function peakMebibytes(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function indexFigures(path: string): Promise<Figure[]> {
  const file = await open(path, "r");
  try {
    const index = new LineIndex();
    const began = performance.now();
    await index.scan(file);
    const scanned = performance.now() - began;
    const reads: number[] = [];
    for (let n = 0; n < 200; n++) {
      const from = (n * 7_368_787) % (index.lineCount - 60);
      const start = performance.now();
      const lines = await index.read(file, from, from + 60);
      reads.push(performance.now() - start);
      if ((JSON.parse(lines[0]?.text ?? "{}") as { id?: string }).id !== String(from))
        throw new Error(`row ${from} is not what the index says`);
    }
    reads.sort((a, b) => a - b);
    return [
      { what: "index of every line, built", measured: scanned, budget: 3000, unit: "ms" },
      { what: "index: memory", measured: index.memoryBytes / 2 ** 20, budget: 10, unit: "MiB" },
      {
        what: "index: 60 rows anywhere, 99 of 100 times within",
        measured: reads[Math.floor(reads.length * 0.99)] ?? Number.NaN,
        budget: 50,
        unit: "ms",
      },
    ];
  } finally {
    await file.close();
  }
}

/** A session that lives (its host is this process) writes; the CLI follows through rotations. */
async function followFigures(workspace: Workspace): Promise<Figure[]> {
  const session = "busy";
  const folder = join(workspace.sessionsFolder, session);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeRecord(workspace.folder, workspace.env, {
    version: 1,
    session,
    status: "active",
    mode: "write-access",
    kind: "launched",
    headless: true,
    cdpEndpoint: null,
    port: null,
    browserPid: null,
    browserStartedAt: null,
    hostPid: process.pid,
    hostStartedAt: startOf(process.pid) ?? "",
    profilePath: null,
    startedAt: timeOf(0),
    viewport: null,
    url: "",
  });
  const child = spawn(process.execPath, [cliPath, "logs", "--session", session, "--network", "--follow", "--json"], {
    cwd: workspace.folder,
    env: timedEnvironment(workspace.env),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const late: number[] = [];
  let received = 0;
  let inOrder = true;
  const total = rowsASecond * followSeconds;
  const all = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { id, ts } = JSON.parse(line) as NetworkRow;
      late.push(Date.now() - Date.parse(ts));
      if (id !== String(received)) inOrder = false;
      if (++received === total) resolve();
    });
    void ended.then(() => reject(new Error("the follower ended")));
  });
  const writer = new JsonlWriter(join(folder, "network.jsonl"), { rotateBytes: 3_000_000, keep: 100 });
  const began = performance.now();
  for (let n = 0; n < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * rowsASecond));
    for (; n < due; n++) writer.append({ ...bigRow(n), ts: new Date().toISOString() });
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await writer.flush();
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await all.catch(() => undefined);
  clearTimeout(timer);
  const mebibytes = peakMebibytes(child.pid);
  child.kill("SIGINT");
  await ended;
  await writer.close();
  rmSync(folder, { recursive: true, force: true });
  late.sort((a, b) => a - b);
  return [
    {
      what: `follow ${rowsASecond} rows a second: rows lost or out of order`,
      measured: total - received + (inOrder ? 0 : 1),
      budget: 0,
      unit: "rows",
      note: `of ${total.toLocaleString("en")}, through rotations`,
    },
    {
      what: "follow: from written to printed, 99 of 100 within",
      measured: late[Math.floor(late.length * 0.99)] ?? Number.NaN,
      budget: 250,
      unit: "ms",
      note: `half within ${late[late.length >> 1]} ms`,
    },
    { what: "follow: memory at most", measured: mebibytes, budget: 150, unit: "MiB" },
  ];
}
