// Runs the tests. `npm test`: lint, type check, and every suite, as far as this machine can.
// `npm run test:unit`: one suite. `npm run test:process -- close`: those files of it whose path holds
// "close", or, where no path does, those tests whose title does. The last line is the grand total.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  EnsureError,
  ensureBrowser,
  ensureBuild,
  ensureDebianPackages,
  ensurePackages,
  main,
  root,
  run,
  say,
} from "./ensure.mjs";

/**
 * The suites in the order in which they run. A suite with a file test/<suite>/run.mjs is run by it: it exports
 * `run({ filters }): Promise<Counts>`; the others are plain mocha.
 * `minutes`: after that long the suite counts as hung.
 */
const suites = {
  unit: { timeoutMs: 20_000, minutes: 5, browser: false },
  process: { timeoutMs: 60_000, minutes: 40, browser: true },
  host: { minutes: 15, browser: true },
  e2e: { minutes: 20, browser: true },
  vsix: { minutes: 15, browser: true },
  faults: { timeoutMs: 120_000, minutes: 20, browser: true },
};

/** @typedef {{ passed: number, failed: number, skipped: number, leftOut: string[] }} Counts */
const total = { passed: 0, failed: 0, skipped: 0, leftOut: [] };

await main(async () => {
  const words = process.argv.slice(2).filter((word) => word !== "--");
  const chosen = Object.keys(suites).filter((suite) => words.includes(suite));
  const filters = words.filter((word) => !(word in suites));
  const everything = chosen.length === 0 && filters.length === 0;

  try {
    const wanted = chosen.length === 0 ? Object.keys(suites) : chosen;
    await ensurePackages();
    if (everything) {
      await check("lint");
      await check("typecheck");
    }
    const built = await buildCounted();
    if (built) await prepare(wanted);
    for (const suite of wanted) {
      if (built || !suites[suite].browser) await runSuite(suite, filters, everything);
      else total.leftOut.push(`suite ${suite}: there is no build to test`);
    }
    if (filters.length > 0 && total.passed + total.failed + total.skipped === 0) {
      say(`No test has ${filters.map((filter) => JSON.stringify(filter)).join(" or ")} in its path or title.`);
      total.failed++;
    }
  } catch (error) {
    say(error instanceof EnsureError ? `${error.message}\n${error.hint}` : error.stack);
    total.failed++;
  }

  if (total.leftOut.length > 0)
    console.log(`\nLeft out:\n${total.leftOut.map((reason) => `  - ${reason}`).join("\n")}`);
  console.log(
    `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
  );
  process.exitCode = total.failed === 0 ? 0 : 1;
});

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
  if (process.platform !== "linux") return;
  // xdotool is the hand of a person on such a window.
  const missing = await ensureDebianPackages(["xvfb", "xdotool"]).catch(() => []);
  if (missing.length > 0 && !existsSync("/usr/bin/Xvfb"))
    total.leftOut.push("tests of a visible window, where there is no display: Xvfb is missing (Debian's package xvfb)");
}

/** Runs a script of package.json that passes or fails as a whole, and counts it as one test. */
async function check(script) {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}`;
  console.log(`\n${script}`);
  const status = await run(scripts[script], [], {
    shell: true,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: path },
  });
  console.log(status === 0 ? `  ok: ${script}` : `  failed: ${script}`);
  add({ passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0, leftOut: [] });
}

async function runSuite(suite, filters, everything) {
  if (!existsSync(join(root, "test", suite))) {
    total.leftOut.push(`suite ${suite}: it has no tests`);
    return;
  }
  console.log(`\n═══ ${suite} ═══`);
  const began = Date.now();
  let counts = await runOnce(suite, filters, everything);
  // Real browsers on a machine that somebody else uses too: what failed gets a second chance, by itself, and
  // what needed it is told. What is broken fails twice.
  if (everything && counts.failed > 0) counts = await runFailedAgain(suite, counts);
  add(counts);
  console.log(
    `${suite}: ${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""} (${Math.round((Date.now() - began) / 1000)} s)`,
  );
}

/** @returns {Promise<Counts>} */
async function runOnce(suite, filters, everything) {
  const own = join(root, "test", suite, "run.mjs");
  try {
    return existsSync(own)
      ? await (await import(pathToFileURL(own).href)).run({ filters })
      : await runWithMocha(suite, filters, everything);
  } catch (error) {
    say(
      `The suite ${suite} ended before its tests did: ${error instanceof EnsureError ? `${error.message} ${error.hint}` : error.stack}`,
    );
    return { passed: 0, failed: 1, skipped: 0, leftOut: [] };
  }
}

/** Runs the files that hold failures once more; their second outcome counts. @returns {Promise<Counts>} */
async function runFailedAgain(suite, first) {
  if (!first.files) {
    console.log(`\n${suite}: ${first.failed} failed; it runs once more`);
    const second = await runOnce(suite, [], false);
    return {
      ...second,
      leftOut: [
        ...second.leftOut,
        `the ${first.failed} failed in the first run of ${suite}: its second run is what counts`,
      ],
    };
  }
  const failed = Object.entries(first.files).filter(([name, { failed: failures }]) => name !== "" && failures > 0);
  if (failed.length === 0) return first;
  const titles = failed.flatMap(([, { failures }]) => failures);
  console.log(`\n${suite}: ${titles.length} failed; their files run once more, by themselves`);
  const second = await runOnce(
    suite,
    failed.map(([name]) => name.replace(/\.cjs$/, ".ts")),
    false,
  );
  // A second run that broke off tells nothing of its files.
  if (!second.files || failed.some(([name]) => !(name in second.files))) return first;
  const files = { ...first.files, ...second.files };
  const sum = (outcome) => Object.values(files).reduce((all, counts) => all + counts[outcome], 0);
  const still = Object.values(files).flatMap(({ failures }) => failures);
  return {
    passed: sum("passed"),
    failed: sum("failed"),
    skipped: sum("skipped"),
    leftOut: [
      ...first.leftOut,
      ...titles
        .filter((title) => !still.includes(title))
        .map((title) => `a first failure of "${title}" (${suite}): it passed when it ran again`),
    ],
  };
}

/** @returns {Promise<Counts>} */
async function runWithMocha(suite, filters, everything) {
  const { bundleTests, testFiles } = await import("./bundleTests.mjs");
  const all = testFiles(suite);
  const byPath = all.filter((file) => filters.some((filter) => file.includes(filter)));
  const files = byPath.length > 0 ? byPath : all;
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0, leftOut: [`suite ${suite}: it has no tests`] };

  const bundles = await bundleTests(files);
  const [hooks, processTable] = await bundleTests(["test/support/rootHooks.ts", "test/support/processTable.ts"]);
  // Everything that tests make lies below one folder, whose name is also the mark of their processes. It is
  // short because the path of a socket may have about 100 bytes.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "lt-")));
  const report = join(folder, "report.json");
  const task = {
    files: bundles,
    hooks,
    report,
    timeoutMs: suites[suite].timeoutMs,
    titles: byPath.length > 0 ? [] : filters,
    forbidOnly: everything,
  };
  try {
    const hung = await runChild(
      [join(root, "scripts", "runMocha.mjs"), JSON.stringify(task)],
      { LIBRETTO_TEST_FOLDER: folder, LIBRETTO_TEST_MARK: randomBytes(8).toString("hex") },
      suites[suite].minutes,
      processTable,
    );
    const counts = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined;
    if (counts) return counts;
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      leftOut: [
        `the rest of suite ${suite}: ${hung ? `it hung for ${suites[suite].minutes} minutes` : "its process crashed"}`,
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Runs a Node script and ends what it leaves behind.
 * @returns {Promise<boolean>} whether it hung
 */
async function runChild(args, environment, minutes, processTable) {
  const child = spawn(process.execPath, ["--enable-source-maps", ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
  });
  let hung = false;
  const watchdog = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, minutes * 60_000);
  const forward = (signal) => child.kill(signal);
  process.on("SIGINT", forward).on("SIGTERM", forward);
  await new Promise((resolve) => child.on("close", resolve).on("error", resolve));
  process.off("SIGINT", forward).off("SIGTERM", forward);
  clearTimeout(watchdog);
  Object.assign(process.env, environment);
  await createRequire(import.meta.url)(processTable).endOrphans();
  return hung;
}

function add(counts) {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  total.leftOut.push(...(counts.leftOut ?? []));
}
