/**
 * Playwright on a session's browser, for each of its users: the host's reads, the worker of `exec`. It is
 * loaded at the first use, since it costs 70 MB and a quarter of a second.
 *
 * It takes the browser as it is: no viewport, no emulated colours, no focus, no download folder of its own
 * (`noDefaults`), and a JavaScript dialog stays open until a person or the code answers it, while Playwright
 * by itself would dismiss it. https://playwright.dev/docs/api/class-browsertype#browser-type-connect-over-cdp
 */
import type { Browser, BrowserContext, Dialog, Page } from "playwright-core";
import { LibrettoError } from "../../util/errors.js";
import type { Channel } from "./channel.js";
import { sendFilesByContent } from "./farBrowser.js";
import { pageCrashed, Targets } from "./targets.js";
import { PageGate, type ActiveListener } from "./pageGate.js";
import { loadPlaywright } from "./playwright.js";

const connectTimeoutMs = 15_000;
const pageTimeoutMs = 5_000;

interface Attachment {
  browser: Browser;
  context: BrowserContext;
  gate: PageGate;
}

export class PlaywrightBridge {
  #attachment: Promise<Attachment> | undefined;
  #targetIds = new WeakMap<Page, Promise<string | undefined>>();
  readonly #openDialogs = new Map<Page, Dialog>();
  readonly #connectListeners: ((browser: Browser, context: BrowserContext) => void)[] = [];
  readonly #dialogListeners: ((dialog: Dialog) => void)[] = [];
  readonly #activeListeners: ActiveListener[] = [];
  #cancelDownload: ((guid: string) => void) | undefined;
  readonly #crashListeners: ((browser: Browser, targetId: string, crashed: boolean) => void)[] = [];

  /**
   * @param openChannel gives it a channel of the wire; once for each connection
   * @param purpose `reads` where no page is to notice it: what would drive a page is not for that one
   * @param artifactsDir where Playwright looks for downloads and puts files of its own; the system's temporary folder
   * if left out
   */
  constructor(
    private readonly openChannel: () => Promise<Channel>,
    private readonly purpose: "reads" | "drives",
    private readonly artifactsDir?: string,
  ) {}

