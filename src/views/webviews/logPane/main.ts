/**
 * A log pane's page: the list, the bars above it, the details beside it, and the messages to the extension
 * host. It holds the rows in sight and some around them; everything else stays on disk.
 */
import "./style.css";
import { DetailView } from "./detailView.js";
import { FilterBar } from "./filterBar.js";
import { FindBar, wordsOf } from "./findBar.js";
import { mostRowsAtOnce, toPaneSchema, type FromPane, type PaneRow, type PaneState, type PaneStrings, type ToPane } from "./protocol.js";
import { headCells, renderLoading, renderRow, type RowContext } from "./rowElement.js";
import { VirtualList } from "./virtualList.js";

interface VsCodeApi { postMessage(message: FromPane): void; setState(state: PaneState): void }
declare function acquireVsCodeApi(): VsCodeApi;

/** Height of a row in CSS pixels; the style sheet has the same. */
const rowHeight = 22;
/** Rows that are kept at most. */
const mostKept = 4000;
const saveMs = 250;
/** Questions for rows that wait for their answer. */
const mostQuestions = 3;

type Init = Extract<ToPane, { type: "init" }>;
type View = Extract<ToPane, { type: "view" }>;

const vscode = acquireVsCodeApi();
let pane: Pane | undefined;

window.addEventListener("message", (event: MessageEvent<unknown>) => {
  const parsed = toPaneSchema.safeParse(event.data);
  if (!parsed.success) {
    console.error("A message was not understood:", parsed.error.issues[0]);
    return;
  }
  const message = parsed.data;
  if (message.type === "init") pane = new Pane(message);
  else pane?.receive(message);
});
vscode.postMessage({ type: "ready" });

class Pane {
  private readonly strings: PaneStrings;
  /** Head and rows; has the focus while one goes through the rows. */
  private readonly grid = document.createElement("div");
  private readonly viewport = document.createElement("div");
  private readonly main = document.createElement("div");
  private readonly status = document.createElement("span");
  private readonly progress = document.createElement("progress");
  private readonly empty = document.createElement("p");
  private readonly newRows = document.createElement("button");
  private readonly filterBar: FilterBar;
  private readonly findBar: FindBar;
  private readonly detail: DetailView;
  private readonly list: VirtualList;

  private state: PaneState;
  private generation = -1;
  private count = 0;
  private rows = new Map<number, PaneRow>();
  /** Rows that were asked for and cannot be read. */
  private absent = new Set<number>();
  private range = { first: 0, end: 0 };
  private asked: { first: number; end: number }[] = [];
  /** The rows of a new generation have not come yet: what is drawn stays until they do. */
  private holding = false;
  private following: boolean;
  /** Rows that there were when the reader scrolled up. */
  private seen = 0;
  private selected: { ref: number; index: number } | undefined;
  /** A row that is to be selected as soon as it has been read. */
  private wished: number | undefined;
  private filterWords: string[];
  private findWords: string[] = [];
  private findRequest = 0;
  private findWithKeys = false;
  private readonly context: RowContext;
  private saveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor({ state, strings, history }: Init) {
    this.strings = strings;
    this.state = state;
    this.following = state.following;
    this.filterWords = wordsOf(state.filter);
    this.context = { pane: state.pane, strings, words: this.filterWords, from: 0, to: 0, span: null };
    const send = (message: FromPane): void => vscode.postMessage(message);

    this.filterBar = new FilterBar({
      pane: state.pane, strings, history, text: state.filter, context: state.context,
      onFilter: (text, context) => this.filter(text, context),
      onRemember: (text) => {
        if (text.trim() === "" || history[0] === text.trim()) return;
        history.splice(0, history.length, text.trim(), ...history.filter((earlier) => earlier !== text.trim()));
        send({ type: "remember", text });
      },
      onLeave: () => this.grid.focus(),
    });
    this.findBar = new FindBar(strings, (text, direction) => this.find(text, direction, false), (words) => this.markWords(words), () => this.grid.focus());
    this.detail = new DetailView(strings, send, () => this.grid.focus());

    this.grid.className = "left";
    this.grid.tabIndex = 0;
    this.grid.setAttribute("role", "grid");
    this.grid.setAttribute("aria-label", strings.rowsLabel);
    this.viewport.className = "viewport";
    this.viewport.setAttribute("role", "rowgroup");
    this.list = new VirtualList({
      viewport: this.viewport, rowHeight,
      render: (index, element) => this.render(index, element),
      onRange: (first, end) => this.inSight(first, end),
      onScroll: (atEnd) => this.scrolled(atEnd),
    });
    this.compose();
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.viewport.addEventListener("click", (event) => this.clicked(event, false));
    this.viewport.addEventListener("dblclick", (event) => this.clicked(event, true));
    document.addEventListener("keydown", (event) => this.keyAnywhere(event));
    this.save();
  }

