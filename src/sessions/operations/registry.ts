/**
 * What sessions a workspace has, kept up to date. File events tell of changes at once; a slow poll is the
 * net below them, and the only way to hear of a process that was killed. No view polls.
 */
import type { FSWatcher } from "node:fs";
import { join } from "node:path";
import { HostClient } from "../ipc/client.js";
import { isSessionName } from "../model/names.js";
import { isLive, listRecords, readRecord, type SessionRecord } from "../store/records.js";
import { tryWatch } from "../util/watchFolder.js";
import type { Workspace } from "../store/workspace.js";
import { withTimeout } from "../util/timeouts.js";

/** A session as the registry knows it. */
export interface RegisteredSession extends SessionRecord {
  /** Its host runs and does not answer, as a stopped one. */
  silent: boolean;
}

/** What changed since the last event; never empty. */
export interface RegistryChange {
  added: RegisteredSession[];
  changed: RegisteredSession[];
  /** Names. */
  removed: string[];
}

export interface RegistryOptions {
  /** How often processes are looked at, in ms. */
  pollMs?: number;
  /** How often live hosts are asked whether they answer, in ms. */
  pingMs?: number;
}

/** Events of one moment are told as one change: a navigation writes a record more than once. */
const coalesceMs = 40;
const pingTimeoutMs = 2_000;

export class SessionRegistry {
  readonly #sessions = new Map<string, RegisteredSession>();
  readonly #prints = new Map<string, string>();
  readonly #listeners = new Set<(change: RegistryChange) => void>();
  readonly #folderWatchers = new Map<string, FSWatcher>();
  #outerWatchers: FSWatcher[] = [];
  #dirty = new Set<string>();
  #allDirty = false;
  #timer: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #ping: NodeJS.Timeout | undefined;

  /** Looks at the disk once, at once; `start` keeps watching. */
  constructor(
    readonly workspace: Workspace,
    private readonly options: RegistryOptions = {},
  ) {
    this.#scan();
  }

