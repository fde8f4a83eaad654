/**
 * `network.jsonl`: a row for every request of every page, frame and worker, and one for each redirect on its
 * way. The browser tells a request in pieces, in any order and through several targets; a row is written once,
 * when the request has ended and its pieces are there, or after a short wait without them. Rows are never
 * dropped for want of a body: under load, or when the page is gone, the body is left out.
 */
import type { NetworkRow } from "../../logs/rows.js";
import type { Redactor } from "../../logs/redact.js";
import type { CdpSession } from "../wire/cdp.js";
import type { AttachedTarget } from "../wire/targets.js";
import { BodyReader, type BodyAnswer } from "./bodyReader.js";
import { cutToBytes, isTextType, mediaType, textOfPostData } from "./bodyText.js";
import { Exchange, header, rowOf, type Hop } from "./exchange.js";
import type {
  DataReceived,
  LoadingFailed,
  LoadingFinished,
  RequestExtraInfo,
  RequestWillBeSent,
  Response,
  ResponseExtraInfo,
  ResponseReceived,
  ServedFromCache,
} from "./networkEvents.js";
import { cutMessages, WebSocketRecorder } from "./webSocketRecorder.js";

export interface NetworkRecorderOptions {
  write(row: NetworkRow): void;
  redactor: Redactor;
  /** Bytes of UTF-8 that are kept of a text body. */
  bodyLimitBytes: number;
}

/** Bodies longer than this, decoded, are told by their size only: reading one costs its whole length in memory. */
const maxReadBytes = 2 * 1024 * 1024;
/** The browser's own store of bodies, for each of its processes: enough for what we read a moment later. */
const browserStoreBytes = 32 * 1024 * 1024;
/** How long an ended request waits for the headers as they were sent and received. */
const extraWaitMs = 500;
/** A page that never reads a body never lets its request end: after this long without a sign, it has. */
const silenceMs = 10_000;
/** The same, where no more than the size is kept of it. */
const sizeOnlySilenceMs = 2_000;
/** How long a request whose document is gone may still give a sign. */
const orphanMs = 1_000;
const sweepMs = 250;
/** Requests that are reported only by their headers, and may never be reported otherwise. */
const maxEarly = 1_000;
/** Navigations that were given up after the answer came, and may have become downloads. */
const maxDownloads = 100;

