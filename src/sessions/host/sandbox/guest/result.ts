/** The end of a run: its value or its error as text, and what it did to `state`. All inside, under the run's limits. */
import type { Outcome, StateChange } from "../messages.js";
import { ReadonlyExecDenied, deniedPath } from "./denied.js";
import { inspect } from "./inspect.js";
import { printedName } from "./printers.js";
import { URL } from "./url.js";

/** What the interpreter says of an error; the process around it finds the place in the user's text. */
export interface ThrownInside {
  name: string;
  message: string;
  stack: string;
}

/**
 * How a value is printed (S15): a string as it is, anything else as indented JSON, undefined as nothing. What
 * JSON cannot hold (a cycle, a BigInt, a function, a Map, an error) is shown the way Node's REPL shows it.
 */
export function printValue(value: unknown): Extract<Outcome, { kind: string }> {
  if (value === undefined) return { kind: "undefined", text: "" };
  if (typeof value === "string") return { kind: "string", text: value };
  const path = typeof value === "object" || typeof value === "function" ? value !== null && deniedPath(value) : false;
  if (typeof path === "string") throw new ReadonlyExecDenied(path);
  const json = toJson(value, 2);
  return json === undefined ? { kind: "string", text: inspect(value) } : { kind: "json", text: json };
}

/** The value as JSON, or undefined where JSON would lose something of it. */
function toJson(value: unknown, indent: number): string | undefined {
  try {
    return fitsJson(value, []) ? JSON.stringify(value, undefined, indent) : undefined;
  } catch (error) {
    // A getter or a toJSON that throws is shown by inspect, which calls neither; running out of memory is not.
    if ((error as Error | undefined)?.name === "InternalError") throw error;
    return undefined;
  }
}

function fitsJson(value: unknown, above: object[]): boolean {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value);
    case "bigint":
    case "symbol":
      return false;
    case "function":
      return Object.hasOwn(value, "toJSON");
    case "object":
      break;
    default:
      return true;
  }
  if (value === null) return true;
  if (above.length > 200 || above.includes(value)) return false;
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  if (value instanceof URL) return true;
  if (deniedPath(value) !== undefined || printedName(value) !== undefined) return false;
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return true;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (
    !Array.isArray(value) &&
    prototype !== null &&
    prototype !== Object.prototype &&
    (Object.prototype.toString.call(value) !== "[object Object]" || Object.keys(value).length === 0)
  )
    return false;
  const below = [...above, value];
  return Object.values(value).every((item) => fitsJson(item, below));
}

/** What was thrown, as data. A value that is no error is shown. */
export function describeThrown(thrown: unknown): ThrownInside {
  try {
    if (typeof thrown === "object" && thrown !== null && "message" in thrown) {
      const { name, message, stack } = thrown as { name?: unknown; message: unknown; stack?: unknown };
      return {
        name: typeof name === "string" && name !== "" ? name : "Error",
        message: String(message),
        stack: typeof stack === "string" ? stack : "",
      };
    }
    return { name: "Uncaught", message: inspect(thrown), stack: "" };
  } catch {
    return { name: "Uncaught", message: "[unprintable]", stack: "" };
  }
}

/** Compares `state` with what it was. Keys whose value is not plain data are not kept, and named. */
export function stateChange(before: Record<string, string>, state: unknown, warn: (text: string) => void): StateChange {
  const change: StateChange = { set: {}, removed: [] };
  const now = typeof state === "object" && state !== null && !Array.isArray(state) ? state : undefined;
  if (!now) {
    warn("state is kept only as an object; it was left as it was.");
    return change;
  }
  const keys = Object.keys(now);
  for (const key of keys) {
    const value: unknown = (now as Record<string, unknown>)[key];
    if (value === undefined) continue;
    const json = toJson(value, 0);
    if (json === undefined) warn(`state.${key} is not kept: it is not plain data.`);
    else if (before[key] !== json) Object.defineProperty(change.set, key, { value: json, enumerable: true });
  }
  for (const key of Object.keys(before))
    if (!keys.includes(key) || (now as Record<string, unknown>)[key] === undefined) change.removed.push(key);
  return change;
}
