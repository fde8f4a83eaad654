/** The `RO` and `RW` badges of the tree: decorations on a scheme that nothing else uses. */
import * as vscode from "vscode";
import { Scheme } from "../contributions.js";
import type { SessionsModel, WorkspaceRoot } from "../model.js";
import { accessWords, presentSession } from "./presentation.js";

/** The address under which a session is decorated; the folder is its root, so that names may repeat. */
export function sessionUri(root: WorkspaceRoot, session: string): vscode.Uri {
  return vscode.Uri.from({ scheme: Scheme.session, path: `/${session}`, query: root.workspace.root });
}

export class SessionDecorations implements vscode.FileDecorationProvider, vscode.Disposable {
  readonly #change = new vscode.EventEmitter<vscode.Uri[]>();
  readonly onDidChangeFileDecorations = this.#change.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly model: SessionsModel) {
    this.#subscriptions = [
      vscode.window.registerFileDecorationProvider(this),
      model.onDidChange(({ root, added, changed }) =>
        this.#change.fire([...added, ...changed].map((record) => sessionUri(root, record.name))),
      ),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#change).dispose();
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== Scheme.session) return undefined;
    const found = this.model.find(uri.query, uri.path.slice(1));
    if (!found) return undefined;
    const { badge, color } = presentSession(found.record, vscode.l10n.t);
    const { state } = found.record;
    if (badge === undefined || state === undefined) return undefined;
    return new vscode.FileDecoration(badge, accessWords(state, vscode.l10n.t).join(", "), new vscode.ThemeColor(color));
  }
}
