/**
 * The bridge: every call that the interpreter may send, with the schema of its arguments and what it does. A
 * call that is not in the table is denied. Results are data.
 */
import type { Frame, Locator, Page } from "playwright-core";
import * as z from "zod/mini";
// By its own path: the name `z.core` would bring all of zod into the bundle, 400 KB of it.
import { $ZodError } from "zod/v4/core";
import { get, getArguments } from "./get.js";
import { descriptionSchema, rebuildLocator, refsIn } from "./locators.js";
import { NotAllowed } from "./refusals.js";
import type { RunScope } from "./runScope.js";
import type { LocatorRead } from "../sandbox/surface.js";
import type { Call } from "../sandbox/messages.js";
import { withTimeout } from "../../util/timeouts.js";

type Perform = (scope: RunScope, args: unknown[], on: unknown) => Promise<unknown>;

function read<S extends z.core.$ZodType>(
  schema: S,
  perform: (scope: RunScope, args: z.infer<S>) => Promise<unknown>,
): Perform {
  return async (scope, args) => perform(scope, z.parse(schema, args));
}

const timeout = z.optional(z.number().check(z.nonnegative()));
const waiting = z.optional(z.strictObject({ timeout }));
const loadState = z.enum(["load", "domcontentloaded", "networkidle"]);
const frameNumber = z.int().check(z.nonnegative());
const nothing = z.tuple([]);
const aria = z.optional(
  z.strictObject({
    timeout,
    boxes: z.optional(z.boolean()),
    depth: z.optional(z.int().check(z.nonnegative())),
    mode: z.optional(z.literal("default")),
  }),
);
const pixels = z.number();

/** Left to answer, so that Playwright's own error, which says more, comes before the end of the run. */
const marginMs = 250;

/** A wait may be as long as it likes, but no longer than the run. 0 is Playwright's "for ever". */
function withinRun(scope: RunScope, asked: number | undefined): { timeout: number; signal: AbortSignal } {
  const remaining = scope.remainingMs();
  // One that begins when the time is all but up is ended by the run's own end, which alone tells why.
  const most = Math.max(1, Math.round(remaining > 2 * marginMs ? remaining - marginMs : remaining + marginMs));
  return { timeout: asked === undefined || asked === 0 ? most : Math.min(asked, most), signal: scope.signal };
}

/** An absent answer in time is an error, also where Playwright would wait for ever. */
async function inTime<T>(
  scope: RunScope,
  what: string,
  answer: Promise<T>,
  timeout = withinRun(scope, undefined).timeout,
): Promise<T> {
  return withTimeout(answer, timeout, () => {
    throw named(
      "TimeoutError",
      `${what}: the page did not answer within ${Math.round(timeout)} ms. It runs a script that does not yield, shows a dialog, or waits for a server`,
    );
  });
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const ariaOptions = (
  scope: RunScope,
  options: z.infer<typeof aria>,
): { timeout: number; signal: AbortSignal; boxes?: boolean; depth?: number } => ({
  ...withinRun(scope, options?.timeout),
  ...(options?.boxes === undefined ? {} : { boxes: options.boxes }),
  ...(options?.depth === undefined ? {} : { depth: options.depth }),
});

/** Resolves when the address is another, or throws when the time is up. */
async function urlChange(
  scope: RunScope,
  asked: number | undefined,
  wait: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { timeout } = withinRun(scope, asked);
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), timeout);
  const signal = AbortSignal.any([scope.signal, over.signal]);
  await wait(signal).finally(() => clearTimeout(timer));
  if (signal.aborted) throw named("TimeoutError", `waitForURL: no matching address within ${Math.round(timeout)} ms`);
}

