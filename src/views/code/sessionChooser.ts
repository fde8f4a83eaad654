/** Which session an editor's code runs on: the one chosen for it, else the only live one, else one that is asked for. */
import * as vscode from "vscode";
import { isLive } from "../../sessions/store/records.js";
import type { SessionRef, SessionsModel } from "../model.js";

interface Choice {
  root: string;
  session: string;
}

export class SessionChooser implements vscode.Disposable {
  readonly #change = new vscode.EventEmitter<void>();
  /** The answer for some editor may be another now. */
  readonly onDidChange = this.#change.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor(
    private readonly model: SessionsModel,
    private readonly memory: vscode.Memento,
  ) {
    this.#subscriptions = [
      model.onDidChange(() => this.#change.fire()),
      model.onDidChangeRoots(() => this.#change.fire()),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#change).dispose();
  }

  /** The session for a document, without asking; undefined if it is not clear or none is live. */
  current(uri: vscode.Uri): SessionRef | undefined {
    const choice = this.memory.get<Choice>(keyOf(uri));
    const chosen = choice && this.model.find(choice.root, choice.session);
    if (chosen && isLive(chosen.record)) return chosen;
    const near = this.#near(uri);
    return near.length === 1 ? near[0] : undefined;
  }

  async choose(uri: vscode.Uri, ref: SessionRef): Promise<void> {
    await this.memory.update(keyOf(uri), { root: ref.root.workspace.root, session: ref.record.name } satisfies Choice);
    this.#change.fire();
  }

  /** Live sessions of the document's own folder; of every folder where that one has none. */
  #near(uri: vscode.Uri): SessionRef[] {
    const live = this.model.live();
    const own = live.filter(
      ({ root }) =>
        uri.scheme === "file" &&
        (uri.fsPath === root.workspace.root ||
          uri.fsPath.startsWith(`${root.workspace.root}${uri.fsPath.includes("\\") ? "\\" : "/"}`)),
    );
    return own.length > 0 ? own : live;
  }
}

function keyOf(uri: vscode.Uri): string {
  return `sessionOf:${uri.toString()}`;
}
