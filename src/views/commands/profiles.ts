/** Delete a saved login. */
import * as vscode from "vscode";
import { profiles, removeProfile } from "../../sessions/operations/profiles.js";
import { type CommandContext, confirm, needTrust, rootFor } from "./command.js";

const { t } = vscode.l10n;

export async function deleteProfile(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const root = await rootFor(context, argument, t("Delete Profile"));
  if (!root) return;
  const saved = profiles(root.context);
  if (saved.length === 0) return void vscode.window.showInformationMessage(t("No profile is saved in this workspace."));
  const picks = saved.map(({ name, sites, savedAt, problem }) => ({
    label: `$(${problem === undefined ? "key" : "warning"}) ${name}`,
    description: sites.join(", "),
    detail: problem ?? t("saved {0}", new Date(savedAt).toLocaleString()),
    name,
  }));
  const picked = await vscode.window.showQuickPick(picks, {
    title: t("Delete Profile"),
    placeHolder: t("Choose a profile"),
    matchOnDescription: true,
  });
  if (
    !picked ||
    !(await confirm(
      t("Delete profile {0}?", picked.name),
      t("You will have to log in and save it again. Open sessions keep theirs."),
      t("Delete"),
    ))
  )
    return;
  removeProfile(root.context, picked.name);
  vscode.window.setStatusBarMessage(t("Profile {0} is deleted.", picked.name), 5_000);
}
