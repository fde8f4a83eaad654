/**
 * A list of millions of rows of one height of which only those in sight are in the document. Lists that keep
 * a measure per row need hundreds of megabytes for that, and browsers limit how tall an element can be (some
 * 33 million pixels; rows beyond are unreachable). Here a row's place is its index times the height, and where
 * the whole would be too tall the scrollbar is scaled: it moves over a shorter distance, while the wheel and
 * the keys still move by rows.
 */

/** Taller than this nothing is made; every browser can do it. */
const tallest = 8_000_000;
/** Rows beyond the edges that are made too, so that a short scroll shows no gap. */
const overscan = 12;

export interface VirtualListOptions {
  /** Scrolls; holds nothing else. */
  viewport: HTMLElement;
  /** In CSS pixels; may change, see `setRowHeight`. */
  rowHeight: number;
  /** Makes or updates the element of a row. */
  render(index: number, element: HTMLElement): void;
  /** The rows from `first` up to, not including, `end` are in sight, or nearly. */
  onRange(first: number, end: number): void;
  /** The reader moved the list, be it by less than a pixel; `atEnd` tells whether the last row is in sight. */
  onScroll(atEnd: boolean, direction: "up" | "down"): void;
  /** Whether the last row stays in sight when the list changes its size; else the first one does. */
  sticks(): boolean;
}

export class VirtualList {
  private readonly sizer = document.createElement("div");
  private readonly elements = new Map<number, HTMLElement>();
  private readonly spare: HTMLElement[] = [];
  private rows = 0;
  /** Distance from the top of the first row to the top edge of what is seen, in pixels of an unscaled list. */
  private top = 0;
  /** Where the list itself has put the scrollbar: a scroll event with this value is not the reader's. */
  private expected = 0;
  private frame = 0;
  /** Height of what is seen that the list has adapted to. */
  private knownHeight = 0;

  constructor(private readonly options: VirtualListOptions) {
    this.sizer.className = "sizer";
    this.sizer.setAttribute("role", "presentation");
    options.viewport.append(this.sizer);
    options.viewport.addEventListener("scroll", () => this.scrolled(), { passive: true });
    options.viewport.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    new ResizeObserver(() => this.resized()).observe(options.viewport);
  }

  get count(): number {
    return this.rows;
  }

  /** Rows that fit. */
  get page(): number {
    return Math.max(1, Math.floor(this.height / this.options.rowHeight));
  }

  /** Index of the first row that is wholly in sight. */
  get first(): number {
    return Math.ceil(this.top / this.options.rowHeight);
  }

  get atEnd(): boolean {
    return this.top >= this.furthest - 2;
  }

  /** @param stick keep the last row in sight; else what is in sight stays where it is */
  setCount(rows: number, stick: boolean): void {
    this.rows = rows;
    this.layout();
    this.moveTo(stick ? this.furthest : this.top);
  }

  /** Distance of a row from the top edge of what is seen, in pixels. */
  distance(index: number): number {
    return index * this.options.rowHeight - this.top;
  }

  /** The row at a distance from the top edge of what is seen, in pixels; undefined below the last one. */
  indexAt(distance: number): number | undefined {
    const index = Math.floor((this.top + distance) / this.options.rowHeight);
    return index >= 0 && index < this.rows ? index : undefined;
  }

  /** Another size of letters, another height of rows: what is in sight stays there. */
  setRowHeight(rowHeight: number): void {
    if (rowHeight === this.options.rowHeight) return;
    this.top *= rowHeight / this.options.rowHeight;
    this.options.rowHeight = rowHeight;
    this.resized();
  }

  /** Puts a row so far from the top edge. @param distance in pixels */
  putAt(index: number, distance: number): void {
    this.moveTo(index * this.options.rowHeight - distance);
  }

  /** Brings a row into sight; if it is there already, leaves everything as it is. */
  scrollTo(index: number, place: "nearest" | "middle" = "nearest"): void {
    const { rowHeight } = this.options;
    const start = index * rowHeight;
    if (start < this.top || start + rowHeight > this.top + this.height) {
      this.moveTo(
        place === "middle"
          ? start - (this.height - rowHeight) / 2
          : start < this.top
            ? start
            : start + rowHeight - this.height,
      );
    }
  }

