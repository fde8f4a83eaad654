/** Writing a file that others read meanwhile. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { systemCode } from "./errors.js";
import { cannotWrite } from "./workspace.js";

/** How long Windows is asked again, in ms: it refuses while a reader, or a scanner of viruses, has the file open. */
const patience = 1_000;

/**
 * Replaces a file in one step, open to the user alone: a reader sees the old text or the new one, whole.
 * @throws `Failed` where it cannot be written; the old text then stays
 */
export function replaceFile(path: string, text: string): void {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    renameWithPatience(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw cannotWrite(path, error);
  }
}

function renameWithPatience(from: string, to: string): void {
  const until = performance.now() + patience;
  for (;;) {
    try {
      return renameSync(from, to);
    } catch (error) {
      const refused = process.platform === "win32" && ["EPERM", "EACCES", "EBUSY"].includes(systemCode(error) ?? "");
      if (!refused || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
