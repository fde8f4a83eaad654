import assert from "node:assert/strict";
import { constants, runInThisContext } from "node:vm";
import { CodeSyntaxError, prepareFunctionBody, prepareReplCall } from "../../src/sessions/host/code/prepare.js";
import { ReplScope } from "../../src/sessions/host/code/replScope.js";

/** Runs code that stands for itself, as a client of `prepareFunctionBody` does. */
async function run(code: string): Promise<unknown> {
  const { body } = await prepareFunctionBody(code);
  return (runInThisContext(`(async function () {\n${body}\n})`) as () => Promise<unknown>)();
}

/** A REPL of its own. */
function repl(): (code: string) => Promise<unknown> {
  const scope = new ReplScope();
  return async (code) => {
    const { body } = await prepareReplCall(code);
    const start = runInThisContext(
      `(function (scope) { with (scope) { return (async function () {\n${body}\n})() } })`,
      { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
    ) as (names: object) => Promise<unknown>;
    return start(scope.names);
  };
}

async function syntaxError(code: string, prepare = prepareFunctionBody): Promise<CodeSyntaxError> {
  try {
    await prepare(code);
  } catch (thrown) {
    assert.ok(thrown instanceof CodeSyntaxError, String(thrown));
    return thrown;
  }
  throw new Error("the code was accepted");
}

describe("S15: code as a function body or a lone expression", () => {
  const results: [title: string, code: string, result: unknown][] = [
    ["an expression", "1 + 1", 2],
    ["an expression with a semicolon and comments around it", "// first\n  'a' + 'b' ; // last", "ab"],
    ["an expression that awaits", "await Promise.resolve(3)", 3],
    ["a promise", "Promise.resolve(4)", 4],
    ["a lone string", "'use strict'", "use strict"],
    ["an object of one property", "{ a: 1 }", { a: 1 }],
    ["an object of several", "{ a: 1, b: { c: [2] } }", { a: 1, b: { c: [2] } }],
    ["an object with a comment before it", "/* it */ {}", {}],
    ["a sequence in parentheses", "(1, 2)", 2],
    ["top-level return", "const a = 1; return a + 1", 2],
    ["return in a branch", "for (const x of [1, 2, 3]) if (x > 1) return x", 2],
    ["statements without return", "const a = 1; a", undefined],
    ["nothing at all", "", undefined],
    ["a comment alone", "// nothing", undefined],
    ["a block", "{ let a = 1; a++ }", undefined],
    [
      "types",
      "const a: number = 1 as number; type T = { a: string }; interface I {} ; return (<T extends string>(x: T): T => x)('x' satisfies string) + a",
      "x1",
    ],
    ["an expression with types", "(globalThis as any).Array.isArray([])!", true],
    [
      "type arguments of a call, which JavaScript would read as comparisons",
      "const f = <T>(x: T) => x; return f<Array<number>>([1])",
      [1],
    ],
    ["comparisons that look like type arguments", "const a = 1, b = 2; return a<b && b>(0)", true],
    ["an enum", "enum Colour { Red, Green } ; return Colour.Green", 1],
    [
      "a class with typed and private fields",
      "class A { #x: number = 2; constructor(public y: number) {} get sum(): number { return this.#x + this.y } } return new A(3).sum",
      5,
    ],
    [
      "optional chaining, regular expressions, templates",
      "return `${[/a\\/b/g.source, null?.['x'] ?? 'none']}`",
      "a\\/b,none",
    ],
  ];
  for (const [title, code, result] of results) it(title, async () => assert.deepEqual(await run(code), result));

  it("a syntax error names line, column and the line itself", async () => {
    const error = await syntaxError("const a = 1;\n  const b = = 2;\nreturn a");
    assert.deepEqual(error.position, { line: 2, column: 13 });
    assert.equal(error.excerpt, "const b = = 2;");
    assert.equal(error.message, "SyntaxError: Unexpected token (line 2, column 13): const b = = 2;");
    assert.equal(error.code, "CodeFailed");
  });

  it("a syntax error in TypeScript is placed in what was typed", async () => {
    assert.deepEqual((await syntaxError("const a: number = 1;\nconst b: string = = 2;")).position, {
      line: 2,
      column: 19,
    });
    // Found only once the types are gone, and by then further to the left.
    assert.deepEqual((await syntaxError("const a: number = 1, a: number = 2;")).position, { line: 1, column: 22 });
  });

  it("code cannot leave the function that it is wrapped in", async () => {
    for (const code of ["}); evil(); (async function () {", "}}", "*/ 1", "1) ; (2"]) await syntaxError(code);
  });

  it("rows of slashes and stars before code cost nothing, nor does a long program with many comparisons", async () => {
    const banner = `${"/".repeat(80)}\n/${"*".repeat(80)}/\n// a // b // c\n`;
    assert.equal(await run(`${banner.repeat(10)}const a: number = 1; return a`), 1);
    assert.deepEqual((await syntaxError(`${banner}const b = = 2`)).position, { line: 4, column: 11 });
    assert.deepEqual(await run(`${banner}{ a: 1, b: 2 }`), { a: 1, b: 2 });
    assert.equal(
      await run(`let n = 0;\n${"for (let i = 0; i < 2; i++) { n = n + i; }\n".repeat(20_000)}return n`),
      20_000,
    );
  });

  it("what TypeScript has and the engine has not is refused by name, not dropped", async () => {
    assert.match(
      (await syntaxError("class A {\n  @log m() {} }")).message,
      /decorators are not available here \(line 2, column 3\)/,
    );
    assert.match(
      (await syntaxError("const a: number = 1;\nusing b = open()")).message,
      /using declarations are not available here \(line 2, column 7\)/,
    );
    assert.match((await syntaxError("await using b = open()")).message, /using declarations/);
    assert.match(
      (await syntaxError("namespace N { export const a = 1 }")).message,
      /namespaces are not available here \(line 1, column 11\)/,
    );
    assert.equal(
      await run("declare namespace N { const a: number }; const using = 1, namespace = 2; return using + namespace"),
      3,
    );
  });

  it("imports and exports are refused by name", async () => {
    assert.match(
      (await syntaxError("import fs from 'fs'")).message,
      /import statements are not available here \(line 1, column 1\)/,
    );
    assert.match((await syntaxError("export const a = 1")).message, /export is not available here/);
  });

  it("plain JavaScript keeps its columns, TypeScript gets them back", async () => {
    const plain = await prepareFunctionBody("const a = 1;\n  boom()");
    assert.deepEqual(plain.locate(2, 3), { line: 2, column: 3 });
    const typed = await prepareFunctionBody("const a: Array<number> = [], b: string = missing.name;");
    const found = typed.body.indexOf("missing") + 1;
    assert.deepEqual(typed.locate(1, found), { line: 1, column: 42 });
    const code = "const f = async (x: Promise<Array<number>>): Promise<Map<string, Array<number>>> => missing(x);";
    const nested = await prepareFunctionBody(code);
    assert.deepEqual(nested.locate(1, nested.body.indexOf("missing") + 1), {
      line: 1,
      column: code.indexOf("missing") + 1,
    });
    const lone = await prepareFunctionBody("// comment\n  (x as any).missing");
    const at = (lone.body.split("\n")[1] ?? "").indexOf("missing") + 1;
    assert.deepEqual(lone.locate(2, at), { line: 2, column: 14 });
  });
});

describe("S16: declarations of the REPL last", () => {
  const sessions: [title: string, calls: string[], result: unknown][] = [
    [
      "const, let, var, function and class",
      ["const a = 1; let b = 2; var c = 3; function d() { return 4 } class E { x = 5 }", "[a, b, c, d(), new E().x]"],
      [1, 2, 3, 4, 5],
    ],
    [
      "async functions and generators",
      [
        "async function f() { return 1 }\nfunction* g() { yield 2 }\nasync function* h() { yield 3 }",
        "[await f(), [...g()], (await h().next()).value]",
      ],
      [1, [2], 3],
    ],
    ["several in one declaration, some without a value", ["let a = 1, b, c = a + 1", "[a, b, c]"], [1, undefined, 2]],
    [
      "destructuring with defaults, nesting and rest",
      [
        "const { a, b: [c, ...d], e = await Promise.resolve(5), ...f } = { a: 1, b: [2, 3, 4], g: 6 }\nlet [h = 7, , i] = [undefined, 8, 9]",
        "[a, c, d, e, f, h, i]",
      ],
      [1, 2, [3, 4], 5, { g: 6 }, 7, 9],
    ],
    [
      "a constant declared again, as anything",
      ["const a = 1", "const a = 2", "let a = 3", "class a { static x = 4 }", "a.x"],
      4,
    ],
    ["a declaration that uses the one before it", ["let a = 1", "let a = a + 1", "const { a } = { a: a + 1 }", "a"], 3],
    ["assignments", ["let a = 1", "a = 2; a++", "a"], 3],
    ["var without a value keeps what there was", ["var a = 1", "var a; var b;", "[a, b]"], [1, undefined]],
    [
      "var in blocks and loops",
      [
        "for (var i = 0, n = 3; i < n; i++) { var last = i }\nif (true) var yes = 1; else var no = 2\nfor (var k in { x: 1 }) ;\nfor (var [v] of [[7]]) ;\ntry { var t = 1 } finally {}\nswitch (1) { case 1: var s = 2 }",
        "[i, n, last, yes, no, k, v, t, s]",
      ],
      [3, 3, 2, 1, undefined, "x", 7, 1, 2],
    ],
    [
      "let in blocks does not leave them",
      ["{ let a = 1 } for (const b of [1]) { }", "[typeof a, typeof b]"],
      ["undefined", "undefined"],
    ],
    [
      "a function replaced for its callers of earlier calls",
      ["function a() { return 1 } function b() { return a() }", "function a() { return 2 }", "b()"],
      2,
    ],
    ["functions that are called before they are declared", ["const x = f(); function f() { return 1 }", "x"], 1],
    [
      "functions have their names",
      ["const a = () => 1; function b() {} class C {} const d = class {}", "[a.name, b.name, C.name, d.name]"],
      ["a", "b", "C", "d"],
    ],
    [
      "names that are special to objects",
      ["const __proto__ = 1; let constructor = 2; var toString = 3", "[__proto__, constructor, toString]"],
      [1, 2, 3],
    ],
    [
      "types, enums and typed declarations",
      [
        "enum E { A, B }\nconst a: number = 1; interface I { x: number } function f<T>(x: T): T { return x }",
        "f<number>(E.B + a)",
      ],
      2,
    ],
    [
      "imports",
      [
        "import { join as j } from 'node:path'; import os, * as all from 'node:os'; import 'node:fs'",
        "[typeof j, typeof os.cpus, typeof all.cpus]",
      ],
      ["function", "function", "function"],
    ],
    [
      "lines that rely on missing semicolons",
      ["const a = 1\nlet b\n;[2].forEach((x) => { b = x })\nvar c = 3\n;(() => { b++ })()", "[a, b, c]"],
      [1, 3, 3],
    ],
    ["a let before a bracket on the next line", ["let b\n[1].length", "b"], undefined],
    ["an undeclared name", ["undeclaredName = 5", "undeclaredName"], 5],
    ["a declaration in parentheses and with commas", ["const a = (1, 2), b = ((x) => x)(3)", "[a, b]"], [2, 3]],
    ["strict code", ["'use strict'; const a = 1; let { b } = { b: 2 }", "[a, b]"], [1, 2]],
  ];
  for (const [title, calls, result] of sessions)
    it(title, async () => {
      const call = repl();
      let last: unknown;
      for (const code of calls) last = await call(code);
      assert.deepEqual(last, result);
    });

  it("a call that fails keeps what it declared before, and nothing after", async () => {
    const call = repl();
    await assert.rejects(call("const a = 1; throw new Error('stop'); const b = 2"), /stop/);
    assert.equal(await call("a"), 1);
    await assert.rejects(call("b"), /b is not defined/);
  });

  it("a constant cannot be assigned to", async () => {
    const call = repl();
    await call("const a = 1; const { b } = { b: 2 }");
    await assert.rejects(call("a = 2"), /Assignment to constant variable/);
    await assert.rejects(call("b++"), /Assignment to constant variable/);
    assert.deepEqual(await call("[a, b]"), [1, 2]);
  });

  it("a return does not undo declarations, and its value is the result", async () => {
    const call = repl();
    assert.equal(await call("const a = 1; if (a) return 'early'; const b = 2"), "early");
    assert.equal(await call("a"), 1);
  });

  it("places in rewritten code are found in what was typed", async () => {
    const code = "function later() { return 1 }\nconst a: number = 1, { b }: { b: number } = missing.b;";
    const prepared = await prepareReplCall(code);
    const lines = prepared.body.split("\n");
    const line = lines.findIndex((text) => text.includes("missing")) + 1;
    assert.deepEqual(prepared.locate(line, (lines[line - 1] ?? "").indexOf("missing") + 1), { line: 2, column: 45 });
  });

  it("a syntax error is one here too", async () => {
    assert.deepEqual((await syntaxError("const a = 1;\nlet a = 2;", prepareReplCall)).position, { line: 2, column: 5 });
  });
});
