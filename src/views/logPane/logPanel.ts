/**
 * One log pane: an editor panel, the view of the logs behind it, and the messages between them. The webview
 * asks for the rows that it shows; the host holds offsets and reads them from disk.
 */
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import { FilterError, parseFilter, type Filter } from "../../sessions/logs/filter.js";
import { LogView, type ViewRow } from "../../sessions/logs/logView.js";
import { logKinds, type LogKind } from "../../sessions/logs/rows.js";
import { sessionPaths, workspaceAt } from "../../sessions/store/workspace.js";
import {
  fromPaneSchema,
  maxRowsAtOnce,
  rowsUnasked,
  type FromPane,
  type PaneRow,
  type PaneState,
  type ToPane,
} from "../webviews/logPane/protocol.js";
import { visibleLine } from "../webviews/logPane/visibleText.js";
import { toCurl } from "../../sessions/logs/export/curl.js";
import { webviewFolder, webviewPage } from "../webviewPage.js";
import type { FilterHistory } from "./filterHistory.js";
import { pictureSection } from "./actionPicture.js";
import { documentOf, sectionsOf, titleOf, valueOf } from "./rowDetail.js";
import type { RowDocuments } from "./rowDocuments.js";
import { spanOf, summarize } from "./rowSummary.js";
import { paneStrings, paneTitle } from "./strings.js";

/** What a panel needs of the rest. */
export interface LogPanelParts {
  extension: vscode.Uri;
  documents: RowDocuments;
  history: FilterHistory;
  output: vscode.OutputChannel;
  /** An action was chosen (or none any more): the panes of the session mark the requests of that time. */
  mark(panel: LogPanel, span: Span | null): void;
  /** The time of the action that is chosen in a pane of the session. */
  marked(state: PaneState): Span | null;
  /** Whether pictures of the session are blurred until one points at them. */
  isBlurred(state: PaneState): boolean;
  gone(panel: LogPanel): void;
  /** Makes a workflow of these lines of the session's actions, or of all of them. */
  exportActions(state: PaneState, lines: ReadonlySet<string> | undefined): Promise<void>;
}

export type Span = { from: number; to: number };

/** Rows of the first screen, before the logs are indexed. */
const previewRows = 100;
/** Longest text that is read of a row for the list, and for its details. */
const listLimit = 1024 * 1024;
const detailLimit = 16 * 1024 * 1024;
/** Longer rows that are read whole for one answer; those beyond are shown by their beginning. */
const longRowsAtOnce = 8;
/** Long rows that are remembered at most. */
const maxLongRows = 500;
/** What a reader asked for by hand: that it failed is told at once, and says nothing of the log. */
const asked: ReadonlySet<FromPane["type"]> = new Set([
  "detail",
  "copy",
  "copyDocument",
  "copyText",
  "export",
  "open",
  "remember",
]);
/** Time for the first screen to get from here to the window, in ms. */
const settleMs = 150;
/** Changes of the view are told to the pane at most so often, in ms. */
const tellMs = 80;

export class LogPanel implements vscode.Disposable {
  readonly #view: LogView;
  readonly #subscriptions: vscode.Disposable;
  #state: PaneState;
  #ready = false;
  #started = false;
  #previewed = false;
  #tellTimer: NodeJS.Timeout | undefined;
  #lastTold = 0;
  #telling = false;
  #place: number | undefined;
  #span: Span | null;
  /** Long rows as the list shows them: they are read whole once. */
  #long = new Map<number, PaneRow>();
  #longOf = 0;
  #find = new AbortController();

