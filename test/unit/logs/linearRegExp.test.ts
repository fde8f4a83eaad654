import assert from "node:assert/strict";
import { LinearRegExp, PatternError } from "../../../src/sessions/logs/linearRegExp.js";

describe("LinearRegExp", () => {
  const texts = [
    "",
    "a",
    "ab",
    "abc",
    "aab",
    "ABC",
    "foo bar",
    "foo\nbar",
    "x1y22",
    "a.b",
    "ünïcode wörd",
    "😀 smile",
    "aaaa",
    "[x]",
    "a/b?c=d",
    "\\d",
    "{2}",
    "foo_bar-baz",
    "line\r\nend",
    "é",
  ];
  const patterns: [source: string, flags?: string][] = [
    ["a"],
    ["abc"],
    ["a|b"],
    ["^a"],
    ["b$"],
    ["^$"],
    ["a*b"],
    ["a+b"],
    ["a?bc"],
    ["(ab)+c"],
    ["(?:a|b)c"],
    ["(?<n>a)b"],
    ["[a-c]{2}"],
    ["a{2,3}"],
    ["a{2,}"],
    ["a{0}b"],
    ["."],
    ["^.$"],
    ["^.$", "u"],
    ["\\bbar"],
    ["foo\\b"],
    ["o\\B"],
    ["\\d+"],
    ["\\w+\\s\\w+"],
    ["[^a-z]"],
    ["[\\]x]"],
    ["a\\.b"],
    ["\\\\d"],
    ["\\{2\\}"],
    ["abc", "i"],
    ["^bar", "m"],
    ["foo$", "m"],
    ["foo.bar", "s"],
    ["foo.bar"],
    ["\\p{L}+", "u"],
    ["ö"],
    ["Ö", "i"],
    ["😀", "u"],
    ["😀"],
    ["[😀x]", "u"],
    ["a+?b"],
    ["(a|ab)(c|bcd)?$"],
    ["(a*)*b"],
    ["(|a)+b"],
    ["\\u0061b"],
    ["\\x61b"],
    ["\\/"],
    ["\\?c=d"],
    ["^(?:foo|bar)[_ ]bar"],
    ["\\s$"],
    ["}"],
    ["]"],
    ["x{,2}"],
    ["$^"],
    ["\\n"],
    ["[\\s\\S]{3}"],
  ];
  for (const [source, flags] of patterns) {
    it(`/${source}/${flags ?? ""} finds what RegExp finds`, () => {
      const linear = new LinearRegExp(source, flags);
      const native = new RegExp(source, flags);
      for (const text of texts) assert.equal(linear.test(text), native.test(text), JSON.stringify(text));
    });
  }

  it("catastrophic patterns take no time on long text", function () {
    this.timeout(10_000);
    for (const source of [
      "(a+)+$",
      "(a|a)*b",
      "(.*a){12}$",
      "^(\\w+\\s?)*$",
      "(x+x+)+y",
      "a?".repeat(30) + "a".repeat(30),
      "([a-z]|[a-e]|a)*!",
    ]) {
      assert.equal(typeof new LinearRegExp(source).test("a".repeat(20_000) + "\u0000"), "boolean");
    }
  });

  it("goes on when the automaton has more states than it keeps", () => {
    const pattern = new LinearRegExp("(a|b)*a(a|b){11}c");
    let text = "";
    for (let n = 0; n < 20_000; n++) text += (n * 7919) % 3 === 0 || (n * 104_729) % 5 === 0 ? "a" : "b";
    assert.equal(pattern.test(text), false);
    assert.equal(pattern.test(`${text}a${"b".repeat(11)}c`), true);
  });

  it("goes on when a text has more different characters than it keeps ways for", () => {
    const pattern = new LinearRegExp("a.{10}b.c");
    const text = Array.from({ length: 120_000 }, (_, n) =>
      n % 3 === 0 ? "a" : String.fromCharCode(0x3400 + (n % 40_000)),
    ).join("");
    assert.equal(pattern.test(text), false);
    assert.equal(pattern.test(`${text}a0123456789b c`), true);
  });

  for (const [source, flags, expected] of [
    ["(", "", /nterminated group/],
    ["[", "", /nterminated character class/],
    ["*", "", /othing to repeat/],
    ["a(?=b)", "", /look-around/],
    ["(a)\\1", "", /references/],
    ["(a{1000}){1000}", "", /too long/],
    ["a", "g", /flags/],
    ["a", "ii", /flags/],
  ] as const) {
    it(`/${source}/${flags} is refused: ${expected.source}`, () => {
      assert.throws(
        () => new LinearRegExp(source, flags),
        (error) => error instanceof PatternError && expected.test(error.message),
      );
    });
  }
});
