/** Act on an element of a page: choose it in a snapshot, choose what to do, and see what changed. */
import { readFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { act as runSteps, describeActed } from "../../sessions/operations/act.js";
import { snapshot } from "../../sessions/operations/snapshot.js";
import type { ActAction, ActStep } from "../../sessions/model/actSteps.js";
import { isAllowed } from "../../sessions/model/policy.js";
import { isLive } from "../../sessions/store/records.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import { type CommandContext, needTrust, nodeOf, sessionFor, showFailure, withProgress } from "./command.js";

const { t } = vscode.l10n;

interface ElementPick extends vscode.QuickPickItem {
  ref: string;
}

export async function act(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const shown = nodeOf(argument) === undefined ? refInEditor() : undefined;
  const ref = await sessionFor(context, shown ? { session: shown.session } : argument, {
    title: t("Act on Element"),
    filter: ({ record }) => isLive(record) && record.state !== undefined && isAllowed("act", record.state.mode),
    takeOnly: true,
  });
  if (!ref) return;
  const session = ref.record.name;
  const node = nodeOf(argument);
  const page = node?.kind === "page" ? { page: node.page.id } : {};
  const target = shown?.ref ?? (await chooseElement(ref.root.context, { session, ...page }));
  if (target === undefined) return;
  const step = await chooseStep(target);
  if (!step) return;
  const result = await withProgress(t("Acting on {0} …", session), (signal) =>
    runSteps(ref.root.context, { steps: [step], session, ...page, cwd: ref.root.workspace.root }, {}, signal),
  );
  context.output.appendLine(`${session}: ${step.action} ${target}\n${describeActed(result)}\n`);
  if (result.failure) return showFailure(LibrettoError.fromData(result.failure));
  context.output.show(true);
}

/** The ref in the line where the cursor stands, in the tree of a snapshot. */
function refInEditor(): { session: string; ref: string } | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor || path.basename(editor.document.fileName) !== "tree.yaml") return undefined;
  const session = path.basename(path.resolve(editor.document.fileName, "../../.."));
  const ref = /\[ref=((?:f\d+)?e\d+)\]/.exec(editor.document.lineAt(editor.selection.active.line).text)?.[1];
  return ref === undefined ? undefined : { session, ref };
}

async function chooseElement(
  context: Parameters<typeof snapshot>[0],
  options: { session: string; page?: string },
): Promise<string | undefined> {
  const taken = await withProgress(t("Looking at {0} …", options.session), (signal) =>
    snapshot(context, options, signal),
  );
  const found = readFileSync(taken.tree, "utf8")
    .split("\n")
    .flatMap((line): ElementPick[] => {
      const [, label, ref] = /^\s*- (.*?) ?\[ref=((?:f\d+)?e\d+)\]/.exec(line) ?? [];
      const isNamed = /"/.test(label ?? "") || isControl({ label: label ?? "" });
      return label === undefined || ref === undefined || !isNamed ? [] : [{ label, description: ref, ref }];
    });
  // What can be worked with first, then what merely has a name; each in the page's order.
  const picks = [...found.filter(isControl), ...found.filter((pick) => !isControl(pick))];
  return (
    await vscode.window.showQuickPick(picks, {
      title: t("Act on Element"),
      placeHolder: t("Choose an element of {0}", taken.page.url),
      matchOnDescription: true,
    })
  )?.ref;
}

function isControl({ label }: { label: string }): boolean {
  return /^(?:button|link|textbox|searchbox|checkbox|radio|combobox|option|menuitem|slider|switch|tab)\b/.test(label);
}

async function chooseStep(target: string): Promise<ActStep | undefined> {
  const actions: (vscode.QuickPickItem & { action: ActAction; asks?: string })[] = [
    { label: t("Click"), action: "click" },
    { label: t("Fill…"), action: "fill", asks: t("The text that replaces what is there") },
    { label: t("Type…"), action: "type", asks: t("The text, key by key") },
    { label: t("Press Key…"), action: "press", asks: t("A key, such as Enter or Control+A") },
    { label: t("Select Option…"), action: "select", asks: t("The label or value of the option") },
    { label: t("Check"), action: "check" },
    { label: t("Uncheck"), action: "uncheck" },
    { label: t("Double-Click"), action: "dblclick" },
    { label: t("Hover"), action: "hover" },
    { label: t("Upload File…"), action: "upload" },
  ];
  const picked = await vscode.window.showQuickPick(actions, {
    title: t("Act on Element"),
    placeHolder: t("Choose what to do with {0}", target),
  });
  if (!picked) return undefined;
  const { action, asks } = picked;
  if (action === "upload") {
    const files = await vscode.window.showOpenDialog({ canSelectMany: true });
    return files && { action, target, values: files.map(({ fsPath }) => fsPath) };
  }
  if (asks === undefined) return { action, target };
  const typed = await vscode.window.showInputBox({ title: picked.label, prompt: asks });
  if (typed === undefined) return undefined;
  return action === "select" ? { action, target, values: [typed] } : { action, target, value: typed };
}
