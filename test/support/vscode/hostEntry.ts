/**
 * What VS Code calls inside its extension host: runs the bundled test files with mocha and writes the
 * counts to a file. Its console reaches the terminal through the launcher.
 */
import { writeFileSync } from "node:fs";
import { findSourceMap } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import Mocha from "mocha";

/** What `test/host/run.mjs` hands over in the environment. */
interface Task {
  files: string[];
  report: string;
  timeoutMs: number;
  titles: string[];
}

/** Runs the suite; throws where a test failed, which is how VS Code learns the exit status. */
export async function run(): Promise<void> {
  const task = JSON.parse(process.env.LIBRETTO_TEST_TASK ?? "{}") as Task;
  const titles = task.titles.map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const mocha = new Mocha({
    reporter: "spec",
    timeout: task.timeoutMs,
    slow: task.timeoutMs,
    color: false,
    // As in scripts/runMocha.mjs: the assertion's own message has it.
    diff: false,
    ...(titles.length > 0 ? { grep: new RegExp(titles.join("|"), "i") } : {}),
  });
  // The launcher tells these lines from the workbench's own chatter by the mark.
  Mocha.reporters.Base.consoleLog = (...args: unknown[]): void => console.log(`[test] ${format(...args)}`);
  // Before the bundles are loaded, whose maps are read then.
  process.setSourceMapsEnabled(true);
  for (const file of task.files) mocha.addFile(file);
  const failures: string[] = [];
  const failed = await new Promise<number>((resolve) => {
    const runner = mocha.run((count) => {
      const { passes, pending } = runner.stats ?? { passes: 0, pending: 0 };
      const counts = { passed: passes, failed: count, skipped: pending, leftOut: [], failures };
      writeFileSync(task.report, JSON.stringify(counts));
      resolve(count);
    });
    // Before the reporter prints it at the end.
    runner.on("fail", (test: Mocha.Test, error: Error) => {
      error.stack = atSource(error.stack ?? error.message);
      failures.push(`${basename(test.file ?? "")}: ${test.fullTitle()}\n${error.stack}`);
    });
  });
  if (failed > 0) throw new Error(`${failed} tests failed.`);
}

/** The stack with the lines of the .ts files: VS Code makes stacks by itself, and knows of no maps. */
function atSource(stack: string): string {
  return stack.replace(/\(([^()]+\.cjs):(\d+):(\d+)\)/g, (frame, file: string, line: string, column: string) => {
    const entry = findSourceMap(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!entry || !("originalSource" in entry)) return frame;
    return `(${fileURLToPath(entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1})`;
  });
}
