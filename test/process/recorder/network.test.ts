import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { laterMethods, type NetworkRow } from "../../../src/sessions/logs/rows.js";
import { filesHolding, record, type Recording } from "./recording.js";
import { startSite, type Site } from "./site.js";

/** Rows that tell of something that reached the server, by `METHOD path`. */
function reached(rows: NetworkRow[], site: Site): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    if (row.fromCache || row.fromServiceWorker === true || laterMethods.includes(row.method)) continue;
    const address = row.url
      .replace(/^ws:\/\/(127\.0\.0\.1|localhost):\d+/, "")
      .replace(site.origin, "")
      .replace(site.otherOrigin, "");
    const key = `${row.resourceType === "websocket" ? "WS" : row.method} ${address}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const code = (text: string): string => `code=${encodeURIComponent(text)}`;

describe("the recorder writes network.jsonl", () => {
  let site: Site;
  let recording: Recording;

  before(async () => {
    site = await startSite();
  });
  after(async () => {
    await site.close();
  });
  beforeEach(() => {
    site.seen.length = 0;
  });
  afterEach(async () => {
    await recording.close();
  });

  it("each request of every kind is in it once, as often as the server saw it (Must show 1)", async () => {
    recording = await record({ flags: ["--site-per-process"] });
    const other = site.otherOrigin;
    const inWorker = `importScripts("/imported.js"); fetch("/from-worker").then((r) => r.text()).then(() => { const nested = new Worker("/nested.js?${code('fetch("/from-nested").then((r) => r.text()).then(() => postMessage(1))')}"); nested.onmessage = () => postMessage(1); })`;
    const inShared = `onconnect = (event) => fetch("/from-shared").then((r) => r.text()).then(() => event.ports[0].postMessage(1))`;
    const inService = `oninstall = () => skipWaiting(); onactivate = (event) => event.waitUntil(clients.claim()); onfetch = (event) => { const { pathname } = new URL(event.request.url); if (pathname === "/through-service-worker") event.respondWith(fetch("/by-service-worker")); if (pathname === "/made-by-service-worker") event.respondWith(new Response("made")); }`;
    site.page(
      "/",
      `<!doctype html><title>every kind</title><link rel=icon href="data:,">