  /** Connects if there is no connection, also after the browser or the code ended the one before. */
  async browser(): Promise<Browser> {
    return (await this.#attached()).browser;
  }

  /** Connects before anybody asks. What fails here fails again, and is told, where it is asked for. */
  prepare(): void {
    this.#attached().catch(() => undefined);
  }

  /** The browser's default context: that of the session's own tabs. */
  async context(): Promise<BrowserContext> {
    return (await this.#attached()).context;
  }

  /**
   * The page of a CDP target. One that has just opened is waited for.
   * @param timeoutMs how long a page may take to show up or to answer
   * @throws LibrettoError `TimedOut` if it does not
   */
  async page(targetId: string, timeoutMs = pageTimeoutMs): Promise<Page> {
    const { browser, context, gate } = await this.#attached();
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const opened = nextPage(browser, context, Math.max(0, deadline - Date.now()));
      const found = await this.#lookUp(browser, targetId);
      if (found) {
        opened.forget();
        return found;
      }
      if (gate.hasCrashed(targetId)) {
        opened.forget();
        throw pageCrashed(Targets.idOf(targetId));
      }
      if (!(await exists(browser, targetId))) {
        opened.forget();
        throw new LibrettoError("PageNotFound", "The page is closed", "`libretto pages` lists the open ones.");
      }
      if ((await opened.happened) && browser.isConnected()) continue;
      throw new LibrettoError(
        "TimedOut",
        "The page does not answer: it runs a script that never yields, shows a dialog, or waits for a server",
        "Answer the dialog or end the script in the browser's window, or use another page: `libretto pages`.",
      );
    }
  }

  /** The CDP target of a page; undefined once it is closed. */
  targetId(page: Page): Promise<string | undefined> {
    let known = this.#targetIds.get(page);
    if (!known) {
      known = readTargetId(page);
      this.#targetIds.set(page, known);
    }
    return known;
  }

  /** The dialog that is open on a page, if it opened since this bridge was connected. */
  openDialog(page: Page): Dialog | undefined {
    return this.#openDialogs.get(page);
  }

  /** Every dialog that is open, of those that opened since this bridge was connected. */
  openDialogs(): Dialog[] {
    return [...this.#openDialogs.values()];
  }

  /** Runs whenever a connection has been made, before anyone uses it. */
  onConnect(listener: (browser: Browser, context: BrowserContext) => void): void {
    this.#connectListeners.push(listener);
  }

  /** Hears of every dialog that opens. */
  onDialog(listener: (dialog: Dialog) => void): void {
    this.#dialogListeners.push(listener);
  }

  /** Hears when Playwright begins and ends to send input to a page, or to navigate it. */
  onActive(listener: ActiveListener): void {
    this.#activeListeners.push(listener);
  }

  /** Hears when a page crashes, and when it was loaded again after that. */
  onCrash(listener: (browser: Browser, targetId: string, crashed: boolean) => void): void {
    this.#crashListeners.push(listener);
  }

  /** Loads a page again that has crashed, also one that crashed before this bridge was connected. */
  async reviveCrashed(targetId: string, url?: string): Promise<Page> {
    const { gate } = await this.#attached();
    await gate.reviveCrashed(targetId, url);
    return this.page(targetId, connectTimeoutMs);
  }

  /** Hears which download the code wants to be cancelled. */
  onCancelDownload(listener: (guid: string) => void): void {
    this.#cancelDownload = listener;
  }

  /** Hands Playwright an event that the browser tells to the host alone; nothing where it is not connected. */
  async deliver(event: { method: string; params: Record<string, unknown> }): Promise<void> {
    const attachment = await this.#attachment?.catch(() => undefined);
    attachment?.gate.deliver(event);
  }

  /** Of a bridge that only reads: ends what such a read still runs in a page, where it keeps the page from going on. */
  async endStuckReads(targetId: string): Promise<void> {
    const attachment = await this.#attachment?.catch(() => undefined);
    await attachment?.gate.endStuckReads(targetId);
  }

  /** Disconnects. The browser and its pages stay as they are. */
  async close(): Promise<void> {
    const attachment = await this.#attachment?.catch(() => undefined);
    this.#attachment = undefined;
    attachment?.gate.close();
  }

  async #attached(): Promise<Attachment> {
    const before = this.#attachment;
    const known = await before?.catch(() => undefined);
    if (known?.browser.isConnected()) return known;
    // Unless another call has begun to connect meanwhile.
    if (this.#attachment === before || this.#attachment === undefined) this.#attachment = this.#attach();
    return this.#attachment;
  }

  async #attach(): Promise<Attachment> {
    // It connects while Playwright is loaded.
    const opening = this.openChannel();
    opening.catch(() => undefined);
    const { chromium } = loadPlaywright();
    const channel = await opening;
    const gate = new PageGate(channel, this.purpose === "reads");
    if (this.#cancelDownload) gate.oncanceldownload = this.#cancelDownload;
    gate.onactive = (phase, span) => this.#activeListeners.forEach((listener) => listener(phase, span));
    try {
      const browser = await chromium.connectOverCDP(gate, {
        noDefaults: true,
        timeout: connectTimeoutMs,
        ...(this.artifactsDir === undefined ? {} : { artifactsDir: this.artifactsDir }),
      });
      if (channel.isFar) sendFilesByContent(browser);
      if (this.artifactsDir !== undefined) keepTracesIn(browser, this.artifactsDir);
      const context = browser.contexts()[0];
      if (!context) throw new Error("the browser has no default context");
      this.#targetIds = new WeakMap();
      gate.oncrash = (targetId, crashed) => this.#crashListeners.forEach((hear) => hear(browser, targetId, crashed));
      // Playwright dismisses a dialog that nobody listens for; this listener does nothing, which leaves it open.
      context.on("dialog", (dialog) => this.#dialogOpened(dialog));
      context.on("dialogclosed", (dialog) => this.#dialogClosed(dialog));
      for (const listener of this.#connectListeners) listener(browser, context);
      return { browser, context, gate };
    } catch (error) {
      gate.close();
      throw new LibrettoError(
        "EndpointUnreachable",
        `Playwright could not attach to the browser: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`,
        "`libretto status` shows whether the browser is alive.",
        { cause: error },
      );
    }
  }

  #dialogOpened(dialog: Dialog): void {
    const page = dialog.page();
    if (page) this.#openDialogs.set(page, dialog);
    for (const listener of this.#dialogListeners) listener(dialog);
  }

  #dialogClosed(dialog: Dialog): void {
    const page = dialog.page();
    if (page) this.#openDialogs.delete(page);
  }

  async #lookUp(browser: Browser, targetId: string): Promise<Page | undefined> {
    const pages = browser.contexts().flatMap((context) => context.pages());
    const ids = await Promise.all(pages.map((page) => this.targetId(page)));
    return pages[ids.indexOf(targetId)];
  }
}

/** Whether the browser still has the target; Playwright knows only of those that answered. */
async function exists(browser: Browser, targetId: string): Promise<boolean> {
  const session = await browser.newBrowserCDPSession();
  try {
    await session.send("Target.getTargetInfo", { targetId });
    return true;
  } catch {
    return false;
  } finally {
    await session.detach().catch(() => undefined);
  }
}

/** Resolves to true when a page opens in any context, to false when the time is up. */
function nextPage(
  browser: Browser,
  fallback: BrowserContext,
  timeoutMs: number,
): { happened: Promise<boolean>; forget(): void } {
  const contexts = browser.contexts();
  if (contexts.length === 0) contexts.push(fallback);
  let finish: (opened: boolean) => void = () => undefined;
  const happened = new Promise<boolean>((resolve) => (finish = resolve));
  const timer = setTimeout(() => done(false), timeoutMs);
  const opened = (): void => done(true);
  const done = (result: boolean): void => {
    clearTimeout(timer);
    for (const context of contexts) context.off("page", opened);
    browser.off("disconnected", opened);
    finish(result);
  };
  for (const context of contexts) context.on("page", opened);
  browser.on("disconnected", opened);
  return { happened, forget: () => done(false) };
}

/** Asked through a session of its own: Playwright has no public name for the target of a page. */
async function readTargetId(page: Page): Promise<string | undefined> {
  try {
    const session = await page.context().newCDPSession(page);
    const { targetInfo } = await session.send("Target.getTargetInfo");
    await session.detach().catch(() => undefined);
    return targetInfo.targetId;
  } catch {
    return undefined; // It was closed meanwhile.
  }
}

/**
 * Has the client's side of Playwright write traces into a folder, which it otherwise does in the system's temporary
 * folder, and leaves there where the tracing is never stopped. `connectOverCDP` takes no `tracesDir`.
 */
function keepTracesIn(browser: Browser, folder: string): void {
  const inner = browser as unknown as { _options?: { tracesDir?: string } };
  if (inner._options) inner._options.tracesDir = folder;
  for (const context of browser.contexts())
    for (const tracing of [context.tracing, (context.request as { tracing?: object }).tracing])
      if (tracing) Object.assign(tracing, { _tracesDir: folder });
}
