/** What every command has at hand, and the ways in which it meets the user: pick, wait, confirm, fail. */
import * as vscode from "vscode";
import { LibrettoError } from "../../sessions/util/errors.js";
import { accessModes, type AccessMode } from "../../sessions/model/policy.js";
import { isLive } from "../../sessions/store/records.js";
import type { CodeRunner } from "../code/codeRunner.js";
import type { SessionChooser } from "../code/sessionChooser.js";
import type { WorkflowRunner } from "../code/workflowRunner.js";
import type { ContextKeyKeeper } from "../contextKeys.js";
import { CommandId } from "../contributions.js";
import type { LiveViews } from "../liveView/liveViews.js";
import type { LogViewer } from "../logViewer.js";
import type { Overview } from "../overview/overview.js";
import type { SessionRef, SessionsModel, WorkspaceRoot } from "../model.js";
import { paneKinds, type PaneKind } from "../../sessions/logs/rows.js";
import { isTreeNode, type TreeNode } from "../tree/nodes.js";
import { presentSession } from "../tree/presentation.js";
import type { SessionsTree } from "../tree/sessionsTree.js";

/** Made once, in `extension.ts`. */
export interface CommandContext {
  model: SessionsModel;
  tree: SessionsTree;
  code: CodeRunner;
  workflows: WorkflowRunner;
  chooser: SessionChooser;
  logs: LogViewer;
  liveViews: LiveViews;
  overview: Overview;
  keys: ContextKeyKeeper;
  /** Kept with the workspace: addresses that were opened. */
  memory: vscode.Memento;
  /** Where installers and consoles are heard. */
  output: vscode.OutputChannel;
}

/** @param argument what a menu, a key, a lens or another extension handed over; never trusted to be anything */
export type CommandHandler = (context: CommandContext, argument: unknown) => Promise<void> | void;

/**
 * What a key binding, a task or another extension may hand over instead of an item of the tree, to be asked
 * less: `{ "command": "libretto.close", "args": { "session": "calm-otter" } }`.
 */
export interface CommandArguments {
  /** Name of a session. */
  session?: string;
  /** The folder that it belongs to, where the window may have several. */
  root?: string;
  /** For `exportActions`: these lines of `actions.jsonl` alone. */
  lines?: ReadonlySet<string>;
  /** For `openLiveView`: id of the page that the view stays with. */
  page?: string;
  /** The item of the sidebar that the keyboard stands on. */
  selected?: boolean;
  /** For `open`: an address as it is typed. */
  url?: string;
  /** For `connect`: the address of a debugging port. */
  endpoint?: string;
  mode?: AccessMode;
  headless?: boolean;
  sealed?: boolean;
  /** For `requestAccess`: why. */
  reason?: string;
  /** For `logs`. */
  log?: PaneKind;
  /** For `debug` and `run`: path of the workflow's file. */
  file?: string;
  /** For `debug` and `run`: its parameters. */
  params?: unknown;
  /** For `debug` and `run`: to be asked for everything, although the file is given. */
  ask?: boolean;
}

