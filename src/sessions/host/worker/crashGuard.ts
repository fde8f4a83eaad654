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
const loading = new Set(["goto", "reload", "goBack", "goForward"]);
const taken = new Set([...loading, "close", "updateSubscription"]);
/** Tells the engine that its client waits for an event of a page. The engine has nothing to do with how that ends. */
const waitInfo = "__waitInfo__";

type CrashListener = (page: Page | Promise<never>) => void;

export class CrashGuard {
  /** Crashed pages, with their ids. Playwright writes into the errors that it hands on: each call gets one of its own. */
  readonly #crashed = new WeakMap<Page, string>();
  /** What waits for a page. */
  readonly #waiting = new WeakMap<Page, Set<(error: LibrettoError) => void>>();
  /** How Playwright's client hears of the crash of a page whose events it waits for. */
  readonly #waits = new WeakSet<CrashListener>();
  /** Pages that are being loaded. */
  readonly #loading = new WeakMap<Page, number>();

  constructor(private readonly bridge: PlaywrightBridge) {
    bridge.onCrash((browser, targetId, crashed) => void this.#changed(browser, targetId, crashed));
  }

  /** Sees a call the moment that code makes it, and its end, whatever is done on its way. */
  follow(call: ClientCall, made: () => Promise<unknown>): Promise<unknown> {
    const page = pageOf(call.object);
    if (page && page === call.object && call.method === waitInfo && call.params["phase"] === "before")
      this.#waitBegins(page, call.params["event"]);
    return page && loading.has(call.method) ? this.#load(page, made) : made();
  }

  /** Sends a call unless its page has crashed. @throws LibrettoError `PageCrashed`, also when the page crashes meanwhile */
  send(call: ClientCall, send: () => Promise<unknown>): Promise<unknown> {
    const page = pageOf(call.object);
    if (!page || call.method === waitInfo || taken.has(call.method)) return send();
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
    // Told by each connection to it.
    if (this.#crashed.has(page)) return;
    const id = Targets.idOf(targetId);
    this.#crashed.set(page, id);
    for (const reject of this.#waiting.get(page) ?? []) reject(pageCrashed(id));
    this.#tellCrash(page, id);
  }

  async #load(page: Page, made: () => Promise<unknown>): Promise<unknown> {
    this.#loading.set(page, (this.#loading.get(page) ?? 0) + 1);
    try {
      return await made();
    } finally {
      this.#loading.set(page, (this.#loading.get(page) ?? 1) - 1);
      this.#endVainWaits(page);
    }
  }

  /** The first that a wait does is to listen for a crash, unless that is what it waits for. */
  #waitBegins(page: Page, event: unknown): void {
    if (event === "crash") return;
    const emitter = page as unknown as EventEmitter;
    const hear = (name: string | symbol, listener: CrashListener): void => {
      if (name !== "crash") return;
      emitter.off("newListener", hear);
      this.#waits.add(listener);
    };
    emitter.on("newListener", hear);
    // Code that loads a crashed page may well begin to wait for what comes of that first.
    setImmediate(() => {
      emitter.off("newListener", hear);
      this.#endVainWaits(page);
    });
  }

  #endVainWaits(page: Page): void {
    const id = this.#crashed.get(page);
    if (id === undefined || (this.#loading.get(page) ?? 0) > 0) return;
    for (const listener of crashListeners(page)) if (this.#waits.has(listener)) listener(crashOf(id));
  }

  /**
   * Playwright does not hear of the crash itself (`pageGate.ts`). Who listens for it does, and so does what waits for
   * an event of the page; Playwright's own listener, which would give the page up for good, does not.
   */
  #tellCrash(page: Page, id: string): void {
    for (const listener of crashListeners(page))
      if (this.#waits.has(listener)) listener(crashOf(id));
      else if (!String(listener).includes("_closedOrCrashedScope")) listener(page);
  }
}

function crashListeners(page: Page): CrashListener[] {
  return (page as unknown as EventEmitter).listeners("crash") as CrashListener[];
}

/** What a wait ends with that is told this: it awaits what it hears, and then fails with a text of its own. */
function crashOf(id: string): Promise<never> {
  const failure = Promise.reject<never>(pageCrashed(id));
  failure.catch(() => undefined);
  return failure;
}

/** The page that an object of Playwright's belongs to: itself, or that of its frame; handles hang below frames. */
function pageOf(object: object): Page | undefined {
  for (let at: object | undefined = object; at; at = (at as { _parent?: object })._parent) {
    if ("mainFrame" in at) return at as Page;
    if ("parentFrame" in at && "locator" in at) return (at as Frame).page();
  }
  return undefined;
}
