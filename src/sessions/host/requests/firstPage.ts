/** Opens the address of a new session in its first tab and waits until it can be worked with. */
import { STATUS_CODES } from "node:http";
import type { Browser } from "../../browser/browserFinder.js";
import { LibrettoError } from "../../util/errors.js";
import { settledWithin, withTimeout } from "../../util/timeouts.js";
import type { CdpSession } from "../wire/cdp.js";
import type { OpenDialog } from "../wire/dialogs.js";
import { nameOfDialog, textOfDialog, type Targets } from "../wire/targets.js";

/** How long the browser's own page is waited for, in ms, that it shows instead of what a server answered. */
const errorPageMs = 1_000;

interface Wanted {
  url: string | undefined;
  headless: boolean;
  /** Absent for one that a Grid lends. */
  browser?: Pick<Browser, "kind">;
  waitUntil?: "load" | "domcontentloaded" | "commit";
  timeoutMs: number;
}

/**
 * @returns a warning where the page opened and did not finish loading
 * @throws `Failed` where it could not be opened at all
 */
export async function openFirstPage(
  targets: Targets,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { headless, timeoutMs } = wanted;
  let visited: Promise<string | undefined> | undefined;
  if (headless) {
    // The page is held before it runs, so that the navigation goes out with all that prepares the page, in one
    // go, and meets a page that has heard of it: the page's process starts while the server is asked.
    await inTime(
      timeoutMs,
      targets.create(({ session }) => {
        visited = visit(session, wanted, signal);
        visited.catch(() => undefined);
      }),
    );
  } else {
    const { session } = targets.find() ?? (await inTime(timeoutMs, firstTab(targets)));
    // This one runs already, and the browser may navigate before the page has heard of what was sent before.
    await session.send("Page.enable");
    visited = visit(session, wanted, signal);
  }
  return visited;
}

/** Sends its first commands before it returns. */
async function visit(
  session: CdpSession,
  { url, browser, waitUntil = "load", timeoutMs }: Wanted,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (url === undefined || url === "about:blank") return undefined;
  const answer = new FirstAnswer(session);
  let stop: () => void = () => undefined;
  let setLoaded: () => void = () => undefined;
  const loaded = new Promise<undefined>((resolve) => (setLoaded = () => resolve(undefined)));
  /** What is not waited for any longer, with what to say of it. */
  const left = new Promise<string | undefined>((resolve) => {
    // The empty document that was there before loads, too: on a busy machine after the navigation has begun.
    let hasArrived = false;
    const arrived = ({ frame }: { frame: { parentId?: string; url: string } }): void => {
      if (frame.parentId === undefined && frame.url !== "about:blank") hasArrived = true;
    };
    const load = (): void => {
      if (hasArrived) setLoaded();
    };
    const dialog = (shown: OpenDialog): void =>
      resolve(
        `The page shows ${nameOfDialog(shown)} and waits for an answer: ${textOfDialog(shown)}. \`libretto act dialog accept\` (or dismiss) gives it.`,
      );
    const abort = (): void => resolve(undefined);
    const timer = setTimeout(
      () => resolve(`The page has not finished loading within ${timeoutMs / 1000} s; the session is open.`),
      timeoutMs,
    );
    const event = waitUntil === "load" ? "Page.loadEventFired" : "Page.domContentEventFired";
    session.on("Page.frameNavigated", arrived);
    session.on(event, load);
    session.on("Page.javascriptDialogOpening", dialog);
    signal.addEventListener("abort", abort, { once: true });
    stop = () => {
      clearTimeout(timer);
      answer.stop();
      session.off("Page.frameNavigated", arrived);
      session.off(event, load);
      session.off("Page.javascriptDialogOpening", dialog);
      signal.removeEventListener("abort", abort);
    };
  });
  try {
    const enabled = session.send("Page.enable");
    const navigated = Promise.all([
      session.send<{ errorText?: string; isDownload?: boolean }>("Page.navigate", { url }),
      enabled,
    ]).then(([answer]) => answer);
    // A server that never answers keeps `Page.navigate` waiting too. Its answer is looked at before the load is: a page
    // that says what went wrong loads like any other, and the browser may tell of both in one piece.
    const first = await Promise.race([navigated, left.then((warning) => ({ warning }))]);
    if ("warning" in first) return first.warning;
    const failure = "errorText" in first && first.isDownload !== true ? (first.errorText ?? "") : "";
    if (failure !== "") {
      // A server that answers is one that runs: what it said is what the page is about.
      const said = answer.told(failure);
      if (said !== undefined) {
        await settledWithin(errorPageMs, Promise.race([loaded, left]));
        return said;
      }
      const certificate = failure.startsWith("net::ERR_CERT_");
      throw new LibrettoError(
        "Failed",
        `${url} could not be opened: ${failure}.`,
        certificate
          ? "Have the system trust its certificate; or start a browser that ignores it (--ignore-certificate-errors --remote-debugging-port=9222), and `libretto connect ws://localhost:9222`."
          : "Check the address and that its server runs; nothing was left open.",
      );
    }
    if ("isDownload" in first && first.isDownload === true) return "The address is a download; the page stays empty.";
    // An empty page with a query or a fragment tells of no load.
    const over =
      waitUntil === "commit" || url.startsWith("about:") ? undefined : Promise.race([loaded, left, answer.broken]);
    return (await over) ?? answer.told();
  } finally {
    stop();
    // As long as nobody listens to its page, a headless shell answers dialogs without asking the host.
    if (browser?.kind === "headless-shell") void session.send("Page.disable").catch(() => undefined);
  }
}

