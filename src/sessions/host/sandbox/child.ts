/**
 * The process around the interpreter (`dist/readonly-child.js`). It is started with an empty environment and
 * without the right to anything but three files of its own, and has no event loop to speak of: it reads a
 * message, runs the code until it waits, and reads the next. That also lets code ask for `page.url()` and have
 * the answer when the call returns. The host ends it whenever a run takes too long.
 *
 * Arguments: bytes of memory for the interpreter, and the time zone.
 */
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { readInput } from "../../util/standardInput.js";
import { CodeSyntaxError, excerptOf, prepareFunctionBody, type PreparedCode } from "../code/prepare.js";
import { source as binaryLibrary } from "./guest/binary.js?script";
import { pointAtName } from "./errorPlace.js";
import { codeName, Interpreter, InterpreterBroken, ThrownInside } from "./interpreter.js";
import { decodeImage } from "./realmImage.js";
import {
  consoleLevels,
  printedBytes,
  type EndMessage,
  type FromInterpreter,
  type LocaleQuestion,
  type Outcome,
  type ReplyMessage,
  type RunMessage,
  type StateChange,
  type Thrown,
  type ToInterpreter,
} from "./messages.js";

/** What the interpreter says of an error. */
interface RawThrown {
  name: string;
  message: string;
  stack: string;
}

const payloadBytes = 1024 * 1024;
const maxDenials = 100;
/** Codes that are kept ready, in case they are run again, and how long such a code may be, in characters. */
const maxReady = 16;
const maxReadyMs = 10_000;

/** Blocks until a whole line has come; undefined when the host is gone. */
class Lines {
  #held = Buffer.alloc(0);
  readonly #chunk = Buffer.allocUnsafe(65_536);

