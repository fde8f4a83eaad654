/** Runs workflows and shows what comes of them: the log live in the output, the result beside, the session of a failed one. */
import path from "node:path";
import * as vscode from "vscode";
import { LibrettoError } from "../../sessions/util/errors.js";
import type { RunListener, RunOptions, RunOutcome } from "../../sessions/operations/run.js";
import type { SessionRef, SessionsModel, WorkspaceRoot } from "../model.js";
import type { SessionsTree } from "../tree/sessionsTree.js";
import { consoleInto } from "./consoleOutput.js";
import type { ResultDocuments } from "./resultDocuments.js";
import type { WorkflowProblems } from "./workflowProblems.js";

const { t } = vscode.l10n;

/** Loaded when a workflow is run: all of `open` and `connect` comes with it, which the activation must not pay for. */
const runVerb = async () => import("../../sessions/operations/run.js");

/** How a run is watched: a signal that ends it, and where its notices go. */
export interface RunWatch {
  signal: AbortSignal;
  report: (message: string) => void;
}

export class WorkflowRunner {
  /** Parameters by file, as they were typed; in memory alone, since they may hold a password. */
  readonly #inputs = new Map<string, string>();

  /** Sessions whose run is watched from here: its outcome is shown there. */
  readonly #watched = new Set<string>();

  constructor(
    private readonly model: SessionsModel,
    private readonly tree: SessionsTree,
    private readonly problems: WorkflowProblems,
    private readonly results: ResultDocuments,
    private readonly output: vscode.OutputChannel,
  ) {}

  /** The parameters with which a workflow was last run from this window, as JSON. */
  lastInput(file: string): string | undefined {
    return this.#inputs.get(file);
  }

  keepInput(file: string, json: string): void {
    this.#inputs.set(file, json);
  }

  /** Tells of a file that cannot be loaded, at its line. */
  tellBroken(file: string, error: LibrettoError): Promise<void> {
    return this.problems.report(file, error);
  }

  /** Runs a workflow in a session of its own. @throws what is not the workflow's own failure */
  run(root: WorkspaceRoot, options: RunOptions, watch: RunWatch): Promise<void> {
    return this.#watch(root, options.file, options.session, watch, async (listener) =>
      (await runVerb()).run(root.context, options, listener, watch.signal),
    );
  }

  /** Runs a session's last workflow again, there. @throws `Failed` where the session's host no longer knows it, and what is not the workflow's own failure */
  again({ root, record }: SessionRef, file: string, watch: RunWatch): Promise<void> {
    return this.#watch(root, file, record.name, watch, async (listener) =>
      (await runVerb()).runAgain(root.context, { session: record.name }, listener, watch.signal),
    );
  }

  /** Lets a paused workflow go on, with `step` to its next call of Playwright, and watches it unless that is done already. */
  async resume({ root, record }: SessionRef, watch: RunWatch, step = false): Promise<void> {
    const { resume } = await import("../../sessions/operations/resume.js");
    if (this.#watched.has(keyOf(root, record.name))) {
      await resume(root.context, { session: record.name, step });
      return;
    }
    const file = record.state?.workflow?.file ?? "";
    await this.#watch(root, file, record.name, watch, async (listener) => {
      const { outcome } = await resume(
        root.context,
        { session: record.name, until: "end", step },
        listener,
        watch.signal,
      );
      if (!outcome) throw new LibrettoError("Failed", t("The workflow ended meanwhile."), t("Look at its log."));
      return outcome;
    });
  }

  async #watch(
    root: WorkspaceRoot,
    file: string,
    session: string | undefined,
    { report }: RunWatch,
    begin: (listener: RunListener) => Promise<RunOutcome>,
  ): Promise<void> {
    let name = session ?? path.basename(file);
    let isOpen = session !== undefined;
    if (session !== undefined) this.#watched.add(keyOf(root, session));
    const heard = consoleInto(this.output, () => name);
    const listener: RunListener = {
      opened: ({ session: opened }, warnings) => {
        name = opened;
        this.#watched.add(keyOf(root, opened));
        isOpen = true;
        report(t("in session {0}", opened));
        root.refresh();
        for (const warning of warnings) void vscode.window.showWarningMessage(warning);
      },
      console: heard.console,
      notice: (message) => {
        heard.notice(message);
        report(message.text.split(". ")[0] ?? "");
      },
      debugger: ({ url }) => void this.#attachDebugger(root, file, name, url),
    };
    try {
      const outcome = await begin(listener);
      this.problems.clear(file);
      root.refresh();
      await this.results.show(outcome);
      vscode.window.setStatusBarMessage(
        outcome.closed
          ? t("{0} is done.", outcome.workflow)
          : t("{0} is done; session {1} stays open.", outcome.workflow, outcome.session),
        5_000,
      );
    } catch (thrown) {
      const error = LibrettoError.from(thrown);
      root.refresh();
      if (error.code === "Interrupted")
        return void vscode.window.setStatusBarMessage(
          isOpen
            ? t("{0} was stopped; session {1} stays open.", path.basename(file), name)
            : t("{0} was stopped before it began.", path.basename(file)),
          5_000,
        );
      if (error.code === "CodeFailed") await this.problems.report(file, error);
      if (error.code !== "WorkflowFailed") throw error;
      void this.#offer(root, name, error);
    } finally {
      this.#watched.delete(keyOf(root, name));
    }
  }

  /** Where no debugger attaches, the workflow would wait for one for good. */
  async #attachDebugger(root: WorkspaceRoot, file: string, session: string, url: string): Promise<void> {
    try {
      await (await import("./workflowDebugger.js")).attachDebugger(file, url);
    } catch (thrown) {
      const { message, hint } = LibrettoError.from(thrown);
      void vscode.window.showErrorMessage(`${message} ${hint}`);
      const { stop } = await import("../../sessions/operations/stop.js");
      // It may have been ended meanwhile.
      await stop(root.context, { session }).catch(() => undefined);
    }
  }

  /** A failed workflow leaves its session open, to look around in. */
  async #offer(root: WorkspaceRoot, session: string, error: LibrettoError): Promise<void> {
    const { place } = error;
    const [show, go] = [t("Show Session"), t("Go to Line")];
    const choice = await vscode.window.showErrorMessage(
      t("The workflow failed; session {0} is open where it failed. {1}", session, error.message),
      show,
      ...(place ? [go] : []),
    );
    const ref = this.model.find(root.workspace.root, session);
    if (choice === show && ref) await this.tree.reveal(ref, { focus: true });
    if (choice !== go || !place) return;
    const at = new vscode.Position(place.line - 1, place.column - 1);
    await vscode.window.showTextDocument(vscode.Uri.file(place.file), { selection: new vscode.Range(at, at) });
  }
}

function keyOf({ workspace }: WorkspaceRoot, session: string): string {
  return `${workspace.root}\0${session}`;
}