<link rel=stylesheet href="/style.css?css=${encodeURIComponent("@font-face{font-family:f;src:url(/font.woff2)} body{font-family:f;background:url(/background.png)}")}">
<script src="/classic.js"></script><script type=module src="/module.js?${code('import "/imported-module.js"; import("/dynamic.js")')}"></script>
<script type=speculationrules>{"prefetch":[{"source":"list","urls":["/speculated.html"]}]}</script><a id=file download href="/file.png"></a><iframe id=leaving src="/leaving"></iframe><iframe src="/guarded"></iframe>
<link rel=preload as=image href="/preload.png"><link rel=prefetch href="/prefetch.js">
<img src="/image.png"><img src="/preload.png"><video src="/film.mp4"></video><object data="/object.html"></object>
<iframe src="/same.html?html=${encodeURIComponent("<img src=/in-same.png>")}"></iframe>
<iframe src="${other}/other.html?html=${encodeURIComponent("<img src=/in-other.png><iframe src=/deep.html></iframe>")}"></iframe>
<iframe srcdoc="<img src='${site.origin}/in-srcdoc.png'>"></iframe>
<a id=ping ping=/ping href="#x">text in the font</a><form id=form method=post action="/form-target.html" target=form-frame><input name=field value=1></form><iframe name=form-frame></iframe>
<script>
const read = (...args) => fetch(...args).then((response) => response.text());
const steps = [
  () => read("/post", { method: "POST", body: JSON.stringify({ a: 1 }) }),
  () => { const form = new FormData(); form.append("a", "1"); form.append("file", new Blob(["body of the file"], { type: "text/plain" }), "x.txt"); return read("/multipart", { method: "POST", body: form }); },
  () => read("/blob", { method: "POST", body: new Blob(["blob body"]) }),
  () => fetch("/never-read", { method: "POST", body: "x" }),
  () => new Promise((done) => { const request = new XMLHttpRequest(); request.open("GET", "/xhr"); request.onload = done; request.send(); }),
  () => { form.submit(); },
  () => navigator.sendBeacon("/beacon", "b"),
  () => read("/keepalive", { keepalive: true }),
  () => ping.click(),
  () => read("/redirect?to=" + encodeURIComponent("/redirect?status=307&to=" + encodeURIComponent("/json?n=redirected"))),
  () => read("/half"),
  () => new AudioContext().audioWorklet.addModule("/audio-worklet.js"),
  () => { file.click(); },
  () => { open("/download"); },
  () => { leaving.src = "about:blank"; },
  () => read("http://nowhere.invalid/"),
  () => read("${other}/json?n=no-cors-header"),
  () => read("${other}/json?cors&n=preflight", { method: "PUT", headers: { "x-special": "1" } }),
  () => { const abort = new AbortController(); setTimeout(() => abort.abort(), 300); return read("/never?aborted", { signal: abort.signal }); },
  () => read("/cached"), () => read("/cached"),
  () => read("/etag"), () => read("/etag"),
  () => fetch("/json?n=head", { method: "HEAD" }),
  () => fetch("/status?code=204"),
  () => read("/status?code=500"),
  () => read("/gzip"),
  () => new Promise((done) => { const source = new EventSource("/events"); source.onmessage = () => { source.close(); done(); }; }),
  () => new Promise((done) => { const socket = new WebSocket("ws://127.0.0.1:${site.port}/socket"); socket.onopen = () => socket.send("hello"); socket.onmessage = () => socket.close(); socket.onclose = done; }),
  () => new Promise((done) => { const socket = new WebSocket("ws://127.0.0.1:1/refused"); socket.onclose = done; }),
  () => new Promise((done) => { const worker = new Worker("/worker.js?${code(inWorker)}"); worker.onmessage = done; }),
  () => new Promise((done) => { const worker = new SharedWorker("/shared.js?${code(inShared)}"); worker.port.onmessage = done; worker.port.start(); }),
  () => new Promise((done) => { addEventListener("message", done); window.open("/popup.html?html=${encodeURIComponent("<img src=/in-popup.png onload='opener.postMessage(1)'>")}"); }),
  () => { window.open("${other}/other-popup.html?html=${encodeURIComponent("<img src=/in-other-popup.png>")}", "_blank", "noopener"); },
  async () => { await navigator.serviceWorker.register("/service.js?${code(inService)}"); await navigator.serviceWorker.ready; if (!navigator.serviceWorker.controller) await new Promise((done) => { navigator.serviceWorker.oncontrollerchange = done; }); },
  () => read("/through-service-worker"),
  () => read("/made-by-service-worker"),
  () => read("/past-service-worker"),
];
onload = async () => {
  for (const step of steps) try { await step(); } catch (error) { console.log(String(error)); }
  await read("/done");
};
</script>`,
    );
    site.page(
      "/leaving",
      `<!doctype html><link rel=icon href="data:,"><script>onpagehide = () => { navigator.sendBeacon("/beacon-at-leave", "b"); fetch("/keepalive-at-leave", { keepalive: true, method: "POST", body: "k" }); }</script>`,
    );
    site.page("/guarded", `<!doctype html><link rel=icon href="data:,"><img src="${other}/forbidden.png">`, {
      "content-security-policy": "img-src data:; report-uri /csp-report",
    });
    await recording.navigate(`${site.origin}/`);
    await site.waitFor("GET /done");
    await Promise.all(
      [
        "POST /beacon-at-leave",
        "POST /keepalive-at-leave",
        "GET /file.png",
        "GET /download",
        "POST /csp-report",
        "GET /speculated.html",
        "GET /in-other-popup.png",
        "GET /in-popup.png",
        "GET /deep.html",
        "GET /in-srcdoc.png",
        "GET /prefetch.js",
      ].map((what) => site.waitFor(what)),
    );
    await recording.until(
      "network",
      (rows) =>
        rows.some(({ url }) => url.endsWith("/done")) &&
        ["/never-read", "/file.png", "/download"].every((path) => rows.some(({ url }) => url.endsWith(path))),
      "the last request and the one that is never read",
    );
    await recording.stop();
    const rows = await recording.rows("network");
    const find = (path: string): NetworkRow =>
      rows.find(({ url }) => url.includes(path)) ?? assert.fail(`no row for ${path}`);

    const told = reached(
      rows.filter(
        ({ url, resourceType, failure }) =>
          !url.includes("nowhere.invalid") &&
          !url.includes("/forbidden.png") &&
          !(resourceType === "websocket" && failure !== undefined),
      ),
      site,
    );
    assert.deepEqual([...told].sort(), [...site.counts()].sort());
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length, "each row has an id of its own");

    assert.match(find("nowhere.invalid").failure ?? "", /ERR_NAME_NOT_RESOLVED/);
    assert.match(find("n=no-cors-header").failure ?? "", /CORS/);
    assert.equal(find("n=no-cors-header").status, 200);
    assert.match(find("/never?aborted").failure ?? "", /ERR_ABORTED/);
    assert.match(find("/forbidden.png").failure ?? "", /blocked: csp/);
    assert.match(find("/half").failure ?? "", /ERR_CONTENT_LENGTH_MISMATCH/);
    assert.match(find("/refused").failure ?? "", /./);
    assert.deepEqual(
      rows.filter(({ url }) => url.endsWith("/cached")).map(({ fromCache }) => fromCache),
      [false, true],
    );
    assert.deepEqual(
      rows.filter(({ url }) => url.endsWith("/etag")).map(({ status }) => status),
      [200, 304],
    );
    for (const [path, status] of [
      ["n=head", 200],
      ["code=204", 204],
      ["code=500", 500],
    ] as const)
      assert.deepEqual([find(path).status, find(path).failure], [status, undefined]);

    assert.deepEqual([find("/file.png").resourceType, find("/download").resourceType], ["download", "document"]);

    const chain = rows.filter(
      ({ url }) => url.includes("/redirect?to") || url.includes("/redirect?status") || url.includes("n=redirected"),
    );
    assert.deepEqual(
      chain.map(({ status, id }) => [status, id.split("#")[1]]),
      [
        [302, undefined],
        [307, "1"],
        [200, "2"],
      ],
    );

    const answered = find("/through-service-worker");
    assert.equal(answered.fromServiceWorker, true);
    assert.equal(find("/by-service-worker").pageId, null);
    assert.equal(find("/made-by-service-worker").responseBody, "made");
    assert.equal(find("/from-nested").pageId, find("/style.css").pageId);
    assert.notEqual(find("/in-popup.png").pageId, find("/style.css").pageId);

    assert.equal(find("/post").postData, '{"a":1}');
    assert.match(find("/multipart").postData ?? "", /filename="x.txt"[^]*body of the file/);
    assert.equal(find("/blob").postData, "blob body");
    assert.match(find("/form-target").postData ?? "", /^field=1$/);
    assert.match(find("/gzip").responseBody ?? "", /"packed":"x{2000}"/);
    assert.ok(find("/gzip").size < 1000, "size is what was transferred");
    assert.equal(find("/image.png").responseBody, undefined);
    assert.ok(find("/film.mp4").size > 2000);

    assert.equal(find("/socket").status, 101);
    assert.equal(
      rows.find(({ method, url }) => method === "CLOSE" && url.endsWith("/socket"))?.statusText,
      "1 sent, 1 received",
    );
    const seen = site.seen.find(({ path }) => path === "/xhr");
    assert.equal(
      find("/xhr").requestHeaders["User-Agent"],
      seen?.headers["user-agent"],
      "headers are those that were sent",
    );
    assert.equal(find("/xhr").requestHeaders["Host"], seen?.headers.host);
  });

  it("bodies of text are kept up to the limit and never in the middle of a character", async () => {
    recording = await record({ bodyLimitBytes: 1001 });
    site.page(
      "/",
      `<!doctype html><link rel=icon href="data:,"><script>(async () => { for (const length of [400, 500, 501, 5000000]) await fetch("/text?length=" + length).then((r) => r.text()); await fetch("/echo", { method: "POST", body: "é".repeat(2000) }).then((r) => r.text()); })()</script>`,
    );
    await recording.navigate(`${site.origin}/`);
    // A row is written when its body was read, so a later request's may come first. An answer that stood still has two.
    const texts = (found: NetworkRow[]): NetworkRow[] =>
      found.filter(({ url, method }) => url.includes("/text") && !laterMethods.includes(method));
    const rows = await recording.until(
      "network",
      (found) => found.some(({ url }) => url.endsWith("/echo")) && texts(found).length === 4,
      "all five requests",
    );
    const bodies = texts(rows)
      .sort((a, b) => a.ts.localeCompare(b.ts))
      .map(({ responseBody, bodyTruncated }) => [responseBody?.length, bodyTruncated]);
    assert.deepEqual(bodies, [
      [400, undefined],
      [500, undefined],
      [500, true],
      [undefined, true],
    ]);
    assert.equal(rows.find(({ url }) => url.endsWith("/echo"))?.postData, "é".repeat(500));
  });

  it("an answer that the page never reads has its row, with its body where that has come; one that is read late has a second row of its end", async () => {
    recording = await record();
    const text = "text/plain; charset=iso-8859-1";
    const fields = (more: object): Record<string, string | number> => ({
      "content-type": text,
      "cache-control": "no-store",
      ...more,
    });
    const plain = Buffer.from("ol\xe9", "latin1");
    const packed = gzipSync("packed ".repeat(100));
    const more = new Map<string, () => void>();
    site.route("/plain", (_request, response) => response.writeHead(200, fields({ "content-length": 3 })).end(plain));
    site.route("/packed", (_request, response) =>
      response.writeHead(200, fields({ "content-encoding": "gzip", "content-length": packed.length })).end(packed),
    );
    site.route("/empty", (_request, response) => response.writeHead(200, fields({ "content-length": 0 })).end());
    site.route("/large", (_request, response) => response.writeHead(200, fields({})).end("x".repeat(3_000_000)));
    for (const path of ["/begun", "/read"])
      site.route(path, (_request, response) => {
        response.writeHead(200, fields({})).write("begun, ");
        more.set(path, () => response.end("ended"));
      });
    site.page(
      "/",
      `<!doctype html><link rel=icon href="data:,"><script>
