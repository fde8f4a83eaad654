/** The texts of a pane in the user's language; the webview has no access to VS Code's translations itself. */
import * as vscode from "vscode";
import { blurredText } from "../liveView/blurred.js";
import type { PaneKind } from "../../sessions/logs/rows.js";
import type { PaneStrings } from "../webviews/logPane/protocol.js";

export function paneStrings(): PaneStrings {
  return {
    filterLabel: vscode.l10n.t("Filter"),
    filterPlaceholder: vscode.l10n.t("Filter, for example status:>=400 -domain:ads.example /login/i (↑ for history)"),
    filterExpected: vscode.l10n.t("Expected: {0}"),
    findLabel: vscode.l10n.t("Find"),
    findPlaceholder: vscode.l10n.t("Find without hiding the other rows"),
    findNext: vscode.l10n.t("Next match"),
    findPrevious: vscode.l10n.t("Previous match"),
    findNothing: vscode.l10n.t("No match"),
    findWrapped: vscode.l10n.t("Search wrapped around"),
    close: vscode.l10n.t("Close"),
    contextRows: vscode.l10n.t("Rows of context around each match"),
    contextOption: vscode.l10n.t("±{0} rows"),
    newRows: vscode.l10n.t("{0} new"),
    rowsLabel: vscode.l10n.t("Rows"),
    indexing: vscode.l10n.t("Reading {0}%"),
    filtering: vscode.l10n.t("Filtering {0}%"),
    rowCount: vscode.l10n.t("{0} rows"),
    oneRow: vscode.l10n.t("1 row"),
    rowCountOf: vscode.l10n.t("{0} of {1} rows"),
    empty: vscode.l10n.t("Nothing has been recorded yet. Rows appear here as they are written."),
    emptyFiltered: vscode.l10n.t("No row passes the filter."),
    loading: vscode.l10n.t("Loading…"),
    masked: vscode.l10n.t("masked"),
    pictured: vscode.l10n.t("with a picture of the page"),
    blurred: blurredText(),
    maskedTitle: vscode.l10n.t("A secret: it was masked before the row was written"),
    malformed: vscode.l10n.t("Line {0}: not a row ({1} bytes)"),
    long: vscode.l10n.t("Line {0}: too long ({1} bytes)"),
    rotated: vscode.l10n.t("The file was rotated"),
    truncated: vscode.l10n.t("The file was cut"),
    replaced: vscode.l10n.t("The file was replaced"),
    removed: vscode.l10n.t("The file was removed"),
    appeared: vscode.l10n.t("A new file begins"),
    detailLabel: vscode.l10n.t("Details"),
    exportActions: vscode.l10n.t("Create Workflow from Actions…"),
    copyRow: vscode.l10n.t("Copy Row"),
    copyValue: vscode.l10n.t("Copy Value"),
    copyCurl: vscode.l10n.t("Copy as cURL"),
    copyUrl: vscode.l10n.t("Copy URL"),
    openDocument: vscode.l10n.t("Open as Document"),
    cut: vscode.l10n.t("Only the beginning is shown."),
    marked: vscode.l10n.t("during the chosen action"),
    columnTime: vscode.l10n.t("Time"),
    columnLog: vscode.l10n.t("Log"),
    columnState: vscode.l10n.t("State"),
    columnWhat: vscode.l10n.t("What"),
    columnText: vscode.l10n.t("Text"),
    columnType: vscode.l10n.t("Type"),
    columnSize: vscode.l10n.t("Size"),
    columnDuration: vscode.l10n.t("Duration"),
    columnWaterfall: vscode.l10n.t("Waterfall"),
    columnLevel: vscode.l10n.t("Level"),
    columnEvent: vscode.l10n.t("Event"),
    columnMessage: vscode.l10n.t("Message"),
    columnStatus: vscode.l10n.t("Status"),
    columnMethod: vscode.l10n.t("Method"),
    columnUrl: vscode.l10n.t("URL"),
    columnAction: vscode.l10n.t("Action"),
    columnTarget: vscode.l10n.t("Where"),
    columnSource: vscode.l10n.t("By"),
    chipErrors: vscode.l10n.t("Errors"),
    chipFailed: vscode.l10n.t("Failed"),
    chipXhr: vscode.l10n.t("XHR"),
    chipAgent: vscode.l10n.t("Agent"),
    chipUser: vscode.l10n.t("User"),
    chipWarnings: vscode.l10n.t("Warnings"),
    errorNext: vscode.l10n.t("Next error (F8)"),
    errorPrevious: vscode.l10n.t("Previous error (Shift+F8)"),
    cached: vscode.l10n.t("cache"),
    failed: vscode.l10n.t("failed"),
    ok: vscode.l10n.t("ok"),
    stopped: vscode.l10n.t("This log can no longer be followed: {0}"),
  };
}

/** Name of a pane, for its tab. */
export function paneTitle(pane: PaneKind, session: string): string {
  switch (pane) {
    case "logs":
      return vscode.l10n.t("{0}: log", session);
    case "network":
      return vscode.l10n.t("{0}: network", session);
    case "actions":
      return vscode.l10n.t("{0}: actions", session);
    case "timeline":
      return vscode.l10n.t("{0}: timeline", session);
  }
}
