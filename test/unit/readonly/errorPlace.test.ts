import assert from "node:assert/strict";
import { pointAtName } from "../../../src/sessions/host/sandbox/errorPlace.js";

describe("S15: an error is placed at the name that people look for", () => {
  // Where QuickJS points (`^`) and where we do (`v`), one below and one above the line.
  const cases: [what: string, pointer: string, code: string, engine: string][] = [
    ["a property", "     v    ", "null.x.y;", "    ^"],
    ["a property of a property", "  v", "a.b.c", " ^"],
    ["a call", "v", "none(1)", "    ^"],
    ["a method's call", "  v", "a.none(1)", "      ^"],
    ["new", "v", "new Thing(1)", "         ^"],
    ["inside an argument", "    v", "f(a.b)", "   ^"],
    ["nothing of these", "v", "1 + 2", "^"],
  ];
  for (const [what, pointer, code, engine] of cases) {
    it(what, () =>
      assert.deepEqual(pointAtName(code, 1, engine.length), { line: 1, column: pointer.trimEnd().length }),
    );
  }

  it("a name on a later line", () => assert.deepEqual(pointAtName("o\n  .a()\n  .b()", 3, 5), { line: 3, column: 4 }));
  it("code that does not parse is left alone", () =>
    assert.deepEqual(pointAtName("let = ;", 1, 3), { line: 1, column: 3 }));
});
