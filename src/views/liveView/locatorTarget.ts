/** Where a picked locator goes: into the editor that was worked in last, at its cursor, or on the clipboard. */
import path from "node:path";
import * as vscode from "vscode";

export class LocatorTarget implements vscode.Disposable {
  #last = vscode.window.activeTextEditor;
  readonly #subscription = vscode.window.onDidChangeActiveTextEditor((editor) => {
    // There is none while a webview is in front.
    if (editor) this.#last = editor;
  });

  dispose(): void {
    this.#subscription.dispose();
  }

  /** @param locator without `page.` @returns where it is now, for people */
  async put(locator: string): Promise<string> {
    const editor = this.#last;
    const isShown = editor !== undefined && vscode.window.visibleTextEditors.includes(editor);
    if (isShown && writable.has(editor.document.uri.scheme)) {
      const done = await editor.edit((edit) => {
        for (const selection of editor.selections) {
          const line = editor.document.lineAt(selection.start.line).text.slice(0, selection.start.character);
          edit.replace(selection, /\bpage\.$/.test(line) ? locator : `page.${locator}`);
        }
      });
      if (done) return vscode.l10n.t("put into {0}", path.posix.basename(editor.document.uri.path));
    }
    return this.copy(locator);
  }

  async copy(locator: string): Promise<string> {
    await vscode.env.clipboard.writeText(`page.${locator}`);
    return vscode.l10n.t("copied to the clipboard");
  }
}

/** Documents that one can write in. */
const writable = new Set(["file", "untitled", "vscode-remote", "vscode-notebook-cell"]);
