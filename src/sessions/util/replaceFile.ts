/** Writing a file that others read meanwhile. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LibrettoError, systemCode } from "./errors.js";

/** How long Windows is asked again, in ms. A reader, or a scanner of viruses, has a file open for a moment. */
const timeoutMs = 1_000;

/**
 * Replaces a file in one step, open to the user alone: a reader sees the old text or the new one, whole.
 * @throws `Failed` where it cannot be written; the old text then stays
 */
export function replaceFile(path: string, text: string): void {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeNew(draft, text);
    renameWithRetries(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw cannotWrite(path, error);
  }
}

/** Writes a file that was not there: what has its name, a link too, is removed and not written to. */
function writeNew(path: string, text: string): void {
  const options = { mode: 0o600, flag: "wx" };
  try {
    writeFileSync(path, text, options);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    rmSync(path);
    writeFileSync(path, text, options);
  }
}

/** Whether Windows may give later what it refused: it keeps a file that somebody has open from being replaced, and its name from being used again. */
export function isRefusedForNow(error: unknown): boolean {
  return process.platform === "win32" && ["EPERM", "EACCES", "EBUSY"].includes(systemCode(error) ?? "");
}

function renameWithRetries(from: string, to: string): void {
  const until = performance.now() + timeoutMs;
  for (;;) {
    try {
      return renameSync(from, to);
    } catch (error) {
      if (!isRefusedForNow(error) || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** The error for what the system refuses to write. */
export function cannotWrite(path: string, error: unknown): LibrettoError {
  return new LibrettoError(
    "Failed",
    `${path} cannot be written: ${(error as Error).message}`,
    "Check the folder's permissions and the free space, or keep sessions elsewhere with LIBRETTO_ROOT (the workspace) or XDG_STATE_HOME (the user's).",
    { cause: error },
  );
}
