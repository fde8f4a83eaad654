/** Names of sessions in a terminal's output are links to the sidebar. */
import * as vscode from "vscode";
import type { SessionRef, SessionsModel } from "../model.js";
import type { SessionsTree } from "../tree/sessionsTree.js";

interface SessionLink extends vscode.TerminalLink {
  ref: SessionRef;
}

export class SessionLinks implements vscode.TerminalLinkProvider<SessionLink>, vscode.Disposable {
  readonly #registration: vscode.Disposable;

  constructor(
    private readonly model: SessionsModel,
    private readonly tree: SessionsTree,
  ) {
    this.#registration = vscode.window.registerTerminalLinkProvider(this);
  }

  dispose(): void {
    this.#registration.dispose();
  }

  provideTerminalLinks({ line }: vscode.TerminalLinkContext): SessionLink[] {
    // A name that is an everyday word (`web`, `test`) would turn half the output into links: it has to stand
    // behind what prints names, or look like one.
    return wordsOf(line).flatMap(({ word, index }) => {
      const ref = this.model.all().find(({ record }) => record.name === word);
      const certain =
        /[-._\d]/.test(word) || /(--session[ =]|[Ss]ession "?)$/.test(line.slice(0, index)) || index === 0;
      return ref && certain
        ? [
            {
              startIndex: index,
              length: word.length,
              tooltip: vscode.l10n.t("Show session {0} in the sidebar", word),
              ref,
            },
          ]
        : [];
    });
  }

  async handleTerminalLink({ ref }: SessionLink): Promise<void> {
    await this.tree.reveal(ref, { focus: true });
  }
}

/** Words that the grammar of session names allows; a full stop at the end closes a sentence. */
function wordsOf(line: string): { word: string; index: number }[] {
  return [...line.matchAll(/[A-Za-z0-9][A-Za-z0-9._-]{0,63}/g)].map((match) => ({
    word: match[0].replace(/\.+$/, ""),
    index: match.index,
  }));
}
