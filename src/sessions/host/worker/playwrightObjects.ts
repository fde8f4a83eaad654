/** Makes Playwright's objects show what they are, in results and in `console.log`, and not their machinery. */
import { inspect } from "node:util";
import type { Browser } from "playwright-core";

/** Gives the class below all of Playwright's objects (pages, frames, responses, …) a short form. */
export function showPlaywrightObjects(browser: Browser): void {
  const base = baseOf(browser);
  if (base === undefined || Object.hasOwn(base, inspect.custom)) return;
  Object.defineProperty(base, inspect.custom, {
    configurable: true,
    value(this: object) {
      return describe(this);
    },
  });
}

/** `<Page http://… >`, `<Response 200 http://… >`, or at least the name of the class. */
function describe(object: object): string {
  const name = object.constructor.name.replace(/^_|\d+$/g, "");
  const facts = ["status", "method", "url", "type", "suggestedFilename", "message"].flatMap((method) => {
    const read = (object as Record<string, unknown>)[method];
    if (typeof read !== "function" || read.length > 0) return [];
    try {
      const value: unknown = read.call(object);
      return typeof value === "string" || typeof value === "number" ? [String(value)] : [];
    } catch {
      return [];
    }
  });
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- Playwright's handles print what they hold
  return `<${(name.endsWith("Handle") ? [name, String(object)] : [name, ...facts]).join(" ")}>`;
}

/** The class whose objects all have an id: the last in the chain before Playwright's event emitter. */
function baseOf(object: object): object | undefined {
  let found: object | undefined;
  for (
    let at = Object.getPrototypeOf(object) as object | null;
    at && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    if (Object.hasOwn(at, "toJSON")) found = at;
  }
  return found;
}
