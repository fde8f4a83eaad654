/** Makes nodes of text that a page wrote: never markup, with masked secrets and searched words marked. */
import { mask } from "../../../sessions/logs/mask.js";
import type { PaneStrings } from "./protocol.js";
import { visible, visibleLine } from "./visibleText.js";

/** What is marked in texts. */
export interface Marks {
  strings: PaneStrings;
  /** Words that are looked for; marked wherever they occur, in any case. */
  words: readonly string[];
}

/** Puts a text into an element. @param oneLine shows line breaks as a sign */
export function setText(element: HTMLElement, text: string, marks: Marks, oneLine = true): void {
  const shown = oneLine ? visibleLine(text) : visible(text);
  if (marks.words.length === 0 && !shown.includes(mask)) setPlain(element, shown);
  else element.replaceChildren(...nodesOf(shown, marks));
}

/** Puts a text into an element that holds text alone, and touches nothing where it is there already. */
export function setPlain(element: HTMLElement, text: string): void {
  const only = element.childNodes.length === 1 && element.firstChild instanceof Text ? element.firstChild : undefined;
  if (only) {
    if (only.data !== text) only.data = text;
  } else if (text !== "" || element.firstChild) {
    element.textContent = text;
  }
}

function* nodesOf(text: string, marks: Marks): Generator<Node> {
  for (const [at, piece] of text.split(mask).entries()) {
    if (at > 0) {
      const masked = document.createElement("span");
      masked.className = "masked";
      masked.textContent = marks.strings.masked;
      masked.title = marks.strings.maskedTitle;
      yield masked;
    }
    if (piece !== "") yield* highlighted(piece, marks.words);
  }
}

function* highlighted(text: string, words: readonly string[]): Generator<Node> {
  const pattern = words.length === 0 ? undefined : new RegExp(words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"), "gi");
  let copied = 0;
  if (pattern) {
    for (const match of text.matchAll(pattern)) {
      if (match[0] === "") continue;
      if (match.index > copied) yield document.createTextNode(text.slice(copied, match.index));
      const mark = document.createElement("mark");
      mark.textContent = match[0];
      yield mark;
      copied = match.index + match[0].length;
    }
  }
  if (copied < text.length) yield document.createTextNode(text.slice(copied));
}
