/** Finds rows one after the other, without hiding the others. */
import { FilterError, parseFilter } from "../../../sessions/logs/filter.js";
import { iconButton } from "./iconButton.js";
import type { PaneStrings } from "./protocol.js";

export class FindBar {
  readonly element = document.createElement("div");
  private readonly input = document.createElement("input");
  private readonly outcome = document.createElement("span");

  /** @param onFind asks for the next match; `onWords` tells what is looked for, to mark it */
  constructor(
    private readonly strings: PaneStrings,
    private readonly onFind: (text: string, direction: 1 | -1) => void,
    private readonly onWords: (words: string[]) => void,
    private readonly onClose: () => void,
  ) {
    this.element.className = "find-bar";
    this.element.setAttribute("role", "search");
    this.element.hidden = true;
    this.input.type = "text";
    this.input.placeholder = strings.findPlaceholder;
    this.input.setAttribute("aria-label", strings.findLabel);
    this.input.spellcheck = false;
    this.input.addEventListener("input", () => this.onWords(wordsOf(this.input.value)));
    this.outcome.setAttribute("role", "status");
    this.outcome.className = "outcome";
    this.element.append(
      this.input,
      iconButton("↑", strings.findPrevious, () => this.find(-1)),
      iconButton("↓", strings.findNext, () => this.find(1)),
      this.outcome,
      iconButton("×", strings.close, () => this.close()),
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === this.input) this.find(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") this.close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  open(): void {
    this.element.hidden = false;
    this.input.focus();
    this.input.select();
    this.onWords(wordsOf(this.input.value));
  }

  close(): void {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.outcome.textContent = "";
    this.onWords([]);
    this.onClose();
  }

  /** What became of the last search. */
  tell(outcome: string): void {
    this.outcome.textContent = outcome;
  }

  /** Goes on with what was looked for before; asks for it where nothing was. */
  step(direction: 1 | -1): void {
    if (this.element.hidden || this.input.value.trim() === "") this.open();
    else this.find(direction);
  }

  private find(direction: 1 | -1): void {
    const text = this.input.value;
    if (text.trim() === "") return;
    try {
      parseFilter(text);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      this.outcome.textContent = `${error.message} ${this.strings.filterExpected.replace("{0}", error.expected)}`;
      return;
    }
    this.outcome.textContent = "…";
    this.onFind(text, direction);
  }
}

/** The texts that a filter looks for; none where it cannot be read. */
export function wordsOf(filter: string): string[] {
  try {
    return parseFilter(filter).terms.flatMap((term) => (term.text !== undefined && !term.negated ? [term.text] : []));
  } catch {
    return [];
  }
}
