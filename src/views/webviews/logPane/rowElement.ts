/** A row of the list: cells that line up over all kinds of rows, and a sentence for screen readers. */
import type { PaneKind } from "../../../sessions/logs/rows.js";
import type { PaneRow, PaneStrings } from "./protocol.js";
import { setPlain, setSplitText, setText, type Marks } from "./textNodes.js";
import { visibleLine } from "./visibleText.js";

export interface RowContext extends Marks {
  pane: PaneKind;
  strings: PaneStrings;
  /** The time that the duration bars span: that of the rows in sight. */
  from: number;
  to: number;
  /** Requests that began in this time are marked. */
  span: { from: number; to: number } | null;
}

const cellNames = ["time", "log", "state", "what", "text", "type", "size", "duration", "waterfall"] as const;
type Cells = Record<Exclude<(typeof cellNames)[number], "log" | "time" | "waterfall">, string>;

/** The names of the columns, for the head of the list. */
export function headCells(pane: PaneKind, strings: PaneStrings): HTMLElement[] {
  const { columnState, columnWhat, columnText, columnType } = strings;
  const [state, what, text, type] = {
    logs: [strings.columnLevel, strings.columnEvent, strings.columnMessage, ""],
    network: [strings.columnStatus, strings.columnMethod, strings.columnUrl, columnType],
    actions: [columnState, strings.columnAction, strings.columnTarget, strings.columnSource],
    timeline: [columnState, columnWhat, columnText, columnType],
  }[pane] as [string, string, string, string];
  const names = {
    time: strings.columnTime,
    log: strings.columnLog,
    state,
    what,
    text,
    type,
    size: strings.columnSize,
    duration: strings.columnDuration,
    waterfall: strings.columnWaterfall,
  };
  return cellNames.map((name) => {
    const cell = document.createElement("span");
    cell.className = name;
    cell.setAttribute("role", "columnheader");
    cell.textContent = names[name];
    return cell;
  });
}

/** Fills the element of a row whose data are still being read. */
export function renderLoading(element: HTMLElement, index: number): void {
  element.className = "row loading";
  element.setAttribute("role", "row");
  element.dataset["index"] = String(index);
  element.setAttribute("aria-rowindex", String(index + 2));
  for (const name of ["id", "aria-label", "aria-selected"]) element.removeAttribute(name);
}

export function renderRow(element: HTMLElement, row: PaneRow, context: RowContext, selected: boolean): void {
  const { strings } = context;
  const cells = cellsOf(row, strings);
  const marked =
    context.span !== null &&
    row.shape === "request" &&
    row.start !== null &&
    row.start >= context.span.from &&
    row.start <= context.span.to;
  element.className = [
    "row",
    `shape-${row.shape}`,
    toneOf(row),
    row.context ? "context" : "",
    row.after ? "after-break" : "",
    marked ? "marked" : "",
    row.shape === "action" && row.pictured ? "pictured" : "",
    selected ? "selected" : "",
  ]
    .filter(Boolean)
    .join(" ");
  element.id = `row-${row.index}`;
  element.setAttribute("role", "row");
  element.dataset["index"] = String(row.index);
  // The head is the first row.
  element.setAttribute("aria-rowindex", String(row.index + 2));
  element.setAttribute("aria-selected", String(selected));
  element.setAttribute("aria-label", sentenceOf(row, cells, strings, marked));

  // Elements go from row to row as the list moves: what is there is filled again, which is far cheaper than making it.
  const made = cellElements(element);
  for (const [at, name] of cellNames.entries()) {
    const cell = made[at];
    if (!cell) continue;
    if (name === "time") setPlain(cell, row.start === null ? "" : timeOfDay(row.start));
    else if (name === "log") setPlain(cell, { logs: "log", network: "net", actions: "act" }[row.kind]);
    else if (name === "waterfall") showBar(cell, row, context);
    else if (name === "text" && originLength(cells.text) > 0)
      setSplitText(cell, cells.text, originLength(cells.text), context);
    else setText(cell, cells[name], context);
  }
  element.querySelector(".break")?.remove();
  if (row.after) {
    const label = document.createElement("span");
    label.className = "break";
    label.textContent = strings[row.after];
    element.append(label);
  }
}

