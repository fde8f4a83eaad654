/**
 * Reads of the page as a whole, straight over CDP. They need no Playwright, so that the first `page.title()` of
 * a session does not wait for it to load, and no tab but their own, so that another one that hangs does not
 * matter. Frames and locators go through Playwright.
 */
import type { CdpSession } from "../wire/cdp.js";
import { IsolatedWorlds } from "./isolatedWorld.js";

/** Reads the real property even where an element named `title` or `documentElement` hides it from `document`. */
const real = (property: string, of: string): string =>
  `Object.getOwnPropertyDescriptor(${of}.prototype, "${property}").get.call(document)`;
const titleExpression = real("title", "Document");
const contentExpression = `(() => {
  const type = ${real("doctype", "Document")}, root = ${real("documentElement", "Document")};
  return (type ? new XMLSerializer().serializeToString(type) : "") + (root ? root.outerHTML : "");
})()`;
const sizeExpression = "({ width: innerWidth, height: innerHeight })";

/** The main frame of a page has the id of its target. */
export class PageReads {
  constructor(
    private readonly session: CdpSession,
    private readonly targetId: string,
  ) {}

  /** The address of what the page shows, told by the browser: also when the page itself does not answer. */
  async url(): Promise<string> {
    const { currentIndex, entries } = await this.session.send<{ currentIndex: number; entries: { url: string }[] }>(
      "Page.getNavigationHistory",
    );
    // A tab in which nothing was opened yet has an entry without an address.
    return entries[currentIndex]?.url || "about:blank";
  }

  title(): Promise<string> {
    return this.#evaluate<string>(titleExpression);
  }

  /** The document as HTML, with its doctype. */
  content(): Promise<string> {
    return this.#evaluate<string>(contentExpression);
  }

  /** In CSS pixels; what media queries see. */
  viewportSize(): Promise<{ width: number; height: number }> {
    return this.#evaluate<{ width: number; height: number }>(sizeExpression);
  }

  /** Scrolls the document by CSS pixels, and gives its new offset. It is the one change that read-only allows. */
  scrollBy(deltaX: number, deltaY: number): Promise<{ x: number; y: number }> {
    return this.#evaluate<{ x: number; y: number }>(
      `(scrollBy({ left: ${deltaX}, top: ${deltaY}, behavior: "instant" }), { x: scrollX, y: scrollY })`,
    );
  }

  /** Resolves when the page's address is another than the given one. */
  async urlChange(from: string, signal: AbortSignal): Promise<void> {
    // Subscribed first and looked at then, so that no change falls between.
    let changed: () => void = () => undefined;
    const listener = (): void => changed();
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    for (const event of navigationEvents) this.session.on(event, listener);
    try {
      await this.session.send("Page.enable");
      while (!signal.aborted) {
        const next = new Promise<void>((resolve) => (changed = resolve));
        if ((await this.url()) !== from) return;
        await Promise.race([next, aborted]);
      }
    } finally {
      for (const event of navigationEvents) this.session.off(event, listener);
    }
  }

  #evaluate<T>(expression: string): Promise<T> {
    return IsolatedWorlds.of(this.session).evaluate<T>(this.targetId, expression);
  }
}

const navigationEvents = ["Page.frameNavigated", "Page.navigatedWithinDocument", "Page.frameStoppedLoading"];
