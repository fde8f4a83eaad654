/** Run a workflow, or the one of a session again. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { decodeText } from "../../sessions/util/text.js";
import { defaults, readConfig } from "../../sessions/store/config.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import { isAllowed, refusal, type AccessMode } from "../../sessions/model/policy.js";
import { isLive } from "../../sessions/store/records.js";
import { hasDisplay, headlessAsSet } from "../../sessions/operations/open.js";
import { inspectWorkflow, type InspectedWorkflow } from "../../sessions/operations/inspectWorkflow.js";
import { workflowAt } from "../code/workflowAt.js";
import { askInSteps, type Step } from "../inputs/multiStep.js";
import { askMode, askWindow, optionsOf, type BrowserPlace } from "../inputs/sessionSteps.js";
import { askEnd, askInput } from "../inputs/workflowSteps.js";
import type { SessionRef, WorkspaceRoot } from "../model.js";
import { workflowPhase } from "../tree/presentation.js";
import {
  argumentsOf,
  type CommandArguments,
  type CommandContext,
  needTrust,
  rootFor,
  sessionFor,
  withProgress,
} from "./command.js";

const { t } = vscode.l10n;

/** What the steps gather. */
interface RunDraft extends BrowserPlace {
  input: unknown;
  json: string | undefined;
  mode: AccessMode;
  stayOpen: boolean;
}

interface FileRun extends CommandArguments {
  debug?: boolean;
}

/** From the palette everything is asked for; a file that is given is run with as few questions as can be. */
export async function run(context: CommandContext, argument: unknown): Promise<void> {
  const given = argumentsOf(argument);
  await chooseAndRun(context, argument, t("Run Workflow"), { ask: given.ask === true || given.file === undefined });
}

/** Runs a workflow with VS Code's debugger attached before its first line; asks for no more than it needs. */
export async function debug(context: CommandContext, argument: unknown): Promise<void> {
  await chooseAndRun(context, argument, t("Debug Workflow"), { debug: true });
}

async function chooseAndRun(
  context: CommandContext,
  argument: unknown,
  title: string,
  how: Pick<FileRun, "ask" | "debug">,
): Promise<void> {
  needTrust();
  const given = argumentsOf(argument);
  const file = given.file ?? (await chooseFile(title));
  if (file === undefined) return;
  const root = rootOfFile(context, file) ?? (await rootFor(context, argument, title));
  if (!root) return;
  await runFile(context, root, file, { ...given, ...how });
}

/** Runs what the session ran last: there, with the same parameters; in a new session of that name where it has ended. */
export async function runAgain(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const ref = await sessionFor(context, argument, {
    title: t("Run Workflow Again"),
    filter: ({ record }) => workflowPhase(record) === "over",
  });
  const { state, name } = ref?.record ?? {};
  if (!ref || !state?.workflow || name === undefined) return;
  const { file } = state.workflow;
  const live = isLive(ref.record);
  if (live && !isAllowed("run", state.mode)) throw refusal("run", state);
  await saveOpened(file);
  if (live && (await ranAgain(context, ref, file))) return;
  await runFile(context, ref.root, file, {
    session: name,
    ...(live ? {} : { mode: state.mode, headless: state.headless, sealed: state.sealed === true }),
  });
}

/** @returns false where the session's host no longer knows what ran */
async function ranAgain(context: CommandContext, ref: SessionRef, file: string): Promise<boolean> {
  try {
    await withProgress(runningTitle(file), (signal, report) => context.workflows.again(ref, file, { signal, report }));
    return true;
  } catch (thrown) {
    if (thrown instanceof LibrettoError && thrown.code === "Failed") return false;
    throw thrown;
  }
}

