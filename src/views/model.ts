/**
 * The sessions that this window shows: one watched workspace for each root, and one stream of changes that
 * the tree, the badges, the context keys and the status bar follow. Nothing here polls.
 */
import * as vscode from "vscode";
import type { SessionsContext } from "../sessions/operations/context.js";
import { HostPool } from "../sessions/ipc/hostPool.js";
import { type RegisteredSession, type RegistryChange, SessionRegistry } from "../sessions/operations/registry.js";
import { isLive } from "../sessions/store/records.js";
import type { Environment } from "../sessions/util/environment.js";
import { LibrettoError } from "../sessions/util/errors.js";
import { workspaceWithin, type Workspace } from "../sessions/store/workspace.js";
import type { Settings } from "./contributions.js";

/** What happened to the sessions of a root. */
export interface RootChange extends RegistryChange {
  root: WorkspaceRoot;
}

/** A session, wherever in the window it is. */
export interface SessionRef {
  root: WorkspaceRoot;
  record: RegisteredSession;
}

/** The longest that a timer takes, in ms: 24 days. */
const never = 2_147_483_647;

/** A folder with a `.libretto`, watched. Several folders of a window may share one. */
export class WorkspaceRoot implements vscode.Disposable {
  readonly #registry: SessionRegistry;
  readonly #pool: HostPool;
  readonly #change = new vscode.EventEmitter<RootChange>();
  readonly onDidChange = this.#change.event;

  /** @param label how the window calls the folder */
  constructor(
    readonly workspace: Workspace,
    readonly label: string,
    private readonly env: Environment,
    private readonly memory: vscode.Memento,
  ) {
    this.#pool = new HostPool(workspace, env, "vscode");
    // A record of a folder that is not trusted may name any socket: nothing is said to it.
    this.#registry = new SessionRegistry(workspace, vscode.workspace.isTrusted ? {} : { pingMs: never });
    this.#registry.onChange((change) => this.#change.fire({ root: this, ...change }));
    this.#registry.start();
  }

  dispose(): void {
    this.#registry.dispose();
    this.#pool.dispose();
    this.#change.dispose();
  }

  /** Live sessions first, each group by name. */
  get sessions(): readonly RegisteredSession[] {
    return this.#registry.sessions;
  }

  get(name: string): RegisteredSession | undefined {
    return this.#registry.get(name);
  }

  /** Looks at the disk now: something was done from here. */
  refresh(): void {
    this.#registry.refresh();
  }

  /** What the verbs take; the settings are read again, since the user may have changed them. */
  get context(): SessionsContext {
    const configuration = vscode.workspace.getConfiguration(undefined, vscode.Uri.file(this.workspace.root));
    const window = configuration.get<Settings["libretto.window"]>("libretto.window");
    const executablePath = configuration.get<Settings["libretto.executablePath"]>("libretto.executablePath");
    return {
      workspace: this.workspace,
      env: this.env,
      client: "vscode",
      host: (record, next) => this.#pool.get(record, next),
      settings: {
        ...(window === "visible" || window === "headless" ? { headless: window === "headless" } : {}),
        ...(executablePath ? { executablePath } : {}),
      },
      allowsWeakening: (lines) => this.#allowsWeakening(lines),
    };
  }

  /** Once for what the file says; when it says something else, it is asked again. */
  async #allowsWeakening(lines: readonly string[]): Promise<boolean> {
    const key = `libretto.allowed:${this.workspace.root}`;
    const asked = lines.join("\n");
    if (this.memory.get(key) === asked) return true;
    const { t } = vscode.l10n;
    const use = t("Use These Settings");
    const answer = await vscode.window.showWarningMessage(
      t("The config.json of {0} weakens the protection of its sessions. Use it anyway?", this.label),
      { modal: true, detail: asked },
      use,
    );
    if (answer !== use) return false;
    await this.memory.update(key, asked);
    return true;
  }
}

/** All roots of the window. */
export class SessionsModel implements vscode.Disposable {
  readonly #roots = new Map<string, { root: WorkspaceRoot; subscription: vscode.Disposable }>();
  readonly #change = new vscode.EventEmitter<RootChange>();
  readonly #rootsChange = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[];
  #starting: NodeJS.Immediate | undefined;
  readonly #told = new Set<string>();
  /** Sessions came, went or changed. */
  readonly onDidChange = this.#change.event;
  /** Folders came or went. */
  readonly onDidChangeRoots = this.#rootsChange.event;

