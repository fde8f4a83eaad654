import { readdirSync, readlinkSync } from "node:fs";
import type { RunningCli } from "./cli.js";

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

/** Resolves when a command speaks to a host. Told on Linux alone: it has a socket beside those of its standard streams. */
export async function untilConnected({ child: { pid } }: RunningCli): Promise<void> {
  if (process.platform !== "linux") return;
  if (pid === undefined) throw new Error("The command could not be started.");
  while (openFiles(pid).filter((path) => path.startsWith("socket:")).length < 4)
    await new Promise((resolve) => setTimeout(resolve, 10));
}
