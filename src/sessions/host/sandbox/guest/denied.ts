/** What the code meets where it reaches for more than reads. Nothing is behind it: the refusal is all there is. */
import { adviceFor } from "./advice.js";
import { report } from "./bridge.js";

/** Thrown by everything that is not a read (S14). It names what was tried. */
export class ReadonlyExecDenied extends Error {
  /** @param path what leads to it, where `what` is more than that */
  constructor(what: string, path = what) {
    super(`${what} is not allowed: ${adviceFor(path) ?? "readonly-exec only reads"}`);
    Object.defineProperty(this, "name", { value: "ReadonlyExecDenied", configurable: true, writable: true });
  }
}

/** Says no, and lets the host log it. */
function deny(what: string, path?: string): never {
  report(what);
  throw new ReadonlyExecDenied(what, path);
}

const paths = new WeakMap<object, string>();

/** Where a denied value came from (`page.keyboard`), or undefined for any other value. */
export function deniedPath(value: object): string | undefined {
  return paths.get(value);
}

/** Asked of any object by the language, an `await` or a printer; these names lead nowhere. */
const innocent = new Set(["then", "name", "length", "prototype", "constructor", "arguments", "caller"]);

/**
 * A value under which everything is denied. Reaching for it does no more than reaching for a name that is
 * not there; using it in any way throws, and says by its full path what was tried.
 */
export function denied(path: string): unknown {
  const say = (what: string): never => deny(what, path);
  // A function of the old kind, since those alone can be called with `new` too.
  const value = new Proxy(function () {}, {
    get: (_target, key) => {
      if (typeof key === "symbol" || innocent.has(key)) return undefined;
      if (key === "call" || key === "apply" || key === "bind") return () => say(`${path}()`);
      return denied(`${path}.${key}`);
    },
    apply: () => say(`${path}()`),
    construct: () => say(`new ${path}()`),
    ...unchangeable(path),
  });
  paths.set(value, path);
  return value;
}

/**
 * An object of which only the own members can be reached. Any other name leads to a denied value, and
 * nothing about it can be changed.
 */
export function readonlyObject<T extends object>(path: string, members: T): T {
  return new Proxy(Object.freeze(Object.assign(Object.create(null) as T, members)), {
    get: (target, key) => {
      if (Object.hasOwn(target, key)) return (target as Record<PropertyKey, unknown>)[key];
      return typeof key === "symbol" || innocent.has(key) ? undefined : denied(`${path}.${key}`);
    },
    ...unchangeable(path),
  });
}

/** The traps that refuse every change of an object. */
export function unchangeable(path: string): ProxyHandler<never> {
  return {
    set: (_target, key) => deny(`${path}.${String(key)} =`, path),
    defineProperty: (_target, key) => deny(`Object.defineProperty(${path}, "${String(key)}")`, path),
    deleteProperty: (_target, key) => deny(`delete ${path}.${String(key)}`, path),
    setPrototypeOf: () => deny(`Object.setPrototypeOf(${path})`, path),
  };
}