  /** All sessions, closed ones included: live ones first, each group by name. */
  get sessions(): RegisteredSession[] {
    const all = [...this.#sessions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return [...all.filter(isLive), ...all.filter((session) => !isLive(session))];
  }

  get(name: string): RegisteredSession | undefined {
    return this.#sessions.get(name);
  }

  /** @returns stops listening */
  onChange(listener: (change: RegistryChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Begins to watch. Call `dispose` at the end. */
  start(): void {
    if (this.#poll) return;
    this.#watchOuter();
    this.#poll = setInterval(() => this.#look(), this.options.pollMs ?? (process.platform === "linux" ? 1_000 : 3_000));
    this.#ping = setInterval(() => void this.#pingAll(), this.options.pingMs ?? 10_000);
    this.#poll.unref();
    this.#ping.unref();
    this.#look();
  }

  /** Looks again now, as after a command of one's own. */
  refresh(): void {
    this.#look();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#poll);
    clearInterval(this.#ping);
    this.#poll = undefined;
    for (const watcher of [...this.#outerWatchers, ...this.#folderWatchers.values()]) watcher.close();
    this.#outerWatchers = [];
    this.#folderWatchers.clear();
    this.#listeners.clear();
  }

  #look(): void {
    this.#allDirty = true;
    clearTimeout(this.#timer);
    this.#flush();
  }

  #mark(name: string | undefined): void {
    if (name === undefined) this.#allDirty = true;
    else this.#dirty.add(name);
    this.#timer ??= setTimeout(() => this.#flush(), coalesceMs);
  }

  #flush(): void {
    this.#timer = undefined;
    if (!this.#poll) return;
    const change = this.#scan();
    if (change.added.length + change.changed.length + change.removed.length === 0) return;
    for (const listener of [...this.#listeners]) listener(change);
  }

  #scan(): RegistryChange {
    const change: RegistryChange = { added: [], changed: [], removed: [] };
    const whole = this.#allDirty || this.#sessions.size === 0;
    const records = whole
      ? tolerant(() => listRecords(this.workspace))
      : [...this.#dirty].map((name) => tolerantOne(() => readRecord(this.workspace, name), name));
    this.#allDirty = false;
    this.#dirty = new Set();
    for (const found of records) {
      if ("missing" in found) this.#remove(found.missing, change);
      else this.#take(found, change);
    }
    if (whole) {
      const names = new Set(records.map((found) => ("missing" in found ? found.missing : found.name)));
      for (const name of [...this.#sessions.keys()]) if (!names.has(name)) this.#remove(name, change);
    }
    if (this.#poll) this.#watchFolders();
    return change;
  }

  #take(record: SessionRecord, change: RegistryChange): void {
    const before = this.#sessions.get(record.name);
    const session: RegisteredSession = { ...record, silent: record.liveness === "live" && (before?.silent ?? false) };
    const print = JSON.stringify([session.liveness, session.state, session.error?.message, session.silent]);
    if (this.#prints.get(record.name) === print) return;
    this.#prints.set(record.name, print);
    this.#sessions.set(record.name, session);
    (before ? change.changed : change.added).push(session);
  }

  #remove(name: string, change: RegistryChange): void {
    if (!this.#sessions.delete(name)) return;
    this.#prints.delete(name);
    change.removed.push(name);
  }

  /** The workspace's folders come into being with its first session, so each that exists is watched for the next. */
  #watchOuter(): void {
    for (const watcher of this.#outerWatchers) watcher.close();
    this.#outerWatchers = [];
    const { root, folder, sessions } = this.workspace;
    for (const [path, child] of [
      [root, ".libretto"],
      [folder, "sessions"],
    ] as const) {
      const watcher = tryWatch(path, (name) => {
        if (name !== null && name !== child) return;
        this.#watchOuter();
        this.#mark(undefined);
      });
      if (watcher) this.#outerWatchers.push(watcher);
    }
    const watcher = tryWatch(sessions, (name) => {
      if (name === null || isSessionName(name)) this.#mark(name ?? undefined);
    });
    if (watcher) this.#outerWatchers.push(watcher);
  }

  #watchFolders(): void {
    for (const [name, watcher] of this.#folderWatchers) {
      if (this.#sessions.has(name)) continue;
      watcher.close();
      this.#folderWatchers.delete(name);
    }
    for (const name of this.#sessions.keys()) {
      if (this.#folderWatchers.has(name)) continue;
      // Logs grow all the time; only the record is of interest here.
      const watcher = tryWatch(join(this.workspace.sessions, name), (file) => {
        if (file === null || file === "state.json") this.#mark(name);
      });
      if (!watcher) continue;
      this.#folderWatchers.set(name, watcher);
    }
  }

  async #pingAll(): Promise<void> {
    await Promise.all(
      this.sessions
        .filter((session) => session.liveness === "live" && session.state?.status !== "starting")
        .map(async (session) => {
          // Asked twice: it may be ourselves who were held up, and heard the first answer too late.
          const silent = !(await answers(session)) && !(await answers(session));
          const now = this.#sessions.get(session.name);
          if (!now || now.silent === silent || now.state?.hostPid !== session.state?.hostPid) return;
          now.silent = silent;
          this.#prints.delete(session.name);
          this.#mark(session.name);
        }),
    );
  }
}

async function answers(session: SessionRecord): Promise<boolean> {
  if (!session.state) return false;
  const { socketPath } = session.state;
  const deadline = Date.now() + pingTimeoutMs;
  const connecting = HostClient.connect(socketPath, "registry", session.name);
  // One that connects when nobody waits any more is let go.
  const client = await withTimeout(connecting, pingTimeoutMs, () => {
    void connecting.then(
      (late) => late?.close(),
      () => undefined,
    );
    return undefined;
  });
  if (!client) return false;
  try {
    return await withTimeout(
      client.request("ping", {}).then(
        () => true,
        () => true,
      ),
      Math.max(0, deadline - Date.now()),
      () => false,
    );
  } finally {
    client.close();
  }
}

type Found = SessionRecord | { missing: string };

function tolerant(read: () => SessionRecord[]): Found[] {
  try {
    return read();
  } catch {
    // A folder that cannot be read has no sessions to show; commands say why.
    return [];
  }
}

function tolerantOne(read: () => SessionRecord | undefined, name: string): Found {
  try {
    return read() ?? { missing: name };
  } catch {
    return { missing: name };
  }
}
