// Runs bundled test files with mocha in a process of its own and writes the counts to a file. What it is to
// do comes as one line of JSON in argv: { files, hooks, report, timeoutMs, titles, forbidOnly }.
import Mocha from "mocha";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";

const task = JSON.parse(process.argv[2]);
const { mochaHooks } = createRequire(import.meta.url)(task.hooks);
const grep =
  task.titles.length > 0
    ? new RegExp(task.titles.map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "i")
    : undefined;
const mocha = new Mocha({
  reporter: "spec",
  timeout: task.timeoutMs,
  slow: 4_000,
  // What was expected and what came stands in the assertion's own message; mocha's, the other way round, would follow it.
  diff: false,
  rootHooks: mochaHooks,
  forbidOnly: task.forbidOnly,
  ...(grep ? { grep } : {}),
});
for (const file of task.files) mocha.addFile(file);
await mocha.loadFilesAsync();

/** Counts by test file, and the titles of what failed; under "" what belongs to no file, such as a leak at the end. */
const files = {};
const count = (outcome) => (test) => {
  const name = test.file ? basename(test.file) : "";
  files[name] ??= { passed: 0, failed: 0, skipped: 0, failures: [], outcomes: {} };
  files[name][outcome]++;
  files[name].outcomes[test.fullTitle()] = outcome;
  if (outcome === "failed") files[name].failures.push(test.fullTitle());
};

const runner = mocha.run(() => {
  const { passes, failures, pending } = runner.stats;
  // test/support/leaveOut.ts keeps the reasons there: the bundles of the test files share no module.
  const leftOut = [...new Set(globalThis[Symbol.for("libretto.leftOut")] ?? [])];
  writeFileSync(task.report, JSON.stringify({ passed: passes, failed: failures, skipped: pending, leftOut, files }));
  // A handle that a test forgot must not hold up the run; processes that it forgot are found by the hooks.
  process.exit(failures === 0 ? 0 : 1);
});
runner.on("pass", count("passed")).on("fail", count("failed")).on("pending", count("skipped"));
