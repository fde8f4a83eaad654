/** One session, as its host holds it: attached to its browser, opened, put on record, and watched from then on. */
import { opensPage } from "../../ipc/hostOptions.js";
import { protocolVersion, type CloseResult } from "../../ipc/protocol.js";
import { Redactor } from "../../logs/redact.js";
import { JsonlWriter } from "../../logs/writer.js";
import { endExpired } from "../../browser/orphans.js";
import { lastLineOf } from "../../store/hostErrors.js";
import { sessionPaths, workspaceAt } from "../../store/workspace.js";
import { LibrettoError, reopenHint } from "../../util/errors.js";
import { answered, settledWithin } from "../../util/timeouts.js";
import { LogWriteErrors } from "../recorder/logWriteErrors.js";
import { SessionLog } from "../recorder/sessionLog.js";
import type { HostRequest } from "../rpc/server.js";
import { maxSilenceMs, watchSilence } from "../wire/heartbeat.js";
import type { Wire } from "../wire/wire.js";
import { attachBrowser, stopIf, type AttachArguments } from "./attach.js";
import { keepViewport, learnSecretsOfPages, openSessionPage } from "./firstPages.js";
import { bringDownloadsBack } from "./gridDownloads.js";
import { HandOver } from "./handOver.js";
import { Lifecycle } from "./lifecycle.js";
import { startLifetimeTimers } from "./lifetimeTimers.js";
import { OwnFiles } from "./ownFiles.js";
import { prepareFirstCalls, prepareNextCall, type PreparationParts } from "./preparation.js";
import { RecordedUrl } from "./recordedUrl.js";
import { prepareFolder, Registration } from "./registration.js";
import { RequestHandler } from "./requestHandler.js";
import { adoptedMs, createSessionParts, type SessionBase, type SessionParts } from "./sessionParts.js";
import { Shutdown } from "./shutdown.js";

/** What `main.ts` hands over. `record` is the claimed one; the session goes on writing it. */
export interface OpenArguments extends AttachArguments {
  /** Of the host that was here before and died, from its standard error. */
  lastWords?: string | undefined;
  /** Ends the process, when the session has ended. */
  exit(status: number): void;
}

/**
 * Brings a session to life: attaches to its browser, opens the address, listens, and puts it on record.
 * @throws whatever went wrong; the caller ends a browser that was launched and takes the claim back
 */
export async function openSession(args: OpenArguments): Promise<{ warning: string | undefined }> {
  const { options, record, env, indexId, signal } = args;
  const workspace = workspaceAt(options.root);
  const paths = sessionPaths(workspace, options.session);
  const trouble = new LogWriteErrors(() => log);
  const writer = (file: string): JsonlWriter =>
    new JsonlWriter(file, { rotateBytes: options.settings.rotateBytes, ...trouble.listeners });
  const redactor = new Redactor(options.settings.redact);
  const log = new SessionLog(writer(paths.logs), redactor);
  const { wire, cdp } = await attachBrowser(args, log);
  prepareFolder(paths);
  const session = new Session(args, {
    ...{ options, indexId, env, workspace, paths, record, redactor, log, wire, cdp },
    lifecycle: new Lifecycle(),
    network: writer(paths.network),
    actions: writer(paths.actions),
  });
  try {
    return { warning: await Promise.race([session.start(signal, args.lastWords), connectionLost(wire)]) };
  } catch (error) {
    wire.close();
    throw await session.failed(error);
  }
}

class Session {
  readonly #parts: SessionParts;
  readonly #exit: (status: number) => void;
  readonly #url: RecordedUrl;
  readonly #registration: Registration;
  readonly #shutdown: Shutdown;
  readonly #handOver: HandOver;

