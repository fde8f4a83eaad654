/**
 * What `libretto mcp` costs an agent: how long it takes to answer `initialize`, beside a bare Node and beside the servers
 * that others write in Node, and how many characters it makes a model read.
 */
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { cliPath, Workspace } from "../test/support/cli.js";
import { connectMcp, textOf } from "../test/support/mcp.js";
import { median, timeBareNode, timedEnvironment, type Figure } from "./figures.js";

const rounds = Number(process.env["LIBRETTO_BENCH_ROUNDS"] ?? 15);

/** Servers of others, in Node, as npm has them; `scripts/mcpPackages.mjs` has their versions. */
const peers = [
  { name: "@playwright/mcp", bin: "cli.js", args: ["--headless"] },
  { name: "chrome-devtools-mcp", bin: "build/src/bin/chrome-devtools-mcp.js", args: ["--headless"] },
];

export async function run(): Promise<Figure[]> {
  const workspace = new Workspace("bench-mcp");
  try {
    return [...(await startFigures(workspace)), ...(await textFigures(workspace))];
  } finally {
    await workspace.dispose();
  }
}

/** Time to the answer of `initialize`, each beside a bare Node of the same moment. */
async function startFigures(workspace: Workspace): Promise<Figure[]> {
  const programs = [{ name: "libretto mcp", args: [cliPath, "mcp"] }, ...(await installedPeers())];
  const taken = new Map<string, number[]>(programs.map(({ name }) => [name, []]));
  const bare: number[] = [];
  const listed = new Map<string, number>();
  for (let round = -2; round < rounds; round++) {
    const node = await timeBareNode();
    if (round >= 0) bare.push(node);
    for (const { name, args } of programs) {
      const { ms, listChars } = await initialize(args, workspace);
      listed.set(name, listChars);
      if (round >= 0) taken.get(name)?.push(ms - node);
    }
  }
  const beyond = (name: string): number => median(taken.get(name) ?? []);
  const own = beyond("libretto mcp");
  const others = programs.slice(1).map(({ name }) => name);
  const fastest = Math.min(...others.map((name) => beyond(name) + median(bare)));
  return [
    {
      what: "initialize, beyond a bare Node",
      measured: own,
      budget: 60,
      unit: "ms",
      note: `bare Node ${median(bare).toFixed(0)} ms`,
    },
    ...others.map((name) => ({
      what: `initialize of ${name}, beyond a bare Node`,
      measured: beyond(name),
      unit: "ms",
    })),
    ...(others.length === 0
      ? []
      : [
          {
            what: "initialize, of the fastest peer's",
            measured: (own + median(bare)) / fastest,
            budget: 0.5,
            unit: "× its time",
          },
        ]),
    {
      what: "characters of tools/list",
      measured: listed.get("libretto mcp") ?? Number.NaN,
      budget: 10_000,
      unit: "characters",
    },
    ...others.map((name) => ({
      what: `characters of tools/list of ${name}`,
      measured: listed.get(name) ?? Number.NaN,
      unit: "characters",
    })),
  ];
}

/** What a model is given of a large page, and after an `act`. */
async function textFigures(workspace: Workspace): Promise<Figure[]> {
  const site = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(request.url === "/large" ? largePage() : formPage());
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const mcp = await connectMcp(workspace);
  try {
    await mcp.call("open", { url: `${url}/large`, session: "large" });
    const snapshot = textOf(await mcp.call("snapshot", { session: "large" }));
    await mcp.call("open", { url: `${url}/form`, session: "form", mode: "write-access" });
    await mcp.call("snapshot", { session: "form" });
    const differences: number[] = [];
    for (let index = 0; index < 20; index++) {
      const step =
        index % 2 === 0
          ? { action: "fill", target: `getByLabel('Field ${index}', { exact: true })`, value: `value ${index}` }
          : { action: "click", target: `getByRole('button', { name: 'Add ${index}', exact: true })` };
      const answer = await mcp.call("act", { session: "form", steps: [step] });
      if (answer.isError) throw new Error(textOf(answer));
      differences.push(textOf(answer).length);
    }
    return [
      { what: "snapshot of a page of 5,000 elements", measured: snapshot.length, budget: 24_000, unit: "characters" },
      { what: "answer of an act, the median of 20", measured: median(differences), budget: 2_000, unit: "characters" },
    ];
  } finally {
    await mcp.close();
    site.closeAllConnections();
    site.close();
  }
}

const largePage = (): string =>
  `<!doctype html><title>Large</title><h1>Catalogue</h1><table>${Array.from(
    { length: 1_000 },
    (_, row) =>
      `<tr><td>Book ${row}</td><td><a href="/book/${row}">Details of book ${row}</a></td><td><button>Order</button></td></tr>`,
  ).join("")}</table>`;

const formPage = (): string =>
  `<!doctype html><title>Form</title><h1>Order</h1>${Array.from(
    { length: 40 },
    (_, index) =>
      `<p><label>Field ${index} <input></label> <button onclick="this.after(' added ' + this.textContent)">Add ${index}</button></p>`,
  ).join("")}`;

/** Starts a server, and measures from there to its first answer; then asks for its tools and ends it. */
function initialize(args: string[], workspace: Workspace): Promise<{ ms: number; listChars: number }> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let ms = 0;
    let text = "";
    const child = spawn(process.execPath, args, {
      cwd: workspace.folder,
      env: timedEnvironment({ ...workspace.env, HOME: workspace.scratch }),
      stdio: ["pipe", "pipe", "ignore"],
    });
    const send = (message: object): boolean => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    child.on("error", reject);
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const message = JSON.parse(text.slice(0, end)) as { id?: number; result?: { tools?: unknown } };
        text = text.slice(end + 1);
        if (message.id === 1) {
          ms = performance.now() - began;
          send({ method: "notifications/initialized" });
          send({ id: 2, method: "tools/list", params: {} });
        } else if (message.id === 2) {
          const listChars = JSON.stringify(message.result?.tools).length;
          child.once("exit", () => resolve({ ms, listChars }));
          // A server that goes on without its client is ended.
          child.stdin.end();
          setTimeout(() => child.kill("SIGKILL"), 2_000).unref();
        }
      }
    });
    send({
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } },
    });
  });
}

/** The peers that can be had here, installed; none where there is no registry. */
async function installedPeers(): Promise<{ name: string; args: string[] }[]> {
  const script = join(process.cwd(), "scripts", "mcpPackages.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [script, "servers"]);
  const { modules } = JSON.parse(stdout) as { modules?: string };
  return modules === undefined
    ? []
    : peers.map(({ name, bin, args }) => ({ name, args: [join(modules, name, bin), ...args] }));
}
