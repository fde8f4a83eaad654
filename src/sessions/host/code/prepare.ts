/**
 * Makes runnable JavaScript of what a user typed (S15): TypeScript that is a function body with top-level
 * `await` and `return`, or a lone expression whose value is the result. Pure functions of text, shared by
 * the realm of `exec` and that of `readonly-exec`.
 *
 * How it is used:
 * ```ts
 * const prepared = await prepareFunctionBody(code);      // throws CodeSyntaxError
 * run(`(async function () {\n${prepared.body}\n})`);      // the body begins on line 2 of what you compile
 * prepared.locate(line - 1, column);                      // where that is in the user's text
 * ```
 * Plain JavaScript goes through with one parse and stays as it is, to the column; the remover of types is
 * loaded only for text that is not JavaScript. sucrase was chosen for it: bundled it is 90 KB and loads in
 * 10 ms, while amaro (3.5 MB of WebAssembly) takes 75 ms; both keep lines, and columns are found
 * again (`removedTypes.ts`).
 */
import { SourceMap } from "node:module";
import { parse, type Options, type Program } from "acorn";
import { LibrettoError } from "../../util/errors.js";
import type { CodePosition } from "./codePosition.js";
import { originsOf } from "./removedTypes.js";
import { rewriteForRepl, type Edits } from "./repl.js";

/** Code that is ready for an engine. */
export interface PreparedCode {
  /** JavaScript: the body of an async function, which returns the result. It may end in a comment: put a line break after it. */
  body: string;
  /** The place in the user's text of a place in `body` (which begins at line 1, column 1). */
  locate(line: number, column: number): CodePosition;
}

/** Code that no engine would take. Message and hint are fit for people; the position is for editors. */
export class CodeSyntaxError extends LibrettoError {
  constructor(
    readonly reason: string,
    readonly position: CodePosition,
    /** The offending line, trimmed and shortened. */
    readonly excerpt: string,
  ) {
    super(
      "CodeFailed",
      `SyntaxError: ${reason} (line ${position.line}, column ${position.column}): ${excerpt}`,
      "Correct the code and run it again.",
    );
  }

  static at(code: string, reason: string, position: CodePosition): CodeSyntaxError {
    return new CodeSyntaxError(unsupportedAt(code, position) ?? reason, position, excerptOf(code, position.line));
  }
}

/**
 * Prepares code that stands for itself: nothing it declares outlives it. Imports are not allowed in it.
 * @throws CodeSyntaxError
 */
export async function prepareFunctionBody(code: string): Promise<PreparedCode> {
  const source = await parseSource(code);
  refuse(source, "ImportDeclaration", "import statements are not available here");
  refuse(source, "Export", "export is not available here");
  return source.finish(source.expression === undefined ? undefined : [returning(source.expression)]);
}

/**
 * Prepares one call of a session's REPL: what it declares at the top level lasts, and a later call may declare
 * it again. The body calls the helper named `replHelperName`, and must run inside `with (scope)` of the
 * `ReplScope` that provides it.
 * @throws CodeSyntaxError
 */
export async function prepareReplCall(code: string): Promise<PreparedCode> {
  const source = await parseSource(code);
  refuse(source, "Export", "export is not available here");
  return source.finish(
    source.expression === undefined ? rewriteForRepl(source.text, source.program) : [returning(source.expression)],
  );
}

/** The line of that number (from 1), trimmed and shortened to what fits a terminal's line. */
export function excerptOf(code: string, line: number): string {
  const text = (code.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1] ?? "").trim();
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

/** Names what TypeScript has and is not to be had here, where the parser stopped at it. */
function unsupportedAt(code: string, { line, column }: CodePosition): string | undefined {
  const text = code.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1] ?? "";
  if (text[column - 1] === "@") return "decorators are not available here";
  const word = /^[\w$]/.test(text.slice(column - 1))
    ? /(?:^|[\s;{}])(using|namespace)\s+$/.exec(text.slice(0, column - 1))?.[1]
    : undefined;
  if (word === "using") return "using declarations are not available here";
  // The remover of types takes them for types, with all that is in them.
  return word === "namespace" ? "namespaces are not available here" : undefined;
}

function refuse(source: ParsedSource, type: string, reason: string): void {
  const found = source.program.body.find((node) => node.type.startsWith(type));
  if (found) throw source.fault(reason, found.start);
}

interface Range {
  start: number;
  end: number;
}

/** Code that parsed: as it was typed, or with its types removed. */
interface ParsedSource {
  text: string;
  program: Program;
  /** Where the expression stands, if the code is nothing else. */
  expression: Range | undefined;
  fault(reason: string, offset: number): CodeSyntaxError;
  finish(edits: Edits | undefined): Promise<PreparedCode>;
}

/** Makes an expression the result. The parenthesis stands on its line, so that a comment before it does no harm. */
function returning(expression: Range): Edits[number] {
  return (text) =>
    text
      .appendRight(expression.start, "return (")
      .appendLeft(expression.end, "\n)")
      .remove(expression.end, text.original.length);
}

const options: Options = {
  ecmaVersion: 2025,
  sourceType: "script",
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
  // Imports are told from syntax errors by their node, which gives a better message.
  allowImportExportEverywhere: true,
  // Node ranges then hold the parentheses, which rewriting must not lose.
  preserveParens: true,
};

/**
 * `f<T>(x)` is JavaScript too (two comparisons), which nobody means: where it may stand, types are looked for first.
 * Their length is bounded, or every `<` of a long program would be followed to the program's end.
 */
