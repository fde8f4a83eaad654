/**
 * One QuickJS, in WebAssembly, with a memory that cannot grow beyond its limit. Every run begins from the
 * same bytes: after a run its whole memory is set back to what it was before, so that nothing of the run is
 * left, whatever the code did.
 */
import { randomBytes } from "node:crypto";
import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  StaticLifetime,
  type EmscriptenModuleLoaderOptions,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
} from "quickjs-emscripten-core";
import { digest as realmDigest, source as realmSource } from "./guest/main.js?script";
import { wasmPage, type RealmImage } from "./realmImage.js";

/**
 * What the interpreter starts with: its stack, what it has made of the realm before the first run, and room for a small
 * read. Looking at the whole of it is most of what a small read costs (the build lowers what QuickJS asks for).
 */
const initialPages = 96;
/** With a memory that has grown beyond this, an interpreter is not set back but made again. */
const maxKeptPages = 256;
const emptyPage = new Uint8Array(wasmPage);
/** Bytes of the interpreter's own stack: deep enough for 1,200 calls, and safely less than what the process has. */
const stackBytes = 224 * 1024;

/**
 * Emscripten keeps the program's path and the user's language in the memory, and all that comes after them would lie
 * elsewhere where they are longer. Node has a `navigator` since 21; this process has no other use for it.
 */
Object.defineProperty(globalThis, "navigator", { value: undefined, configurable: true });
const emscriptenModule = { thisProgram: "interpreter" } as EmscriptenModuleLoaderOptions;

/** What the interpreter asks of the process around it: an operation and one or two texts, answered with text. */
export type Answer = (operation: string, text: string, more: string | undefined) => string;

export interface InterpreterParts {
  /** The compiled `quickjs.wasm`. */
  module: WebAssembly.Module;
  /** What the interpreter may hold in all; less than 16 MiB is raised to that. */
  memoryBytes: number;
  answer: Answer;
  /** Asked now and then while code runs; true ends the code. */
  interrupt: () => boolean;
  /** Spares it the making of the realm; one of another build is passed over. */
  image?: RealmImage | undefined;
}

/** The interpreter broke in a way that code cannot cause by mistake: it is of no use any more. */
export class InterpreterBroken extends Error {
  constructor(
    readonly kind: "stack" | "memory" | "unknown",
    message: string,
  ) {
    super(message);
  }
}

/** What was thrown inside, as data: nothing of the interpreter's own objects leaves it. */
export class ThrownInside extends Error {
  constructor(
    readonly thrownName: string,
    readonly thrownMessage: string,
    readonly thrownStack: string,
  ) {
    super(thrownMessage);
  }
}

export class Interpreter {
  /** The memory in pieces of 64 KiB, and what each held before the first run. */
  #pieces: { now: Uint8Array; before: Uint8Array }[];
  /** What the pieces are views of; growing puts another one in its place. */
  #buffer: ArrayBuffer;
  readonly #realm: QuickJSHandle;

  private constructor(
    private readonly runtime: QuickJSRuntime,
    private readonly context: QuickJSContext,
    private readonly memory: WebAssembly.Memory,
    private readonly maxPages: number,
    /** For the interpreters that come after this one. */
    readonly image: RealmImage,
  ) {
    // A handle of the library's that it does not free: the realm lives as long as the memory.
    this.#realm = new StaticLifetime(image.realm as QuickJSHandle["value"], runtime) as QuickJSHandle;
    this.#buffer = memory.buffer;
    this.#pieces = pagesOf(this.#buffer).map((now, index) => ({ now, before: image.pages.get(index) ?? emptyPage }));
  }

