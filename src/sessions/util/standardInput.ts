/** Reads standard input without a stream, which takes 3 ms to load and an event loop to run. */
import { readSync } from "node:fs";
import { systemCode } from "./errors.js";

/** Waits for the next bytes. @returns how many were read; 0 at the end */
export function readInput(into: Buffer): number {
  for (;;) {
    try {
      return readSync(0, into);
    } catch (error) {
      const code = systemCode(error);
      // How Windows tells the end of a pipe.
      if (code === "EOF") return 0;
      // Whoever shares the pipe or the terminal may have asked for reads that do not wait.
      if (code !== "EAGAIN" && code !== "EINTR") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
