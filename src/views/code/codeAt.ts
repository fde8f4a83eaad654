/**
 * What code the user means: the selection, else the block under the cursor, else its line. Pure functions
 * of text and position, zero-based as in VS Code.
 */

export interface Position {
  line: number;
  character: number;
}
export interface TextRange {
  start: Position;
  end: Position;
}

/** A piece of a document that can be run, and where it stands, so that errors can be put in their place. */
export interface CodePiece {
  code: string;
  range: TextRange;
}

/** A place that gets a CodeLens: a cell, a fenced block, or a whole file. `line` is where the lens stands. */
export interface Cell extends TextRange {
  line: number;
}

const cellMark = /^\s*(\/\/|#)\s*%%/;
const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/;
const languages = /^(ts|js|typescript|javascript|tsx|jsx|mjs|mts)\b/i;

/**
 * @param lines the document's lines without their ends
 * @param selection where the selection starts and ends; an empty one is the cursor
 * @param languageId VS Code's name of the language
 * @returns undefined where there is nothing but blanks
 */
export function codeAt(lines: readonly string[], selection: TextRange, languageId: string): CodePiece | undefined {
  const range = isEmpty(selection) ? blockAt(lines, selection.start.line, languageId) : selection;
  if (range === undefined) return undefined;
  const code = textIn(lines, range);
  return code.trim() === "" ? undefined : { code, range };
}

/** The block around a line: a fenced block of Markdown, a `// %%` cell, else the lines up to the next blank ones. */
function blockAt(lines: readonly string[], line: number, languageId: string): TextRange | undefined {
  if (languageId === "markdown")
    return fencedBlocks(lines).find((block) => line >= block.line && line <= block.end.line + 1);
  if (lines.some((text) => cellMark.test(text))) {
    const cell = markedCells(lines).find((one) => line >= one.line && line <= one.end.line);
    if (cell) return cell;
  }
  if ((lines[line] ?? "").trim() === "") return undefined;
  let [first, last] = [line, line];
  while (first > 0 && (lines[first - 1] ?? "").trim() !== "") first--;
  while (last + 1 < lines.length && (lines[last + 1] ?? "").trim() !== "") last++;
  return wholeLines(lines, first, last);
}

/** Where a document offers to run code (the CodeLens): its cells, marked fences, or the file as a whole. */
export function cellsOf(lines: readonly string[], languageId: string, fileName: string): Cell[] {
  if (languageId === "markdown") return fencedBlocks(lines).filter((block) => /\blibretto\b/.test(block.info));
  const cells = markedCells(lines);
  if (cells.length > 0) return cells;
  if (!/\.libretto\.[cm]?[jt]s$/i.test(fileName) || lines.every((text) => text.trim() === "")) return [];
  return [{ line: 0, ...wholeLines(lines, 0, lines.length - 1) }];
}

function markedCells(lines: readonly string[]): Cell[] {
  const marks = lines.flatMap((text, line) => (cellMark.test(text) ? [line] : []));
  return marks.flatMap((line, index) => {
    const last = (marks[index + 1] ?? lines.length) - 1;
    const range = trimmed(lines, line + 1, last);
    return range ? [{ line, ...range }] : [];
  });
}

function fencedBlocks(lines: readonly string[]): (Cell & { info: string })[] {
  const blocks: (Cell & { info: string })[] = [];
  for (let line = 0; line < lines.length; line++) {
    const [, , marks = "", info = ""] = fence.exec(lines[line] ?? "") ?? [];
    if (marks === "") continue;
    let end = line + 1;
    while (end < lines.length && !new RegExp(`^\\s*${marks[0]}{${marks.length},}\\s*$`).test(lines[end] ?? "")) end++;
    if (languages.test(info) && end > line + 1) blocks.push({ line, info, ...wholeLines(lines, line + 1, end - 1) });
    line = end;
  }
  return blocks;
}

function trimmed(lines: readonly string[], first: number, last: number): TextRange | undefined {
  while (first <= last && (lines[first] ?? "").trim() === "") first++;
  while (last >= first && (lines[last] ?? "").trim() === "") last--;
  return first <= last ? wholeLines(lines, first, last) : undefined;
}

function wholeLines(lines: readonly string[], first: number, last: number): TextRange {
  return { start: { line: first, character: 0 }, end: { line: last, character: (lines[last] ?? "").length } };
}

function textIn(lines: readonly string[], { start, end }: TextRange): string {
  if (start.line === end.line) return (lines[start.line] ?? "").slice(start.character, end.character);
  return [
    (lines[start.line] ?? "").slice(start.character),
    ...lines.slice(start.line + 1, end.line),
    (lines[end.line] ?? "").slice(0, end.character),
  ].join("\n");
}

function isEmpty({ start, end }: TextRange): boolean {
  return start.line === end.line && start.character === end.character;
}

/**
 * Where a position of the piece stands in the document.
 * @param line counted from 1, as in error messages
 * @param column counted from 1
 */
export function toDocument(piece: TextRange, line: number, column: number): Position {
  return {
    line: piece.start.line + line - 1,
    character: Math.max(0, column - 1) + (line === 1 ? piece.start.character : 0),
  };
}
