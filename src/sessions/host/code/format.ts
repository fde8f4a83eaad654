/** How the value of a piece of code is printed (S15). Runs beside the code, since most values cannot leave its process. */
import { inspect, type InspectOptions } from "node:util";

/** The printed form: nothing, a text as it is, or indented JSON. */
export interface PrintedValue {
  kind: "undefined" | "string" | "json";
  text: string;
}

/** Depth and lengths that show a person what a value is, without flooding a terminal. */
const inspectOptions: InspectOptions = {
  depth: 6,
  maxArrayLength: 1000,
  maxStringLength: 100_000,
  breakLength: 120,
  compact: 3,
  sorted: false,
};

/**
 * A string as it is, anything else as JSON indented by two spaces, undefined as nothing. What JSON cannot
 * hold (a cycle, a BigInt, a function, a Map, an error, a Playwright object) is shown the way Node's REPL shows it.
 */
export function printValue(value: unknown): PrintedValue {
  if (value === undefined) return { kind: "undefined", text: "" };
  if (typeof value === "string") return { kind: "string", text: value };
  try {
    if (fitsJson(value, new Set())) {
      // A toJSON of the user's may say undefined, which is not text.
      const text = JSON.stringify(value, undefined, 2) as string | undefined;
      if (text !== undefined) return { kind: "json", text };
    }
  } catch {
    // A getter or toJSON that throws: shown by inspect, which calls neither.
  }
  return { kind: "string", text: inspectSafely(value) };
}

/** Shows any value, also one whose own methods throw. */
export function inspectSafely(value: unknown): string {
  try {
    return inspect(value, inspectOptions);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Whether JSON tells all there is of a value: plain data without cycles. `seen` holds the objects above it. */
function fitsJson(value: unknown, seen: Set<object>): boolean {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value);
    case "bigint":
    case "function":
    case "symbol":
      return false;
    case "object":
      break;
    default:
      return true;
  }
  if (value === null) return true;
  if (seen.has(value)) return false;
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  if (value instanceof URL) return true;
  if (isOpaque(value)) return false;
  seen.add(value);
  const fits = Object.values(value).every((child) => fitsJson(child, seen));
  seen.delete(value);
  return fits;
}

/** Objects whose content is not in their properties, or whose properties are nobody's business. */
function isOpaque(value: object): boolean {
  const tag = Object.prototype.toString.call(value);
  if (tag !== "[object Object]" && tag !== "[object Array]") return true;
  // Objects of Playwright: their fields are its own machinery.
  return (
    "_guid" in value ||
    Symbol.for("nodejs.util.inspect.custom") in value ||
    (!("toJSON" in value) && tag === "[object Object]" && hasPrivateNature(value))
  );
}

/** Instances of a class that shows nothing of itself: JSON would print `{}` for what is not empty. */
function hasPrivateNature(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype !== null && prototype !== Object.prototype && Object.keys(value).length === 0;
}
