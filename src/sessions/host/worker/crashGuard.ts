/**
 * Ends what code asks of a page that has crashed: its process is gone, and nothing in it ever answers. What loads
 * the page again, or closes it, goes through.
 */
import type { EventEmitter } from "node:events";
import type { Browser, Frame, Page } from "playwright-core";
import type { LibrettoError } from "../../util/errors.js";
import type { PlaywrightBridge } from "../wire/playwrightBridge.js";
import { pageCrashed, Targets } from "../wire/targets.js";
import type { ClientCall } from "./clientCalls.js";

/** Calls that a crashed page takes, as the protocol between Playwright's client and its engine names them. */
const reviving = new Set(["goto", "reload", "goBack", "goForward", "close", "waitForEventInfo", "updateSubscription"]);

export class CrashGuard {
  /** Crashed pages, with their ids. Playwright writes into the errors that it hands on: each call gets one of its own. */
  readonly #crashed = new WeakMap<Page, string>();
  /** What waits for a page. */
  readonly #waiting = new WeakMap<Page, Set<(error: LibrettoError) => void>>();

  constructor(private readonly bridge: PlaywrightBridge) {
    bridge.onCrash((browser, targetId, crashed) => void this.#changed(browser, targetId, crashed));
  }

  /** Sends a call unless its page has crashed. @throws LibrettoError `PageCrashed`, also when the page crashes meanwhile */
  send(call: ClientCall, send: () => Promise<unknown>): Promise<unknown> {
    const page = pageOf(call.object);
    if (!page || reviving.has(call.method)) return send();
    const crashed = this.#crashed.get(page);
    if (crashed !== undefined) return Promise.reject(pageCrashed(crashed));
    const waiting = this.#waiting.get(page) ?? new Set();
    this.#waiting.set(page, waiting);
    return new Promise((resolve, reject) => {
      waiting.add(reject);
      send()
        .then(resolve, reject)
        .finally(() => waiting.delete(reject));
    });
  }

  async #changed(browser: Browser, targetId: string, crashed: boolean): Promise<void> {
    const pages = browser.contexts().flatMap((context) => context.pages());
    const ids = await Promise.all(pages.map((page) => this.bridge.targetId(page)));
    const page = pages[ids.indexOf(targetId)];
    if (!page) return;
    if (!crashed) return void this.#crashed.delete(page);
    const id = Targets.idOf(targetId);
    this.#crashed.set(page, id);
    for (const reject of this.#waiting.get(page) ?? []) reject(pageCrashed(id));
    tellCrash(page);
  }
}

/**
 * Playwright does not hear of the crash itself (`pageGate.ts`). Who listens for it does, and so does what waits for
 * an event of the page; Playwright's own listener, which would give the page up for good, does not.
 */
function tellCrash(page: Page): void {
  for (const listener of (page as unknown as EventEmitter).listeners("crash"))
    if (!String(listener).includes("_closedOrCrashedScope")) (listener as (page: Page) => void).call(page, page);
}

/** The page that an object of Playwright's belongs to: itself, or that of its frame; handles hang below frames. */
function pageOf(object: object): Page | undefined {
  for (let at: object | undefined = object; at; at = (at as { _parent?: object })._parent) {
    if ("mainFrame" in at) return at as Page;
    if ("parentFrame" in at && "locator" in at) return (at as Frame).page();
  }
  return undefined;
}