kept = ["/plain", "/packed", "/empty", "/large", "/begun"].map((path) => fetch(path));
fetch("/read").then((answer) => answer.text());
</script>`,
    );
    await recording.navigate(`${site.origin}/`);
    const rowsOf = (rows: NetworkRow[], path: string): NetworkRow[] => rows.filter(({ url }) => url.endsWith(path));
    const first = await recording.until(
      "network",
      (rows) => ["/plain", "/packed", "/empty", "/large", "/begun", "/read"].every((path) => rowsOf(rows, path)[0]),
      "a row of each, though none was read to its end",
    );
    const brief = (path: string, rows = first): unknown[] =>
      rowsOf(rows, path).map(({ method, responseBody, bodyTruncated, failure }) => [
        method,
        responseBody,
        bodyTruncated,
        failure,
      ]);
    assert.deepEqual(brief("/plain"), [["GET", "olé", undefined, undefined]]);
    assert.deepEqual(brief("/packed"), [["GET", "packed ".repeat(100), undefined, undefined]]);
    assert.deepEqual(brief("/empty"), [["GET", undefined, undefined, undefined]]);
    assert.deepEqual(brief("/large"), [["GET", undefined, true, undefined]]);
    assert.deepEqual(brief("/read"), [["GET", "begun, ", true, undefined]]);
    assert.equal(brief("/begun").length, 1);

    for (const end of more.values()) end();
    const { session } = recording.targets.require();
    await session.send("Runtime.evaluate", {
      expression: `Promise.all(kept.map(async (answer) => (await answer).text()))`,
      awaitPromise: true,
    });
    const later = await recording.until(
      "network",
      (rows) =>
        ["/large", "/begun", "/read"].every((path) => rowsOf(rows, path).some(({ method }) => method === "END")),
      "the end of those that had not come as a whole",
    );
    assert.deepEqual(brief("/read", later)[1], ["END", "begun, ended", undefined, undefined]);
    assert.deepEqual(brief("/begun", later)[1], ["END", "begun, ended", undefined, undefined]);
    assert.ok((rowsOf(later, "/large")[1]?.size ?? 0) > 3_000_000);
    for (const path of ["/plain", "/packed", "/empty"]) assert.equal(brief(path, later).length, 1, path);
    const [before, after] = rowsOf(later, "/read");
    assert.equal(after?.id, `${before?.id}.end`);
  });

  it("what goes over a websocket is in it as it goes, in order, masked, as far as the limit, bytes by their number alone", async () => {
    recording = await record({ bodyLimitBytes: 1_000 });
    await recording.navigate(`${site.origin}/`);
    const { session } = recording.targets.require();
    await session.send("Runtime.evaluate", {
      expression: `socket = new WebSocket("ws://127.0.0.1:${site.port}/socket?talk"); socket.binaryType = "arraybuffer"; socket.onopen = () => { socket.send(JSON.stringify({ user: "ada", password: "hunter2-of-frames" })); socket.send(new Uint8Array(5)); socket.send("ü".repeat(900)); };`,
    });
    const open = await recording.until(
      "network",
      (rows) => rows.reduce((sum, row) => sum + (row.messages?.length ?? 0) + (row.messagesOmitted ?? 0), 0) === 6,
      "the messages, while the connection is open",
    );
    const messages = open.flatMap(({ messages }) => messages ?? []);
    const sent = messages.filter(({ direction }) => direction === "sent");
    assert.deepEqual(
      sent.map(({ text, size, truncated }) => [text?.slice(0, 40), size, truncated]),
      [
        ['{"user":"ada","password":"***masked***"}', 45, undefined],
        [undefined, 5, undefined],
        ["ü".repeat(40), 1_800, true],
      ],
    );
    const bytes = messages.reduce((sum, { text = "" }) => sum + Buffer.byteLength(text), 0);
    assert.ok(bytes <= 1_000, `${bytes} bytes are kept`);
    await session.send("Runtime.evaluate", {
      expression: "for (let n = 0; n < 600; n++) socket.send('n' + n); socket.close()",
    });
    const rows = await recording.until("network", (all) => all.some(({ method }) => method === "CLOSE"), "its end");
    const later = rows.filter(({ method }) => method === "MESSAGES");
    const count = later.reduce((sum, row) => sum + (row.messages?.length ?? 0) + (row.messagesOmitted ?? 0), 0);
    const told = rows.find(({ method }) => method === "CLOSE")?.statusText ?? "";
    const [all, back] = /^(\d+) sent, (\d+) received$/.exec(told)?.slice(1).map(Number) ?? [];
    assert.equal(all, 603);
    assert.equal(count, (all ?? 0) + (back ?? 0), "each is kept or counted");
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length, "each row has an id of its own");
    await recording.stop();
    assert.deepEqual(filesHolding(recording.folder, "hunter2-of-frames"), []);
  });

  it("5,000 requests in a burst lose none", async function () {
    this.timeout(240_000);
    recording = await record();
    site.page(
      "/",
      `<!doctype html><link rel=icon href="data:,"><script>
