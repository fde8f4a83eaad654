// `npm run test:mutation`: changes one thing after another in the modules that carry promises, and runs the tests that
// could notice. `npm run test:mutation -- lock get`: only the files whose path holds a word, or groups of that name.
// `--jobs N`: how many runs side by side. `--again`: also what an earlier run has told of.
// Exits with 1 where the score is below 85 %. What survived stands in test-results/mutation/survivors.md.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { groups } from "../test/mutation/groups.mjs";
import { EnsureError, ensurePackages, main, root, say } from "./ensure.mjs";

const target = 85;
const results = join(root, "test-results", "mutation");
/** Its packages lie apart: they are 80 MB that nothing else needs. */
const tools = join(root, "test", "mutation");

await main(async () => {
  const { values, positionals: words } = parseArgs({
    allowPositionals: true,
    options: { jobs: { type: "string" }, again: { type: "boolean", default: false } },
  });
  const jobs = Number(values.jobs ?? Math.min(2, availableParallelism()));
  if (!(jobs >= 1))
    throw new EnsureError("--jobs takes a number from 1.", "For example: npm run test:mutation -- --jobs 2");
  await ensurePackages();
  await ensurePackages(tools);
  const { Stryker } = await import(
    pathToFileURL(createRequire(join(tools, "package.json")).resolve("@stryker-mutator/core")).href
  );
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "lt-")));
  // What the tests of a process that was ended have left lies there, too.
  process.env.LIBRETTO_TEST_FOLDER = process.env.TMPDIR = folder;
  mkdirSync(results, { recursive: true });
  const mutants = [];
  const began = Date.now();
  try {
    for (const [name, group] of Object.entries(groups)) {
      const mutate = group.mutate.filter(
        (file) => words.length === 0 || words.some((word) => file.includes(word) || name === word),
      );
      if (mutate.length === 0) continue;
      say(`${name} …`);
      process.env.LIBRETTO_MUTATION_LIMITS = JSON.stringify({ without: group.without, limitMs: group.limitMs });
      const started = Date.now();
      const part =
        mutate.length === group.mutate.length
          ? name
          : createHash("sha256").update(mutate.join()).digest("hex").slice(0, 8);
      const found = await new Stryker(
        options({
          name,
          part,
          mutate,
          jobs,
          again: values.again || testsChanged(part, group),
          isFresh: group.isFresh,
        }),
      )
        .runMutationTest()
        .catch((error) => {
          throw new EnsureError(
            `The group ${name} could not be run: ${error.message}`,
            `Its tests must pass as they are: npm run test:unit -- ${group.tests.join(" ")}`,
          );
        });
      rememberTests(part, group);
      mutants.push(
        ...found.map((mutant) => ({ ...mutant, file: relative(root, mutant.fileName).replaceAll("\\", "/") })),
      );
      say(`\n${name}: ${Math.round((Date.now() - started) / 1000)} s`);
    }
  } finally {
    unmountBelow(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  if (mutants.length === 0)
    throw new EnsureError("No module has that in its path.", "test/mutation/groups.mjs lists them.");
  report(mutants, Math.round((Date.now() - began) / 1000));
});

/** A test mounts a disk of its own, which outlives the process of a mutant that hangs. */
function unmountBelow(folder) {
  if (!existsSync("/proc/mounts")) return;
  const places = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
  for (const place of places) if (place.startsWith(`${folder}/`)) spawnSync("umount", [place]);
}

function options({ name, part, mutate, jobs, again, isFresh }) {
  return {
    testRunner: "mocha",
    coverageAnalysis: "perTest",
    mutate,
    // Bundled once for all mutants: which one is on is told by a global variable.
    buildCommand: `node test/mutation/bundle.mjs ${name}`,
    mochaOptions: { "no-config": true, "no-package": true, spec: ["out/mutation/**/*.cjs"] },
    ignorePatterns: [".*", "out", "bench", "docs", "media", "examples", "test-results", "test/mutation/node_modules"],
    disableTypeChecks: false,
    tempDirName: "out/stryker",
    cleanTempDir: "always",
    incremental: true,
    incrementalFile: join(results, `${part}.json`),
    force: again,
    concurrency: jobs,
    maxTestRunnerReuse: isFresh ? 1 : 0,
    timeoutMS: 3_000,
    dryRunTimeoutMinutes: 5,
    reporters: ["dots"],
    logLevel: "warn",
    allowConsoleColors: false,
    thresholds: { high: 100, low: target, break: null },
  };
}

/** Stryker does not see it where a bundled test has changed, and would keep what it said of a mutant. */
function testsChanged(part, group) {
  const path = join(results, `${part}.tests`);
  return !existsSync(path) || readFileSync(path, "utf8") !== fingerprint(group);
}

function rememberTests(part, group) {
  writeFileSync(join(results, `${part}.tests`), fingerprint(group));
}

function fingerprint({ tests, without = [] }) {
  const hash = createHash("sha256").update(without.join());
  const folders = (path) => (path.endsWith("/") ? readdirSync(join(root, path)).map((name) => path + name) : [path]);
  for (const path of [...tests, "test/support/"].flatMap(folders).sort())
    if (/\.ts$/.test(path)) hash.update(`${path}\0${readFileSync(join(root, path), "utf8")}\0`);
  return hash.digest("hex");
}

/** Prints the score of each file, and writes down what survived. */
function report(mutants, seconds) {
  const files = grouped(mutants);
  const rows = [...files]
    .map(([file, list]) => ({ file, ...counted(list) }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  const sum = counted(mutants);
  for (const { file, killed, all } of [...rows, { file: "all", ...sum }])
    console.log(
      `${percent(killed, all).padStart(6)} %  ${String(killed).padStart(5)} of ${String(all).padStart(5)}  ${file}`,
    );
  const alive = mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage");
  const lines = rows.flatMap(({ file }) => {
    const source = readFileSync(join(root, file), "utf8").split("\n");
    const here = alive.filter((mutant) => mutant.file === file);
    if (here.length === 0) return [];
    return [
      `## ${file}`,
      "",
      ...here.map(({ location: { start, end }, replacement, mutatorName, status }) => {
        const before =
          start.line === end.line
            ? source[start.line - 1].slice(start.column - 1, end.column - 1)
            : `${source[start.line - 1].slice(start.column - 1)} …`;
        return `- ${start.line}:${start.column} ${mutatorName}${status === "NoCoverage" ? " (not covered)" : ""}: \`${oneLine(before)}\` → \`${oneLine(replacement ?? "")}\``;
      }),
      "",
    ];
  });
  writeFileSync(join(results, "survivors.md"), `${lines.join("\n")}\n`);
  console.log(
    `\n${mutants.length} mutants in ${seconds} s; what survived stands in ${relative(root, join(results, "survivors.md"))}`,
  );
  process.exitCode = sum.killed / sum.all >= target / 100 ? 0 : 1;
}

/** By file: Node 20 has no `Map.groupBy`. */
function grouped(mutants) {
  const files = new Map();
  for (const mutant of mutants) files.set(mutant.file, [...(files.get(mutant.file) ?? []), mutant]);
  return files;
}

function counted(list) {
  const killed = list.filter(({ status }) => status === "Killed" || status === "Timeout").length;
  const alive = list.filter(({ status }) => status === "Survived" || status === "NoCoverage").length;
  return { killed, all: killed + alive };
}

function percent(part, all) {
  return all === 0 ? "–" : ((100 * part) / all).toFixed(1);
}

function oneLine(text) {
  const line = text.replace(/\s+/g, " ");
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
}