/** How much of an address is its scheme and host: most rows have the same, and the path tells them apart. */
function originLength(text: string): number {
  return /^[a-z][a-z\d+.-]*:\/\/[^/?#\s]*/i.exec(text)?.[0].length ?? 0;
}

/** Brings the duration bar of a row up to date: the time that the bars span has changed. */
export function renderBar(element: HTMLElement, row: PaneRow, context: RowContext): void {
  const cell = element.children[cellNames.indexOf("waterfall")];
  if (cell instanceof HTMLElement) showBar(cell, row, context);
}

/** The cells of a row's element, made if it has none. */
function cellElements(element: HTMLElement): HTMLElement[] {
  if (element.childElementCount < cellNames.length) {
    element.replaceChildren(
      ...cellNames.map((name) => {
        const cell = document.createElement("span");
        cell.className = name;
        cell.setAttribute("role", "gridcell");
        return cell;
      }),
    );
  }
  return [...element.children] as HTMLElement[];
}

function cellsOf(row: PaneRow, strings: PaneStrings): Cells {
  switch (row.shape) {
    case "log":
      return {
        state: row.level,
        what: row.event,
        text: row.data === "" ? row.message : `${row.message}  ${row.data}`,
        type: "",
        size: "",
        duration: "",
      };
    case "request":
      return {
        state: row.status === null ? (row.failure === "" ? "" : strings.failed) : String(row.status),
        what: row.method,
        text: row.failure === "" ? row.url : `${row.url}  ${row.failure}`,
        type: row.type,
        size: row.cached ? strings.cached : sizeText(row.size),
        duration: durationText(row.duration),
      };
    case "action":
      return {
        state: row.success ? strings.ok : strings.failed,
        what: row.action,
        text: [row.where, row.value === "" ? "" : `= ${row.value}`, row.error].filter((part) => part !== "").join("  "),
        type: row.source,
        size: "",
        duration: durationText(row.duration),
      };
    case "malformed":
      return {
        state: "?",
        what: (row.long ? strings.long : strings.malformed)
          .replace("{0}", String(row.number))
          .replace("{1}", String(row.bytes)),
        text: row.text,
        type: "",
        size: "",
        duration: "",
      };
  }
}

/** Error (what `is:error` finds), warning or neither, as a class; the words of the row say the same. */
function toneOf(row: PaneRow): string {
  switch (row.shape) {
    case "log":
      return row.level === "error" ? "error" : row.level === "warn" ? "warning" : row.level === "debug" ? "quiet" : "";
    case "request":
      return row.failure !== "" || (row.status ?? 0) >= 400 ? "error" : (row.status ?? 0) >= 300 ? "quiet" : "";
    case "action":
      return row.success ? "" : "error";
    case "malformed":
      return "warning";
  }
}

function sentenceOf(row: PaneRow, cells: Cells, strings: PaneStrings, marked: boolean): string {
  const parts = [
    row.after ? strings[row.after] : "",
    marked ? strings.marked : "",
    cells.state,
    cells.what,
    cells.text,
    cells.type,
    cells.size,
    cells.duration,
    row.start === null ? "" : timeOfDay(row.start),
    row.shape === "action" && row.pictured ? strings.pictured : "",
  ];
  return visibleLine(
    parts
      .filter((part) => part !== "")
      .join(", ")
      .slice(0, 500),
  );
}

function showBar(cell: HTMLElement, row: PaneRow, { from, to }: RowContext): void {
  if ((row.shape !== "request" && row.shape !== "action") || row.start === null || to <= from) {
    if (cell.firstChild) cell.replaceChildren();
    return;
  }
  let bar = cell.firstElementChild as HTMLElement | null;
  if (!bar) {
    bar = document.createElement("span");
    bar.className = "bar";
    bar.setAttribute("aria-hidden", "true");
    cell.append(bar);
  }
  const left = Math.max(0, Math.min(1, (row.start - from) / (to - from)));
  const width = Math.max(0, Math.min(1 - left, row.duration / (to - from)));
  bar.style.left = `${left * 100}%`;
  bar.style.width = `max(2px, ${width * 100}%)`;
}

function timeOfDay(at: number): string {
  const date = new Date(at);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [factor, unit] =
    bytes < 999_500 ? ([1e3, "kB"] as const) : bytes < 999_500_000 ? ([1e6, "MB"] as const) : ([1e9, "GB"] as const);
  const amount = bytes / factor;
  return `${amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
}

function durationText(ms: number): string {
  return ms < 999.5
    ? `${Math.round(ms)} ms`
    : ms < 99_950
      ? `${(ms / 1000).toFixed(1)} s`
      : `${Math.round(ms / 1000)} s`;
}
