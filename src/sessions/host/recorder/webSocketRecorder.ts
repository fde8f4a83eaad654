/**
 * WebSockets (and WebTransport sessions) in `network.jsonl`: one row when the handshake is answered, or fails,
 * and one when the connection ends, with the id `<id>.close`, the method `CLOSE`, the time it was open and the
 * bytes that came. What went over it is in rows between, one a second at most, with the id `<id>.messages#<n>` and the
 * method `MESSAGES`: a row a message would be thousands a second, and one row at the end would come hours late.
 */
import { timestamp, type NetworkRow, type WebSocketMessage } from "../../logs/rows.js";
import type { CdpSession } from "../wire/cdp.js";
import { header, milliseconds } from "./exchange.js";
import { cutToBytes, mediaType } from "./bodyText.js";
import type {
  Headers,
  WebSocketClosed,
  WebSocketCreated,
  WebSocketFrame,
  WebSocketFrameError,
  WebSocketHandshakeRequest,
  WebSocketHandshakeResponse,
  WebTransportCreated,
  WebTransportEvent,
} from "./networkEvents.js";

/** How long messages are gathered for a row, in ms. */
const gatherMs = 1_000;
/** Messages of one row. */
const maxMessages = 500;
/** Masking looks at a text as a whole, so a little more than the limit is kept until then. */
const maskingMargin = 4_096;

interface Connection {
  sessionId: string | undefined;
  pageId: string | null;
  kind: "websocket" | "webtransport";
  url: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Seconds of the browser's clock; undefined before the first event that tells it. */
  startTime: number | undefined;
  requestHeaders: Headers;
  openedAt: number | undefined;
  sentMessages: number;
  receivedMessages: number;
  receivedBytes: number;
  /** What goes into the next row, and how many bytes of text that is. */
  messages: WebSocketMessage[];
  messageBytes: number;
  messagesOmitted: number;
  /** Rows of messages so far. */
  messageRows: number;
  gathering: NodeJS.Timeout | undefined;
  error: string | undefined;
  /** When its document or target went, and why. */
  orphaned: { at: number; why: string } | undefined;
}

export class WebSocketRecorder {
  readonly #connections = new Map<string, Connection>();

  /** @param limitBytes of the texts of one row's messages, and of one of them */
  constructor(
    private readonly limitBytes: number,
    private readonly write: (row: NetworkRow) => void,
  ) {}

  /** Whether a connection is known whose end may have to be found by `sweep`. */
  get isOpen(): boolean {
    return [...this.#connections.values()].some(({ orphaned }) => orphaned !== undefined);
  }

  attach(session: CdpSession, pageId: string | null): void {
    const created = (id: string, kind: Connection["kind"], url: string): void =>
      void this.#connections.set(id, {
        sessionId: session.sessionId,
        pageId,
        kind,
        url,
        startedAt: Date.now(),
        startTime: undefined,
        requestHeaders: {},
        openedAt: undefined,
        sentMessages: 0,
        receivedMessages: 0,
        receivedBytes: 0,
        messages: [],
        messageBytes: 0,
        messagesOmitted: 0,
        messageRows: 0,
        gathering: undefined,
        error: undefined,
        orphaned: undefined,
      });
    session.on<WebSocketCreated>("Network.webSocketCreated", ({ requestId, url }) =>
      created(requestId, "websocket", url),
    );
    session.on<WebSocketHandshakeRequest>(
      "Network.webSocketWillSendHandshakeRequest",
      ({ requestId, timestamp: time, wallTime, request }) => {
        const connection = this.#connections.get(requestId);
        if (connection)
          Object.assign(connection, { startTime: time, startedAt: wallTime * 1000, requestHeaders: request.headers });
      },
    );
    session.on<WebSocketHandshakeResponse>(
      "Network.webSocketHandshakeResponseReceived",
      ({ requestId, timestamp: time, response }) => {
        const connection = this.#connections.get(requestId);
        if (!connection || connection.openedAt !== undefined) return;
        connection.openedAt = Date.now();
        connection.requestHeaders = response.requestHeaders ?? connection.requestHeaders;
        this.write({
          ...this.#row(requestId, connection, time),
          status: response.status,
          statusText: response.statusText,
          responseHeaders: response.headers,
          contentType: mediaType(header(response.headers, "content-type")),
        });
      },
    );
    session.on<WebSocketFrame>("Network.webSocketFrameReceived", ({ requestId, response }) => {
      const connection = this.#connections.get(requestId);
      if (!connection) return;
      connection.receivedMessages++;
      connection.receivedBytes += this.#message(requestId, connection, "received", response);
    });
    session.on<WebSocketFrame>("Network.webSocketFrameSent", ({ requestId, response }) => {
      const connection = this.#connections.get(requestId);
      if (!connection) return;
      connection.sentMessages++;
      this.#message(requestId, connection, "sent", response);
    });
    session.on<WebSocketFrameError>("Network.webSocketFrameError", ({ requestId, errorMessage }) => {
      const connection = this.#connections.get(requestId);
      if (connection) connection.error = errorMessage;
    });
    session.on<WebSocketClosed>("Network.webSocketClosed", ({ requestId, timestamp: time }) =>
      this.#ended(requestId, time),
    );

