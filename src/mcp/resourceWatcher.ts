/** Tells a client when what it may have read is not that any more. Nothing is watched before it asks for resources. */
import type { FSWatcher } from "node:fs";
import { logFileNames, logKinds } from "../sessions/logs/rows.js";
import { SessionRegistry } from "../sessions/operations/registry.js";
import { isLive } from "../sessions/store/records.js";
import { sessionPaths, type Workspace } from "../sessions/store/workspace.js";
import { tryWatch } from "../sessions/util/watchFolder.js";
import { logUri, sessionsUri, sessionUri } from "./resources.js";

/** A log grows by many rows at once; a client is told so seldom, in ms. */
const quietMs = 500;

export interface ResourceListener {
  /** There are others than before. */
  listChanged(this: void): void;
  updated(this: void, uri: string): void;
}

export class ResourceWatcher {
  readonly #registry: SessionRegistry;
  readonly #folders = new Map<string, FSWatcher>();
  readonly #snapshots = new Map<string, FSWatcher>();
  readonly #due = new Set<string>();
  #listIsDue = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly workspace: Workspace,
    private readonly listener: ResourceListener,
  ) {
    this.#registry = new SessionRegistry(workspace);
    this.#registry.onChange(({ added, changed, removed }) => {
      if (added.length + removed.length > 0) this.#mark(undefined);
      this.#mark(sessionsUri);
      for (const { name } of [...added, ...changed]) this.#mark(sessionUri(name));
      this.#watchFolders();
    });
    this.#registry.start();
    this.#watchFolders();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#registry.dispose();
    for (const watcher of this.#folders.values()) watcher.close();
    for (const watcher of this.#snapshots.values()) watcher.close();
    this.#folders.clear();
    this.#snapshots.clear();
  }

  #watchFolders(): void {
    const live = new Set(this.#registry.sessions.filter(isLive).map(({ name }) => name));
    for (const [name, watcher] of this.#folders) {
      if (live.has(name)) continue;
      watcher.close();
      this.#folders.delete(name);
      this.#snapshots.get(name)?.close();
      this.#snapshots.delete(name);
    }
    for (const name of live) {
      if (this.#folders.has(name)) continue;
      const watcher = tryWatch(sessionPaths(this.workspace, name).folder, (file) => {
        for (const kind of logKinds) if (file === null || file === logFileNames[kind]) this.#mark(logUri(name, kind));
        if (file === null || file === "snapshots") {
          // Its first snapshot.
          this.#watchSnapshots(name);
          this.#mark(undefined);
        }
      });
      if (watcher) this.#folders.set(name, watcher);
      this.#watchSnapshots(name);
    }
  }

  #watchSnapshots(name: string): void {
    if (this.#snapshots.has(name)) return;
    const watcher = tryWatch(sessionPaths(this.workspace, name).snapshots, () => this.#mark(undefined));
    if (watcher) this.#snapshots.set(name, watcher);
  }

  /** @param uri undefined for the list of them all */
  #mark(uri: string | undefined): void {
    if (uri === undefined) this.#listIsDue = true;
    else this.#due.add(uri);
    this.#timer ??= setTimeout(() => this.#tell(), quietMs);
    this.#timer.unref();
  }

  #tell(): void {
    this.#timer = undefined;
    const due = [...this.#due];
    this.#due.clear();
    if (this.#listIsDue) this.listener.listChanged();
    this.#listIsDue = false;
    for (const uri of due) this.listener.updated(uri);
  }
}
