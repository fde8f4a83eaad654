/**
 * What a session on a Selenium Grid costs: the way to a loaded page, a read beside that of a browser of this machine,
 * the heartbeat; and a thousand sessions on record against a stand-in that speaks of the Grid's protocol what `list`,
 * `gc` and the tree need. The stand-in stands for the load alone; the first figures are of a real hub and node.
 */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { readonlyExec } from "../src/sessions/operations/readonlyExec.js";
import { SessionRegistry } from "../src/sessions/operations/registry.js";
import { identify } from "../src/sessions/process/identity.js";
import { workspaceAt } from "../src/sessions/store/workspace.js";
import { presentSession } from "../src/views/tree/presentation.js";
import { cliPath, Workspace } from "../test/support/cli.js";
import { contextOf } from "../test/support/context.js";
import { missingForGrid, TestGrid } from "../test/support/grid.js";
import { writeRecord } from "../test/support/records.js";
import { Site } from "../test/support/site.js";
import { collectGarbage, median, ticksOf, timeNode, timedEnvironment, type Figure } from "./figures.js";

const rounds = Number(process.env["LIBRETTO_BENCH_ROUNDS"] ?? 5);
const many = 1_000;
const seconds = 12;
const sessionTimeoutS = 12;

export async function run(): Promise<Figure[]> {
  const missing = missingForGrid();
  return [...(missing === undefined ? await onRealGrid() : [notMeasured(missing)]), ...(await onStandIn())];
}

function notMeasured(why: string): Figure {
  return { what: "a real Grid", measured: 0, unit: "", note: `not measured: ${why}` };
}

async function onRealGrid(): Promise<Figure[]> {
  const workspace = new Workspace("bench-grid");
  const [grid, site] = await Promise.all([
    TestGrid.start(join(workspace.scratch, "grid"), { nodes: [6], sessionTimeoutS }),
    Site.start(),
  ]);
  const open = (session: string, ...where: string[]) =>
    workspace.ok(["open", site.url("/"), "--session", session, "--read-only", ...where], { timeoutMs: 120_000 });
  try {
    const figures: Figure[] = [];
    for (const count of [1, 3, 6]) {
      const took: number[] = [];
      for (let round = 0; round < Math.min(rounds, 3); round++) {
        const began = performance.now();
        await Promise.all(Array.from({ length: count }, (_, n) => open(`g${n}`, "--grid", grid.url)));
        took.push(performance.now() - began);
        await workspace.ok(["close", "--all"], { timeoutMs: 120_000 });
      }
      figures.push({
        what: `a Grid: ${count === 1 ? "1 session" : `${count} sessions at once`}, from the command to the loaded page`,
        measured: median(took),
        unit: "ms",
      });
    }
    await open("far", "--grid", grid.url);
    await open("near", "--headless");
    const [far, near] = [await readTimes(workspace, "far"), await readTimes(workspace, "near")];
    figures.push({
      what: "a Grid: a read of the title, through a kept connection",
      measured: median(far),
      unit: "ms",
      note: `${median(near).toFixed(1)} ms on this machine`,
    });
    const hosts = ["far", "near"].map((session) => workspace.requireState(session).hostPid);
    const before = hosts.map(ticksOf);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const [busyFar = 0, busyNear = 0] = hosts.map((pid, index) => ticksOf(pid) - (before[index] ?? 0));
    figures.push({
      what: `a Grid: the host while nobody uses it, with a beat every ${sessionTimeoutS / 3} s`,
      measured: (busyFar * 10) / seconds,
      budget: 10,
      unit: "ms/s",
      note: `${((busyNear * 10) / seconds).toFixed(1)} ms/s on this machine; a beat is one message each way`,
    });
    return figures;
  } finally {
    await workspace.cli(["close", "--all", "--force"], { timeoutMs: 60_000 });
    await grid.stop();
    await site.close();
    await workspace.dispose();
  }
}

async function readTimes(workspace: Workspace, session: string): Promise<number[]> {
  const { context, pool } = contextOf(workspace, "bench");
  const times: number[] = [];
  for (let round = -5; round < rounds * 10; round++) {
    const began = performance.now();
    await readonlyExec(context, { session, code: "return await page.title()" });
    if (round >= 0) times.push(performance.now() - began);
  }
  pool.dispose();
  return times;
}

