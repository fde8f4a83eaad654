/** Ask for write access to a session, and decide about such a request: the one place where a person grants it. */
import * as vscode from "vscode";
import { requestAccess as ask } from "../../sessions/operations/requestAccess.js";
import { sessionMode } from "../../sessions/operations/sessionMode.js";
import { isLive } from "../../sessions/store/records.js";
import type { SessionRef } from "../model.js";
import { minutesWords } from "../tree/presentation.js";
import { argumentsOf, type CommandContext, needTrust, sessionFor } from "./command.js";

const { t } = vscode.l10n;
const minuteMs = 60_000;

export async function requestAccess(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const ref = await sessionFor(context, argument, {
    title: t("Request Write Access"),
    filter: ({ record }) => isLive(record) && record.state?.mode === "read-only" && record.state.locked !== true,
    takeOnly: true,
  });
  if (!ref) return;
  const reason =
    argumentsOf(argument).reason ??
    (await vscode.window.showInputBox({
      title: t("Request Write Access"),
      prompt: t("Why, in one line, for the person who decides"),
      validateInput: (typed) => (typed.length > 500 ? t("At most 500 characters.") : undefined),
    }));
  if (reason === undefined || reason.trim() === "") return;
  await ask(ref.root.context, { session: ref.record.name, reason });
}

export async function reviewAccessRequest(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const ref = await sessionFor(context, argument, {
    title: t("Review Request for Write Access"),
    filter: ({ record }) => isLive(record) && record.state?.accessRequest !== undefined,
    takeOnly: true,
  });
  if (ref) await review(ref);
}

/** A modal that tells everything there is to decide by. Its buttons are pressed by a person, and called by no tool. */
async function review({ root, record: { name, state } }: SessionRef): Promise<void> {
  const request = state?.accessRequest;
  if (!state || !request) {
    void vscode.window.showInformationMessage(t("Nobody asks for write access to {0}.", name));
    return;
  }
  const wanted =
    request.forMs === undefined ? t("until it is locked again") : minutesWords(Math.ceil(request.forMs / minuteMs), t);
  const grants: { title: string; forMs: number | undefined }[] = [
    { title: t("Grant for 15 Minutes"), forMs: 15 * minuteMs },
    { title: t("Grant for an Hour"), forMs: 60 * minuteMs },
    { title: t("Grant Until Locked"), forMs: undefined },
  ];
  if (request.forMs !== undefined && !grants.some(({ forMs }) => forMs === request.forMs))
    grants.unshift({ title: t("Grant as Asked"), forMs: request.forMs });
  const deny = { title: t("Deny") };
  const choice = await vscode.window.showWarningMessage(
    t("Give session {0} write access?", name),
    {
      modal: true,
      detail: [
        t("Session: {0}", name),
        t("Address: {0}", state.url),
        t("Asked by: {0}, at {1}", request.client, new Date(request.at).toLocaleTimeString()),
        t("Reason: {0}", request.reason),
        t("For: {0}", wanted),
        "",
        t("Code may then click, type and navigate there. The session locks itself when the time is up."),
      ].join("\n"),
    },
    ...grants,
    deny,
  );
  if (!choice) return;
  const grant = grants.find((one) => one === choice);
  await sessionMode(root.context, {
    session: name,
    mode: grant ? "write-access" : "read-only",
    ...(grant?.forMs === undefined ? {} : { forMs: grant.forMs }),
  });
  root.refresh();
}
