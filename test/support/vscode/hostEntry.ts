/**
 * What VS Code calls inside its extension host: runs the bundled test files with mocha and writes the
 * counts to a file. Its console reaches the terminal through the launcher.
 */
import { writeFileSync } from "node:fs";
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
    ...(titles.length > 0 ? { grep: new RegExp(titles.join("|"), "i") } : {}),
  });
  // The launcher tells these lines from the workbench's own chatter by the mark.
  Mocha.reporters.Base.consoleLog = (...args: unknown[]): void => console.log(`[test] ${format(...args)}`);
  for (const file of task.files) mocha.addFile(file);
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run((count) => {
      const { passes, failures: failed, pending } = runner.stats ?? { passes: 0, failures: count, pending: 0 };
      writeFileSync(task.report, JSON.stringify({ passed: passes, failed, skipped: pending, leftOut: [] }));
      resolve(count);
    });
  });
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}
