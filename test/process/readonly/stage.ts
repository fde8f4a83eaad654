/**
 * Where the promises of read-only are tested: a browser, a site, and canaries that look at both from outside.
 * Code runs either through the executor of the host, or through the socket of a real session.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LibrettoError } from "../../../src/sessions/util/errors.js";
import { type CdpConnection } from "../../../src/sessions/host/wire/cdp.js";
import { type PlaywrightBridge } from "../../../src/sessions/host/wire/playwrightBridge.js";
import { ReadonlyExecutor } from "../../../src/sessions/host/reads/executor.js";
import type { ReadonlyLimits } from "../../../src/sessions/host/reads/runOutcome.js";
import { Targets } from "../../../src/sessions/host/wire/targets.js";
import { saysWhereMouseIs, startBrowser, Witness, type OwnBrowser } from "../../support/browser.js";
import { Site } from "../../support/site.js";
import { bridgeTo, connectCdp } from "../../support/wire.js";

/** How a piece of code ended. */
export type Ended =
  | { ok: true; kind: "undefined" | "string" | "json"; text: string; printed: string[] }
  | { ok: false; code: string; message: string; hint: string; printed: string[] };

export interface RunOptions {
  timeoutMs?: number;
  page?: string;
  signal?: AbortSignal;
}

/** Something that runs read-only code on the stage's browser. */
export interface Runner {
  run(code: string, options?: RunOptions): Promise<Ended>;
  close(): Promise<void>;
}

export const defaultLimits: ReadonlyLimits = {
  timeoutMs: 20_000,
  memoryBytes: 64 * 1024 * 1024,
  outputBytes: 2 * 1024 * 1024,
  pendingCalls: 10_000,
};

/** The host's executor, in the test's own process. */
export class ExecutorRunner implements Runner {
  readonly denied: string[] = [];

  private constructor(
    readonly executor: ReadonlyExecutor,
    readonly targets: Targets,
    private readonly cdp: CdpConnection,
    private readonly playwright: PlaywrightBridge,
    private readonly denials: string[],
  ) {
    this.denied = denials;
  }

  /**
   * @param limits put over the tests' own
   * @param script the interpreter's program
   * @param playwright what locators are looked up by
   */
  static async start(
    browser: Pick<OwnBrowser, "endpoint" | "port">,
    limits: Partial<ReadonlyLimits> = {},
    script = join(process.cwd(), "dist", "readonly-child.js"),
    playwright = bridgeTo(browser.endpoint, "reads"),
  ): Promise<ExecutorRunner> {
    const cdp = await connectCdp(browser.endpoint);
    const targets = new Targets(cdp);
    await targets.start();
    const denials: string[] = [];
    const executor = new ReadonlyExecutor({
      targets,
      cdp,
      page: (targetId) => playwright.page(targetId),
      prepareLocators: () => playwright.prepare(),
      idleMs: 60_000,
      selectorOf: () => Promise.resolve(undefined),
      endStuckReads: (targetId) => playwright.endStuckReads(targetId),
      debuggingEndpoints: () => Promise.resolve([{ host: "127.0.0.1", port: browser.port }]),
      limits: { ...defaultLimits, ...limits },
      onDenied: (what) => denials.push(what),
      script,
    });
    return new ExecutorRunner(executor, targets, cdp, playwright, denials);
  }

  async run(code: string, { timeoutMs, page, signal = new AbortController().signal }: RunOptions = {}): Promise<Ended> {
    const printed: string[] = [];
    try {
      const { kind, text } = await this.executor.run(
        { code, page, timeoutMs },
        { console: (level, line) => printed.push(`${level}: ${line}`), signal },
      );
      return { ok: true, kind, text, printed };
    } catch (thrown) {
      assert.ok(thrown instanceof LibrettoError, `not a LibrettoError: ${String((thrown as Error).stack)}`);
      return { ok: false, code: thrown.code, message: thrown.message, hint: thrown.hint, printed };
    }
  }

