/** The requests on record as HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/). */
import { laterMethods, type NetworkRow, type WebSocketMessage } from "../rows.js";

interface Pair {
  name: string;
  value: string;
}

/**
 * Playwright's `routeFromHAR` answers from whatever entry it can read the body of: one without an answer is to fail
 * again, so its body is in a file that does not exist.
 */
const noSuchFile = "no-answer-came";

/** @param version of Libretto, for the file's `creator` */
export function toHar(rows: readonly NetworkRow[], version: string): object {
  const ordered = [...rows]
    .filter(({ url, method }) => /^(?:https?|wss?):/.test(url) && !laterMethods.includes(method))
    .sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  const messages = new Map<string, WebSocketMessage[]>();
  for (const row of rows) {
    const of = /^(.*)\.messages#\d+$/.exec(row.id)?.[1];
    if (of !== undefined && row.messages) messages.set(of, [...(messages.get(of) ?? []), ...row.messages]);
  }
  const ends = new Map(rows.filter(({ method }) => method === "END").map((row) => [row.id.replace(/\.end$/, ""), row]));
  const pages = new Map<string, { id: string; startedDateTime: string; title: string; pageTimings: object }>();
  for (const { pageId, ts, url, resourceType } of ordered) {
    const known = pageId === null ? undefined : pages.get(pageId);
    if (pageId === null || known) continue;
    pages.set(pageId, {
      id: pageId,
      startedDateTime: ts,
      title: resourceType === "document" ? url : pageId,
      pageTimings: {},
    });
  }
  return {
    log: {
      version: "1.2",
      creator: { name: "Libretto", version },
      pages: [...pages.values()],
      entries: ordered.map((row) => entryOf(asEnded(row, ends.get(row.id)), messages.get(row.id))),
    },
  };
}

/** An answer that had its row before its end, with what its end told. */
function asEnded(row: NetworkRow, end: NetworkRow | undefined): NetworkRow {
  return end ? { ...end, id: row.id, method: row.method } : row;
}

function entryOf(row: NetworkRow, messages: WebSocketMessage[] | undefined): object {
  const type = headerOf(row.requestHeaders, "content-type");
  const cookies: Pair[] = [];
  return {
    ...(row.pageId === null ? {} : { pageref: row.pageId }),
    startedDateTime: row.ts,
    time: row.duration,
    request: {
      method: row.method,
      url: row.url,
      httpVersion: "HTTP/1.1",
      cookies,
      headers: pairsOf(row.requestHeaders),
      queryString: [...new URL(row.url).searchParams].map(([name, value]) => ({ name, value })),
      ...(row.postData === undefined
        ? {}
        : { postData: { mimeType: type ?? "application/octet-stream", params: [], text: row.postData } }),
      headersSize: -1,
      bodySize: row.postData === undefined ? 0 : Buffer.byteLength(row.postData),
    },
    response: {
      status: row.status ?? 0,
      statusText: row.statusText,
      httpVersion: "HTTP/1.1",
      cookies,
      headers: pairsOf(row.responseHeaders),
      content: {
        size: bodySizeOf(row),
        mimeType: row.contentType ?? "x-unknown",
        ...(row.responseBody === undefined ? {} : { text: row.responseBody }),
        ...commentOn(row),
        ...(row.status === null && row.failure !== undefined ? { _file: noSuchFile } : {}),
      },
      redirectURL: headerOf(row.responseHeaders, "location") ?? "",
      headersSize: -1,
      bodySize: -1,
      ...(row.failure === undefined ? {} : { _failureText: row.failure }),
    },
    cache: {},
    timings: { send: 0, wait: row.duration, receive: 0 },
    _resourceType: row.resourceType,
    // As the browser's own developer tools export them.
    ...(row.resourceType === "websocket" ? { _webSocketMessages: (messages ?? []).map(messageOf) } : {}),
  };
}

/** Bytes of the body; where nobody told how many, of all that was transferred. */
function bodySizeOf({ responseBody, bodyTruncated, status, responseHeaders, size }: NetworkRow): number {
  if (responseBody !== undefined && bodyTruncated !== true) return Buffer.byteLength(responseBody);
  if (status === 204 || status === 304) return 0;
  const length = Number(headerOf(responseHeaders, "content-length") ?? NaN);
  return Number.isInteger(length) && headerOf(responseHeaders, "content-encoding") === undefined ? length : size;
}

function commentOn(row: NetworkRow): { comment?: string } {
  if (row.bodyTruncated) return { comment: "The body is not on record as a whole." };
  return row.responseBody === undefined && bodySizeOf(row) > 0
    ? { comment: "The body is not on record: of bodies, texts alone are." }
    : {};
}

function messageOf({ ts, direction, text, size }: WebSocketMessage): object {
  return {
    type: direction === "sent" ? "send" : "receive",
    time: Date.parse(ts) / 1000,
    opcode: text === undefined ? 2 : 1,
    data: text ?? "",
    ...(text === undefined ? { comment: `${size} bytes, which are not on record.` } : {}),
  };
}

/** Several fields of one name are lines of one value on record. */
function pairsOf(headers: Record<string, string>): Pair[] {
  return Object.entries(headers).flatMap(([name, value]) => value.split("\n").map((line) => ({ name, value: line })));
}

function headerOf(headers: Record<string, string>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}
