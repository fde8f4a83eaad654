import assert from "node:assert/strict";
import { cellsOf, codeAt, toDocument, type TextRange } from "../../src/views/code/codeAt.js";

const cursor = (line: number, character = 0): TextRange => ({ start: { line, character }, end: { line, character } });
const code = (text: string, selection: TextRange, language = "typescript"): string | undefined =>
  codeAt(text.split("\n"), selection, language)?.code;

describe("V4: the code that is meant", () => {
  const script = "const a = 1;\nreturn a;\n\nawait page.title()\n";

  it("is the selection where there is one", () => {
    assert.equal(code(script, { start: { line: 0, character: 6 }, end: { line: 0, character: 7 } }), "a");
    assert.equal(code(script, { start: { line: 0, character: 6 }, end: { line: 1, character: 6 } }), "a = 1;\nreturn");
  });
  it("else the lines around the cursor up to blank ones", () => {
    assert.equal(code(script, cursor(1)), "const a = 1;\nreturn a;");
    assert.equal(code(script, cursor(3, 5)), "await page.title()");
  });
  it("is nothing on a blank line", () => assert.equal(code(script, cursor(2)), undefined));
  it("is the cell between its marks", () => {
    const cells = "// %% first\nconst a = 1;\n\nreturn a;\n\n// %% second\nreturn 2;";
    assert.equal(code(cells, cursor(3)), "const a = 1;\n\nreturn a;");
    assert.equal(code(cells, cursor(6)), "return 2;");
  });
  it("is the fenced block in Markdown, and its prose is none", () => {
    const page = "Look:\n```ts libretto\nreturn 1;\n\nreturn 2;\n```\nDone.";
    assert.equal(code(page, cursor(3), "markdown"), "return 1;\n\nreturn 2;");
    assert.equal(code(page, cursor(0), "markdown"), undefined);
  });
});

describe("V4: where a document offers to run code", () => {
  it("is each cell, each marked fence, or the whole of a *.libretto.ts file", () => {
    assert.deepEqual(
      cellsOf("// %%\n1\n// %%\n\n// %%\n2".split("\n"), "typescript", "a.ts").map(({ line }) => line),
      [0, 4],
    );
    assert.deepEqual(
      cellsOf("```js\n1\n```\n```js libretto\n2\n```".split("\n"), "markdown", "a.md").map(({ line }) => line),
      [3],
    );
    assert.deepEqual(
      cellsOf(["return 1"], "libretto", "look.libretto.ts").map(({ line }) => line),
      [0],
    );
    assert.deepEqual(cellsOf(["return 1"], "typescript", "plain.ts"), []);
    assert.deepEqual(cellsOf([""], "libretto", "empty.libretto.ts"), []);
  });
});

describe("V4: a place that an error names", () => {
  it("is found again in the document", () => {
    const piece = { start: { line: 10, character: 4 }, end: { line: 12, character: 0 } };
    assert.deepEqual(toDocument(piece, 1, 7), { line: 10, character: 10 });
    assert.deepEqual(toDocument(piece, 2, 7), { line: 11, character: 6 });
  });
});
