/**
 * From the moment at which a session's host is killed (`kill -9`) to the answer of the next command, which starts
 * another host for the same browser.
 */
import { cliPath, Workspace } from "../test/support/cli.js";
import { findProcess } from "../test/support/processTable.js";
import { Site } from "../test/support/site.js";
import { median, timedEnvironment, timeNode, type Figure } from "./figures.js";

const rounds = Number(process.env["LIBRETTO_BENCH_ROUNDS"] ?? 20);
const session = "bench";
/** How long a host runs before it is killed, in ms: what it does right after its start is over then. */
const settledMs = 300;

/** Budgets in ms. */
const commands: [what: string, args: string[], budget: number][] = [
  ["pages", ["pages"], 500],
  ["readonly-exec: the title", ["readonly-exec", "return await page.title()"], 500],
  ["readonly-exec: a locator", ["readonly-exec", "return await page.locator('h1').textContent()"], 1_000],
  ["exec: the title", ["exec", "return await page.title()"], 1_000],
];

export async function run(): Promise<Figure[]> {
  await using site = await Site.start();
  const workspace = new Workspace("bench-takeover");
  // As users have it.
  delete workspace.env["LIBRETTO_SPARE_MS"];
  try {
    const figures: Figure[] = [];
    for (const [kind, ...flags] of [["with a port"], ["sealed", "--sealed"]]) {
      await workspace.open(site.url(), "--session", session, "--write-access", ...flags);
      for (const [what, args, budget] of commands) {
        const times: number[] = [];
        // The first one fills the caches.
        for (let round = -1; round < rounds; round++) {
          const ms = await killed(workspace, args);
          if (round >= 0) times.push(ms);
        }
        const note = `at most ${Math.max(...times).toFixed(0)} ms`;
        figures.push({ what: `kill -9 to ${what}, ${kind}`, measured: median(times), unit: "ms", budget, note });
      }
      await workspace.ok(["close", "--session", session]);
    }
    return figures;
  } finally {
    await workspace.dispose();
  }
}

/** @returns how long the command took that came after the kill, in ms */
async function killed(workspace: Workspace, args: string[]): Promise<number> {
  const { hostPid } = workspace.requireState(session);
  await new Promise((resolve) => setTimeout(resolve, settledMs));
  const began = performance.now();
  process.kill(hostPid, "SIGKILL");
  const { status, stderr } = await timeNode([cliPath, ...args, "--session", session], {
    env: timedEnvironment(workspace.env),
    cwd: workspace.folder,
  });
  const ms = performance.now() - began;
  if (status !== 0) throw new Error(`\`libretto ${args.join(" ")}\` ended with ${status}: ${stderr}`);
  if (findProcess(hostPid) !== undefined) throw new Error("The host that was killed lives.");
  return ms;
}
