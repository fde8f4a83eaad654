/** Open a session: address, name, mode and window in steps, then the browser. */
import * as vscode from "vscode";
import { defaults, readConfig } from "../../sessions/store/config.js";
import { hasDisplay, headlessAsSet, open as openSession, type OpenOptions } from "../../sessions/operations/open.js";
import type { AccessMode } from "../../sessions/model/policy.js";
import { profiles } from "../../sessions/operations/profiles.js";
import { AddressHistory } from "../inputs/addressHistory.js";
import {
  askAddress,
  askLogin,
  askMode,
  askName,
  askWindow,
  optionsOf,
  type OfferedLogin,
} from "../inputs/sessionSteps.js";
import { askInSteps } from "../inputs/multiStep.js";
import type { SessionRef, WorkspaceRoot } from "../model.js";
import { argumentsOf, type CommandContext, needTrust, rootFor, sessionFor, withProgress } from "./command.js";

/** What the steps gather. */
export interface OpenDraft {
  url: string | undefined;
  name: string;
  mode: AccessMode;
  headless: boolean;
  sealed: boolean;
  /** On the Grid of the configuration. */
  grid: boolean;
  login: OfferedLogin;
}

export async function open(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const root = await rootFor(context, argument, vscode.l10n.t("Open Session"));
  if (!root) return;
  const { url, session, mode, headless, sealed } = argumentsOf(argument);
  if (url === undefined) return askAndOpen(context, root, {});
  const opened = await openWithProgress(root, { url, session, mode, headless, sealed });
  await announceOpen(context, root, opened.state.session, opened.warnings);
}

/** Opens an ended session again, under its name, with its last address and mode offered. */
export async function openAgain(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const ref = await sessionFor(context, argument, {
    title: vscode.l10n.t("Open Again"),
    filter: ({ record }) => record.liveness === "ended" || record.liveness === "closed",
  });
  if (!ref) return;
  const { state } = ref.record;
  await askAndOpen(context, ref.root, {
    name: ref.record.name,
    ...(state ? { url: state.url, mode: state.mode, headless: state.headless, sealed: state.sealed === true } : {}),
  });
}

async function askAndOpen(context: CommandContext, root: WorkspaceRoot, offered: Partial<OpenDraft>): Promise<void> {
  const { config } = await readConfig(root.workspace);
  const display = hasDisplay(root.context);
  const history = new AddressHistory(context.memory);
  const saved = profiles(root.context).filter(({ problem }) => problem === undefined);
  const draft = await askInSteps<OpenDraft>(
    vscode.l10n.t("Open Session"),
    {
      url: offered.url,
      name: offered.name ?? "",
      mode: offered.mode ?? config.sessionMode ?? defaults.sessionMode,
      login: {},
      sealed: offered.sealed ?? config.sealed ?? false,
      grid: config.grid !== undefined,
      headless: !display || (headlessAsSet(root.context, offered.headless) ?? config.headless ?? false),
    },
    [
      askAddress(root, history),
      askName(root),
      askMode(vscode.l10n.t("May code change the page?")),
      askWindow(display, config.grid?.url),
      ...(saved.length > 0 ? [askLogin(saved)] : []),
    ],
  );
  if (!draft) return;
  const opened = await openWithProgress(root, {
    url: draft.url,
    session: draft.name,
    mode: draft.mode,
    ...optionsOf(draft, config.grid !== undefined),
    authProfile: draft.login.authProfile,
  });
  if (draft.url !== undefined) await history.add(draft.url);
  await announceOpen(context, root, opened.state.session, opened.warnings);
}

async function openWithProgress(root: WorkspaceRoot, options: OpenOptions): ReturnType<typeof openSession> {
  const { t } = vscode.l10n;
  const title =
    options.session === undefined ? t("Opening {0} …", options.url ?? "") : t("Opening {0} …", options.session);
  const { config } = await readConfig(root.workspace);
  const onGrid = config.grid !== undefined && options.grid !== "none";
  // A Grid has no window for us.
  const headless = onGrid ? options.headless : headlessAsSet(root.context, options.headless);
  return withProgress(title, (signal, report) =>
    openSession(root.context, { ...options, headless, cwd: root.workspace.root, onWaiting: report }, signal),
  );
}

/** Shows the new session in the sidebar, and what the core warned of. */
export async function announceOpen(
  context: CommandContext,
  root: WorkspaceRoot,
  session: string,
  warnings: readonly string[],
): Promise<void> {
  for (const warning of warnings) void vscode.window.showWarningMessage(warning);
  vscode.window.setStatusBarMessage(vscode.l10n.t("Session {0} is open.", session), 5_000);
  const ref: SessionRef | undefined = await context.model.untilKnown(root, session);
  if (ref && context.tree.view.visible) await context.tree.reveal(ref, { focus: false });
}
