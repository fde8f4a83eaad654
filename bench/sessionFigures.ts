/** What many sessions cost: opened in a row and side by side, at rest, and in memory. */
import { readFileSync } from "node:fs";
import { chromiumPath } from "../test/support/browser.js";
import { Workspace } from "../test/support/cli.js";
import { descendantsOf } from "../test/support/processTable.js";
import type { Site } from "../test/support/site.js";
import type { Figure } from "./figures.js";

/** How long what nobody uses is kept here, in ms. */
const spareMs = 4_000;
/** For how long they are left alone, and then measured, in ms: what a host does once after its last call is no rest. */
const settleMs = 20_000;
const restMs = 20_000;
const ticksPerSecond = 100;

export async function sessionFigures(site: Site): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const count of [1, 10, 20]) {
    const workspace = new Workspace("bench-sessions");
    Object.assign(workspace.env, { LIBRETTO_SPARE_MS: String(spareMs), LIBRETTO_CHROMIUM: chromiumPath("full") });
    const names = Array.from({ length: count }, (_, index) => `bench-${index}`);
    const open = (name: string): Promise<string> =>
      workspace.ok(["open", site.url("/"), "--headless", "--session", name]);
    const called = `${count === 1 ? "one session" : `${count} sessions`}`;
    try {
      if (count > 1) {
        const inRow = await timed(async () => {
          for (const name of names) await open(name);
        });
        await workspace.ok(["close", "--all"]);
        const parallel = await timed(() => Promise.all(names.map(open)));
        figures.push({
          what: `${called} opened side by side`,
          measured: parallel / inRow,
          unit: "× in a row",
          budget: 0.6,
          note: `${(parallel / 1000).toFixed(1)} s against ${(inRow / 1000).toFixed(1)} s`,
        });
      } else await open("bench-0");
      const browsers = names.flatMap((name) => workspace.requireState(name).browserPid ?? []);
      const own = (): number[] => {
        const theirs = new Set(browsers.flatMap(withChildren));
        const hosts = names.map((name) => workspace.requireState(name).hostPid);
        return hosts.flatMap(withChildren).filter((pid) => !theirs.has(pid));
      };
      const memory = (when: string, budget?: number): Figure => ({
        what: `${called}, memory of each ${when}`,
        measured: own().reduce((sum, pid) => sum + pssMegabytes(pid), 0) / count,
        unit: "MB",
        ...(budget === undefined ? {} : { budget }),
      });
      await pause(1_500);
      figures.push(memory("after `open`"));
      for (const name of names) await workspace.ok(["exec", "--session", name, "return await page.title()"]);
      // With many, the first of them has given its process back before the last has been called.
      if (count === 1) figures.push(memory("after `exec`"));
      await pause(2 * spareMs);
      figures.push(memory("at rest after `exec`", 90));
      await pause(settleMs);
      const [ours, theirs] = [own(), browsers.flatMap(withChildren)];
      const before = [cpuSeconds(ours), cpuSeconds(theirs)];
      await pause(restMs);
      const share = (pids: number[], index: number): number =>
        ((cpuSeconds(pids) - (before[index] ?? 0)) / (restMs / 1000)) * 100;
      figures.push(
        { what: `${called} at rest, processor`, measured: share(ours, 0), unit: "% of a core", budget: 1 },
        { what: `${called} at rest, processor of their browsers`, measured: share(theirs, 1), unit: "% of a core" },
      );
    } finally {
      await workspace.cli(["close", "--all"]);
      await workspace.dispose();
    }
  }
  return figures;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function withChildren(pid: number): number[] {
  return [pid, ...descendantsOf(pid).map((entry) => entry.pid)];
}

/** proc(5); 0 for a process that has ended. */
function pssMegabytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1000;
}

function cpuSeconds(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond;
  }, 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
