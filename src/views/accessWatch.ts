/** Tells a person that somebody asks for write access (V10), and counts down where it was given for a time. */
import * as vscode from "vscode";
import { isLive } from "../sessions/store/records.js";
import { CommandId } from "./contributions.js";
import type { SessionRef, SessionsModel } from "./model.js";
import type { SessionsTree } from "./tree/sessionsTree.js";

const { t } = vscode.l10n;
/** How often a countdown is drawn, in ms. */
const tickMs = 15_000;

export class AccessWatch implements vscode.Disposable {
  /** Requests that a notification was shown for. */
  readonly #shown = new Set<string>();
  readonly #subscription: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly model: SessionsModel,
    private readonly tree: SessionsTree,
  ) {
    this.#subscription = vscode.Disposable.from(
      model.onDidChange(() => this.#look()),
      model.onDidChangeRoots(() => this.#look()),
    );
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#subscription.dispose();
  }

  #look(): void {
    if (!vscode.workspace.isTrusted) return;
    const live = this.model.live();
    for (const ref of live) this.#tell(ref);
    const counting = live.some(({ record }) => record.state?.grantedUntil !== undefined);
    if (!counting) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else this.#timer ??= setInterval(() => this.#draw(), tickMs);
  }

  #draw(): void {
    for (const ref of this.model.live()) if (ref.record.state?.grantedUntil !== undefined) this.tree.refresh(ref);
  }

  #tell({ root, record }: SessionRef): void {
    const request = record.state?.accessRequest;
    if (!request || !isLive(record)) return;
    const key = JSON.stringify([root.workspace.root, record.name, request.at]);
    if (this.#shown.has(key)) return;
    this.#shown.add(key);
    const review = t("Review…");
    // The reason is a program's word: plain text here, and cut, since a notification is no place to read.
    const words = plain(request.reason);
    const reason = words.length > 120 ? `${words.slice(0, 119)}…` : words;
    void vscode.window
      .showInformationMessage(
        t("{0} asks for write access to session {1}: {2}", plain(request.client), record.name, reason),
        review,
      )
      .then((choice) => {
        if (choice === review)
          void vscode.commands.executeCommand(CommandId.reviewAccessRequest, {
            session: record.name,
            root: root.workspace.root,
          });
      });
  }
}

/** A notification makes links of `[words](command:…)`: what a program says must not become a button. */
function plain(text: string): string {
  return text.replaceAll("](", "] (");
}
