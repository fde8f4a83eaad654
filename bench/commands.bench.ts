/**
 * What the commands cost beside what starting Node costs. Each command is timed right after a `node -e 0`,
 * and the figure is the median of the ratios of these pairs: a machine that is busy slows both.
 */
import { readFileSync } from "node:fs";
import { chromiumPath } from "../test/support/browser.js";
import { cliPath, Workspace } from "../test/support/cli.js";
import { findProcess } from "../test/support/processTable.js";
import { Site } from "../test/support/site.js";
import { median, timeBareNode, timedEnvironment, timeNode, type Figure } from "./figures.js";

const rounds = Number(process.env["LIBRETTO_BENCH_ROUNDS"] ?? 20);

/** Pairs of the command and a bare Node, in ms. */
interface Pairs {
  bare: number[];
  own: number[];
}

export async function run(): Promise<Figure[]> {
  await using site = await Site.start();
  const workspace = new Workspace("bench");
  // As users have it.
  delete workspace.env["LIBRETTO_SPARE_MS"];
  try {
    return [
      ...(await clientFigures(workspace, site)),
      ...(await browserFigures(workspace, site, "headless shell", chromiumPath("any"), 11)),
      ...(await browserFigures(workspace, site, "full Chromium", chromiumPath("full"), 20)),
    ];
  } finally {
    await workspace.dispose();
  }
}

/** Commands of which most of the cost is the client's own. */
async function clientFigures(workspace: Workspace, site: Site): Promise<Figure[]> {
  await workspace.open(site.url(), "--session", "bench");
  const commands: [what: string, args: string[], budget: number][] = [
    ["--version", ["--version"], 1.2],
    ["list", ["list"], 1.2],
    ["pages", ["pages", "--session", "bench"], 1.35],
    ["session-mode", ["session-mode", "--session", "bench"], 1.35],
    ["readonly-exec: the title", ["readonly-exec", "--session", "bench", "return await page.title()"], 1.35],
    ["snapshot of a small page, the tree alone", ["snapshot", "--session", "bench", "--no-picture"], 1.6],
    ["exec: the title", ["exec", "--session", "bench", "return await page.title()"], 1.35],
  ];
  const pairs = new Map<string, Pairs>(commands.map(([what]) => [what, { bare: [], own: [] }]));
  const failures = new Map<string, string>();
  // The first call of each starts what the host starts only when it is needed, and fills the disk's cache.
  for (let round = -2; round < rounds; round++) {
    for (const [what, args] of commands) {
      const bare = await timeBareNode();
      const own = await timeCommand(workspace, args).catch((error: Error) => void failures.set(what, error.message));
      if (round < 0 || own === undefined) continue;
      pairs.get(what)?.bare.push(bare);
      pairs.get(what)?.own.push(own);
    }
  }
  await workspace.ok(["close", "--session", "bench"]);
  return commands.map(([what, , budget]) => {
    const failure = failures.get(what);
    const figure = figureOf(what, pairs.get(what) ?? { bare: [], own: [] }, budget);
    return failure === undefined ? figure : { ...figure, measured: Number.NaN, note: failure.replaceAll(/\s+/g, " ") };
  });
}

/** From nothing to a loaded page, and back to nothing, with one browser. */
async function browserFigures(
  workspace: Workspace,
  site: Site,
  name: string,
  path: string,
  budget: number,
): Promise<Figure[]> {
  const opens: Pairs = { bare: [], own: [] };
  const closes: Pairs = { bare: [], own: [] };
  const sealed: Pairs = { bare: [], own: [] };
  const memory: number[] = [];
  const env = { LIBRETTO_CHROMIUM: path };
  for (let round = -1; round < rounds; round++) {
    const bareBeforeOpen = await timeBareNode();
    const open = await timeCommand(workspace, ["open", site.url(), "--headless", "--session", "bench"], env);
    const { browserPid, hostPid } = workspace.requireState("bench");
    const rss = residentMebibytes(hostPid);
    const bareBeforeClose = await timeBareNode();
    const began = performance.now();
    await timeCommand(workspace, ["close", "--session", "bench"]);
    while (findProcess(browserPid ?? 0)) await new Promise(setImmediate);
    const close = performance.now() - began;
    const sealedOpen = await timeCommand(
      workspace,
      ["open", site.url(), "--headless", "--sealed", "--session", "bench"],
      env,
    );
    await timeCommand(workspace, ["close", "--session", "bench"]);
    if (round < 0) continue;
    sealed.bare.push(open);
    sealed.own.push(sealedOpen);
    opens.bare.push(bareBeforeOpen);
    opens.own.push(open);
    closes.bare.push(bareBeforeClose);
    closes.own.push(close);
    memory.push(rss);
  }
  return [
    figureOf(`open to a loaded page, ${name}`, opens, budget),
    { ...figureOf(`open --sealed, ${name}`, sealed, 1.03), unit: "× open" },
    figureOf(`close until the browser is gone, ${name}`, closes, 5),
    { what: `host after open, ${name}`, measured: median(memory), unit: "MiB RSS", budget: 70 },
  ];
}

async function timeCommand(workspace: Workspace, args: string[], env: Record<string, string> = {}): Promise<number> {
  const timed = await timeNode([cliPath, ...args], {
    env: timedEnvironment({ ...workspace.env, ...env }),
    cwd: workspace.folder,
  });
  if (timed.status !== 0)
    throw new Error(`\`libretto ${args.join(" ")}\` ended with ${timed.status}.\n${timed.stdout}${timed.stderr}`);
  return timed.ms;
}

function figureOf(what: string, { bare, own }: Pairs, budget: number): Figure {
  const ratios = own.map((ms, index) => ms / (bare[index] ?? Number.NaN));
  return {
    what,
    measured: median(ratios),
    unit: "× node -e 0",
    budget,
    note: `${median(own).toFixed(0)} ms against ${median(bare).toFixed(0)} ms`,
  };
}

/** Resident memory of a process (proc(5)); NaN where the system does not tell it so. */
function residentMebibytes(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}
