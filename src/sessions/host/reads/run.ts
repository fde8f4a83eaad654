/** One run of `readonly-exec` code: its reads, its timers, its limits and its end. */
import { setMaxListeners } from "node:events";
import { stripVTControlCharacters } from "node:util";
import type { Page } from "playwright-core";
import type { LibrettoError } from "../../util/errors.js";
import { sizeText } from "../../util/sizeText.js";
import type { CdpConnection } from "../wire/cdp.js";
import { dialogOpen, type Targets } from "../wire/targets.js";
import type { DebuggingEndpoint } from "./addresses.js";
import type { InterpreterProcess } from "./interpreterProcess.js";
import { PageReads } from "./pageReads.js";
import { AnswerTooLarge, NotAllowed } from "./refusals.js";
import { endedUnexpectedly, interrupted, limitExceeded, timedOut, type ReadonlyLimits } from "./runOutcome.js";
import { RunFrames, type RunScope } from "./runScope.js";
import {
  printedBytes,
  type Call,
  type ConsoleLine,
  type EndMessage,
  type FromInterpreter,
  type Reply,
} from "../sandbox/messages.js";

/** What runs need of their host. */
export interface ReadonlyServices {
  targets: Targets;
  cdp: CdpConnection;
  /** Playwright's view of a target. Loaded by the first call that needs it. */
  page(targetId: string): Promise<Page>;
  /** Loads Playwright before a call needs it. */
  prepareLocators(): void;
  /** How Playwright finds the element of a ref; undefined where the page has no such element now. */
  selectorOf(targetId: string, ref: string): Promise<string | undefined>;
  /** Ends reads of Playwright's that keep a page from going on. */
  endStuckReads(targetId: string): Promise<void>;
  /** Where browsers listen for debuggers: of this and of every session on record. Asked at every `get`. */
  debuggingEndpoints(): Promise<readonly DebuggingEndpoint[]>;
  limits: ReadonlyLimits;
  /** How long a process that nobody uses is kept, in ms. */
  idleMs: number;
  /** Hears what code tried and was denied. */
  onDenied(what: string): void;
  /** Path of `readonly-child.js`; beside the running bundle if left out. */
  script?: string;
}

export interface RunIo {
  /** Hears each line of `console.*`, as it is printed. */
  console: (level: ConsoleLine["console"], text: string) => void;
  /** Ends the run. */
  signal: AbortSignal;
}

/** Reads of one run that are under way at one time; the browser gains nothing from more. */
const readsAtOnce = 8;
/** Bytes of answers that the code has not taken, above which no further read is begun. */
const maxUntaken = 8 * 1024 * 1024;
/** Given as a reason: without one, an error with its stack is made for each run. */
const runOver = Symbol("run over");

export class Run {
  memory = 0;
  readonly #over = new AbortController();
  readonly #deadline: number;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #waiting: { id: number; payload: string }[] = [];
  readonly #scope: RunScope;
  #underWay = 0;
  #unanswered = 0;
  #printed = 0;
  #denials = 0;
  /** What a read came to whose time was up: on a busy machine the code may not come to tell it before its own end. */
  #ranOut: string | undefined;

