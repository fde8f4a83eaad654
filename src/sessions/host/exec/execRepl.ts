/** The REPL of a session (S16), inside the exec worker. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import type { Dialog, Page } from "playwright-core";
import { LibrettoError, type ErrorData } from "../../util/errors.js";
import { codeFailure, messageOf, withoutLog, type FailurePlace } from "../code/failure.js";
import { printValue, type PrintedValue } from "../code/format.js";
import { prepareReplCall, type PreparedCode } from "../code/prepare.js";
import { ReplScope } from "../code/replScope.js";
import { PlaywrightBridge } from "../wire/playwrightBridge.js";
import { HostWire } from "../wire/workerChannels.js";
import { ActionRecorder } from "../worker/actions.js";
import { CrashGuard } from "../worker/crashGuard.js";
import { interceptClientCalls } from "../worker/clientCalls.js";
import { FailedCalls, type Sought } from "../worker/failedCalls.js";
import { ElementRefs } from "./elementRefs.js";
import { emulateFocus } from "../worker/focus.js";
import { LiveConsole } from "../worker/liveConsole.js";
import type { BrowserEvent } from "../recorder/downloadFiles.js";
import { LeftBehind } from "./leftBehind.js";
import { reviveBySteps, runSteps } from "./actSteps.js";
import type { ExecWork, FromWorker } from "./messages.js";
import { withoutOwnFrames } from "../worker/ownFrames.js";
import { showPlaywrightObjects } from "../worker/playwrightObjects.js";

/** A printed result longer than this, in characters, is refused: no terminal shows it, and no program reads it from one. */
const maxResultLength = 64 * 1024 * 1024;

/** After that long, in ms, a dialog that holds up the code is reported. */
const dialogNoticeMs = 1_000;
/** Errors of earlier calls that are kept until somebody listens. */
const maxUnreported = 20;

/** One call, as what runs in it (also later, in its timers) knows it. */
export interface ExecCall {
  id: number;
  /** Aborted when the call is cancelled: from then on, none of its code reaches a page. */
  controller: AbortController;
  fail(error: unknown): void;
}

/** What is kept of a call, to tell places in its code for as long as its functions live. */
interface CallSource {
  code: string;
  prepared: PreparedCode;
}

export class ExecRepl {
  readonly #scope = new ReplScope();
  readonly #calls = new AsyncLocalStorage<ExecCall>();
  readonly #sources = new Map<number, CallSource>();
  readonly #console: LiveConsole;
  /** Resolves when a page behaves as if it were in front. */
  readonly #focused = new WeakMap<Page, Promise<void>>();
  readonly refs: ElementRefs;
  readonly #failedCalls = new FailedCalls(async (page) => this.#bridge?.targetId(page));
  /** Of errors that were told. */
  readonly #sought = new WeakMap<LibrettoError, Sought>();
  readonly #unreported: string[] = [];
  readonly #wire = new HostWire();
  readonly #state = {};
  readonly #left = new LeftBehind(this.#scope.names, this.#state);
  #current: ExecCall | undefined;
  #bridge: PlaywrightBridge | undefined;

