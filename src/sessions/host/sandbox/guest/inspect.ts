/** Shows any value as Node's REPL would, for `console` and for results that JSON cannot hold. */
import { send } from "./bridge.js";
import { deniedPath } from "./denied.js";
import { printedName } from "./printers.js";
import { URL, URLSearchParams } from "./url.js";

const maxDepth = 6;
const maxItems = 1000;
const maxString = 100_000;
const lineWidth = 80;

/** Console arguments as one text: `%s %d %i %f %j %o %O %c %%` in a leading format string, then the rest. */
export function printf(args: unknown[]): string {
  const [first, ...rest] = args;
  if (typeof first !== "string") return args.map(show).join(" ");
  const text = first.replace(/%[sdifjoOc%]/g, (code) => {
    if (code === "%%") return "%";
    if (rest.length === 0) return code;
    const value = rest.shift();
    switch (code) {
      case "%s":
        return typeof value === "object" && value !== null ? inspect(value) : String(value);
      case "%d":
        return String(typeof value === "object" ? Number.NaN : Number(value));
      case "%i":
        return String(Number.parseInt(String(value), 10));
      case "%f":
        return String(Number.parseFloat(String(value)));
      case "%j":
        return JSON.stringify(value) ?? "undefined";
      case "%c":
        return "";
      default:
        return inspect(value);
    }
  });
  return [text, ...rest.map(show)].join(" ");
}

function show(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

/** Any value as text; never throws, and calls no method of the value but what it must. */
export function inspect(value: unknown): string {
  try {
    return render(value, 0, []);
  } catch {
    return "[unprintable]";
  }
}

/** An error in one line and its place: `TypeError: x is not a function`. */
export function printError(error: unknown): string {
  return error instanceof Error ? `${String(error.name)}: ${String(error.message)}` : inspect(error);
}

function render(value: unknown, depth: number, above: object[]): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "bigint":
      return `${value}n`;
    case "symbol":
      return value.toString();
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "object":
    case "function":
      return value === null ? "null" : renderObject(value, depth, above);
    default:
      return String(value);
  }
}

function quote(text: string): string {
  const shown = text.length > maxString ? text.slice(0, maxString) : text;
  const mark = !shown.includes("'") ? "'" : !shown.includes('"') ? '"' : !shown.includes("`") ? "`" : "'";
  const escaped = JSON.stringify(shown)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll(mark, mark === "'" && shown.includes("'") ? "\\'" : mark);
  return `${mark}${escaped}${mark}${text.length > maxString ? `... ${text.length - maxString} more characters` : ""}`;
}

function renderObject(value: object, depth: number, above: object[]): string {
  const path = deniedPath(value);
  if (path !== undefined) return `[denied: ${path}]`;
  const special = printedName(value);
  if (special !== undefined) return special;
  if (above.includes(value)) return "[Circular *1]";
  const below = [...above, value];
  const inner = (item: unknown): string => render(item, depth + 1, below);

  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return RegExp.prototype.toString.call(value);
  if (value instanceof URL || value instanceof URLSearchParams)
    return `${value instanceof URL ? "URL" : "URLSearchParams"} { ${quote(value.toString())} }`;
  if (value instanceof Promise) return "Promise { … }";
  if (value instanceof Error) {
    const extra = properties(value, inner).filter((text) => !/^\[?(stack|message|name|cause)\b/.test(text));
    const stack = typeof value.stack === "string" ? placesOf(value.stack) : "";
    return `${printError(value)}${stack === "" ? "" : `\n${stack}`}${extra.length === 0 ? "" : ` ${layOut("{", extra, "}", depth)}`}`;
  }
  const name = nameOf(value);
  if (depth > maxDepth) return Array.isArray(value) ? "[Array]" : `[${name}]`;
  if (Array.isArray(value))
    return layOut(
      `${name === "Array" ? "" : `${name}(${value.length}) `}[`,
      items(
        Array.from({ length: Math.min(value.length, maxItems) }, (_item, index) =>
          index in value ? inner(value[index]) : "<empty>",
        ),
        value.length,
      ),
      "]",
      depth,
    );
  if (value instanceof Map)
    return layOut(
      `Map(${value.size}) {`,
      items(
        [...value].slice(0, maxItems).map(([key, item]) => `${inner(key)} => ${inner(item)}`),
        value.size,
      ),
      "}",
      depth,
    );
  if (value instanceof Set)
    return layOut(`Set(${value.size}) {`, items([...value].slice(0, maxItems).map(inner), value.size), "}", depth);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const numbers = value as unknown as ArrayLike<number | bigint>;
    return layOut(
      `${name}(${numbers.length}) [`,
      items(
        Array.from({ length: Math.min(numbers.length, maxItems) }, (_item, index) => String(numbers[index])),
        numbers.length,
      ),
      "]",
      depth,
    );
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer { byteLength: ${value.byteLength} }`;
  if (value instanceof WeakMap || value instanceof WeakSet) return `${name} { <items unknown> }`;
  if (value instanceof Number || value instanceof String || value instanceof Boolean)
    return `[${name}: ${inner(value.valueOf())}]`;
  const own = properties(value, inner);
  if (typeof value === "function") {
    const title = /^class\b/.test(Function.prototype.toString.call(value))
      ? `[class ${functionName(value)}]`
      : `[Function: ${functionName(value)}]`;
    return own.length === 0 ? title : layOut(`${title} {`, own, "}", depth);
  }
  return layOut(name === "Object" ? "{" : `${name} {`, own, "}", depth);
}

/** The lines of a stack that are of the code, at their places in the user's text. */
function placesOf(stack: string): string {
  const lines = stack
    .split("\n")
    .filter((line) => /\bcode:\d+:\d+/.test(line))
    .slice(0, 10);
  return lines
    .map((line) => line.replace(/\bcode:(\d+:\d+)/, (_all, place: string) => `code:${send("place", place)}`))
    .filter((line) => !/\bcode:\)?$/.test(line))
    .join("\n");
}

function functionName(value: object): string {
  const { name } = value as { name?: unknown };
  return typeof name === "string" && name !== "" ? name : "(anonymous)";
}

function nameOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
  if (prototype === null) return "[Object: null prototype]";
  const name = prototype.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "Object";
}

function properties(value: object, inner: (item: unknown) => string): string[] {
  return Reflect.ownKeys(value).flatMap((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (!descriptor?.enumerable) return [];
    const label =
      typeof key === "symbol"
        ? `[${key.toString()}]`
        : /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
          ? key
          : quote(key);
    if (descriptor.get || descriptor.set)
      return [`${label}: [${descriptor.get ? (descriptor.set ? "Getter/Setter" : "Getter") : "Setter"}]`];
    return [`${label}: ${inner(descriptor.value)}`];
  });
}

function items(shown: string[], length: number): string[] {
  return length > shown.length ? [...shown, `... ${length - shown.length} more items`] : shown;
}

function layOut(open: string, parts: string[], close: string, depth: number): string {
  if (parts.length === 0) return `${open}${close}`;
  const length = parts.reduce((sum, part) => sum + part.length + 2, open.length);
  if (length <= lineWidth && !parts.some((part) => part.includes("\n"))) {
    const space = open.endsWith("[") ? " " : " ";
    return `${open}${space}${parts.join(", ")}${space}${close}`;
  }
  const indent = "  ".repeat(depth + 1);
  return `${open}\n${parts.map((part) => indent + part).join(",\n")}\n${"  ".repeat(depth)}${close}`;
}