const typeArguments = /[\w$]<[\w$\s.,|&[\]{}()"':;?=<>]{1,1000}>\s*[(`]/;

async function parseSource(code: string): Promise<ParsedSource> {
  const plain = attempt(code);
  const asTyped = "reason" in plain ? undefined : sourceOf(code, code, plain, undefined);
  if (asTyped && !typeArguments.test(code)) return asTyped;
  if ("reason" in plain && unsupportedAt(code, plain.position) !== undefined)
    throw CodeSyntaxError.at(code, plain.reason, plain.position);

  const { transform } = await import("sucrase");
  let stripped: { code: string };
  try {
    stripped = transform(code, {
      transforms: ["typescript"],
      disableESTransforms: true,
      keepUnusedImports: true,
      filePath: "code.ts",
    });
  } catch (thrown) {
    if (asTyped) return asTyped;
    throw furthest(code, plain as Fault, sucraseFault(thrown) ?? (plain as Fault));
  }
  const locate = originsOf(code, stripped.code);
  const parsed = attempt(stripped.code);
  if ("reason" in parsed) {
    if (asTyped) return asTyped;
    throw furthest(code, plain as Fault, {
      reason: parsed.reason,
      position: locate(parsed.position.line, parsed.position.column),
    });
  }
  return sourceOf(code, stripped.code, parsed, locate);
}

type Fault = { reason: string; position: CodePosition };

/** Of two parsers that failed, the one that got further says more about what is wrong. */
function furthest(code: string, first: Fault, second: Fault): CodeSyntaxError {
  const before =
    second.position.line < first.position.line ||
    (second.position.line === first.position.line && second.position.column <= first.position.column);
  const { reason, position } = before ? first : second;
  return CodeSyntaxError.at(code, reason, position);
}

function attempt(text: string): { program: Program; expression: Range | undefined } | Fault {
  let program: Program;
  try {
    program = parse(text, options);
  } catch (thrown) {
    // `{ a: 1, b: 2 }` is no statement, but it is an expression.
    const literal = objectLiteral(text);
    if (literal) return literal;
    return acornFault(thrown);
  }
  const [only, ...more] = program.body;
  if (more.length > 0 || only === undefined) return { program, expression: undefined };
  if (only.type === "ExpressionStatement") return { program, expression: only.expression };
  // `{ a: 1 }` reads as a block with a label; someone who types it alone means the object.
  return (only.type === "BlockStatement" && objectLiteral(text)) || { program, expression: undefined };
}

function objectLiteral(text: string): { program: Program; expression: Range } | undefined {
  if (text[firstCodeOf(text)] !== "{") return undefined;
  try {
    const program = parse(`(${text}\n)`, options);
    const only = program.body[0];
    if (
      program.body.length !== 1 ||
      only?.type !== "ExpressionStatement" ||
      only.expression.type !== "ParenthesizedExpression"
    )
      return undefined;
    const { start, end } = only.expression.expression;
    return { program, expression: { start: start - 1, end: end - 1 } };
  } catch {
    return undefined;
  }
}

/** Where the code begins, behind blanks and comments. One of these at a time: a pattern for all may divide a row of slashes in endlessly many ways. */
function firstCodeOf(text: string): number {
  const gap = /\s*(?:\/\/.*|\/\*[^]*?\*\/)?/y;
  let start: number;
  do {
    start = gap.lastIndex;
    gap.test(text);
  } while (gap.lastIndex > start);
  return start;
}

function sourceOf(
  code: string,
  text: string,
  parsed: { program: Program; expression: Range | undefined },
  typesRemoved: PreparedCode["locate"] | undefined,
): ParsedSource {
  const toUser = typesRemoved ?? ((line: number, column: number) => ({ line, column }));
  return {
    text,
    ...parsed,
    fault: (reason, offset) => {
      const position = positionAt(text, offset);
      return CodeSyntaxError.at(code, reason, toUser(position.line, position.column));
    },
    async finish(edits) {
      if (edits === undefined || edits.length === 0) return { body: text, locate: toUser };
      const { default: MagicString } = await import("magic-string");
      const edited = new MagicString(text);
      for (const edit of edits) edit(edited);
      let map: SourceMap | undefined;
      return {
        body: edited.toString(),
        locate(line, column) {
          map ??= new SourceMap(
            edited.generateMap({ hires: true, source: "code.js" }) as unknown as ConstructorParameters<
              typeof SourceMap
            >[0],
          );
          const { line: textLine, column: textColumn } = originOf(map, line, column);
          return toUser(textLine, textColumn);
        },
      };
    },
  };
}

/** Looks a position (from 1) up in a map (which counts from 0). What lies before the first entry is the beginning. */
function originOf(map: SourceMap, line: number, column: number): CodePosition {
  const entry = map.findEntry(line - 1, column - 1);
  return "originalLine" in entry
    ? { line: entry.originalLine + 1, column: entry.originalColumn + 1 }
    : { line: 1, column: 1 };
}

function positionAt(text: string, offset: number): CodePosition {
  const lines = text.slice(0, offset).split(/\r\n|[\n\r\u2028\u2029]/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** acorn's errors hold the place, and end their message in it. */
function acornFault(thrown: unknown): Fault {
  const { message, loc } = thrown as SyntaxError & { loc: { line: number; column: number } };
  return { reason: message.replace(/ \(\d+:\d+\)$/, ""), position: { line: loc.line, column: loc.column + 1 } };
}

/** sucrase's errors hold it too, with a column from 1. Undefined for an error that is no syntax error. */
function sucraseFault(thrown: unknown): Fault | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { loc } = thrown as Error & { loc?: { line: number; column: number } };
  if (loc === undefined) return undefined;
  return {
    reason: thrown.message.replace(/^Error transforming [^:]*: /, "").replace(/ \(\d+:\d+\)$/, ""),
    position: { line: loc.line, column: loc.column },
  };
}
