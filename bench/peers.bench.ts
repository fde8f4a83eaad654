/**
 * Libretto beside others: the same steps, the same Chromium, in turn. Each command is timed right after a `node -e 0`, and
 * the figure is the median of the ratios. `docs/performance.md` is written from it, unless it was a part:
 * `LIBRETTO_BENCH_ONLY="Libretto; agent-browser; gotoLater"` measures these programs and rows, and nothing of many sessions.
 */
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { format } from "prettier";
import { chromiumPath } from "../test/support/browser.js";
import { Workspace } from "../test/support/cli.js";
import { findProcess } from "../test/support/processTable.js";
import { Site } from "../test/support/site.js";
import { median, timeBareNode, type Figure } from "./figures.js";
import { programs, type Program, type Step } from "./peerPrograms.js";
import { sessionFigures } from "./sessionFigures.js";

const rounds = Number(process.env["LIBRETTO_BENCH_ROUNDS"] ?? 20);
const elements = 1_000;
/** Names of programs and keys of rows; empty for all. */
const only = (process.env["LIBRETTO_BENCH_ONLY"] ?? "").split(";").flatMap((name) => name.trim() || []);

/** Rows of the table, with the budget of Libretto's own figure. */
const rows = {
  open: { what: "`open` to a loaded page", budget: 20 },
  list: { what: "`list`", budget: 1.35 },
  readAtOnce: { what: "the first read, at once after `open`", budget: 4 },
  readLater: { what: "the first read, one second after", budget: 1.6 },
  read: { what: "a read, warm", budget: 1.6 },
  gotoAtOnce: { what: `\`goto\` of ${elements.toLocaleString("en")} elements as the first call, at once`, budget: 12 },
  gotoLater: { what: `the same, one second after \`open\``, budget: 5.9 },
  treeFirst: { what: "its tree, first call", budget: 9 },
  tree: { what: "its tree, warm", budget: 2 },
  snapshot: { what: "its tree and a picture, warm", budget: 4 },
  close: { what: "`close` until the browser is gone", budget: 5 },
};
type Row = keyof typeof rows;

export async function run(): Promise<Figure[]> {
  const [load = 0] = loadavg();
  await using site = await Site.start();
  const workspace = new Workspace("bench-peers");
  delete workspace.env["LIBRETTO_SPARE_MS"];
  try {
    const wanted = onlyThese(
      programs(workspace.scratch, { ...workspace.env, LIBRETTO_ROOT: workspace.folder }),
      Object.keys(rows) as Row[],
    );
    const { programs: all, rows: measuredRows } = wanted;
    const ratios = new Map(all.map(({ name }) => [name, new Map<Row, number[]>()]));
    const failures: string[] = [];
    const failed = new Set<string>();
    for (let round = -1; round < rounds; round++)
      for (const program of all) {
        if (failed.has(program.name)) continue;
        process.stderr.write(`round ${round + 1} of ${rounds}: ${program.name}\n`);
        const note = (row: Row, ratio: number): void => {
          const of = ratios.get(program.name);
          if (round >= 0) of?.set(row, [...(of.get(row) ?? []), ratio]);
        };
        await measure(program, site, measuredRows, note).catch(async (error: Error) => {
          failures.push(`${program.name}: ${error.message.split("\n")[0] ?? ""}`);
          if (!isOwn(program.name)) failed.add(program.name);
          await step(program, "close", "").catch(() => undefined);
        });
      }
    const sessions = only.length > 0 ? [] : await sessionFigures(site);
    const measured = (name: string, row: Row): number | undefined => {
      const values = ratios.get(name)?.get(row);
      return values && values.length > 0 ? median(values) : undefined;
    };
    if (only.length === 0)
      writeFileSync(
        "docs/performance.md",
        await format(page(all, measured, failures, sessions, load), { parser: "markdown", printWidth: 120 }),
      );
    else for (const failure of failures) process.stderr.write(`${failure}\n`);
    return [
      ...measuredRows.map((row): Figure => ({
        what: rows[row].what,
        measured: measured("Libretto", row) ?? Number.NaN,
        unit: "× node -e 0",
        budget: rows[row].budget,
        note: all
          .filter(({ name }) => name !== "Libretto")
          .map(({ name }) => `${name} ${shown(measured(name, row))}`)
          .join(", "),
      })),
      ...sessions,
    ];
  } finally {
    await workspace.dispose();
  }
}

/** What `LIBRETTO_BENCH_ONLY` names; all programs where it names none, and all rows likewise. */
function onlyThese(all: Program[], keys: Row[]): { programs: Program[]; rows: Row[] } {
  const unknown = only.find(
    (name) => !all.some((program) => program.name === name) && !keys.some((key) => key === name),
  );
  if (unknown !== undefined)
    throw new Error(
      `LIBRETTO_BENCH_ONLY names "${unknown}"; there are ${[...all.map(({ name }) => name), ...keys].join(", ")}.`,
    );
  const chosen = all.filter(({ name }) => only.includes(name));
  const chosenRows = keys.filter((key) => only.includes(key));
  return {
    programs: chosen.length > 0 ? chosen : all,
    rows: chosenRows.length > 0 ? chosenRows : keys,
  };
}

