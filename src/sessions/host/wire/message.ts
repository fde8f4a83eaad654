/** A message of the Chrome DevTools Protocol: a command, its answer, or an event. */
export interface WireMessage {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { code: number; message: string };
  /** The session of the target that it is for; absent for the browser itself. */
  sessionId?: string;
}

/**
 * The text as a message.
 * @returns undefined for what is not JSON of that shape, which no browser sends
 */
export function parseMessage(text: string): WireMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { id, method, params, error, sessionId } = value;
  return (id == null || typeof id === "number") &&
    isTextOrNone(method) &&
    isTextOrNone(sessionId) &&
    (params === undefined || isObject(params)) &&
    (error === undefined || isObject(error))
    ? value
    : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

/** Sends a command of the wire's own, which belongs to no channel. */
export type SendCommand = (
  method: string,
  params: Record<string, unknown>,
  sessionId: string | undefined,
  answered?: (message: WireMessage) => void,
) => void;
