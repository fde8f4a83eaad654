/**
 * The sessions that stand open in the tree: pages and snapshots come and go below them, also by what a terminal
 * or the page itself does. Told by files, since the record of a session names one page alone.
 */
import type { FSWatcher } from "node:fs";
import type * as vscode from "vscode";
import { tryWatch } from "../../sessions/util/watchFolder.js";
import { sessionPaths } from "../../sessions/store/workspace.js";
import type { SessionNode } from "./nodes.js";

/** What of a session has to be asked for again. */
export type Outdated = "pages" | "snapshots";

interface Watch {
  snapshots?: FSWatcher | undefined;
  readonly ended: AbortController;
  again?: NodeJS.Timeout;
}

export class OpenSessions implements vscode.Disposable {
  readonly #watches = new Map<SessionNode, Watch>();

  /** @param tell is called whenever something of an open session is out of date */
  constructor(private readonly tell: (node: SessionNode, what: Outdated) => void) {}

  dispose(): void {
    this.closeWhere(() => true);
  }

  /** Begins to watch a session that stands open; does nothing where that was begun. */
  open(node: SessionNode): void {
    if (this.#watches.has(node)) return;
    const one: Watch = { ended: new AbortController() };
    this.#watches.set(node, one);
    this.#watchSnapshots(node, one);
    void this.#followPages(node, one.ended.signal);
  }

  /** @returns whether it stood open */
  close(node: SessionNode): boolean {
    const one = this.#watches.get(node);
    one?.snapshots?.close();
    one?.ended.abort();
    clearTimeout(one?.again);
    return this.#watches.delete(node);
  }

  closeWhere(isGone: (node: SessionNode) => boolean): void {
    [...this.#watches.keys()].filter(isGone).forEach((node) => this.close(node));
  }

  /** A page has its title a little later than its address: the pages of an open session are asked for once more. */
  lookAgain(node: SessionNode): void {
    const one = this.#watches.get(node);
    if (!one) return;
    clearTimeout(one.again);
    one.again = setTimeout(() => this.tell(node, "pages"), 1_000);
  }

  #watchSnapshots(node: SessionNode, one: Watch): void {
    const { folder, snapshots } = sessionPaths(node.root.workspace, node.session);
    one.snapshots?.close();
    one.snapshots =
      tryWatch(snapshots, () => this.tell(node, "snapshots")) ??
      tryWatch(folder, (name) => {
        // The first snapshot makes the folder: from now on it is the one to watch.
        if (name !== "snapshots") return;
        this.#watchSnapshots(node, one);
        this.tell(node, "snapshots");
      });
  }

  /** The log names every page that came, went or crashed. */
  async #followPages(node: SessionNode, signal: AbortSignal): Promise<void> {
    try {
      const { follow } = await import("../../sessions/logs/tail.js");
      for await (const event of follow(sessionPaths(node.root.workspace, node.session).logs, { signal })) {
        if (
          event.type === "lines" &&
          event.lines.some(({ text }) =>
            /"event":"(page\.(opened|closed|crashed|recovered)|dialog\.(opened|closed))"/.test(text),
          )
        )
          this.tell(node, "pages");
      }
    } catch {
      // A log that cannot be read tells nothing; the record still tells of the active page.
    }
  }
}