export class NetworkRecorder {
  readonly #exchanges = new Map<string, Exchange>();
  /** Header events that came before their request. */
  readonly #early = new Map<string, { at: number; sent: RequestExtraInfo[]; received: ResponseExtraInfo[] }>();
  readonly #bodies = new BodyReader();
  readonly #webSockets: WebSocketRecorder;
  /** Navigations that became downloads, with the time when they did, in ms since 1970. */
  readonly #becameDownloads: { url: string; at: number }[] = [];
  #sweeper: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(private readonly options: NetworkRecorderOptions) {
    this.#webSockets = new WebSocketRecorder(options.bodyLimitBytes, (row) =>
      options.write(cutMessages(options.redactor.networkRow(row), options.bodyLimitBytes)),
    );
  }

  /** Watches a target from its first request on. Resolves when the browser has agreed. */
  attach(target: AttachedTarget): Promise<unknown> {
    const { session } = target;
    const pageId = target.pageId ?? null;
    session.on<RequestWillBeSent>("Network.requestWillBeSent", (event) => this.#requested(session, pageId, event));
    session.on<RequestExtraInfo>("Network.requestWillBeSentExtraInfo", (event) => this.#sent(event));
    session.on<ResponseReceived>("Network.responseReceived", (event) => this.#responded(session, event));
    session.on<ResponseExtraInfo>("Network.responseReceivedExtraInfo", (event) => this.#received(event));
    session.on<ServedFromCache>("Network.requestServedFromCache", ({ requestId }) => this.#fromMemory(requestId));
    session.on<DataReceived>("Network.dataReceived", (event) => this.#data(event));
    session.on<LoadingFinished>("Network.loadingFinished", (event) => this.#finished(session, event));
    session.on<LoadingFailed>("Network.loadingFailed", (event) => this.#failed(event));
    // The document of a page, or of a frame with a process of its own, was replaced.
    session.on("Runtime.executionContextsCleared", () => this.#documentGone(session));
    this.#webSockets.attach(session, pageId);
    return session.send("Network.enable", {
      maxPostDataSize: this.options.bodyLimitBytes,
      maxResourceBufferSize: maxReadBytes,
      maxTotalBufferSize: browserStoreBytes,
    });
  }

  /** The target is gone, or its process crashed: what it had under way ends here, unless another target goes on with it. */
  targetGone(session: CdpSession, why: string): void {
    for (const exchange of this.#exchanges.values())
      if (exchange.session.sessionId === session.sessionId) this.#orphan(exchange, why);
    this.#webSockets.sessionGone(session, why);
    this.#watch();
  }

  /** Whether a request for that address has a row and became a download after that time; each answers for one download. */
  becameDownload(url: string, since: number): boolean {
    const [requested] = url.split("#");
    const found = this.#becameDownloads.findIndex(
      (navigation) => navigation.url === requested && navigation.at >= since,
    );
    if (found >= 0) this.#becameDownloads.splice(found, 1);
    return found >= 0;
  }

  /** Writes what is still open, with `failure` saying so. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    clearInterval(this.#sweeper);
    this.#bodies.stop();
    for (const exchange of [...this.#exchanges.values()]) {
      const hop = exchange.current;
      if (hop)
        this.#end(
          exchange,
          hop,
          hop.response ? "The session ended before the whole answer came." : "The session ended before an answer came.",
        );
      for (const waiting of [...exchange.hops]) this.#write(exchange, waiting);
    }
    this.#webSockets.dispose();
  }

  #requested(session: CdpSession, pageId: string | null, event: RequestWillBeSent): void {
    if (this.#disposed || !isRecorded(event.request.url)) return;
    let exchange = this.#exchanges.get(event.requestId);
    if (exchange) {
      // Told twice without a redirect between: nothing new was sent.
      if (!event.redirectResponse) return;
      const hop = exchange.current;
      if (hop) {
        exchange.responded(hop, event.redirectResponse, event.redirectHasExtraInfo);
        hop.end = { time: event.timestamp, size: event.redirectResponse.encodedDataLength, at: Date.now() };
      }
      exchange.session = session;
    } else {
      exchange = new Exchange(event.requestId, session, event.loaderId);
      this.#exchanges.set(event.requestId, exchange);
    }
    exchange.lastSign = Date.now();
    exchange.begin(event, pageId, this.#postData(event));
    const early = this.#early.get(event.requestId);
    if (early) {
      this.#early.delete(event.requestId);
      for (const extra of early.sent) exchange.sentExtra(extra);
      for (const extra of early.received) exchange.receivedExtra(extra);
    }
    this.#advance(exchange);
    this.#watch();
  }

  #postData({ request }: RequestWillBeSent): string | undefined {
    const entries = request.postDataEntries;
    if (!entries || entries.some(({ bytes }) => bytes === undefined)) return undefined;
    const data = Buffer.concat(entries.map(({ bytes }) => Buffer.from(bytes ?? "", "base64")));
    return textOfPostData(data, mediaType(header(request.headers, "content-type")));
  }

  #sent(event: RequestExtraInfo): void {
    const exchange = this.#exchanges.get(event.requestId);
    if (!exchange) this.#keepEarly(event.requestId)?.sent.push(event);
    else {
      exchange.lastSign = Date.now();
      exchange.sentExtra(event);
      this.#readPostData(exchange);
      this.#advance(exchange);
    }
  }

  #received(event: ResponseExtraInfo): void {
    const exchange = this.#exchanges.get(event.requestId);
    if (!exchange) this.#keepEarly(event.requestId)?.received.push(event);
    else {
      exchange.lastSign = Date.now();
      exchange.receivedExtra(event);
      this.#advance(exchange);
    }
  }

  #keepEarly(requestId: string): { sent: RequestExtraInfo[]; received: ResponseExtraInfo[] } | undefined {
    if (this.#disposed) return undefined;
    const early = this.#early.get(requestId) ?? { at: Date.now(), sent: [], received: [] };
    this.#early.set(requestId, early);
    this.#watch();
    if (this.#early.size > maxEarly) {
      const [oldest] = this.#early.keys();
      if (oldest !== undefined) this.#early.delete(oldest);
    }
    return early;
  }

  #responded(session: CdpSession, event: ResponseReceived): void {
    const exchange = this.#exchanges.get(event.requestId);
    const hop = exchange?.current;
    if (!exchange || !hop) return;
    exchange.session = session;
    exchange.lastSign = Date.now();
    exchange.orphaned = undefined;
    if (event.type !== undefined) hop.resourceType = event.type.toLowerCase();
    exchange.responded(hop, event.response, event.hasExtraInfo);
    this.#readPostData(exchange);
    // A stream of events is open for as long as the page likes: its row tells that it was opened.
    if (hop.resourceType === "eventsource")
      hop.end = { time: event.timestamp, size: event.response.encodedDataLength, at: Date.now() };
    this.#advance(exchange);
  }

  #fromMemory(requestId: string): void {
    const hop = this.#exchanges.get(requestId)?.current;
    if (hop) hop.fromMemory = true;
  }

  #data(event: DataReceived): void {
    const exchange = this.#exchanges.get(event.requestId);
    const hop = exchange?.current;
    if (!exchange || !hop) return;
    exchange.lastSign = Date.now();
    hop.bodyBytes += event.dataLength;
    hop.encodedBytes += event.encodedDataLength;
  }

  #finished(session: CdpSession, event: LoadingFinished): void {
    const exchange = this.#exchanges.get(event.requestId);
    const hop = exchange?.current;
    if (!exchange || !hop) return;
    exchange.session = session;
    hop.end = { time: event.timestamp, size: event.encodedDataLength, at: Date.now() };
    this.#readBody(exchange, hop);
    this.#advance(exchange);
  }

  #failed(event: LoadingFailed): void {
    const exchange = this.#exchanges.get(event.requestId);
    const hop = exchange?.current;
    if (!exchange || !hop) return;
    const size = (hop.response?.encodedDataLength ?? 0) + hop.encodedBytes;
    hop.end = { time: event.timestamp, size, at: Date.now() };
    if (hop.response && hop.resourceType === "document" && event.errorText === "net::ERR_ABORTED") {
      this.#becameDownloads.push({ url: hop.url, at: Date.now() });
      if (this.#becameDownloads.length > maxDownloads) this.#becameDownloads.shift();
    }
    // An answer that cannot have a body is "aborted" when nobody reads it; nothing failed.
    const bodiless =
      hop.response !== undefined && (hop.method === "HEAD" || [204, 205, 304].includes(hop.response.status));
    if (!(bodiless && event.errorText === "net::ERR_ABORTED")) {
      const why =
        event.blockedReason !== undefined
          ? ` (blocked: ${event.blockedReason})`
          : event.corsErrorStatus
            ? ` (CORS: ${event.corsErrorStatus.corsError})`
            : "";
      hop.end.failure = `${event.errorText === "" ? "net::ERR_BLOCKED" : event.errorText}${why}`;
    }
    this.#advance(exchange);
  }

  /** Request bodies with files are not in the events; the browser keeps them for a while. */
  #readPostData(exchange: Exchange): void {
    const hop = exchange.current;
    if (!hop?.lacksPostData || !hop.sent) return;
    hop.lacksPostData = false;
    const length = Number(header(hop.sent, "content-length"));
    if (!(length <= maxReadBytes)) return;
    hop.reading++;
    this.#bodies.read(exchange.session, "Network.getRequestPostData", exchange.requestId, length, (answer) => {
      if (answer?.postData !== undefined) {
        const data = Buffer.from(answer.postData, answer.base64Encoded === true ? "base64" : "utf8");
        const text = textOfPostData(data, mediaType(header(hop.sent ?? {}, "content-type")));
        if (text !== undefined) hop.postData = this.#roughCut(text);
      }
      hop.reading--;
      this.#advance(exchange);
    });
  }

  #readBody(exchange: Exchange, hop: Hop): void {
    const { response } = hop;
    if (
      !response ||
      this.options.bodyLimitBytes === 0 ||
      hop.method === "HEAD" ||
      [204, 205, 304].includes(response.status)
    )
      return;
    if (!isText(response)) return;
    if (hop.bodyBytes > maxReadBytes) {
      hop.bodyMissing = true;
      return;
    }
    hop.reading++;
    this.#bodies.read(exchange.session, "Network.getResponseBody", exchange.requestId, hop.bodyBytes, (answer) => {
      const text = textOf(answer);
      if (text === undefined) hop.bodyMissing = hop.bodyBytes > 0;
      else if (text !== "") hop.responseBody = this.#roughCut(text);
      hop.reading--;
      this.#advance(exchange);
    });
  }

  /** Masking looks at a text as a whole, so a little more than the limit is kept until then. */
  #roughCut(text: string): string {
    return cutToBytes(text, this.options.bodyLimitBytes + 4096).text;
  }

  /** Writes the hops that have ended and are complete, in their order. */
  #advance(exchange: Exchange): void {
    for (let hop = exchange.hops[0]; hop && this.#isComplete(hop); hop = exchange.hops[0]) this.#write(exchange, hop);
  }

  #isComplete(hop: Hop): boolean {
    if (!hop.end || hop.reading > 0) return false;
    if (hop.hasExtraInfo === false || (hop.sent && hop.received)) return true;
    return Date.now() - hop.end.at >= extraWaitMs;
  }

  #write(exchange: Exchange, hop: Hop): void {
    exchange.hops.splice(exchange.hops.indexOf(hop), 1);
    if (exchange.hops.length === 0) this.#exchanges.delete(exchange.requestId);
    const row = this.options.redactor.networkRow(rowOf(hop));
    const limit = this.options.bodyLimitBytes;
    if (row.postData !== undefined) row.postData = cutToBytes(row.postData, limit).text;
    if (row.responseBody !== undefined) {
      const { text, cut } = cutToBytes(row.responseBody, limit);
      row.responseBody = text;
      if (cut) row.bodyTruncated = true;
    }
    this.options.write(row);
  }

  #documentGone(session: CdpSession): void {
    for (const exchange of this.#exchanges.values()) {
      if (
        exchange.session.sessionId !== session.sessionId ||
        exchange.documentId === "" ||
        exchange.documentId === exchange.requestId
      )
        continue;
      this.#orphan(exchange, "net::ERR_ABORTED (the page went to another address)");
    }
    this.#webSockets.sessionGone(session, "the page went to another address");
    this.#watch();
  }

  #orphan(exchange: Exchange, why: string): void {
    exchange.orphaned = why;
    exchange.lastSign = Date.now();
  }

  #end(exchange: Exchange, hop: Hop, failure: string | undefined): void {
    const size = (hop.response?.encodedDataLength ?? 0) + hop.encodedBytes;
    // The browser's clock is known only from its events: what passed here since the start is added to that.
    hop.end = {
      time: hop.startTime + Math.max(0, exchange.lastSign - hop.startedAt) / 1000,
      size,
      at: Date.now(),
      ...(failure === undefined ? {} : { failure }),
    };
  }

  #watch(): void {
    if (!this.#disposed) this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref();
  }

  /** Ends what nobody will tell the end of, and what has waited long enough for its pieces. */
  #sweep(): void {
    const now = Date.now();
    for (const exchange of [...this.#exchanges.values()]) {
      const hop = exchange.current;
      if (hop && exchange.orphaned !== undefined && now - exchange.lastSign >= orphanMs)
        this.#end(exchange, hop, hop.response ? undefined : exchange.orphaned);
      else if (
        hop?.response &&
        now - exchange.lastSign >= (hop.bodyBytes > maxReadBytes ? sizeOnlySilenceMs : silenceMs)
      ) {
        hop.bodyMissing = hop.bodyBytes > 0 && isText(hop.response);
        this.#end(exchange, hop, undefined);
      }
      this.#advance(exchange);
    }
    for (const [id, { at }] of this.#early) if (now - at > silenceMs) this.#early.delete(id);
    this.#webSockets.sweep(now - orphanMs);
    if (this.#exchanges.size > 0 || this.#early.size > 0 || this.#webSockets.isOpen) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}

/** What goes over a network, or may. The browser's own pages and `data:` addresses do not. */
function isRecorded(url: string): boolean {
  return /^(?:https?|wss?|ftp|blob|file|filesystem|chrome-extension):/i.test(url);
}

function isText({ mimeType, headers }: Response): boolean {
  return isTextType(mediaType(mimeType) ?? mediaType(header(headers, "content-type")));
}

function textOf(answer: BodyAnswer | undefined): string | undefined {
  if (answer?.body === undefined) return undefined;
  return answer.base64Encoded === true ? textOfPostData(Buffer.from(answer.body, "base64"), null) : answer.body;
}
