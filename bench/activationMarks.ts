/**
 * Runs inside the extension host: activates the extension and writes down for how long, by the host's own marks,
 * its code was loaded and `activate` ran. What Running Extensions shows counts also what other extensions load in
 * the same moment, which on a start is the greater part.
 */
import { writeFileSync } from "node:fs";
import * as vscode from "vscode";

/** VS Code's own (src/vs/base/common/performance.ts): names and times, in ms. */
interface Marks {
  getMarks(): { name: string; startTime: number }[];
}

const id = "libretto.libretto";

/** Writes the number of ms to the file that the benchmark names. */
export async function run(): Promise<void> {
  await vscode.extensions.getExtension(id)?.activate();
  const marks = (globalThis as { MonacoPerformanceMarks?: Marks }).MonacoPerformanceMarks?.getMarks() ?? [];
  const at = (name: string): number =>
    marks.find((mark) => mark.name === `code/extHost/${name}/${id}`)?.startTime ?? Number.NaN;
  const took =
    at("didLoadExtensionCode") - at("willLoadExtensionCode") + at("didActivateExtension") - at("willActivateExtension");
  writeFileSync(process.env["LIBRETTO_BENCH_REPORT"] ?? "", String(took));
}
