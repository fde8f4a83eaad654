/** `page`, its frames, and the globals `get` and `scrollBy`. */
import { selectorReads } from "../surface.js";
import { ask, call } from "./bridge.js";
import { readonlyObject } from "./denied.js";
import { locatorMakers } from "./locator.js";
import { addPrinter } from "./printers.js";
import { sleep } from "./timers.js";
import { type UrlPattern, urlMatcher } from "./urlPattern.js";

/** A frame as the host lists it; the main one has the id 0. */
interface FrameFacts {
  id: number;
  parent: number | null;
  name: string;
  url: string;
}
interface WaitOptions {
  timeout?: number;
  waitUntil?: "load" | "domcontentloaded" | "networkidle" | "commit";
}

const texts = new WeakMap<object, () => string>();
addPrinter((value) => texts.get(value)?.());

const frames = new Map<number, object>();

/** Members that a page and its frames share. `frame` is undefined for the main frame. */
function shared(frame: number | undefined, url: () => string): Record<string, unknown> {
  const makers = locatorMakers(frame, () => page);
  const at = frame === undefined ? [] : [frame];
  const prefix = frame === undefined ? "page" : "frame";
  return {
    ...makers,
    // `page.textContent("h1")`: the first match, unless `strict` is asked for.
    ...Object.fromEntries(
      selectorReads.map((name) => [
        name,
        (selector: string, ...rest: unknown[]) => {
          const given = rest.at(-1);
          const { strict, ...options } =
            typeof given === "object" && given !== null ? (given as { strict?: boolean }) : {};
          const args = typeof given === "object" && given !== null ? [...rest.slice(0, -1), options] : rest;
          const all = makers["locator"]?.(selector) as {
            first(): Record<string, (...args: unknown[]) => unknown>;
          } & Record<string, (...args: unknown[]) => unknown>;
          return (strict === true ? all : all.first())[name]?.(...args);
        },
      ]),
    ),
    url,
    title: () => call(`${prefix}.title`, at),
    content: () => call(`${prefix}.content`, at),
    waitForLoadState: (state: unknown = "load", options: unknown = {}) =>
      call(`${prefix}.waitForLoadState`, [...at, state, options]),
    waitForTimeout: (ms: number) => sleep(ms),
    waitForURL: async (pattern: UrlPattern, { timeout, waitUntil = "load", ...unknown }: WaitOptions = {}) => {
      for (const option of Object.keys(unknown)) throw new TypeError(`waitForURL: unknown option "${option}"`);
      const matches = urlMatcher(pattern);
      const until = timeout === undefined || timeout === 0 ? undefined : Date.now() + timeout;
      for (let current = url(); !matches(current); current = url()) {
        await call(`${prefix}.urlChange`, [
          ...at,
          current,
          { ...(until === undefined ? {} : { timeout: Math.max(1, until - Date.now()) }) },
        ]);
      }
      if (waitUntil !== "commit")
        await call(`${prefix}.waitForLoadState`, [
          ...at,
          waitUntil,
          until === undefined ? {} : { timeout: Math.max(1, until - Date.now()) },
        ]);
    },
  };
}

function frameFacts(id: number): FrameFacts | undefined {
  return (ask("frames") as FrameFacts[]).find((frame) => frame.id === id);
}

function frameOf({ id }: FrameFacts): object {
  const known = frames.get(id);
  if (known) return known;
  const frame = readonlyObject("frame", {
    ...shared(id, () => frameFacts(id)?.url ?? ""),
    name: () => frameFacts(id)?.name ?? "",
    page: () => page,
    parentFrame: () => {
      const parent = frameFacts(id)?.parent;
      return parent === null || parent === undefined
        ? null
        : parent === 0
          ? mainFrame
          : frameOf({ id: parent, parent: null, name: "", url: "" });
    },
    childFrames: () => childFrames(id),
    isDetached: () => frameFacts(id) === undefined,
  });
  frames.set(id, frame);
  texts.set(frame, () => `Frame ${frameFacts(id)?.url ?? "(detached)"}`);
  return frame;
}

function childFrames(of: number): object[] {
  return (ask("frames") as FrameFacts[]).filter(({ parent }) => parent === of).map(frameOf);
}

const pageMakers = locatorMakers(undefined, () => page);

const pageUrl = (): string => ask("page.url") as string;

/** Both a method, as in Playwright, and an object with `width` and `height`. */
const viewportSize = Object.defineProperties(() => ask("page.viewportSize"), {
  width: { get: () => (ask("page.viewportSize") as { width: number } | null)?.width, enumerable: true },
  height: { get: () => (ask("page.viewportSize") as { height: number } | null)?.height, enumerable: true },
  toJSON: { value: () => ask("page.viewportSize") },
});

export const mainFrame: object = readonlyObject("frame", {
  ...shared(undefined, pageUrl),
  name: () => frameFacts(0)?.name ?? "",
  page: () => page,
  parentFrame: () => null,
  childFrames: () => childFrames(0),
  isDetached: () => ask("page.isClosed") as boolean,
});
frames.set(0, mainFrame);
texts.set(mainFrame, () => `Frame ${pageUrl()}`);

export const page: object = readonlyObject("page", {
  ...shared(undefined, pageUrl),
  viewportSize,
  // The refs of `libretto snapshot`, whose Playwright is the one that reads.
  getByRef: (ref: unknown) => pageMakers["locator"]?.(`aria-ref=${String(ref)}`),
  // Users look for these on the page too.
  get,
  scrollBy,
  isClosed: () => ask("page.isClosed"),
  mainFrame: () => mainFrame,
  frames: () => (ask("frames") as FrameFacts[]).map(frameOf),
  frame: (wanted: string | { name?: string; url?: UrlPattern }) => {
    const { name, url } = typeof wanted === "string" ? { name: wanted, url: undefined } : wanted;
    if (name === undefined && url === undefined) throw new TypeError("page.frame: give a name or a url");
    const matches = url === undefined ? () => false : urlMatcher(url);
    const found = (ask("frames") as FrameFacts[]).find((frame) =>
      name !== undefined ? frame.name === name : matches(frame.url),
    );
    return found ? frameOf(found) : null;
  },
  ariaSnapshot: (options: unknown = {}) => call("page.ariaSnapshot", [options]),
  ariaSnapshotJSON: (options: unknown = {}) => call("page.ariaSnapshotJSON", [options]),
});
texts.set(page, () => `Page ${pageUrl()}`);

interface FetchedData {
  url: string;
  status: number;
  statusText: string;
  headers: Record<string, string>;
  text: string;
}

/** `get(url)`: GET or HEAD, and nothing else. */
export async function get(url: unknown, options: unknown = {}): Promise<object> {
  const { text, ...facts } = (await call("get", [typeof url === "string" ? url : String(url), options])) as FetchedData;
  return readonlyObject("response", {
    ...facts,
    ok: facts.status >= 200 && facts.status < 300,
    text: async () => text,
    json: async () => JSON.parse(text) as unknown,
  });
}

/** `scrollBy(dx, dy)`: scrolls the page by CSS pixels, at once; gives where it then is. */
export function scrollBy(deltaX: unknown, deltaY: unknown): Promise<unknown> {
  return call("page.scrollBy", [deltaX, deltaY]);
}
