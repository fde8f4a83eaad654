/** The built program as another folder has it, such as that of an extension's version. */
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./cli.js";

/** @returns the folder of its programs */
export function installIn(folder: string): string {
  const isRun = (path: string): boolean => !path.endsWith(".map");
  cpSync(join(repositoryRoot, "dist"), join(folder, "dist"), { recursive: true, filter: isRun });
  symlinkSync(join(repositoryRoot, "node_modules"), join(folder, "node_modules"), "junction");
  return join(folder, "dist");
}
