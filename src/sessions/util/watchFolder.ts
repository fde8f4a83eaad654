/** File events, where the system gives them. */
import { watch, type FSWatcher } from "node:fs";

/**
 * Hears of what changes in a folder, or of a file. It keeps no process alive.
 * @param changed gets the name of what changed, or null where the system does not tell it
 * @returns undefined where it cannot be watched: it is not there, or the user's watches are used up, as by an editor
 */
export function tryWatch(path: string, changed: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, (_event, name) => changed(name));
    // A folder that goes takes its watcher with it; its owner polls as well.
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
