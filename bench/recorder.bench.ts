/**
 * What recording costs: time when a session is opened, memory and time under a burst of 5,000 requests. What is
 * timed with the recorder is timed right before or after without it, since a machine that is busy slows both.
 */
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DownloadFiles } from "../src/sessions/host/recorder/downloadFiles.js";
import { Redactor } from "../src/sessions/logs/redact.js";
import type { NetworkRow } from "../src/sessions/logs/rows.js";
import { startRecorder } from "../src/sessions/host/recorder/recorder.js";
import { Targets } from "../src/sessions/host/wire/targets.js";
import { startBrowser, Witness } from "../test/support/browser.js";
import { Workspace } from "../test/support/cli.js";
import { Site } from "../test/support/site.js";
import { median, type Figure } from "./figures.js";
import { connectCdp } from "../test/support/wire.js";

const rounds = Number(process.env["LIBRETTO_BENCH_ROUNDS"] ?? 20);
const requests = 5_000;

/** In batches, as many as a browser holds at once. */
const burst = `(async () => {
  const began = performance.now();
  for (let start = 0; start < ${requests}; start += 500) await Promise.all(Array.from({ length: 500 }, (_, n) => fetch("/echo?burst=" + (start + n)).then((response) => response.text())));
  return performance.now() - began;
})()`;

export async function run(): Promise<Figure[]> {
  return [...(await attachFigures()), ...(await burstFigures())];
}

/** From the connection to the moment at which the first page can be navigated. */
async function attachFigures(): Promise<Figure[]> {
  const browser = await startBrowser();
  try {
    const times: Record<"with" | "without", number[]> = { with: [], without: [] };
    for (let round = -3; round < rounds; round++) {
      for (const kind of round % 2 === 0 ? (["with", "without"] as const) : (["without", "with"] as const)) {
        const time = await timeAttach(browser.endpoint, kind === "with");
        if (round >= 0) times[kind].push(time);
      }
    }
    return [
      {
        what: "open: setting up the recorder",
        measured: median(times.with) - median(times.without),
        budget: 10,
        unit: "ms",
        note: `${median(times.without).toFixed(1)} ms without`,
      },
    ];
  } finally {
    await browser.close();
  }
}

async function timeAttach(endpoint: string, recorded: boolean): Promise<number> {
  const cdp = await connectCdp(endpoint);
  const began = performance.now();
  const targets = new Targets(cdp);
  const sink = { append: () => undefined };
  const recorder = recorded
    ? startRecorder({
        cdp,
        targets,
        network: sink,
        actions: sink,
        logs: sink,
        options: {
          redactor: new Redactor(),
          bodyLimitBytes: 65_536,
          files: new DownloadFiles(join(tmpdir(), "libretto-bench-downloads")),
        },
      })
    : undefined;
  await targets.start();
  await recorder?.ready();
  // A host waits for the page to answer in any case.
  await targets.require().session.send("Page.enable");
  const time = performance.now() - began;
  await recorder?.dispose();
  cdp.close();
  return time;
}

async function burstFigures(): Promise<Figure[]> {
  await using site = await Site.start();
  const workspace = new Workspace("bench-recorder");
  const plain = await startBrowser(site.url());
  try {
    await workspace.open(site.url(), "--session", "burst");
    const { hostPid, cdpEndpoint } = workspace.requireState("burst");
    const atFirst = residentMiB(hostPid);
    using unrecorded = await Witness.connect(plain.endpoint);
    using recorded = await Witness.connect(cdpEndpoint);
    const without = await unrecorded.evaluate<number>(burst);
    const withRecorder = await recorded.evaluate<number>(burst);
    const afterwards = residentMiB(hostPid);
    await workspace.ok(["close", "--session", "burst"]);
    const rows = workspace.log<NetworkRow>("burst", "network").filter(({ url }) => url.includes("/echo?burst="));
    const bodies = rows.filter(({ responseBody }) => responseBody !== undefined).length;
    return [
      { what: "host after open: memory", measured: atFirst, budget: 70, unit: "MiB" },
      {
        what: `burst of ${requests}: requests lost`,
        measured: requests - new Set(rows.map(({ url }) => url)).size,
        budget: 0,
        unit: "",
      },
      { what: `burst of ${requests}: bodies lost`, measured: rows.length - bodies, budget: 0, unit: "" },
      { what: `burst of ${requests}: memory of the host`, measured: afterwards, budget: 100, unit: "MiB" },
      {
        what: `burst of ${requests}: time of the page`,
        measured: withRecorder / without,
        budget: 2.5,
        unit: "×",
        note: `${(without / 1000).toFixed(1)} s without`,
      },
    ];
  } finally {
    await plain.close();
    await workspace.dispose();
  }
}

/** Memory of a process; where the system does not tell, NaN. */
function residentMiB(pid: number): number {
  try {
    return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}
