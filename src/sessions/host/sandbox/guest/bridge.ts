/**
 * The interpreter's only way out: one function that takes and gives text. Code that gets hold of it gains
 * nothing, because the host judges every call by itself.
 */
import type { Call, Reply } from "../messages.js";

/**
 * Operations: `call` (gives the number under which the answer will be delivered), `ask` (gives the answer),
 * `cancel`, `denied`, `console` (level and text), `url`, `locale`, `order` (of two texts), `place` (of the code, in
 * the user's text), `now`, `library`, `end`.
 */
export type Bridge = (operation: string, text: string, more?: string) => string;

let bridge: Bridge = () => "";
interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  stack: string | undefined;
}
const waiting = new Map<string, Waiting>();

export function setBridge(given: Bridge): void {
  bridge = given;
}

/** Sends text over the bridge. */
export function send(operation: string, text: string, more?: string): string {
  return bridge(operation, text, more);
}

/** Lets the host log that something was denied. */
export function report(what: string): void {
  bridge("denied", what);
}

/** Starts a read; the promise holds its answer. */
export function call(method: string, args: unknown[], on?: unknown): Promise<unknown> {
  // Taken here, where the code that asks is on the stack.
  const { stack } = new Error();
  const id = bridge("call", encodeCall(method, args, on));
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject, stack }));
}

/** Starts a call that calls back; it gives a number by which it can be cancelled. */
export function callBack(method: string, args: unknown[], done: () => void): string {
  const id = bridge("call", encodeCall(method, args));
  waiting.set(id, { resolve: done, reject: (error) => void send("console", "error", error.message), stack: undefined });
  return id;
}

export function cancel(id: string): void {
  if (waiting.delete(id)) bridge("cancel", id);
}

/** A read whose answer is there when it returns. */
export function ask(method: string, args: unknown[] = []): unknown {
  return decode(bridge("ask", encodeCall(method, args)), undefined);
}

/** Takes the answer to a call from the host. */
export function deliver(id: string, payload: string): void {
  const waits = waiting.get(id);
  waiting.delete(id);
  if (!waits) return;
  let value: unknown;
  try {
    value = decode(payload, waits.stack);
  } catch (error) {
    waits.reject(error as Error);
    return;
  }
  waits.resolve(value);
}

function decode(payload: string, stack: string | undefined): unknown {
  const reply = JSON.parse(payload) as Reply;
  if (!("error" in reply)) return reply.value;
  const error = new Error(reply.error.message);
  Object.defineProperty(error, "name", { value: reply.error.name, configurable: true, writable: true });
  if (stack !== undefined) error.stack = stack;
  throw error;
}

/** How the objects of this realm that stand for something in the host are written down. */
const writers: ((value: object) => object | undefined)[] = [];
export function addWriter(writer: (value: object) => object | undefined): void {
  writers.push(writer);
}

function encodeCall(method: string, args: unknown[], on?: unknown): string {
  let last = args.length;
  while (last > 0 && args[last - 1] === undefined) last--;
  const call: Call = { method, args: args.slice(0, last).map((value) => encode(value, method, 0)) };
  if (on !== undefined) call.on = encode(on, method, 0);
  return JSON.stringify(call);
}

/** Reads a value once, whatever its getters do, and keeps its data. */
function encode(value: unknown, method: string, depth: number): unknown {
  if (depth > 50) throw new TypeError(`${method}: an argument is nested too deeply`);
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw new TypeError(`${method}: ${value} cannot be an argument`);
    case "undefined":
      return undefined;
    case "object":
      break;
    default:
      throw new TypeError(`${method}: a ${typeof value} cannot be an argument`);
  }
  if (value === null) return null;
  if (value instanceof RegExp) return { regExp: [value.source, value.flags] };
  for (const writer of writers) {
    const written = writer(value);
    if (written !== undefined) return encode(written, method, depth + 1);
  }
  if (Array.isArray(value)) return value.map((item) => encode(item, method, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item = encode((value as Record<string, unknown>)[key], method, depth + 1);
    if (item !== undefined) Object.defineProperty(copy, key, { value: item, enumerable: true });
  }
  return copy;
}
