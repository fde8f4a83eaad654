/**
 * A log pane's page: the list, the bars above it, the details beside it, and the messages to the extension
 * host. It holds the rows in sight and some around them; everything else stays on disk.
 */
import "./style.css";
import { DetailView } from "./detailView.js";
import { FilterBar } from "./filterBar.js";
import { FindBar, wordsOf } from "./findBar.js";
import { Footer } from "./footer.js";
import {
  toPaneSchema,
  type FromPane,
  type PaneRow,
  type PaneState,
  type PaneStrings,
  type ToPane,
} from "./protocol.js";
import { RowCache, type Range } from "./rowCache.js";
import { headCells, renderBar, renderLoading, renderRow, type RowContext } from "./rowElement.js";
import { VirtualList } from "./virtualList.js";

interface VsCodeApi {
  postMessage(message: FromPane): void;
  setState(state: PaneState): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** Least height of a row in CSS pixels, and how much higher than its letters it is. */
const leastRowHeight = 22;
const lineHeight = 1.5;
const saveMs = 250;
/** Of a row that has not been read since all of the log was counted. */
const unknownRef = -1;

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
  private readonly main = document.createElement("main");
  private readonly trouble = document.createElement("div");
  private readonly empty = document.createElement("p");
  private readonly newRows = document.createElement("button");
  private readonly filterBar: FilterBar;
  private readonly findBar: FindBar;
  private readonly detail: DetailView;
  private readonly footer: Footer;
  private readonly list: VirtualList;

