/** Which code, and on which session: what a menu, a key or a lens means. */
import * as vscode from "vscode";
import { LibrettoError } from "../../sessions/util/errors.js";
import { isAllowed, refusal } from "../../sessions/model/policy.js";
import { isLive } from "../../sessions/store/records.js";
import { type CommandContext, needTrust, nodeOf, sessionFor, withProgress } from "../commands/command.js";
import type { SessionRef } from "../model.js";
import { codeAt } from "./codeAt.js";
import type { LensArgument } from "./codeLens.js";
import type { CodeInDocument, CodeVerb } from "./codeRunner.js";

export async function runEditorCode(context: CommandContext, verb: CodeVerb, argument: unknown): Promise<void> {
  needTrust();
  const code = isLensArgument(argument)
    ? { document: await vscode.workspace.openTextDocument(argument.uri), range: argument.range }
    : codeOfEditor();
  const ref = await sessionForCode(context, verb, argument, code.document.uri);
  if (!ref) return;
  const mode = ref.record.state?.mode;
  // The host refuses it in any case; saying so here is quicker and can offer the way out.
  if (mode !== undefined && !isAllowed(verb, mode))
    throw refusal(verb, ref.record.state ?? { session: ref.record.name, mode });
  const node = nodeOf(argument);
  const page = node?.kind === "page" ? node.page.id : undefined;
  await withProgress(vscode.l10n.t("Running code on {0} …", ref.record.name), (signal) =>
    context.code.run(verb, ref, code, signal, page),
  );
  context.tree.refresh(ref);
}

/** Lets the user choose which session an editor's code runs on from now on. */
export async function chooseSession(context: CommandContext, argument: unknown): Promise<void> {
  const uri = isLensArgument(argument) ? argument.uri : vscode.window.activeTextEditor?.document.uri;
  if (!uri) throw noEditor();
  const ref = await sessionFor(context, undefined, {
    title: vscode.l10n.t("Session for {0}", vscode.workspace.asRelativePath(uri)),
  });
  if (ref) await context.chooser.choose(uri, ref);
}

async function sessionForCode(
  context: CommandContext,
  verb: CodeVerb,
  argument: unknown,
  uri: vscode.Uri,
): Promise<SessionRef | undefined> {
  if (nodeOf(argument)) return sessionFor(context, argument, { title: "" });
  const current = context.chooser.current(uri);
  if (current) return current;
  const title = verb === "exec" ? vscode.l10n.t("Run on Which Session?") : vscode.l10n.t("Read on Which Session?");
  const ref = await sessionFor(context, undefined, {
    title,
    filter: ({ record }) => isLive(record) && (record.state === undefined || isAllowed(verb, record.state.mode)),
  });
  if (ref) await context.chooser.choose(uri, ref);
  return ref;
}

function codeOfEditor(): CodeInDocument {
  const editor = vscode.window.activeTextEditor;
  if (!editor) throw noEditor();
  const { document, selection } = editor;
  const piece = codeAt(document.getText().split(/\r?\n/), selection, document.languageId);
  if (!piece)
    throw new LibrettoError(
      "Usage",
      vscode.l10n.t("There is no code here."),
      vscode.l10n.t("Select some, or put the cursor on a line of it."),
    );
  const { start, end } = piece.range;
  return { document, range: new vscode.Range(start.line, start.character, end.line, end.character) };
}

function noEditor(): LibrettoError {
  return new LibrettoError(
    "Usage",
    vscode.l10n.t("No editor is open."),
    vscode.l10n.t("Open a file with the code to run, or a new one: File, New Text File."),
  );
}

function isLensArgument(value: unknown): value is LensArgument {
  return (
    typeof value === "object" &&
    value !== null &&
    "uri" in value &&
    "range" in value &&
    value.range instanceof vscode.Range &&
    value.uri instanceof vscode.Uri
  );
}
