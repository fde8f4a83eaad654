/**
 * The fields that are read of CDP's Network events (https://chromedevtools.github.io/devtools-protocol/tot/Network/).
 * Times are seconds of a monotonic clock, unless said.
 */

export type Headers = Record<string, string>;

export interface RequestWillBeSent {
  requestId: string;
  /** The document that sent it; for a navigation the same as `requestId`; empty in workers. */
  loaderId: string;
  frameId?: string;
  type?: string;
  timestamp: number;
  /** Seconds since 1970. */
  wallTime: number;
  request: {
    url: string;
    method: string;
    headers: Headers;
    hasPostData?: boolean;
    /** Absent where the data is long, or holds files. `bytes` is base64. */
    postDataEntries?: { bytes?: string }[];
  };
  redirectResponse?: Response;
  redirectHasExtraInfo?: boolean;
}

export interface Response {
  status: number;
  statusText: string;
  headers: Headers;
  mimeType: string;
  fromDiskCache?: boolean;
  fromServiceWorker?: boolean;
  fromPrefetchCache?: boolean;
  encodedDataLength: number;
}

export interface ResponseReceived {
  requestId: string;
  type?: string;
  timestamp: number;
  response: Response;
  hasExtraInfo?: boolean;
}
export interface RequestExtraInfo {
  requestId: string;
  headers: Headers;
}
export interface ResponseExtraInfo {
  requestId: string;
  headers: Headers;
  statusCode: number;
}
export interface DataReceived {
  requestId: string;
  timestamp: number;
  dataLength: number;
  encodedDataLength: number;
}
export interface LoadingFinished {
  requestId: string;
  timestamp: number;
  encodedDataLength: number;
}
export interface LoadingFailed {
  requestId: string;
  timestamp: number;
  type?: string;
  errorText: string;
  blockedReason?: string;
  corsErrorStatus?: { corsError: string };
}
export interface ServedFromCache {
  requestId: string;
}

export interface WebSocketCreated {
  requestId: string;
  url: string;
}
export interface WebSocketHandshakeRequest {
  requestId: string;
  timestamp: number;
  wallTime: number;
  request: { headers: Headers };
}
export interface WebSocketHandshakeResponse {
  requestId: string;
  timestamp: number;
  response: { status: number; statusText: string; headers: Headers; requestHeaders?: Headers };
}
export interface WebSocketFrame {
  requestId: string;
  timestamp: number;
  /** `opcode` 1: a text, 2: bytes, in base64. */
  response: { opcode: number; payloadData: string };
}
export interface WebSocketFrameError {
  requestId: string;
  timestamp: number;
  errorMessage: string;
}
export interface WebSocketClosed {
  requestId: string;
  timestamp: number;
}
export interface WebTransportCreated {
  transportId: string;
  url: string;
  timestamp: number;
}
export interface WebTransportEvent {
  transportId: string;
  timestamp: number;
}
