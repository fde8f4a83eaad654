import assert from "node:assert/strict";
import { FilterError, parseFilter } from "../../../src/sessions/logs/filter.js";
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
});
