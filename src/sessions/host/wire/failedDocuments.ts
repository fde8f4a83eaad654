/**
 * Pages whose document could not be loaded. The browser tells of the failure first and shows its error page a moment
 * later; on a busy machine that starts a process for it, a second later. Code that goes on between the two is met by
 * the error page in its next navigation: Playwright calls that one interrupted, or waits for a page that never comes.
 * Here what such a page tells is kept from the failure on until the error page is there, and handed on together.
 */
import type { WireMessage } from "./message.js";
import { mainFrameIn } from "./mainFrames.js";

/** How long an error page is waited for, in ms: where code aborts a document by a route of its own, none comes. */
const errorPageMs = 2_000;
/** Of a navigation that became a download, was answered with 204 or was stopped: the page stays as it is. */
const aborted = "net::ERR_ABORTED";

interface Page {
  /** The request of its newest document; it is the document's id as well. */
  document?: string;
  /** The document that it shows. */
  shown?: string;
  /** What it told since its document failed. */
  kept?: WireMessage[];
  timer?: NodeJS.Timeout;
}

export class FailedDocuments {
  readonly #pages = new Map<string, Page>();

  /**
   * @param targetOf the page that a session belongs to, undefined where it is none
   * @param pass hears what is to be handed on now, in one turn
   */
  constructor(
    private readonly targetOf: (sessionId: string) => string | undefined,
    private readonly pass: (messages: WireMessage[]) => void,
  ) {}

  /** Takes one message of the browser. */
  add(message: WireMessage): void {
    const { sessionId = "" } = message;
    const targetId = this.targetOf(sessionId);
    if (targetId === undefined) {
      if (message.method === "Target.detachedFromTarget") this.#forget(String(message.params?.["sessionId"]));
      return this.pass([message]);
    }
    const page = this.#pages.get(sessionId) ?? {};
    this.#pages.set(sessionId, page);
    note(message, page, targetId);
    if (page.kept) {
      page.kept.push(message);
      if (shownBy(message) !== undefined) this.#handOn(page);
      return;
    }
    const failed = failedDocument(message, page, targetId);
    if (failed === undefined || failed === page.shown) return this.pass([message]);
    page.kept = [message];
    page.timer = setTimeout(() => this.#handOn(page), errorPageMs).unref();
  }

  #handOn(page: Page): void {
    const { kept = [] } = page;
    clearTimeout(page.timer);
    delete page.kept;
    this.pass(kept);
  }

  #forget(sessionId: string): void {
    const page = this.#pages.get(sessionId);
    if (page?.kept) this.#handOn(page);
    this.#pages.delete(sessionId);
  }
}

function note(message: WireMessage, page: Page, targetId: string): void {
  const shown = shownBy(message);
  if (shown !== undefined) page.shown = shown;
  const { method, params = {} } = message;
  if (method !== "Network.requestWillBeSent" || params["type"] !== "Document" || params["frameId"] !== targetId) return;
  if (params["requestId"] === params["loaderId"]) page.document = String(params["requestId"]);
}

/** The document that the whole page shows from that message on. */
function shownBy(message: WireMessage): string | undefined {
  return message.method === "Page.frameNavigated" ? mainFrameIn(message)?.loaderId : undefined;
}

/** The document of the whole page that the browser will show an error page for. */
function failedDocument(
  { method, params = {}, result }: WireMessage,
  page: Page,
  targetId: string,
): string | undefined {
  if (method === "Network.loadingFailed") {
    const { requestId, errorText, canceled } = params;
    return requestId === page.document && canceled !== true && errorText !== aborted ? page.document : undefined;
  }
  // The answer to `Page.navigate`.
  const { errorText, frameId, loaderId } = (result ?? {}) as Record<string, unknown>;
  if (typeof errorText !== "string" || errorText === aborted || frameId !== targetId) return undefined;
  return typeof loaderId === "string" ? loaderId : undefined;
}
