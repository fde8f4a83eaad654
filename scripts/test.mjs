// Runs the tests. `npm test`: lint, type check, and every suite, as far as this machine can.
// `npm run test:unit`: one suite. `npm run test:process -- close`: those files of it whose path holds
// "close", or, where no path does, those tests whose title does. The last line is the grand total.
// `--jobs N`: how many pieces of work run side by side (two where the machine has two cores).
// `--repeat N`: runs what is chosen N times and counts every run. `--seed N`: for the tests that draw by chance.
// `--minutes N`: how long a piece of work may take before it counts as hung, where it is to do more than usual.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import {
  EnsureError,
  ensureBrowser,
  ensureBuild,
  ensureDebianPackages,
  ensurePackages,
  main,
  root,
  say,
} from "./ensure.mjs";

/**
 * The suites. A suite with a file test/<suite>/run.mjs is run by it: it exports
 * `run({ filters }): Promise<Counts>`; the others are plain mocha.
 * `minutes`: after that long a piece of the suite counts as hung. `apart`: each of its files is a process of its
 * own, so that files run side by side, and what one leaves behind is told of that one. `window`: its tests open
 * windows of a real VS Code in which the package is installed. `waits`: its files mostly wait for a server of their
 * own, and run in a lane of their own. `alone`: nothing runs beside these of its files, since they hunt for a moment of
 * some milliseconds, measure what grows, or need a port and a processor for themselves.
 */
const suites = {
  unit: { timeoutMs: 20_000, minutes: 5, browser: false },
  host: { minutes: 15, browser: true },
  vsix: { timeoutMs: 120_000, minutes: 15, browser: true, apart: true, window: true },
  e2e: { timeoutMs: 240_000, minutes: 15, browser: true, apart: true, window: true },
  process: { timeoutMs: 120_000, minutes: 10, browser: true, apart: true },
  faults: {
    timeoutMs: 120_000,
    minutes: 10,
    browser: true,
    apart: true,
    alone: ["killedWhileOpening", "soak", "spinningHost"],
  },
  grid: { timeoutMs: 120_000, minutes: 10, browser: true, apart: true, waits: true },
};
/** What needs a VS Code, whose installation may take minutes. */
const vscodeSuites = ["host", "vsix", "e2e"];

/**
 * `outcomes`: of each test, by its title, by the name of its file, under "" what belongs to none. `failures`: title and
 * stack of each test that failed.
 * @typedef {{ passed: number, failed: number, skipped: number, leftOut: string[], outcomes?: Record<string, Record<string, string>>, failures?: string[] }} Counts
 */
/** @typedef {{ suite: string, name: string, alone?: boolean, run(quiet: boolean): Promise<{ counts: Counts, output: string }> }} Piece */
/** @type {Promise<Record<string, string>> | undefined} */
let windowsReady;
/** A signal has come: what runs is ended, and nothing more begins. */
let isInterrupted = false;
const total = { passed: 0, failed: 0, skipped: 0, leftOut: [], outcomes: {}, failures: [] };

