import assert from "node:assert/strict";
import { globToRegExp, urlMatcher } from "../../../src/sessions/host/sandbox/guest/urlPattern.js";

describe("S13: waitForURL takes globs as Playwright does", () => {
  const cases: [glob: string, matches: string[], others: string[]][] = [
    [
      "**/table",
      ["http://a.test/table", "http://a.test/x/y/table"],
      ["http://a.test/table?page=1", "http://a.test/tables"],
    ],
    ["**/*.js", ["https://localhost:8080/foo.js", "https://localhost:8080/c.js"], ["https://localhost:8080/c.min.css"]],
    ["https://**/*.js", ["https://localhost:8080/c.js"], ["http://localhost:8080/c.js"]],
    ["http://a.test/*", ["http://a.test/", "http://a.test/x"], ["http://a.test/x/y"]],
    ["http://a.test/**/end", ["http://a.test/end", "http://a.test/b/c/end"], ["http://a.test/end/x"]],
    ["**/*.{png,jpg,jpeg}", ["http://a.test/c.jpg", "http://a.test/c.png"], ["http://a.test/c.css"]],
    ["http://a.test/?x=1", ["http://a.test/?x=1"], ["http://a.test/bx=1"]],
    ["http://a.test/\\*", ["http://a.test/*"], ["http://a.test/x"]],
    ["http://a.test/[ab]", ["http://a.test/[ab]"], ["http://a.test/a"]],
    ["http://a.test", ["http://a.test/"], ["http://a.test/x"]],
  ];
  for (const [glob, matches, others] of cases) {
    it(glob, () => {
      const match = urlMatcher(glob);
      for (const url of matches) assert.equal(match(url), true, url);
      for (const url of others) assert.equal(match(url), false, url);
    });
  }

  it("a regular expression with the flag g starts anew each time", () => {
    const match = urlMatcher(/table/g);
    assert.deepEqual([match("http://a.test/table"), match("http://a.test/table")], [true, true]);
  });

  it("a brace that is not closed does not break it", () => assert.doesNotThrow(() => globToRegExp("{a,b")));
  it("what is no pattern is refused", () => assert.throws(() => urlMatcher(7 as never), TypeError));
});
