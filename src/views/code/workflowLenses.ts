/** Over `workflow(`: run it, or debug it; resume and stop it where it runs. */
import * as vscode from "vscode";
import { isAllowed } from "../../sessions/model/policy.js";
import { isLive } from "../../sessions/store/records.js";
import { CommandId } from "../contributions.js";
import type { SessionRef, SessionsModel } from "../model.js";
import { workflowPhase } from "../tree/presentation.js";
import { Lenses, withIcon } from "./codeLens.js";
import { workflowAt } from "./workflowAt.js";

const languages = ["typescript", "javascript", "typescriptreact", "javascriptreact"];

export class WorkflowLenses extends Lenses {
  constructor(private readonly model: SessionsModel) {
    super(
      languages.map((language) => ({ language, scheme: "file" })),
      (changed) => [
        model.onDidChange(({ added, changed: sessions, removed }) => {
          // Pages navigate all the time: only what has to do with a workflow can change a lens.
          if (removed.length > 0 || [...added, ...sessions].some(({ state }) => state?.workflow)) changed();
        }),
        // A window's sessions are known a moment after its editors are drawn.
        model.onDidChangeRoots(changed),
      ],
    );
  }

  protected override lensesOf(document: vscode.TextDocument): vscode.CodeLens[] {
    const line = workflowAt(document.getText());
    if (line === undefined) return [];
    const at = new vscode.Range(line, 0, line, 0);
    return [...this.#runs(document), ...this.#sessions(document)].map((command) => new vscode.CodeLens(at, command));
  }

  #runs({ uri }: vscode.TextDocument): vscode.Command[] {
    const { t } = vscode.l10n;
    return [
      {
        command: CommandId.run,
        title: withIcon("play", t("Run")),
        tooltip: t("Runs the workflow in a new session; asks for parameters if it needs some"),
        arguments: [{ file: uri.fsPath }],
      },
      {
        command: CommandId.debug,
        title: withIcon("debug-alt", t("Debug")),
        tooltip: t("Runs the workflow and stops it at breakpoints, in the files that it imports, too"),
        arguments: [{ file: uri.fsPath }],
      },
      {
        command: CommandId.run,
        title: t("Run with options …"),
        tooltip: t("Asks for parameters, access mode and window first"),
        arguments: [{ file: uri.fsPath, ask: true }],
      },
    ];
  }

  #sessions({ uri }: vscode.TextDocument): vscode.Command[] {
    const { t } = vscode.l10n;
    return this.model
      .all()
      .filter(
        ({ record }) =>
          isLive(record) && record.state?.workflow && vscode.Uri.file(record.state.workflow.file).fsPath === uri.fsPath,
      )
      .flatMap((ref: SessionRef): vscode.Command[] => {
        const { name, state } = ref.record;
        const node = [{ kind: "session", root: ref.root, session: name }];
        const stop: vscode.Command = {
          command: CommandId.stop,
          title: withIcon("debug-stop", t("Stop {0}", name)),
          tooltip: t("Ends the workflow; its session stays open"),
          arguments: node,
        };
        switch (workflowPhase(ref.record)) {
          case "paused":
            return [
              {
                command: CommandId.resume,
                title: withIcon("debug-continue", t("Resume {0}", name)),
                tooltip: state?.reason ?? "",
                arguments: node,
              },
              stop,
            ];
          case "running":
            return [stop];
          case "over":
            return state && isAllowed("run", state.mode)
              ? [
                  {
                    command: CommandId.runAgain,
                    title: withIcon("debug-rerun", t("Run again in {0}", name)),
                    tooltip: t("With the same parameters, in the session as it stands"),
                    arguments: node,
                  },
                ]
              : [];
          case undefined:
            return [];
        }
      });
  }
}
