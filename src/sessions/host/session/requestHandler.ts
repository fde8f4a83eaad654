/** Every request of a client on its way through the host: when its turn is, what is kept from its answer, what is logged. */
import type { CloseResult, Method, PagesParams } from "../../ipc/protocol.js";
import { isAlive } from "../../process/identity.js";
import { waitUntilGone } from "../../process/kill.js";
import { recordedBrowser } from "../../process/recorded.js";
import { LibrettoError, nobodyWaits, reopenHint, withoutExcerpt } from "../../util/errors.js";
import { untilAborted } from "../../util/timeouts.js";
import { LiveRequests } from "../requests/liveRequests.js";
import type { HostRequest } from "../rpc/server.js";
import { dispatch } from "./dispatch.js";
import { hideInError, hideInNotification, hideInResult } from "./hiddenAnswers.js";
import type { OwnFiles } from "./ownFiles.js";
import type { SessionParts } from "./sessionParts.js";
import { browserEnded } from "./shutdown.js";

/** Requests that fail where the browser goes away under them. */
const usesPage: ReadonlySet<Method> = new Set(["activate", "exec", "act", "readonly-exec", "snapshot"] as const);

/** What a client may ask of a session whose first page is not there yet. */
const needsNoPage: ReadonlySet<Method> = new Set([
  "hello",
  "ping",
  "status",
  "session-mode",
  "request-access",
  "close",
] as const);

export class RequestHandler {
  readonly #parts: SessionParts;
  readonly #files: OwnFiles;
  readonly #close: (request: HostRequest) => Promise<CloseResult>;

  constructor(parts: SessionParts, files: OwnFiles, close: (request: HostRequest) => Promise<CloseResult>) {
    this.#parts = parts;
    this.#files = files;
    this.#close = close;
  }

  /** @throws a `LibrettoError`, with nothing in it that is to be hidden */
  async answer(request: HostRequest): Promise<unknown> {
    const { method } = request;
    const { lifecycle, live, mode } = this.#parts;
    // A watcher that asks whether the host answers, or what is open, is no use of the session.
    if (method === "ping") return { ok: true };
    // Pictures and single keys: too many for a row each, and too large to be searched for secrets.
    if (LiveRequests.answers(request) && !lifecycle.ending) {
      if (!lifecycle.isOpen) await untilAborted(lifecycle.opened, request.signal, nobodyWaits);
      if (method === "input") {
        lifecycle.used();
        await mode.settle();
      }
      return live.answer(request);
    }
    const isUse = !(method === "pages" && (request.params as PagesParams).watching === true);
    const used = (running: 1 | -1): void => {
      if (!isUse) return;
      lifecycle.working(running);
      if (method !== "hello") live.running(method, request.client, running);
    };
    used(1);
    const started = performance.now();
    try {
      await this.#untilItsTurn(request, isUse);
      const result = await this.#perform(request);
      if (isUse && method !== "hello" && method !== "status") this.#log(request, started);
      return result;
    } catch (thrown) {
      const ended = usesPage.has(method) ? await this.#endedMeanwhile() : undefined;
      const error =
        ended ??
        this.#replacedMeanwhile(thrown) ??
        hideInError(this.#parts.redactor, LibrettoError.from(thrown), thrown);
      if (isUse) this.#log(request, started, error);
      throw error;
    } finally {
      used(-1);
    }
  }

  /** Resolves when the session can work on it. @throws `SessionEnded` where it no longer will */
  async #untilItsTurn({ method, signal }: HostRequest, isUse: boolean): Promise<void> {
    const { lifecycle, remote, state } = this.#parts;
    if (isUse && method !== "close") await this.#assertRemote(signal);
    if (lifecycle.ending && method !== "close")
      throw new LibrettoError(
        "SessionEnded",
        lifecycle.endReason !== undefined && remote
          ? `Session "${state.session}" has ended: ${lifecycle.endReason}`
          : `Session "${state.session}" is being closed.`,
        reopenHint(state, "when it is gone"),
      );
    // A page that takes its time to load holds up what works with pages, and nothing else.
    if (!lifecycle.isOpen && !needsNoPage.has(method)) await untilAborted(lifecycle.opened, signal, nobodyWaits);
  }

  /** What was typed into a field for secrets is in no message to a client: neither in an error nor in a result. */
  async #perform(request: HostRequest): Promise<unknown> {
    const { redactor, mode } = this.#parts;
    const hidden: HostRequest = {
      ...request,
      notify: (name, params) => request.notify(name, hideInNotification(redactor, name, params)),
    };
    await mode.settle();
    return hideInResult(redactor, request.method, await dispatch(this.#parts, hidden, this.#close));
  }

  #log({ method, client }: HostRequest, started: number, error?: LibrettoError): void {
    const data = { command: method, client, durationMs: Math.round(performance.now() - started) };
    const by = `${method} by ${client}`;
    if (!error) return this.#parts.log.write("info", "command", by, { ...data, ok: true });
    const denied = error.exitStatus === 3;
    this.#parts.log.write(
      denied ? "warn" : "error",
      denied ? "denied" : "command",
      `${by}: ${withoutExcerpt(error.message)}`,
      { ...data, ok: false, code: error.code },
    );
  }

  /** A browser on a Grid may have gone without a word; the caller hears of that, and does not wait for it. */
  async #assertRemote(signal: AbortSignal): Promise<void> {
    const { remote } = this.#parts;
    if (remote)
      await untilAborted(
        remote.check().catch(() => undefined),
        signal,
        nobodyWaits,
      );
  }

  /** What happened to a request that failed because its session ended: neither its code nor the page did. */
  async #endedMeanwhile(): Promise<LibrettoError | undefined> {
    const { state, wire, lifecycle } = this.#parts;
    const browser = recordedBrowser(state);
    // The connection of a browser that dies ends before its process does.
    if (browser && wire.hasEnded) await waitUntilGone(browser, 1_000);
    if (!lifecycle.ending && (browser === undefined || isAlive(browser))) return undefined;
    return new LibrettoError(
      "SessionEnded",
      `Session "${state.session}" ended meanwhile: ${lifecycle.endReason ?? browserEnded}`,
      reopenHint(state),
    );
  }

  /** What a request failed for that needed a file of this host's. */
  #replacedMeanwhile(thrown: unknown): LibrettoError | undefined {
    if (thrown instanceof LibrettoError || !this.#files.areReplaced) return undefined;
    return new LibrettoError(
      "Failed",
      "An update has replaced the files of the session's host, which could not be replaced by the new version yet.",
      `It will when its workflow has ended: \`libretto stop --session ${this.#parts.state.session}\`.`,
      { cause: thrown },
    );
  }
}
