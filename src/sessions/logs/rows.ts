/**
 * The rows of a session's three logs (SPEC section F): one JSON object a line, appended whole. Types and
 * names only, without imports, so that the panes' webviews, the CLI and the host share them at no cost;
 * `rowSchemas.ts` holds the same shapes as schemas.
 */

/** The kinds of log, in the order in which they are listed. */
export const logKinds = ["logs", "network", "actions"] as const;
export type LogKind = (typeof logKinds)[number];

/** What is shown at a time: one log, or all of them merged by time. */
export const paneKinds = [...logKinds, "timeline"] as const;
export type PaneKind = (typeof paneKinds)[number];

/** Name of the live file of each kind, inside the session's folder. */
export const logFileNames = {
  logs: "logs.jsonl",
  network: "network.jsonl",
  actions: "actions.jsonl",
} as const satisfies Record<LogKind, string>;

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export const actionSources = ["user", "agent"] as const;
export type ActionSource = (typeof actionSources)[number];

/** What every row begins with. */
export interface Row {
  /** When it happened (a request or an action: when it began), ISO 8601 UTC with milliseconds. */
  ts: string;
}

/** A row of `logs.jsonl`: what the session itself did. */
export interface LogRow extends Row {
  level: LogLevel;
  /** Stable, dotted name for programs, such as `mode.changed`. */
  event: string;
  /** One line for people. */
  message: string;
  data?: Record<string, unknown>;
}

/** In the place of a method: rows that tell how a request that has its row went on. */
export const laterMethods: readonly string[] = ["MESSAGES", "CLOSE", "END"];

/** A row of `network.jsonl`: one request that ended (or failed), stands still, or one hop of a redirect. */
export interface NetworkRow extends Row {
  id: string;
  /** Null where no page sent it (a service worker, a shared worker). */
  pageId: string | null;
  method: string;
  url: string;
  /** As CDP names it, in lower case: `document`, `xhr`, `fetch`, `script`, `websocket`, … */
  resourceType: string;
  /** Null where no response came. */
  status: number | null;
  statusText: string;
  /** Without parameters, such as `application/json`; null where none is known. */
  contentType: string | null;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  postData?: string;
  responseBody?: string;
  /** What went over a WebSocket since the row of that kind before; in rows of the type `websocket-messages` alone. */
  messages?: WebSocketMessage[];
  /** How many messages of that time were left out of `messages`, since there were too many or they were too long. */
  messagesOmitted?: number;
  /** Present and true where the body of the response was longer than the limit, could not be kept, or may go on. */
  bodyTruncated?: boolean;
  /** Bytes of the response, headers and body as transferred; 0 where nothing was. */
  size: number;
  /** Milliseconds from the request to the end of the response. */
  duration: number;
  fromCache: boolean;
  /** Present and true where the page's service worker answered; what it fetched for that has rows of its own. */
  fromServiceWorker?: boolean;
  /** Why the request failed, such as `net::ERR_ABORTED`. */
  failure?: string;
}

/** One message of a WebSocket. */
export interface WebSocketMessage {
  ts: string;
  direction: "sent" | "received";
  /** Of a text, as far as the limit of bodies allows; absent for bytes. */
  text?: string;
  /** Present and true where `text` is not the whole. */
  truncated?: boolean;
  /** Bytes of the whole, unmasked. */
  size: number;
}

/** What a page looked like; a JPEG. */
export interface ActionPicture {
  /** From the session's folder, with `/`. The oldest pictures are removed in time. */
  file: string;
  /** The viewport that it shows, in CSS pixels, the unit of `coordinates`. */
  width: number;
  height: number;
}

/** A row of `actions.jsonl`: one thing that a person or code did to a page. */
export interface ActionRow extends Row {
  source: ActionSource;
  pageId: string | null;
  /** `click`, `fill`, `goto`, … */
  action: string;
  /** What was asked for, as it was written. */
  selector?: string;
  /** The selector that would best find the element again. */
  bestSemanticSelector?: string;
  nearbyText?: string;
  /** CSS pixels from the top left of the viewport. */
  coordinates?: { x: number; y: number };
  value?: string;
  url?: string;
  /** Milliseconds. */
  duration: number;
  success: boolean;
  error?: string;
  /** When it began; there only where the page was being looked at then, or `film` is set in the config. */
  picture?: ActionPicture;
}

/** The row type of each kind of log. */
export interface RowOf {
  logs: LogRow;
  network: NetworkRow;
  actions: ActionRow;
}

/** A time as the rows write it. */
export function timestamp(at: Date | number = new Date()): string {
  return (typeof at === "number" ? new Date(at) : at).toISOString();
}
