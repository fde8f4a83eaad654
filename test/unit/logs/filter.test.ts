import assert from "node:assert/strict";
import { FilterError, parseFilter, parseRow } from "../../../src/sessions/logs/filter.js";
import { exampleOf, filterFields } from "../../../src/sessions/logs/filterFields.js";
import { mask } from "../../../src/sessions/logs/mask.js";
import type { LogKind } from "../../../src/sessions/logs/rows.js";

const request = {
  ts: "2026-11-23T01:02:03.004Z",
  id: "r1",
  pageId: "p1",
  method: "POST",
  url: "https://api.shop.example.com:8443/v1/login?a=1",
  resourceType: "xhr",
  status: 404,
  statusText: "Not Found",
  contentType: "application/json",
  requestHeaders: { "Content-Type": "text/plain", "X-Trace": "abc" },
  responseHeaders: { server: "nginx" },
  responseBody: 'say "hi" \\ there\nnext: größe',
  size: 12_345,
  duration: 1500.5,
  fromCache: false,
};
const action = {
  ts: "2026-11-23T01:02:04.000Z",
  source: "agent",
  pageId: "p1",
  action: "fill",
  selector: "#q",
  value: mask,
  duration: 5,
  success: false,
  error: "Timeout 5000ms exceeded",
};
const log = {
  ts: "2026-11-23T01:02:05.000Z",
  level: "warn",
  event: "page.crashed",
  message: "The page crashed",
  data: { pid: 123, deep: { list: ["one", "two"] } },
};
const rows: Record<LogKind, object> = { network: request, actions: action, logs: log };

/** Which of the three rows above pass. */
const passing = (source: string): string => {
  const filter = parseFilter(source);
  return Object.entries(rows)
    .filter(([kind, row]) => {
      const line = JSON.stringify(row);
      const byLine = filter.matchesLine(kind as LogKind, line);
      assert.equal(
        filter.matches({ kind: kind as LogKind, line, row: row as Record<string, unknown> }),
        byLine,
        `${source}: line and row disagree on ${kind}`,
      );
      return byLine;
    })
    .map(([kind]) => kind[0])
    .join("");
};

