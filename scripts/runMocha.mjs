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

/** How each test ended, by its title, by the name of its file; under "" what belongs to no file, such as a leak at the end. */
const outcomes = {};
const note = (outcome) => (test) => {
  const name = test.file ? basename(test.file) : "";
  (outcomes[name] ??= {})[test.fullTitle()] = outcome;
};

/** What failed and why, for the end of the whole run. */
const failures = [];

const runner = mocha.run(() => {
  const { passes, failures: failed, pending } = runner.stats;
  // test/support/leaveOut.ts keeps the reasons there: the bundles of the test files share no module.
  const leftOut = [...new Set(globalThis[Symbol.for("libretto.leftOut")] ?? [])];
  const counts = { passed: passes, failed, skipped: pending, leftOut, outcomes, failures };
  writeFileSync(task.report, JSON.stringify(counts));
  // A handle that a test forgot must not hold up the run; processes that it forgot are found by the hooks.
  process.exit(failed === 0 ? 0 : 1);
});
// Before the reporter prints it at the end.
runner.on("fail", (test, error) => {
  // Its stack, which the reporter prints, leads to a timer and tells nothing.
  if (error.code === "ERR_MOCHA_TIMEOUT") error.stack = error.message = outOfTime(test, error);
  failures.push(`${basename(test.file ?? "")}: ${test.fullTitle()}\n${error.stack ?? error.message ?? error}`);
});
runner.on("pass", note("passed")).on("fail", note("failed")).on("pending", note("skipped"));

/** What the test waited for when its time was up, and the lines of the test files where it began to. */
function outOfTime(test, { message }) {
  const awaited = [...(globalThis[Symbol.for("libretto.awaited")] ?? [])].slice(-5);
  const lines = awaited.map(({ what, since, asked }) => {
    const line = asked.stack?.split("\n").find((frame) => /\.test\.ts:\d+/.test(frame));
    const seconds = Math.round((performance.now() - since) / 1000);
    return `  - ${what()}, for ${seconds} s${line === undefined ? "" : `, asked for ${line.trim()}`}`;
  });
  const time = /\d+ms/.exec(message)?.[0] ?? "";
  return `"${test.title}" was not through within ${time}. It waited for:\n${lines.length > 0 ? lines.join("\n") : "  - nothing that test/support knows of"}`;
}