  async close(): Promise<void> {
    await this.executor.dispose();
    await this.playwright.close();
    this.cdp.close();
  }
}

/** A browser with one page, its site, and a folder on the host. */
export class Stage {
  /** A folder in which nothing may ever appear. */
  readonly folder = realpathSync(mkdtempSync(join(process.env["LIBRETTO_TEST_FOLDER"] ?? tmpdir(), "readonly-")));

  constructor(
    readonly browser: Pick<OwnBrowser, "endpoint" | "port"> & { close?: () => Promise<void> },
    readonly site: Site,
    readonly witness: Witness,
  ) {}

  static async open(path = "/form"): Promise<Stage> {
    const site = await Site.start();
    const browser = await startBrowser(site.url(path));
    const witness = await Witness.connect(browser.endpoint, false);
    await witness.until("document.readyState === 'complete' && location.protocol === 'http:'");
    return new Stage(browser, site, witness);
  }

  /** Loads a page anew, from outside. */
  async show(path: string): Promise<void> {
    const session = await this.witness.sessionOf("");
    const before = await this.witness.evaluate<number>("performance.timeOrigin").catch(() => 0);
    await this.witness.send("Page.navigate", { url: path.includes(":") ? path : this.site.url(path) }, session);
    await this.witness.until(`performance.timeOrigin !== ${before} && document.readyState === 'complete'`);
  }

