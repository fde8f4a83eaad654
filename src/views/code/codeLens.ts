/** Over each cell: which session it will run on, and how. */
import * as vscode from "vscode";
import { isAllowed } from "../../sessions/model/policy.js";
import { CommandId, type Settings } from "../contributions.js";
import { modeWords } from "../tree/presentation.js";
import { cellsOf } from "./codeAt.js";
import type { SessionChooser } from "./sessionChooser.js";

/** Languages whose documents may hold cells. */
const languages = ["libretto", "typescript", "javascript", "typescriptreact", "javascriptreact", "markdown"];

/** What a lens hands to the command. */
export interface LensArgument {
  uri: vscode.Uri;
  range: vscode.Range;
}

/** Lenses that the user may turn off, and that are asked for again when something they show has changed. */
export abstract class Lenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #change = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#change.event;
  readonly #subscriptions: vscode.Disposable[];

  /** @param watch subscribes `changed` to whatever the lenses show */
  protected constructor(selector: vscode.DocumentSelector, watch: (changed: () => void) => vscode.Disposable[]) {
    const changed = (): void => this.#change.fire();
    this.#subscriptions = [
      vscode.languages.registerCodeLensProvider(selector, this),
      ...watch(changed),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("libretto.codeLens.enabled" satisfies keyof Settings)) changed();
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions, this.#change).dispose();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    return lensesEnabled(document) ? this.lensesOf(document) : [];
  }

  protected abstract lensesOf(document: vscode.TextDocument): vscode.CodeLens[];
}

export class CellLenses extends Lenses {
  constructor(private readonly chooser: SessionChooser) {
    super(languages, (changed) => [chooser.onDidChange(changed)]);
  }

  protected override lensesOf(document: vscode.TextDocument): vscode.CodeLens[] {
    const cells = cellsOf(document.getText().split(/\r?\n/), document.languageId, document.fileName);
    return cells.flatMap((cell) => {
      const at = new vscode.Range(cell.line, 0, cell.line, 0);
      const range = new vscode.Range(cell.start.line, cell.start.character, cell.end.line, cell.end.character);
      return this.#commands({ uri: document.uri, range }).map((command) => new vscode.CodeLens(at, command));
    });
  }

  #commands(argument: LensArgument): vscode.Command[] {
    const { t } = vscode.l10n;
    const ref = this.chooser.current(argument.uri);
    const choose: vscode.Command = {
      command: CommandId.chooseSession,
      title: ref ? t("another session …") : withIcon("list-tree", t("Choose a session …")),
      arguments: [argument],
    };
    const mode = ref?.record.state?.mode;
    if (!ref || mode === undefined)
      return [choose, { command: CommandId.open, title: withIcon("add", t("Open a session …")) }];
    return [
      {
        command: CommandId.readonlyExec,
        title: withIcon("play", t("Read on {0} ({1})", ref.record.name, modeWords(mode, t))),
        tooltip: t("Runs as readonly-exec: it can look and change nothing"),
        arguments: [argument],
      },
      ...(isAllowed("exec", mode)
        ? [
            {
              command: CommandId.exec,
              title: withIcon("run-above", t("Run")),
              tooltip: t("Runs as exec: it can do anything to the page"),
              arguments: [argument],
            },
          ]
        : []),
      choose,
    ];
  }
}

/** Whether the setting and the workspace's trust allow lenses there. */
function lensesEnabled(document: vscode.TextDocument): boolean {
  return (
    vscode.workspace.isTrusted &&
    vscode.workspace
      .getConfiguration(undefined, document)
      .get<boolean>("libretto.codeLens.enabled" satisfies keyof Settings, true)
  );
}

/** With a space that does not break: VS Code drops a common one behind an icon. */
export function withIcon(icon: string, text: string): string {
  return `$(${icon})\u00a0${text}`;
}
