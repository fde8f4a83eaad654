/** Inline marks at the end of code that runs or ran: that it runs, how long it took, that it failed. */
import * as vscode from "vscode";

type Kind = "running" | "done" | "failed";

interface Mark {
  uri: string;
  range: vscode.Range;
  kind: Kind;
  text: string;
}

export class RunMarks implements vscode.Disposable {
  readonly #types: Record<Kind, vscode.TextEditorDecorationType>;
  readonly #marks = new Set<Mark>();
  readonly #subscriptions: vscode.Disposable[];

  constructor() {
    const type = (color: string): vscode.TextEditorDecorationType =>
      vscode.window.createTextEditorDecorationType({
        after: { color: new vscode.ThemeColor(color), margin: "0 0 0 2em" },
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      });
    this.#types = {
      running: type("editorCodeLens.foreground"),
      done: type("editorCodeLens.foreground"),
      failed: type("editorError.foreground"),
    };
    this.#subscriptions = [
      vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach((editor) => this.#draw(editor))),
      vscode.workspace.onDidChangeTextDocument((event) => this.#edited(event)),
      vscode.workspace.onDidCloseTextDocument((document) =>
        this.#forget((mark) => mark.uri === document.uri.toString()),
      ),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, ...Object.values(this.#types)).dispose();
  }

  /** Marks a range as running; call the returned function with how it ended. */
  begin(
    document: vscode.TextDocument,
    range: vscode.Range,
    session: string,
  ): (kind: "done" | "failed", text: string) => void {
    const uri = document.uri.toString();
    this.#forget((mark) => mark.uri === uri && mark.range.intersection(range) !== undefined);
    const mark: Mark = { uri, range, kind: "running", text: vscode.l10n.t("running on {0} …", session) };
    this.#marks.add(mark);
    this.#drawAll(uri);
    return (kind, text) => {
      if (!this.#marks.has(mark)) return;
      mark.kind = kind;
      mark.text = text;
      this.#drawAll(uri);
    };
  }

  #edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0) return;
    const uri = document.uri.toString();
    // What stands beside changed code would tell of code that is no more; what runs is still shown.
    this.#forget(
      (mark) =>
        mark.uri === uri &&
        mark.kind !== "running" &&
        contentChanges.some((change) => change.range.start.line <= mark.range.end.line),
    );
  }

  #forget(which: (mark: Mark) => boolean): void {
    const touched = new Set<string>();
    for (const mark of this.#marks) {
      if (!which(mark)) continue;
      this.#marks.delete(mark);
      touched.add(mark.uri);
    }
    touched.forEach((uri) => this.#drawAll(uri));
  }

  #drawAll(uri: string): void {
    vscode.window.visibleTextEditors
      .filter((editor) => editor.document.uri.toString() === uri)
      .forEach((editor) => this.#draw(editor));
  }

  #draw(editor: vscode.TextEditor): void {
    const uri = editor.document.uri.toString();
    const sign: Record<Kind, string> = { running: "⟳", done: "✓", failed: "✗" };
    for (const kind of ["running", "done", "failed"] as const) {
      const options = [...this.#marks]
        .filter((mark) => mark.uri === uri && mark.kind === kind)
        .map((mark) => ({
          range: placeOf(editor.document, mark.range),
          renderOptions: { after: { contentText: `${sign[kind]} ${mark.text}` } },
        }));
      editor.setDecorations(this.#types[kind], options);
    }
  }
}

/** Behind the last line of the code: a selection of whole lines ends at the beginning of the line after it. */
function placeOf(document: vscode.TextDocument, { start, end }: vscode.Range): vscode.Range {
  const line = document.validatePosition(end.character === 0 && end.line > start.line ? end.translate(-1) : end).line;
  const behind = document.lineAt(line).range.end;
  return new vscode.Range(behind, behind);
}