async function runFile(context: CommandContext, root: WorkspaceRoot, file: string, given: FileRun): Promise<void> {
  await saveOpened(file);
  const cwd = root.workspace.root;
  const last = context.workflows.lastInput(file);
  const inspect = (input: unknown, signal?: AbortSignal): Promise<InspectedWorkflow> =>
    inspectWorkflow({ file, cwd, input }, context.model.env, signal);
  const input = given.params ?? (last === undefined ? undefined : (JSON.parse(last) as unknown));
  const found = await withProgress(t("Reading {0} …", path.basename(file)), (signal) => inspect(input, signal)).catch(
    async (thrown: unknown) => {
      const error = LibrettoError.from(thrown);
      await context.workflows.tellBroken(file, error);
      throw error;
    },
  );
  const asksInput =
    found.takesInput && given.params === undefined && (given.ask === true || found.problem !== undefined);
  if (given.params !== undefined && found.problem !== undefined)
    throw new LibrettoError("Usage", found.problem, t("Correct the parameters that were given to the command."));
  const { config } = await readConfig(root.workspace);
  const display = hasDisplay(root.context);
  const steps: Step<RunDraft>[] = [
    ...(asksInput ? [askInput(found, last, inspect)] : []),
    ...(given.ask === true
      ? [
          askMode(t("May others change the page, during the run and after it?")),
          askWindow(display, config.grid?.url),
          askEnd(),
        ]
      : []),
  ];
  const mode = given.mode ?? config.sessionMode ?? defaults.sessionMode;
  const headless = headlessAsSet(root.context, given.headless) ?? config.headless ?? false;
  const draft = await askInSteps<RunDraft>(
    given.debug === true ? t("Debug {0}", found.name) : t("Run {0}", found.name),
    {
      input,
      json: undefined,
      mode,
      headless,
      sealed: given.sealed ?? config.sealed ?? false,
      grid: config.grid !== undefined,
      stayOpen: false,
    },
    steps,
  );
  if (!draft) return;
  if (draft.json !== undefined) context.workflows.keepInput(file, draft.json);
  const options = {
    file,
    cwd,
    input: draft.input,
    session: given.session,
    mode: draft.mode,
    ...optionsOf(draft, config.grid !== undefined),
    stayOpen: draft.stayOpen,
    ...(given.debug === true ? { debug: {} } : {}),
  };
  await withProgress(runningTitle(file), (signal, report) => context.workflows.run(root, options, { signal, report }));
}

function runningTitle(file: string): string {
  return t("Running {0}", path.basename(file));
}

/** The workflow runs from the disk: what is typed goes there first. */
async function saveOpened(file: string): Promise<void> {
  // Files beside the workflow or below it are likely to be its own.
  const isItsOwn = ({ uri }: vscode.TextDocument): boolean =>
    uri.scheme === "file" && uri.fsPath.startsWith(path.dirname(file) + path.sep);
  const unsaved = vscode.workspace.textDocuments.filter((document) => document.isDirty && isItsOwn(document));
  const saved = await Promise.all(unsaved.map((document) => document.save()));
  const [failed] = unsaved.filter((_, index) => saved[index] !== true);
  if (failed)
    throw new LibrettoError(
      "Failed",
      t("{0} could not be saved, so the workflow was not run.", path.basename(failed.uri.fsPath)),
      t("Save it, and run the workflow again."),
    );
}

/** The active editor's workflow, else one of the workspace. */
async function chooseFile(title: string): Promise<string | undefined> {
  const active = vscode.window.activeTextEditor?.document;
  if (active?.uri.scheme === "file" && workflowAt(active.getText()) !== undefined) return active.uri.fsPath;
  const found = await withProgress(t("Looking for workflows …"), () => findWorkflows());
  const browse = { label: `$(folder-opened) ${t("Browse…")}`, uri: undefined };
  const picks = found.map((uri) => ({
    label: `$(file-code) ${path.basename(uri.fsPath)}`,
    description: vscode.workspace.asRelativePath(uri),
    uri,
  }));
  const picked =
    picks.length === 0
      ? browse
      : await vscode.window.showQuickPick([...picks, browse], {
          title,
          placeHolder: t("Choose a workflow"),
          matchOnDescription: true,
        });
  if (!picked) return undefined;
  if (picked.uri) return picked.uri.fsPath;
  const chosen = await vscode.window.showOpenDialog({
    title,
    openLabel: t("Run"),
    filters: { TypeScript: ["ts", "mts", "cts", "tsx"], JavaScript: ["js", "mjs", "cjs", "jsx"] },
  });
  return chosen?.[0]?.fsPath;
}

/** Files that import from "libretto" and call `workflow(`, by path. */
async function findWorkflows(): Promise<vscode.Uri[]> {
  const uris = await vscode.workspace.findFiles(
    "**/*.{ts,mts,cts,tsx,js,mjs,cjs,jsx}",
    "**/{node_modules,dist,out,.libretto,.git}/**",
    5_000,
  );
  const holds = await Promise.all(
    uris.map(
      async ({ scheme, fsPath }) =>
        scheme === "file" && workflowAt(await readFile(fsPath).then(decodeText, () => "")) !== undefined,
    ),
  );
  return uris.filter((_, index) => holds[index]).sort((a, b) => a.fsPath.localeCompare(b.fsPath));
}

/** The root below which a file lies; the innermost of several. */
function rootOfFile(context: CommandContext, file: string): WorkspaceRoot | undefined {
  const holding = context.model.roots.filter(({ workspace }) => file.startsWith(workspace.root + path.sep));
  return holding.sort((a, b) => b.workspace.root.length - a.workspace.root.length)[0];
}
