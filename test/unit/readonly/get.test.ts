import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { get, getArguments, type GetResult, type GetServices } from "../../../src/sessions/host/reads/get.js";
import { AnswerTooLarge, NotAllowed } from "../../../src/sessions/host/reads/refusals.js";

type Options = NonNullable<Parameters<typeof get>[0][1]>;

describe("S13: get, by what reaches the server", () => {
  let server: Server;
  let port: number;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let seen: IncomingMessage[] = [];

  before(async () => {
    server = createServer((request, response) => {
      seen.push(request);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    seen = [];
    answer = (_, response) => response.end("plain");
  });

  const url = (path = "/"): string => `http://127.0.0.1:${port}${path}`;
  const asked = (address: string, options?: Options, services: Partial<GetServices> = {}): Promise<GetResult> =>
    get([address, options], {
      cookies: () => Promise.resolve(undefined),
      userAgent: () => Promise.resolve("The browser/1"),
      debuggingEndpoints: () => Promise.resolve([]),
      maxBytes: 1_000,
      signal: new AbortController().signal,
      ...services,
    });
  const denied = (address: string, told: RegExp, options?: Options): Promise<void> =>
    assert.rejects(
      asked(address, options),
      (thrown: unknown) => thrown instanceof NotAllowed && told.test(thrown.message),
      `${address} ${JSON.stringify(options)}`,
    );

  it("S13: sends a GET with the browser's name and cookies, and gives back the whole answer", async () => {
    answer = (_, response) => {
      response.writeHead(201, "Made", {
        "content-type": "text/plain",
        "x-twice": ["a", "b"],
        "set-cookie": ["c=1", "d=2"],
      });
      response.end("text é");
    };
    const got = await asked(url("/a?b=c"), undefined, { cookies: (of) => Promise.resolve(`for=${of}`) });
    const [{ method, url: path, headers } = {} as IncomingMessage] = seen;
    assert.deepEqual([method, path], ["GET", "/a?b=c"]);
    assert.deepEqual(
      [headers["user-agent"], headers.cookie, headers.accept, headers["accept-encoding"], headers.connection],
      ["The browser/1", `for=${url("/a?b=c")}`, "*/*", "gzip, deflate, br", "close"],
    );
    assert.deepEqual([got.url, got.status, got.statusText, got.text], [url("/a?b=c"), 201, "Made", "text é"]);
    assert.deepEqual(
      [got.headers["content-type"], got.headers["x-twice"], got.headers["set-cookie"]],
      ["text/plain", "a, b", "c=1\nd=2"],
    );
  });

  it("S13: a browser that has no cookies for it sends none", async () => {
    await asked(url());
    assert.equal(seen[0]?.headers.cookie, undefined);
  });

  it("S13, S14: GET and HEAD in any case, and no other method", async () => {
    for (const method of ["GET", "get", "HEAD", "head"]) await asked(url(), { method });
    assert.deepEqual(
      seen.map(({ method }) => method),
      ["GET", "GET", "HEAD", "HEAD"],
    );
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "", "GETS"])
      await denied(url(), new RegExp(`^get with the method ${method}$`), { method });
    assert.equal(seen.length, 4);
  });

  it("S14: the headers that ask are sent, those that could do more are refused by name", async () => {
    const harmless = [
      ...["accept", "accept-language", "authorization", "cache-control", "if-match", "if-modified-since"],
      ...["if-none-match", "if-range", "if-unmodified-since", "pragma", "range", "user-agent", "x-requested-with"],
    ];
    await asked(url(), { headers: Object.fromEntries(harmless.map((name) => [name.toUpperCase(), `my ${name}`])) });
    for (const name of harmless) assert.equal(seen[0]?.headers[name], `my ${name}`, name);
    for (const name of [
      "Cookie",
      "content-length",
      "transfer-encoding",
      "host",
      "x-http-method-override",
      "origin",
      "",
    ])
      await denied(url(), /^get with the header "/, { headers: { [name]: "x" } });
    assert.equal(seen.length, 1);
  });

  it("S14: only http and https, and no name or password in the address; also not by a redirect", async () => {
    for (const address of ["file:///etc/passwd", "data:text/plain,x", "ws://127.0.0.1/", "chrome://version"])
      await denied(address, /^get (file|data|ws|chrome):$/);
    for (const user of ["me@", ":secret@", "me:secret@"])
      await denied(`http://${user}127.0.0.1:${port}/`, /^get an address with a user name or password$/);
    assert.equal(seen.length, 0);
    for (const location of ["file:///etc/passwd", `http://me:pw@127.0.0.1:${port}/`]) {
      answer = (_, response) => response.writeHead(302, { location }).end();
      await denied(url(), /^get: a redirect to (file:|an address with)/);
    }
    await assert.rejects(asked("/json"), /TypeError: get: "\/json" is not an absolute address; new URL\(…/);
  });

  it("S14: where a browser listens for its debugger nothing is sent, also not by a redirect; its neighbours are reached", async () => {
    const endpoints = [{ host: "127.0.0.1", port }];
    const guarded = { debuggingEndpoints: () => Promise.resolve(endpoints) };
    const refused = (thrown: unknown): boolean =>
      thrown instanceof NotAllowed &&
      thrown.message === `get of 127.0.0.1:${port}, where a browser listens for its debugger`;
    await assert.rejects(asked(url("/json/close/1"), undefined, guarded), refused);
    assert.equal(seen.length, 0);
    await asked(url(), undefined, {
      debuggingEndpoints: () => Promise.resolve([{ host: "127.0.0.1", port: port + 1 }]),
    });
    assert.equal(seen.length, 1);
    answer = (_, response) => response.writeHead(307, { location: "/json/close/1" }).end();
    // Listens from the second look on.
    let looks = 0;
    const late = { debuggingEndpoints: () => Promise.resolve(looks++ === 0 ? [] : endpoints) };
    await assert.rejects(asked(url(), undefined, late), refused);
    assert.equal(seen.length, 2);
    // The ports that an address need not name.
    for (const [address, own] of [
      ["http://127.0.0.1/", 80],
      ["https://127.0.0.1/", 443],
    ] as const)
      await assert.rejects(
        asked(address, undefined, { debuggingEndpoints: () => Promise.resolve([{ host: "127.0.0.1", port: own }]) }),
        NotAllowed,
      );
  });

  for (const status of [301, 302, 303, 307, 308])
    it(`S13: a redirect by ${status} is followed, with the cookies of each place and the part behind #`, async () => {
      answer = ({ url: path }, response) =>
        path === "/from" ? response.writeHead(status, { location: "/to" }).end() : response.end("there");
      const got = await asked(url("/from#part"), undefined, { cookies: (of) => Promise.resolve(`of=${of}`) });
      assert.deepEqual([got.url, got.text], [url("/to#part"), "there"]);
      assert.deepEqual(
        seen.map(({ headers }) => headers.cookie),
        [`of=${url("/from#part")}`, `of=${url("/to#part")}`],
      );
    });

  it("S13: what names another place and is no redirect is the answer, and so is a redirect to nowhere", async () => {
    answer = (_, response) => response.writeHead(201, { location: "/made" }).end("made");
    assert.equal((await asked(url())).text, "made");
    answer = (_, response) => response.writeHead(302).end("nowhere");
    assert.deepEqual([(await asked(url())).status, seen.length], [302, 2]);
    answer = ({ url: path }, response) =>
      path === "/from" ? response.writeHead(302, { location: "/to#own" }).end() : response.end();
    assert.equal((await asked(url("/from#part"))).url, url("/to#own"));
  });

  it("S13: twenty redirects are followed, and not one more", async () => {
    let left = 20;
    answer = (_, response) => (left-- > 0 ? response.writeHead(302, { location: "/next" }).end() : response.end("end"));
    assert.equal((await asked(url())).text, "end");
    left = 21;
    await assert.rejects(asked(url()), /^Error: get: more than 20 redirects$/);
    assert.equal(seen.length, 21 + 21);
  });

  it("S13: what was meant for one site is not shown to another; what says nothing of anybody is", async () => {
    answer = ({ url: path }, response) =>
      path === "/from" ? response.writeHead(302, { location: `http://localhost:${port}/to` }).end() : response.end();
    const headers = {
      authorization: "Bearer secret",
      "x-requested-with": "me",
      "if-match": "tag",
      accept: "text/html",
      "accept-language": "eo",
      "user-agent": "mine",
    };
    await asked(url("/from"), { headers });
    const [, there] = seen;
    const sent = Object.keys(headers).map((name) => there?.headers[name]);
    assert.deepEqual(sent, [undefined, undefined, undefined, "text/html", "eo", "mine"]);
    answer = ({ url: path }, response) =>
      path === "/from" ? response.writeHead(302, { location: "/to" }).end() : response.end();
    await asked(url("/from"), { headers });
    assert.equal(seen.at(-1)?.headers.authorization, "Bearer secret");
  });

  it("S13: another port of the same machine is another site", async () => {
    const told: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      told.push(request.headers.authorization);
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    try {
      const there = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
      answer = (_, response) => response.writeHead(302, { location: there }).end();
      await asked(url(), { headers: { authorization: "Bearer secret" } });
      assert.deepEqual(told, [undefined]);
    } finally {
      other.closeAllConnections();
      other.close();
    }
  });

  for (const [encoding, pack] of [
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    [" GZip ", gzipSync],
    ["identity", (text: string) => Buffer.from(text)],
  ] as const)
    it(`S13: an answer packed by ${JSON.stringify(encoding)} is unpacked`, async () => {
      answer = (_, response) => response.writeHead(200, { "content-encoding": encoding }).end(pack("unpacked"));
      assert.equal((await asked(url())).text, "unpacked");
    });

  it("S13: headers without a body may name an encoding", async () => {
    for (const [status, method] of [
      [200, "HEAD"],
      [204, "GET"],
      [304, "GET"],
    ] as const) {
      answer = (_, response) => response.writeHead(status, { "content-encoding": "gzip" }).end();
      const got = await asked(url(), { method });
      assert.deepEqual([got.status, got.text, got.headers["content-encoding"]], [status, "", "gzip"]);
    }
  });

  it("S13: an answer may be as large as is allowed, unpacked, and not a byte larger", async () => {
    for (const [bytes, packed] of [
      [1_000, false],
      [1_000, true],
    ] as const) {
      const body = (length: number): Buffer =>
        packed ? gzipSync("x".repeat(length)) : Buffer.from("x".repeat(length));
      const headers = packed ? { "content-encoding": "gzip" } : {};
      answer = (_, response) => response.writeHead(200, headers).end(body(bytes));
      assert.equal((await asked(url())).text.length, bytes);
      answer = (_, response) => response.writeHead(200, headers).end(body(bytes + 1));
      await assert.rejects(
        asked(url()),
        (thrown) =>
          thrown instanceof AnswerTooLarge && thrown.message === `get ${url()}: the answer holds more than 1000 bytes`,
      );
    }
  });

  it("S13: the text is read in the encoding that the answer says, and as UTF-8 where it says none that is known", async () => {
    for (const [type, bytes, text] of [
      ["text/plain; charset=iso-8859-1", [0xe9], "é"],
      ['text/plain; Charset = "windows-1251"', [0xe9], "й"],
      ["text/plain", [0xc3, 0xa9], "é"],
      ["text/plain; charset=klingon", [0xc3, 0xa9], "é"],
      [undefined, [0xc3, 0xa9], "é"],
    ] as const) {
      answer = (_, response) => response.writeHead(200, type ? { "content-type": type } : {}).end(Buffer.from(bytes));
      assert.equal((await asked(url())).text, text, type);
    }
  });

  it("S13: a broken connection, a broken packing and a refused one are errors that name the address", async () => {
    answer = (_, response) =>
      void response.writeHead(200, { "content-length": "100" }).write("x", () => response.destroy());
    await assert.rejects(asked(url("/cut")), (thrown: Error) => thrown.message.startsWith(`get ${url("/cut")}: `));
    answer = (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("no gzip");
    await assert.rejects(asked(url("/pack")), (thrown: Error) => thrown.message.startsWith(`get ${url("/pack")}: `));
    answer = (_, response) =>
      response
        .writeHead(200, { "content-encoding": "gzip", "content-length": "100" })
        .write("x", () => response.destroy());
    await assert.rejects(asked(url("/both")), (thrown: Error) => thrown.message.startsWith(`get ${url("/both")}: `));
    answer = (request) =>
      request.socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
    await assert.rejects(asked(url("/switch")), /the connection ended before an answer came/);
    for (const scheme of ["http", "https"])
      await assert.rejects(
        asked(`${scheme}://127.0.0.1:9/`),
        new RegExp(`^Error: get ${scheme}://127\\.0\\.0\\.1:9/: connect ECONNREFUSED`),
      );
    answer = (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("no gzip");
    await assert.rejects(asked(url()), (thrown: Error) => thrown.cause instanceof Error);
    await assert.rejects(asked("x".repeat(10_000)), (thrown: Error) => thrown.message.length < 400);
  });

  it("S13: what is larger than it may be is not read to its end", async () => {
    const closed = new Promise<void>((resolve) => {
      answer = (_, response) => {
        response.on("close", resolve);
        const more = (): void => {
          while (!response.destroyed && response.write("x".repeat(10_000)));
          response.once("drain", more);
        };
        more();
      };
    });
    await assert.rejects(asked(url()), AnswerTooLarge);
    await closed;
  });

  it("S13: it ends with its run", async () => {
    const over = new AbortController();
    answer = () => over.abort();
    await assert.rejects(asked(url(), undefined, { signal: over.signal }), /get .*abort/i);
  });

  it("S14: it takes nothing but method, headers and timeout, each within its limits", () => {
    const takes = (...args: unknown[]): boolean => getArguments.safeParse(args).success;
    assert.ok(takes("http://x/") && takes("http://x/", {}) && takes("http://x/", { timeout: 0 }));
    assert.ok(takes("x".repeat(100_000)) && !takes("x".repeat(100_001)));
    assert.ok(takes("x", { headers: { a: "b".repeat(8_192) } }) && !takes("x", { headers: { a: "b".repeat(8_193) } }));
    for (const options of [
      { body: "x" },
      { timeout: -1 },
      { headers: { a: 1 } },
      { method: 1 },
      { redirect: "follow" },
      "GET",
    ])
      assert.ok(!takes("http://x/", options), JSON.stringify(options));
    assert.ok(!takes() && !takes(1) && !takes("x", {}, {}));
  });
});