  next(): string | undefined {
    const parts: Buffer[] = [];
    for (;;) {
      const end = this.#held.indexOf(10);
      if (end >= 0) {
        parts.push(this.#held.subarray(0, end));
        this.#held = this.#held.subarray(end + 1);
        return Buffer.concat(parts).toString("utf8");
      }
      if (this.#held.length > 0) parts.push(this.#held);
      const length = readInput(this.#chunk);
      if (length === 0) return undefined;
      this.#held = Buffer.from(this.#chunk.subarray(0, length));
    }
  }
}

const lines = new Lines();
const replies: ReplyMessage[] = [];

function read(): ToInterpreter {
  const line = lines.next();
  if (line === undefined) process.exit(0);
  return JSON.parse(line) as ToInterpreter;
}

function write(message: FromInterpreter): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`, "utf8");
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(1, bytes, written);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      // The host is gone, or takes its time.
      if (code !== "EAGAIN" && code !== "EINTR") process.exit(0);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** One run: what it may still do, and how it ended. */
class Run {
  readonly pending = new Set<number>();
  output = 0;
  denials = 0;
  ended: { end: Outcome; state: StateChange | undefined } | undefined;
  readonly diesAt: number;
  prepared: PreparedCode | undefined;

  constructor(readonly asked: RunMessage["run"]) {
    this.diesAt = Date.now() + asked.lifetimeMs;
  }

  /** Counts what is printed, and ends everything where it is too much. */
  printed(text: string): void {
    this.output += printedBytes(text);
    if (this.output > this.asked.outputBytes) leave({ limit: "output" });
  }
}

let run: Run | undefined;
let interpreter: Interpreter | undefined;
let lastCall = 0;

/** Says how the run ended, and ends the process: what is left of the code must not go on. */
function leave(end: Outcome): never {
  write({ end, memory: interpreter?.memoryBytes ?? 0 });
  process.exit(0);
}

/** What the interpreter asks. Everything it gives is text, and nothing of it is run. */
function answer(operation: string, text: string, more: string | undefined): string {
  if (!run || run.ended) return "";
  switch (operation) {
    case "call":
      return String(sendCall(run, text));
    case "ask":
      return replyTo(sendCall(run, text));
    case "cancel":
      if (run.pending.delete(Number(text))) write({ cancel: Number(text) });
      return "";
    case "console": {
      const level = consoleLevels.find((each) => each === text) ?? "log";
      run.printed(more ?? "");
      write({ console: level, text: more ?? "" });
      return "";
    }
    case "denied":
      if (run.denials++ < maxDenials) write({ denied: text.slice(0, 200) });
      return "";
    case "url":
      return parseUrl(text);
    case "order":
      return String(text.localeCompare(more ?? ""));
    case "locale":
      return localized(JSON.parse(text) as LocaleQuestion);
    case "place": {
      const [line, column] = text.split(":").map(Number);
      const place = placeOf(run, line ?? 0, column ?? 0);
      return place === undefined ? "" : `${place.line}:${place.column}`;
    }
    case "now":
      return String(performance.now());
    case "library":
      return binaryLibrary;
    case "end":
      run.ended = ended(run, text);
      return "";
    default:
      throw new Error(`The bridge has no operation ${JSON.stringify(operation)}`);
  }
}

function sendCall(of: Run, payload: string): number {
  if (payload.length > payloadBytes) throw new RangeError("The arguments of a call hold more than 1 MiB");
  if (of.pending.size >= of.asked.pendingCalls) leave({ limit: "calls" });
  const call = ++lastCall;
  of.pending.add(call);
  write({ call, payload });
  return call;
}

/** Waits for one answer; others that come before it wait for their turn. */
function replyTo(call: number): string {
  for (;;) {
    const message = read();
    if (!("reply" in message)) continue;
    if (message.reply === call) {
      run?.pending.delete(call);
      return message.payload;
    }
    replies.push(message);
  }
}

/** Node's own parser: an address means to the code what it means to `get`. */
function parseUrl(text: string): string {
  const { href, base, change } = JSON.parse(text) as {
    href: string;
    base?: string;
    change?: [part: string, value: string];
  };
  const parts = [
    "href",
    "origin",
    "protocol",
    "username",
    "password",
    "host",
    "hostname",
    "port",
    "pathname",
    "search",
    "hash",
  ] as const;
  try {
    const url = new URL(href, base);
    const part = parts.find((each) => each === change?.[0]);
    if (part !== undefined && part !== "origin" && change) url[part] = change[1];
    return JSON.stringify(Object.fromEntries(parts.map((each) => [each, url[each]])));
  } catch {
    return "null";
  }
}

function localized({ of, value, other, locales, options }: LocaleQuestion): string {
  const [language, asked] = [locales as string | undefined, (options ?? undefined) as object | undefined];
  try {
    switch (of) {
      case "number":
        return JSON.stringify({ value: Number(value).toLocaleString(language, asked) });
      case "bigint":
        return JSON.stringify({ value: BigInt(value).toLocaleString(language, asked) });
      case "order":
        return JSON.stringify({ value: value.localeCompare(String(other), language, asked) });
      case "toLocaleString":
      case "toLocaleDateString":
      case "toLocaleTimeString":
        return JSON.stringify({ value: new Date(Number(value))[of](language, asked) });
    }
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}

/** Where a place in what was compiled is in the user's text. The body begins on the second line; a place before it says nothing. */
function placeOf(of: Run, line: number, column: number): Thrown["position"] {
  if (!of.prepared || !(line > 1)) return undefined;
  const at = pointAtName(of.prepared.body, line - 1, column);
  return of.prepared.locate(at.line, at.column);
}

/** Judges what the interpreter says of the end of its run. */
function ended(of: Run, text: string): NonNullable<Run["ended"]> {
  const { end, state } = JSON.parse(text) as {
    end: { kind: "undefined" | "string" | "json"; text: string } | { thrown: RawThrown };
    state?: StateChange;
  };
  if ("thrown" in end) return { end: outcomeOf(of, end.thrown), state };
  of.printed(end.text);
  return { end, state };
}

/** An error of the code, with its place in the user's text. Running out of memory is no error of the code's. */
function outcomeOf(of: Run, { name, message, stack }: RawThrown): Outcome {
  if (name === "InternalError" && /out of memory/.test(message)) return { limit: "memory" };
  const thrown: Thrown = { name: name.slice(0, 200), message: message.slice(0, 100_000) };
  const found = new RegExp(`\\b${codeName}:(\\d{1,9}):(\\d{1,9})\\b`).exec(stack);
  const position = found ? placeOf(of, Number(found[1]), Number(found[2])) : undefined;
  if (position) Object.assign(thrown, { position, excerpt: excerptOf(of.asked.code, position.line) });
  return { thrown };
}

/** What was run last, ready for the engine: a script that watches a page asks the same again and again. */
const ready = new Map<string, PreparedCode>();

async function prepared(code: string): Promise<PreparedCode> {
  const known = ready.get(code);
  if (known) return known;
  const made = await prepareFunctionBody(code);
  if (code.length > maxReadyMs) return made;
  const [oldest] = ready.keys();
  if (oldest !== undefined && ready.size >= maxReady) ready.delete(oldest);
  ready.set(code, made);
  return made;
}

async function perform(of: Run, inside: Interpreter): Promise<Pick<EndMessage, "end" | "state">> {
  try {
    of.prepared = await prepared(of.asked.code);
    inside.run(of.prepared.body, of.asked.state);
    while (!of.ended) {
      if (of.pending.size === 0)
        return {
          end: {
            thrown: {
              name: "Error",
              message: "The code waits for something that never comes: no read and no timer is under way",
            },
          },
        };
      const message = replies.shift() ?? read();
      if ("reply" in message && of.pending.delete(message.reply)) inside.deliver(message.reply, message.payload);
    }
    return { end: of.ended.end, ...(of.ended.state === undefined ? {} : { state: of.ended.state }) };
  } catch (thrown) {
    if (thrown instanceof CodeSyntaxError)
      return {
        end: {
          thrown: { name: "SyntaxError", message: thrown.reason, position: thrown.position, excerpt: thrown.excerpt },
        },
      };
    if (thrown instanceof InterpreterBroken)
      leave(
        thrown.kind === "memory"
          ? { limit: "memory" }
          : { thrown: { name: thrown.kind === "stack" ? "RangeError" : "InternalError", message: thrown.message } },
      );
    if (thrown instanceof ThrownInside)
      return {
        end: outcomeOf(of, { name: thrown.thrownName, message: thrown.thrownMessage, stack: thrown.thrownStack }),
      };
    return {
      end: { thrown: { name: "InternalError", message: thrown instanceof Error ? thrown.message : String(thrown) } },
    };
  }
}

async function main(): Promise<void> {
  const [memoryBytes, timeZone] = process.argv.slice(2);
  if (timeZone) process.env["TZ"] = timeZone;
  // Optimising WebAssembly costs twice what the whole start costs, and gains the interpreter nothing that could be measured.
  setFlagsFromString("--liftoff-only");
  const module = new WebAssembly.Module(readFileSync(join(__dirname, "quickjs.wasm")));
  const image = decodeImage(readFileSync(join(__dirname, "quickjs.image")));
  // A host that died cannot end this process: code that runs is asked now and then whether there still is one.
  const parent = process.ppid;
  let looked = Date.now();
  const overdue = (): boolean => {
    const now = Date.now();
    if (now - looked < 250) return false;
    looked = now;
    return process.ppid !== parent || (run !== undefined && now > run.diesAt) ? process.exit(1) : false;
  };
  const fresh = (): Promise<Interpreter> =>
    Interpreter.create({ module, memoryBytes: Number(memoryBytes), answer, interrupt: overdue, image });

  interpreter = await fresh();
  write({ ready: true });
  // The parser's first use is its slowest.
  await prepareFunctionBody("0");
  for (;;) {
    const message = read();
    if (!("run" in message)) continue;
    run = new Run(message.run);
    replies.length = 0;
    const outcome = await perform(run, interpreter);
    run = undefined;
    write({ ...outcome, memory: interpreter.memoryBytes });
    if (!interpreter.reset()) interpreter = await fresh();
  }
}

void main();
