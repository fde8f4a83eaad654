/** One request while it is under way: its hops (redirects), and the pieces of each that CDP tells in any order. */
import { STATUS_CODES } from "node:http";
import type { NetworkRow } from "../../logs/rows.js";
import { timestamp } from "../../logs/rows.js";
import type { CdpSession } from "../wire/cdp.js";
import { mediaType } from "./bodyText.js";
import type { Headers, RequestExtraInfo, RequestWillBeSent, Response, ResponseExtraInfo } from "./networkEvents.js";

/** One request and its answer: what becomes one row. */
export interface Hop {
  /** Id of the row: the request's own, and for what follows a redirect `<id>#1`, `<id>#2`, … */
  id: string;
  pageId: string | null;
  method: string;
  url: string;
  resourceType: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Seconds of the browser's clock, as in its events. */
  startTime: number;
  requestHeaders: Headers;
  postData: string | undefined;
  /** It has a body, which is not known yet. */
  lacksPostData: boolean;
  response: Response | undefined;
  /** Whether the browser tells, or told, the headers as they were sent and received; undefined before the answer. */
  hasExtraInfo: boolean | undefined;
  sent: Headers | undefined;
  received: { headers: Headers; statusCode: number } | undefined;
  fromMemory: boolean;
  /** Decoded, and as transferred. */
  bodyBytes: number;
  encodedBytes: number;
  responseBody: string | undefined;
  bodyMissing: boolean;
  /** Reads of bodies that are under way. */
  reading: number;
  /** Bytes of the body when it had its row although it had not ended. */
  toldBytes: number | undefined;
  /** Once it ended. `size` as transferred. */
  end: { time: number; size: number; failure?: string; at: number } | undefined;
}

/** A request from its first hop to its end. Keyed by the browser-wide request id: its events may come from several sessions. */
export class Exchange {
  /** Hops that have ended and are not yet written; then the one under way. */
  readonly hops: Hop[] = [];
  /** The target whose events came last: it can read the body. */
  session: CdpSession;
  /** The document that sent it; empty in workers. */
  readonly documentId: string;
  /** Milliseconds since 1970, here. */
  lastSign = Date.now();
  /** Set when the page went to another document in the meantime, or the target is gone. */
  orphaned: string | undefined;
  #hopCount = 0;
  #sent: Headers[] = [];
  #received: { headers: Headers; statusCode: number }[] = [];

  constructor(
    readonly requestId: string,
    session: CdpSession,
    documentId: string,
  ) {
    this.session = session;
    this.documentId = documentId;
  }

  /** The hop under way; undefined once the last one ended. */
  get current(): Hop | undefined {
    const hop = this.hops.at(-1);
    return hop?.end === undefined ? hop : undefined;
  }

  begin(event: RequestWillBeSent, pageId: string | null, postData: string | undefined): Hop {
    const { request } = event;
    const number = this.#hopCount++;
    const hop: Hop = {
      id: number === 0 ? this.requestId : `${this.requestId}#${number}`,
      pageId,
      method: request.method,
      url: request.url,
      resourceType: (event.type ?? "other").toLowerCase(),
      startedAt: event.wallTime * 1000,
      startTime: event.timestamp,
      requestHeaders: request.headers,
      postData,
      lacksPostData: request.hasPostData === true && postData === undefined,
      response: undefined,
      hasExtraInfo: undefined,
      sent: undefined,
      received: undefined,
      fromMemory: false,
      bodyBytes: 0,
      encodedBytes: 0,
      responseBody: undefined,
      bodyMissing: false,
      reading: 0,
      toldBytes: undefined,
      end: undefined,
    };
    this.hops.push(hop);
    this.#share();
    return hop;
  }

  responded(hop: Hop, response: Response, hasExtraInfo: boolean | undefined): void {
    hop.response = response;
    hop.hasExtraInfo = hasExtraInfo ?? false;
    if (hasExtraInfo !== true) {
      // What it was given belongs to the hop that follows an answer the browser made itself.
      if (hop.sent) this.#sent.unshift(hop.sent);
      if (hop.received) this.#received.unshift(hop.received);
      hop.sent = undefined;
      hop.received = undefined;
    }
    this.#share();
  }

  sentExtra({ headers }: RequestExtraInfo): void {
    this.#sent.push(headers);
    this.#share();
  }

  receivedExtra({ headers, statusCode }: ResponseExtraInfo): void {
    this.#received.push({ headers, statusCode });
    this.#share();
  }

  /** Gives each hop the headers that are its own: they come in the hops' order, and not every hop has them. */
  #share(): void {
    for (const hop of this.hops) {
      if (hop.hasExtraInfo === false) continue;
      hop.sent ??= this.#sent.shift();
      hop.received ??= this.#received.shift();
      if (hop.hasExtraInfo === undefined) return;
    }
  }
}

/** The row of a hop that ended, with its secrets still in it. */
export function rowOf(hop: Hop): NetworkRow {
  const { response, end } = hop;
  const status = hop.received?.statusCode ?? response?.status ?? null;
  const responseHeaders = hop.received?.headers ?? response?.headers ?? {};
  const row: NetworkRow = {
    ts: timestamp(hop.startedAt),
    id: hop.id,
    pageId: hop.pageId,
    method: hop.method,
    url: hop.url,
    resourceType: hop.resourceType,
    status: status === 0 ? null : status,
    // A 304 is told as the 200 that it stands for; the text belongs to that.
    statusText: response?.status === status ? (response?.statusText ?? "") : (STATUS_CODES[status ?? 0] ?? ""),
    contentType: mediaType(response?.mimeType) ?? mediaType(header(responseHeaders, "content-type")),
    requestHeaders: hop.sent ?? hop.requestHeaders,
    responseHeaders,
    size: Math.max(0, Math.round(end?.size ?? 0)),
    duration: milliseconds((end?.time ?? hop.startTime) - hop.startTime),
    // A prefetch that reached the server is reported as if it came from the store that it fills.
    fromCache:
      hop.fromMemory ||
      response?.fromDiskCache === true ||
      (response?.fromPrefetchCache === true && hop.resourceType !== "prefetch"),
  };
  if (response?.fromServiceWorker === true) row.fromServiceWorker = true;
  if (hop.postData !== undefined) row.postData = hop.postData;
  if (hop.responseBody !== undefined) row.responseBody = hop.responseBody;
  if (hop.bodyMissing) row.bodyTruncated = true;
  if (end?.failure !== undefined) row.failure = end.failure;
  return row;
}

/** A header field, whatever the case of its name. */
export function header(headers: Headers, name: string): string | undefined {
  const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : headers[key];
}

/** Milliseconds with one decimal, of seconds; never negative. */
export function milliseconds(seconds: number): number {
  return Math.max(0, Math.round(seconds * 10_000) / 10);
}
