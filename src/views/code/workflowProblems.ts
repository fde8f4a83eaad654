/**
 * Failures of workflows as problems at their line. They follow the sessions on record, so that a run in a
 * terminal is reported as one from here. A workflow has one problem at most: that of its last run.
 */
import { statSync } from "node:fs";
import * as vscode from "vscode";
import type { CodePlace, ErrorData } from "../../sessions/util/errors.js";
import type { RegisteredSession } from "../../sessions/operations/registry.js";
import type { SessionsModel } from "../model.js";
import { problemAt } from "./diagnostics.js";

export class WorkflowProblems implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection("libretto-workflows");
  /** By the workflow's file; a problem may lie in a file that it imports. */
  readonly #problems = new Map<string, { uri: vscode.Uri; problem: vscode.Diagnostic }>();
  /** By session, what was last seen of its workflow: a record changes for many other reasons. */
  readonly #seen = new Map<string, string>();
  readonly #subscriptions: vscode.Disposable[];

  constructor(model: SessionsModel) {
    const look = (): void => model.all().forEach(({ root, record }) => this.#follow(root.workspace.root, record));
    this.#subscriptions = [
      this.#collection,
      model.onDidChangeRoots(look),
      vscode.workspace.onDidGrantWorkspaceTrust(look),
      model.onDidChange(({ root, added, changed }) =>
        [...added, ...changed].forEach((record) => this.#follow(root.workspace.root, record)),
      ),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#drop(({ uri }) => uri.fsPath === document.uri.fsPath);
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** A workflow runs again, or ran well: what was said of an earlier run is over. @param file its path */
  clear(file: string): void {
    this.#drop((_, workflow) => workflow === keyOf(file));
  }

  /** Tells of a failure of which no session on record does. @param file the workflow's path */
  async report(file: string, { code, message, hint, place }: ErrorData): Promise<void> {
    if (place) await this.#show(file, place, `${withoutPlace(message)}\n${hint}`, code);
  }

  #follow(root: string, { name, state }: RegisteredSession): void {
    const workflow = state?.workflow;
    // A record of a folder that is not trusted may name any file.
    if (!workflow || !vscode.workspace.isTrusted) return;
    const { file, running, failure } = workflow;
    const now = JSON.stringify([state.hostPid, running, state.status === "completed", failure?.at]);
    const session = JSON.stringify([root, name]);
    if (this.#seen.get(session) === now) return;
    this.#seen.set(session, now);
    if (running || state.status === "completed") this.clear(file);
    // A file that was changed since has another text in that place.
    if (failure && (statSync(failure.file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) <= Date.parse(failure.at))
      void this.#show(file, failure, withoutPlace(state.reason ?? ""), "WorkflowFailed");
  }

  async #show(
    file: string,
    { file: path, line, column }: CodePlace,
    message: string,
    code: ErrorData["code"],
  ): Promise<void> {
    const uri = vscode.Uri.file(path);
    const document = await vscode.workspace.openTextDocument(uri).then(
      (opened) => opened,
      () => undefined,
    );
    if (!document) return;
    this.clear(file);
    this.#problems.set(keyOf(file), {
      uri,
      problem: problemAt(document, document.validatePosition(new vscode.Position(line - 1, column - 1)), message, code),
    });
    this.#draw(uri);
  }

  #drop(which: (problem: { uri: vscode.Uri }, workflow: string) => boolean): void {
    for (const [workflow, problem] of this.#problems) {
      if (!which(problem, workflow)) continue;
      this.#problems.delete(workflow);
      this.#draw(problem.uri);
    }
  }

  #draw(uri: vscode.Uri): void {
    const own = [...this.#problems.values()].filter((problem) => problem.uri.toString() === uri.toString());
    this.#collection.set(
      uri,
      own.map(({ problem }) => problem),
    );
  }
}

/** VS Code spells the drives of Windows in its own way. */
function keyOf(file: string): string {
  return vscode.Uri.file(file).fsPath;
}

/** A problem stands at its place: naming it again is of no use. */
function withoutPlace(message: string): string {
  return message.replace(/ \([^()\n]+:\d+:\d+\): .*$/, "");
}