  receive(message: Exclude<ToPane, Init>): void {
    switch (message.type) {
      case "view":
        this.viewChanged(message);
        break;
      case "rows":
        if (message.generation === this.generation) this.rowsCame(message);
        break;
      case "detail":
        this.detail.show(message);
        break;
      case "found":
        if (message.request === this.findRequest) this.found(message.index);
        break;
      case "mark":
        this.context.span = message.span;
        this.list.refresh();
        break;
      case "trouble":
        this.empty.hidden = false;
        this.empty.textContent = this.strings.stopped.replace("{0}", message.text);
        break;
    }
  }

  private compose(): void {
    const head = document.createElement("div");
    head.className = "head row";
    head.setAttribute("role", "row");
    head.setAttribute("aria-rowindex", "1");
    head.append(...headCells(this.state.pane, this.strings));
    // The head stands above the rows, not above their scrollbar.
    new ResizeObserver(() => head.style.setProperty("--scrollbar", `${this.viewport.offsetWidth - this.viewport.clientWidth}px`)).observe(this.viewport);

    this.newRows.type = "button";
    this.newRows.className = "new-rows";
    this.newRows.hidden = true;
    this.newRows.addEventListener("click", () => this.followEnd());
    this.empty.className = "empty";
    this.empty.hidden = true;

    const listArea = document.createElement("div");
    listArea.className = "list-area";
    listArea.append(this.viewport);
    this.main.className = "main";
    listArea.setAttribute("role", "presentation");
    const headGroup = document.createElement("div");
    headGroup.setAttribute("role", "rowgroup");
    headGroup.append(head);
    this.grid.append(headGroup, listArea);
    const left = document.createElement("div");
    left.className = "left-side";
    left.append(this.grid, this.empty, this.newRows);
    this.main.append(left, this.detail.element);

    this.status.setAttribute("role", "status");
    this.progress.hidden = true;
    this.progress.max = 1;
    const foot = document.createElement("footer");
    const step = (label: string, title: string, direction: 1 | -1): HTMLButtonElement => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "icon";
      button.textContent = label;
      button.title = title;
      button.setAttribute("aria-label", title);
      button.addEventListener("click", () => this.find("is:error", direction, true));
      return button;
    };
    foot.append(this.status, this.progress, step("⇡", this.strings.errorPrevious, -1), step("⇣", this.strings.errorNext, 1));
    document.body.className = `pane-${this.state.pane}`;
    document.body.replaceChildren(this.filterBar.element, this.findBar.element, this.main, foot);
  }

  private viewChanged(view: View): void {
    const anew = view.generation !== this.generation;
    if (anew) {
      this.generation = view.generation;
      this.rows = new Map();
      this.absent = new Set();
      this.asked = [];
      this.wished = undefined;
      this.holding = view.count > 0 || view.phase !== "live";
      this.seen = view.count;
    }
    if (view.newest) this.keep(view.newest);
    if (view.newest) this.holding = false;
    this.count = view.count;
    this.showStatus(view);
    this.grid.setAttribute("aria-rowcount", String(view.count + 1));
    this.empty.hidden = view.count > 0 || view.phase !== "live";
    this.empty.textContent = this.state.filter.trim() === "" ? this.strings.empty : this.strings.emptyFiltered;
    if (view.place !== undefined) {
      this.following = false;
      this.seen = view.count;
      this.list.setCount(view.count, false);
      this.list.scrollTo(Math.min(view.place, Math.max(0, view.count - 1)), "top");
    } else {
      if (this.following) this.spanBars(Math.max(0, view.count - this.list.page), view.count);
      this.list.setCount(view.count, this.following);
      if (anew && view.newest) this.list.refresh();
    }
    this.showNewRows();
    this.ask();
  }

  private rowsCame({ first, end, rows }: Extract<ToPane, { type: "rows" }>): void {
    this.asked = this.asked.filter((question) => question.first !== first || question.end !== end);
    this.keep(rows);
    for (let index = first; index < end; index++) if (!this.rows.has(index)) this.absent.add(index);
    this.holding = false;
    if (this.wished !== undefined) this.selectWhenThere(this.wished);
    this.spanBars(this.range.first, this.range.end);
    this.list.refresh();
    this.ask();
  }

  private keep(rows: PaneRow[]): void {
    for (const row of rows) {
      this.rows.set(row.index, row);
      this.absent.delete(row.index);
    }
    if (this.rows.size <= mostKept) return;
    for (const index of this.rows.keys()) {
      if (this.rows.size <= mostKept / 2) break;
      if (index < this.range.first || index >= this.range.end) this.rows.delete(index);
    }
  }

  /** Asks for rows in sight that are not here; few questions are open at once. */
  private ask(): void {
    if (this.asked.length >= mostQuestions || this.generation <= 0) return;
    const missing = (index: number): boolean => !this.rows.has(index) && !this.absent.has(index) && !this.asked.some(({ first, end }) => index >= first && index < end);
    let first = this.range.first;
    const last = Math.min(this.range.end, this.count);
    while (first < last && !missing(first)) first++;
    if (first >= last) return;
    let end = Math.min(last, first + mostRowsAtOnce);
    while (end > first && !missing(end - 1)) end--;
    this.asked.push({ first, end });
    vscode.postMessage({ type: "read", generation: this.generation, first, end });
  }

  private inSight(first: number, end: number): void {
    if (first !== this.range.first && !this.following) this.save();
    this.range = { first, end };
    this.ask();
  }

  private render(index: number, element: HTMLElement): void {
    const row = this.rows.get(index);
    if (!row) {
      // The old rows stay until the new ones come; a moment later they are there.
      if (!this.holding || element.childElementCount === 0) renderLoading(element, index);
      return;
    }
    const selected = this.selected?.ref === row.ref;
    if (selected) this.selected = { ref: row.ref, index };
    renderRow(element, row, this.context, selected);
  }

  /** Lets the duration bars span the time of the rows in sight. */
  private spanBars(first: number, end: number): void {
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (let index = first; index < end; index++) {
      const row = this.rows.get(index);
      if (!row || row.start === null || (row.shape !== "request" && row.shape !== "action")) continue;
      from = Math.min(from, row.start);
      to = Math.max(to, row.start + row.duration);
    }
    this.context.from = from;
    this.context.to = to;
  }

  private scrolled(atEnd: boolean): void {
    if (this.following && !atEnd) this.seen = this.count;
    if (this.following !== atEnd) {
      this.following = atEnd;
      this.tellFollowing();
    }
    this.spanBars(this.range.first, this.range.end);
    this.list.refresh();
    this.showNewRows();
    this.save();
  }

  private pause(): void {
    if (!this.following) return;
    this.following = false;
    this.seen = this.count;
    this.showNewRows();
    this.tellFollowing();
    this.save();
  }

  private followEnd(): void {
    this.following = true;
    this.list.scrollToEnd();
    this.showNewRows();
    this.tellFollowing();
    this.save();
  }

  private showNewRows(): void {
    const count = this.following ? 0 : this.count - this.seen;
    this.newRows.hidden = count <= 0;
    this.newRows.textContent = `${this.strings.newRows.replace("{0}", count.toLocaleString())} ↓`;
  }

  private showStatus(view: View): void {
    const percent = String(Math.floor(view.done * 100));
    const rows = view.count === view.total || view.phase === "preview" ? this.strings.rowCount.replace("{0}", view.count.toLocaleString()) : this.strings.rowCountOf.replace("{0}", view.count.toLocaleString()).replace("{1}", view.total.toLocaleString());
    const busy = view.phase === "filtering" ? this.strings.filtering.replace("{0}", percent) : view.phase === "live" ? "" : this.strings.indexing.replace("{0}", percent);
    this.status.textContent = view.phase === "preview" || view.phase === "indexing" ? busy : busy === "" ? rows : `${rows} – ${busy}`;
    this.progress.hidden = busy === "";
    this.progress.value = view.done;
  }

  private filter(text: string, context: number): void {
    if (text === this.state.filter && context === this.state.context) return;
    this.state = { ...this.state, filter: text, context };
    this.filterWords = wordsOf(text);
    this.markWords(this.findWords);
    const inSight = this.selected && this.selected.index >= this.range.first && this.selected.index < this.range.end ? this.selected.ref : this.rows.get(this.list.first)?.ref;
    vscode.postMessage({ type: "filter", text, context, keep: this.following ? null : (inSight ?? null) });
    this.save();
  }

  private markWords(words: string[]): void {
    this.findWords = words;
    this.context.words = [...this.filterWords, ...words].filter((word) => word.trim() !== "");
    this.list.refresh();
  }

  private find(text: string, direction: 1 | -1, withKeys: boolean): void {
    this.findWithKeys = withKeys;
    const from = this.selected ? this.selected.index + direction : direction === 1 ? this.list.first : Math.min(this.count, this.list.first + this.list.page) - 1;
    vscode.postMessage({ type: "find", request: ++this.findRequest, text, from, direction });
  }

  private found(index: number | null): void {
    if (this.findWithKeys) this.status.textContent = index === null ? this.strings.findNothing : this.status.textContent;
    else this.findBar.tell(index !== null);
    if (index === null) return;
    this.pause();
    this.list.scrollTo(index, "middle");
    this.selectWhenThere(index);
  }

  /** Selects a row that may have to be read first; only the latest wish counts. */
  private selectWhenThere(index: number): void {
    const row = this.rows.get(index);
    if (row) this.select(row);
    else this.wished = index;
  }

  private select(row: PaneRow, open = this.detail.isOpen): void {
    this.wished = undefined;
    this.selected = { ref: row.ref, index: row.index };
    if (row.index < this.count - 1) this.pause();
    this.grid.setAttribute("aria-activedescendant", `row-${row.index}`);
    this.list.scrollTo(row.index);
    this.list.refresh();
    if (row.ref < 0) return;
    vscode.postMessage({ type: "select", ref: row.ref });
    if (open) this.detail.open(row.ref);
  }

  private clicked(event: MouseEvent, open: boolean): void {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>(".viewport .row") : null;
    const row = element ? this.rows.get(Number(element.dataset["index"])) : undefined;
    if (row) this.select(row, open || this.detail.isOpen);
    this.grid.focus();
  }

  private key(event: KeyboardEvent): void {
    const current = this.wished ?? this.selected?.index ?? (this.following ? this.count : this.list.first - 1);
    const move = (to: number): void => {
      const index = Math.max(0, Math.min(this.count - 1, to));
      if (this.count === 0) return;
      this.list.scrollTo(index);
      this.selectWhenThere(index);
    };
    switch (event.key) {
      case "ArrowDown":
        move(current + 1);
        break;
      case "ArrowUp":
        move(current - 1);
        break;
      case "PageDown":
        move(current + this.list.page);
        break;
      case "PageUp":
        move(current - this.list.page);
        break;
      case "Home":
        this.pause();
        move(0);
        break;
      case "End":
        this.wished = undefined;
        this.selected = undefined;
        this.grid.removeAttribute("aria-activedescendant");
        this.followEnd();
        this.list.refresh();
        break;
      case "Enter":
      case " ": {
        const row = this.selected && this.rows.get(this.selected.index);
        if (row) this.select(row, true);
        break;
      }
      case "Escape":
        if (this.detail.isOpen) this.detail.close();
        else this.clearSelection();
        break;
      case "c":
        if (!(event.ctrlKey || event.metaKey) || !this.selected || String(getSelection()) !== "") return;
        vscode.postMessage({ type: "copy", ref: this.selected.ref, what: "row" });
        break;
      case "/":
        this.filterBar.focus();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  private keyAnywhere(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "f") this.findBar.open();
    else if (event.key === "F8") this.find("is:error", event.shiftKey ? -1 : 1, true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private clearSelection(): void {
    this.wished = undefined;
    this.selected = undefined;
    this.grid.removeAttribute("aria-activedescendant");
    vscode.postMessage({ type: "select", ref: null });
    this.list.refresh();
  }

  /** Tells the host at once whether it should send the newest rows. */
  private tellFollowing(): void {
    vscode.postMessage({ type: "state", following: this.following, place: this.state.place });
  }

  /** Remembers filter and place, for the pane that VS Code makes after a reload. */
  private save(): void {
    clearTimeout(this.saveTimer);
    this.saveTimer = setTimeout(() => {
      const place = this.following ? null : (this.rows.get(this.list.first)?.ref ?? this.state.place);
      this.state = { ...this.state, following: this.following, place: place !== null && place < 0 ? null : place };
      vscode.setState(this.state);
      vscode.postMessage({ type: "state", following: this.following, place: this.state.place });
    }, saveMs);
  }
}
