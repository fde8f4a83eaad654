/**
 * The Sessions tree. It follows the model: a change of one session draws that session again and nothing
 * else; the whole list is asked for only when sessions come, go or trade places.
 */
import { watch, type FSWatcher } from "node:fs";
import * as vscode from "vscode";
import { LibrettoError } from "../../sessions/errors.js";
import type { RegisteredSession } from "../../sessions/registry.js";
import { isLive } from "../../sessions/store.js";
import { sessionPaths } from "../../sessions/workspace.js";
import { ViewId } from "../contributions.js";
import type { RootChange, SessionRef, SessionsModel, WorkspaceRoot } from "../model.js";
import { loadPages, loadSnapshots } from "./children.js";
import { itemOf, tooltipOf } from "./items.js";
import { logKinds, type LogsNode, type RootNode, type SessionNode, type SnapshotsNode, type TreeNode } from "./nodes.js";
import { inTreeOrder, looksSame } from "./presentation.js";

export class SessionsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #change = new vscode.EventEmitter<TreeNode | undefined>();
  readonly onDidChangeTreeData = this.#change.event;
  readonly view: vscode.TreeView<TreeNode>;

  // VS Code tells elements apart by identity: the same session must be the same object for life.
  readonly #roots = new Map<WorkspaceRoot, RootNode>();
  readonly #sessions = new Map<WorkspaceRoot, Map<string, SessionNode>>();
  readonly #snapshots = new WeakMap<SessionNode, SnapshotsNode>();
  readonly #drawn = new WeakMap<SessionNode, RegisteredSession>();
  readonly #order = new Map<WorkspaceRoot, string>();
  /** Of the sessions that stand open. */
  readonly #watchers = new Map<SessionNode, FSWatcher>();
  readonly #timers = new Map<SessionNode, NodeJS.Timeout>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly model: SessionsModel) {
    this.view = vscode.window.createTreeView(ViewId.sessions, { treeDataProvider: this, showCollapseAll: true });
    this.#subscriptions = [
      this.view,
      model.onDidChange((change) => this.#follow(change)),
      model.onDidChangeRoots(() => {
        this.#change.fire(undefined);
        this.#tell();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#tell()),
      this.view.onDidExpandElement(({ element }) => element.kind === "session" && this.#watchSnapshots(element)),
      this.view.onDidCollapseElement(({ element }) => element.kind === "session" && this.#stopWatching(element)),
    ];
    this.#tell();
  }

  dispose(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    vscode.Disposable.from(...this.#subscriptions, this.#change).dispose();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const ref = this.refOf(node);
    if (node.kind === "session" && ref) this.#drawn.set(node, ref.record);
    return itemOf(node, ref);
  }

  /** Hovers are made when they are shown. */
  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    item.tooltip = tooltipOf(node, this.refOf(node)) ?? item.tooltip;
    return item;
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (node === undefined) {
      await this.model.ready;
      const [only] = this.model.roots;
      if (only && this.model.roots.length === 1) return this.#sessionNodes(only);
      // With nothing on record anywhere the view is empty, and says how to begin.
      return this.model.all().length === 0 ? [] : this.model.roots.map((root) => this.#rootNode(root));
    }
    switch (node.kind) {
      case "root": return this.#sessionNodes(node.root);
      case "session": return this.#childrenOf(node);
      case "logs": return logKinds.map((log) => ({ kind: "log", root: node.root, session: node.session, log, parent: node }));
      case "snapshots": {
        const ref = this.refOf(node);
        const snapshots = ref ? await loadSnapshots(ref) : [];
        return snapshots.map((snapshot) => ({ kind: "snapshot", root: node.root, session: node.session, snapshot, parent: node }));
      }
      default: return [];
    }
  }

  getParent(node: TreeNode): TreeNode | undefined {
    if (node.kind === "root") return undefined;
    if (node.kind === "session") return this.model.roots.length > 1 ? this.#rootNode(node.root) : undefined;
    return node.parent;
  }

  /** The session that a node belongs to, as it is now. */
  refOf(node: TreeNode): SessionRef | undefined {
    return node.kind === "root" ? undefined : this.model.find(node.root.workspace.root, node.session);
  }

  /** Shows a session in the sidebar. */
  async reveal({ root, record }: SessionRef, options: { focus: boolean }): Promise<void> {
    await this.view.reveal(this.#sessionNode(root, record.name), { select: true, focus: options.focus });
  }

  /** Asks for a session's pages and snapshots again: something was done to it from here. */
  refresh({ root, record }: SessionRef): void {
    this.#change.fire(this.#sessionNode(root, record.name));
  }

  #follow({ root, added, changed, removed }: RootChange): void {
    for (const name of removed) {
      const node = this.#sessions.get(root)?.get(name);
      if (node) this.#stopWatching(node);
      this.#sessions.get(root)?.delete(name);
    }
    if (added.length > 0 || removed.length > 0 || this.#orderOf(root) !== this.#order.get(root)) {
      this.#change.fire(this.model.roots.length > 1 && this.#roots.has(root) ? this.#rootNode(root) : undefined);
    } else {
      for (const record of changed) {
        const node = this.#sessionNode(root, record.name);
        const drawn = this.#drawn.get(node);
        if (drawn && looksSame(drawn, record, vscode.l10n.t)) continue;
        this.#change.fire(node);
        if (drawn?.state?.url !== record.state?.url) this.#lookAgain(node);
      }
    }
    this.#tell();
  }

  /** A page has its title a little later than its address: the pages of an open session are asked for once more. */
  #lookAgain(node: SessionNode): void {
    clearTimeout(this.#timers.get(node));
    if (!this.#watchers.has(node)) return;
    this.#timers.set(node, setTimeout(() => this.#change.fire(node), 1_000));
  }

  /** The number on the view's icon, and what the view says above its items. */
  #tell(): void {
    const live = this.model.live().length;
    this.view.badge = live === 0 ? undefined : { value: live, tooltip: live === 1 ? vscode.l10n.t("1 live session") : vscode.l10n.t("{0} live sessions", live) };
    this.view.message = vscode.workspace.isTrusted || this.model.all().length === 0 ? "" : vscode.l10n.t("Restricted mode: sessions and their logs can be read. Trust this workspace to open browsers and run code.");
  }

  #sessionNodes(root: WorkspaceRoot): SessionNode[] {
    this.#order.set(root, this.#orderOf(root));
    return inTreeOrder(root.sessions).map((record) => this.#sessionNode(root, record.name));
  }

  /** Changes when a session has to move. */
  #orderOf(root: WorkspaceRoot): string {
    return inTreeOrder(root.sessions).map((record) => record.name).join("\n");
  }

  async #childrenOf(node: SessionNode): Promise<TreeNode[]> {
    const ref = this.refOf(node);
    if (!ref) return [];
    const logs: LogsNode = { kind: "logs", root: node.root, session: node.session, parent: node };
    const snapshots = this.#snapshotsNode(node);
    return [...(await this.#pageNodes(node, ref)), logs, snapshots];
  }

  async #pageNodes(node: SessionNode, ref: SessionRef): Promise<TreeNode[]> {
    const note = (text: string): TreeNode[] => [{ kind: "note", root: node.root, session: node.session, text, parent: node }];
    if (!isLive(ref.record) || !vscode.workspace.isTrusted) return [];
    // Looking must not start processes: a session whose host died is taken over by a command, not by a look.
    if (ref.record.liveness === "hostless") return note(vscode.l10n.t("Its host ended; the next command takes the browser over."));
    if (ref.record.state?.status === "starting") return note(vscode.l10n.t("The browser is starting …"));
    try {
      const pages = await loadPages(ref);
      return pages.map((page) => ({ kind: "page", root: node.root, session: node.session, page, parent: node }));
    } catch (thrown) {
      return note(LibrettoError.from(thrown).message);
    }
  }

  #rootNode(root: WorkspaceRoot): RootNode {
    let node = this.#roots.get(root);
    if (!node) this.#roots.set(root, (node = { kind: "root", root }));
    return node;
  }

  #sessionNode(root: WorkspaceRoot, session: string): SessionNode {
    let nodes = this.#sessions.get(root);
    if (!nodes) this.#sessions.set(root, (nodes = new Map<string, SessionNode>()));
    let node = nodes.get(session);
    if (!node) nodes.set(session, (node = { kind: "session", root, session }));
    return node;
  }

  #snapshotsNode(parent: SessionNode): SnapshotsNode {
    let node = this.#snapshots.get(parent);
    if (!node) this.#snapshots.set(parent, (node = { kind: "snapshots", root: parent.root, session: parent.session, parent }));
    return node;
  }

  /** Snapshots taken from a terminal appear too, while the session stands open. */
  #watchSnapshots(node: SessionNode): void {
    if (this.#watchers.has(node)) return;
    const { folder, snapshots } = sessionPaths(node.root.workspace, node.session);
    const follow = (path: string, concerns: (name: string | null) => boolean): boolean => {
      try {
        const watcher = watch(path, (_event, name) => {
          if (!concerns(name)) return;
          if (path === folder) {
            // The first snapshot makes the folder: from now on it is the one to watch.
            this.#stopWatching(node);
            this.#watchSnapshots(node);
          }
          this.#change.fire(this.#snapshotsNode(node));
        });
        watcher.on("error", () => this.#stopWatching(node));
        this.#watchers.set(node, watcher);
        return true;
      } catch {
        return false;
      }
    };
    if (!follow(snapshots, () => true)) follow(folder, (name) => name === "snapshots");
  }

  #stopWatching(node: SessionNode): void {
    this.#watchers.get(node)?.close();
    this.#watchers.delete(node);
    clearTimeout(this.#timers.get(node));
    this.#timers.delete(node);
  }
}
