/** Runs `readonly-exec` code for a session: gives it a process, answers its reads, holds it to its limits. */
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Page } from "playwright-core";
import { LibrettoError } from "../../util/errors.js";
import type { CdpConnection } from "../wire/cdp.js";
import { dialogOpen, type Targets } from "../wire/targets.js";
import type { DebuggingEndpoint } from "./addresses.js";
import { InterpreterProcess, type ProcessEnd } from "./interpreterProcess.js";
import { PageReads } from "./pageReads.js";
import { AnswerTooLarge, NotAllowed } from "./refusals.js";
import { RunFrames, type RunScope } from "./runScope.js";
import {
  printedBytes,
  type Call,
  type ConsoleLine,
  type EndMessage,
  type FromInterpreter,
  type Reply,
  type StateChange,
  type Thrown,
} from "../sandbox/messages.js";

export interface ReadonlyLimits {
  timeoutMs: number;
  memoryBytes: number;
  outputBytes: number;
  /** Most reads and timers that may be unanswered at one time. */
  pendingCalls: number;
}

/** What the executor needs of its host. */
export interface ReadonlyServices {
  targets: Targets;
  cdp: CdpConnection;
  /** Playwright's view of a target. Loaded by the first call that needs it. */
  page(targetId: string): Promise<Page>;
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

export interface RunParams {
  code: string;
  /** Id of a page; the most recently active one if left out. */
  page?: string | undefined;
  timeoutMs?: number | undefined;
}

export interface RunIo {
  /** Hears each line of `console.*`, as it is printed. */
  console: (level: ConsoleLine["console"], text: string) => void;
  /** Ends the run. */
  signal: AbortSignal;
}

export interface RunResult {
  kind: "undefined" | "string" | "json";
  text: string;
  /** The page on which the code ran; absent where none is open. */
  targetId?: string;
}

/** Runs at one time; more wait for their turn. */
const maxRuns = 8;
/** Processes that are kept when nobody uses them. */
const maxIdle = 2;
/** Reads of one run that are under way at one time; the browser gains nothing from more. */
const readsAtOnce = 8;
/** Bytes of answers that the code has not taken, above which no further read is begun. */
const maxUntaken = 8 * 1024 * 1024;
/** Most characters of `state`, as JSON. */
const maxState = 1024 * 1024;
/** An interpreter that grew beyond this is not kept: WebAssembly's memory does not shrink. */
const largestKept = 64 * 1024 * 1024;

export class ReadonlyExecutor {
  readonly #processes = new Set<InterpreterProcess>();
  #idle: InterpreterProcess[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #running = 0;
  readonly #queue: (() => void)[] = [];
  /** `state`: JSON texts by key. It outlives a run, and holds data only. */
  #state: ReadonlyMap<string, string> = new Map();
  #userAgent: Promise<string> | undefined;
  #disposed = false;

  constructor(private readonly services: ReadonlyServices) {}

  /**
   * Runs code to its end.
   * @throws LibrettoError `ReadonlyExecDenied`, `CodeFailed`, `LimitExceeded`, `TimedOut`, `Interrupted`, `PageNotFound`
   */
  async run(params: RunParams, io: RunIo): Promise<RunResult> {
    const target =
      params.page === undefined ? this.services.targets.find() : this.services.targets.require(params.page);
    const leave = await this.#enter(io.signal);
    try {
      return await this.#run(params, io, target);
    } finally {
      leave();
    }
  }