  constructor(
    private readonly services: ReadonlyServices,
    private readonly process: InterpreterProcess,
    private readonly timeoutMs: number,
    target: ReturnType<Targets["find"]>,
    userAgent: () => Promise<string>,
  ) {
    this.#deadline = performance.now() + timeoutMs;
    // Each read under way listens to it.
    setMaxListeners(0, this.#over.signal);
    const needed = (): NonNullable<typeof target> => {
      if (!target) throw new Error("No page is open in the browser");
      return target;
    };
    this.#scope = {
      reads: () => new PageReads(needed().session, needed().info.targetId),
      page: () => services.page(needed().info.targetId),
      selectorOf: (ref) => services.selectorOf(needed().info.targetId, ref),
      isClosed: () => target === undefined || services.targets.find(target.info.targetId) === undefined,
      dialog: () => {
        const dialog = target && services.targets.dialogOf(target.info.targetId);
        return dialog && dialogOpen(target.info.id, dialog);
      },
      frames: new RunFrames(),
      get: {
        cookies: async (url) => {
          if (!target) return undefined;
          const { cookies } = await target.session.send<{
            cookies: { name: string; value: string; partitionKey?: unknown }[];
          }>("Network.getCookies", { urls: [url] });
          // A cookie of a partition belongs to that site inside another one.
          const own = cookies.filter(({ partitionKey }) => partitionKey === undefined);
          return own.length === 0
            ? undefined
            : Buffer.from(
                own.map(({ name, value }) => (name === "" ? value : `${name}=${value}`)).join("; "),
                "utf8",
              ).toString("latin1");
        },
        userAgent,
        debuggingEndpoints: () => services.debuggingEndpoints(),
        maxBytes: services.limits.outputBytes,
      },
      remainingMs: () => this.#deadline - performance.now(),
      signal: this.#over.signal,
      ranOut: (message) => (this.#ranOut = oneParagraph(message)),
      endStuckReads: async () => {
        if (target) await services.endStuckReads(target.info.targetId);
      },
    };
  }

  /** Runs the code; the end is told by the process, or made here where it does not come. */
  async start(code: string, state: string, { console, signal }: RunIo): Promise<EndMessage> {
    const { limits } = this.services;
    let timer: NodeJS.Timeout | undefined;
    let aborted: () => void = () => undefined;
    try {
      const end = await new Promise<EndMessage>((resolve, reject) => {
        const stop = (error: LibrettoError): void => {
          this.process.kill();
          reject(error);
        };
        timer = setTimeout(() => stop(timedOut(this.timeoutMs, this.#ranOut)), this.timeoutMs);
        aborted = () => stop(interrupted());
        signal.addEventListener("abort", aborted, { once: true });
        this.process.onEnd = (why) => reject(why.killed ? interrupted() : endedUnexpectedly(why, limits));
        this.process.onTaken = () => this.#next();
        this.process.onMessage = (message) => this.#receive(message, { console, resolve, stop });
        this.process.send({
          run: {
            code,
            state,
            lifetimeMs: this.timeoutMs + 2_000,
            outputBytes: limits.outputBytes,
            pendingCalls: limits.pendingCalls,
          },
        });
        if (signal.aborted) aborted();
      });
      this.memory = end.memory;
      return end;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
      for (const each of this.#timers.values()) clearTimeout(each);
      this.#over.abort(runOver);
      if (this.#underWay > 0) void this.#scope.endStuckReads();
    }
  }

  #receive(
    message: FromInterpreter,
    on: { console: RunIo["console"]; resolve: (end: EndMessage) => void; stop: (error: LibrettoError) => void },
  ): void {
    const { limits } = this.services;
    this.#ranOut = undefined;
    if ("call" in message) this.#call(message.call, message.payload, on.stop);
    else if ("cancel" in message) {
      clearTimeout(this.#timers.get(message.cancel));
      if (this.#timers.delete(message.cancel)) this.#unanswered--;
    } else if ("console" in message) {
      this.#printed += printedBytes(message.text);
      if (this.#printed > limits.outputBytes) on.stop(limitExceeded("output", limits));
      else on.console(message.console, message.text);
    } else if ("denied" in message) this.#denied(message.denied);
    else if ("end" in message) on.resolve(message);
  }

  #denied(what: string): void {
    if (this.#denials++ < 100) this.services.onDenied(what.slice(0, 200));
  }

  #call(id: number, payload: string, stop: (error: LibrettoError) => void): void {
    const { limits } = this.services;
    if (++this.#unanswered > limits.pendingCalls) return stop(limitExceeded("calls", limits));
    const timerMs = /^\{"method":"timer","args":\[(\d+(?:\.\d+)?)\]\}$/.exec(payload)?.[1];
    if (timerMs !== undefined) {
      this.#timers.set(
        id,
        setTimeout(() => {
          this.#timers.delete(id);
          this.#reply(id, {});
        }, Number(timerMs)),
      );
      return;
    }
    this.#waiting.push({ id, payload });
    this.#next();
  }

  #next(): void {
    while (this.#underWay < readsAtOnce && this.process.untakenBytes < maxUntaken) {
      const call = this.#waiting.shift();
      if (!call) return;
      this.#underWay++;
      void this.#answer(call.payload).then((reply) => {
        this.#underWay--;
        this.#reply(call.id, reply);
        this.#next();
      });
    }
  }

  #reply(id: number, reply: Reply): void {
    this.#unanswered--;
    if (this.#over.signal.aborted) return;
    let payload = JSON.stringify(reply);
    // What the interpreter could not hold anyway is not sent to it.
    if (payload.length > this.services.limits.memoryBytes / 2)
      payload = JSON.stringify({
        error: {
          name: "LimitExceeded",
          message: `The answer holds ${sizeText(payload.length)}, more than the code can take`,
        },
      } satisfies Reply);
    this.process.send({ reply: id, payload });
  }

  async #answer(payload: string): Promise<Reply> {
    try {
      // What performs reads is not needed to start code, and is not loaded before it asks for one.
      const { perform } = await import("./reads.js");
      return { value: await perform(this.#scope, parseCall(payload)) };
    } catch (thrown) {
      if (thrown instanceof NotAllowed) {
        this.#denied(thrown.message);
        return {
          error: { name: "ReadonlyExecDenied", message: `${thrown.message} is not allowed: readonly-exec only reads` },
        };
      }
      if (thrown instanceof AnswerTooLarge) return { error: { name: "LimitExceeded", message: thrown.message } };
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (error.name === "TimeoutError") this.#scope.ranOut(error.message);
      return { error: { name: error.name, message: oneParagraph(error.message) } };
    }
  }
}

/** Size and nesting are looked at before it is parsed. */
function parseCall(payload: string): Call {
  if (payload.length > 256 * 1024) throw new NotAllowed("a call with arguments of more than 256 KiB");
  let depth = 0;
  for (const character of payload) {
    if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (depth > 1_000) throw new NotAllowed("a call nested that deeply");
  }
  const call = JSON.parse(payload) as Partial<Call> | null;
  if (typeof call?.method !== "string" || !Array.isArray(call.args)) throw new NotAllowed("a call of that shape");
  return { method: call.method, args: call.args, on: call.on };
}

/** Playwright's messages hold colours, and a log of what it did; the last line of that says what it waited for. */
function oneParagraph(message: string): string {
  const [head = "", log] = stripVTControlCharacters(message).split(/\n*(?:Call log:|=+ logs =+)\n/);
  const steps = (log ?? "")
    .split("\n")
    .map((line) => line.replace(/^\s*-\s*/, "").trim())
    .filter((line) => line !== "" && !/^=+/.test(line));
  return steps[0] === undefined ? head.trim() : `${head.trim().replace(/\.$/, "")} (${steps[0]})`;
}
