/** One row in full: fields, bodies, and JSON as a tree whose branches are made when they are opened. */
import { iconButton } from "./iconButton.js";
import type { DetailSection, FromPane, PaneStrings, ToPane } from "./protocol.js";
import { rowPicture } from "./rowPicture.js";
import { setText, type Marks } from "./textNodes.js";

type Detail = Extract<ToPane, { type: "detail" }>;

/** Members of an object that are shown at once; more are behind one more branch. */
const branchLength = 200;

export class DetailView {
  readonly element = document.createElement("section");
  private shown: number | undefined;
  private wanted: number | undefined;

  constructor(
    private readonly strings: PaneStrings,
    private readonly send: (message: FromPane) => void,
    private readonly onClose: () => void,
  ) {
    this.element.className = "detail";
    this.element.hidden = true;
    this.element.setAttribute("aria-label", strings.detailLabel);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** Whether it has been asked for what is not there yet. */
  get isComing(): boolean {
    return this.wanted !== undefined && this.wanted !== this.shown;
  }

  /** Asks for a row's details; they are shown when they come. */
  open(ref: number): void {
    this.wanted = ref;
    this.send({ type: "detail", ref });
  }

  close(): void {
    this.wanted = undefined;
    this.shown = undefined;
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.element.replaceChildren();
    this.onClose();
  }

  show(detail: Detail): void {
    if (detail.ref !== this.wanted || detail.ref === this.shown) return;
    this.shown = detail.ref;
    const marks: Marks = { strings: this.strings, words: [] };
    const title = document.createElement("h2");
    setText(title, detail.title, marks);
    const close = iconButton("×", this.strings.close, () => this.close());
    const bar = document.createElement("div");
    bar.className = "bar-of-buttons";
    bar.append(this.button(this.strings.copyRow, () => this.send({ type: "copy", ref: detail.ref, what: "row" })));
    if (detail.request) {
      bar.append(this.button(this.strings.copyCurl, () => this.send({ type: "copy", ref: detail.ref, what: "curl" })));
      bar.append(this.button(this.strings.copyUrl, () => this.send({ type: "copy", ref: detail.ref, what: "url" })));
    }
    bar.append(
      this.button(this.strings.openDocument, () => this.send({ type: "open", ref: detail.ref, document: "line" })),
    );
    const head = document.createElement("header");
    head.append(title, close, bar);
    this.element.replaceChildren(head, ...detail.sections.map((section) => this.section(section, detail.ref, marks)));
    this.element.hidden = false;
    this.element.scrollTop = 0;
  }

  private section(section: DetailSection, ref: number, marks: Marks): HTMLElement {
    const element = document.createElement("details");
    element.open = true;
    const summary = document.createElement("summary");
    setText(summary, section.title, marks);
    element.append(summary);
    if (section.type === "fields") {
      const list = document.createElement("dl");
      for (const { name, value, cut } of section.fields) {
        const term = document.createElement("dt");
        setText(term, name, marks);
        const description = document.createElement("dd");
        const text = document.createElement("span");
        setText(text, value, marks, false);
        description.append(text, cut ? this.cutNote() : this.copyButton(name, value));
        list.append(term, description);
      }
      element.append(list);
      return element;
    }
    if (section.type === "picture") {
      element.append(rowPicture(section, this.strings));
      return element;
    }
    const { document: name } = section;
    const bar = document.createElement("div");
    bar.className = "bar-of-buttons";
    bar.append(this.button(this.strings.openDocument, () => this.send({ type: "open", ref, document: name })));
    bar.append(this.button(this.strings.copyValue, () => this.send({ type: "copyDocument", ref, document: name })));
    element.append(bar);
    if (section.type === "tree") {
      element.append(treeOf(section.json, marks));
    } else {
      const text = document.createElement("pre");
      text.tabIndex = 0;
      setText(text, section.text, marks, false);
      element.append(text);
      if (section.cut) element.append(this.cutNote());
    }
    return element;
  }

  private copyButton(name: string, value: string): HTMLButtonElement {
    const copy = iconButton("⧉", `${this.strings.copyValue}: ${name}`, () =>
      this.send({ type: "copyText", text: value }),
    );
    copy.classList.add("copy");
    return copy;
  }

  private cutNote(): HTMLElement {
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = this.strings.cut;
    return note;
  }

  private button(label: string, action: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", action);
    return button;
  }
}

function treeOf(json: string, marks: Marks): HTMLElement {
  const tree = document.createElement("div");
  tree.className = "tree";
  try {
    tree.append(nodeOf(undefined, JSON.parse(json, keepNumber), marks, 0));
  } catch {
    const text = document.createElement("pre");
    setText(text, json, marks, false);
    tree.append(text);
  }
  return tree;
}

/** A number that JavaScript would round, as it was written. */
class LongNumber {
  constructor(readonly source: string) {}
}

/** Newer engines tell how a value was written. */
function keepNumber(_name: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" && context?.source !== undefined && /\d{16}/.test(context.source)
    ? new LongNumber(context.source)
    : value;
}

function nodeOf(name: string | undefined, value: unknown, marks: Marks, depth: number): HTMLElement {
  if (typeof value !== "object" || value === null || value instanceof LongNumber) {
    const leaf = document.createElement("div");
    leaf.className = "leaf";
    const text = document.createElement("span");
    text.className = value === null ? "null" : value instanceof LongNumber ? "number" : typeof value;
    setText(
      text,
      typeof value === "string" ? JSON.stringify(value) : value instanceof LongNumber ? value.source : String(value),
      marks,
    );
    leaf.append(...nameOf(name, marks), text);
    return leaf;
  }
  const entries = Object.entries(value);
  const branch = document.createElement("details");
  const summary = document.createElement("summary");
  const kind = document.createElement("span");
  kind.className = "kind";
  kind.textContent = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  summary.append(...nameOf(name, marks), kind);
  branch.append(summary);
  // Made when it is opened: a body may have more members than a document can hold.
  const fill = (): void => {
    if (branch.childElementCount > 1) return;
    for (const [key, member] of entries.slice(0, branchLength)) branch.append(nodeOf(key, member, marks, depth + 1));
    if (entries.length > branchLength)
      branch.append(nodeOf("…", Object.fromEntries(entries.slice(branchLength)), marks, depth + 1));
  };
  branch.addEventListener("toggle", () => {
    if (branch.open) fill();
  });
  if (depth < 2 && entries.length <= 50) {
    branch.open = true;
    fill();
  }
  return branch;
}

function nameOf(name: string | undefined, marks: Marks): HTMLElement[] {
  if (name === undefined) return [];
  const element = document.createElement("span");
  element.className = "name";
  setText(element, `${name}: `, marks);
  return [element];
}