  async #run(params: RunParams, io: RunIo, target: ReturnType<Targets["find"]>): Promise<RunResult> {
    const process = this.#take();
    const run = new Run(this.services, process, params.timeoutMs ?? this.services.limits.timeoutMs, target, () =>
      this.#browserName(),
    );
    try {
      const end = await run.start(
        params.code,
        JSON.stringify(Object.fromEntries([...this.#state].map(([key, json]) => [key, JSON.parse(json) as unknown]))),
        io,
      );
      this.#keepState(end.state);
      if ("limit" in end.end) process.kill();
      return {
        ...result(end, this.services.limits),
        ...(target === undefined ? {} : { targetId: target.info.targetId }),
      };
    } finally {
      this.#giveBack(process, run.memory);
    }
  }

  /** Has a process ready for the first run, so that it does not wait for one to start. */
  prepare(): void {
    if (this.#disposed || this.#processes.size > 0) return;
    this.#idle.push(this.#startProcess());
    this.#endIdleLater();
  }

  /** Ends every process, and waits until they are gone. What runs fails. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#idleTimer);
    const exits = [...this.#processes].map((process) => process.exited);
    for (const process of this.#processes) process.kill();
    await Promise.all(exits);
  }

  /** The processes' ids, for tests. */
  get processIds(): number[] {
    return [...this.#processes].flatMap(({ pid }) => pid ?? []);
  }

  /** Waits for a turn. */
  async #enter(signal: AbortSignal): Promise<() => void> {
    stopIf(signal);
    if (this.#running >= maxRuns) {
      await new Promise<void>((resolve, reject) => {
        const turn = (): void => {
          signal.removeEventListener("abort", gone);
          resolve();
        };
        const gone = (): void => {
          this.#queue.splice(this.#queue.indexOf(turn), 1);
          reject(interrupted());
        };
        signal.addEventListener("abort", gone, { once: true });
        this.#queue.push(turn);
      });
    } else this.#running++;
    return () => {
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    };
  }

  #take(): InterpreterProcess {
    if (this.#disposed) throw interrupted();
    clearTimeout(this.#idleTimer);
    const idle = this.#idle.pop();
    return idle ?? this.#startProcess();
  }

  #startProcess(): InterpreterProcess {
    const { script = join(__dirname, "readonly-child.js"), limits } = this.services;
    const process = new InterpreterProcess({
      script,
      memoryBytes: limits.memoryBytes,
      outputBytes: limits.outputBytes,
    });
    this.#processes.add(process);
    void process.exited.then(() => {
      this.#processes.delete(process);
      this.#idle = this.#idle.filter((each) => each !== process);
    });
    return process;
  }

  #giveBack(process: InterpreterProcess, memory: number): void {
    process.onMessage = () => undefined;
    process.onEnd = () => undefined;
    process.onTaken = () => undefined;
    if (this.#disposed || !process.alive || memory > largestKept || this.#idle.length >= maxIdle) process.kill();
    else this.#idle.push(process);
    // One is always ready once somebody has asked.
    if (!this.#disposed && this.#idle.length === 0) this.#idle.push(this.#startProcess());
    this.#endIdleLater();
  }

  #endIdleLater(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      for (const idle of this.#idle.splice(0)) idle.kill();
    }, this.services.idleMs).unref();
  }

  #keepState(change: StateChange | undefined): void {
    if (!change) return;
    const state = new Map(this.#state);
    // The interpreter wrote it; that it is JSON is looked at here.
    for (const [key, json] of Object.entries(change.set)) state.set(key, JSON.stringify(JSON.parse(json)));
    for (const key of change.removed) state.delete(key);
    const size = [...state].reduce((sum, [key, json]) => sum + key.length + json.length, 0);
    if (size > maxState)
      throw new LibrettoError(
        "LimitExceeded",
        `state holds more than ${megabytes(maxState)}; it was left as it was`,
        "Keep less in `state`.",
      );
    this.#state = state;
  }

  #browserName(): Promise<string> {
    this.#userAgent ??= this.services.cdp
      .send<{ userAgent: string }>("Browser.getVersion")
      .then(({ userAgent }) => userAgent);
    return this.#userAgent;
  }
}

/** One run: its calls, its timers, its end. */
class Run {
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
        timer = setTimeout(() => stop(timedOut(this.timeoutMs)), this.timeoutMs);
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
      this.#over.abort();
      if (this.#underWay > 0) void this.#scope.endStuckReads();
    }
  }