  scrollToEnd(): void {
    this.moveTo(this.furthest);
  }

  /** Makes the rows in sight again: what they show has changed. */
  refresh(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw(true));
  }

  /** The rows that are in the document, by their index. */
  get drawn(): ReadonlyMap<number, HTMLElement> {
    return this.elements;
  }

  private get height(): number {
    return this.options.viewport.clientHeight;
  }

  private get whole(): number {
    return this.rows * this.options.rowHeight;
  }

  private get furthest(): number {
    return Math.max(0, this.whole - this.height);
  }

  /** How many pixels of the list one pixel of the scrollbar stands for. */
  private get scale(): number {
    const room = Math.min(this.whole, tallest) - this.height;
    return room > 0 ? Math.max(1, this.furthest / room) : 1;
  }

  private layout(): void {
    this.sizer.style.height = `${Math.min(this.whole, tallest)}px`;
  }

  private moveTo(top: number): void {
    this.top = Math.max(0, Math.min(this.furthest, top));
    const bar = this.top / this.scale;
    if (Math.abs(this.options.viewport.scrollTop - bar) >= 1) this.options.viewport.scrollTop = bar;
    // The browser moves the scrollbar, too, where the list has become shorter.
    this.expected = this.options.viewport.scrollTop;
    this.draw(false);
  }

  private scrolled(): void {
    // A list that has become taller is moved by the browser, not by the reader. It may be as tall as before by the end
    // of this frame, of which no observer tells.
    if (this.height !== this.knownHeight) {
      this.resized();
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          if (this.height !== this.knownHeight) this.resized();
        }),
      );
      return;
    }
    const bar = this.options.viewport.scrollTop;
    if (Math.abs(bar - this.expected) < 1 && this.scale > 1) return;
    const own = Math.abs(bar - this.expected) < 1;
    this.expected = bar;
    const before = this.top;
    this.top = Math.max(0, Math.min(this.furthest, bar * this.scale));
    this.draw(false);
    if (!own) this.options.onScroll(this.atEnd, this.top < before ? "up" : "down");
  }

  private wheeled(event: WheelEvent): void {
    if (event.ctrlKey || this.furthest === 0) return;
    // An unscaled list scrolls by itself, smoothly; where rows come fast it would be at the end again before it has begun.
    if (this.scale > 1) {
      event.preventDefault();
      this.moveTo(
        this.top +
          event.deltaY *
            (event.deltaMode === WheelEvent.DOM_DELTA_LINE
              ? this.options.rowHeight
              : event.deltaMode === WheelEvent.DOM_DELTA_PAGE
                ? this.height
                : 1),
      );
    } else if (event.deltaY >= 0) return;
    this.options.onScroll(this.atEnd, event.deltaY < 0 ? "up" : "down");
  }

  private resized(): void {
    this.knownHeight = this.height;
    this.layout();
    this.moveTo(this.options.sticks() ? this.furthest : this.top);
  }

  /** @param refill also the rows that are there */
  private draw(refill: boolean): void {
    const { rowHeight, viewport } = this.options;
    const first = Math.max(0, Math.floor(this.top / rowHeight) - overscan);
    const end = Math.min(this.rows, Math.ceil((this.top + this.height) / rowHeight) + overscan);
    this.options.onRange(first, end);
    for (const [index, element] of this.elements) {
      if (index >= first && index < end) continue;
      this.elements.delete(index);
      element.remove();
      if (this.spare.length < 200) this.spare.push(element);
    }
    const shift = this.scale > 1 ? viewport.scrollTop - this.top : 0;
    for (let index = first; index < end; index++) {
      let element = this.elements.get(index);
      const made = element === undefined;
      if (!element) {
        element = this.spare.pop() ?? document.createElement("div");
        this.elements.set(index, element);
      }
      element.style.transform = `translateY(${index * rowHeight + shift}px)`;
      if (made || refill) this.options.render(index, element);
      if (made) this.sizer.append(element);
    }
  }
}
