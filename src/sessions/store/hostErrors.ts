/** A host's standard error: a file beside its session, for when it dies without a word to anybody. */
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { prepareWorkspace, type Workspace } from "./workspace.js";

/** How much of the end is read, in bytes: the engine's last words, and no more. */
const tailBytes = 16 * 1024;

/**
 * Creates the file for a host that is about to start. The host moves it beside its session when the name is its own.
 * @returns undefined where no file can be made there; the host will say why
 */
export function createHostErrors(workspace: Workspace): { path: string; handle: number } | undefined {
  try {
    // A workspace's first session makes its folders.
    prepareWorkspace(workspace);
  } catch {
    return undefined;
  }
  const path = join(workspace.sessions, `.host-${process.pid}-${Math.random().toString(36).slice(2, 10)}.log`);
  try {
    return { path, handle: openSync(path, "wx", 0o600) };
  } catch {
    return undefined;
  }
}

/** Puts a new host's file beside its session. @returns what the host before it wrote */
export function adoptHostErrors(path: string, fresh: string | undefined): string | undefined {
  const before = readHostErrors(path);
  try {
    if (fresh === undefined) rmSync(path, { force: true });
    else renameSync(fresh, path);
  } catch {
    // It stays where it is, which costs a quotation.
  }
  return before;
}

/** The end of what a host wrote; undefined where that is nothing. */
export function readHostErrors(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let handle: number | undefined;
  try {
    handle = openSync(path, "r");
    const { size } = fstatSync(handle);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString("utf8").trim();
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** The line that says most: an error's first, else the last one that is not a frame of a stack. */
export function lastLineOf(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^at |^(?:\d+: )?0x[0-9a-f]+|^-+ |^Node\.js v/.test(line));
  return (lines.findLast((line) => /\b(?:fatal|\w*error)\b/i.test(line)) ?? lines.at(-1) ?? text).slice(0, 300);
}

/** Removes a host's file where nothing is in it. */
export function removeIfEmpty(path: string | undefined): void {
  if (path !== undefined && statSync(path, { throwIfNoEntry: false })?.size === 0) rmSync(path, { force: true });
}