  constructor(private readonly send: (message: FromWorker) => void) {
    this.#console = new LiveConsole((level, text) =>
      send({ type: "console", id: this.#calls.getStore()?.id ?? this.#current?.id, level, text }),
    );
    this.refs = new ElementRefs(
      (question) => send({ type: "ref", ...question }),
      async (page) => this.#bridge?.targetId(page),
    );
    this.#console.replaceOutput();
    this.#provideGlobals();
    process.on("unhandledRejection", (reason) => this.#uncaught("Unhandled rejection", reason));
    process.on("uncaughtException", (error) => this.#uncaught("Uncaught", error));
  }

  /**
   * Runs one call. The steps of `act` give an `ActOutcome`, as JSON.
   * @throws LibrettoError `CodeFailed` with the place in the code
   */
  async run(
    work: { id: number; artifacts: string; targetId?: string; blocked?: ErrorData } & ExecWork,
  ): Promise<PrintedValue> {
    const { id, artifacts, targetId, blocked } = work;
    const call: ExecCall = { id, controller: new AbortController(), fail: () => undefined };
    const failed = new Promise<never>((_resolve, reject) => (call.fail = reject));
    failed.catch(() => undefined);
    this.#current = call;
    this.#console.beginCall();
    for (const text of this.#unreported.splice(0)) this.#console.write("error", text);
    // Of one that was open before, the host has told.
    const dialogTimer = blocked ? undefined : setTimeout(() => this.#tellOfDialogs(), dialogNoticeMs);
    try {
      if ("steps" in work) {
        const bridge = (this.#bridge ??= this.#connect(artifacts));
        const revived = await Promise.race([reviveBySteps(bridge, targetId ?? "", work.steps), failed]);
        const page = revived ?? (await Promise.race([bridge.page(targetId ?? ""), failed]));
        await this.#focused.get(page);
        const done = revived ? 1 : 0;
        const acted = this.#calls.run(call, () =>
          runSteps(page, work.steps, work.stepTimeoutMs, this.#failedCalls, done),
        );
        return { kind: "json", text: JSON.stringify(await Promise.race([acted, failed])) };
      }
      const { code } = work;
      const prepared = await Promise.race([prepareReplCall(code), failed]);
      this.#sources.set(id, { code, prepared });
      await Promise.race([this.#selectPage(artifacts, targetId, blocked), failed]);
      this.#left.code(code);
      const value = await this.#calls.run(call, () => Promise.race([this.#evaluate(id, prepared.body), failed]));
      const printed = printValue(value);
      if (printed.text.length > maxResultLength)
        throw new LibrettoError(
          "LimitExceeded",
          `The result is ${Math.round(printed.text.length / 1024 / 1024)} MiB of text.`,
          "Return less of it, or write it to a file from the code.",
        );
      return { ...printed, text: withoutOwnFrames(printed.text) };
    } catch (thrown) {
      if (thrown instanceof LibrettoError) throw withoutLog(thrown);
      const failure = this.#failure(thrown, id);
      const end = thrown instanceof Error ? messageOf(thrown).length : 0;
      const sought = await this.#failedCalls.soughtBy(thrown, end);
      if (sought) this.#sought.set(failure, sought);
      throw failure;
    } finally {
      clearTimeout(dialogTimer);
      this.#console.endCall();
      this.#current = undefined;
    }
  }

  /** Which element the code looked for that failed with this error. */
  soughtBy(failure: unknown): Sought | undefined {
    return failure instanceof LibrettoError ? this.#sought.get(failure) : undefined;
  }

  /** Hears of an event of the browser. */
  deliver(event: BrowserEvent): void {
    void this.#bridge?.deliver(event);
  }

  /** Whether a later call could miss what this process holds. */
  get isNeeded(): boolean {
    return this.#current !== undefined || this.#unreported.length > 0 || this.#left.anything;
  }

  /** Ends a call: what it waits for in a page fails, and it can reach no page any more. */
  cancel(id: number): void {
    const call = this.#current;
    if (call?.id !== id) return;
    const reason = new LibrettoError("Interrupted", "The exec was cancelled.", "Run it again when you are ready.");
    call.controller.abort(reason);
    call.fail(reason);
  }

  /** Sloppy code, as a REPL's must be: `with` is what lets functions of earlier calls see newer declarations. */
  #evaluate(id: number, body: string): Promise<unknown> {
    const script = new Script(
      `(function (scope) { with (scope) { return (async function () {\n${body}\n}).call(undefined); } })`,
      {
        filename: fileName(id),
        lineOffset: -1,
        importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      },
    );
    return (script.runInThisContext() as (scope: object) => Promise<unknown>)(this.#scope.names);
  }

  async #selectPage(artifacts: string, targetId: string | undefined, blocked: ErrorData | undefined): Promise<void> {
    const bridge = (this.#bridge ??= this.#connect(artifacts));
    const [browser, context] = await Promise.all([bridge.browser(), bridge.context()]);
    this.#scope.renew("browser", browser);
    this.#scope.renew("context", context);
    try {
      const page = targetId === undefined ? undefined : await this.#pageOf(bridge, targetId, blocked);
      if (page) {
        await this.#focused.get(page);
        this.#scope.renew("page", page);
        this.#scope.renew("frame", page.mainFrame());
        return;
      }
      this.#withoutPage(
        new LibrettoError(
          "PageNotFound",
          "The browser has no open page",
          'Open one: `libretto exec "await context.newPage()"`.',
        ),
      );
    } catch (error) {
      // Code that has nothing to do with the page may still run; only touching the page fails.
      this.#withoutPage(error);
      if (targetId !== undefined && error instanceof LibrettoError && error.code === "PageCrashed")
        this.#scope.renew("page", this.#crashedPage(bridge, targetId, error));
    }
  }

  /** A page whose dialog was open before Playwright came does not answer it, and is not waited for. */
  async #pageOf(bridge: PlaywrightBridge, targetId: string, blocked: ErrorData | undefined): Promise<Page> {
    if (!blocked) return bridge.page(targetId);
    return bridge.page(targetId, 0).catch(() => Promise.reject(LibrettoError.fromData(blocked)));
  }

  #withoutPage(error: unknown): void {
    for (const name of ["page", "frame"]) {
      this.#scope.renewLazily(name, () => {
        throw error;
      });
    }
  }

  /** Stands for a page that had crashed when Playwright came: it can be loaded again, and nothing else. */
  #crashedPage(bridge: PlaywrightBridge, targetId: string, error: LibrettoError): object {
    const revive = async (url?: string): Promise<null> => {
      const page = await bridge.reviveCrashed(targetId, url);
      this.#scope.renew("page", page);
      this.#scope.renew("frame", page.mainFrame());
      await page.waitForLoadState();
      return null;
    };
    const members: Record<string, unknown> = {
      reload: () => revive(),
      goto: (url: string) => revive(url),
      isClosed: () => false,
    };
    return new Proxy(members, {
      get: (_target, name) => {
        if (typeof name === "symbol" || name === "then") return undefined;
        if (name in members) return members[name];
        throw error;
      },
    });
  }

  #connect(artifacts: string): PlaywrightBridge {
    const bridge = new PlaywrightBridge(this.#wire.openChannel, "drives", artifacts);
    const guard = new CrashGuard(bridge);
    const recorder = new ActionRecorder({
      targetIdOf: (page) => bridge.targetId(page),
      record: (row) => this.send({ type: "action", row }),
      learn: (value) => this.send({ type: "secret", value }),
    });
    bridge.onConnect((browser, context) => {
      showPlaywrightObjects(browser);
      interceptClientCalls(browser, (call, send) => {
        // As if the code had passed `{ signal }` itself, which each of Playwright's methods takes.
        const cancelled = this.#calls.getStore()?.controller.signal;
        if (cancelled) call.signal = call.signal ? AbortSignal.any([call.signal, cancelled]) : cancelled;
        const replaced = this.refs.replaceIn(call);
        const guarded = (): Promise<unknown> => guard.send(call, send);
        const recorded = (): Promise<unknown> => this.#failedCalls.send(call, () => recorder.send(call, guarded));
        const sent = guard.follow(call, () => (replaced ? replaced.then(recorded) : recorded()));
        if (cancelled) this.#left.call(call, sent);
        return sent;
      });
      const prepare = (page: Page): void => {
        this.#focused.set(page, emulateFocus(page));
        // Code may answer a dialog that opened before it began to listen.
        emitterOf(page).on("newListener", (event) => {
          if (event === "dialog") queueMicrotask(() => this.#offerDialog(page));
        });
      };
      context.pages().forEach(prepare);
      context.on("page", prepare);
    });
    bridge.onDialog((dialog) => this.#dialogOpened(dialog));
    bridge.onCancelDownload((guid) => this.send({ type: "cancelDownload", guid }));
    bridge.onActive((phase, span) => this.send({ type: "active", phase, span }));
    return bridge;
  }

  /**
   * Of a dialog that opens while code runs and that the code does not answer, Playwright's users expect that
   * it is dismissed: the code would wait for it for ever. One that opens at another time is a person's.
   */
  #dialogOpened(dialog: Dialog): void {
    const page = dialog.page();
    // On the context the bridge listens, too.
    const answered =
      page !== null &&
      (emitterOf(page).listenerCount("dialog") > 0 || emitterOf(page.context()).listenerCount("dialog") > 1);
    if (answered || !this.#current) return;
    // To leave a page is what the code asked for.
    if (dialog.type() === "beforeunload") return void dialog.accept().catch(() => undefined);
    this.#console.write(
      "warn",
      `The page showed ${kindOf(dialog)}, which was dismissed: ${textOf(dialog)}. To answer it, call page.once("dialog", (dialog) => dialog.accept()) before it opens.`,
    );
    dialog.dismiss().catch(() => undefined);
  }

  /** Whatever the code asks of a page with an open dialog waits for the dialog's answer. */
  #tellOfDialogs(): void {
    for (const dialog of this.#bridge?.openDialogs() ?? [])
      this.#console.write(
        "warn",
        `The page ${dialog.page()?.url() ?? ""} shows ${kindOf(dialog)} and waits for an answer: ${textOf(dialog)}. To give it, call page.once("dialog", (dialog) => dialog.accept()).`,
      );
  }

  #offerDialog(page: Page): void {
    const dialog = this.#bridge?.openDialog(page);
    if (dialog) emitterOf(page).emit("dialog", dialog);
  }

  /** An error that no code caught. The call whose code threw it fails; an earlier call's is only told, at the next call where none runs. */
  #uncaught(what: string, reason: unknown): void {
    const call = this.#current;
    if (reason instanceof LibrettoError && reason.code === "Interrupted") return;
    const place = this.#find(stackOf(reason), call?.id);
    if (call && (place === undefined || place.where === "")) return call.fail(reason);
    const text = `${what}: ${codeFailure(reason, () => place, "").message}`;
    if (call) this.#console.write("error", text);
    else if (this.#unreported.length < maxUnreported) this.#unreported.push(text);
  }

  #failure(thrown: unknown, id: number): LibrettoError {
    return codeFailure(
      thrown,
      (stack) => this.#find(stack, id),
      "The session goes on; declarations made before the failure are kept.",
    );
  }

