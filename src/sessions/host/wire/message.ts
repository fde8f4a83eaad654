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
 * @returns undefined for what is not a JSON object, which no browser sends
 */
export function parseMessage(text: string): WireMessage | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a command of the wire's own, which belongs to no channel. */
export type SendCommand = (
  method: string,
  params: Record<string, unknown>,
  sessionId: string | undefined,
  answered?: (message: WireMessage) => void,
) => void;
