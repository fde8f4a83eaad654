/**
 * What the live view costs: frames of a moving page and the processor time of host, browser and viewer, the way from a
 * key to the changed picture, nothing at all while nobody looks, and twelve sessions at one picture a second.
 */
import type { InputEvent } from "../src/sessions/ipc/liveProtocol.js";
import { bytesOf } from "../src/views/liveView/bytes.js";
import { Witness } from "../test/support/browser.js";
import { Workspace } from "../test/support/cli.js";
import { LiveViewer } from "../test/support/liveViewer.js";
import { descendantsOf } from "../test/support/processTable.js";
import { Site } from "../test/support/site.js";
import { collectGarbage, median, ticksOf, type Figure } from "./figures.js";

const size = { width: 1_280, height: 720 };
const seconds = Number(process.env["LIBRETTO_BENCH_SECONDS"] ?? 5);
const sessions = 12;
const keys = 40;

const moving = `(() => {
  document.body.innerHTML = '<div id="ball" style="position:fixed;width:120px;height:120px;border-radius:60px;background:tomato"></div>' + '<p>Text that stands still.</p>'.repeat(40);
  const ball = document.querySelector('#ball');
  const draw = (t) => { ball.style.transform = 'translate(' + (500 + 400 * Math.sin(t / 700)) + 'px,' + (250 + 200 * Math.cos(t / 500)) + 'px)'; requestAnimationFrame(draw); };
  requestAnimationFrame(draw);
})()`;

export async function run(): Promise<Figure[]> {
  const workspace = new Workspace("bench-live");
  const site = await Site.start();
  try {
    return [...(await oneView(workspace, site)), ...(await overview(workspace, site))];
  } finally {
    await workspace.cli(["close", "--all", "--force"]);
    await site.close();
    await workspace.dispose();
  }
}

async function oneView(workspace: Workspace, site: Site): Promise<Figure[]> {
  await workspace.open(site.url("/"), "--session", "one", "--write-access", "--headless", "--viewport", "1280x720");
  using witness = await Witness.connect(workspace.state("one")?.cdpEndpoint ?? null);
  using viewer = await LiveViewer.open(workspace, { session: "one", ...size });
  const page = (await viewer.until("state", ({ page: shown }) => shown !== null)).page?.id ?? "";

  const latencies: number[] = [];
  await witness.evaluate(
    "(() => { document.body.innerHTML = ''; let n = 0; addEventListener('keydown', () => (document.body.style.background = ++n % 2 ? 'black' : 'white')) })()",
  );
  for (let n = 0; n < keys; n++) {
    // What was drawn for the last key has come.
    await pause(100);
    const from = viewer.events.length;
    const began = performance.now();
    await viewer.view.input(page, key);
    await viewer.until("frame", () => true, from);
    latencies.push(performance.now() - began);
  }

  await witness.evaluate(moving);
  await pause(500);
  const before = viewer.all("frame").length;
  const busy = await processorShare(workspace, ["one"], seconds * 1_000);
  const frames = viewer.all("frame").slice(before);

  // The viewer here keeps what comes; the editor does not.
  viewer.view.set({ width: 0, height: 0 });
  await viewer.view.pick(undefined, 1, 1);
  // As the editor does: each picture is read from its message into a buffer of its own, which nobody keeps.
  const [sample] = frames;
  const message = JSON.stringify(sample ?? { data: "" });
  const memoryBefore = settledMemory();
  let bytes = 0;
  for (let n = 0; n < 30 * 3_600; n++) {
    bytes += bytesOf((JSON.parse(message) as { data: string }).data).byteLength;
    // In an hour the event loop turns, and what it frees on the way is free.
    if (n % 30 === 0) await new Promise(setImmediate);
  }
  const grown = settledMemory() - memoryBefore;

  const hiddenFrom = viewer.all("frame").length;
  await witness.evaluate("document.body.innerHTML = ''");
  const idle = await processorShare(workspace, ["one"], 2_000, "host");
  return [
    {
      what: "live view: frames a second of a moving page",
      measured: frames.length / seconds,
      budget: 30,
      atLeast: true,
      unit: "frames/s",
      note: `${Math.round(median(frames.map(({ data }) => (data.length * 3) / 4)) / 1024)} KiB each`,
    },
    { what: "live view: processor while it moves", measured: busy, budget: 1, unit: "cores" },
    { what: "live view: from a key to the changed picture", measured: median(latencies), budget: 80, unit: "ms" },
    {
      what: "live view: frames while hidden",
      measured: viewer.all("frame").length - hiddenFrom,
      budget: 0,
      unit: "frames",
    },
    { what: "live view: processor of the host while hidden", measured: idle, budget: 0.02, unit: "cores" },
    {
      what: "live view: memory after an hour's worth of frames",
      measured: grown / 1024 / 1024,
      budget: 20,
      unit: "MiB",
      note: `${(bytes / 1024 / 1024 / 1024).toFixed(1)} GiB went through`,
    },
  ];
}

async function overview(workspace: Workspace, site: Site): Promise<Figure[]> {
  const names = Array.from({ length: sessions }, (_, n) => `s${n}`);
  for (const name of names) await workspace.open(site.url("/"), "--session", name, "--read-only", "--headless");
  const viewers: LiveViewer[] = [];
  try {
    const without = await processorShare(workspace, names, seconds * 1_000);
    for (const session of names)
      viewers.push(await LiveViewer.open(workspace, { session, width: 320, height: 180, everyMs: 1_000 }));
    await pause(2_000);
    const share = await processorShare(workspace, names, seconds * 1_000);
    return [
      {
        what: `overview of ${sessions} sessions: processor`,
        measured: share,
        budget: 0.25,
        unit: "cores",
        note: `${without.toFixed(3)} without it`,
      },
    ];
  } finally {
    for (const viewer of viewers) viewer[Symbol.dispose]();
  }
}

const key: InputEvent[] = (["down", "up"] as const).map((action) => ({
  type: "key",
  action,
  key: "a",
  code: "KeyA",
  keyCode: 65,
  modifiers: 0,
  location: 0,
  ...(action === "down" ? { text: "a" } : {}),
}));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function settledMemory(): number {
  collectGarbage();
  return process.memoryUsage().rss;
}

/** How many cores hosts and browsers of the sessions, and this process, keep busy. @param who the hosts alone, or all */
async function processorShare(
  workspace: Workspace,
  names: string[],
  ms: number,
  who: "host" | "all" = "all",
): Promise<number> {
  const pids = (): number[] => {
    const found = names.flatMap((name) => {
      const state = workspace.state(name);
      if (!state) return [];
      const { hostPid, browserPid } = state;
      return who === "host"
        ? [hostPid]
        : [hostPid, ...(browserPid === null ? [] : [browserPid, ...descendantsOf(browserPid).map(({ pid }) => pid)])];
    });
    return [...new Set(who === "host" ? found : [...found, process.pid])];
  };
  const ticks = (): number => pids().reduce((sum, pid) => sum + ticksOf(pid), 0);
  const before = ticks();
  const began = performance.now();
  await pause(ms);
  return (ticks() - before) / 100 / ((performance.now() - began) / 1_000);
}
