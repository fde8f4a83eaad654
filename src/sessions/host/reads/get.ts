/** `get(url)` of readonly-exec: a GET or HEAD with the browser's cookies, and nothing that it brings back is kept. */
import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import * as z from "zod/mini";
import { isDebuggingEndpoint, resolveHost, type DebuggingEndpoint, type ResolvedAddress } from "./addresses.js";
import { AnswerTooLarge, NotAllowed } from "./refusals.js";

const maxRedirects = 20;

/** Headers that code may set. Others could carry a body, another method, another host, or somebody's cookie. */
const headerNames = [
  "accept",
  "accept-language",
  "authorization",
  "cache-control",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "pragma",
  "range",
  "user-agent",
  "x-requested-with",
];

export const getArguments = z.tuple([
  z.string().check(z.maxLength(100_000)),
  z.optional(
    z.strictObject({
      method: z.optional(z.string()),
      headers: z.optional(z.record(z.string(), z.string().check(z.maxLength(8_192)))),
      timeout: z.optional(z.number().check(z.nonnegative())),
    }),
  ),
]);

export interface GetServices {
  /** `name=value; …` for that address, as the browser would send it; undefined for none. */
  cookies(url: string): Promise<string | undefined>;
  userAgent(): Promise<string>;
  debuggingEndpoints(): Promise<readonly DebuggingEndpoint[]>;
  /** Most bytes of an answer, after decompression. */
  maxBytes: number;
  signal: AbortSignal;
}

/** The answer, as it is handed to the code. */
export interface GetResult {
  url: string;
  status: number;
  statusText: string;
  headers: Record<string, string>;
  text: string;
}

/**
 * Fetches an address. Redirects are followed one by one, and each address is checked like the first.
 * @throws NotAllowed for what is no plain read, AnswerTooLarge, or the network's own error
 */
export async function get([address, options]: z.infer<typeof getArguments>, services: GetServices): Promise<GetResult> {
  const method = checkedMethod(options?.method);
  let headers = checkedHeaders(options?.headers);
  let url = checkedUrl(address, "get");
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await send(method, url, headers, services);
    const { statusCode: status = 0, headers: received } = response;
    if (![301, 302, 303, 307, 308].includes(status) || received.location === undefined)
      return await read(method, response, url, services);
    response.destroy();
    const next = checkedUrl(new URL(received.location, url).href, "get: a redirect to");
    if (next.hash === "") next.hash = url.hash;
    // What was meant for one site is not shown to another.
    if (next.origin !== url.origin)
      headers = Object.fromEntries(
        Object.entries(headers).filter(
          ([name]) => name === "accept" || name === "accept-language" || name === "user-agent",
        ),
      );
    url = next;
  }
  throw new Error(`get: more than ${maxRedirects} redirects`);
}

function checkedMethod(method = "GET"): "GET" | "HEAD" {
  const upper = method.toUpperCase();
  if (upper !== "GET" && upper !== "HEAD") throw new NotAllowed(`get with the method ${method}`);
  return upper;
}

function checkedHeaders(given: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const lower = name.toLowerCase();
      if (!headerNames.includes(lower)) throw new NotAllowed(`get with the header ${JSON.stringify(name)}`);
      return [lower, value];
    }),
  );
}

function checkedUrl(address: string, what: string): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new TypeError(
      `get: ${JSON.stringify(address.slice(0, 200))} is not an absolute address; new URL(…, page.url()).href makes one of a path`,
    );
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new NotAllowed(`${what} ${url.protocol}`);
  if (url.username !== "" || url.password !== "")
    throw new NotAllowed(`${what} an address with a user name or password`);
  return url;
}

async function send(
  method: "GET" | "HEAD",
  url: URL,
  headers: Record<string, string>,
  services: GetServices,
): Promise<IncomingMessage> {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  const [addresses, endpoints] = await Promise.all([resolveHost(url.hostname), services.debuggingEndpoints()]);
  for (const { address } of addresses) {
    if (await isDebuggingEndpoint(address, port, endpoints))
      throw new NotAllowed(`get of ${url.host}, where a browser listens for its debugger`);
  }
  const [cookie, userAgent] = await Promise.all([services.cookies(url.href), services.userAgent()]);
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        headers: {
          accept: "*/*",
          "accept-encoding": "gzip, deflate, br",
          "user-agent": userAgent,
          ...headers,
          ...(cookie === undefined ? {} : { cookie }),
        },
        // Connects to what was checked, whatever the name stands for by now.
        lookup: pinned(addresses),
        agent: false,
        signal: services.signal,
      },
      resolve,
    );
    sent.on("error", (error) => reject(new Error(`get ${url.href}: ${error.message}`)));
    // An answer that is none (101, to change the protocol) ends the connection without a word.
    sent.on("close", () => reject(new Error(`get ${url.href}: the connection ended before an answer came`)));
    sent.end();
  });
}

function pinned(addresses: ResolvedAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const wanted =
      options.family === 4 || options.family === 6
        ? addresses.filter(({ family }) => family === options.family)
        : addresses;
    const first = wanted[0] ?? addresses[0];
    if (options.all === true) callback(null, wanted);
    else callback(null, first?.address ?? "", first?.family);
  };
}

async function read(
  method: string,
  response: IncomingMessage,
  url: URL,
  { maxBytes }: GetServices,
): Promise<GetResult> {
  // Headers without a body still name its encoding.
  const encoding =
    method === "HEAD" || response.statusCode === 204 || response.statusCode === 304
      ? undefined
      : response.headers["content-encoding"]?.trim().toLowerCase();
  const decoder =
    encoding === "gzip" || encoding === "x-gzip"
      ? createGunzip()
      : encoding === "deflate"
        ? createInflate()
        : encoding === "br"
          ? createBrotliDecompress()
          : undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  const body: Readable = decoder ? response.on("error", (error) => decoder.destroy(error)).pipe(decoder) : response;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw new AnswerTooLarge(`get ${url.href}: the answer holds more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof AnswerTooLarge) throw error;
    throw new Error(`get ${url.href}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    response.destroy();
  }
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join("\n") : (value ?? ""),
    ]),
  );
  return {
    url: url.href,
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? "",
    headers,
    text: decode(Buffer.concat(chunks), response.headers["content-type"]),
  };
}

/** The text of an answer, in the encoding that it says it has. */
function decode(bytes: Buffer, contentType: string | undefined): string {
  const label = /charset\s*=\s*"?([\w-]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
