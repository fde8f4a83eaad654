/** A live view as a person sees it and works in it. */
import type { FrameLocator, Locator, Page } from "playwright";
import type { Witness } from "../browser.js";
import { expect } from "./workbench.js";

export class LivePane {
  readonly frame: FrameLocator;

  /** @param page the window's */
  constructor(private readonly page: Page) {
    this.frame = page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  get picture(): Locator {
    return this.frame.getByRole("img", { name: /^Live picture/ });
  }

  get mode(): Locator {
    return this.frame.locator(".toolbar .mode");
  }

  get address(): Locator {
    return this.frame.getByRole("textbox", { name: "Address" });
  }

  get notice(): Locator {
    return this.frame.locator(".notice");
  }

  /** What a screen reader is told. */
  get spoken(): Locator {
    return this.frame.locator(".spoken");
  }

  get away(): Locator {
    return this.frame.locator(".away");
  }

  button(name: string | RegExp): Locator {
    return this.frame.getByRole("button", { name });
  }

  /**
   * Begins to note the marks that are laid over the picture, each of which is gone after a second.
   * @returns reads the labels of those that were seen since
   */
  async marks(): Promise<() => Promise<string[]>> {
    const seen = await this.frame.locator("body").evaluateHandle(noteMarks);
    return () => seen.evaluate((labels) => [...labels]);
  }

  /** Where an element of the page is seen in the window: what a person would point at. */
  async placeOf(witness: Witness, selector: string, address = ""): Promise<{ x: number; y: number }> {
    const at = await witness.evaluate<{ x: number; y: number; width: number }>(
      `(() => { const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect(); return { x: x + width / 2, y: y + height / 2, width: innerWidth } })()`,
      address,
    );
    const box = await this.picture.boundingBox();
    if (!box) throw new Error("There is no picture.");
    const scale = box.width / at.width;
    return { x: box.x + at.x * scale, y: box.y + at.y * scale };
  }

  /** Clicks on the picture where the element of the page is. */
  async click(witness: Witness, selector: string, address = ""): Promise<void> {
    const { x, y } = await this.placeOf(witness, selector, address);
    await this.page.mouse.click(x, y);
  }

  /**
   * Turns the wheel, or moves two fingers on a trackpad, over that place of the window. In the picture's own frame: the wheel
   * that CDP turns reaches no frame of another process in a headless browser.
   * @returns whether the editor is kept from scrolling or zooming by it
   */
  async wheel(
    at: { x: number; y: number },
    by: { deltaX?: number; deltaY?: number; ctrlKey?: boolean },
  ): Promise<boolean> {
    const box = await this.picture.boundingBox();
    if (!box) throw new Error("There is no picture.");
    return this.picture.evaluate(turnWheel, { x: at.x - box.x, y: at.y - box.y, ...by });
  }

  /** The colour of the picture's middle, once it is that one. */
  async untilColour(colour: [number, number, number]): Promise<void> {
    await expect
      .poll(async () => {
        const seen = await this.picture.locator("canvas").evaluate(colourOfMiddle);
        return seen.every((one, index) => Math.abs(one - (colour[index] ?? 0)) < 16);
      })
      .toBe(true);
  }
}

/** Runs in the webview. */
function turnWheel(
  surface: object,
  { x, y, ...by }: { x: number; y: number; deltaX?: number; deltaY?: number },
): boolean {
  const view = globalThis as unknown as { WheelEvent: new (type: string, init: object) => object };
  const target = surface as {
    getBoundingClientRect(): { left: number; top: number };
    dispatchEvent(event: object): boolean;
  };
  const { left, top } = target.getBoundingClientRect();
  const place = { clientX: left + x, clientY: top + y };
  return !target.dispatchEvent(new view.WheelEvent("wheel", { bubbles: true, cancelable: true, ...place, ...by }));
}

/** Runs in the webview: the picture itself may not be read, a copy of it may. */
export function colourOfMiddle(canvas: object): number[] {
  const view = globalThis as unknown as {
    document: { createElement(tag: "canvas"): { width: number; height: number; getContext(kind: "2d"): Copy } };
  };
  const copy = view.document.createElement("canvas");
  copy.width = copy.height = 1;
  const { width, height } = canvas as { width: number; height: number };
  const context = copy.getContext("2d");
  context.drawImage(canvas, width / 2, height / 2, 1, 1, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
}
interface Copy {
  drawImage(source: object, ...places: number[]): void;
  getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
}

interface Marked {
  className: string;
  textContent: string;
}

/** Runs in the webview. */
function noteMarks(body: object): string[] {
  const view = globalThis as unknown as {
    MutationObserver: new (heard: (changes: { addedNodes: Iterable<Marked> }[]) => void) => {
      observe(node: object, what: object): void;
    };
  };
  const seen: string[] = [];
  new view.MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const { className, textContent } of addedNodes) if (className === "mark") seen.push(textContent);
  }).observe(body, { childList: true, subtree: true });
  return seen;
}
