/** The sessions as a picker, behind the status bar: choose one, then what to do with it. */
import * as vscode from "vscode";
import { isLive } from "../../sessions/store/records.js";
import { CommandId } from "../contributions.js";
import type { RegisteredSession } from "../../sessions/operations/registry.js";
import type { SessionNode } from "../tree/nodes.js";
import { workflowPhase } from "../tree/presentation.js";
import { type CommandContext, sessionPicks } from "./command.js";

const { t } = vscode.l10n;

export async function list(context: CommandContext): Promise<void> {
  // The registry holds what `list` would read, up to date.
  const refs = context.model.all();
  type Pick = vscode.QuickPickItem & { command?: CommandId; ref?: (typeof refs)[number] };
  const separator = (label: string): Pick => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const live = sessionPicks(
    context.model,
    refs.filter(({ record }) => isLive(record)),
  );
  const ended = sessionPicks(
    context.model,
    refs.filter(({ record }) => !isLive(record)),
  );
  const picks: Pick[] = [
    ...(live.length > 0 ? [separator(t("live")), ...live] : []),
    ...(ended.length > 0 ? [separator(t("ended")), ...ended] : []),
    separator(t("new")),
    { label: `$(add) ${t("Open Session…")}`, command: CommandId.open },
    { label: `$(plug) ${t("Connect to a Running Browser…")}`, command: CommandId.connect },
    { label: `$(play) ${t("Run Workflow…")}`, command: CommandId.run },
  ];
  const picked = await vscode.window.showQuickPick(picks, {
    title: t("Sessions"),
    placeHolder: t("Choose a session, or open one"),
    matchOnDescription: true,
  });
  if (picked?.command) await vscode.commands.executeCommand(picked.command);
  if (picked?.ref) await act(context, picked.ref.root, picked.ref.record.name);
}

/** Offers what can be done with a session. */
async function act(context: CommandContext, root: SessionNode["root"], session: string): Promise<void> {
  const ref = context.model.find(root.workspace.root, session);
  if (!ref) return;
  const live = isLive(ref.record);
  const reading = ref.record.state?.mode === "read-only";
  const picks: (vscode.QuickPickItem & { command?: CommandId })[] = [
    { label: `$(list-tree) ${t("Show in the sidebar")}` },
    ...workflowPicks(ref.record),
    ...(live
      ? [
          reading
            ? { label: `$(unlock) ${t("Give write access…")}`, command: CommandId.giveWriteAccess }
            : { label: `$(lock) ${t("Make read-only")}`, command: CommandId.makeReadOnly },
          { label: `$(device-camera) ${t("Take a snapshot")}`, command: CommandId.snapshot },
          { label: `$(browser) ${t("Show pages…")}`, command: CommandId.pages },
        ]
      : [{ label: `$(debug-restart) ${t("Open again…")}`, command: CommandId.openAgain }]),
    { label: `$(output) ${t("Open a log…")}`, command: CommandId.logs },
    ...(ref.record.liveness === "closed" ? [] : [{ label: `$(close) ${t("Close")}`, command: CommandId.close }]),
  ];
  const picked = await vscode.window.showQuickPick(picks, {
    title: session,
    placeHolder: t("What to do with {0}?", session),
  });
  if (!picked) return;
  const node: SessionNode = { kind: "session", root, session };
  if (picked.command) await vscode.commands.executeCommand(picked.command, node);
  else await context.tree.reveal(ref, { focus: true });
}

/** What can be done with a session's workflow. */
function workflowPicks(record: RegisteredSession): (vscode.QuickPickItem & { command: CommandId })[] {
  const stop = { label: `$(debug-stop) ${t("Stop its workflow")}`, command: CommandId.stop };
  switch (workflowPhase(record)) {
    case "paused":
      return [{ label: `$(debug-continue) ${t("Resume its workflow")}`, command: CommandId.resume }, stop];
    case "running":
      return [stop];
    case "over":
      return [{ label: `$(debug-rerun) ${t("Run its workflow again")}`, command: CommandId.runAgain }];
    case undefined:
      return [];
  }
}
