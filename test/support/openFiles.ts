import { readdirSync, readlinkSync } from "node:fs";

/**
 * What a process has open, on Linux alone: paths of files, of which a removed one ends in " (deleted)", and
 * `socket:[<inode>]`. @throws where the process is gone, or somebody else's
 */
export function openFiles(pid: number | "self" = "self"): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((descriptor) => {
    try {
      return readlinkSync(`${folder}/${descriptor}`);
    } catch {
      // It was closed meanwhile, as the one is by which the folder is read.
      return [];
    }
  });
}
