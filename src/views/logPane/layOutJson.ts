/**
 * JSON made readable without changing what it says: reading it and writing it again would round long numbers
 * and drop what a repeated name held before.
 */

/** Deeper than this nothing is indented further: a text that is all brackets would grow with their square. */
const deepest = 100;
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** @returns the text with line breaks and two spaces of indentation a level; undefined where it is not a JSON object or list */
export function layOutJson(text: string): string | undefined {
  if (!isJsonStructure(text)) return undefined;
  const parts: string[] = [];
  let depth = 0;
  const newLine = (): string => `\n${"  ".repeat(Math.min(depth, deepest))}`;
  let previous = "";
  for (const [piece] of text.matchAll(token)) {
    const closes = piece === "}" || piece === "]";
    if (closes) depth--;
    if (previous === "{" || previous === "[" ? !closes : closes || previous === ",") parts.push(newLine());
    parts.push(piece === ":" ? ": " : piece);
    if (piece === "{" || piece === "[") depth++;
    previous = piece;
  }
  return parts.join("");
}

/** Whether the text is a JSON object or list. */
export function isJsonStructure(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
