/** The bar above the list: the filter with its history and its chips, rows of context, and what is found. */
import { FilterError, parseFilter } from "../../../sessions/logs/filter.js";
import type { PaneKind } from "../../../sessions/logs/rows.js";
import type { PaneStrings } from "./protocol.js";

export interface FilterBarOptions {
  pane: PaneKind;
  strings: PaneStrings;
  history: string[];
  text: string;
  context: number;
  /** A filter that can be read was entered. */
  onFilter(text: string, context: number): void;
  /** The filter was meant: Enter, or the bar was left. */
  onRemember(text: string): void;
  /** The reader goes on to the rows. */
  onLeave(): void;
  /** A workflow is wanted of the actions that are selected. */
  onExport(): void;
}

/** Time without a key after which the filter takes effect, in ms. */
const typingMs = 200;

interface Chip {
  label: string;
  term: string;
}

export class FilterBar {
  readonly element = document.createElement("div");
  private readonly input = document.createElement("input");
  private readonly problem = document.createElement("div");
  private readonly context = document.createElement("select");
  private readonly chips: { button: HTMLButtonElement; term: string }[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private historyAt = -1;
  private typed = "";
  private inEffect: string;

  constructor(private readonly options: FilterBarOptions) {
    const { strings } = options;
    this.inEffect = options.text;
    this.element.className = "filter-bar";
    this.element.setAttribute("role", "search");

    this.input.type = "text";
    this.input.className = "filter";
    this.input.value = options.text;
    this.input.placeholder = strings.filterPlaceholder;
    this.input.setAttribute("aria-label", strings.filterLabel);
    this.input.setAttribute("aria-describedby", "filter-problem");
    this.input.spellcheck = false;
    this.input.addEventListener("input", () => this.edited());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => options.onRemember(this.inEffect));

    this.problem.id = "filter-problem";
    this.problem.className = "problem";
    this.problem.setAttribute("role", "status");
    this.problem.hidden = true;

    this.context.setAttribute("aria-label", strings.contextRows);
    this.context.title = strings.contextRows;
    for (const count of [...new Set([0, 1, 3, 10, options.context])].sort((a, b) => a - b)) {
      const option = document.createElement("option");
      option.value = String(count);
      option.textContent = strings.contextOption.replace("{0}", String(count));
      option.selected = count === options.context;
      this.context.append(option);
    }
    this.context.addEventListener("change", () => this.apply());

    const chips = document.createElement("div");
    chips.className = "chips";
    for (const { label, term } of chipsOf(options.pane, strings)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.title = term;
      button.addEventListener("click", () => this.toggle(term));
      this.chips.push({ button, term });
      chips.append(button);
    }
    const line = document.createElement("div");
    line.className = "line";
    line.append(this.input, this.context, chips);
    if (options.pane === "actions" || options.pane === "timeline") {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "export";
      button.textContent = strings.exportActions;
      button.addEventListener("click", () => options.onExport());
      line.append(button);
    }
    this.element.append(line, this.problem);
    this.showChips();
    this.explain();
  }

  focus(): void {
    this.input.focus();
    this.input.select();
  }

  private edited(): void {
    this.historyAt = -1;
    this.showChips();
    this.explain();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.apply(), typingMs);
  }

  private key(event: KeyboardEvent): void {
    switch (event.key) {
      case "Enter":
        this.apply();
        this.options.onRemember(this.inEffect);
        break;
      case "Escape":
        if (this.input.value === "") this.options.onLeave();
        else this.set("");
        break;
      case "ArrowUp":
        this.step(1);
        break;
      case "ArrowDown":
        if (this.historyAt < 0) this.options.onLeave();
        else this.step(-1);
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Goes through the filters that were used before, as a shell does. */
  private step(by: number): void {
    const { history } = this.options;
    if (this.historyAt < 0) this.typed = this.input.value;
    const at = Math.min(history.length - 1, this.historyAt + by);
    const text = at < 0 ? this.typed : history[at];
    if (text === undefined) return;
    this.set(text);
    this.historyAt = at;
  }

  private toggle(chip: string): void {
    const terms = termsOf(this.input.value);
    // A row has one source: with both terms none would pass.
    const others = terms.filter((term) => term !== chip && !(chip.startsWith("source:") && term.startsWith("source:")));
    this.set((terms.includes(chip) ? others : [...others, chip]).join(" "));
  }

  private set(text: string): void {
    this.input.value = text;
    this.edited();
    this.apply();
  }

  private apply(): void {
    clearTimeout(this.timer);
    const text = this.input.value;
    if (!this.explain()) return;
    this.inEffect = text;
    this.options.onFilter(text, Number(this.context.value));
  }

  /** Says what is wrong with the filter, below the place where it is. @returns whether it can be read */
  private explain(): boolean {
    let problem: FilterError | undefined;
    try {
      parseFilter(this.input.value);
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      problem = error;
    }
    this.input.setAttribute("aria-invalid", String(problem !== undefined));
    this.problem.hidden = problem === undefined;
    if (!problem) {
      this.problem.replaceChildren();
      return true;
    }
    const source = this.input.value;
    const place = document.createElement("code");
    const wrong = document.createElement("span");
    wrong.className = "wrong";
    wrong.textContent = source.slice(problem.offset, problem.offset + problem.length);
    place.append(source.slice(0, problem.offset), wrong, source.slice(problem.offset + problem.length));
    const text = document.createElement("span");
    text.textContent = `${problem.message} ${this.options.strings.filterExpected.replace("{0}", problem.expected)}`;
    this.problem.replaceChildren(place, text);
    return false;
  }

  private showChips(): void {
    const terms = new Set(termsOf(this.input.value));
    for (const { button, term } of this.chips) button.setAttribute("aria-pressed", String(terms.has(term)));
  }
}

/** The terms of a filter as they were written. */
function termsOf(filter: string): string[] {
  try {
    return parseFilter(filter).terms.map(({ offset, length }) => filter.slice(offset, offset + length));
  } catch {
    return filter.split(/\s+/).filter((word) => word !== "");
  }
}

function chipsOf(pane: PaneKind, strings: PaneStrings): Chip[] {
  const errors = { label: strings.chipErrors, term: "is:error" };
  const failed = { label: strings.chipFailed, term: "is:failed" };
  const xhr = { label: strings.chipXhr, term: "is:xhr" };
  const agent = { label: strings.chipAgent, term: "source:agent" };
  const user = { label: strings.chipUser, term: "source:user" };
  switch (pane) {
    case "logs":
      return [errors, { label: strings.chipWarnings, term: "level:>=warn" }];
    case "network":
      return [errors, failed, xhr];
    case "actions":
      return [failed, agent, user];
    case "timeline":
      return [errors, failed, xhr, agent, user];
  }
}
