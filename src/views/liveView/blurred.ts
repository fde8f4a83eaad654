/** Whether pictures of a session are blurred until one points at them: it holds a saved login, and the setting says so. */
import * as vscode from "vscode";
import type { Settings } from "../contributions.js";
import type { SessionRef } from "../model.js";

export function isBlurred(ref: SessionRef | undefined): boolean {
  if (ref?.record.state?.login === undefined) return false;
  return (
    vscode.workspace
      .getConfiguration(undefined, vscode.Uri.file(ref.root.workspace.root))
      .get<boolean>("libretto.liveView.blurLogins" satisfies keyof Settings) === true
  );
}

/** What stands over such a picture. */
export function blurredText(): string {
  return vscode.l10n.t("Blurred: the session holds a saved login. Point at the picture to see it.");
}
