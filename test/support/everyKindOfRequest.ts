/** A page that sends every kind of request, and the server of it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** Keeps in `results` what came of those that answer with text. @param other the server under another site's name */
const page = (other: string): string => `<!doctype html><title>Every kind</title>
<link rel=icon href="data:,"><link rel=stylesheet href=/style.css><script src=/script.js></script>
<p>text</p><img src=/image.png><iframe src=/inner></iframe>
<script>
const text = (path, options) => fetch(path, options).then((response) => response.text());
const form = new FormData(); form.append("file", new Blob(["inside"], { type: "text/plain" }), "x.txt");
const steps = {
  "GET /xhr": () => new Promise((done) => { const request = new XMLHttpRequest(); request.open("GET", "/xhr"); request.onload = () => done(request.responseText); request.send(); }),
  "GET /fetch": () => text("/fetch"),
  "POST /form": () => text("/form", { method: "POST", body: new URLSearchParams({ a: "1", b: "two" }) }),
  "POST /json": () => text("/json", { method: "POST", headers: { "content-type": "application/json" }, body: '{"a":1}' }),
  "POST /multipart": () => text("/multipart", { method: "POST", body: form }),
  "POST /binary": () => text("/binary", { method: "POST", body: new Uint8Array([0, 255, 128]) }),
  "GET /redirect": () => text("/redirect"),
  "GET /empty": () => fetch("/empty").then((response) => String(response.status)),
  "GET /etag": () => text("/etag"),
  "GET /etag again": () => text("/etag"),
  "GET /fails": () => text("/fails"),
  "PUT /cors": () => text("${other}/cors", { method: "PUT", headers: { "x-special": "1" } }),
  worker: () => new Promise((done) => { new Worker("/worker.js").onmessage = ({ data }) => done(data); }),
  iframe: () => document.querySelector("iframe").contentDocument.querySelector("h1").textContent,
};
onload = async () => {
  const results = {};
  for (const [name, step] of Object.entries(steps)) results[name] = await Promise.resolve().then(step).catch((error) => error.name);
  navigator.sendBeacon("/beacon", "b");
  const source = new EventSource("/events");
  await new Promise((done) => { source.onmessage = source.onerror = done; });
  source.close();
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/socket");
  await new Promise((done) => { socket.onopen = socket.onerror = done; });
  socket.close();
  await document.fonts.ready;
  window.results = results;
};
</script>`;

export class EveryKindOfRequest implements AsyncDisposable {
  /** Requests that came; what comes over a WebSocket is none. */
  count = 0;
  private constructor(private readonly server: Server) {}

  static async start(): Promise<EveryKindOfRequest> {
    const server = createServer();
    const kinds = new EveryKindOfRequest(server);
    server.on("request", (request, response) => {
      kinds.count++;
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => kinds.#answer(request, Buffer.concat(chunks), response));
    });
    new WebSocketServer({ server });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return kinds;
  }

  address(path: string, host = "127.0.0.1"): string {
    return `http://${host}:${(this.server.address() as AddressInfo).port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #answer({ url = "/", headers, socket }: IncomingMessage, body: Buffer, response: ServerResponse): void {
    response.setHeader("cache-control", "no-store");
    const send = (type: string, content: string | Buffer): void =>
      void response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(content) }).end(content);
    const none = (status: number, fields: Record<string, string> = {}): void =>
      void response.writeHead(status, fields).end();
    switch (url) {
      case "/":
        return send("text/html", page(this.address("", "localhost")));
      case "/style.css":
        return send("text/css", "@font-face { font-family: own; src: url(/font.woff2) } p { font-family: own }");
      case "/script.js":
        return send("text/javascript", "window.scripted = true");
      case "/worker.js":
        return send("text/javascript", "fetch('/from-worker').then((r) => r.text()).then((text) => postMessage(text))");
      case "/from-worker":
        return send("text/plain", "in a worker");
      case "/image.png":
        return send("image/png", Buffer.from([137, 80, 78, 71]));
      case "/font.woff2":
        return send("font/woff2", Buffer.from("wOF2"));
      case "/inner":
        return send("text/html", "<!doctype html><h1>Inner</h1>");
      case "/redirect":
        return none(302, { location: "/fetch" });
      case "/empty":
        return none(204);
      case "/etag":
        response.setHeader("cache-control", "no-cache").setHeader("etag", '"1"');
        return headers["if-none-match"] === '"1"' ? none(304) : send("text/plain", "etag");
      case "/fails":
        return void socket.destroy();
      case "/cors":
        for (const [name, value] of Object.entries({ origin: "*", methods: "PUT", headers: "x-special" }))
          response.setHeader(`access-control-allow-${name}`, value);
        return send("text/plain", "cors");
      case "/events":
        return void response.writeHead(200, { "content-type": "text/event-stream" }).write("data: hello\n\n");
      case "/form":
      case "/json":
        return send("text/plain", `${url.slice(1)} ${body.toString()}`);
      case "/binary":
        return send("text/plain", `binary ${body.length}`);
      default:
        return send("text/plain", url.slice(1));
    }
  }
}