/** The arguments that are there and are what they should be; the rest is left out. */
export function argumentsOf(argument: unknown): CommandArguments {
  if (typeof argument !== "object" || argument === null || isTreeNode(argument)) return {};
  const given = argument as Record<string, unknown>;
  const text = (name: string): string | undefined => (typeof given[name] === "string" ? given[name] : undefined);
  const [session, url, endpoint, file] = [text("session"), text("url"), text("endpoint"), text("file")];
  const page = text("page");
  const root = text("root");
  const reason = text("reason");
  const mode = accessModes.find((one) => one === given.mode);
  const log = paneKinds.find((one) => one === given.log);
  return {
    ...(session === undefined ? {} : { session }),
    ...(root === undefined ? {} : { root }),
    ...(given.lines instanceof Set ? { lines: given.lines as ReadonlySet<string> } : {}),
    ...(page === undefined ? {} : { page }),
    ...(url === undefined ? {} : { url }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(mode === undefined ? {} : { mode }),
    ...(log === undefined ? {} : { log }),
    ...(file === undefined ? {} : { file }),
    ...(reason === undefined ? {} : { reason }),
    ...(given.params === undefined ? {} : { params: given.params }),
    ...(typeof given.sealed === "boolean" ? { sealed: given.sealed } : {}),
    ...(given.ask === true ? { ask: true } : {}),
    ...(typeof given.headless === "boolean" ? { headless: given.headless } : {}),
    ...(given.selected === true ? { selected: true } : {}),
  };
}

/** Which sessions a command is for, and how its picker is titled. */
export interface SessionWish {
  title: string;
  /** Live ones if left out. */
  filter?: (ref: SessionRef) => boolean;
  /** Takes the only one without asking; for what harms nothing. */
  takeOnly?: boolean;
}

/** The session that a command is for: the item's, the selected one, the only one, or one that is picked. */
export async function sessionFor(
  context: CommandContext,
  argument: unknown,
  wish: SessionWish,
): Promise<SessionRef | undefined> {
  const node = nodeOf(argument);
  if (node && node.kind !== "root") {
    const ref = context.tree.refOf(node);
    if (!ref)
      throw new LibrettoError(
        "NoSuchSession",
        vscode.l10n.t('Session "{0}" is gone.', node.session),
        vscode.l10n.t("Choose another one in the sidebar."),
      );
    return ref;
  }
  const { session, root: folder } = argumentsOf(argument);
  if (session !== undefined) {
    const ref = context.model
      .all()
      .find(({ record, root }) => record.name === session && (folder === undefined || root.workspace.root === folder));
    if (!ref)
      throw new LibrettoError(
        "NoSuchSession",
        vscode.l10n.t('There is no session "{0}".', session),
        vscode.l10n.t("Choose another one in the sidebar."),
      );
    return ref;
  }
  const filter = wish.filter ?? (({ record }) => isLive(record));
  const candidates = context.model.all().filter(filter);
  const [only] = candidates;
  if (only && candidates.length === 1 && wish.takeOnly) return only;
  if (!only)
    throw new LibrettoError(
      "NoSuchSession",
      vscode.l10n.t("There is no session for this."),
      vscode.l10n.t("Open one first: Libretto: Open Session…"),
    );
  return (
    await vscode.window.showQuickPick(sessionPicks(context.model, candidates), {
      title: wish.title,
      placeHolder: vscode.l10n.t("Choose a session"),
      matchOnDescription: true,
    })
  )?.ref;
}

/** Sessions as lines of a picker. */
export function sessionPicks(
  model: SessionsModel,
  refs: readonly SessionRef[],
): (vscode.QuickPickItem & { ref: SessionRef })[] {
  return refs.map((ref) => {
    const look = presentSession(ref.record, vscode.l10n.t);
    const folder = model.roots.length > 1 ? ` · ${ref.root.label}` : "";
    return {
      label: `$(${look.icon}) ${look.label}`,
      description: `${look.badge ? `${look.badge} · ` : ""}${look.description}${folder}`,
      ref,
    };
  });
}

/** The tree item that a menu handed over, or that a key was pressed on. */
export function nodeOf(argument: unknown): TreeNode | undefined {
  return isTreeNode(argument) ? argument : undefined;
}

/** The folder that a new session belongs to: the item's, the only one, the editor's, or one that is picked. */
export async function rootFor(
  context: CommandContext,
  argument: unknown,
  title: string,
): Promise<WorkspaceRoot | undefined> {
  const node = nodeOf(argument);
  if (node) return node.root;
  const { roots } = context.model;
  const [only] = roots;
  if (!only)
    throw new LibrettoError(
      "Usage",
      vscode.l10n.t("Sessions belong to a folder, and none is open."),
      vscode.l10n.t("Open a folder first: File, Open Folder."),
    );
  if (roots.length === 1) return only;
  const picked = await vscode.window.showQuickPick(
    roots.map((root) => ({ label: `$(root-folder) ${root.label}`, description: root.workspace.root, root })),
    { title, placeHolder: vscode.l10n.t("Choose the folder that the session belongs to") },
  );
  return picked?.root;
}

/** Refuses what needs trust. Menus hide it already; keys and other extensions do not. */
export function needTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new LibrettoError(
      "Usage",
      vscode.l10n.t("This workspace is not trusted."),
      vscode.l10n.t("Trust it to open browsers and run code: Workspaces: Manage Workspace Trust."),
    );
}

/** How long something may take before its progress is shown, in ms; what is quicker than that only flickers. */
const timeoutMs = 300;

/**
 * Waits for something, with a progress where it takes long.
 * @param options.cancellable false for work that cannot be stopped half-way: a button that does nothing would lie
 */
export async function withProgress<T>(
  title: string,
  work: (signal: AbortSignal, report: (message: string) => void) => Promise<T>,
  { cancellable = true } = {},
): Promise<T> {
  const abort = new AbortController();
  let report: (message: string) => void = () => undefined;
  const result = work(abort.signal, (message) => report(message));
  const settled = result.then(
    () => undefined,
    () => undefined,
  );
  const timer = setTimeout(() => {
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable },
      (progress, token) => {
        report = (message) => progress.report({ message });
        token.onCancellationRequested(() => abort.abort());
        return settled;
      },
    );
  }, timeoutMs);
  try {
    return await result;
  } finally {
    clearTimeout(timer);
  }
}

/** Asks before harm, with a modal dialog whose one button does it. */
export async function confirm(message: string, detail: string, action: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, action)) === action;
}

/**
 * Tells what went wrong and offers what mends it. What the user cancelled is no failure.
 * @param mends what is offered; what mends failures of that kind in general if left out
 */
export async function showFailure(thrown: unknown, mends?: vscode.Command): Promise<void> {
  const error = LibrettoError.from(thrown);
  if (error.code === "Interrupted") return;
  const remedy = mends ?? remedies[error.code]?.(error);
  const choice = await vscode.window.showErrorMessage(
    `${error.message} ${error.hint}`,
    ...(remedy ? [remedy.title] : []),
  );
  if (remedy && choice === remedy.title)
    await vscode.commands.executeCommand(remedy.command, ...((remedy.arguments ?? []) as unknown[]));
}

const remedies: Partial<Record<LibrettoError["code"], (error: LibrettoError) => vscode.Command | undefined>> = {
  BrowserNotFound: () => ({ title: vscode.l10n.t("Install Browser"), command: CommandId.setup }),
  NoSuchSession: () => ({ title: vscode.l10n.t("Open Session…"), command: CommandId.open }),
  SessionEnded: () => ({ title: vscode.l10n.t("Open Session…"), command: CommandId.open }),
  BrokenConfig: () => ({ title: vscode.l10n.t("Open config.json"), command: CommandId.openConfig }),
  // Where nobody may be asked, as for a session that is locked permanently, there is nothing to give.
  RefusedByMode: ({ askHint }) =>
    askHint === undefined
      ? undefined
      : { title: vscode.l10n.t("Give Write Access…"), command: CommandId.giveWriteAccess },
};