  /** Resolves when the folders have been looked at for the first time. */
  readonly ready: Promise<void>;

  /** @param memory kept with the window's workspace: what its user has allowed */
  constructor(
    readonly env: Environment,
    private readonly memory: vscode.Memento,
  ) {
    // Hundreds of records may have to be read: the activation does not wait for them.
    this.ready = new Promise((resolve) => {
      this.#starting = setImmediate(() => {
        this.#follow();
        this.#rootsChange.fire();
        resolve();
      });
    });
    const followAgain = (): void => {
      this.#follow();
      this.#rootsChange.fire();
    };
    this.#subscriptions = [
      vscode.workspace.onDidChangeWorkspaceFolders(followAgain),
      // From now on hosts may be spoken to.
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.#dropRoots();
        followAgain();
      }),
    ];
  }

  dispose(): void {
    clearImmediate(this.#starting);
    this.#dropRoots();
    vscode.Disposable.from(...this.#subscriptions).dispose();
    this.#change.dispose();
    this.#rootsChange.dispose();
  }

  get roots(): readonly WorkspaceRoot[] {
    return [...this.#roots.values()].map(({ root }) => root);
  }

  all(): SessionRef[] {
    return this.roots.flatMap((root) => root.sessions.map((record) => ({ root, record })));
  }

  live(): SessionRef[] {
    return this.all().filter(({ record }) => isLive(record));
  }

  /** The session as it is now; undefined if it is gone. */
  find(rootPath: string, name: string): SessionRef | undefined {
    const root = this.#roots.get(rootPath)?.root;
    const record = root?.get(name);
    return root && record ? { root, record } : undefined;
  }

  /** Resolves with a session that was just opened, once the registry has seen it; undefined if that takes too long. */
  untilKnown(root: WorkspaceRoot, name: string): Promise<SessionRef | undefined> {
    const known = (): SessionRef | undefined => {
      const ref = this.find(root.workspace.root, name);
      return ref && isLive(ref.record) ? ref : undefined;
    };
    root.refresh();
    const now = known();
    if (now) return Promise.resolve(now);
    return new Promise((resolve) => {
      const finish = (ref: SessionRef | undefined): void => {
        clearTimeout(timer);
        subscription.dispose();
        resolve(ref);
      };
      const timer = setTimeout(() => finish(undefined), 5_000);
      const subscription = this.onDidChange(() => {
        const ref = known();
        if (ref) finish(ref);
      });
    });
  }

  /** A folder that is trusted, and none above it; undefined where what it holds is not obeyed, which is told once. */
  #workspaceOf(folder: string): Workspace | undefined {
    try {
      return workspaceWithin(folder, this.env);
    } catch (thrown) {
      const { message, hint } = LibrettoError.from(thrown);
      if (!this.#told.has(message)) void vscode.window.showWarningMessage(`${message} ${hint}`);
      this.#told.add(message);
      return undefined;
    }
  }

  #dropRoots(): void {
    for (const { root, subscription } of this.#roots.values()) vscode.Disposable.from(subscription, root).dispose();
    this.#roots.clear();
  }

  #follow(): void {
    const wanted = new Map<string, { workspace: Workspace; label: string }>();
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      if (folder.uri.scheme !== "file") continue;
      const workspace = this.#workspaceOf(folder.uri.fsPath);
      if (workspace && !wanted.has(workspace.root)) wanted.set(workspace.root, { workspace, label: folder.name });
    }
    for (const [path, { root, subscription }] of this.#roots) {
      if (wanted.has(path)) continue;
      vscode.Disposable.from(subscription, root).dispose();
      this.#roots.delete(path);
    }
    for (const [path, { workspace, label }] of wanted) {
      if (this.#roots.has(path)) continue;
      const root = new WorkspaceRoot(workspace, label, this.env, this.memory);
      this.#roots.set(path, { root, subscription: root.onDidChange((change) => this.#change.fire(change)) });
    }
  }
}
