/** Ends what a host that died left behind, whichever process comes by: a command's look round, `close`, `gc` or the next host. */
import { browserMessages, endBrowser, removeProfile } from "./browserEnd.js";
import { isAlive, learnStarts, type ProcessIdentity } from "../process/identity.js";
import { findByArgument, isHeldOpen } from "../process/search.js";
import { recordedBrowser } from "../process/recorded.js";
import { removeSocket } from "../store/records.js";
import {
  findExpired,
  hostIsAlive,
  isSameBrowser,
  learnHosts,
  noteDebt,
  readIndex,
  removeRecordOf,
  type IndexEntry,
  type IndexRecord,
} from "../store/userIndex.js";
import type { Environment } from "../util/environment.js";

/**
 * Ends what an entry without a host left behind: its browser (never a connected one), profile, socket, and
 * the entry itself.
 * @param index what is on record now, read once by those who collect many
 * @returns true if a browser was ended
 * @throws `BrowserFailed` where it cannot be ended, `EndpointUnreachable` where its Grid does not answer; the entry
 * then stays
 */
export async function collect(
  env: Environment,
  record: IndexRecord,
  index: IndexRecord[] = readIndex(env),
): Promise<boolean> {
  const { entry } = record;
  const others = index.filter((other) => other.file !== record.file && isSameBrowser(other.entry, entry));
  await learnHosts(others);
  if (entry.grid?.owed !== true && others.some(hostIsAlive)) {
    // Another host has taken the browser over.
    removeRecordOf(env, record);
    return false;
  }
  if (entry.grid) {
    const { gridAt } = await import("./grid.js");
    try {
      const freed = await gridAt(entry.grid.url, env).end(entry.grid);
      removeSocket(entry.socketPath);
      removeRecordOf(env, record);
      return freed;
    } catch (error) {
      // What is owed is remembered until somebody can pay it.
      noteDebt(record);
      throw error;
    }
  }
  const browser = await findBrowser(entry);
  const ended = browser !== undefined && (await endBrowser(browser, entry.profilePath, env));
  if (!browser) removeProfile(env, entry.profilePath);
  removeSocket(entry.socketPath);
  removeRecordOf(env, record);
  return ended;
}

/** Ends what outlived its lease. What cannot be ended is left to `gc`, which says why. */
export async function endExpired(env: Environment): Promise<void> {
  const index = readIndex(env);
  await learnHosts(index);
  await Promise.allSettled(findExpired(env).map((record) => collect(env, record, index)));
}

/**
 * A host that was killed in the middle of starting its browser leaves a process that does not have the
 * browser's arguments yet. It is waited for as long as it is about: the file for the browser's messages is open.
 */
async function findBrowser(entry: IndexEntry): Promise<ProcessIdentity | undefined> {
  const until = Date.now() + 10_000;
  for (;;) {
    const browser = await browserOf(entry);
    if (browser || entry.kind === "connected" || entry.grid || entry.profilePath === null) return browser;
    if (!isHeldOpen(browserMessages(entry.profilePath)) || Date.now() > until) return browserOf(entry);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether that entry's browser, or what may be one, is still there. */
export async function browserIsAlive({ entry }: IndexRecord): Promise<boolean> {
  const browser = await browserOf(entry);
  await learnStarts(browser ? [browser.pid] : []);
  return browser !== undefined && isAlive(browser);
}

/**
 * The browser of an entry that is ours to end. A host that was killed between starting a browser and noting
 * its pid left a profile's name, which the browser has among its arguments.
 */
async function browserOf(entry: IndexEntry): Promise<ProcessIdentity | undefined> {
  if (entry.kind === "connected" || entry.grid) return undefined;
  return (
    recordedBrowser(entry) ??
    (entry.profilePath === null ? undefined : await findByArgument(`--user-data-dir=${entry.profilePath}`))
  );
}
