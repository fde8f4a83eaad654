/** The pages of a session: choose one; reveal it; copy its address. */
import * as vscode from "vscode";
import { LibrettoError } from "../../sessions/util/errors.js";
import { activatePage } from "../../sessions/operations/activatePage.js";
import type { PageInfo } from "../../sessions/model/page.js";
import { pages as listPages } from "../../sessions/operations/pages.js";
import type { SessionRef } from "../model.js";
import { shortUrl } from "../tree/presentation.js";
import { type CommandContext, needTrust, nodeOf, sessionFor } from "./command.js";
import { snapshot } from "./snapshot.js";

/** Shows the pages and reveals the chosen one. */
export async function pages(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const chosen = await choosePage(context, argument, vscode.l10n.t("Show Pages"));
  if (chosen) await bringToFront(context, chosen.ref, chosen.page, argument);
}

/** Brings a page of a visible window to the front; one of a headless browser is shown as a snapshot. */
export async function revealPage(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const chosen = await choosePage(context, argument, vscode.l10n.t("Reveal Page"));
  if (chosen) await bringToFront(context, chosen.ref, chosen.page, argument);
}

export async function copyPageUrl(context: CommandContext, argument: unknown): Promise<void> {
  needTrust();
  const chosen = await choosePage(context, argument, vscode.l10n.t("Copy Page URL"));
  if (!chosen) return;
  await vscode.env.clipboard.writeText(chosen.page.url);
  vscode.window.setStatusBarMessage(vscode.l10n.t("Copied {0}", shortUrl(chosen.page.url)), 3_000);
}

async function bringToFront(
  context: CommandContext,
  ref: SessionRef,
  page: PageInfo,
  argument: unknown,
): Promise<void> {
  const { state } = ref.record;
  if (!state) return;
  if (state.headless)
    return snapshot(context, nodeOf(argument) ?? { kind: "page", root: ref.root, session: ref.record.name, page });
  await activatePage(ref.root.context, { session: ref.record.name, page: page.id });
}

async function choosePage(
  context: CommandContext,
  argument: unknown,
  title: string,
): Promise<{ ref: SessionRef; page: PageInfo } | undefined> {
  const ref = await sessionFor(context, argument, { title, takeOnly: true });
  if (!ref) return undefined;
  const node = nodeOf(argument);
  if (node?.kind === "page") return { ref, page: node.page };
  const page = await choosePageOf(ref, title);
  return page && { ref, page };
}

/** One of a session's open pages. */
export async function choosePageOf(ref: SessionRef, title: string): Promise<PageInfo | undefined> {
  const session = ref.record.name;
  const { pages: found } = await listPages(ref.root.context, { session });
  const [only] = found;
  if (!only)
    throw new LibrettoError(
      "PageNotFound",
      vscode.l10n.t("Session {0} has no open page.", session),
      vscode.l10n.t("Open one in its window, or close the session."),
    );
  const picks = found.map((page) => ({
    label: `$(${page.active ? "circle-filled" : "browser"}) ${page.title || vscode.l10n.t("Untitled page")}`,
    description: page.url,
    detail: page.active ? vscode.l10n.t("the most recently active") : "",
    page,
  }));
  const picked = await vscode.window.showQuickPick(picks, { title: `${title} · ${session}`, matchOnDescription: true });
  return picked?.page;
}
