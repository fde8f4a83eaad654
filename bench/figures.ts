/** What a benchmark measures and how it is told: figures against budgets, ratios against a bare Node. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** One measured figure. */
export interface Figure {
  what: string;
  measured: number;
  /** Of `measured` and `budget`: `× node -e 0`, `ms`, `MiB`, … */
  unit: string;
  /** At most this; at least this where `atLeast` is set. */
  budget?: number;
  atLeast?: boolean;
  /** Beside the figure, such as the absolute time. */
  note?: string;
}

/** A benchmark's file `bench/<name>.bench.ts` exports this as `run`. */
export type Benchmark = () => Promise<Figure[]>;

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/** The environment of what is timed. Node reads a file of certificates before anything else, which hides what a command costs. */
export function timedEnvironment(env: Record<string, string | undefined> = process.env): Record<string, string> {
  const kept = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !/^(NODE_EXTRA_CA_CERTS|NODE_OPTIONS)$/.test(pair[0]),
  );
  return Object.fromEntries(kept);
}

export interface Timed {
  ms: number;
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Wall time of a Node program from its start to its exit. */
export function timeNode(
  args: string[],
  options: { env?: Record<string, string>; cwd?: string; node?: string } = {},
): Promise<Timed> {
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    let ms = 0;
    const began = performance.now();
    const child = spawn(options.node ?? process.execPath, args, {
      env: options.env ?? timedEnvironment(),
      cwd: options.cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("exit", () => (ms = performance.now() - began));
    child.on("close", (status) => resolve({ ms, status, stdout, stderr }));
  });
}

/** Wall time of `node -e 0`. @param node the Node; the one that runs this where it is left out */
export async function timeBareNode(node = process.execPath): Promise<number> {
  return (await timeNode(["-e", "0"], { node })).ms;
}

/** Processor time of a process in hundredths of a second; 0 where the system does not tell. */
export function ticksOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}

/** Clears away what nobody holds any more, so that what is measured next is what is held. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
