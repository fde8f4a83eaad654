/** From what a user gives as the address of a browser to its websocket (S17). */
import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { shownEndpoint } from "../../model/endpoint.js";
import { LibrettoError, usageError } from "../../util/errors.js";

/**
 * `http(s)://host:port` and `ws(s)://host:port` without a path are asked for `/json/version`; a websocket with
 * a path is taken as it is.
 * @throws `Usage` for what is no such address, `EndpointUnreachable` where nothing answers
 */
export async function resolveEndpoint(address: string, timeoutMs: number): Promise<string> {
  const url = parse(address);
  const webSocket = url.protocol === "ws:" || url.protocol === "wss:";
  // The websocket of a page says which browser it is of, as every address below that host does.
  if (webSocket && url.pathname !== "/" && !url.pathname.startsWith("/devtools/page/")) return url.href;
  const http = new URL(url);
  http.protocol = url.protocol === "wss:" || url.protocol === "https:" ? "https:" : "http:";
  http.pathname = "/json/version";
  try {
    const { webSocketDebuggerUrl } = JSON.parse(await fetchText(http, timeoutMs)) as { webSocketDebuggerUrl?: string };
    if (typeof webSocketDebuggerUrl !== "string") throw new Error("it names no websocket");
    // The browser names itself by the Host header; behind a tunnel the user's address is the right one.
    const found = new URL(webSocketDebuggerUrl);
    found.protocol = http.protocol === "https:" ? "wss:" : "ws:";
    found.host = url.host;
    found.search = url.search;
    return found.href;
  } catch (error) {
    // Hosted browsers take websockets at their root, with a key in the query.
    if (webSocket && url.search !== "") return url.href;
    throw new LibrettoError(
      "EndpointUnreachable",
      `No browser answers at ${url.origin === "null" ? `${url.protocol}//${url.host}` : url.origin}: ${(error as Error).message}`,
      "Start the browser with --remote-debugging-port=<port> and check the address: `/json/version` below it must answer.",
      { cause: error },
    );
  }
}

function parse(address: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(address);
  } catch {
    url = undefined;
  }
  if (!url || !["http:", "https:", "ws:", "wss:"].includes(url.protocol)) {
    throw usageError(
      `${JSON.stringify(shownEndpoint(address))} is not the address of a browser.`,
      "Give http://host:port or ws://host:port, for example `libretto connect ws://localhost:9222`.",
    );
  }
  return url;
}

function fetchText(url: URL, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    // Of the whole answer: one that comes drop by drop never leaves its socket idle.
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
      request.destroy();
    }, timeoutMs);
    const request = (url.protocol === "https:" ? getHttps : getHttp)(
      url,
      { headers: { accept: "application/json" } },
      (response) => {
        if (response.statusCode !== 200) {
          response.resume();
          reject(new Error(`it answered ${response.statusCode}`));
          return;
        }
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > 1024 * 1024) request.destroy(new Error("its answer is too long"));
          chunks.push(chunk);
        });
        response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
        response.on("error", reject);
      },
    );
    request.on("close", () => clearTimeout(timer));
    request.on("error", (error) =>
      reject(error.message === "" && "code" in error ? new Error(String(error.code)) : error),
    );
  });
}