  #find(stack: string, current: number | undefined): FailurePlace | undefined {
    for (const [, call, line, column] of stack.matchAll(/\bexec-(\d+)\.ts:(\d+):(\d+)/g)) {
      const id = Number(call);
      const source = this.#sources.get(id);
      if (source)
        return {
          ...source.prepared.locate(Number(line), Number(column)),
          code: source.code,
          where: id === current ? "" : " of an earlier exec",
        };
    }
    return undefined;
  }

  #provideGlobals(): void {
    const own = createRequire(__filename);
    const theirs = createRequire(join(process.cwd(), "exec.js"));
    // The user's packages first; Playwright is there in any case.
    const require = Object.assign(
      (id: string): unknown => {
        try {
          return theirs(id) as unknown;
        } catch (error) {
          if (id !== "playwright-core") throw error;
          return own(id) as unknown;
        }
      },
      { resolve: theirs.resolve, cache: theirs.cache },
    );
    this.#scope.provide("require", require);
    this.#scope.provide("state", this.#state);
    this.#scope.provide("console", this.#console.console);
  }
}

/** Playwright's objects are emitters of Node's kind; its types name the listening half only. */
function emitterOf(object: object): EventEmitter {
  return object as EventEmitter;
}

function kindOf(dialog: Dialog): string {
  return dialog.type() === "alert" ? "an alert" : `a ${dialog.type()}`;
}

function textOf(dialog: Dialog): string {
  const message = dialog.message();
  return JSON.stringify(message.length > 200 ? `${message.slice(0, 199)}…` : message);
}

/** Without a folder, so that it stands in a stack as it is. */
function fileName(id: number): string {
  return `exec-${id}.ts`;
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error && typeof thrown.stack === "string" ? thrown.stack : "";
}
