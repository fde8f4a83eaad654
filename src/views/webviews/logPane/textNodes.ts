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
  else element.replaceChildren(...piecesOf(shown, marks.words).map((piece) => nodeOf(piece, marks.strings)));
}

/**
 * Puts a text into an element as two, of which the first gives way where there is no room for both.
 * @param length of the first, in characters of the text
 */
export function setSplitText(element: HTMLElement, text: string, length: number, marks: Marks): void {
  const first = visibleLine(text.slice(0, length));
  const shown = first + visibleLine(text.slice(length));
  const parts = partsOf(element);
  if (marks.words.length === 0 && !shown.includes(mask)) {
    setPlain(parts[0], first);
    setPlain(parts[1], shown.slice(first.length));
    return;
  }
  for (const part of parts) part.replaceChildren();
  for (const piece of piecesOf(shown, marks.words)) {
    const inFirst = Math.max(0, Math.min(piece.text.length, first.length - piece.at));
    // What is looked for may stand across the place where the text is parted; a secret is masked in one of the two.
    if (piece.kind === "masked") parts[inFirst > 0 ? 0 : 1].append(nodeOf(piece, marks.strings));
    else
      for (const [at, part] of [piece.text.slice(0, inFirst), piece.text.slice(inFirst)].entries())
        if (part !== "") parts[at]?.append(nodeOf({ ...piece, text: part }, marks.strings));
  }
}

/** The two elements of a split text, made if there are none. */
function partsOf(element: HTMLElement): [HTMLElement, HTMLElement] {
  const [first, second] = element.children;
  if (first instanceof HTMLElement && second instanceof HTMLElement && first.className === "gives-way")
    return [first, second];
  const parts: [HTMLElement, HTMLElement] = [document.createElement("span"), document.createElement("span")];
  parts[0].className = "gives-way";
  parts[1].className = "stays";
  element.replaceChildren(...parts);
  return parts;
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

/** A part of a text that is shown in one way, and where it begins in the text. */
interface Piece {
  kind: "plain" | "found" | "masked";
  text: string;
  at: number;
}

function nodeOf({ kind, text }: Piece, strings: PaneStrings): Node {
  switch (kind) {
    case "plain":
      return document.createTextNode(text);
    case "found": {
      const found = document.createElement("mark");
      found.textContent = text;
      return found;
    }
    case "masked": {
      const masked = document.createElement("span");
      masked.className = "masked";
      masked.textContent = strings.masked;
      masked.title = strings.maskedTitle;
      return masked;
    }
  }
}

function piecesOf(text: string, words: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  const escaped = [mask, ...words].map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  let copied = 0;
  for (const match of text.matchAll(new RegExp(escaped.join("|"), "gi"))) {
    if (match[0] === "") continue;
    if (match.index > copied) pieces.push({ kind: "plain", text: text.slice(copied, match.index), at: copied });
    pieces.push({ kind: match[0] === mask ? "masked" : "found", text: match[0], at: match.index });
    copied = match.index + match[0].length;
  }
  if (copied < text.length) pieces.push({ kind: "plain", text: text.slice(copied), at: copied });
  return pieces;
}