  async close(): Promise<void> {
    this.witness[Symbol.dispose]();
    await this.browser.close?.();
    await this.site.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What of the world could show that code got out. */
interface Picture {
  page: unknown;
  tabs: string[];
  cookies: string[];
  requests: string[];
  files: string[];
  environment: string;
  realm: string;
}

/** Put into the page by the witness: counts everything that could happen to it. */
const observer = `
globalThis.__canary = { mutations: 0, events: {}, errors: 0 };
new MutationObserver((list) => (__canary.mutations += list.length)).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
for (const type of ['click', 'dblclick', 'mousedown', 'mousemove', 'mouseover', 'pointerdown', 'touchstart', 'wheel', 'keydown', 'keypress', 'input', 'change', 'beforeinput', 'focus', 'blur', 'submit', 'drop', 'dragstart', 'select', 'selectionchange', 'scroll', 'resize', 'message', 'custom', 'beforeunload', 'visibilitychange'])
  addEventListener(type, (event) => {
    const { target } = event;
    if (${saysWhereMouseIs}(event)) return;
    // The browser focuses the window of a new document, once or twice, and sometimes only after it is loaded.
    if (type !== 'focus' || target instanceof Element) __canary.events[type] = (__canary.events[type] ?? 0) + 1;
  }, true);
true`;

const fingerprint = `JSON.stringify({
  canary: globalThis.__canary ?? 'gone', url: location.href, title: document.title, html: document.documentElement.outerHTML,
  values: [...document.querySelectorAll('input, select, textarea')].map((e) => [e.type === 'file' ? e.files.length : e.value, e.checked]),
  active: document.activeElement?.tagName, selection: String(getSelection()), scroll: [scrollX, scrollY], size: [innerWidth, innerHeight],
  storage: [Object.entries(localStorage), Object.entries(sessionStorage), document.cookie], history: history.length, name: window.name,
  globals: Object.getOwnPropertyNames(globalThis).length, prototype: Object.getOwnPropertyNames(Object.prototype).length,
  media: [matchMedia('(prefers-color-scheme: dark)').matches, matchMedia('print').matches], online: navigator.onLine, activation: [navigator.userActivation.hasBeenActive, navigator.userActivation.isActive], agent: navigator.userAgent,
})`;

/** Compares the world before and after a piece of code. */
export class Canaries {
  #before: Picture | undefined;
  readonly #realmKeys = realmKeys();

  constructor(private readonly stage: Stage) {}

  /** Puts the watch into the page and remembers how everything is. */
  async set(): Promise<void> {
    await this.stage.witness.evaluate(observer);
    process.env["READONLY_CANARY"] = "alive";
    this.#before = await this.#look();
  }

  /** What has changed since `set`, in words; empty if nothing has. */
  async tripped(): Promise<string[]> {
    const [before, now] = [this.#before, await this.#look()];
    assert.ok(before);
    return (Object.keys(now) as (keyof Picture)[])
      .filter((key) => JSON.stringify(now[key]) !== JSON.stringify(before[key]))
      .map((key) => `${key}: ${difference(before[key], now[key])}`);
  }

  async #look(): Promise<Picture> {
    const { witness, site, folder } = this.stage;
    const [page, tabs, { cookies }] = await Promise.all([
      witness.evaluate<string>(fingerprint).then(
        (text) => JSON.parse(text) as unknown,
        (error: Error) => error.message,
      ),
      witness.pages(),
      witness.send<{ cookies: { name: string; value: string; domain: string }[] }>("Storage.getCookies"),
    ]);
    return {
      page,
      tabs: tabs.map(({ targetId, url }) => `${targetId} ${url}`).sort(),
      cookies: cookies.map(({ name, value, domain }) => `${domain} ${name}=${value}`).sort(),
      // A GET that the code asked for with `get` is a read; it is told by what it says it accepts.
      requests: site.requests
        .filter(
          ({ method, headers }) =>
            !(
              (method === "GET" || method === "HEAD") &&
              headers.accept === "*/*" &&
              headers["sec-fetch-mode"] === undefined
            ),
        )
        .map(({ method, path }) => `${method} ${path}`),
      files: [folder, tmpdir(), process.cwd()].flatMap((each) =>
        readdirSync(each)
          .filter((name) => /pwned/i.test(name) || each === folder)
          .map((name) => `${each}/${name} ${statSync(join(each, name)).size}`),
      ),
      environment: `${process.env["READONLY_CANARY"]} ${process.env["PWNED"]} ${process.cwd()}`,
      realm: this.#realmKeys === realmKeys() ? "same" : realmKeys(),
    };
  }
}

/** What a leak into the host's own realm would change, where the host is the test's process. */
function realmKeys(): string {
  return JSON.stringify(
    [Object, Array, Function, Promise, String, RegExp, Error]
      .map((each) => Reflect.ownKeys(each.prototype as object).map(String))
      .concat([
        Reflect.ownKeys(globalThis)
          .map(String)
          .filter((key) => /pwned/i.test(key)),
      ]),
  );
}

function difference(before: unknown, now: unknown): string {
  if (
    typeof before === "object" &&
    before !== null &&
    !Array.isArray(before) &&
    typeof now === "object" &&
    now !== null
  ) {
    return Object.keys(now)
      .filter(
        (key) =>
          JSON.stringify((now as Record<string, unknown>)[key]) !==
          JSON.stringify((before as Record<string, unknown>)[key]),
      )
      .map(
        (key) =>
          `${key} was ${JSON.stringify((before as Record<string, unknown>)[key])?.slice(0, 300)}, is ${JSON.stringify((now as Record<string, unknown>)[key])?.slice(0, 300)}`,
      )
      .join("; ");
  }
  return `was ${JSON.stringify(before)?.slice(0, 500)}, is ${JSON.stringify(now)?.slice(0, 500)}`;
}

/** A stage and an executor on it for the tests of a suite, made before them and ended after them. @param path of the page that stands open */
export function useExecutor(made: (stage: Stage, runner: ExecutorRunner) => void, path = "/"): void {
  let stage: Stage;
  let runner: ExecutorRunner;
  before(async () => {
    stage = await Stage.open(path);
    runner = await ExecutorRunner.start(stage.browser);
    made(stage, runner);
  });
  after(async () => {
    await runner.close();
    await stage.close();
  });
}
