/**
 * Runs code of an editor on a session and shows what comes of it: a mark at the code, the console live in
 * the output, the result beside, failures as problems at their line.
 */
import * as vscode from "vscode";
import { LibrettoError } from "../../sessions/util/errors.js";
import type { CodeResult } from "../../sessions/ipc/protocol.js";
import { exec } from "../../sessions/operations/exec.js";
import { readonlyExec } from "../../sessions/operations/readonlyExec.js";
import type { SessionRef } from "../model.js";
import { consoleInto } from "./consoleOutput.js";
import type { CodeDiagnostics } from "./diagnostics.js";
import type { ResultDocuments } from "./resultDocuments.js";
import type { RunMarks } from "./runMarks.js";

/** Code in a document. */
export interface CodeInDocument {
  document: vscode.TextDocument;
  range: vscode.Range;
}

const verbs = { exec, "readonly-exec": readonlyExec };
export type CodeVerb = keyof typeof verbs;

export class CodeRunner {
  constructor(
    private readonly marks: RunMarks,
    private readonly diagnostics: CodeDiagnostics,
    private readonly results: ResultDocuments,
    private readonly output: vscode.OutputChannel,
  ) {}

  /**
   * @param page id of the page to run on; the most recently active one if left out
   * @throws what is not the code's own failure; that one is shown at the code
   */
  async run(
    verb: CodeVerb,
    ref: SessionRef,
    { document, range }: CodeInDocument,
    signal: AbortSignal,
    page?: string,
  ): Promise<void> {
    const session = ref.record.name;
    const end = this.marks.begin(document, range, session);
    this.diagnostics.clear(document, range);
    try {
      const result = await verbs[verb](
        ref.root.context,
        { session, code: document.getText(range), ...(page === undefined ? {} : { page }) },
        consoleInto(this.output, () => session),
        signal,
      );
      end("done", outcome(result));
      await this.results.show(result);
    } catch (thrown) {
      const error = LibrettoError.from(thrown);
      if (error.code === "Interrupted") return end("failed", vscode.l10n.t("cancelled"));
      end("failed", error.code === "ReadonlyExecDenied" ? vscode.l10n.t("denied") : inShort(error.message));
      if (!failuresOfCode.has(error.code)) throw error;
      this.diagnostics.report(document, range, error, session);
    }
  }
}

/** What the code did wrong, as against what is wrong with the session. */
const failuresOfCode = new Set<LibrettoError["code"]>([
  "CodeFailed",
  "ReadonlyExecDenied",
  "LimitExceeded",
  "TimedOut",
]);

function outcome({ durationMs, kind, text, page, pageCount }: CodeResult): string {
  const time = durationMs < 1_000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1_000).toFixed(1)} s`;
  const value = kind === "undefined" ? vscode.l10n.t("no value") : inShort(text);
  return [time, value, ...(pageCount > 1 && page ? [vscode.l10n.t("on page {0}", page.id)] : [])].join(" · ");
}

/** Short, so that the mark does not make the editor scroll sideways; the whole stands in the result, or in the problem. */
function inShort(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 40 ? `${line.slice(0, 40)} …` : line;
}
