/** End browsers whose session host is gone, of every workspace of this user. */
import * as vscode from "vscode";
import { gc as collect } from "../../sessions/operations/gc.js";
import { type CommandContext, confirm, needTrust, withProgress } from "./command.js";

const { t } = vscode.l10n;

export async function gc(context: CommandContext): Promise<void> {
  needTrust();
  const env = context.model.env;
  const due = await collect({ env }, { all: true, dryRun: true });
  if (due.length === 0)
    return void vscode.window.showInformationMessage(t("Nothing is left over: every browser has its session."));
  const detail = due.map(({ root, session }) => `${session} (${root})`).join("\n");
  if (
    !(await confirm(
      due.length === 1
        ? t("End 1 browser that no session holds any more?")
        : t("End {0} browsers that no session holds any more?", due.length),
      detail,
      t("End Them"),
    ))
  )
    return;
  const done = await withProgress(t("Ending browsers …"), () => collect({ env }, { all: true }), {
    cancellable: false,
  });
  vscode.window.setStatusBarMessage(
    done.length === 1 ? t("1 left-over session is cleared.") : t("{0} left-over sessions are cleared.", done.length),
    5_000,
  );
}
