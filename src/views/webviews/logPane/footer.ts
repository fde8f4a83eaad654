/** The line below the list: how many rows there are, what is being done, and the buttons that step from error to error. */
import { iconButton } from "./iconButton.js";
import type { PaneStrings, ToPane } from "./protocol.js";

type View = Extract<ToPane, { type: "view" }>;

/** A screen reader hears of new rows at most so often, in ms: rows may come by the thousand. */
const announceMs = 3000;

export class Footer {
  readonly element = document.createElement("footer");
  private readonly count = document.createElement("span");
  private readonly outcome = document.createElement("span");
  private readonly progress = document.createElement("progress");
  /** Read out by screen readers, and seen by nobody. */
  private readonly announcer = document.createElement("span");
  private timer: ReturnType<typeof setTimeout> | undefined;
  private unsaid = 0;
  private before: Pick<View, "generation" | "count" | "phase"> | undefined;

  /** @param onStep goes to the next error, or to the one before */
  constructor(
    private readonly strings: PaneStrings,
    onStep: (direction: 1 | -1) => void,
  ) {
    this.count.className = "count";
    this.outcome.className = "outcome";
    this.announcer.className = "announcer";
    this.announcer.setAttribute("role", "status");
    this.progress.hidden = true;
    this.progress.max = 1;
    const errors = document.createElement("span");
    errors.textContent = strings.chipErrors;
    this.element.append(
      this.count,
      this.outcome,
      this.announcer,
      this.progress,
      errors,
      iconButton("↑", strings.errorPrevious, () => onStep(-1)),
      iconButton("↓", strings.errorNext, () => onStep(1)),
    );
  }

  show(view: View): void {
    const { strings } = this;
    const percent = String(Math.floor(view.done * 100));
    const rows =
      view.total === 1 && view.count === 1
        ? strings.oneRow
        : view.count === view.total || view.phase === "preview"
          ? strings.rowCount.replace("{0}", view.count.toLocaleString())
          : strings.rowCountOf.replace("{0}", view.count.toLocaleString()).replace("{1}", view.total.toLocaleString());
    const busy =
      view.phase === "filtering"
        ? strings.filtering.replace("{0}", percent)
        : view.phase === "live"
          ? ""
          : strings.indexing.replace("{0}", percent);
    const known = view.phase === "preview" || view.phase === "indexing" ? [] : [rows];
    this.count.textContent = [
      ...known,
      ...(busy === "" ? [] : [busy]),
      ...(view.ending ? [strings[view.ending]] : []),
    ].join(" – ");
    this.count.classList.toggle("ended", view.ending !== undefined);
    this.progress.hidden = busy === "";
    this.progress.value = view.done;
    this.progress.setAttribute("aria-label", busy);
    this.announceRows(view, rows);
  }

  /** What became of stepping to an error; an empty text takes it away. */
  tell(text: string): void {
    this.outcome.textContent = text;
    if (text !== "") this.announcer.textContent = text;
  }

  /** Says how many rows a new filter has left, and now and then how many have come. */
  private announceRows({ generation, count, phase }: View, rows: string): void {
    const { before } = this;
    this.before = { generation, count, phase };
    if (phase !== "live" || !document.hasFocus()) return;
    if (before?.generation !== generation || before.phase !== "live") {
      this.announcer.textContent = rows;
      this.unsaid = 0;
      return;
    }
    this.unsaid += count - before.count;
    if (this.unsaid <= 0) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.announcer.textContent = this.strings.newRows.replace("{0}", this.unsaid.toLocaleString());
      this.unsaid = 0;
    }, announceMs);
  }
}
