/**
 * What is changed on the wire between Playwright and a browser where Playwright only reads, so that no page can
 * tell that it is read, and none gains anything by it:
 *
 * - Playwright runs each of its functions as if a person had just clicked, which would let the page open windows,
 *   play sound and hold back whoever leaves. The browser is not told so.
 * - It runs a few of its reads (`boundingBox`, `allTextContents`) in the page's own JavaScript, with listeners of
 *   its own, where a page can notice them and answer what it likes. Here what Playwright takes for the page's own
 *   world is one of ours, which shares the page's elements and nothing else.
 */
export interface WireMessage { id?: number; method?: string; params?: Record<string, unknown>; result?: unknown; error?: unknown; sessionId?: string }

/** The world that stands for the page's own. */
const worldName = "libretto-playwright";

interface ExecutionContext { name: string; auxData?: { isDefault?: boolean; frameId?: string } }

/** What goes to the browser instead of a command of Playwright's; what is to be sent besides goes to `sendOwn`. */
export function unnoticedCommand(message: WireMessage, sendOwn: (method: string, params: Record<string, unknown>, sessionId: string | undefined) => void): WireMessage {
  const { method, params = {}, sessionId } = message;
  // Playwright makes a world of its own in each frame that is there, and in each document to come: so do we.
  if ((method === "Page.createIsolatedWorld" || method === "Page.addScriptToEvaluateOnNewDocument") && params["worldName"] !== undefined) sendOwn(method, { ...params, worldName }, sessionId);
  return method === "Runtime.callFunctionOn" ? { ...message, params: { ...params, userGesture: false } } : message;
}

/** What Playwright hears instead of an event of the browser; undefined for nothing. */
export function unnoticedEvent(message: WireMessage): WireMessage | undefined {
  if (message.method !== "Runtime.executionContextCreated") return message;
  const context = message.params?.["context"] as ExecutionContext | undefined;
  if (context?.auxData?.frameId === undefined) return message;
  if (context.name === worldName) return { ...message, params: { context: { ...context, auxData: { ...context.auxData, isDefault: true } } } };
  return context.auxData.isDefault === true ? undefined : message;
}
