/**
 * The realm in which `readonly-exec` code runs: its globals, and the beginning and end of a run. Bundled into
 * one script that QuickJS evaluates before the code. Nothing here is a defence: the code shares this realm and
 * may bend all of it, for this run; the defence is that the host judges every call that arrives.
 */
import { deniedGlobals } from "../surface.js";
import { type Bridge, deliver, send, setBridge } from "./bridge.js";
import { console } from "./console.js";
import { denied, ReadonlyExecDenied } from "./denied.js";
import { setUpLocales } from "./locale.js";
import { get, mainFrame, page, scrollBy } from "./page.js";
import { describeThrown, printValue, stateChange } from "./result.js";
import { clearTimer, performance, queueMicrotask, setImmediate, setInterval, setTimeout } from "./timers.js";
import { URL, URLSearchParams } from "./url.js";

const realm = globalThis as unknown as Record<string, unknown>;

/** The two functions by which the process around the interpreter acts on it. */
export interface Realm {
  deliver(id: string, payload: string): void;
  run(body: () => Promise<unknown>, state: string, seed: string): void;
}

/** Sets up the globals. */
export function start(bridge: Bridge): Realm {
  setBridge(bridge);
  const globals = {
    page,
    frame: mainFrame,
    get,
    performance,
    queueMicrotask,
    scrollBy,
    console,
    URL,
    URLSearchParams,
    ReadonlyExecDenied,
    setTimeout,
    setInterval,
    setImmediate,
    clearTimeout: clearTimer,
    clearInterval: clearTimer,
    clearImmediate: clearTimer,
    ...Object.fromEntries(deniedGlobals.map((name) => [name, denied(name)])),
  };
  for (const [name, value] of Object.entries(globals)) define(name, { value, writable: true });
  Object.defineProperty(Array, "fromAsync", { value: fromAsync, configurable: true, writable: true });
  setUpLocales();
  for (const name of ["Buffer", "TextEncoder", "TextDecoder", "atob", "btoa"]) lazily(name);
  return { deliver, run };
}

/** The one method of the language that QuickJS lacks and programs that read lists use. */
async function fromAsync(
  items: AsyncIterable<unknown> | Iterable<unknown>,
  map: (item: unknown, index: number) => unknown = (item) => item,
): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(await map(item, all.length));
  return all;
}

function define(name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(realm, name, { configurable: true, enumerable: false, ...descriptor });
}

/** Globals of the library that few programs need: it is evaluated when one of them is first touched. */
function lazily(name: string): void {
  define(name, {
    get: () => {
      // An indirect eval: the library sees the globals and nothing else.
      const library = (0, eval)(send("library", "binary")) as Record<string, unknown>;
      for (const [each, value] of Object.entries(library)) define(each, { value, writable: true });
      return library[name];
    },
    set: (value: unknown) => define(name, { value, writable: true }),
  });
}

/** `Math.random`, seeded again: every run begins from the same memory, and with it from the same seed. */
function seedRandom(seed: string): void {
  const bytes = JSON.parse(seed) as number[];
  const word = (at: number): number =>
    (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
  let [a, b, c, d] = [word(0), word(4), word(8), word(12)];
  // The generator sfc32.
  const next = (): number => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  Math.random = () => (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53;
}

function run(body: () => Promise<unknown>, stateText: string, seed: string): void {
  seedRandom(seed);
  const state = JSON.parse(stateText) as Record<string, unknown>;
  const before = Object.create(null) as Record<string, string>;
  for (const key of Object.keys(state)) before[key] = JSON.stringify(state[key]);
  define("state", { value: state, writable: true });

  const end = (outcome: () => unknown): void => {
    let text: string;
    try {
      text = JSON.stringify({
        end: outcome(),
        state: stateChange(before, realm["state"], (warning) => void send("console", "warn", warning)),
      });
    } catch (error) {
      text = JSON.stringify({ end: { thrown: describeThrown(error) } });
    }
    send("end", text);
  };
  // The promise is not the code's own object: a `then` that it made of its own is not called a second time.
  (async () => body())().then(
    (value) => end(() => printValue(value)),
    (error: unknown) => end(() => ({ thrown: describeThrown(error) })),
  );
}
