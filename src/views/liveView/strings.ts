/** The texts of a live view in the user's language; the webview has no access to VS Code's translations itself. */
import * as vscode from "vscode";
import { blurredText } from "./blurred.js";
import type { LiveViewStrings } from "../webviews/liveView/protocol.js";

export function liveViewStrings(): LiveViewStrings {
  return {
    toolbar: vscode.l10n.t("Page"),
    readOnly: vscode.l10n.t("read-only"),
    writeAccess: vscode.l10n.t("write access"),
    back: vscode.l10n.t("Back"),
    forward: vscode.l10n.t("Forward"),
    reload: vscode.l10n.t("Reload"),
    stop: vscode.l10n.t("Stop Loading"),
    address: vscode.l10n.t("Address"),
    pinned: vscode.l10n.t("Stays with this page"),
    follows: vscode.l10n.t("Stay with this page; now the view follows the session"),
    size: vscode.l10n.t("Size of the picture"),
    sizeFit: vscode.l10n.t("Fit"),
    sizeActual: vscode.l10n.t("100 %"),
    sizePixels: vscode.l10n.t("Page's pixels"),
    pick: vscode.l10n.t("Pick Locator"),
    pickHint: vscode.l10n.t(
      "Point at an element, or move with the arrow keys; a click or Enter takes its locator, Escape ends.",
    ),
    snapshot: vscode.l10n.t("Take Snapshot"),
    lock: vscode.l10n.t("Make Read-Only"),
    grant: vscode.l10n.t("Give Write Access…"),
    request: vscode.l10n.t("Request Write Access…"),
    review: vscode.l10n.t("Review Request…"),
    pages: vscode.l10n.t("Show Another Page…"),
    picture: vscode.l10n.t("Live picture of {0}"),
    pictureHint: vscode.l10n.t("One can watch it and pick locators"),
    pictureKeys: vscode.l10n.t("Enter gives the keyboard to the page, Escape takes it back"),
    keysGoToPage: vscode.l10n.t("The keyboard is the page's; Escape takes it back"),
    readOnlyNotice: vscode.l10n.t("The session is read-only: nothing that you click or type here goes to the page."),
    lockedNotice: vscode.l10n.t(
      "The session is read-only permanently: nothing that you click or type here goes to the page.",
    ),
    dismiss: vscode.l10n.t("Dismiss"),
    loading: vscode.l10n.t("Loading…"),
    running: vscode.l10n.t("Running: {0}"),
    pageGone: vscode.l10n.t("No page to show: it was closed."),
    followSession: vscode.l10n.t("Follow the Session"),
    crashed: vscode.l10n.t("The page crashed."),
    element: vscode.l10n.t("{0} {1}"),
    noName: vscode.l10n.t("without a name"),
    hiddenShadow: vscode.l10n.t(
      "The page hides what is in there: a closed shadow root. The locator is that of its host.",
    ),
    hiddenFrame: vscode.l10n.t("This frame cannot be inspected now. The locator is that of the frame."),
    nothingThere: vscode.l10n.t("No element there"),
    readElement: vscode.l10n.t("Read This Element"),
    copyLocator: vscode.l10n.t("Copy Locator"),
    dialogAlert: vscode.l10n.t("The page says"),
    dialogConfirm: vscode.l10n.t("The page asks"),
    dialogPrompt: vscode.l10n.t("The page asks for text"),
    dialogLeave: vscode.l10n.t("Leave this page?"),
    dialogOpen: vscode.l10n.t("Dialog of the page"),
    ok: vscode.l10n.t("OK"),
    cancel: vscode.l10n.t("Cancel"),
    blurred: blurredText(),
  };
}
