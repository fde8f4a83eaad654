/** The picture of the page: draws frames, knows which place of the page is where, and lays marks and boxes over it. */
import { element } from "../element.js";
import { drawJpeg } from "../jpeg.js";
import type { PictureSize, ToView } from "./protocol.js";

type Frame = Extract<ToView, { type: "frame" }>;

export interface PictureParts {
  /** That frame stands there. */
  shown(number: number): void;
  /** So large a frame is of use, in pixels of the screen. */
  wanted(width: number, height: number): void;
}

const markMs = 1_000;
/** A window is dragged larger in many steps: the frames follow when it has come to rest, in ms. */
const settleMs = 120;

export class Picture {
  /** Takes the room that there is, and scrolls what is larger. */
  readonly stage = element("div", "stage");
  /** As large as the picture. The mouse is heard here. */
  readonly surface = element("div", "surface");
  readonly #canvas = document.createElement("canvas");
  readonly #overlay = element("div", "overlay");
  readonly #box = element("div", "box");
  #size: PictureSize = "fit";
  /** The page's viewport in CSS pixels. */
  #page: { width: number; height: number } | undefined;
  #waiting: Frame | undefined;
  #isDrawing = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wanted = "";

  constructor(private readonly parts: PictureParts) {
    this.#overlay.setAttribute("aria-hidden", "true");
    this.#box.hidden = true;
    this.#overlay.append(this.#box);
    this.surface.hidden = true;
    this.surface.append(this.#canvas, this.#overlay);
    this.stage.append(this.surface);
    new ResizeObserver(() => this.#layOut()).observe(this.stage);
  }

  set size(size: PictureSize) {
    this.#size = size;
    this.stage.dataset["size"] = size;
    this.#layOut();
  }

  /** The viewport of the page, in CSS pixels; undefined before the first frame. */
  get page(): { width: number; height: number } | undefined {
    return this.#page;
  }

  draw(frame: Frame): void {
    // Of those that come while one is drawn, the newest is enough.
    this.#waiting = frame;
    if (!this.#isDrawing) void this.#drawAll();
  }

  clear(): void {
    this.#waiting = undefined;
    this.#page = undefined;
    this.surface.hidden = true;
  }

  /** The place of the page under the mouse, in CSS pixels of its viewport. */
  placeOf({ clientX, clientY }: { clientX: number; clientY: number }): { x: number; y: number } {
    const { left, top, width, height } = this.surface.getBoundingClientRect();
    const page = this.#page ?? { width, height };
    const inside = (value: number, end: number): number => Math.min(Math.max(value, 0), Math.max(end - 1, 0));
    return {
      x: inside(((clientX - left) / width) * page.width, page.width),
      y: inside(((clientY - top) / height) * page.height, page.height),
    };
  }

  /** Marks for a second where somebody did something. */
  mark({ x, y, label }: { x: number; y: number; label: string }): void {
    const mark = element("div", "mark", element("span", "label", label));
    this.#place(mark, { x, y });
    this.#overlay.append(mark);
    setTimeout(() => mark.remove(), markMs);
  }

  /** Draws a box around an element; null takes it away. */
  outline(box: { x: number; y: number; width: number; height: number } | null, label = ""): void {
    this.#box.hidden = box === null;
    if (!box) return;
    this.#place(this.#box, box);
    const words = element("span", "label", label);
    // Under the box where there is no room above it.
    words.classList.toggle("below", box.y * this.#scale() < 24);
    this.#box.replaceChildren(words);
  }

  #scale(): number {
    return this.#page ? this.surface.clientWidth / this.#page.width : 1;
  }

  /** In shares of the picture, so that it stays right when the picture's size changes. */
  #place(what: HTMLElement, { x, y, width, height }: { x: number; y: number; width?: number; height?: number }): void {
    const page = this.#page;
    if (!page) return;
    what.style.left = `${(x / page.width) * 100}%`;
    what.style.top = `${(y / page.height) * 100}%`;
    if (width !== undefined) what.style.width = `${(width / page.width) * 100}%`;
    if (height !== undefined) what.style.height = `${(height / page.height) * 100}%`;
  }

  async #drawAll(): Promise<void> {
    this.#isDrawing = true;
    for (let frame = this.#waiting; frame; frame = this.#waiting) {
      this.#waiting = undefined;
      try {
        await drawJpeg(this.#canvas, frame.data);
        if (this.#page?.width !== frame.width || this.#page.height !== frame.height) {
          this.#page = { width: frame.width, height: frame.height };
          this.#layOut();
        }
        this.surface.hidden = false;
      } catch {
        // A frame that cannot be drawn is like one that never came.
      }
      this.parts.shown(frame.number);
    }
    this.#isDrawing = false;
  }

  #layOut(): void {
    const { clientWidth, clientHeight } = this.stage;
    const page = this.#page;
    if (page) {
      const scale =
        this.#size === "fit"
          ? Math.min(clientWidth / page.width, clientHeight / page.height)
          : this.#size === "actual"
            ? 1
            : 1 / devicePixelRatio;
      this.surface.style.width = `${Math.round(page.width * scale)}px`;
      this.surface.style.height = `${Math.round(page.height * scale)}px`;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), this.#wanted === "" ? 0 : settleMs);
  }

  #ask(): void {
    const page = this.#page;
    const { clientWidth, clientHeight } = this.stage;
    const ratio = this.#size === "pixels" ? 1 : devicePixelRatio;
    const [width, height] = this.#size === "fit" || !page ? [clientWidth, clientHeight] : [page.width, page.height];
    const wanted = [width, height].map((pixels) => Math.min(Math.ceil(pixels * ratio), 8_192)) as [number, number];
    if (wanted.join() === this.#wanted || clientWidth === 0 || clientHeight === 0) return;
    this.#wanted = wanted.join();
    this.parts.wanted(...wanted);
  }
}
