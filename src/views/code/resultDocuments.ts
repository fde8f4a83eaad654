/** Results of code as read-only documents beside the editor: one a run, the oldest forgotten. */
import * as vscode from "vscode";
import type { CodeResult } from "../../sessions/ipc/protocol.js";
import { Scheme, type Settings } from "../contributions.js";

/** What a run of code or of a workflow gave. */
export type ShownResult = Pick<CodeResult, "session" | "kind" | "text">;

export class ResultDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registration: vscode.Disposable;
  #runs = 0;

  constructor() {
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(Scheme.result, this);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#texts.clear();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? vscode.l10n.t("This result is no longer kept. Run the code again.");
  }

  /**
   * Shows a result beside, without taking the focus. An undefined value has no document.
   * @param beside the column of what asked; the active one if left out
   */
  async show(result: ShownResult, beside?: vscode.ViewColumn): Promise<void> {
    if (result.kind === "undefined") return;
    const uri = this.#keep(result);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, result.kind === "json" ? "json" : languageOf(result.text));
    // Where earlier results stand, unless that is where the code stands now.
    const column = vscode.window.tabGroups.all.find(
      (group) =>
        (beside === undefined ? !group.isActive : group.viewColumn !== beside) &&
        group.tabs.some((tab) => tab.input instanceof vscode.TabInputText && tab.input.uri.scheme === Scheme.result),
    )?.viewColumn;
    await vscode.window.showTextDocument(document, {
      viewColumn: column ?? (beside === undefined ? vscode.ViewColumn.Beside : beside + 1),
      preserveFocus: true,
      preview: true,
    });
  }

  #keep(result: ShownResult): vscode.Uri {
    // The number is part of the path: a shown result never changes under the reader's eyes.
    const path = `/${result.session} ${++this.#runs}.${result.kind === "json" ? "json" : "txt"}`;
    this.#texts.set(path, result.text);
    const maximum = vscode.workspace
      .getConfiguration()
      .get<number>("libretto.results.maximum" satisfies keyof Settings, 20);
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= maximum) break;
      this.#texts.delete(oldest);
    }
    return vscode.Uri.from({ scheme: Scheme.result, path });
  }
}

/** A page's content comes as a string too: colour it if it is plainly markup. */
function languageOf(text: string): string {
  return /^\s*<(!doctype|html|[a-z]+[\s>])/i.test(text) ? "html" : "plaintext";
}