  /** Makes one that is ready to run. @throws RangeError where the system has no memory for it */
  static async create(parts: InterpreterParts): Promise<Interpreter> {
    const { module, answer, image } = parts;
    // `setMemoryLimit` of QuickJS does not hold in this build; the capped memory does.
    const maxPages = Math.min(65_536, Math.max(maxKeptPages, Math.floor(parts.memoryBytes / wasmPage)));
    const memory = new WebAssembly.Memory({ initial: initialPages, maximum: maxPages });
    const quickJs = await newQuickJSWASMModuleFromVariant(
      newVariant(variant, { wasmModule: module, wasmMemory: memory, emscriptenModule }),
    );
    const runtime = quickJs.newRuntime();
    runtime.setMaxStackSize(stackBytes);
    runtime.setInterruptHandler(parts.interrupt);
    runtime.setModuleLoader((name) => {
      const what = `import("${name}")`;
      answer("denied", what, undefined);
      return {
        error: Object.assign(new Error(`${what} is not allowed: readonly-exec has no modules`), {
          name: "ReadonlyExecDenied",
        }),
      };
    });
    const context = runtime.newContext();
    const bridge = context.newFunction("bridge", (operation, text, more) =>
      context.newString(
        answer(
          context.getString(operation),
          context.getString(text),
          more === undefined ? undefined : context.getString(more),
        ),
      ),
    );
    const address = bridge.value as number;
    // Up to here each interpreter takes the same steps, so that a bridge at the same address says that all lies as it did.
    if (image?.digest === realmDigest && image.bridge === address) {
      pagesOf(memory.buffer).forEach((page, index) => {
        const held = image.pages.get(index);
        if (held) page.set(held);
      });
      // The handle of the bridge is not freed: in the image that has happened.
      return new Interpreter(runtime, context, memory, maxPages, image);
    }
    const library = context.unwrapResult(context.evalCode(realmSource, "realm"));
    const begin = context.getProp(library, "start");
    const realm = context.unwrapResult(context.callFunction(begin, context.undefined, bridge)).value as number;
    for (const handle of [library, begin, bridge]) handle.dispose();
    const pages = pagesOf(memory.buffer).flatMap((page, index) =>
      Buffer.compare(page, emptyPage) === 0 ? [] : [[index, page.slice()] as const],
    );
    const made = { digest: realmDigest, bridge: address, realm, pages: new Map(pages) };
    return new Interpreter(runtime, context, memory, maxPages, made);
  }

  /**
   * Forgets everything since it was made: every byte is what it was, and what the memory has grown by is zero.
   * @returns false where it cannot, because its memory has grown too much: it is of no use any more
   */
  reset(): boolean {
    const { buffer } = this.memory;
    if (buffer.byteLength > maxKeptPages * wasmPage) return false;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#pieces = pagesOf(buffer).map((now, index) => ({ now, before: this.#pieces[index]?.before ?? emptyPage }));
    }
    // Most of it is never written, and the system need not find memory for it: looking costs half of writing.
    for (const { now, before } of this.#pieces) if (Buffer.compare(now, before) !== 0) now.set(before);
    return true;
  }

  /** Bytes that the interpreter holds. */
  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /**
   * Starts the code, and runs it until it waits.
   * @param body the body of an async function
   * @param state JSON of the session's state
   * @throws ThrownInside where the code does not compile, InterpreterBroken
   */
  run(body: string, state: string): void {
    this.#guarded(() => {
      const compiled = this.context.evalCode(`(async function () {\n${body}\n})`, codeName);
      if (compiled.error) throw this.#dump(compiled.error);
      this.#call(
        "run",
        compiled.value,
        this.context.newString(state),
        this.context.newString(JSON.stringify([...randomBytes(16)])),
      );
      this.#runJobs();
    });
  }

  /** Hands over the answer to a call, and runs the code until it waits again. */
  deliver(call: number, payload: string): void {
    this.#guarded(() => {
      this.#call("deliver", this.context.newString(String(call)), this.context.newString(payload));
      this.#runJobs();
    });
  }

  #call(name: string, ...args: QuickJSHandle[]): void {
    const method = this.context.getProp(this.#realm, name);
    const result = this.context.callFunction(method, this.context.undefined, ...args);
    for (const handle of [method, ...args]) handle.dispose();
    if (result.error) throw this.#dump(result.error);
    result.value.dispose();
  }

  #runJobs(): void {
    const result = this.runtime.executePendingJobs();
    if (result.error) throw this.#dump(result.error);
    result.dispose();
  }

  /** Reads what was thrown without running a getter of it. */
  #dump(handle: QuickJSHandle): ThrownInside {
    const { name, message, stack } = this.context.dump(handle) as Partial<
      Record<"name" | "message" | "stack", unknown>
    >;
    handle.dispose();
    return new ThrownInside(textOr(name, "Error"), textOr(message, ""), textOr(stack, ""));
  }

  /** Tells an error of the code from one of WebAssembly, after which nothing in it can be trusted to work. */
  #guarded(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      if (thrown instanceof ThrownInside || !(thrown instanceof Error)) throw thrown;
      if (thrown instanceof RangeError && /call stack/.test(thrown.message))
        throw new InterpreterBroken("stack", "Maximum call stack size exceeded");
      // Some paths of the interpreter abort where memory runs out; it grows by a fifth at a time.
      throw new InterpreterBroken(
        this.memoryBytes > this.maxPages * wasmPage * 0.75 ? "memory" : "unknown",
        thrown.message,
      );
    }
  }
}

function pagesOf(buffer: ArrayBuffer): Uint8Array[] {
  const all = new Uint8Array(buffer);
  return Array.from({ length: all.length / wasmPage }, (_page, index) =>
    all.subarray(index * wasmPage, (index + 1) * wasmPage),
  );
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

/** The name of the code in stack traces. */
export const codeName = "code";
