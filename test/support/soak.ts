/** A soak: the same small life of a session again and again, beside one session that stays open through all of it. */
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Workspace } from "./cli.js";
import { waitUntilGone } from "./processTable.js";
import { Site } from "./site.js";

/** What must not grow. Counts are taken between two cycles, when only the session that stays is open. */
export interface SoakSample {
  cycle: number;
  /** Hosts, browsers with their children, workers. */
  processes: number;
  /** Of the host that stays. Zero where the system does not tell. */
  descriptors: number;
  /** Of the host that stays, resident, in MB. Zero where the system does not tell. */
  hostMb: number;
  /** Files and folders in the temporary folder, the user's state folder and the runtime folder. */
  tempFiles: number;
}

/**
 * Runs so many cycles of open, exec, readonly-exec, snapshot and close, each command a process of its own.
 * @param every how often it is looked, in cycles
 * @param onSample hears each look
 */
export async function soak(
  cycles: number,
  every: number,
  onSample: (sample: SoakSample) => void = () => undefined,
): Promise<SoakSample[]> {
  const workspace = new Workspace("soak");
  const site = await Site.start();
  const temp = join(workspace.scratch, "tmp");
  mkdirSync(temp);
  const env = { TMPDIR: temp };
  const ok = (...words: string[]): Promise<string> => workspace.ok(words, { env, timeoutMs: 60_000 });
  const look = (cycle: number): SoakSample => {
    const { hostPid } = workspace.requireState("stays");
    const folders = [temp, workspace.stateHome, workspace.env["XDG_RUNTIME_DIR"] ?? ""];
    return {
      cycle,
      processes: workspace.processes().length,
      descriptors: descriptorsOf(hostPid),
      hostMb: residentMb(hostPid),
      tempFiles: folders.reduce((sum, folder) => sum + countFiles(folder), 0),
    };
  };
  const samples: SoakSample[] = [];
  try {
    await ok("open", site.url(), "--headless", "--session", "stays");
    for (let cycle = 1; cycle <= cycles; cycle++) {
      await ok("open", site.url(`/?${cycle}`), "--headless", "--session", "goes");
      for (const session of ["goes", "stays"]) {
        await ok("exec", "--session", session, `state.turn = ${cycle}; await page.reload(); return await page.title()`);
        await ok("readonly-exec", "--session", session, "return await page.getByRole('heading').count()");
        await ok("snapshot", "--session", session);
      }
      await ok("close", "--session", "goes");
      site.forget();
      if (cycle % every !== 0) continue;
      const { hostPid } = workspace.requireState("stays");
      await waitUntilGone(() =>
        workspace.processes().filter((entry) => isOtherHost(entry.command, entry.pid, hostPid)),
      );
      const sample = look(cycle);
      samples.push(sample);
      onSample(sample);
    }
    return samples;
  } finally {
    await workspace.dispose();
    await site.close();
  }
}

/** What grew beyond what the first looks and the last ones differ by anyway; empty where nothing did. */
export function growthOf(samples: SoakSample[]): string[] {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const lowest = (of: SoakSample[], field: keyof SoakSample): number => Math.min(...of.map((sample) => sample[field]));
  // A browser's processes, V8's heap and Chromium's own files breathe; a leak raises the lowest of the last looks.
  const allowed = { processes: 0, descriptors: 2, hostMb: 25, tempFiles: 25 };
  return (Object.keys(allowed) as (keyof typeof allowed)[]).flatMap((field) => {
    const [before, after] = [lowest(samples.slice(0, third), field), lowest(samples.slice(-third), field)];
    return after - before > allowed[field] ? [`${field} grew from ${before} to ${after}`] : [];
  });
}

function isOtherHost(command: string[], pid: number, stays: number): boolean {
  return pid !== stays && command.some((word) => word.endsWith("host.js"));
}

function descriptorsOf(pid: number): number {
  return process.platform === "linux" ? readdirSync(`/proc/${pid}/fd`).length : 0;
}

function residentMb(pid: number): number {
  if (process.platform !== "linux") return 0;
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kb) / 102.4) / 10;
}

/** Chromium's profile of the session that stays is its own affair: its files are not counted. */
function countFiles(folder: string): number {
  return readdirSync(folder, { recursive: true }).filter((name) => !/profiles[\\/][^\\/]+[\\/]/.test(String(name)))
    .length;
}
