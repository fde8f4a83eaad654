/** Bodies and rows of a log as read-only documents, so that they can be searched, folded and compared. */
import * as vscode from "vscode";
import { Scheme } from "../contributions.js";
import type { RowDocument } from "./rowDetail.js";

export class RowDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registrations: vscode.Disposable;
  #opened = 0;

  constructor() {
    this.#registrations = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(Scheme.logRow, this),
      // VS Code keeps the text while the document is open; it is kept here for no longer.
      vscode.workspace.onDidCloseTextDocument((document) => this.#texts.delete(document.uri.path)),
    );
  }

  dispose(): void {
    this.#registrations.dispose();
    this.#texts.clear();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? vscode.l10n.t("This text is no longer kept. Open it again from the log.");
  }

  async show(session: string, { name, text, language }: RowDocument): Promise<void> {
    const uri = vscode.Uri.from({ scheme: Scheme.logRow, path: `/${session} ${++this.#opened}/${name}` });
    this.#texts.set(uri.path, text);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, language);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  }
}
