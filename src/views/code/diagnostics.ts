/** Failures of code as problems at the line where they happened. */
import * as vscode from "vscode";
import type { ErrorCode, ErrorData } from "../../sessions/util/errors.js";
import { toDocument } from "./codeAt.js";

/** A call that was denied, with the code that holds it and the session that it ran on. */
export interface Denial {
  problem: vscode.Range;
  code: vscode.Range;
  session: string;
}

export class CodeDiagnostics implements vscode.Disposable {
  /** By document. Looked at only where their problems still stand. */
  readonly #denials = new Map<string, Denial[]>();
  readonly #collection = vscode.languages.createDiagnosticCollection("libretto");
  readonly #subscriptions = [
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) this.#collection.delete(document.uri);
    }),
    // What a closed file holds may change unseen, and one that was never saved is no more.
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      this.#collection.delete(uri);
      this.#denials.delete(uri.toString());
    }),
  ];

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#collection).dispose();
  }

  /** Removes the problems inside a range: it runs again. */
  clear(document: vscode.TextDocument, range: vscode.Range): void {
    const left = (this.#collection.get(document.uri) ?? []).filter((problem) => !range.intersection(problem.range));
    this.#collection.set(document.uri, left);
  }

  /** Puts a failure of the code in that range at its place; one without a place stands at the first line. */
  report(document: vscode.TextDocument, range: vscode.Range, error: ErrorData, session: string): void {
    const named = placeIn(error.message);
    const at = named ? document.validatePosition(new vscode.Position(...positionOf(range, named))) : range.start;
    const problem = problemAt(document, at, `${withoutPlace(error.message)}\n${error.hint}`, error.code);
    this.#collection.set(document.uri, [...(this.#collection.get(document.uri) ?? []), problem]);
    if (error.code !== "ReadonlyExecDenied") return;
    const denials = this.denialsAt(document.uri).filter(({ problem: other }) => !other.isEqual(problem.range));
    this.#denials.set(document.uri.toString(), [...denials, { problem: problem.range, code: range, session }]);
  }

  /** The calls that were denied there and still stand as problems. @param range all of the document if left out */
  denialsAt(uri: vscode.Uri, range?: vscode.Range): Denial[] {
    const problems = this.#collection.get(uri) ?? [];
    return (this.#denials.get(uri.toString()) ?? []).filter(
      ({ problem }) =>
        (range === undefined || range.intersection(problem) !== undefined) &&
        problems.some((each) => each.code === "ReadonlyExecDenied" && each.range.isEqual(problem)),
    );
  }
}

/** A failure at a position: it is drawn under the word there, or to the end of the line. */
export function problemAt(
  document: vscode.TextDocument,
  at: vscode.Position,
  message: string,
  code: ErrorCode,
): vscode.Diagnostic {
  const line = document.lineAt(at.line);
  const end = document.getWordRangeAtPosition(at)?.end ?? line.range.end;
  const problem = new vscode.Diagnostic(
    new vscode.Range(at, at.isBefore(end) ? end : line.range.end),
    message,
    vscode.DiagnosticSeverity.Error,
  );
  problem.source = "libretto";
  problem.code = code;
  return problem;
}

function positionOf(range: vscode.Range, place: { line: number; column: number }): [number, number] {
  const { line, character } = toDocument(range, place.line, place.column);
  return [line, character];
}

/** The place that an error of user code names, as in `… (line 2, column 7): the line`; counted from 1. */
function placeIn(message: string): { line: number; column: number } | undefined {
  const [, line, column] = place.exec(message) ?? [];
  return line === undefined ? undefined : { line: Number(line), column: Number(column ?? 1) };
}

/** A problem stands at its place: naming the place again, counted from the beginning of the piece, would mislead. */
function withoutPlace(message: string): string {
  return message.replace(place, "").trim();
}

const place = / ?\(line (\d+)(?:, column (\d+))?\)(?:: .*)?/;
