/** A web site of the tests' own that counts, on the server's side, everything that is asked of it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { WebSocketServer } from "ws";

/** One request as the server saw it. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface Site {
  port: number;
  /** `http://127.0.0.1:port`. */
  origin: string;
  /** The same server under another site, so that its frames get a process of their own. */
  otherOrigin: string;
  seen: Seen[];
  /** How often the server was asked, by `METHOD path`. */
  counts(): Map<string, number>;
  /** Resolves when the server has seen that request (`METHOD path`). */
  waitFor(what: string): Promise<Seen>;
  route(path: string, handler: Handler): void;
  page(path: string, html: string, headers?: Record<string, string>): void;
  close(): Promise<void>;
}

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** Starts it on a free port of 127.0.0.1. */
export async function startSite(): Promise<Site> {
  const routes = new Map<string, Handler>();
  const seen: Seen[] = [];
  const waiting: { what: string; resolve(seen: Seen): void }[] = [];
  const held = new Set<ServerResponse>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "/";
      const entry: Seen = {
        method: request.method ?? "",
        path,
        headers: request.headers,
        body: Buffer.concat(chunks).toString("latin1"),
      };
      note(entry);
      held.add(response);
      response.on("close", () => held.delete(response));
      const handler = routes.get(path) ?? routes.get(path.split("?")[0] ?? "") ?? builtIn(path);
      handler(request, response, entry.body);
    });
  });
  const note = (entry: Seen): void => {
    seen.push(entry);
    for (const waiter of [...waiting]) {
      if (waiter.what !== `${entry.method} ${entry.path}`) continue;
      waiting.splice(waiting.indexOf(waiter), 1);
      waiter.resolve(entry);
    }
  };
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket, request) => {
    note({ method: "WS", path: request.url ?? "/", headers: request.headers, body: "" });
    socket.on("message", (data: Buffer) => socket.send(`echo ${data.toString("utf8")}`));
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    otherOrigin: `http://localhost:${port}`,
    seen,
    counts: () => {
      const counts = new Map<string, number>();
      for (const { method, path } of seen) counts.set(`${method} ${path}`, (counts.get(`${method} ${path}`) ?? 0) + 1);
      return counts;
    },
    waitFor: (what) => {
      const found = seen.find((entry) => `${entry.method} ${entry.path}` === what);
      return found ? Promise.resolve(found) : new Promise((resolve) => waiting.push({ what, resolve }));
    },
    route: (path, handler) => void routes.set(path, handler),
    page: (path, html, headers = {}) =>
      void routes.set(path, (_request, response) =>
        response
          .writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", ...headers })
          .end(html),
      ),
    close: async () => {
      for (const response of held) response.destroy();
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** What any path of a given ending answers, so that a test only names it. */
function builtIn(path: string): Handler {
  const [plain = "", query = ""] = path.split("?");
  const parameters = new URLSearchParams(query);
  const send =
    (status: number, type: string, body: string | Buffer, headers: Record<string, string | string[]> = {}): Handler =>
    (request, response) => {
      const origin = request.headers.origin;
      const cors =
        parameters.has("cors") && origin !== undefined
          ? {
              "access-control-allow-origin": origin,
              "access-control-allow-headers": "*, x-special",
              "access-control-allow-methods": "*, PUT",
            }
          : {};
      response.writeHead(status, {
        ...(type === "" ? {} : { "content-type": type }),
        "cache-control": "no-store",
        ...cors,
        ...headers,
      });
      response.end(request.method === "HEAD" || status === 204 || status === 304 ? undefined : body);
    };
  if (plain === "/redirect")
    return send(Number(parameters.get("status") ?? 302), "text/plain", "", { location: parameters.get("to") ?? "/" });
  if (plain === "/reset") return (request) => request.socket.destroy();
  if (plain === "/half")
    return (request, response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-length": "1000" }).write("half");
      setImmediate(() => request.socket.destroy());
    };
  if (plain === "/never") return () => undefined;
  if (plain === "/slow")
    return (request, response) => {
      response.writeHead(200, { "content-type": "text/plain" }).write("begun ");
    };
  if (plain === "/events")
    return (_request, response) =>
      void response
        .writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" })
        .write("data: hello\n\n");
  if (plain === "/download")
    return send(200, "application/octet-stream", "a file", {
      "content-disposition": "attachment; filename=report.bin",
    });
  if (plain === "/status") return send(Number(parameters.get("code")), "text/plain", "status body");
  if (plain === "/cached") return send(200, "application/json", '{"cached":true}', { "cache-control": "max-age=600" });
  if (plain === "/etag")
    return (request, response) =>
      request.headers["if-none-match"] === '"one"'
        ? send(304, "", "", { etag: '"one"', "cache-control": "no-cache" })(request, response, "")
        : send(200, "application/json", '{"etag":1}', { etag: '"one"', "cache-control": "no-cache" })(
            request,
            response,
            "",
          );
  if (plain === "/gzip")
    return send(200, "application/json", gzipSync(JSON.stringify({ packed: "x".repeat(2000) })), {
      "content-encoding": "gzip",
    });
  if (plain === "/text")
    return send(200, "text/plain; charset=utf-8", "é".repeat(Number(parameters.get("length") ?? 10)));
  if (plain === "/json") return send(200, "application/json", JSON.stringify({ n: parameters.get("n") }));
  if (plain.endsWith(".js"))
    return send(
      200,
      "text/javascript",
      parameters.get("code") ?? "/* script */",
      plain.includes("service") ? { "service-worker-allowed": "/" } : {},
    );
  if (plain.endsWith(".css")) return send(200, "text/css", parameters.get("css") ?? "body{color:black}");
  if (plain.endsWith(".png")) return send(200, "image/png", png);
  if (plain.endsWith(".woff2")) return send(200, "font/woff2", Buffer.from("not a font"));
  if (plain.endsWith(".mp4")) return send(200, "video/mp4", Buffer.alloc(2000));
  if (plain.endsWith(".html"))
    return send(
      200,
      "text/html; charset=utf-8",
      `<!doctype html><link rel=icon href="data:,"><title>${plain}</title><p>${plain}</p>${parameters.get("html") ?? ""}`,
    );
  return send(plain === "/favicon.ico" ? 404 : 404, "text/plain", "not found");
}
