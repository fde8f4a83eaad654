/** A browser that runs on another machine: what names a file here names nothing there. */
import type { Browser } from "playwright-core";

/** Whether paths of this machine mean nothing to that browser. @param endpoint its websocket */
export function isFarBrowser(endpoint: string): boolean {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    return false;
  }
  // A Grid on this machine may lend a browser of another one.
  return /\/se\/cdp$/.test(url.pathname) || !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
}

/**
 * Makes Playwright send the content of files that are uploaded. It does so by itself where it opens the websocket;
 * given a transport, it takes the browser for one of this machine, and has no public way to say otherwise.
 */
export function sendFilesByContent(browser: Browser): void {
  const { _connection: connection } = browser as unknown as {
    _connection?: { toImpl?(client: unknown): { _isBrowserCollocatedWithServer?: boolean } | undefined };
  };
  const server = connection?.toImpl?.(browser);
  if (server && "_isBrowserCollocatedWithServer" in server) server._isBrowserCollocatedWithServer = false;
}
