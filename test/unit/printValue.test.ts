import assert from "node:assert/strict";
import { printValue } from "../../src/sessions/host/code/format.js";

describe("S15: how a result is printed", () => {
  it("a string as it is, undefined as nothing", () => {
    assert.deepEqual(printValue("two\nlines"), { kind: "string", text: "two\nlines" });
    assert.deepEqual(printValue(undefined), { kind: "undefined", text: "" });
    assert.deepEqual(printValue(""), { kind: "string", text: "" });
  });

  it("data as JSON indented by two spaces", () => {
    assert.deepEqual(printValue({ a: [1, null, "x"], at: new Date(0), url: new URL("http://a/") }), {
      kind: "json",
      text: '{\n  "a": [\n    1,\n    null,\n    "x"\n  ],\n  "at": "1970-01-01T00:00:00.000Z",\n  "url": "http://a/"\n}',
    });
    for (const value of [null, true, 0, -1.5, [], {}])
      assert.deepEqual(printValue(value), { kind: "json", text: JSON.stringify(value) });
    class Point {
      x = 1;
    }
    assert.equal(printValue(new Point()).text, '{\n  "x": 1\n}');
    const shared = { a: 1 };
    assert.equal(printValue([shared, shared]).kind, "json");
  });

  it("what JSON cannot hold is shown readably", () => {
    const circular: Record<string, unknown> = { name: "x" };
    circular.self = circular;
    const shown: [value: unknown, text: RegExp][] = [
      [circular, /\[Circular \*1\]/],
      [10n, /^10n$/],
      [{ big: 1n }, /big: 1n/],
      [() => 1, /\[Function/],
      [new Map([["a", 1]]), /Map\(1\) \{ 'a' => 1 \}/],
      [[new Set([1])], /Set\(1\) \{ 1 \}/],
      [Symbol("s"), /Symbol\(s\)/],
      [NaN, /^NaN$/],
      [{ at: new Date(NaN) }, /Invalid Date/],
      [/a/g, /^\/a\/g$/],
      [Buffer.from("abc"), /<Buffer 61 62 63>/],
      [new Error("broken"), /Error: broken/],
      [
        {
          get bad(): never {
            throw new Error("no");
          },
        },
        /bad: \[Getter\]/,
      ],
      [
        {
          toJSON() {
            throw new Error("no");
          },
        },
        /toJSON/,
      ],
      [
        new (class Secret {
          #x = 1;
          get x() {
            return this.#x;
          }
        })(),
        /Secret/,
      ],
      [
        new Proxy(
          {},
          {
            ownKeys() {
              throw new Error("no");
            },
            getPrototypeOf() {
              throw new Error("no");
            },
          },
        ),
        /./,
      ],
    ];
    for (const [value, text] of shown) {
      const printed = printValue(value);
      assert.match(printed.text, text);
      assert.equal(printed.kind, "string");
    }
  });
});