  private state: PaneState;
  private generation = -1;
  private count = 0;
  private readonly rows = new RowCache();
  private range: Range = { first: 0, end: 0 };
  /** The rows that are shown are those of an earlier filter. */
  private waits = false;
  private following: boolean;
  /** Rows that there were when the reader scrolled up. */
  private seen = 0;
  /** The index is -1 while it is not known. */
  private selected: { ref: number; index: number } | undefined;
  /** Where a selection of several rows begins; it ends at the selected one. */
  private anchor: { ref: number; index: number } | undefined;
  /** Whether the details of the selected row were asked for. */
  private opens = false;
  /** Distance from the top edge of the row that a new filter should leave where it is. */
  private keptAt = 0;
  /** The row whose details were open before a reload, until it can be read again. */
  private reopen: number | null;
  /** A row that is to be selected as soon as it has been read, and perhaps shown in full. */
  private wished: { index: number; open: boolean; extend?: boolean } | undefined;
  private filterWords: string[];
  private findWords: string[] = [];
  private findRequest = 0;
  private findWithKeys = false;
  private readonly context: RowContext;
  private barsFrame = 0;
  private saveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor({ state, strings, history }: Init) {
    this.strings = strings;
    this.state = state;
    this.following = state.following;
    if (state.selected !== null) this.selected = { ref: state.selected, index: -1 };
    this.filterWords = wordsOf(state.filter);
    this.context = { pane: state.pane, strings, words: this.filterWords, from: 0, to: 0, span: null };
    const send = (message: FromPane): void => vscode.postMessage(message);

    this.filterBar = new FilterBar({
      pane: state.pane,
      strings,
      history,
      text: state.filter,
      context: state.context,
      onFilter: (text, context) => this.filter(text, context),
      onRemember: (text) => {
        if (text.trim() === "" || history[0] === text.trim()) return;
        history.splice(0, history.length, text.trim(), ...history.filter((earlier) => earlier !== text.trim()));
        send({ type: "remember", text });
      },
      onLeave: () => this.grid.focus(),
      onExport: () => send({ type: "export", ...this.selection() }),
    });
    this.findBar = new FindBar(
      strings,
      (text, direction) => this.find(text, direction, false),
      (words) => this.markWords(words),
      () => {
        this.stopFinding();
        this.grid.focus();
      },
    );
    this.detail = new DetailView(strings, send, () => {
      this.remember();
      this.grid.focus();
    });
    this.footer = new Footer(strings, (direction) => this.find("is:error", direction, true));

    this.grid.className = "left";
    this.grid.tabIndex = 0;
    this.grid.setAttribute("role", "grid");
    this.grid.setAttribute("aria-label", strings.rowsLabel);
    this.grid.setAttribute("aria-multiselectable", "true");
    this.viewport.className = "viewport";
    this.viewport.setAttribute("role", "rowgroup");
    // A list that scrolls would take the focus by itself; the grid around it has it.
    this.viewport.tabIndex = -1;
    this.list = new VirtualList({
      viewport: this.viewport,
      rowHeight: leastRowHeight,
      render: (index, element) => this.render(index, element),
      onRange: (first, end) => this.inSight(first, end),
      onScroll: (atEnd, direction) => this.scrolled(atEnd, direction),
      sticks: () => this.following,
    });
    this.compose();
    this.fitRowHeight();
    // VS Code writes the user's fonts and colours there.
    new MutationObserver(() => this.fitRowHeight()).observe(document.documentElement, { attributeFilter: ["style"] });
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.viewport.addEventListener("click", (event) => this.clicked(event));
    // With Shift a browser would mark text up to there.
    this.viewport.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault());
    this.viewport.addEventListener("mouseover", (event) => showWholeText(event.target));
    document.addEventListener("keydown", (event) => this.keyAnywhere(event));
    // Whoever comes to the pane by a command or a key goes on with the keys of the list.
    window.addEventListener("focus", () => this.focusList());
    if (document.hasFocus()) this.focusList();
    this.reopen = state.open ? state.selected : null;
    this.save();
  }

  private focusList(): void {
    if (document.activeElement === document.body) this.grid.focus();
  }

  /** Makes rows as high as the letters of the user's editors ask for. */
  private fitRowHeight(): void {
    const letters = Number.parseFloat(
      getComputedStyle(document.documentElement).getPropertyValue("--vscode-editor-font-size"),
    );
    const height = Math.max(leastRowHeight, Math.ceil((Number.isFinite(letters) ? letters : 0) * lineHeight));
    document.documentElement.style.setProperty("--row-height", `${height}px`);
    this.list.setRowHeight(height);
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
        // The list has become smaller.
        if (this.selected?.ref === message.ref && this.selected.index >= 0 && !this.following)
          this.list.scrollTo(this.selected.index);
        this.remember();
        break;
      case "found":
        if (message.request === this.findRequest) this.found(message);
        break;
      case "mark":
        this.context.span = message.span;
        this.list.refresh();
        break;
      case "trouble":
        this.trouble.hidden = false;
        this.trouble.textContent = this.strings.stopped.replace("{0}", message.text);
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
    new ResizeObserver(() =>
      head.style.setProperty("--scrollbar", `${this.viewport.offsetWidth - this.viewport.clientWidth}px`),
    ).observe(this.viewport);

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

    this.trouble.className = "trouble problem";
    this.trouble.setAttribute("role", "alert");
    this.trouble.hidden = true;
    document.body.className = `pane-${this.state.pane}`;
    document.body.replaceChildren(
      this.filterBar.element,
      this.findBar.element,
      this.trouble,
      this.main,
      this.footer.element,
    );
  }

  private viewChanged(view: View): void {
    const isNew = view.generation !== this.generation;
    this.footer.show(view);
    // What was shown stays until there is something to show instead of it: the newest rows while all of them are
    // counted, the rows of the filter before while a new one has found none.
    if (view.phase === "indexing") return;
    const waits = isNew && this.generation > 0 && view.phase !== "live" && view.rows === undefined;
    this.viewport.classList.toggle("stale", waits);
    this.waits = waits;
    if (waits) return;
    if (isNew) {
      // The newest rows were shown first; now those before them are there, too.
      const before = this.generation === 0 ? Math.max(0, view.count - this.count) : 0;
      if (before > 0 && !this.following && view.place === undefined) {
        this.list.setCount(view.count, false);
        this.list.putAt(before, this.list.distance(0));
      }
      // What was selected on the first screen stays selected, be it one row or several.
      const isFirst = this.generation === 0;
      this.anchor = isFirst && this.anchor ? { ...this.anchor, index: this.anchor.index + before } : undefined;
      this.wished =
        this.selected && this.selected.ref < 0
          ? { index: this.selected.index + before, open: this.opens, extend: this.anchor !== undefined }
          : undefined;
      this.generation = view.generation;
    }
    const changed = isNew ? 0 : view.moved;
    if (changed !== undefined) {
      this.rows.forgetFrom(changed);
      if (this.selected && this.selected.index >= changed) this.selected.index = -1;
      if (!isNew && this.anchor && this.anchor.index >= changed) this.anchor.index = -1;
    }
    if (view.rows) this.rows.keep(view.rows, this.range);
    this.findAnchor();
    this.askForAnchor();
    this.count = view.count;
    // Rows that a filter is still finding are not new.
    if (isNew || view.phase !== "live" || view.place !== undefined) this.seen = view.count;
    this.grid.setAttribute("aria-rowcount", String(view.count + 1));
    this.empty.hidden = view.count > 0 || view.phase !== "live";
    this.empty.textContent = view.ending
      ? this.strings[view.ending]
      : this.state.filter.trim() === ""
        ? this.strings.empty
        : this.strings.emptyFiltered;
    if (view.place !== undefined) {
      this.following = false;
      this.list.setCount(view.count, false);
      this.list.putAt(Math.min(view.place, Math.max(0, view.count - 1)), this.keptAt);
      this.keptAt = 0;
    } else {
      this.list.setCount(view.count, this.following);
    }
    if (changed !== undefined) this.list.refresh();
    if (isNew && this.wished) this.selectWhenThere(this.wished.index, this.wished.open, this.wished.extend);
    this.showNewRows();
    this.ask();
    if (this.reopen === null || view.phase !== "live") return;
    this.detail.open(this.reopen);
    this.reopen = null;
  }

  private rowsCame(answer: Extract<ToPane, { type: "rows" }>): void {
    this.rows.answer(answer, answer.rows, this.range);
    this.findAnchor();
    if (this.wished) this.selectWhenThere(this.wished.index, this.wished.open, this.wished.extend);
    this.spanBars();
    this.list.refresh();
    this.ask();
  }

  /** Asks for rows in sight that are not here. */
  private ask(): void {
    if (this.generation <= 0 || this.waits) return;
    const question = this.rows.question({ first: this.range.first, end: Math.min(this.range.end, this.count) });
    if (question) vscode.postMessage({ type: "read", generation: this.generation, ...question });
  }

  private inSight(first: number, end: number): void {
    if (first !== this.range.first && !this.following) this.save();
    this.range = { first, end };
    this.spanBars();
    this.ask();
  }

  private render(index: number, element: HTMLElement): void {
    const row = this.rows.get(index);
    if (!row) return renderLoading(element, index);
    const selected = this.selected?.ref === row.ref;
    if (selected) {
      this.selected = { ref: row.ref, index };
      this.grid.setAttribute("aria-activedescendant", `row-${index}`);
    }
    renderRow(element, row, this.context, selected || this.isBetween(index));
  }

  /** Whether a row lies in the selection of several. */
  private isBetween(index: number): boolean {
    const { anchor, selected } = this;
    if (!anchor || !selected || anchor.index < 0 || selected.index < 0) return false;
    return index >= Math.min(anchor.index, selected.index) && index <= Math.max(anchor.index, selected.index);
  }

  /** The rows at the two ends of the selection; null where nothing is selected. */
  private selection(): { from: number | null; to: number | null } {
    const { selected, anchor } = this;
    if (!selected || selected.ref < 0) return { from: null, to: null };
    return { from: anchor && anchor.ref >= 0 ? anchor.ref : selected.ref, to: selected.ref };
  }

  /** Finds the row where the selection began again: by its place where it had no number, else by its number. */
  private findAnchor(): void {
    const { anchor } = this;
    if (!anchor) return;
    if (anchor.ref < 0) anchor.ref = this.rows.get(anchor.index)?.ref ?? anchor.ref;
    else if (anchor.index < 0) anchor.index = this.rows.indexOf(anchor.ref);
  }

  /** Asks for the row where the selection began, which may be far from those in sight. */
  private askForAnchor(): void {
    if (!this.anchor || this.anchor.ref >= 0 || this.generation <= 0) return;
    const { index } = this.anchor;
    vscode.postMessage({ type: "read", generation: this.generation, first: index, end: index + 1 });
  }

  /** Lets the duration bars span the time of the rows in sight. */
  private spanBars(): void {
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (let index = this.range.first; index < this.range.end; index++) {
      const row = this.rows.get(index);
      if (!row || row.start === null || (row.shape !== "request" && row.shape !== "action")) continue;
      from = Math.min(from, row.start);
      to = Math.max(to, row.start + row.duration);
    }
    if (from === this.context.from && to === this.context.to) return;
    this.context.from = from;
    this.context.to = to;
    // One scale for all of them.
    cancelAnimationFrame(this.barsFrame);
    this.barsFrame = requestAnimationFrame(() => {
      for (const [index, element] of this.list.drawn) {
        const row = this.rows.get(index);
        if (row) renderBar(element, row, this.context);
      }
    });
  }

  /** At the end the list sticks; any move upwards lets go of it, also while rows come faster than one can scroll. */
  private scrolled(atEnd: boolean, direction: "up" | "down"): void {
    this.follow(atEnd && direction === "down");
    this.save();
  }

  private follow(following: boolean): void {
    if (this.following === following) return;
    this.following = following;
    this.seen = this.count;
    this.showNewRows();
    this.remember();
  }

  private pause(): void {
    this.follow(false);
    this.save();
  }

  private followEnd(): void {
    this.follow(true);
    this.list.scrollToEnd();
    this.save();
  }

  private showNewRows(): void {
    const count = this.following ? 0 : this.count - this.seen;
    this.newRows.hidden = count <= 0;
    this.newRows.textContent = `${this.strings.newRows.replace("{0}", count.toLocaleString())} ↓`;
  }

  private filter(text: string, context: number): void {
    if (text === this.state.filter && context === this.state.context) return;
    this.state = { ...this.state, filter: text, context };
    this.filterWords = wordsOf(text);
    this.markWords(this.findWords);
    const first = this.rows.get(this.list.first);
    const kept =
      this.selected &&
      this.rows.get(this.selected.index)?.ref === this.selected.ref &&
      this.selected.index >= this.list.first &&
      this.selected.index < this.list.first + this.list.page
        ? this.selected
        : first;
    this.keptAt = kept ? this.list.distance(kept.index) : 0;
    vscode.postMessage({
      type: "filter",
      text,
      context,
      keep: this.following ? null : (kept?.ref ?? this.state.place),
    });
    this.save();
  }

  private markWords(words: string[]): void {
    this.findWords = words;
    this.context.words = [...this.filterWords, ...words].filter((word) => word.trim() !== "");
    this.list.refresh();
  }

  private find(text: string, direction: 1 | -1, withKeys: boolean): void {
    this.findWithKeys = withKeys;
    const known = this.selected && this.selected.index >= 0;
    const from =
      known && this.selected
        ? this.selected.index + direction
        : direction === 1
          ? this.list.first
          : Math.min(this.count, this.list.first + this.list.page) - 1;
    if (withKeys) this.footer.tell("…");
    vscode.postMessage({ type: "find", request: ++this.findRequest, text, from, direction });
  }

  /** What is still being looked for is not wanted any more. */
  private stopFinding(): void {
    vscode.postMessage({ type: "find", request: ++this.findRequest, text: "", from: 0, direction: 1 });
  }

  private found({ index, wrapped }: Extract<ToPane, { type: "found" }>): void {
    const outcome = index === null ? this.strings.findNothing : wrapped ? this.strings.findWrapped : "";
    if (this.findWithKeys) this.footer.tell(outcome);
    else this.findBar.tell(outcome);
    if (index === null) return;
    this.pause();
    this.list.scrollTo(index, "middle");
    this.selectWhenThere(index);
  }

  /** Selects a row that may have to be read first; only the latest wish counts. */
  private selectWhenThere(index: number, open = this.detail.isOpen, extend = false): void {
    // Several begin where one was wanted before, though that has not been read yet either.
    if (extend && this.wished && !this.wished.extend) {
      this.anchor = { ref: unknownRef, index: this.wished.index };
      this.askForAnchor();
    }
    const row = this.rows.get(index);
    if (row) this.select(row, open, extend);
    else this.wished = { index, open, extend };
  }

  /** @param extend the rows from where the selection began up to this one */
  private select(row: PaneRow, open = this.detail.isOpen, extend = false): void {
    this.wished = undefined;
    this.anchor = extend ? (this.anchor ?? this.selected) : undefined;
    this.selected = { ref: row.ref, index: row.index };
    if (row.index < this.count - 1) this.follow(false);
    this.remember();
    this.grid.setAttribute("aria-activedescendant", `row-${row.index}`);
    this.list.scrollTo(row.index);
    this.list.refresh();
    // A row of the first screen has no number yet; it is chosen again when it has.
    this.opens = open;
    if (row.ref < 0) return;
    vscode.postMessage({ type: "select", ref: row.ref });
    if (open) this.detail.open(row.ref);
  }

  /** Whether the details of a row of the first screen are to be shown when it has its number. */
  private get opensWhenNumbered(): boolean {
    return this.opens && this.selected !== undefined && this.selected.ref < 0;
  }

  private clicked(event: MouseEvent): void {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>(".viewport .row") : null;
    // A row that is only being read is not seen, and takes no click: it is found by its place. The rows change under the
    // mouse when all of a log has been counted.
    const index = element ? Number(element.dataset["index"]) : this.unreadAt(event.clientY);
    // Whoever marks a text with the mouse wants to copy it.
    if (index !== undefined && event.shiftKey) this.selectWhenThere(index, this.detail.isOpen, true);
    else if (index !== undefined && String(getSelection()) === "") this.selectWhenThere(index, true);
    this.grid.focus();
  }

  /** The row that is being read at a height of the page. */
  private unreadAt(clientY: number): number | undefined {
    const index = this.list.indexAt(clientY - this.viewport.getBoundingClientRect().top);
    return index !== undefined && this.rows.get(index) === undefined ? index : undefined;
  }

  private key(event: KeyboardEvent): void {
    // A list that follows has left the selected row behind, unless it is still in sight.
    const known =
      this.selected && this.selected.index >= (this.following ? this.list.first - 1 : 0)
        ? this.selected.index
        : undefined;
    const current = this.wished?.index ?? known ?? (this.following ? this.count : this.list.first - 1);
    const move = (to: number): void => {
      const index = Math.max(0, Math.min(this.count - 1, to));
      if (this.count === 0) return;
      this.list.scrollTo(index);
      this.selectWhenThere(index, this.detail.isOpen, event.shiftKey);
      if (index === this.count - 1) this.follow(true);
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
        this.clearSelection();
        this.followEnd();
        break;
      case "Enter":
      case " ": {
        const row = this.selected && this.rows.get(this.selected.index);
        if (row) this.select(row, true);
        break;
      }
      case "Escape":
        if (this.detail.isOpen || this.detail.isComing || this.opensWhenNumbered) {
          this.opens = false;
          this.detail.close();
        } else this.clearSelection();
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
    else if (event.key === "F3") this.findBar.step(event.shiftKey ? -1 : 1);
    else if (event.key === "F8") this.find("is:error", event.shiftKey ? -1 : 1, true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private clearSelection(): void {
    this.wished = undefined;
    this.selected = undefined;
    this.anchor = undefined;
    this.grid.removeAttribute("aria-activedescendant");
    vscode.postMessage({ type: "select", ref: null });
    this.list.refresh();
    this.remember();
  }

  /** Remembers what is shown, for the page that VS Code makes again after a reload, a drag, or behind another tab. */
  private remember(): void {
    clearTimeout(this.saveTimer);
    const { selected } = this;
    const place = this.following ? null : (this.rows.get(this.list.first)?.ref ?? this.state.place);
    this.state = {
      ...this.state,
      following: this.following,
      place: place !== null && place < 0 ? null : place,
      selected: selected && selected.ref >= 0 ? selected.ref : null,
      open: this.detail.isOpen,
    };
    vscode.setState(this.state);
    const { following, open } = this.state;
    vscode.postMessage({ type: "state", following, place: this.state.place, selected: this.state.selected, open });
  }

  /** The same, when the reader has stopped scrolling or typing. */
  private save(): void {
    clearTimeout(this.saveTimer);
    this.saveTimer = setTimeout(() => this.remember(), saveMs);
  }
}

/** Lets a cell that does not hold its whole text show it under the mouse. */
function showWholeText(target: EventTarget | null): void {
  const cell = target instanceof Element ? target.closest<HTMLElement>(".row > span") : null;
  if (cell && !cell.classList.contains("waterfall"))
    cell.title = cell.scrollWidth > cell.clientWidth ? (cell.textContent ?? "") : "";
}
