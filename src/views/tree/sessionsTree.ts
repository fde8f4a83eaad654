/**
 * The Sessions tree. It follows the model: a change of one session draws that session again and nothing
 * else; the whole list is asked for only when sessions come, go or trade places.
 */
import * as vscode from "vscode";
import { LibrettoError } from "../../sessions/util/errors.js";
import type { RegisteredSession } from "../../sessions/operations/registry.js";
import { isLive } from "../../sessions/store/records.js";
import { ViewId } from "../contributions.js";
import type { RootChange, SessionRef, SessionsModel, WorkspaceRoot } from "../model.js";
import { loadPages, loadSnapshots } from "./children.js";
import { itemOf, tooltipOf } from "./items.js";
import { type LogsNode, type RootNode, type SessionNode, type SnapshotsNode, type TreeNode } from "./nodes.js";
import { OpenSessions } from "./openSessions.js";
import { inTreeOrder, looksSame } from "./presentation.js";
import { paneKinds } from "../../sessions/logs/rows.js";

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
  readonly #open = new OpenSessions((node, what) =>
    this.#change.fire(what === "pages" ? node : this.#snapshotsNode(node)),
  );
  /** Sessions that stood open and do not. */
  readonly #closedAgain = new WeakSet<SessionNode>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly model: SessionsModel) {
    this.view = vscode.window.createTreeView(ViewId.sessions, { treeDataProvider: this, showCollapseAll: true });
    this.#subscriptions = [
      this.view,
      model.onDidChange((change) => this.#follow(change)),
      model.onDidChangeRoots(() => {
        this.#forgetRoots();
        this.#change.fire(undefined);
        this.#tell();
      }),
      this.view.onDidExpandElement(({ element }) => element.kind === "session" && this.#expanded(element)),
      this.view.onDidCollapseElement(({ element }) => element.kind === "session" && this.#collapsed(element)),
    ];
    this.#tell();
  }

  dispose(): void {
    vscode.Disposable.from(this.#open, ...this.#subscriptions, this.#change).dispose();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const ref = this.refOf(node);
    // A copy: the registry notes in its own record that a host fell silent.
    if (node.kind === "session" && ref) this.#drawn.set(node, { ...ref.record });
    return itemOf(node, ref);
  }

  /** Hovers are made when they are shown. */
  async resolveTreeItem(item: vscode.TreeItem, node: TreeNode): Promise<vscode.TreeItem> {
    const ref = this.refOf(node);
    const picture = node.kind === "session" && ref && vscode.workspace.isTrusted ? await pictureOf(ref) : undefined;
    item.tooltip = tooltipOf(node, ref, picture) ?? item.tooltip;
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
      case "root":
        return this.#sessionNodes(node.root);
      case "session":
        return this.#childrenOf(node);
      case "logs":
        return paneKinds.map((log) => ({ kind: "log", root: node.root, session: node.session, log, parent: node }));
      case "snapshots": {
        const ref = this.refOf(node);
        const snapshots = ref ? await loadSnapshots(ref) : [];
        return snapshots.map((snapshot) => ({
          kind: "snapshot",
          root: node.root,
          session: node.session,
          snapshot,
          parent: node,
        }));
      }
      default:
        return [];
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

  /**
   * The element that the keyboard stands on. Extensions hear of the selected ones alone, and arrow keys select
   * nothing (https://github.com/microsoft/vscode/issues/170248): the selection is changed there, and changed back.
   */
  async focused(): Promise<TreeNode | undefined> {
    const before = this.view.selection;
    await vscode.commands.executeCommand("list.toggleSelection");
    const after = this.view.selection;
    await vscode.commands.executeCommand("list.toggleSelection");
    return after.find((node) => !before.includes(node)) ?? before.find((node) => !after.includes(node));
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
      if (node) this.#open.close(node);
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
        if (drawn?.state?.url !== record.state?.url) this.#open.lookAgain(node);
      }
    }
    this.#tell();
  }

  /** The number on the view's icon, and what the view says above its items. */
  #tell(): void {
    const live = this.model.live().length;
    this.view.badge =
      live === 0
        ? undefined
        : {
            value: live,
            tooltip: live === 1 ? vscode.l10n.t("1 live session") : vscode.l10n.t("{0} live sessions", live),
          };
    this.view.message =
      vscode.workspace.isTrusted || this.model.all().length === 0
        ? ""
        : vscode.l10n.t(
            "Restricted mode: sessions and their logs can be read. Trust this workspace to open browsers and run code.",
          );
  }

  #sessionNodes(root: WorkspaceRoot): SessionNode[] {
    this.#order.set(root, this.#orderOf(root));
    return inTreeOrder(root.sessions).map((record) => this.#sessionNode(root, record.name));
  }

  /** Changes when a session has to move. */
  #orderOf(root: WorkspaceRoot): string {
    return inTreeOrder(root.sessions)
      .map((record) => record.name)
      .join("\n");
  }

  async #childrenOf(node: SessionNode): Promise<TreeNode[]> {
    const ref = this.refOf(node);
    if (!ref) return [];
    // After a reload of the window it stands open without having been opened.
    this.#open.open(node);
    const logs: LogsNode = { kind: "logs", root: node.root, session: node.session, parent: node };
    const snapshots = this.#snapshotsNode(node);
    return [...(await this.#pageNodes(node, ref)), logs, snapshots];
  }

  async #pageNodes(node: SessionNode, ref: SessionRef): Promise<TreeNode[]> {
    const note = (text: string): TreeNode[] => [
      { kind: "note", root: node.root, session: node.session, text, parent: node },
    ];
    if (!isLive(ref.record) || !vscode.workspace.isTrusted) return [];
    // Looking must not start processes: a session whose host died is taken over by a command, not by a look.
    if (ref.record.liveness === "hostless")
      return note(vscode.l10n.t("Its host ended; the next command takes the browser over."));
    // VS Code draws no row again while it waits for what is below one.
    if (ref.record.silent) return note(vscode.l10n.t("Its host does not answer: it may be stopped, or starved."));
    if (ref.record.state?.status === "starting") return note(vscode.l10n.t("The browser is starting …"));
    try {
      const pages = await loadPages(ref);
      return pages.map((page) => ({ kind: "page", root: node.root, session: node.session, page, parent: node }));
    } catch (thrown) {
      const { code, message } = LibrettoError.from(thrown);
      // A host that is only slow has its pages a moment later.
      if (code === "TimedOut") this.#open.lookAgain(node);
      return note(message);
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
    if (!node)
      this.#snapshots.set(parent, (node = { kind: "snapshots", root: parent.root, session: parent.session, parent }));
    return node;
  }

  #expanded(node: SessionNode): void {
    this.#open.open(node);
    // VS Code shows again what it has: meanwhile pages and snapshots may have come and gone.
    if (this.#closedAgain.delete(node)) this.#change.fire(node);
  }

  #collapsed(node: SessionNode): void {
    if (this.#open.close(node)) this.#closedAgain.add(node);
  }

  #forgetRoots(): void {
    const isGone = (root: WorkspaceRoot): boolean => !this.model.roots.includes(root);
    this.#open.closeWhere(({ root }) => isGone(root));
    for (const held of [this.#sessions, this.#roots, this.#order])
      [...held.keys()].filter(isGone).forEach((root) => held.delete(root));
  }
}

/** What shows pictures is loaded with the first hover. */
async function pictureOf(ref: SessionRef): Promise<string | undefined> {
  const { firstPicture } = await import("../liveView/firstPicture.js");
  return firstPicture(ref);
}
