/** Folders that are made with those above them, and whether they could be. */
import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemCode } from "./errors.js";

/**
 * Makes a folder and those above it that are missing. Node's own `recursive` never comes back from below a folder that
 * takes none, such as `/proc` (seen with Node 20).
 * @returns whether there was something to make
 * @throws the system's error where one cannot be made
 */
export function makeFolders(path: string, mode = 0o777): boolean {
  const missing: string[] = [];
  for (let at = path; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      // Another process made it meanwhile.
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
  return missing.length > 0;
}

/** Why nothing could be written in a folder, which need not be there yet; undefined where it could be. Leaves nothing behind. */
export function whyNotWritable(path: string): string | undefined {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  try {
    rmdirSync(mkdtempSync(join(at, ".libretto-")));
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/, mkdtemp .*$/, "");
  }
}