const one = (n) => fetch("/json?n=" + n).then((r) => r.text());
(async () => { for (let start = 0; start < 5000; start += 1000) await Promise.all(Array.from({ length: 1000 }, (_, n) => one(start + n))); await fetch("/done").then((r) => r.text()); })()</script>`,
    );
    await recording.navigate(`${site.origin}/`);
    await site.waitFor("GET /done");
    await recording.until("network", (found) => found.some(({ url }) => url.endsWith("/done")), "the last request");
    await recording.stop();
    const rows = await recording.rows("network");
    assert.deepEqual([...reached(rows, site)].sort(), [...site.counts()].sort());
    const firsts = rows.filter(({ url, method }) => url.includes("/json") && !laterMethods.includes(method));
    assert.equal(firsts.length, 5000);
  });

  it("what a page left behind when it went to another address, was closed or crashed is in it once", async () => {
    recording = await record();
    const leave: Record<string, (targetId: string) => Promise<unknown>> = {
      navigated: (targetId) => recording.navigate(`${site.otherOrigin}/elsewhere.html`, targetId),
      closed: (targetId) => recording.cdp.send("Target.closeTarget", { targetId }),
      crashed: (targetId) =>
        recording.targets
          .require(targetId)
          .session.send("Page.crash")
          .catch(() => undefined),
      ended: () => recording.stop(),
    };
    for (const [name, act] of Object.entries(leave)) {
      site.page(
        `/${name}`,
        `<!doctype html><link rel=icon href="data:,"><script>fetch("/never?${name}"); fetch("/slow?${name}").then((r) => r.text()); new WebSocket("ws://127.0.0.1:${site.port}/socket?${name}")</script>`,
      );
      const { targetId } = await recording.cdp.send<{ targetId: string }>("Target.createTarget", {
        url: "about:blank",
      });
      await recording.recorder.ready();
      await recording.navigate(`${site.origin}/${name}`, targetId);
      await Promise.all(["GET /never", "GET /slow", "WS /socket"].map((what) => site.waitFor(`${what}?${name}`)));
      await recording.until(
        "network",
        (rows) => rows.some(({ url }) => url.includes(`/socket?${name}`)),
        "the open socket",
      );
      void act(targetId);
      await recording.until(
        "network",
        (rows) =>
          ["/never", "/slow"].every((path) => rows.some(({ url }) => url.includes(`${path}?${name}`))) &&
          rows.some(({ url, method }) => method === "CLOSE" && url.endsWith(name)),
        `what was under way when it ${name}`,
      );
    }
    const rows = await recording.rows("network");
    const why: Record<string, RegExp> = {
      navigated: /another address|ERR_ABORTED/,
      closed: /closed|ERR_ABORTED/,
      crashed: /crashed/,
      ended: /session ended/,
    };
    for (const [name, failure] of Object.entries(why)) {
      const [never, ...more] = rows.filter(({ url }) => url.includes(`/never?${name}`));
      assert.match(never?.failure ?? "", failure);
      assert.equal(more.length, 0);
      assert.equal(rows.filter(({ url }) => url.includes(`/slow?${name}`)).length, 1);
      assert.equal(rows.filter(({ url, method }) => url.includes(`/socket?${name}`) && method === "CLOSE").length, 1);
    }
    assert.ok((await recording.rows("logs")).some(({ event }) => event === "page.crashed"));
  });
});
