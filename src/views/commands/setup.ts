/** Install a browser where none was found; the installers are heard in the output. */
import * as vscode from "vscode";
import { setup as installBrowser } from "../../sessions/operations/setup.js";
import { type CommandContext, confirm, needTrust, withProgress } from "./command.js";

const { t } = vscode.l10n;

export async function setup(context: CommandContext): Promise<void> {
  needTrust();
  const env = context.model.env;
  const heard =
    (report: (message: string) => void) =>
    (text: string): void => {
      context.output.append(text);
      const line = text.trim().split(/\r|\n/).at(-1);
      if (line) report(line.slice(0, 80));
    };
  let result = await withProgress(t("Looking for a browser …"), (signal, report) =>
    installBrowser({ env }, {}, heard(report), signal),
  );
  if (result.how === "present") {
    const again = await confirm(
      t("A browser is installed already."),
      result.browsers.map(({ path, source }) => `${path} (${source})`).join("\n"),
      t("Install Another"),
    );
    if (!again) return;
    context.output.show(true);
    result = await withProgress(t("Installing a browser …"), (signal, report) =>
      installBrowser({ env }, { force: true }, heard(report), signal),
    );
  }
  await context.keys.lookForBrowser();
  void vscode.window.showInformationMessage(t("The browser is installed: {0}", result.browsers[0]?.path ?? ""));
}
