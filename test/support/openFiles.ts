import { readdirSync, readlinkSync } from "node:fs";

/** Paths of the files that this process has open; on Linux alone. A removed one ends in " (deleted)". */
export function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      // The one by which the folder was read.
      return [];
    }
  });
}
