/** One row in full: fields, bodies, and JSON as a tree whose branches are made when they are opened. */
import type { DetailSection, FromPane, PaneStrings, ToPane } from "./protocol.js";
import { setText, type Marks } from "./textNodes.js";

type Detail = Extract<ToPane, { type: "detail" }>;

/** Members of an object that are shown at once; more are behind one more branch. */
const branchLength = 200;

export class DetailView {
  readonly element = document.createElement("section");
  private shown: number | undefined;
  private wanted: number | undefined;

  constructor(private readonly strings: PaneStrings, private readonly send: (message: FromPane) => void, private readonly onClose: () => void) {
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
    const head = document.createElement("header");
    const buttons = [this.button(this.strings.copyRow, () => this.send({ type: "copy", ref: detail.ref, what: "row" }))];
    if (detail.request) {
      buttons.push(this.button(this.strings.copyCurl, () => this.send({ type: "copy", ref: detail.ref, what: "curl" })));
      buttons.push(this.button(this.strings.copyUrl, () => this.send({ type: "copy", ref: detail.ref, what: "url" })));
    }
    buttons.push(this.button(this.strings.openDocument, () => this.send({ type: "open", ref: detail.ref, document: "line" })));
    const close = this.button("×", () => this.close());
    close.className = "icon";
    close.setAttribute("aria-label", this.strings.close);
    close.title = this.strings.close;
    head.append(title, ...buttons, close);
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
      for (const { name, value } of section.fields) {
        const term = document.createElement("dt");
        setText(term, name, marks);
        const description = document.createElement("dd");
        const text = document.createElement("span");
        setText(text, value, marks, false);
        const copy = this.button("⧉", () => this.send({ type: "copyText", text: value }));
        copy.className = "icon copy";
        copy.title = this.strings.copyValue;
        copy.setAttribute("aria-label", `${this.strings.copyValue}: ${name}`);
        description.append(text, copy);
        list.append(term, description);
      }
      element.append(list);
      return element;
    }
    const { document: name } = section;
    const bar = document.createElement("div");
    bar.className = "bar-of-buttons";
    if (name !== null) bar.append(this.button(this.strings.openDocument, () => this.send({ type: "open", ref, document: name })));
    bar.append(this.button(this.strings.copyValue, () => this.send({ type: "copyText", text: section.type === "text" ? section.text : section.json })));
    element.append(bar);
    if (section.type === "tree") {
      element.append(treeOf(section.json, marks));
    } else {
      const text = document.createElement("pre");
      text.tabIndex = 0;
      setText(text, section.text, marks, false);
      element.append(text);
      if (section.cut) {
        const note = document.createElement("p");
        note.className = "note";
        note.textContent = this.strings.cut;
        element.append(note);
      }
    }
    return element;
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
    tree.append(nodeOf(undefined, JSON.parse(json), marks, 0));
  } catch {
    const text = document.createElement("pre");
    setText(text, json, marks, false);
    tree.append(text);
  }
  return tree;
}

function nodeOf(name: string | undefined, value: unknown, marks: Marks, depth: number): HTMLElement {
  if (typeof value !== "object" || value === null) {
    const leaf = document.createElement("div");
    leaf.className = "leaf";
    const text = document.createElement("span");
    text.className = value === null ? "null" : typeof value;
    setText(text, typeof value === "string" ? JSON.stringify(value) : String(value), marks);
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
  // Made when it is opened: a body may have more members than a document bears.
  const fill = (): void => {
    if (branch.childElementCount > 1) return;
    for (const [key, member] of entries.slice(0, branchLength)) branch.append(nodeOf(key, member, marks, depth + 1));
    if (entries.length > branchLength) branch.append(nodeOf("…", Object.fromEntries(entries.slice(branchLength)), marks, depth + 1));
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
