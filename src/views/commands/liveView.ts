/** Show a page as it is now, in an editor tab; or all sessions, as small pictures. */
import * as vscode from "vscode";
import { argumentsOf, type CommandContext, needTrust, nodeOf, sessionFor } from "./command.js";

export async function openLiveView(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const ref = await sessionFor(context, argument, { title: vscode.l10n.t("Open Live View"), takeOnly: true });
  if (!ref) return;
  const node = nodeOf(argument);
  // A click in the tree only looks; a user who runs the command wants to be there.
  await context.liveViews.open(
    ref,
    node?.kind === "page" ? node.page.id : (argumentsOf(argument).page ?? null),
    !!node,
  );
}

export async function openOverview(context: CommandContext): Promise<void> {
  needTrust();
  await context.overview.open();
}
