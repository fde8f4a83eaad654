/**
 * A lock on one session's name, for the moments in which its record is claimed or cleaned up.
 *
 * It is a file that names its holder by pid and start time, so that a lock whose holder was killed is free
 * at once. Libraries tell a stale lock by its age, which makes the next command wait for seconds and lets a
 * stopped holder lose its lock.
 */
import { closeSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LibrettoError, systemCode } from "../util/errors.js";
import { identify, isAlive, learnStarts, type ProcessIdentity } from "../process/identity.js";
import { isRefusedForNow } from "../util/replaceFile.js";
import { cannotWrite } from "../util/replaceFile.js";
import { makePrivateFolder } from "../util/ownership.js";
import type { Workspace } from "./workspace.js";

/** How long a lock is waited for, in ms; it is held for a few at a time. */
const timeoutMs = 10_000;
/** Age in ms after which the guard of a takeover is one that somebody left behind. */
const guardAge = 5_000;

/** Runs `work` while no other process holds the lock of that name. */
export async function withLock<T>(workspace: Workspace, session: string, work: () => T | Promise<T>): Promise<T> {
  const folder = join(workspace.sessions, ".locks");
  makePrivateFolder(workspace.sessions);
  makePrivateFolder(folder);
  const file = join(folder, `${session}.lock`);
  await acquire(file, session);
  try {
    return await work();
  } finally {
    remove(file);
  }
}

async function acquire(file: string, session: string): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (let wait = 2; !tryCreate(file); wait = Math.min(wait * 2, 50)) {
    await takeOverIfStale(file);
    if (Date.now() > until) {
      throw new LibrettoError(
        "SessionBusy",
        `Session "${session}" is being changed by another process.`,
        `Try again in a moment; if it stays so, end the process named in ${file}.`,
      );
    }
    // Random, so that many who wait do not come back together.
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())));
  }
}

function tryCreate(file: string): boolean {
  let handle: number;
  try {
    handle = openSync(file, "wx", 0o600);
  } catch (error) {
    if (systemCode(error) === "EEXIST" || isRefusedForNow(error)) return false;
    throw cannotWrite(file, error);
  }
  try {
    writeSync(handle, JSON.stringify(identify(process.pid)));
    return true;
  } catch (error) {
    // A full disk gives names and no room. Without its holder's name the lock keeps others out all the same, as
    // long as it is young; and what is closed on such a disk makes room.
    if (systemCode(error) === "ENOSPC" || systemCode(error) === "EDQUOT") return true;
    remove(file);
    throw cannotWrite(file, error);
  } finally {
    closeSync(handle);
  }
}

/** Removes a lock whose holder is gone. Only who holds the guard may remove a lock that is not its own. */
async function takeOverIfStale(file: string): Promise<void> {
  if (!(await isStale(file))) return;
  const guard = `${file}.takeover`;
  if (!tryCreate(guard)) {
    const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > guardAge) remove(guard);
    return;
  }
  try {
    // Seen again under the guard: the lock may have been taken over, and be live, since the first look.
    if (await isStale(file)) remove(file);
  } finally {
    remove(guard);
  }
}

async function isStale(file: string): Promise<boolean> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return false;
  }
  try {
    const holder = JSON.parse(text) as ProcessIdentity;
    await learnStarts([holder.pid]);
    return !isAlive(holder);
  } catch {
    // Created and not yet written, or its writer died in between: only age can tell.
    return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > guardAge;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}