await main(async () => {
  const { values, positionals: words } = parseArgs({
    allowPositionals: true,
    options: {
      jobs: { type: "string" },
      repeat: { type: "string", default: "1" },
      seed: { type: "string" },
      minutes: { type: "string" },
      /** For the runs that this program starts itself: where the counts go. */
      report: { type: "string" },
    },
  });
  const jobs = Number(values.jobs ?? Math.min(2, availableParallelism()));
  const repeat = Number(values.repeat);
  if (!(jobs >= 1) || !(repeat >= 1))
    throw new EnsureError(
      "--jobs and --repeat take a number from 1.",
      "For example: npm run test:process -- close --repeat 20",
    );
  if (values.minutes !== undefined) {
    if (!(Number(values.minutes) >= 1))
      throw new EnsureError(
        "--minutes takes a number from 1.",
        "For example: npm run test:process -- soak --minutes 60",
      );
    for (const suite of Object.values(suites)) suite.minutes = Number(values.minutes);
  }
  if (values.seed !== undefined) process.env.LIBRETTO_TEST_SEED = values.seed;
  const chosen = Object.keys(suites).filter((suite) => words.includes(suite));
  const filters = words.filter((word) => !(word in suites));
  const everything = chosen.length === 0 && filters.length === 0;
  // What is looked at are the pictures that `npm run test:e2e` takes.
  if (everything) process.env.LIBRETTO_TEST_THEMES ??= "one";

  try {
    const wanted = chosen.length === 0 ? Object.keys(suites) : chosen;
    await ensurePackages();
    const built = await buildCounted();
    if (built) await prepare(wanted);
    const before = processorTimes();
    for (let round = 0; round < repeat && !isInterrupted; round++) {
      /** @type {Piece[]} */
      const pieces = everything ? [check("lint"), check("typecheck")] : [];
      for (const suite of wanted) {
        if (!existsSync(join(root, "test", suite))) total.leftOut.push(`suite ${suite}: it has no tests`);
        else if (built || !suites[suite].browser) pieces.push(...(await piecesOf(suite, filters, everything)));
        else total.leftOut.push(`suite ${suite}: there is no build to test`);
      }
      await runPieces(pieces, jobs);
    }
    const after = processorTimes();
    const idle = (after.idle - before.idle) / (after.all - before.all);
    console.log(`\nThe machine's processors were idle for ${Math.round(100 * idle)} % of that.`);
    if (filters.length > 0 && total.passed + total.failed + total.skipped === 0) {
      say(`No test has ${filters.map((filter) => JSON.stringify(filter)).join(" or ")} in its path or title.`);
      total.failed++;
    }
  } catch (error) {
    say(error instanceof EnsureError ? `${error.message}\n${error.hint}` : error.stack);
    total.failed++;
  }

  if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(total));
  else (await import("./reliability.mjs")).recordResults(total.outcomes);
  if (isInterrupted) {
    say("Interrupted: what had not run by then was left out.");
    total.failed++;
  }
  const leftOut = [...new Set(total.leftOut)];
  if (leftOut.length > 0) console.log(`\nLeft out:\n${leftOut.map((reason) => `  - ${reason}`).join("\n")}`);
  // Once more at the end, where one looks first, and which is kept where a long output is cut.
  if (total.failures.length > 0)
    console.log(
      `\nFailed:\n${total.failures.map((failure) => `  - ${failure.replaceAll("\n", "\n    ")}`).join("\n")}`,
    );
  console.log(
    `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
  );
  process.exitCode = total.failed === 0 ? 0 : 1;
});

/**
 * Runs the pieces in their order, `jobs` at a time, and counts them: each once, so that a test that fails has failed. What
 * runs side by side is printed when it is through.
 */
async function runPieces(pieces, jobs) {
  const sums = new Map();
  const checks = new Set(pieces.filter(({ suite }) => !(suite in suites)));
  let begin;
  const checked = new Promise((resolve) => (begin = resolve));
  if (checks.size === 0) begin();
  const lane = async (queue) => {
    for (let piece = queue.shift(); piece !== undefined && !isInterrupted; piece = queue.shift()) {
      const began = Date.now();
      const { counts, output } = await piece.run(jobs > 1 && pieces.length > 1).catch((error) => notRun(piece, error));
      const seconds = Math.round((Date.now() - began) / 1000);
      console.log(
        `\n═══ ${piece.name} ═══${output === "" ? "" : `\n${output.trimEnd()}`}\n${line(piece.name, counts)} (${seconds} s)`,
      );
      count(sums, piece, counts, seconds);
      if (checks.delete(piece) && checks.size === 0) begin();
    }
  };
  const alone = pieces.filter((piece) => piece.alone);
  const waiting = pieces.filter((piece) => !piece.alone && jobs > 1 && suites[piece.suite]?.waits);
  const beside = inOrder(pieces.filter((piece) => !alone.includes(piece) && !waiting.includes(piece)));
  await Promise.all([
    ...Array.from({ length: Math.min(jobs, beside.length) }, () => lane(beside)),
    // Not beside the checks, which take a processor each.
    checked.then(() => lane(waiting)),
  ]);
  await lane(alone);
  console.log("");
  for (const [suite, { counts, seconds }] of sums) console.log(`${line(suite, counts)} (${seconds} s of work)`);
}

/** Windows after a third of the others: VS Code is installed by then, and the pieces that end the run are short. */
function inOrder(pieces) {
  const windows = pieces.filter(({ suite }) => vscodeSuites.includes(suite));
  const others = pieces.filter((piece) => !windows.includes(piece));
  const first = Math.ceil(others.length / 3);
  return [...others.slice(0, first), ...windows, ...others.slice(first)];
}

function count(sums, { suite, name }, counts, seconds) {
  const sum = sums.get(suite) ?? { counts: { passed: 0, failed: 0, skipped: 0 }, seconds: 0 };
  for (const outcome of ["passed", "failed", "skipped"]) {
    sum.counts[outcome] += counts[outcome];
    total[outcome] += counts[outcome];
  }
  sum.seconds += seconds;
  sums.set(suite, sum);
  total.leftOut.push(...(counts.leftOut ?? []));
  // Of a check, and of a process that broke off, there is no more than the name.
  if (counts.failed > 0) total.failures.push(...(counts.failures?.length > 0 ? counts.failures : [name]));
  for (const [file, outcomes] of Object.entries(counts.outcomes ?? {}))
    total.outcomes[file] = { ...total.outcomes[file], ...outcomes };
}

/** Of all processors since the machine was started, in ms. */
function processorTimes() {
  const times = cpus().map(({ times }) => times);
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  return { idle: sum(times.map(({ idle }) => idle)), all: sum(times.map((one) => sum(Object.values(one)))) };
}

function line(name, { passed, failed, skipped }) {
  return `${name}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Builds. A build that fails counts as a failed test, and the tests of single modules still run. */
async function buildCounted() {
  try {
    await ensureBuild();
    return true;
  } catch (error) {
    if (!(error instanceof EnsureError)) throw error;
    say(`${error.message}\n${error.hint}`);
    total.failed++;
    return false;
  }
}

/** Puts in place what the suites need; what only some tests need is asked for without insisting. */
async function prepare(names) {
  if (!names.some((name) => suites[name].browser)) return;
  await ensureBrowser({ both: true });
  if (names.includes("grid")) await (await import("./gridPackages.mjs")).ensureGridPackages();
  if (process.platform === "linux") await prepareDisplay();
  if (!names.some((name) => vscodeSuites.includes(name))) return;
  // Beside what runs meanwhile; who needs it awaits it, and then hears what failed.
  const { ensureVscode } = await import("../test/support/vscode/ensureVscode.mjs");
  ensureVscode().catch(() => undefined);
}

async function prepareDisplay() {
  // xdotool is the hand of a person on such a window.
  const missing = await ensureDebianPackages(["xvfb", "xdotool"]).catch(() => []);
  if (missing.length > 0 && !existsSync("/usr/bin/Xvfb"))
    total.leftOut.push("tests of a visible window, where there is no display: Xvfb is missing (Debian's package xvfb)");
}

/** A script of package.json that passes or fails as a whole, and counts as one test. @returns {Piece} */
function check(script) {
  return {
    suite: script,
    name: script,
    run: async (quiet) => {
      const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}`;
      const { status, output } = await runChild(scripts[script], [], {
        quiet,
        minutes: 10,
        env: { PATH: path },
        shell: true,
      });
      const ok = status === 0;
      return { counts: { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, leftOut: [] }, output };
    },
  };
}

/** @returns {Promise<Piece[]>} what a suite is run as */
async function piecesOf(suite, filters, everything) {
  const own = join(root, "test", suite, "run.mjs");
  if (existsSync(own)) {
    return [{ suite, name: suite, run: (quiet) => (quiet ? runApart(suite, filters) : runOwn(suite, own, filters)) }];
  }
  const { bundleTests, testFiles } = await import("./bundleTests.mjs");
  const all = testFiles(suite);
  const byPath = all.filter((file) => filters.some((filter) => file.includes(filter)));
  // The big ones first, so that the last ones that run side by side end at about the same time.
  const files = (byPath.length > 0 ? byPath : all).toSorted((a, b) => statSync(b).size - statSync(a).size);
  const bundles = await bundleTests(files);
  const support = await bundleTests(["test/support/rootHooks.ts", "test/support/processTable.ts"]);
  const titles = byPath.length > 0 ? [] : filters;
  const piece = (name, chosen) => ({
    suite,
    name,
    alone: suites[suite].alone?.some((file) => name.includes(file)) ?? false,
    run: (quiet) => runMocha(suite, chosen, support, { titles, everything, quiet }),
  });
  if (!suites[suite].apart || titles.length > 0) return [piece(suite, bundles)];
  return bundles.map((bundle, index) => piece(`${suite}: ${files[index].slice(`test/${suite}/`.length)}`, [bundle]));
}

async function runOwn(suite, own, filters) {
  return { counts: await (await import(pathToFileURL(own).href)).run({ filters }), output: "" };
}

/** What a piece counts as that did not come to its tests, or not to their end. */
function notRun({ name }, error) {
  const why = error instanceof EnsureError ? `${error.message} ${error.hint}` : error.stack;
  return {
    counts: { passed: 0, failed: 1, skipped: 0, leftOut: [] },
    output: `${name} ended before its tests did: ${why}`,
  };
}

/** Runs a suite in a process of its own, whose output can be kept. */
async function runApart(suite, filters) {
  const report = join(tmpdir(), `libretto-report-${randomBytes(8).toString("hex")}.json`);
  try {
    const args = [fileURLToPath(import.meta.url), suite, "--jobs", "1", "--report", report, ...filters];
    const { output, hung } = await runChild(process.execPath, args, { quiet: true, minutes: suites[suite].minutes });
    return { counts: existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : brokenOff(suite, hung), output };
  } finally {
    rmSync(report, { force: true });
  }
}

/** What tests of a window need, made once: a VS Code, and the package that is installed into it. */
function windows() {
  return (windowsReady ??= makeWindows());
}

async function makeWindows() {
  const { ensureVscode } = await import("../test/support/vscode/ensureVscode.mjs");
  const { buildVsix } = await import("./package.mjs");
  const folder = mkdtempSync(join(tmpdir(), "libretto-vsix-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return {
    LIBRETTO_TEST_VSCODE: JSON.stringify(await ensureVscode()),
    LIBRETTO_TEST_VSIX: await buildVsix(join(folder, "libretto.vsix")),
  };
}

async function runMocha(suite, files, [hooks, processTable], { titles, everything, quiet }) {
  // Everything that tests make lies below one folder, whose name is also the mark of their processes. It is
  // short because the path of a socket may have about 100 bytes.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "lt-")));
  const report = join(folder, "report.json");
  const { timeoutMs, minutes } = suites[suite];
  const task = { files, hooks, report, timeoutMs, titles, forbidOnly: everything };
  const marks = { LIBRETTO_TEST_FOLDER: folder, LIBRETTO_TEST_MARK: randomBytes(8).toString("hex") };
  try {
    if (suites[suite].window) Object.assign(marks, await windows());
    const args = ["--enable-source-maps", join(root, "scripts", "runMocha.mjs"), JSON.stringify(task)];
    const { output, hung } = await runChild(process.execPath, args, { quiet, minutes, env: marks });
    // What it left behind: told by the hooks where they ran, ended here in any case. A process of its own, since
    // the mark is read from the environment.
    await runChild(process.execPath, ["-e", `require(${JSON.stringify(processTable)}).endOrphans()`], {
      quiet: true,
      minutes: 1,
      env: marks,
    });
    const name = files.length === 1 ? `${suite}: ${basename(files[0])}` : suite;
    return { counts: existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : brokenOff(name, hung), output };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @returns {Counts} */
function brokenOff(name, hung) {
  return {
    passed: 0,
    failed: 1,
    skipped: 0,
    leftOut: [`the rest of ${name}: ${hung ? "it hung" : "its process crashed"}`],
  };
}

/**
 * Runs a program to its end, its output shown, or kept where it is to be quiet.
 * @returns {Promise<{ status: number, output: string, hung: boolean }>}
 */
function runChild(command, args, { quiet, minutes, env = {}, shell = false }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      shell,
      stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
      env: { ...process.env, ...env },
    });
    let output = "";
    let hung = false;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text) => (output += text));
    const watchdog = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, minutes * 60_000);
    const forward = (signal) => {
      isInterrupted = true;
      child.kill(signal);
    };
    process.on("SIGINT", forward).on("SIGTERM", forward);
    const ended = (status) => {
      process.off("SIGINT", forward).off("SIGTERM", forward);
      clearTimeout(watchdog);
      resolve({ status: status ?? 1, output, hung });
    };
    // Not "close": what a test left behind may hold the pipes open.
    child.on("error", () => ended(1)).on("exit", (status) => setTimeout(ended, 50, status));
  });
}