async function onStandIn(): Promise<Figure[]> {
  const workspace = new Workspace("bench-grid-many");
  const held = new Map<string, string>();
  let requests = 0;
  const standIn = createServer((request, response) => {
    requests++;
    const id = /^\/session\/(\w+)$/.exec(request.url ?? "")?.[1];
    if (request.method === "DELETE" && id !== undefined) held.delete(id);
    const slots = () =>
      [...held].map(([sessionId, name]) => ({
        id: { hostId: "n", id: sessionId },
        session: { sessionId, capabilities: { browserName: "chrome", "se:name": name } },
        stereotype: { browserName: "chrome" },
      }));
    const node = () => ({ uri: "http://node:5555", availability: "UP", sessionTimeout: 300_000, slots: slots() });
    const value =
      request.url === "/status" ? { ready: true, nodes: [node()] } : request.url?.endsWith("/queue") ? [] : null;
    response.setHeader("content-type", "application/json").end(JSON.stringify({ value }));
  });
  await new Promise<void>((resolve) => standIn.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(standIn.address() as AddressInfo).port}`;
  // Stands for the hosts, which are known by their process.
  const host = spawn(process.execPath, ["-e", "setInterval(() => {}, 60_000)"], { stdio: "ignore" });
  const env = timedEnvironment(workspace.env);
  const command = async (...args: string[]): Promise<number> => {
    const timed = await timeNode([cliPath, ...args], { env, cwd: workspace.folder });
    if (timed.status !== 0) throw new Error(timed.stderr);
    return timed.ms;
  };
  const times = async (...args: string[]): Promise<number> => {
    const all: number[] = [];
    for (let round = 0; round < rounds; round++) all.push(await command(...args));
    return median(all);
  };
  try {
    const hostStartedAt = identify(host.pid ?? 0)?.startedAt ?? "";
    for (let n = 0; n < many; n++) {
      const id = n.toString(16).padStart(32, "0");
      const name = `libretto:${n.toString(16).padStart(12, "0")}`;
      held.set(id, name);
      writeRecord(workspace.folder, workspace.env, {
        version: 1,
        session: `many-${String(n).padStart(4, "0")}`,
        // `starting` hosts are not asked whether they answer.
        status: "starting",
        mode: n % 2 === 0 ? "read-only" : "write-access",
        kind: "launched",
        headless: true,
        cdpEndpoint: `ws://127.0.0.1:${new URL(url).port}/session/${id}/se/cdp`,
        port: null,
        browserPid: null,
        browserStartedAt: null,
        hostPid: host.pid ?? 0,
        hostStartedAt,
        profilePath: null,
        startedAt: new Date().toISOString(),
        viewport: null,
        url: "https://example.com/",
        grid: { url, name, id, sessionTimeoutMs: 300_000 },
      });
    }
    const list = await times("list");
    const everywhere = await times("list", "--everywhere");
    collectGarbage();
    const memory = process.memoryUsage().heapUsed;
    const began = performance.now();
    const registry = new SessionRegistry(workspaceAt(workspace.folder, workspace.env));
    const rows = registry.sessions.map((session) => presentSession(session, (message) => message));
    const model = performance.now() - began;
    collectGarbage();
    const grown = process.memoryUsage().heapUsed - memory;
    if (rows.length !== many) throw new Error("The sessions are not there.");
    registry.dispose();
    host.kill();
    await new Promise((resolve) => host.once("exit", resolve));
    const dry = await times("gc", "--all", "--dry-run");
    const before = requests;
    const gc = await command("gc", "--all");
    const asked = requests - before;
    if (held.size !== 0) throw new Error(`${held.size} slots are still taken.`);
    const of = `${many} sessions on a Grid (a stand-in):`;
    return [
      { what: `${of} list`, measured: list, budget: 1_000, unit: "ms" },
      { what: `${of} list --everywhere`, measured: everywhere, budget: 1_500, unit: "ms" },
      { what: `${of} gc --all --dry-run`, measured: dry, budget: 2_000, unit: "ms" },
      { what: `${of} gc --all, all hosts gone`, measured: gc, budget: 5_000, unit: "ms", note: `${asked} requests` },
      { what: `${of} the tree's model`, measured: model, budget: 500, unit: "ms" },
      { what: `${of} the tree's model, memory`, measured: grown / 2 ** 20, budget: 20, unit: "MiB" },
    ];
  } finally {
    host.kill();
    standIn.close();
    await workspace.dispose();
  }
}
