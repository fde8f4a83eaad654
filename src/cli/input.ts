/** Reads standard input to its end, whatever it is. */
import { readSync } from "node:fs";
import { systemCode, usageError } from "../sessions/errors.js";

/** @throws `Usage` if it cannot be read */
export function readStandardInput(): string {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.allocUnsafe(64 * 1024);
    try {
      const size = readSync(0, piece);
      if (size === 0) break;
      pieces.push(piece.subarray(0, size));
    } catch (error) {
      // Whoever shares the pipe or the terminal may have asked for reads that do not wait.
      if (systemCode(error) === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      // How Windows tells the end of a pipe.
      else if (systemCode(error) === "EOF") break;
      else throw usageError(`Standard input cannot be read: ${(error as Error).message}`, "Give the code as an argument, or with --file <path>.");
    }
  }
  return Buffer.concat(pieces).toString("utf8");
}
