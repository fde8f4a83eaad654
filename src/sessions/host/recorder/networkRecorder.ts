/**
 * `network.jsonl`: a row for every request of every page, frame and worker, and one for each redirect on its
 * way. The browser tells a request in pieces, in any order and through several targets; a row is written once,
 * when the request has ended and its pieces are there, or after a short wait without them. An answer that stands still
 * before its end, as one does that the page never reads, has its row then, and another one if it ends after that.
 * Rows are never dropped for want of a body: under load, or when the page is gone, the body is left out.
 */
import type { NetworkRow } from "../../logs/rows.js";
import type { Redactor } from "../../logs/redact.js";
import type { CdpSession } from "../wire/cdp.js";
import type { AttachedTarget } from "../wire/targets.js";
import { BodyReader, type BodyAnswer } from "./bodyReader.js";
import { cutToBytes, isTextType, mediaType, textOfBytes, textOfPostData } from "./bodyText.js";
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
/** How long an answer stands still before its row is written: one that the page never reads never ends. */
const stillMs = 1_500;
/** Answers that have their row and may still end; the oldest are forgotten, and leave no row of their end. */
const maxUnended = 1_000;
/** How long headers wait for the request that they belong to. */
const earlyMs = 10_000;
/** How long a request whose document is gone may still give a sign; where its answer has begun, there is little to wait for. */
const orphanMs = 1_000;
const answeredOrphanMs = 100;
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
  /** Answers that have their row and may still end. */
  readonly #unended = new Set<Exchange>();
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
      if (this.#unended.has(exchange)) this.#forget(exchange);
      else if (hop)
        this.#end(
          exchange,
          hop,
          hop.response ? "The session ended before the whole answer came." : "The session ended before an answer came.",
        );
      for (const waiting of [...exchange.hops]) {
        // Its row was about to be written.
        waiting.toldBytes = undefined;
        this.#write(exchange, waiting);
      }
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
    this.#watch();
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
    // An answer without a body is "aborted" when nobody reads it; nothing failed.
    const bodiless =
      hop.response !== undefined &&
      (hop.method === "HEAD" || [204, 205, 304].includes(hop.response.status) || lengthOf(hop) === 0);
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
    if (this.options.bodyLimitBytes === 0 || !mayHaveText(hop)) return;
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

  /** Writes the row of an answer that stands still: with its body where the browser has it, whether or not the page reads it. */
  #tellStill(exchange: Exchange, hop: Hop): void {
    hop.toldBytes = hop.bodyBytes;
    const whole = isWhole(hop);
    const isKept = this.options.bodyLimitBytes > 0 && mayHaveText(hop);
    const write = (text: string | undefined): void => {
      hop.reading--;
      // It went on meanwhile, and is told when it ends or stands still again.
      if (hop.end || exchange.orphaned !== undefined || hop.bodyBytes !== hop.toldBytes) {
        hop.toldBytes = undefined;
        this.#advance(exchange);
        return;
      }
      const told: Hop = { ...hop, end: this.#endOf(exchange, hop) };
      if (text !== undefined && text !== "") told.responseBody = this.#roughCut(text);
      told.bodyMissing = isKept && !(whole && (text !== undefined || hop.bodyBytes === 0));
      told.toldBytes = undefined;
      this.options.write(this.#rowOf(told));
      if (whole) this.#forget(exchange);
      else this.#keepUnended(exchange);
    };
    hop.reading++;
    // From then on the browser tells the data of that answer with its events: not where much of it is still to come.
    const isShort = hop.bodyBytes > 0 && hop.bodyBytes <= maxReadBytes && (whole || lengthOf(hop) === undefined);
    if (!isShort || !isKept) return write(undefined);
    const type = header(hop.response?.headers ?? {}, "content-type");
    this.#bodies.read(
      exchange.session,
      "Network.streamResourceContent",
      exchange.requestId,
      hop.bodyBytes,
      ({ bufferedData } = {}) =>
        write(bufferedData === undefined ? undefined : textOfBytes(Buffer.from(bufferedData, "base64"), type)),
    );
  }

  #keepUnended(exchange: Exchange): void {
    this.#unended.add(exchange);
    const [oldest] = this.#unended;
    if (oldest && this.#unended.size > maxUnended) this.#forget(oldest);
  }

  /** All that there is to tell of it is told. */
  #forget(exchange: Exchange): void {
    this.#unended.delete(exchange);
    this.#exchanges.delete(exchange.requestId);
    exchange.hops.length = 0;
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
    if (exchange.hops.length === 0) this.#forget(exchange);
    // Whoever stops reading an answer that has its row does nothing to it.
    if (hop.toldBytes === hop.bodyBytes && hop.end?.failure !== undefined) return;
    this.options.write(this.#rowOf(hop));
  }

  #rowOf(hop: Hop): NetworkRow {
    const row = this.options.redactor.networkRow(rowOf(hop));
    if (hop.toldBytes !== undefined) Object.assign(row, { id: `${hop.id}.end`, method: "END" });
    const limit = this.options.bodyLimitBytes;
    if (row.postData !== undefined) row.postData = cutToBytes(row.postData, limit).text;
    if (row.responseBody !== undefined) {
      const { text, cut } = cutToBytes(row.responseBody, limit);
      row.responseBody = text;
      if (cut) row.bodyTruncated = true;
    }
    return row;
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
    if (this.#unended.has(exchange)) return this.#forget(exchange);
    exchange.orphaned = why;
    exchange.lastSign = Date.now();
  }

  #end(exchange: Exchange, hop: Hop, failure: string | undefined): void {
    hop.end = { ...this.#endOf(exchange, hop), ...(failure === undefined ? {} : { failure }) };
  }

  /** An end that nobody told: the last sign of it. */
  #endOf(exchange: Exchange, hop: Hop): NonNullable<Hop["end"]> {
    return {
      // The browser's clock is known only from its events: what passed here since the start is added to that.
      time: hop.startTime + Math.max(0, exchange.lastSign - hop.startedAt) / 1000,
      size: (hop.response?.encodedDataLength ?? 0) + hop.encodedBytes,
      at: Date.now(),
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
      const orphanedMs = hop?.response ? answeredOrphanMs : orphanMs;
      if (hop && exchange.orphaned !== undefined && now - exchange.lastSign >= orphanedMs)
        this.#end(exchange, hop, hop.response ? undefined : exchange.orphaned);
      else if (hop?.response && hop.toldBytes === undefined && now - exchange.lastSign >= stillMs)
        this.#tellStill(exchange, hop);
      this.#advance(exchange);
    }
    for (const [id, { at }] of this.#early) if (now - at > earlyMs) this.#early.delete(id);
    this.#webSockets.sweep(now - orphanMs);
    const waiting = this.#exchanges.size - this.#unended.size;
    if (waiting > 0 || this.#early.size > 0 || this.#webSockets.isOpen) return;
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

function mayHaveText({ method, response }: Hop): boolean {
  return response !== undefined && method !== "HEAD" && ![204, 205, 304].includes(response.status) && isText(response);
}

/** Bytes of the answer's body as they are sent, where the server says. */
function lengthOf({ received, response }: Hop): number | undefined {
  const length = header(received?.headers ?? response?.headers ?? {}, "content-length");
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Whether all of its body has come, whoever reads it. */
function isWhole(hop: Hop): boolean {
  const length = lengthOf(hop);
  const isEncoded = header(hop.response?.headers ?? {}, "content-encoding") !== undefined;
  return length !== undefined && (isEncoded ? hop.encodedBytes : hop.bodyBytes) >= length;
}

function textOf(answer: BodyAnswer | undefined): string | undefined {
  if (answer?.body === undefined) return undefined;
  return answer.base64Encoded === true ? textOfPostData(Buffer.from(answer.body, "base64"), null) : answer.body;
}