  constructor(args: OpenArguments, base: SessionBase) {
    const exit = (this.#exit = (status: number) => args.exit(status));
    const parts = (this.#parts = createSessionParts(base, {
      gone: (reason) => this.#endBy(reason, "end"),
      lost: () => void this.#handOver.startNextHost(),
    }));
    const files = new OwnFiles();
    const requests = new RequestHandler(parts, files, (request) => this.#close(request));
    const registration = (this.#registration = new Registration(base, {
      makesRoom: ({ version }) => this.#handOver.makesRoom(version),
      hello: () => ({
        protocol: protocolVersion,
        version: LIBRETTO_VERSION,
        session: parts.state.session,
        mode: parts.state.mode,
        hostPid: process.pid,
      }),
      request: (request) => requests.answer(request),
    }));
    this.#url = new RecordedUrl(parts);
    const shutdown = (this.#shutdown = new Shutdown(parts, registration, this.#url));
    this.#handOver = new HandOver({ parts, files, registration, shutdown, exit });
  }

  /** @returns a warning where the first page did not finish loading */
  async start(signal: AbortSignal, lastWords: string | undefined): Promise<string | undefined> {
    const { options, state, targets, adopted, recorder, remote, lifecycle, mode } = this.#parts;
    const { start } = options;
    if (opensPage(start) && start.headless) keepViewport(this.#parts, start.viewport);
    else if (start.how === "adopt" && state.headless && state.viewport) keepViewport(this.#parts, state.viewport);
    remote?.start();
    const attached = answered(targets.start(), start.timeoutMs);
    // Asked for in one go with all that prepares pages, since a browser takes its time to make one.
    const early =
      start.how === "launch" && start.headless && options.authProfile === undefined
        ? openSessionPage(this.#parts, start, signal)
        : undefined;
    early?.catch(() => undefined);
    if (start.how === "adopt" && start.next !== undefined) prepareNextCall(start.next, this.#preparation);
    await attached;
    if (start.how === "adopt") {
      adopted.start();
      await adopted.settled(adoptedMs);
    }
    await recorder.ready();
    if (!opensPage(start)) await settledWithin(1_000, learnSecretsOfPages(this.#parts));
    stopIf(signal);
    await this.#registration.listen();
    this.#registration.writeEntry();
    let warning: string | undefined;
    try {
      if (opensPage(start)) warning = await (early ?? openSessionPage(this.#parts, start, signal));
      stopIf(signal);
    } catch (error) {
      this.#registration.stopListening();
      this.#registration.removeEntry();
      throw error;
    }
    this.#putOnRecord();
    lifecycle.open();
    mode.start();
    this.#url.start();
    this.#logOpening(warning, lastWords);
    this.#watch();
    this.#prepareFirstCalls();
    return warning;
  }

  /** Clears up after an opening that failed. @returns the error for the client that opens: another one may have closed it */
  async failed(error: unknown): Promise<unknown> {
    const { recorder, log, lifecycle, state } = this.#parts;
    await recorder.dispose().catch(() => undefined);
    await log.close();
    if (!lifecycle.ending) return error;
    await lifecycle.ending.catch(() => undefined);
    return new LibrettoError(
      "SessionEnded",
      `Session "${state.session}" was closed while it was being opened.`,
      reopenHint(state, "if you still want it"),
    );
  }

  #putOnRecord(): void {
    const { record, state, options } = this.#parts;
    // Its workflow went with the host that was taken over.
    const orphaned =
      options.start.how === "adopt" &&
      (state.kind === "run" || state.workflow?.running) &&
      (state.status === "active" || state.status === "paused");
    record.change({
      url: this.#url.current,
      ...(state.status === "starting" ? { status: "active" } : {}),
      ...(orphaned
        ? {
            status: "failed",
            reason: "The session's host ended while its workflow ran.",
            workflow: state.workflow && { file: state.workflow.file, running: false },
          }
        : {}),
    });
  }

  #logOpening(warning: string | undefined, lastWords: string | undefined): void {
    const { options, state, log } = this.#parts;
    const { start, client } = options;
    const how = start.how === "adopt" ? "adopted" : start.how === "connect" ? "connected" : "opened";
    log.write("info", how, `Session ${how} by ${client}, ${state.mode}.`, {
      url: state.url,
      mode: state.mode,
      browserPid: state.browserPid,
      version: LIBRETTO_VERSION,
    });
    if (warning !== undefined) log.write("warn", "first-page", warning);
    if (lastWords !== undefined)
      log.write("error", "host-died", `The host before this one ended: ${lastLineOf(lastWords)}`, {
        stderr: lastWords,
      });
  }

  #watch(): void {
    const { wire, state, env, lifecycle, workflows } = this.#parts;
    wire.onClose((reason) => void this.#handOver.connectionEnded(reason));
    if (state.kind === "connected") watchSilence(wire, maxSilenceMs(env));
    this.#bringDownloadsBack();
    process.on("SIGTERM", () => this.#endBy("Asked to end by the system (SIGTERM).", "close"));
    process.on("uncaughtException", (error) => this.#logHostError(error));
    process.on("unhandledRejection", (reason) => this.#logHostError(reason));
    startLifetimeTimers(state.limits, {
      idleMs: () => (workflows.isRunning ? 0 : lifecycle.idleMs),
      restoreFiles: () => this.#registration.restore(),
      heartbeat: () => {
        if (!lifecycle.ending) this.#registration.writeEntry();
        void endExpired(env);
      },
      end: (reason) => this.#endBy(reason, "end"),
    });
  }

  #bringDownloadsBack(): void {
    const { remote, state, cdp, paths, log } = this.#parts;
    if (!remote || state.grid?.id === undefined || state.grid.hasDownloads !== true) return;
    const arriving = bringDownloadsBack({
      cdp,
      engine: remote.engine,
      id: state.grid.id,
      folder: paths.downloads,
      log: (level, event, message, data) => log.write(level, event, message, data),
    });
    this.#shutdown.waitsFor(arriving);
  }

  #logHostError(thrown: unknown): void {
    const [message, data] =
      thrown instanceof Error ? [thrown.message, { stack: thrown.stack }] : [String(thrown), undefined];
    this.#parts.log.write("error", "host-error", message, data);
  }

  #prepareFirstCalls(): void {
    const { options, state } = this.#parts;
    if (options.start.how !== "adopt" && state.kind !== "run") prepareFirstCalls(this.#preparation);
  }

  get #preparation(): PreparationParts {
    const { env, spares, requests, execs, state, lifecycle } = this.#parts;
    const mayExec = (): boolean => state.mode === "write-access" && !lifecycle.ending && !lifecycle.isLeaving;
    return { env, times: spares, idleMs: () => lifecycle.idleMs, requests, execs, mayExec };
  }

  #close(request: HostRequest): Promise<CloseResult> {
    const ended = this.#shutdown.end(`Closed by ${request.client}.`, "close");
    // The answer is written before the process ends. What opens the session meanwhile fails, and ends it itself.
    if (this.#parts.lifecycle.isOpen) void ended.catch(() => undefined).then(() => setImmediate(() => this.#exit(0)));
    return ended;
  }

  /** Ends the session for a reason that is no request's, and the process with it. */
  #endBy(reason: string, how: "close" | "end"): void {
    void this.#shutdown.end(reason, how).finally(() => this.#exit(0));
  }
}

/** Rejects when the connection ends, which leaves some of what waits for a page waiting. */
function connectionLost(wire: Wire): Promise<never> {
  return new Promise((_resolve, reject) => {
    wire.onClose(() =>
      reject(
        new LibrettoError(
          "BrowserFailed",
          "The browser ended, or dropped the connection, while the session was being opened.",
          "Try again; `libretto status` tells which browsers there are.",
        ),
      ),
    );
  });
}