interface DocumentAnswer {
  requestId: string;
  type?: string;
  response?: { status: number; statusText: string };
  /** Of `responseReceivedExtraInfo`, which also comes where the browser shows a page of its own. */
  statusCode?: number;
  errorText?: string;
}

/** What the server of the first document answered. The recorder has the browser tell of requests. */
class FirstAnswer {
  /** Resolves where the answer's body cannot be read: such a page never loads. */
  readonly broken: Promise<string>;
  readonly stop: () => void;
  #requestId: string | undefined;
  #status: number | undefined;
  #statusText = "";

  constructor(session: CdpSession) {
    let setBroken: (text: string) => void = () => undefined;
    this.broken = new Promise((resolve) => (setBroken = resolve));
    const asked = ({ requestId, type }: DocumentAnswer): void => {
      if (type === "Document") this.#requestId ??= requestId;
    };
    const came = ({ requestId, response, statusCode }: DocumentAnswer): void => {
      if (requestId !== this.#requestId) return;
      this.#status = response?.status ?? statusCode ?? this.#status;
      this.#statusText = response?.statusText ?? "";
    };
    const failed = ({ requestId, errorText = "" }: DocumentAnswer): void => {
      if (requestId === this.#requestId && this.#status !== undefined) setBroken(this.told(errorText) ?? "");
    };
    const listeners = {
      "Network.requestWillBeSent": asked,
      "Network.responseReceivedExtraInfo": came,
      "Network.responseReceived": came,
      "Network.loadingFailed": failed,
    };
    for (const [event, listener] of Object.entries(listeners)) session.on(event, listener);
    this.stop = () => {
      for (const [event, listener] of Object.entries(listeners)) session.off(event, listener);
    };
  }

  /**
   * What is to be said of the answer; undefined where there was none, or nothing is wrong with it.
   * @param failure the browser's name for what it could not do with it
   */
  told(failure = ""): string | undefined {
    const status = this.#status;
    if (status === undefined || (status < 400 && failure === "")) return undefined;
    // Redirects without end.
    if (status >= 300 && status < 400) return undefined;
    const answered = `The server answered ${status} ${this.#statusText || (STATUS_CODES[status] ?? "")}`.trim();
    if (status === 204 || status === 205) return `${answered}; the page stays empty.`;
    if (failure === "") return `${answered}.`;
    return status < 400
      ? `${answered}, and the browser could not read what came with it (${failure}).`
      : `${answered}, and the browser shows a page of its own (${failure}).`;
  }
}

/** A browser that was just started may not have reported its first tab yet. */
function firstTab(targets: Targets): Promise<NonNullable<ReturnType<Targets["find"]>>> {
  return new Promise((resolve) => {
    targets.onPagesChanged(() => {
      const found = targets.find();
      if (found) resolve(found);
    });
  });
}

/** @throws `BrowserFailed` when the time is up */
function inTime<T>(timeoutMs: number, opened: Promise<T>): Promise<T> {
  return withTimeout(opened, timeoutMs, () => {
    throw new LibrettoError(
      "BrowserFailed",
      "The browser opened no page.",
      "Try again, or set LIBRETTO_CHROMIUM to another browser.",
    );
  });
}
