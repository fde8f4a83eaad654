// Runs the tests of this folder inside the extension host of a real VS Code, against the built extension.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleTests, testFiles } from "../../scripts/bundleTests.mjs";
import { root } from "../../scripts/ensure.mjs";
import { ensureVscode } from "../support/vscode/ensureVscode.mjs";

/** @returns {Promise<{ passed: number, failed: number, skipped: number, leftOut: string[] }>} */
export async function run({ filters }) {
  const all = testFiles("host");
  const byPath = all.filter((file) => filters.some((filter) => file.includes(filter)));
  const files = await bundleTests(byPath.length > 0 ? byPath : all);
  const [launch, suite, processTable] = await bundleTests([
    "test/support/vscode/launch.ts",
    "test/support/vscode/hostEntry.ts",
    "test/support/processTable.ts",
  ]);
  const require = createRequire(import.meta.url);
  process.env.LIBRETTO_TEST_VSCODE = JSON.stringify(await ensureVscode());

  // Short, because the path of a socket may have about 100 bytes.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "lt-")));
  const workspace = join(folder, "workspace");
  mkdirSync(join(workspace, ".libretto"), { recursive: true });
  mkdirSync(join(folder, "run"), { mode: 0o700 });
  writeFileSync(join(workspace, ".libretto", "config.json"), JSON.stringify({ version: 1, headless: true }));
  const report = join(folder, "report.json");
  // What the processes that the tests start can be told by.
  const marks = { LIBRETTO_TEST_FOLDER: folder, LIBRETTO_TEST_MARK: randomBytes(8).toString("hex") };
  const task = { files, report, timeoutMs: 60_000, titles: byPath.length > 0 ? [] : filters };
  try {
    const status = await require(launch).runHostSuite({
      extension: root.replace(/[/\\]$/, ""),
      suite,
      open: workspace,
      env: {
        ...marks,
        LIBRETTO_TEST_TASK: JSON.stringify(task),
        XDG_STATE_HOME: join(folder, "state"),
        XDG_RUNTIME_DIR: join(folder, "run"),
        LIBRETTO_ROOT: undefined,
      },
    });
    Object.assign(process.env, marks);
    const left = await require(processTable).endOrphans();
    if (left.length > 0)
      return {
        passed: 0,
        failed: 1,
        skipped: 0,
        leftOut: [`the tests inside VS Code left processes alive:\n${require(processTable).formatProcesses(left)}`],
      };
    if (existsSync(report)) return JSON.parse(readFileSync(report, "utf8"));
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      leftOut: [`the tests inside VS Code: it ended with ${status} before they did`],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
