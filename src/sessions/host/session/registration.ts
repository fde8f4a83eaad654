/** What others find a session by: its socket, its entry in the user's index, and the files of its folder. */
import { existsSync } from "node:fs";
import type { Server } from "node:net";
import { dirname } from "node:path";
import { removeSocket } from "../../store/records.js";
import { entryOf, hasEntry, removeEntry, writeEntry } from "../../store/userIndex.js";
import type { SessionPaths } from "../../store/workspace.js";
import { makePrivateFile, makePrivateFolder } from "../../util/ownership.js";
import { listen, type ServerHandlers } from "../rpc/server.js";
import type { SessionBase } from "./sessionParts.js";

export class Registration {
  readonly #parts: SessionBase;
  readonly #handlers: ServerHandlers;
  #server: Server | undefined;
  #lastTrouble: string | undefined;

  constructor(parts: SessionBase, handlers: ServerHandlers) {
    this.#parts = parts;
    this.#handlers = handlers;
  }

  /** Resolves when clients can connect. @throws `Failed` where the socket's folder is not this user's alone */
  async listen(): Promise<void> {
    this.#server = await listen(this.#socketPath, this.#handlers);
    // The process ends itself when the session does; a socket alone is no reason to stay.
    this.#server.unref();
  }

  /** From now on a client finds nobody here; those that are connected stay. */
  stopListening(): void {
    this.#server?.close();
    this.removeSocket();
  }

  removeSocket(): void {
    removeSocket(this.#socketPath);
  }

  /** @param owed whether a Grid may still lend the browser, which `gc` is to free */
  writeEntry(owed = false): void {
    const { record, workspace, options, env, indexId } = this.#parts;
    const entry = entryOf(record.state, workspace.root, options.settings.leaseMinutes);
    if (owed && entry.grid) entry.grid.owed = true;
    writeEntry(env, indexId, entry);
  }

  removeEntry(): void {
    removeEntry(this.#parts.env, this.#parts.indexId);
  }

  /**
   * A live session can always be found: what was cleared away under it, as `git clean` clears records and the
   * system old files in its temporary folder, is put back. Not where the workspace itself is gone, or was moved.
   */
  restore(): void {
    void this.#restore().catch((error: unknown) => this.#logOnce((error as Error).message));
  }

  async #restore(): Promise<void> {
    const { env, indexId, record, paths, lifecycle } = this.#parts;
    if (lifecycle.ending || lifecycle.isLeaving) return;
    if (!hasEntry(env, indexId)) this.writeEntry();
    if (record.retry()) prepareFolder(paths);
    if (process.platform === "win32" || existsSync(this.#socketPath)) return;
    makePrivateFolder(dirname(this.#socketPath));
    this.#server?.close();
    await this.listen();
  }

  /** What stays so is tried again every other second, and told once. */
  #logOnce(message: string): void {
    if (message !== this.#lastTrouble) this.#parts.log.write("warn", "not-restored", message);
    this.#lastTrouble = message;
  }

  get #socketPath(): string {
    return this.#parts.record.state.socketPath;
  }
}

/** The files that are to be there from the first moment on, for those who follow them. */
export function prepareFolder({ logs, network, actions, snapshots }: SessionPaths): void {
  for (const file of [logs, network, actions]) makePrivateFile(file);
  makePrivateFolder(snapshots);
}