describe("the filter of logs (issue: one grammar for CLI and panes)", () => {
  const cases: [source: string, expected: string][] = [
    ["", "nal"],
    ["   ", "nal"],
    // text
    ["login", "n"],
    ["LOGIN", "n"],
    ["crashed page", "l"],
    ["login crashed", ""],
    ['"page crashed"', "l"],
    ['"say \\"hi\\" \\\\ there"', "n"],
    ["größe", "n"],
    ["GRÖSSE", ""],
    ["404", "n"],
    ["123", "nl"],
    ["responseBody", ""],
    ["level", ""],
    ["there\\nnext", ""],
    ["-login", "al"],
    ['-"page crashed"', "na"],
    ["/v1/login", "n"],
    ["https://api", "n"],
    ["a::b", ""],
    ["12:30", ""],
    ["5000ms", "a"],
    ["-login -crashed", "a"],
    // regular expressions
    ["/log(in|out)/", "n"],
    ["/LOGIN/", ""],
    ["/LOGIN/i", "n"],
    ["-/login/", "al"],
    ["/^two$/", "l"],
    ["/a b/", ""],
    ["/The page/", "l"],
    ["/[/]v1/", "n"],
    ["/\\/v1\\//", "n"],
    ["url:/v\\d\\/login/", "n"],
    ["-url:/v\\d/", "al"],
    // fields
    ["url:login", "n"],
    ["URL:LOGIN", "n"],
    ["-url:login", "al"],
    ["method:POST", "n"],
    ["method:post", "n"],
    ["method:GET", ""],
    ["method:GET,POST", "n"],
    ["-method:GET,POST", "al"],
    ["method:=POST", "n"],
    ["method:=POS", ""],
    ["method:pos", "n"],
    ['message:"page crashed"', "l"],
    ['message:="The page crashed"', "l"],
    ["type:xhr", "n"],
    ["type:xhr,fetch", "n"],
    ["content-type:json", "n"],
    ["mime:json", "n"],
    ["page:p1", "na"],
    ["source:agent", "a"],
    ["source:user", ""],
    ["requestHeaders.content-type:plain", "n"],
    ["requestHeaders:abc", "n"],
    ["data.pid:123", "l"],
    ["data.pid:>100", "l"],
    ["data.deep.list:two", "l"],
    ["data:two", "l"],
    ["success:false", "a"],
    ["success:true", ""],
    // numbers
    ["status:404", "n"],
    ["status:40", ""],
    ["status:>=400", "n"],
    ["status:<400", ""],
    ["status:>404", ""],
    ["status:4xx", "n"],
    ["status:5xx", ""],
    ["status:400..499", "n"],
    ["status:200,404", "n"],
    ["-status:404", "al"],
    ["-status:>=400", "al"],
    ["duration:>1s", "n"],
    ["duration:>1.6s", ""],
    ["duration:<10", "a"],
    ["size:>12k", "n"],
    ["size:<=12345", "n"],
    ["size:12k..13k", "n"],
    ["size:>12.5kib", ""],
    ["larger-than:10k", "n"],
    ["larger-than:2M", ""],
    ["larger-than:12345", ""],
    ["smaller-than:2M", "n"],
    ["-larger-than:10k", "al"],
    ["level:warn", "l"],
    ["level:>=warn", "l"],
    ["level:>warn", ""],
    ["level:<=warn", "l"],
    ["level:error,warn", "l"],
    ["ts:>=2026-11-23T01:02:04", "al"],
    ["ts:2026-11-23T01:02:03", "n"],
    // domains
    ["domain:example.com", "n"],
    ["domain:api.shop.example.com", "n"],
    ["domain:ample.com", ""],
    ["domain:*.example.com", "n"],
    ["domain:api.*.com", "n"],
    ["domain:shop.example.com:8443", "n"],
    ["domain:example.com:80", ""],
    ["domain:other.org,example.com", "n"],
    ["-domain:example.com", "al"],
    // states
    ["is:error", "na"],
    ["is:failed", "a"],
    ["is:masked", "a"],
    ["is:xhr", "n"],
    ["is:cached", ""],
    ["-is:error", "l"],
    ["has:responseBody", "n"],
    ["has:error", "a"],
    ["has:data.deep", "l"],
    ["log:network", "n"],
    ["log:logs,actions", "al"],
    ["-log:network", "al"],
    // several terms
    ["method:POST status:>=400 -domain:other.org login", "n"],
    ["  method:POST\t-status:404 ", ""],
  ];
  for (const [source, expected] of cases) {
    it(`${JSON.stringify(source)} lets through ${expected === "" ? "nothing" : expected}`, () =>
      assert.equal(passing(source), [..."nal"].filter((kind) => expected.includes(kind)).join("")));
  }

  const wrong: [source: string, offset: number, length: number, message: RegExp, expected: RegExp][] = [
    ["login -", 6, 1, /nothing after the minus/, /a term/],
    ['a "open', 2, 5, /not closed/, /closing/],
    ['"a"b', 3, 1, /follows the closing quote/, /space/],
    ["status:", 0, 7, /nothing after "status:"/, /status:>=400/],
    ["a status:abc", 9, 3, /no value of status/, /404, >=400, 4xx/],
    ["status:>=x", 7, 3, /cannot be compared/, />=400/],
    ["stauts:400", 0, 6, /no field "stauts"/, /perhaps "status:"/],
    ["TypeError:x", 0, 9, /no field/, /quotes/],
    ["http:", 0, 4, /no field "http"/, /quotes/],
    ["level:loud", 6, 4, /no value of level/, /debug, info, warn, error/],
    ["success:maybe", 8, 5, /no value/, /true or false/],
    ["larger-than:big", 12, 3, /no size/, /10k/],
    ["is:bad", 3, 3, /not known/, /error, failed/],
    ["log:other", 4, 5, /no log/, /network/],
    ["has:nothing", 4, 7, /no field/, /url/],
    ["a /(/", 2, 3, /regular expression/, /quotes/],
    ["-url:/a(?=b)/", 5, 8, /look-around/, /pattern/],
    ["/(a)\\1/", 0, 7, /references/, /pattern/],
  ];
  for (const [source, offset, length, message, expected] of wrong) {
    it(`${JSON.stringify(source)} is refused at ${offset}: ${message.source}`, () => {
      assert.throws(
        () => parseFilter(source),
        (error) => {
          assert.ok(error instanceof FilterError, String(error));
          assert.match(error.message, message);
          assert.match(error.expected, expected);
          assert.deepEqual([error.offset, error.length], [offset, length]);
          return true;
        },
      );
    });
  }

  it("a malformed line is text: found by text, by no field, and by is:malformed", () => {
    const line = '{"ts":"2026-11-23T01:02:03.004Z","url":"half a li';
    for (const [source, expected] of [
      ["half", true],
      ["/half a/", true],
      ["url:half", false],
      ["-url:half", true],
      ["is:malformed", true],
      ["-half", false],
      // A row's own quotes are escaped; those of a torn line stand as they are.
      ['url"', true],
      ['-url"', false],
      ["status:>0", false],
    ] as const) {
      assert.equal(parseFilter(source).matchesLine("network", line), expected, source);
    }
  });

  it("finds text that another writer escaped in its own way", () => {
    const line = '{"ts":"2026-11-23T01:02:03.004Z","message":"gr\\u00f6\\u00dfe a\\/b"}';
    assert.equal(parseFilter("größe").matchesLine("logs", line), true);
    assert.equal(parseFilter("a/b").matchesLine("logs", line), true);
  });

  it("a catastrophic pattern on a line of 5 MB comes to an end", function () {
    this.timeout(10_000);
    const line = JSON.stringify({ ts: "2026-11-23T01:02:03.004Z", message: "a".repeat(5_000_000) });
    assert.equal(parseFilter("/(a+)+$x/").matchesLine("logs", line), false);
    assert.equal(parseFilter("/(a|aa)+c/i").matchesLine("logs", line), false);
  });

  it("tells the text it looked for, for showing where it occurs", () => {
    assert.deepEqual(
      parseFilter('login -x url:shop /r/ "a b" status:404').terms.map((term) => term.text),
      ["login", "x", "shop", undefined, "a b", undefined],
    );
  });

  /** A term, a row of which it must hold, and one of which it must not; both sides of a border. */
  const borders: [source: string, holds: object, holdsNot: object][] = [
    ["status:>404", { status: 405 }, { status: 404 }],
    ["status:>=404", { status: 404 }, { status: 403 }],
    ["status:<404", { status: 403 }, { status: 404 }],
    ["status:<=404", { status: 404 }, { status: 405 }],
    ["status:=404", { status: 404 }, { status: 405 }],
    ["status:=404", { status: 404 }, { status: "404" }],
    ["status:404", { status: 404 }, { status: 403 }],
    ["status:404", { status: 404 }, { status: 405 }],
    ["status:404", { status: 404 }, { id: '"status":404' }],
    ["status:200..299", { status: 200 }, { status: 199 }],
    ["status:200..299", { status: 299 }, { status: 300 }],
    ["status:1xx", { status: 199 }, { status: 200 }],
    ["status:5xx", { status: 500 }, { status: 499 }],
    ["status:5XX", { status: 599 }, { status: 600 }],
    ["messagesOmitted:>-1.5", { messagesOmitted: -1 }, { messagesOmitted: -2 }],
    ["size:.5k", { size: 500 }, { size: 5 }],
    ["size:1b", { size: 1 }, { size: 2 }],
    ["size:1kb", { size: 1_000 }, { size: 1_024 }],
    ["size:1KiB", { size: 1_024 }, { size: 1_000 }],
    ["size:1M", { size: 1_000_000 }, { size: 1_048_576 }],
    ["size:1mb", { size: 1_000_000 }, { size: 1_000 }],
    ["size:1mib", { size: 1_048_576 }, { size: 2_048 }],
    ["size:1g", { size: 1_000_000_000 }, { size: 1_000_000 }],
    ["size:1gb", { size: 1_000_000_000 }, { size: 1_000_000 }],
    ["size:1gib", { size: 1_073_741_824 }, { size: 1_048_576 }],
    ["size:1k..2k", { size: 2_000 }, { size: 2_001 }],
    ["larger-than:10", { size: 11 }, { size: 10 }],
    ["smaller-than:10", { size: 9 }, { size: 10 }],
    ["smaller-than:10", { size: 9 }, { duration: 9 }],
    ["duration:250", { duration: 250 }, { duration: 251 }],
    ["duration:250ms", { duration: 250 }, { duration: 250_000 }],
    ["duration:2s", { duration: 2_000 }, { duration: 2 }],
    ["duration:2m", { duration: 120_000 }, { duration: 2_000 }],
    ["duration:2min", { duration: 120_000 }, { duration: 2_000 }],
    ["duration:2h", { duration: 7_200_000 }, { duration: 120_000 }],
    ["fromCache:true", { fromCache: true }, { fromCache: false }],
    ["fromCache:FALSE", { fromCache: false }, { fromCache: true }],
    ["fromCache:false", { fromCache: false }, { fromCache: "false" }],
    ["fromCache:=true", { fromCache: true }, { fromCache: false }],
    ["fromCache:=False", { fromCache: false }, { fromCache: true }],
    ["fromCache:=false", { fromCache: false }, {}],
    ["level:WARN", { level: "warn" }, { level: "error" }],
    ["level:>INFO", { level: "warn" }, { level: "info" }],
    ["level:<warn", { level: "info" }, { level: "warn" }],
    ["level:<=info", { level: "debug" }, { level: "loud" }],
    ["level:=error", { level: "error" }, { level: "warn" }],
    ["ts:>2026-01-02", { ts: "2026-01-02T00:00:00.000Z" }, { ts: "2026-01-01T23:59:59.999Z" }],
    ["ts:=2026-01-02", { ts: "2026-01-02T10:00:00.000Z" }, { ts: "2026-01-03T10:00:00.000Z" }],
    ["ts:<2026-01-02", { ts: "2026-01-01T10:00:00.000Z" }, { ts: "2026-01-02T00:00:00.000Z" }],
    ["ts:<3", { ts: "2" }, { ts: 2 }],
    ["url:=HTTPS://A/", { url: "https://a/" }, { url: "https://a/b" }],
    ["url:>b", { url: "C" }, { url: "a" }],
    ["url:>b", { url: "c" }, { url: null }],
    ["value:>b", { value: "C" }, { value: "B" }],
    ["data.n:=5", { data: { n: 5 } }, { data: { n: 6 } }],
    ["data.n:<5", { data: { n: 4 } }, { data: { n: 5 } }],
    ["data.n:=5", { data: { n: "5" } }, { data: { n: "55" } }],
    ["data.on:=TRUE", { data: { on: true } }, { data: { on: false } }],
    ["data.on:=true", { data: { on: true } }, { data: {} }],
    ["data.on:true", { data: { on: true } }, { data: { on: false } }],
    ["data.a.b:c", { data: { a: { b: "c" } } }, { data: { a: { d: "c" } } }],
    ["data.A.B:c", { data: { a: { b: "c" } } }, { data: { a: "c" } }],
    ["data.list.1:two", { data: { list: ["one", "two"] } }, { data: { list: ["two", "one"] } }],
    ["data.a:x", { data: { a: "x", A: "y" } }, { data: { a: "y", A: "x" } }],
    ["data.$ref:x", { data: { $ref: "x" } }, { data: { ref: "x" } }],
    ["data.length:3", { data: { length: 3 } }, { data: "abc" }],
    ['data:="a b"', { data: "A b" }, { data: "a b c" }],
    ['status:="404"', { status: 404 }, { status: 405 }],
    ["method:=GET", { method: "get" }, { method: "GETS" }],
    ["method:GET,POST", { method: "POST" }, { method: "PUT" }],
    ["method:,POST", { method: "POST" }, { method: "PUT" }],
    ["status:200..204,404", { status: 203 }, { status: 205 }],
    ['message:"say \\"hi\\""', { message: 'I say "hi".' }, { message: "say hi" }],
    ['"a\\n"', { message: "a\\n" }, { message: "an" }],
    ["message:/^a.c$/s", { message: "a\nc" }, { message: "a\nb" }],
    ["message:/^b$/m", { message: "a\nb" }, { message: "ab" }],
    ["/[/]x/", { message: "/x" }, { message: "x" }],
    ["/a/g", { message: "x/a/gy" }, { message: "a" }],
    ["a-b", { message: "A-B" }, { message: "ab" }],
    ["1:2", { message: "1:2" }, { message: "12" }],
    ["a.b", { message: "a.b" }, { message: "axb" }],
    ["(a|b)*", { message: "(a|b)*" }, { message: "aa" }],
    ["[x]{1}$^?+", { message: "[x]{1}$^?+" }, { message: "x" }],
    ["true", { fromCache: true }, { fromCache: false }],
    ["7", { data: [[{ n: 7 }]] }, { data: [null, undefined, {}] }],
    ["is:error", { level: "error" }, { level: "warn" }],
    ["is:error", { success: false }, { success: true }],
    ["is:error", { failure: "net::ERR" }, { failure: null }],
    ["is:error", { status: 400 }, { status: 399 }],
    ["is:error", { status: 1e3 }, { status: "500" }],
    ["IS:Error", { status: 999 }, { status: 0 }],
    ["is:failed", { success: false }, { status: 500 }],
    ["is:failed", { failure: "x" }, { success: true }],
    ["is:masked", { value: mask }, { value: "*" }],
    ["is:cached", { fromCache: true }, { fromCache: false }],
    ["is:cached", { fromCache: true }, { fromServiceWorker: true }],
    ["is:xhr", { resourceType: "fetch" }, { resourceType: "script" }],
    ["is:xhr", { resourceType: "xhr" }, { message: "xhr" }],
    ["has:value", { value: "x" }, { value: "" }],
    ["has:value", { value: 0 }, { value: null }],
    ["has:value", { value: true }, { value: false }],
    ["has:value", { value: [1] }, { value: [] }],
    ["has:value", { value: { a: 1 } }, { value: {} }],
    ["has:Body", { responseBody: "x" }, { postData: "x" }],
    ["has:data.a.b", { data: { a: { b: 1 } } }, { data: { a: {} } }],
    ["domain:Example.com", { url: "https://a.example.COM/x" }, { url: "https://example.com.evil/" }],
    ["domain:example.com", { url: "https://example.com" }, { url: "https://badexample.com/" }],
    ["domain:.example.com", { url: "https://example.com?q" }, { url: "https://other/example.com" }],
    ["domain:example.com", { url: "http://u:p@example.com:8080#x" }, { url: "http://example.com@other/" }],
    ["domain:example.com", { url: "wss://example.com/" }, { url: "example.com" }],
    ["domain:example.com", { url: "https://example.com/" }, { url: 5 }],
    ["domain:a.*.com", { url: "https://x.a.b.com/" }, { url: "https://xa.b.com/" }],
    ["domain:a*.com", { url: "https://ab.com/" }, { url: "https://ab.com.org/" }],
    ["domain:example.com:80", { url: "http://example.com:80/" }, { url: "http://example.com:8080/" }],
    ["domain:[::1]", { url: "http://[::1]:9000/" }, { url: "http://[::2]:9000/" }],
    ["domain:[::1]:9000", { url: "http://[::1]:9000/" }, { url: "http://[::1]:9001/" }],
    ["domain:a.example,b.example", { url: "http://b.example/" }, { url: "http://c.example/" }],
  ];
  for (const [source, holds, holdsNot] of borders)
    it(`${JSON.stringify(source)} holds for ${JSON.stringify(holds)} and not for ${JSON.stringify(holdsNot)}`, () => {
      const filter = parseFilter(source);
      for (const row of [holds, holdsNot]) {
        const line = JSON.stringify(row);
        assert.equal(filter.matchesLine("network", line), row === holds, line);
        assert.equal(filter.matches({ kind: "network", line, row: parseRow(line) }), row === holds, line);
      }
    });

  /** Each kind of field: a value, its row, and what a value that is none is told. */
  const text = ["some", "some words", "text, such as login; = before it for the whole value"] as const;
  const truth = ["true", true, "true or false"] as const;
  const kinds: Record<string, readonly [value: string, holds: unknown, expected: string]> = {
    ...Object.fromEntries(
      "ts event message data id pageId method url resourceType statusText contentType requestHeaders responseHeaders postData responseBody messages failure source action selector bestSemanticSelector nearbyText coordinates value error"
        .split(" ")
        .map((field) => [field, text]),
    ),
    ...Object.fromEntries(
      ["bodyTruncated", "fromCache", "fromServiceWorker", "success"].map((field) => [field, truth]),
    ),
    level: ["error", "error", "one of debug, info, warn, error, or such as >=warn"],
    status: ["404", 404, "a number, such as 404, >=400, 4xx or 200..299"],
    messagesOmitted: ["404", 404, "a number, such as 5, >5 or 1..9"],
    size: ["2k", 2_000, "a size, such as 500, >10k or 1k..2M"],
    duration: ["2s", 2_000, "a time, such as 250, >1.5s or 100..200"],
  };
  it("every field of a row can be asked for, and says what it takes", () => {
    for (const [field, [value, holds, expected]] of Object.entries(kinds)) {
      const line = JSON.stringify({ [field]: holds });
      assert.equal(parseFilter(`${field}:${value}`).matchesLine("network", line), true, field);
      assert.equal(parseFilter(`${field.toLowerCase()}:${value}`).matchesLine("network", line), true, field);
      assert.equal(parseFilter(`has:${field}`).matchesLine("network", line), true, field);
      assert.equal(parseFilter(`${field}:${value}`).matchesLine("network", '{"other":"some true"}'), false, field);
      assert.deepEqual(refused(`${field}:>`), [`">" cannot be compared with ${field}.`, expected]);
      assert.deepEqual(refused(`${field}:,`), [`"," is no value of ${field}.`, expected]);
    }
    assert.deepEqual(
      [...filterFields].sort(),
      [...Object.keys(kinds), "domain", "larger-than", "smaller-than", "is", "has", "log"].sort(),
    );
  });

  it("a field is asked for by its other name, too", () => {
    for (const [name, field] of Object.entries({
      type: "resourceType",
      mime: "contentType",
      "content-type": "contentType",
      page: "pageId",
      body: "responseBody",
      post: "postData",
      time: "ts",
    }))
      assert.equal(parseFilter(`${name}:x`).matchesLine("network", JSON.stringify({ [field]: "x" })), true, name);
    assert.equal(parseFilter("cached:true").matchesLine("network", '{"fromCache":true}'), true);
  });

  it("a field without a value says one", () => {
    const examples: Record<string, string> = {
      status: "status:>=400",
      method: "method:POST",
      domain: "domain:example.com",
      "larger-than": "larger-than:10k",
      is: "is:error",
      log: "log:network",
      level: "level:>=warn",
      duration: "duration:>1s",
    };
    for (const field of filterFields) {
      assert.equal(exampleOf(field), examples[field] ?? `${field}:text`);
      const [message = "", expected] = refused(`${field}: x`);
      assert.equal(message, `There is nothing after "${field}:".`);
      const example = exampleOf(field.toLowerCase());
      assert.equal(expected, `a value, such as ${example}; to ask whether it is there, has:${field}`);
    }
    assert.equal(refused("data.pid:")[0], 'There is nothing after "data.pid:".');
  });

  it("says in full what is wrong and what would be right", () => {
    const quotes = (source: string): string => `to look for the text, put it in quotes: "${source}"`;
    for (const [source, message, expected] of [
      [
        "-",
        "There is nothing after the minus sign.",
        'a term, such as -status:200; to look for a minus sign, write "-"',
      ],
      [
        "- a",
        "There is nothing after the minus sign.",
        'a term, such as -status:200; to look for a minus sign, write "-"',
      ],
      ["is:bad", '"is:bad" is not known.', "one of error, failed, masked, cached, xhr, malformed"],
      ["log:logs,x", 'There is no log "x".', "one of logs, network, actions"],
      ["has:", 'There is nothing after "has:".', "a value, such as has:text; to ask whether it is there, has:has"],
      ["has:x.y", 'There is no field "x".', `one of ${Object.keys(kinds).length} fields`],
      ["larger-than:x", '"x" is no size.', "a number of bytes, such as 500, 10k or 2M"],
      ["smaller-than:1s", '"1s" is no size.', "a number of bytes, such as 500, 10k or 2M"],
      ["size:1s", '"1s" is no value of size.', "a size, such as 500, >10k or 1k..2M"],
      ["status:1k", '"1k" is no value of status.', "a number, such as 404, >=400, 4xx or 200..299"],
      ["status:6xx", '"6xx" is no value of status.', "a number, such as 404, >=400, 4xx or 200..299"],
      ["status:4xxx", '"4xxx" is no value of status.', "a number, such as 404, >=400, 4xx or 200..299"],
      ["status:14xx", '"14xx" is no value of status.', "a number, such as 404, >=400, 4xx or 200..299"],
      ["status:1..x", '"1..x" is no value of status.', "a number, such as 404, >=400, 4xx or 200..299"],
      ["status:x..1", '"x..1" is no value of status.', "a number, such as 404, >=400, 4xx or 200..299"],
      ["size:4xx", '"4xx" is no value of size.', "a size, such as 500, >10k or 1k..2M"],
      ["status:404,x", '"404,x" is no value of status.', "a number, such as 404, >=400, 4xx or 200..299"],
      ["status:x404", '"x404" is no value of status.', "a number, such as 404, >=400, 4xx or 200..299"],
      ["success:untrue", '"untrue" is no value of success.', "true or false"],
      ["success:trues", '"trues" is no value of success.', "true or false"],
      ["success:>true", '">true" cannot be compared with success.', "true or false"],
      ["success:=untrue", '"=untrue" cannot be compared with success.', "true or false"],
      ["success:=falsely", '"=falsely" cannot be compared with success.', "true or false"],
      ["level:>=loud", '">=loud" cannot be compared with level.', "one of debug, info, warn, error, or such as >=warn"],
      ["req:x", 'There is no field "req".', `a field of a row, perhaps "requestHeaders:"; ${quotes("req:x")}`],
      [
        "resp:x",
        'There is no field "resp".',
        `a field of a row, perhaps "resourceType:" or "responseHeaders:" or "responseBody:"; ${quotes("resp:x")}`,
      ],
      ["msesage:x", 'There is no field "msesage".', `a field of a row, perhaps "message:"; ${quotes("msesage:x")}`],
      ["msesagee:x", 'There is no field "msesagee".', `a field of a row; ${quotes("msesagee:x")}`],
      ['http:"a', "The quote is not closed.", 'a closing ", and \\" for a quote inside'],
      ['qqqq:"a"', 'There is no field "qqqq".', `a field of a row; ${quotes("qqqq:a")}`],
      ['"a"b', "Something follows the closing quote.", "a space between terms"],
      [
        "/(/",
        /^This is no regular expression that can be used: .+\.$/,
        "a pattern such as /time(out|d out)/i; to look for the text, put it in quotes",
      ],
    ] as const) {
      const [found = "", hint = ""] = refused(source);
      if (typeof message === "string") assert.equal(found, message, source);
      else assert.match(found, message);
      if (source === "has:x.y") assert.equal(hint.split(", ").length, Object.keys(kinds).length);
      else assert.equal(hint, expected, source);
    }
  });

  it("a comparison with a value in quotes that the field cannot have lets nothing through", () => {
    assert.equal(parseFilter('status:>"x"').matchesLine("network", '{"status":500}'), false);
    assert.equal(parseFilter('success:>"true"').matchesLine("actions", '{"success":true}'), false);
    assert.equal(parseFilter('message:"="').matchesLine("logs", '{"message":"a=b"}'), true);
  });

  it("a term tells where it stands, and every term may be turned round", () => {
    assert.deepEqual(
      parseFilter('a  -status:200 -"b c" -/d/ -url:"e f" url:/g/i').terms.map(({ offset, length, negated }) => [
        offset,
        length,
        negated,
      ]),
      [
        [0, 1, false],
        [3, 11, true],
        [15, 6, true],
        [22, 4, true],
        [27, 10, true],
        [38, 8, false],
      ],
    );
    assert.equal(parseFilter("a b").source, "a b");
  });

  it("a line that holds no object is no row", () => {
    for (const line of ["[1]", "5", "null", '"text"', "{", ""]) assert.equal(parseRow(line), undefined, line);
    assert.deepEqual(parseRow('{"a":1}'), { a: 1 });
    assert.equal(parseFilter("-url:x").matchesLine("network", "[1]"), true);
    assert.equal(parseFilter("one").matchesLine("network", '["one"]'), true);
  });

  function refused(source: string): [message: string, expected: string] {
    try {
      parseFilter(source);
    } catch (error) {
      assert.ok(error instanceof FilterError, String(error));
      return [error.message, error.expected];
    }
    return assert.fail(`${source} is read`);
  }
});
