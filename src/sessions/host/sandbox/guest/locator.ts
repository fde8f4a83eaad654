/**
 * Locators as the code sees them. A locator is a description (where it starts, and the steps from there);
 * the host rebuilds it for every read, so there is no handle that code could forge.
 */
import { locatorFactories, locatorReads, locatorRefinements } from "../surface.js";
import { addWriter, call } from "./bridge.js";
import { denied, unchangeable } from "./denied.js";
import { addPrinter } from "./printers.js";

/** One step: the name of a maker of locators, and its arguments. */
type Step = [name: string, ...args: unknown[]];
/** Where a locator starts (the main frame where `frame` is absent), and the steps from there. */
interface Description {
  frame?: number;
  steps: Step[];
}
interface Known {
  description: Description;
  page: () => object;
}

const descriptions = new WeakMap<object, Known>();
addWriter((value) => {
  const known = descriptions.get(value);
  return known && { locator: known.description };
});

function knownOf(locator: object, method: string): Known {
  const known = descriptions.get(locator);
  if (!known) throw new TypeError(`${method} was called on something that is not a locator`);
  return known;
}

type Members = Record<string, (this: object, ...args: unknown[]) => unknown>;

const locatorMembers = Object.create(null) as Members;
const frameLocatorMembers = Object.create(null) as Members;
const handlers = new Map<Members, ProxyHandler<object>>([
  [locatorMembers, handlerOf(locatorMembers, "locator")],
  [frameLocatorMembers, handlerOf(frameLocatorMembers, "frameLocator")],
]);

/** What a maker of locators gives. */
function madeBy(name: string): Members {
  return name === "frameLocator" || name === "contentFrame" ? frameLocatorMembers : locatorMembers;
}

function stepMaker(gives: Members, name: string): (this: object, ...args: unknown[]) => object {
  return function (...args) {
    const { description, page } = knownOf(this, name);
    return make(gives, { ...description, steps: [...description.steps, [name, ...args]] }, page);
  };
}

for (const name of locatorFactories) {
  locatorMembers[name] = stepMaker(madeBy(name), name);
  frameLocatorMembers[name] = stepMaker(madeBy(name), name);
}
for (const name of locatorRefinements) locatorMembers[name] = stepMaker(madeBy(name), name);
for (const name of ["first", "last", "nth"]) frameLocatorMembers[name] = stepMaker(frameLocatorMembers, name);
frameLocatorMembers["owner"] = stepMaker(locatorMembers, "owner");

for (const name of locatorReads) {
  locatorMembers[name] = function (...args) {
    knownOf(this, name);
    return call(`locator.${name}`, args, this);
  };
}
locatorMembers["all"] = async function () {
  knownOf(this, "all");
  const count = (await call("locator.count", [], this)) as number;
  return Array.from({ length: count }, (_value, index) => (this as { nth(index: number): object }).nth(index));
};
locatorMembers["page"] = function () {
  return knownOf(this, "page").page();
};
locatorMembers["description"] = function () {
  const last = knownOf(this, "description").description.steps.findLast(([name]) => name === "describe");
  return last?.[1] ?? null;
};
const print = function (this: object): string {
  return describe(knownOf(this, "toString").description);
};
locatorMembers["toString"] = print;
frameLocatorMembers["toString"] = print;

function handlerOf(members: Members, path: string): ProxyHandler<object> {
  const silent = new Set(["then", "toJSON", "constructor", "name", "length", "prototype"]);
  return {
    get: (_target, key) => {
      if (typeof key === "symbol") return undefined;
      if (Object.hasOwn(members, key)) return members[key];
      return silent.has(key) ? undefined : denied(`${path}.${key}`);
    },
    has: (_target, key) => Object.hasOwn(members, key),
    getPrototypeOf: () => null,
    ...unchangeable(path),
  };
}

function make(kind: Members, description: Description, page: () => object): object {
  const locator = new Proxy(Object.freeze(Object.create(null) as object), handlers.get(kind) ?? {});
  descriptions.set(locator, { description, page });
  return locator;
}

/** The makers of locators of a page (`frame` undefined) or of a frame. */
export function locatorMakers(
  frame: number | undefined,
  page: () => object,
): Record<string, (...args: unknown[]) => object> {
  const root: Description = { ...(frame === undefined ? {} : { frame }), steps: [] };
  return Object.fromEntries(
    locatorFactories.map((name) => [
      name,
      (...args: unknown[]) => make(madeBy(name), { ...root, steps: [[name, ...args]] }, page),
    ]),
  );
}

addPrinter((value) => {
  const known = descriptions.get(value);
  return known && `Locator ${describe(known.description)}`;
});

function describe({ frame, steps }: Description): string {
  const text = steps.map(([name, ...args]) => `${name}(${args.map(argumentText).join(", ")})`).join(".");
  return frame === undefined ? text : `frame ${frame}: ${text}`;
}

function argumentText(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  if (typeof value === "string") return `'${value}'`;
  if (typeof value !== "object" || value === null) return String(value);
  const known = descriptions.get(value);
  if (known) return describe(known.description);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${argumentText(item)}`)
    .join(", ")} }`;
}
