/**
 * The parts of a rotated log: `network.jsonl` is the live file, `network.1.jsonl` the oldest part,
 * `network.2.jsonl` the next. A part keeps its number for good, so a reader that knows a part by name and
 * offset is never led to another.
 */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { systemCode } from "../util/errors.js";

/** An old part of a log. */
export interface LogPart {
  file: string;
  number: number;
}

/** Path of an old part of the log `file`, such as `…/network.3.jsonl`. */
export function partPath(file: string, number: number): string {
  const extension = /\.[^.]*$/.exec(basename(file))?.[0] ?? "";
  return `${file.slice(0, file.length - extension.length)}.${number}${extension}`;
}

/** The old parts of the log `file`, oldest first; none where the folder is missing. */
export async function listParts(file: string): Promise<LogPart[]> {
  const folder = dirname(file);
  const name = basename(file);
  const extension = /\.[^.]*$/.exec(name)?.[0] ?? "";
  const stem = `${name.slice(0, name.length - extension.length)}.`;
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return [];
    throw thrown;
  }
  const parts: LogPart[] = [];
  for (const entry of names) {
    if (!entry.startsWith(stem) || !entry.endsWith(extension)) continue;
    const middle = entry.slice(stem.length, entry.length - extension.length);
    if (/^[1-9]\d{0,8}$/.test(middle)) parts.push({ file: join(folder, entry), number: Number(middle) });
  }
  return parts.sort((a, b) => a.number - b.number);
}
