/**
 * The one place through which every call of Playwright's client goes, so that calls can be cancelled and
 * recorded. It has no public name, and the public methods cannot be wrapped instead: Playwright names a call
 * in its errors by the innermost of its own functions below the user's, which a wrapper would cover. Where a
 * later Playwright names its insides differently nothing is intercepted, and tests fail that hold this.
 */
import type { Browser } from "playwright-core";

/** A call on its way. */
export interface ClientCall {
  /** The page, frame, handle, … that it is made on. */
  object: object;
  /** As in the protocol between Playwright's client and its engine, such as `keyboardPress`. */
  method: string;
  params: Record<string, unknown>;
  /** As the user wrote it, such as `locator.click`; undefined for what a call of the user's does below itself. */
  apiName: string | undefined;
  /** Aborting it ends the call. */
  signal: AbortSignal | undefined;
}

type Send = (
  this: unknown,
  object: object,
  method: string,
  params: Record<string, unknown>,
  options: { signal?: AbortSignal | undefined; apiName?: string; internal?: boolean },
) => Promise<unknown>;

/**
 * Hands every call to `intercept`, which may look at it, give it a signal, and await its end.
 * @returns whether this Playwright lets itself be intercepted
 */
export function interceptClientCalls(
  browser: Browser,
  intercept: (call: ClientCall, send: () => Promise<unknown>) => Promise<unknown>,
): boolean {
  const connection = (browser as unknown as { _connection?: { sendMessageToServer?: Send } })._connection;
  const send = connection?.sendMessageToServer;
  if (!connection || !send) return false;
  connection.sendMessageToServer = function (object, method, params, options) {
    const call: ClientCall = {
      object,
      method,
      params,
      apiName: options.internal ? undefined : options.apiName,
      signal: options.signal,
    };
    return intercept(call, () => send.call(this, object, method, params, { ...options, signal: call.signal }));
  };
  return true;
}