    session.on<WebTransportCreated>("Network.webTransportCreated", ({ transportId, url, timestamp: time }) => {
      created(transportId, "webtransport", url);
      const connection = this.#connections.get(transportId);
      if (connection) connection.startTime = time;
    });
    session.on<WebTransportEvent>("Network.webTransportConnectionEstablished", ({ transportId, timestamp: time }) => {
      const connection = this.#connections.get(transportId);
      if (!connection) return;
      connection.openedAt = Date.now();
      this.write({ ...this.#row(transportId, connection, time), status: 200 });
    });
    session.on<WebTransportEvent>("Network.webTransportClosed", ({ transportId, timestamp: time }) =>
      this.#ended(transportId, time),
    );
  }

  /** The target or its document is gone: its connections end, and the browser may not say so. */
  sessionGone(session: CdpSession, why: string): void {
    for (const connection of this.#connections.values())
      if (connection.sessionId === session.sessionId) connection.orphaned ??= { at: Date.now(), why };
  }

  /** Ends the connections that were orphaned before that time (ms since 1970). */
  sweep(before: number): void {
    for (const [id, { orphaned }] of [...this.#connections])
      if (orphaned && orphaned.at <= before) this.#ended(id, undefined, orphaned.why);
  }

  /** Writes the end of what is open. */
  dispose(): void {
    for (const id of [...this.#connections.keys()]) this.#ended(id, undefined, "open when the session ended");
  }

  /** @returns the message's length in bytes */
  #message(
    id: string,
    connection: Connection,
    direction: WebSocketMessage["direction"],
    { opcode, payloadData }: WebSocketFrame["response"],
  ): number {
    const isText = opcode === 1;
    const size = isText ? Buffer.byteLength(payloadData) : Math.floor((payloadData.replace(/=+$/, "").length * 3) / 4);
    if (connection.messages.length >= maxMessages || connection.messageBytes > this.limitBytes)
      connection.messagesOmitted++;
    else {
      const message: WebSocketMessage = { ts: timestamp(), direction, size };
      if (isText && this.limitBytes > 0) {
        const { text, cut } = cutToBytes(payloadData, this.limitBytes + maskingMargin);
        message.text = text;
        if (cut) message.truncated = true;
        connection.messageBytes += Math.min(size, this.limitBytes + maskingMargin);
      }
      connection.messages.push(message);
    }
    connection.gathering ??= setTimeout(() => this.#writeMessages(id, connection), gatherMs).unref();
    return size;
  }

  #writeMessages(id: string, connection: Connection): void {
    clearTimeout(connection.gathering);
    connection.gathering = undefined;
    const { messages, messagesOmitted } = connection;
    const [first] = messages;
    if (!first) return;
    const sent = messages.filter(({ direction }) => direction === "sent").length;
    this.write({
      ...this.#row(id, connection, undefined),
      ts: first.ts,
      id: `${id}.messages#${++connection.messageRows}`,
      method: "MESSAGES",
      resourceType: `${connection.kind}-messages`,
      requestHeaders: {},
      statusText: `${sent} sent, ${messages.length - sent} received`,
      messages,
      ...(messagesOmitted === 0 ? {} : { messagesOmitted }),
      size: messages.reduce((sum, { direction, size }) => sum + (direction === "received" ? size : 0), 0),
      duration: Math.max(0, Date.now() - Date.parse(first.ts)),
    });
    connection.messages = [];
    connection.messageBytes = 0;
    connection.messagesOmitted = 0;
  }

  #ended(id: string, time: number | undefined, why?: string): void {
    const connection = this.#connections.get(id);
    if (!connection) return;
    this.#connections.delete(id);
    this.#writeMessages(id, connection);
    const row = this.#row(id, connection, time);
    if (connection.openedAt === undefined) {
      this.write({ ...row, failure: connection.error ?? why ?? "closed before it was open" });
      return;
    }
    const failure = connection.error ?? why;
    this.write({
      ...row,
      ts: timestamp(),
      id: `${id}.close`,
      method: "CLOSE",
      resourceType: `${connection.kind}-close`,
      requestHeaders: {},
      statusText: `${connection.sentMessages} sent, ${connection.receivedMessages} received`,
      size: connection.receivedBytes,
      ...(failure === undefined ? {} : { failure }),
    });
  }

  #row(id: string, connection: Connection, time: number | undefined): NetworkRow {
    const duration =
      time !== undefined && connection.startTime !== undefined
        ? milliseconds(time - connection.startTime)
        : milliseconds((Date.now() - connection.startedAt) / 1000);
    return {
      ts: timestamp(connection.startedAt),
      id,
      pageId: connection.pageId,
      method: connection.kind === "websocket" ? "GET" : "CONNECT",
      url: connection.url,
      resourceType: connection.kind,
      status: null,
      statusText: "",
      contentType: null,
      requestHeaders: connection.requestHeaders,
      responseHeaders: {},
      size: 0,
      duration,
      fromCache: false,
    };
  }
}

/** A row of messages, already masked, whose texts have no more bytes than the limit together. */
export function cutMessages(row: NetworkRow, limitBytes: number): NetworkRow {
  if (!row.messages) return row;
  let left = limitBytes;
  const messages = row.messages.map((message): WebSocketMessage => {
    if (message.text === undefined) return message;
    const { text, cut } = cutToBytes(message.text, left);
    left -= Buffer.byteLength(text);
    return { ...message, text, ...(cut ? { truncated: true } : {}) };
  });
  return { ...row, messages };
}
