/** Whether everything that is needed is here: a report as a document. */
import * as vscode from "vscode";
import { status as readStatus, type Status } from "../../sessions/operations/status.js";
import { CommandId } from "../contributions.js";
import { type CommandContext, rootFor } from "./command.js";

const { t } = vscode.l10n;

export async function status(context: CommandContext, argument: unknown): Promise<void> {
  const root = await rootFor(context, argument, t("Check Installation"));
  if (!root) return;
  const report = await readStatus(root.context);
  const install = t("Install Browser");
  const details = t("Details");
  const choice = report.ready
    ? await vscode.window.showInformationMessage(
        t("Libretto {0} is ready: {1}.", report.version, browserLine(report)),
        details,
      )
    : await vscode.window.showWarningMessage(
        report.workspace.config === "broken"
          ? t("Libretto cannot open sessions here: config.json is broken.")
          : t("Libretto cannot open sessions here: no browser was found."),
        ...(report.browsers.length === 0 ? [install, details] : [details]),
      );
  if (choice === install) await vscode.commands.executeCommand(CommandId.setup);
  if (choice === details) await showDetails(report);
}

function browserLine({ chosenBrowser }: Status): string {
  return chosenBrowser?.path ?? t("no browser");
}

async function showDetails(report: Status): Promise<void> {
  const document = await vscode.workspace.openTextDocument({
    language: "json",
    content: `${JSON.stringify(report, undefined, 2)}\n`,
  });
  await vscode.window.showTextDocument(document, { preview: true });
}