/** One round of one program: four sessions, since each has but one first call. Sessions of which no row is wanted are left out. */
async function measure(
  program: Program,
  site: Site,
  wanted: readonly Row[],
  note: (row: Row, ratio: number) => void,
): Promise<void> {
  const timed = async (row: Row | undefined, what: Step, url = ""): Promise<void> => {
    if (program.command(what, url) === undefined) return;
    const bare = await timeBareNode(program.node);
    const ms = await step(program, what, url);
    if (row) note(row, ms / bare);
  };
  const home = site.url("/");
  const large = site.url("/elements");
  const anyOf = (...keys: Row[]): boolean => keys.some((row) => wanted.includes(row));
  if (anyOf("open", "readAtOnce", "read", "list", "close")) {
    await timed("open", "open", home);
    await timed("readAtOnce", "read");
    await timed("read", "read");
    await timed("list", "list");
    await timed("close", "close");
  }
  if (anyOf("gotoLater", "treeFirst", "tree", "snapshot")) {
    await timed(undefined, "open", home);
    await second();
    await timed("gotoLater", "goto", large);
    if (anyOf("treeFirst", "tree", "snapshot")) {
      await timed("treeFirst", "tree");
      await timed("tree", "tree");
      await timed("snapshot", "snapshot");
    }
    await timed(undefined, "close");
  }
  if (anyOf("gotoAtOnce")) {
    await timed(undefined, "open", home);
    await timed("gotoAtOnce", "goto", large);
    await timed(undefined, "close");
  }
  if (anyOf("readLater")) {
    await timed(undefined, "open", home);
    await second();
    await timed("readLater", "read");
    await timed(undefined, "close");
  }
}

const isOwn = (name: string): boolean => name.startsWith("Libretto");

const second = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_000));

/** @returns ms from the start of the command to its end; of `close`, to the end of the browser */
async function step(program: Program, what: Step, url: string): Promise<number> {
  const [file = "", args = []] = program.command(what, url) ?? [];
  // Of all that it has started in this run, each of which would have to be looked for again and again.
  const browsers = what === "close" ? program.browserPids().filter((pid) => findProcess(pid)) : [];
  const began = performance.now();
  let output = "";
  const ms = await new Promise<number>((resolve, reject) => {
    let ended = 0;
    const child = spawn(file, args, { env: program.env, cwd: program.folder, stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("exit", (status) => {
      clearTimeout(timer);
      ended = performance.now() - began;
      // A daemon may hold the pipes that it was started with.
      child.stdout.destroy();
      child.stderr.destroy();
      if (status === 0) resolve(ended);
      else reject(new Error(`${what} ended with ${status}: ${output.slice(-300).replace(/\s+/g, " ")}`));
    });
  });
  if (what !== "close") return ms;
  const deadline = Date.now() + 10_000;
  while (browsers.some((pid) => findProcess(pid)) && Date.now() < deadline) await new Promise(setImmediate);
  return performance.now() - began;
}

function shown(ratio: number | undefined): string {
  return ratio === undefined ? "–" : ratio >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2);
}

function page(
  all: Program[],
  measured: (name: string, row: Row) => number | undefined,
  failures: string[],
  sessions: Figure[],
  /** Of the machine, before it was given all this to do. */
  load: number,
): string {
  const names = all.map(({ name }) => name);
  const keys = Object.keys(rows) as Row[];
  const best = (row: Row): number => Math.min(...names.flatMap((name) => measured(name, row) ?? []));
  const lost = keys.flatMap((row) => {
    const own = measured("Libretto", row);
    const winner = names.find((name) => measured(name, row) === best(row));
    return own === undefined || winner === undefined || isOwn(winner)
      ? []
      : [`- ${rows[row].what}: ${shown(own)} against ${shown(measured(winner, row))} of ${winner}.`];
  });
  const chromium = execFileSync(chromiumPath("full"), ["--version"], { encoding: "utf8" }).trim();
  const table = [
    ["", ...all.map(({ name, version }) => `${name} ${version}`)],
    ["---", ...all.map(() => "---:")],
    ...keys.map((row) => [
      rows[row].what,
      ...names.map((name) => {
        const ratio = measured(name, row);
        return ratio === best(row) && names.filter((other) => measured(other, row) !== undefined).length > 1
          ? `**${shown(ratio)}**`
          : shown(ratio);
      }),
    ]),
  ];
  const memory = [
    ["", "measured", "at most"],
    ["---", "---:", "---:"],
    ...sessions.map(({ what, measured: value, unit, budget }) => [
      what,
      `${value >= 100 ? value.toFixed(0) : value.toPrecision(2)} ${unit}`,
      budget === undefined ? "" : String(budget),
    ]),
  ];
  const busy =
    rounds >= 10 && load <= 2 * cpus().length
      ? ""
      : `The machine was at work with other things (load ${load.toFixed(0)}), or the rounds were few: a figure may be off by a third.\n\n`;
  const text = (cells: string[][]): string => cells.map((row) => `| ${row.join(" | ")} |`).join("\n");
  return `# Performance

Written by \`npm run bench -- peers\`, which installs the others from the npm registry. Each figure is the time of a whole
command, from its start to its exit, divided by that of \`node -e 0\` right before it (of Node 24 in the column of
that name, else of the Node below); medians of ${rounds} rounds, in each of
which every program has its turn, with the same Chromium, headless. Bold is the least of a row, and – is what a program
does not have, or did not do.

${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${readFileSync("/etc/os-release", "utf8").match(/^PRETTY_NAME="(.*)"$/m)?.[1] ?? process.platform}; Node ${process.versions.node}
(the others: Node 24; agent-browser is native); ${chromium}.

${busy}${text(table)}

Where Libretto is not the fastest:

${lost.length === 0 ? "- nowhere in this table." : lost.join("\n")}

agent-browser is a native program: it spares the start of Node, which is the unit here, in every row.${failures.length > 0 ? `\n\nDid not get through: ${failures.join("; ")}.` : ""}

## Many sessions

Memory is the proportional share (PSS) of Libretto's own processes, without the browser. What is kept ready is in the
figures after \`open\`; for those after a rest, the five minutes after which it is given back were shortened.

${text(memory)}
`;
}
