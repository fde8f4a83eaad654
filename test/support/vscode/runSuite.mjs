// Runs a suite of plain mocha tests that start a real VS Code themselves and click in its window.
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleTests, testFiles } from "../../../scripts/bundleTests.mjs";
import { root, run } from "../../../scripts/ensure.mjs";
import { buildVsix } from "../../../scripts/package.mjs";
import { ensureVscode } from "./ensureVscode.mjs";

/**
 * @param {string} suite name of a folder in test/
 * @param {string[]} filters parts of paths, else of titles
 * @returns {Promise<{ passed: number, failed: number, skipped: number, leftOut: string[] }>}
 */
export async function runWindowSuite(suite, filters) {
  const all = testFiles(suite);
  const byPath = all.filter((file) => filters.some((filter) => file.includes(filter)));
  const files = await bundleTests(byPath.length > 0 ? byPath : all);
  const [hooks] = await bundleTests(["test/support/rootHooks.ts"]);
  const vscode = await ensureVscode();
  // Short, because the path of a socket may have about 100 bytes.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "lt-")));
  try {
    const vsix = await buildVsix(join(folder, "libretto.vsix"));
    const report = join(folder, "report.json");
    const task = {
      files,
      hooks,
      report,
      timeoutMs: 120_000,
      titles: byPath.length > 0 ? [] : filters,
      forbidOnly: false,
    };
    const env = {
      ...process.env,
      LIBRETTO_TEST_FOLDER: folder,
      LIBRETTO_TEST_MARK: randomBytes(8).toString("hex"),
      LIBRETTO_TEST_VSIX: vsix,
      LIBRETTO_TEST_VSCODE: JSON.stringify(vscode),
    };
    const status = await run(
      process.execPath,
      ["--enable-source-maps", join(root, "scripts", "runMocha.mjs"), JSON.stringify(task)],
      { stdio: "inherit", env },
    );
    if (existsSync(report)) return JSON.parse(readFileSync(report, "utf8"));
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      leftOut: [`the rest of suite ${suite}: its process ended with ${status}`],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