  #receive(
    message: FromInterpreter,
    on: { console: RunIo["console"]; resolve: (end: EndMessage) => void; stop: (error: LibrettoError) => void },
  ): void {
    const { limits } = this.services;
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
          message: `The answer holds ${megabytes(payload.length)}, more than the code can take`,
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

function result({ end }: EndMessage, limits: ReadonlyLimits): RunResult {
  if ("limit" in end) throw limitExceeded(end.limit, limits);
  if ("thrown" in end) throw failed(end.thrown);
  return end;
}

/** An error that ended the run, with its place in the user's text. */
function failed({ name, message, position, excerpt }: Thrown): LibrettoError {
  const place =
    position === undefined
      ? ""
      : ` (line ${position.line}, column ${position.column})${excerpt === undefined || excerpt === "" ? "" : `: ${excerpt}`}`;
  const line = shortened(message);
  if (name === "ReadonlyExecDenied")
    return new LibrettoError(
      "ReadonlyExecDenied",
      `${line}${place}`,
      "Only reads work in readonly-exec. What changes the page needs `libretto exec` in a session with write-access: `libretto session-mode write-access`.",
    );
  if (name === "LimitExceeded")
    return new LibrettoError("LimitExceeded", line, "Raise `readonlyExec.outputBytes` in .libretto/config.json.");
  if (name === "DialogOpen")
    return new LibrettoError(
      "DialogOpen",
      `${line.replace(/\.$/, "")}${place}`,
      "Answer it in the browser's window, or with `libretto act dialog accept` (or dismiss) in a session with write-access.",
    );
  const missing = name === "ReferenceError" ? /^'?([\w$]{1,100})'? is not defined$/.exec(line)?.[1] : undefined;
  if (missing !== undefined)
    return new LibrettoError(
      "CodeFailed",
      `ReferenceError: ${line}${place}`,
      insteadOf[missing] ??
        "Declare it, or use what is there: page, frame, get, scrollBy, state, console, URL, Buffer, timers and the language itself.",
    );
  return new LibrettoError(
    "CodeFailed",
    `${shortened(name)}: ${line}${place}`,
    name === "SyntaxError"
      ? "Correct the code and run it again."
      : "Correct the code and run it again; `libretto snapshot` shows what is on the page.",
  );
}

/** What to use where a global is missing that people are used to. */
const insteadOf: Record<string, string> = {
  Intl: "There is no Intl here; toLocaleString(locale, options) of a number or a date, and localeCompare of a text, do what it does.",
  expect: 'Compare, and return the outcome: `return (await page.title()) === "…"`.',
  test: "Only the body of a test runs here, and without expect: compare, and return the outcome.",
  structuredClone: "JSON.parse(JSON.stringify(value)) copies plain data.",
  crypto: "Math.random() is there; hashes and random ids are not.",
  AbortController: "Each read takes a timeout instead: `locator.textContent({ timeout: 1_000 })`.",
  Headers: 'The headers of get(url) are a plain object: `(await get(url)).headers["content-type"]`.',
};

/** One line of at most 4,000 characters. No regular expression: the text may be made to take one for ever. */
function shortened(message: string): string {
  const line = message
    .slice(0, 20_000)
    .split("\n")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join(" ");
  return line.length > 4_000 ? `${line.slice(0, 4_000)}…` : line;
}

const megabytes = (bytes: number): string => `${Math.round((bytes / 2 ** 20) * 10) / 10} MiB`;

function limitExceeded(limit: "memory" | "output" | "calls", limits: ReadonlyLimits): LibrettoError {
  switch (limit) {
    case "memory":
      return new LibrettoError(
        "LimitExceeded",
        `The code needs more than ${megabytes(limits.memoryBytes)} of memory`,
        "Keep less at a time, or raise `readonlyExec.memoryBytes` in .libretto/config.json.",
      );
    case "output":
      return new LibrettoError(
        "LimitExceeded",
        `The code prints more than ${megabytes(limits.outputBytes)}`,
        "Return less, or raise `readonlyExec.outputBytes` in .libretto/config.json.",
      );
    case "calls":
      return new LibrettoError(
        "LimitExceeded",
        `The code waits for more than ${limits.pendingCalls} reads and timers at one time`,
        "Await some before starting more, or raise `readonlyExec.pendingCalls` in .libretto/config.json.",
      );
  }
}

function timedOut(timeoutMs: number): LibrettoError {
  return new LibrettoError(
    "TimedOut",
    `The code ran longer than ${timeoutMs / 1_000} s and was ended`,
    "Give it more time with `--timeout <ms>`, or raise `readonlyExec.timeoutMs` in .libretto/config.json.",
  );
}

function interrupted(): LibrettoError {
  return new LibrettoError("Interrupted", "The code was cancelled", "Run it again when you are ready.");
}

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted();
}

/** A process that ran out of its own memory ends by a signal, or with V8's status for that. */
function endedUnexpectedly({ status, signal, stderr }: ProcessEnd, limits: ReadonlyLimits): LibrettoError {
  if (/heap out of memory|Allocation failed/i.test(stderr)) return limitExceeded("memory", limits);
  const how = signal === null ? `with status ${status ?? "unknown"}` : `by ${signal}`;
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return new LibrettoError(
    "CodeFailed",
    `The interpreter ended ${how}${last === "" ? "" : ` (${last.slice(0, 200)})`}`,
    "Run the code again; the session goes on.",
  );
}