/** A frame of an inner document, by events of Playwright's. */
async function frameUrlChange(page: Page, frame: Frame, from: string, signal: AbortSignal): Promise<void> {
  let changed: () => void = () => undefined;
  const listener = (): void => changed();
  page.on("framenavigated", listener);
  page.on("framedetached", listener);
  try {
    while (!signal.aborted) {
      const next = new Promise<void>((resolve) => {
        changed = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      if (frame.url() !== from) return;
      if (frame.isDetached()) throw new Error("waitForURL: the frame was detached");
      await next;
    }
  } finally {
    page.off("framenavigated", listener);
    page.off("framedetached", listener);
  }
}

/** Playwright waits for a page that has just opened; one that does not answer must not take the run's time. */
function playwrightPage(scope: RunScope): Promise<Page> {
  return inTime(scope, "The page", scope.page());
}

async function frameAt(scope: RunScope, number: number): Promise<Frame> {
  const page = await playwrightPage(scope);
  scope.frames.numberOf(page.mainFrame());
  const frame = scope.frames.at(number);
  // Playwright waits in vain for the load of one that is gone already.
  if (frame.isDetached()) throw new Error("Frame was detached");
  return frame;
}

type LocatorPerform = (
  locator: Locator,
  within: { timeout: number; signal: AbortSignal },
  args: unknown[],
  /** Whether nobody waits for the answer any more. */
  isOver: () => boolean,
) => Promise<unknown>;

/** Arguments of a read that takes none but `{ timeout }`. */
function plain(perform: LocatorPerform): { args: z.ZodMiniType<unknown[]>; perform: LocatorPerform } {
  return { args: z.tuple([waiting]), perform };
}

/**
 * Where a document goes while Playwright looks into it, `count`, `isVisible` and `isHidden` say that nothing is there;
 * asked again they look into the next one. Not once the call is over: nothing is what they say, too, where the page was
 * freed of them.
 */
async function lookAgain<T>(look: () => Promise<T>, nothing: T, isOver: () => boolean): Promise<T> {
  const found = await look();
  return found === nothing && !isOver() ? look() : found;
}

/** Reads of a locator. The last argument of each is its options; `timeout` is kept within the run. */
const locatorReadsTable: Record<LocatorRead, { args: z.ZodMiniType<unknown[]>; perform: LocatorPerform }> = {
  textContent: plain((locator, within) => locator.textContent(within)),
  innerText: plain((locator, within) => locator.innerText(within)),
  innerHTML: plain((locator, within) => locator.innerHTML(within)),
  getAttribute: {
    args: z.tuple([z.string(), waiting]),
    perform: (locator, within, [name]) => locator.getAttribute(name as string, within),
  },
  inputValue: plain((locator, within) => locator.inputValue(within)),
  isVisible: plain((locator, _within, _args, isOver) => lookAgain(() => locator.isVisible(), false, isOver)),
  isHidden: plain((locator, _within, _args, isOver) => lookAgain(() => locator.isHidden(), true, isOver)),
  isEnabled: plain((locator, within) => locator.isEnabled(within)),
  isDisabled: plain((locator, within) => locator.isDisabled(within)),
  isEditable: plain((locator, within) => locator.isEditable(within)),
  isChecked: plain((locator, within) => locator.isChecked(within)),
  boundingBox: plain((locator, within) => locator.boundingBox(within)),
  count: {
    args: nothing,
    perform: (locator, _within, _args, isOver) => lookAgain(() => locator.count(), 0, isOver),
  },
  allTextContents: { args: nothing, perform: (locator) => locator.allTextContents() },
  allInnerTexts: { args: nothing, perform: (locator) => locator.allInnerTexts() },
  ariaSnapshot: {
    args: z.tuple([aria]),
    perform: (locator, within, [options]) => locator.ariaSnapshot({ ...(options as object | undefined), ...within }),
  },
  ariaSnapshotJSON: {
    args: z.tuple([aria]),
    perform: (locator, within, [options]) =>
      locator.ariaSnapshotJSON({ ...(options as object | undefined), ...within }),
  },
  waitFor: {
    args: z.tuple([
      z.optional(z.strictObject({ timeout, state: z.optional(z.enum(["attached", "detached", "visible", "hidden"])) })),
    ]),
    perform: (locator, within, [options]) => locator.waitFor({ ...(options as object | undefined), ...within }),
  },
};

/** Of the elements that refs name; one that is not there now has none. */
async function selectorsOf(scope: RunScope, refs: string[]): Promise<Map<string, string>> {
  const selectors = new Map<string, string>();
  for (const ref of refs) {
    const selector = await inTime(scope, "getByRef", scope.selectorOf(ref));
    if (selector !== undefined) selectors.set(ref, selector);
  }
  return selectors;
}

function locatorRead(name: LocatorRead): Perform {
  const { args: schema, perform } = locatorReadsTable[name];
  return async (scope, given, on) => {
    const args = z.parse(schema, given);
    const description = z.parse(descriptionSchema, on);
    const page = await playwrightPage(scope);
    scope.frames.numberOf(page.mainFrame());
    const locator = rebuildLocator(
      description,
      (frame) => (frame === undefined ? page : scope.frames.at(frame)),
      await selectorsOf(scope, refsIn(description)),
    );
    const options = args.at(-1) as { timeout?: number } | undefined;
    const asked = typeof options === "object" ? options.timeout : undefined;
    // Playwright's own limit comes first where it has one; the second is for a page that answers nothing.
    const within = withinRun(scope, asked);
    let failed = false;
    const isOver = (): boolean => failed || within.signal.aborted;
    const answer = inTime(
      scope,
      `locator.${name}`,
      perform(locator, within, args, isOver),
      within.timeout + marginMs / 2,
    );
    return answer.catch((error: unknown) => {
      failed = true;
      // Before what takes its time, and the run's with it.
      if (error instanceof Error && error.name === "TimeoutError") scope.ranOut(error.message);
      // A regular expression, among others, can take the page's process for ever.
      return scope.endStuckReads().then(() => Promise.reject(error as Error));
    });
  };
}

const reads: Record<string, Perform> = {
  "page.url": read(nothing, async (scope) => inTime(scope, "page.url", scope.reads().url())),
  "page.title": read(nothing, async (scope) => inTime(scope, "page.title", scope.reads().title())),
  "page.content": read(nothing, async (scope) => inTime(scope, "page.content", scope.reads().content())),
  "page.viewportSize": read(nothing, async (scope) => inTime(scope, "page.viewportSize", scope.reads().viewportSize())),
  "page.isClosed": read(nothing, async (scope) => scope.isClosed()),
  "page.scrollBy": read(z.tuple([pixels, pixels]), async (scope, [deltaX, deltaY]) =>
    inTime(scope, "scrollBy", scope.reads().scrollBy(deltaX, deltaY)),
  ),
  "page.urlChange": read(z.tuple([z.string(), waiting]), (scope, [from, options]) =>
    urlChange(scope, options?.timeout, (signal) => scope.reads().urlChange(from, signal)),
  ),
  "page.waitForLoadState": read(z.tuple([loadState, waiting]), async (scope, [state, options]) =>
    (await playwrightPage(scope)).waitForLoadState(state, withinRun(scope, options?.timeout)),
  ),
  "page.ariaSnapshot": read(z.tuple([aria]), async (scope, [options]) =>
    inTime(scope, "page.ariaSnapshot", (await playwrightPage(scope)).ariaSnapshot(ariaOptions(scope, options))),
  ),
  "page.ariaSnapshotJSON": read(z.tuple([aria]), async (scope, [options]) =>
    inTime(scope, "page.ariaSnapshotJSON", (await playwrightPage(scope)).ariaSnapshotJSON(ariaOptions(scope, options))),
  ),

  frames: read(nothing, async (scope) => {
    const page = await playwrightPage(scope);
    const numberOf = (frame: Frame): number => scope.frames.numberOf(frame);
    numberOf(page.mainFrame());
    return page.frames().map((frame) => {
      const parent = frame.parentFrame();
      return { id: numberOf(frame), parent: parent ? numberOf(parent) : null, name: frame.name(), url: frame.url() };
    });
  }),
  "frame.title": read(z.tuple([frameNumber]), async (scope, [frame]) =>
    inTime(scope, "frame.title", (await frameAt(scope, frame)).title()),
  ),
  "frame.content": read(z.tuple([frameNumber]), async (scope, [frame]) =>
    inTime(scope, "frame.content", (await frameAt(scope, frame)).content()),
  ),
  "frame.urlChange": read(z.tuple([frameNumber, z.string(), waiting]), async (scope, [frame, from, options]) => {
    const [page, at] = [await playwrightPage(scope), await frameAt(scope, frame)];
    await urlChange(scope, options?.timeout, (signal) => frameUrlChange(page, at, from, signal));
  }),
  "frame.waitForLoadState": read(z.tuple([frameNumber, loadState, waiting]), async (scope, [frame, state, options]) =>
    (await frameAt(scope, frame)).waitForLoadState(state, withinRun(scope, options?.timeout)),
  ),

  ...Object.fromEntries(
    (Object.keys(locatorReadsTable) as LocatorRead[]).map((name) => [`locator.${name}`, locatorRead(name)]),
  ),

  get: read(getArguments, async (scope, args) => {
    const { timeout } = withinRun(scope, args[1]?.timeout);
    const late = AbortSignal.timeout(Math.ceil(timeout));
    try {
      return await get(args, { ...scope.get, signal: AbortSignal.any([scope.signal, late]) });
    } catch (error) {
      if (late.aborted)
        throw named("TimeoutError", `get ${args[0].slice(0, 200)}: no answer within ${Math.round(timeout)} ms`);
      throw error;
    }
  }),
};

/** What is answered without the page, also while it shows a dialog. */
const withoutPage = new Set(["page.url", "page.isClosed", "get"]);

function assertNoDialog(scope: RunScope, method: string): void {
  const dialog = scope.dialog();
  if (dialog) throw named(dialog.code, `${method}: ${dialog.message}`);
}

/** The calls that exist, for the tests that hold the tables against each other. */
export const readNames = Object.keys(reads);

/** So often a document may be replaced by another one while it is read. */
const maxLooks = 5;

/** Playwright looks again by itself where it waits for an element, and not where it takes all that are there. */
function wasReplaced(error: unknown): boolean {
  return error instanceof Error && /Execution context was destroyed|the page is navigating/.test(error.message);
}

/**
 * Performs one call.
 * @throws NotAllowed for a call that is not in the table; an error named TypeError for arguments that do not
 * fit; Playwright's and the network's own errors
 */
export async function perform(scope: RunScope, { method, args, on }: Call): Promise<unknown> {
  const found = Object.hasOwn(reads, method) ? reads[method] : undefined;
  if (!found) throw new NotAllowed(method);
  const look = async (looks: number): Promise<unknown> => {
    try {
      return await found(scope, args, on);
    } catch (error) {
      // The next document is there, or about to be. Nothing was changed by the look into the last one.
      if (looks === maxLooks || !wasReplaced(error) || scope.signal.aborted) throw error;
      return look(looks + 1);
    }
  };
  try {
    if (!withoutPage.has(method)) assertNoDialog(scope, method);
    return await look(1);
  } catch (error) {
    // One that opened meanwhile is why it came to nothing; a person may have answered it in time.
    if (error instanceof Error && error.name === "TimeoutError") assertNoDialog(scope, method);
    if (error instanceof $ZodError) throw named("TypeError", `${method}: ${explain(error)}`);
    throw error;
  }
}

/** What is wrong with the arguments, in words. */
function explain(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  if (!issue) return "the arguments do not fit";
  const path = issue.path.map(String);
  const where =
    path.length === 0
      ? ""
      : `argument ${Number(path[0]) + 1}${path
          .slice(1)
          .map((part) => `.${part}`)
          .join("")}: `;
  return issue.code === "unrecognized_keys"
    ? `${where}unknown option ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`
    : `${where}${issue.message}`;
}
