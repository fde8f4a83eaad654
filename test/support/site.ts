/**
 * The tests' own web site on 127.0.0.1. What a page can do is in `sitePages.ts`; here are the server, its
 * special answers, and its memory of every request, which is the witness of what really reached it.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";
import { pageBodies, tablePage } from "./sitePages.js";

/** One request as the server saw it. */
export interface SeenRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A 1×1 PNG. */
const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** The only user of `/login`. */
export const siteUser = { name: "ada", password: "correct-horse-battery" };

export class Site implements AsyncDisposable {
  /** Every request since the start or the last `forget`, in order of arrival. */
  readonly requests: SeenRequest[] = [];
  /** Messages that came over websockets. */
  readonly socketMessages: string[] = [];
  /** A number on the server that only a POST to `/count` changes. */
  counter = 0;
  #port = 0;
  readonly #held = new Map<string, (() => void)[]>();
  readonly #waiting = new Set<() => void>();
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Site> {
    const server = createServer((request, response) => void site.#receive(request, response));
    const site = new Site(server);
    server.on("connection", (socket) => {
      site.#sockets.add(socket);
      socket.on("close", () => site.#sockets.delete(socket));
    });
    const webSockets = new WebSocketServer({ server, path: "/ws" });
    webSockets.on("connection", (socket) => {
      socket.send("welcome");
      socket.on("message", (data: Buffer) => {
        site.socketMessages.push(data.toString());
        site.#changed();
        socket.send(`echo ${data.toString()}`);
      });
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    site.#port = (server.address() as AddressInfo).port;
    return site;
  }

  get port(): number {
    return this.#port;
  }

  /** Address of a path on the site. */
  url(path = "/"): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** The same server under another site's name: frames from there run in a process of their own. */
  otherSiteUrl(path = "/"): string {
    return `http://localhost:${this.port}${path}`;
  }

  /** How many requests came for a path. */
  count(path: string, method?: string): number {
    return this.requests.filter(
      (request) => request.path === path && (method === undefined || request.method === method),
    ).length;
  }

  /** Forgets what came, as if the site had just been started. */
  forget(): void {
    this.counter = 0;
    this.requests.length = 0;
    this.socketMessages.length = 0;
  }

  /** Resolves when the condition holds; it is looked at whenever something reaches the server. */
  async until(condition: () => boolean, what = "what the test waits for", withinMs = 30_000): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(
          new Error(
            `The site never saw ${what}. It saw: ${this.requests.map(({ method, path }) => `${method} ${path}`).join(", ")}`,
          ),
        );
      }, withinMs);
      const look = (): void => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  /** Resolves when a request for the path has come. */
  untilRequested(path: string): Promise<void> {
    return this.until(() => this.count(path) > 0, `a request for ${path}`);
  }

  /** Lets the requests for `/hold/<key>` be answered, those that wait and those to come. */
  release(key: string): void {
    for (const answer of this.#held.get(key) ?? []) answer();
    this.#held.set(key, []);
    this.#released.add(key);
  }
  readonly #released = new Set<string>();

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Listens no more; connections that are open are cut. */
  async goOffline(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** Listens again, where it did. */
  async goOnline(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.#port, "127.0.0.1", resolve));
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.goOffline();
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // The browser gave the request up.
    }
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url());
    const seen: SeenRequest = {
      method: request.method ?? "GET",
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString("utf8"),
    };
    this.requests.push(seen);
    this.#changed();
    await this.#answer(seen, response);
  }

  async #answer(request: SeenRequest, response: ServerResponse): Promise<void> {
    const { path, query, method } = request;
    const [, first = "", rest = ""] = path.split("/");
    const reply = (
      status: number,
      type: string,
      body: string | Buffer,
      headers: Record<string, string | string[]> = {},
    ): void => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store", ...headers });
      response.end(method === "HEAD" ? undefined : body);
    };
    const html = (body: string, headers: Record<string, string | string[]> = {}): void =>
      reply(200, "text/html; charset=utf-8", document(body), headers);
    const redirect = (status: number, to: string, headers: Record<string, string> = {}): void =>
      reply(status, "text/plain", "", { location: to, ...headers });

    switch (first) {
      case "slow":
        await new Promise((resolve) => setTimeout(resolve, Number(query.get("ms") ?? 1_000)));
        return html("<title>Slow</title><h1>At last</h1>");
      case "hold":
        if (!this.#released.has(rest))
          await new Promise<void>((resolve) => this.#held.set(rest, [...(this.#held.get(rest) ?? []), resolve]));
        return html(`<title>Held</title><h1>Released ${rest}</h1>`);
      case "never":
        return;
      case "status":
        return reply(
          Number(rest),
          "text/html; charset=utf-8",
          document(`<title>Status ${rest}</title><h1>Status ${rest}</h1>`),
        );
      case "redirect":
        return redirect(
          302,
          Number(rest) > 1 ? `/redirect/${Number(rest) - 1}?${query.toString()}` : (query.get("to") ?? "/"),
        );
      case "redirect-loop":
        return redirect(302, "/redirect-loop");
      case "reset":
        response.socket?.resetAndDestroy();
        return;
      case "switching":
        // Asks for another protocol, which nobody offered.
        return void response.socket?.end(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        );
      case "truncated":
        response.writeHead(200, { "content-type": "text/html", "content-length": "1000" });
        response.write("<title>Truncated</title>");
        response.socket?.destroySoon();
        return;
      case "huge":
        return sendHuge(response, Number(query.get("bytes") ?? 10_000_000));
      case "cookie": {
        const attributes = `Path=/${query.has("httponly") ? "; HttpOnly" : ""}`;
        return html("<title>Cookie</title><h1>A cookie was set</h1>", {
          "set-cookie": `${query.get("name") ?? "taste"}=${query.get("value") ?? "vanilla"}; ${attributes}`,
        });
      }
      case "echo":
        return reply(
          200,
          "application/json",
          JSON.stringify({
            method,
            path,
            query: Object.fromEntries(query),
            headers: request.headers,
            body: request.body,
          }),
        );
      case "json":
        return reply(200, "application/json", JSON.stringify({ items: ["one", "two", "three"], total: 3 }));
      case "text":
        return reply(200, "text/plain; charset=utf-8", "Plain text, with an é and a 猫.");
      case "image.png":
        return reply(200, "image/png", pixel);
      case "cached.js":
        return reply(200, "text/javascript", "window.cachedRuns = (window.cachedRuns ?? 0) + 1;", {
          "cache-control": "max-age=3600",
        });
      case "download":
        return reply(200, "application/octet-stream", "the file's bytes", {
          "content-disposition": 'attachment; filename="report.bin"',
        });
      case "count":
        if (method === "POST") this.counter++;
        return reply(200, "application/json", JSON.stringify({ count: this.counter }));
      case "submit":
        return html(
          `<title>Submitted</title><h1>Thank you</h1><pre id="sent">${escape(request.body || query.toString())}</pre>`,
        );
      case "login":
        if (method !== "POST") return html(pageBodies["login"] ?? "");
        return new URLSearchParams(request.body).get("password") === siteUser.password
          ? redirect(303, "/account", { "set-cookie": "sid=s3cret-session-id; Path=/; HttpOnly" })
          : redirect(303, "/login?failed=1");
      case "account":
        return /\bsid=s3cret-session-id\b/.test(request.headers.cookie ?? "")
          ? html(`<title>Account</title><h1>Welcome, ${siteUser.name}</h1>`)
          : redirect(302, "/login");
      case "table":
        return html(tablePage(Number(query.get("page") ?? 1)));
      case "worker.js":
        return reply(
          200,
          "text/javascript",
          "fetch('/json?from=worker').then((r) => r.json()).then((d) => postMessage(d.total)); onmessage = (e) => postMessage('worker ' + e.data);",
        );
      case "service-worker.js":
        return reply(200, "text/javascript", serviceWorker);
      case "events":
        response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
        response.write("data: first\n\ndata: second\n\n");
        return;
      case "favicon.ico":
        return reply(404, "text/plain", "");
      default: {
        const body = pageBodies[first === "" ? "home" : first];
        if (body === undefined)
          return reply(404, "text/html; charset=utf-8", document("<title>Not found</title><h1>Not found</h1>"));
        return html(body.replaceAll("{{otherSite}}", this.otherSiteUrl()).replaceAll("{{site}}", this.url()));
      }
    }
  }
}

const serviceWorker = `
oninstall = () => skipWaiting();
onactivate = (event) => event.waitUntil(clients.claim());
onfetch = (event) => {
  if (new URL(event.request.url).pathname === '/from-service-worker') event.respondWith(new Response('made by the service worker', { headers: { 'content-type': 'text/plain' } }));
};`;

function document(body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8">${body}</html>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function sendHuge(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.write("<!doctype html><title>Huge</title><pre>");
  let left = bytes;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      const chunk = "x".repeat(Math.min(left, 65_535)) + "\n";
      left -= chunk.length;
      if (!response.write(chunk)) return void response.once("drain", more);
    }
    response.end("</pre>");
  };
  more();
}