  constructor(
    private readonly panel: vscode.WebviewPanel,
    state: PaneState,
    private readonly parts: LogPanelParts,
  ) {
    this.#state = state;
    this.#span = parts.marked(state);
    const paths = sessionPaths(workspaceAt(state.root), state.session);
    const kinds: readonly LogKind[] = state.pane === "timeline" ? logKinds : [state.pane];
    this.#view = new LogView({
      files: Object.fromEntries(kinds.map((kind) => [kind, paths[kind]])),
      onChange: () => this.#changed(),
      onError: (error) => this.#trouble(error),
    });
    this.#view.still = !state.following;
    panel.title = paneTitle(state.pane, state.session);
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(parts.extension)] };
    this.#subscriptions = vscode.Disposable.from(
      panel.webview.onDidReceiveMessage((message: unknown) => void this.#receive(message)),
      panel.onDidChangeViewState(() => {
        // A hidden pane's page is gone; it asks again when it is shown.
        if (!panel.visible) this.#ready = false;
      }),
      panel.onDidDispose(() => this.dispose()),
    );
    panel.webview.html = webviewPage(panel.webview, parts.extension, "logPane");
  }

  get state(): PaneState {
    return this.#state;
  }

  reveal(): void {
    this.panel.reveal();
  }

  mark(span: Span | null): void {
    this.#span = span;
    void this.#post({ type: "mark", span });
  }

  dispose(): void {
    clearTimeout(this.#tellTimer);
    this.#find.abort();
    this.#subscriptions.dispose();
    void this.#view.close();
    this.parts.gone(this);
  }

  async #receive(received: unknown): Promise<void> {
    const message = fromPaneSchema.safeParse(received);
    if (!message.success) {
      this.parts.output.appendLine(
        `A log pane sent what was not understood: ${message.error.issues[0]?.message ?? ""}`,
      );
      return;
    }
    try {
      await this.#answer(message.data);
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") return;
      if (asked.has(message.data.type)) void vscode.window.showErrorMessage(this.#told(error));
      else this.#trouble(error);
    }
  }

  async #answer(message: FromPane): Promise<void> {
    switch (message.type) {
      case "ready":
        return this.#greet();
      case "read":
        return this.#sendRows(message.generation, message.first, message.end);
      case "filter":
        return this.#setFilter(message.text, message.context, message.keep);
      case "remember":
        return this.parts.history.remember(this.#state.pane, message.text);
      case "find":
        return this.#findFrom(message);
      case "select": {
        if (message.ref === null) return this.parts.mark(this, null);
        const row = await this.#view.readRef(message.ref, listLimit);
        const span = row && spanOf(row);
        // Whoever looks at one of the marked requests wants to see the others still marked.
        return span ? this.parts.mark(this, span) : undefined;
      }
      case "detail": {
        const row = await this.#view.readRef(message.ref, detailLimit);
        if (!row) return;
        const { folder } = sessionPaths(workspaceAt(this.#state.root), this.#state.session);
        const picture = await pictureSection(row, folder, this.parts.isBlurred(this.#state));
        void this.#post({
          type: "detail",
          ref: message.ref,
          title: titleOf(row),
          request: row.kind === "network",
          sections: [...(picture ? [picture] : []), ...sectionsOf(row)],
        });
        return;
      }
      case "copy": {
        const row = await this.#view.readRef(message.ref, detailLimit);
        if (!row) return;
        const value = parseObject(row.text);
        const url = typeof value?.url === "string" ? value.url : "";
        return copy(message.what === "curl" && value ? toCurl(value) : message.what === "url" ? url : row.text);
      }
      case "copyDocument": {
        const row = await this.#view.readRef(message.ref, detailLimit);
        const value = row && valueOf(row, message.document);
        return value === undefined ? undefined : copy(value);
      }
      case "copyText":
        return copy(message.text);
      case "export":
        return this.parts.exportActions(this.#state, await this.#actionsBetween(message.from, message.to));
      case "open": {
        const row = await this.#view.readRef(message.ref, detailLimit);
        const document = row && documentOf(row, message.document);
        if (document) await this.parts.documents.show(this.#state.session, document);
        return;
      }
      case "state":
        this.#state = {
          ...this.#state,
          following: message.following,
          place: message.place,
          selected: message.selected,
          open: message.open,
        };
        this.#view.still = !message.following;
        return;
    }
  }

  /** A page that was made, for the first time or again after it was hidden. */
  async #greet(): Promise<void> {
    this.#ready = true;
    // A message to the page that was before may never have been taken.
    this.#telling = false;
    void this.#post({
      type: "init",
      state: this.#state,
      strings: paneStrings(),
      history: this.parts.history.of(this.#state.pane),
    });
    void this.#post({ type: "mark", span: this.#span });
    if (this.#started) {
      if (!this.#state.following && this.#state.place !== null) this.#place = this.#view.indexOf(this.#state.place);
      return this.#tell();
    }
    this.#started = true;
    const filter = this.#parse(this.#state.filter);
    await this.#view.setFilter(filter, this.#state.context);
    if (this.#state.following || this.#state.place === null) await this.#preview(filter);
    this.#previewed = true;
    await this.#view.start();
    if (!this.#state.following && this.#state.place !== null) this.#place = this.#view.indexOf(this.#state.place);
    await this.#tell();
  }

  /** The newest rows at once; a log of a gigabyte takes a moment until its rows have numbers. */
  async #preview(filter: Filter | undefined): Promise<void> {
    const rows = await this.#view.preview(previewRows, listLimit, filter);
    if (rows.length === 0) return;
    void this.#post({
      type: "view",
      generation: 0,
      count: rows.length,
      total: rows.length,
      phase: "preview",
      done: 0,
      rows: rows.map((row, index) => ({ ...summarize(row, index), ref: -1 - index })),
    });
    // Finding the lines of a gigabyte keeps this process and the disk busy: the first screen comes first.
    await delay(settleMs);
  }

  async #sendRows(generation: number, first: number, end: number): Promise<void> {
    if (generation !== this.#view.generation) return;
    const rows = await this.#summaries(await this.#view.read(first, Math.min(end, first + maxRowsAtOnce), listLimit));
    if (generation === this.#view.generation) void this.#post({ type: "rows", generation, first, end, rows });
  }

  /** Rows for the list; of those that came cut, some are read whole. */
  async #summaries(rows: ViewRow[]): Promise<PaneRow[]> {
    const { generation } = this.#view;
    if (generation !== this.#longOf || this.#long.size > maxLongRows) this.#long.clear();
    this.#longOf = generation;
    let read = 0;
    for (const { cut, ref } of rows) {
      if (!cut || this.#long.has(ref) || read >= longRowsAtOnce) continue;
      read++;
      const whole = await this.#view.readRef(ref, detailLimit);
      if (whole && generation === this.#view.generation) this.#long.set(ref, summarize(whole));
    }
    return rows.map((row) => {
      const known = row.cut ? this.#long.get(row.ref) : undefined;
      return known ? { ...known, index: row.index, context: row.context } : summarize(row);
    });
  }

  async #setFilter(text: string, context: number, keep: number | null): Promise<void> {
    const filter = this.#parse(text);
    if (!filter) return;
    this.#state = { ...this.#state, filter: text, context };
    await this.#view.setFilter(filter, Math.min(context, 100));
    if (keep === null || this.#view.progress.phase !== "live") return;
    this.#place = this.#view.indexOf(keep);
    await this.#tell();
  }

  /** The lines of the actions between two rows, in either order, and of these; undefined where no row is named. */
  async #actionsBetween(from: number | null, to: number | null): Promise<ReadonlySet<string> | undefined> {
    if (from === null || to === null) return undefined;
    const lines = new Set<string>();
    const ends = [this.#view.indexOf(from), this.#view.indexOf(to)];
    const end = Math.max(...ends) + 1;
    for (let first = Math.max(0, Math.min(...ends)); first < end; first += maxRowsAtOnce)
      for (const row of await this.#view.read(first, Math.min(end, first + maxRowsAtOnce), listLimit))
        if (row.kind === "actions" && row.context !== true) lines.add(row.text);
    return lines;
  }

  async #findFrom({ request, text, from, direction }: Extract<FromPane, { type: "find" }>): Promise<void> {
    this.#find.abort();
    const abort = (this.#find = new AbortController());
    const filter = this.#parse(text);
    if (!filter || filter.terms.length === 0) return;
    const { signal } = abort;
    const index = await this.#view.find(filter, from, direction, { signal });
    const { count } = this.#view;
    const rest =
      index !== undefined
        ? undefined
        : await this.#view.find(filter, direction === 1 ? 0 : count - 1, direction, {
            signal,
            most: direction === 1 ? from : count - 1 - from,
          });
    if (!signal.aborted)
      void this.#post({ type: "found", request, index: index ?? rest ?? null, wrapped: rest !== undefined });
  }

  /** The pane checks filters itself and explains what is wrong; what comes here nevertheless is passed over. */
  #parse(text: string): Filter | undefined {
    try {
      return parseFilter(text);
    } catch (error) {
      if (error instanceof FilterError) return undefined;
      throw error;
    }
  }

  #changed(): void {
    if (!this.#ready || this.#telling || this.#tellTimer !== undefined) return;
    this.#tellTimer = setTimeout(() => void this.#tell(), Math.max(0, this.#lastTold + tellMs - performance.now()));
  }

  /** Tells how many rows there are, along with those that the pane will show, so that it never shows a blank. */
  async #tell(): Promise<void> {
    clearTimeout(this.#tellTimer);
    this.#tellTimer = undefined;
    this.#lastTold = performance.now();
    const { phase, done } = this.#view.progress;
    // The preview stays until there are rows with numbers.
    if (!this.#ready || this.#telling || (phase === "indexing" && !this.#previewed)) return;
    const { generation, total, ending } = this.#view;
    const count = phase === "indexing" ? 0 : this.#view.count;
    const place = this.#place;
    if (phase === "live") this.#place = undefined;
    const view: ToPane = {
      type: "view",
      generation,
      count,
      total,
      phase,
      done,
      ...(place === undefined || phase !== "live" ? {} : { place }),
      ...(ending ? { ending } : {}),
    };
    const moved = this.#view.takeMoved();
    if (moved !== undefined) view.moved = moved;
    this.#telling = true;
    try {
      const first =
        view.place !== undefined
          ? Math.max(0, view.place - rowsUnasked / 2)
          : this.#state.following && count > 0
            ? Math.max(0, count - rowsUnasked)
            : undefined;
      if (first !== undefined)
        view.rows = await this.#summaries(
          await this.#view.read(first, Math.min(count, first + 2 * rowsUnasked), listLimit),
        );
      // A window that is busy gets the next news when it has taken these: they do not queue up.
      if (this.#view.generation === generation) await this.#post(view);
    } catch (error) {
      this.#trouble(error);
    } finally {
      this.#telling = false;
    }
    // What came meanwhile has not been told.
    if (
      this.#view.generation !== generation ||
      this.#view.count !== count ||
      this.#view.progress.phase !== phase ||
      this.#view.ending !== ending
    )
      this.#changed();
  }

  /** The log cannot be read on. */
  #trouble(error: unknown): void {
    void this.#post({ type: "trouble", text: this.#told(error) });
  }

  /** What went wrong, in one line, which the output keeps. */
  #told(error: unknown): string {
    const text = visibleLine(error instanceof Error ? error.message : String(error));
    this.parts.output.appendLine(`${this.panel.title}: ${text}`);
    return text;
  }

  /** Resolves when the window has the message. */
  async #post(message: ToPane): Promise<void> {
    if (this.#ready) await this.panel.webview.postMessage(message);
  }
}

async function copy(text: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
