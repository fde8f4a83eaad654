/** Quick fixes at a call that was denied: ask a person for write access, or run it as `exec` where the session allows that. */
import * as vscode from "vscode";
import { isAllowed } from "../../sessions/model/policy.js";
import { isLive } from "../../sessions/store/records.js";
import { CommandId } from "../contributions.js";
import type { SessionsModel } from "../model.js";
import type { LensArgument } from "./codeLens.js";
import type { CodeDiagnostics } from "./diagnostics.js";

export class DenialFixes implements vscode.CodeActionProvider, vscode.Disposable {
  readonly #registration: vscode.Disposable;

  constructor(
    private readonly model: SessionsModel,
    private readonly diagnostics: CodeDiagnostics,
  ) {
    this.#registration = vscode.languages.registerCodeActionsProvider({ scheme: "*" }, this, {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    });
  }

  dispose(): void {
    this.#registration.dispose();
  }

  provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    const { t } = vscode.l10n;
    return this.diagnostics.denialsAt(document.uri, range).flatMap(({ session, code, problem }) => {
      const state = this.model.live().find(({ record }) => record.name === session && isLive(record))?.record.state;
      if (!state || state.locked) return [];
      const allowed = isAllowed("exec", state.mode);
      const action = new vscode.CodeAction(
        allowed ? t("Run with exec on {0}", session) : t("Request Write Access to {0}…", session),
        vscode.CodeActionKind.QuickFix,
      );
      const at: LensArgument = { uri: document.uri, range: code };
      action.command = {
        title: action.title,
        command: allowed ? CommandId.exec : CommandId.requestAccess,
        arguments: [allowed ? at : { session }],
      };
      action.diagnostics = diagnostics.filter((each) => each.range.isEqual(problem));
      return [action];
    });
  }
}
