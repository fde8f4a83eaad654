/**
 * Tells where a place in TypeScript was, once sucrase has made JavaScript of it. sucrase keeps every line as a
 * line; within one, types vanish and names of imports are spelt out. Its own source map loses all columns behind
 * the first nested type argument (two of its tokens then begin at one place, which it does not expect), so the
 * words of the two lines are matched here instead: the longest common row of words is what was kept.
 */
import type { CodePosition } from "./codePosition.js";

/** Largest table of pairs of words that is made. */
const maxPairs = 4_000_000;

interface Word {
  text: string;
  at: number;
}

/**
 * @param source what was typed
 * @param output what sucrase made of it
 * @returns a function from a place in `output` to the one in `source`; both count from 1
 */
export function originsOf(source: string, output: string): (line: number, column: number) => CodePosition {
  const sourceLines = source.split("\n");
  const outputLines = output.split("\n");
  return (line, column) => {
    const before = sourceLines[line - 1];
    const after = outputLines[line - 1];
    if (before === undefined || after === undefined || before === after) return { line, column };
    return { line, column: originColumn(before, after, column - 1) + 1 };
  };
}

/**
 * Where each word of a line of the output was in its line of the source; columns count from 0. A word that was added
 * belongs to the one that follows it: what sucrase adds, it adds in front.
 */
export function wordOrigins(source: string, output: string): { at: number; origin: number }[] {
  const words = { source: wordsOf(source), output: wordsOf(output) };
  if (source === output) return words.output.map(({ at }) => ({ at, origin: at }));
  const first = words.source[0]?.at ?? 0;
  if (words.source.length * words.output.length > maxPairs) return [{ at: 0, origin: first }];
  const kept = matchWords(words.source, words.output);
  let next = 0;
  return words.output.map(({ at }) => {
    while (next < kept.length && (kept[next]?.to.at ?? 0) < at) next++;
    return { at, origin: (kept[next] ?? kept.at(-1))?.from.at ?? first };
  });
}

function originColumn(source: string, output: string, column: number): number {
  const words = { source: wordsOf(source), output: wordsOf(output) };
  // Nobody reads a column of a line of thousands of words.
  if (words.source.length * words.output.length > maxPairs) return Math.min(column, source.length);
  const kept = matchWords(words.source, words.output);
  // Inside of a word that was kept, the place in it is kept too; elsewhere, the end of the word before it is nearest.
  const word = kept.findLast(({ to }) => to.at <= column);
  if (word === undefined) return Math.min(column, source.length);
  return word.from.at + Math.min(column - word.to.at, word.from.text.length);
}

function wordsOf(line: string): Word[] {
  return [...line.matchAll(/[\p{L}\p{N}_$]+|[^\s\p{L}\p{N}_$]/gu)].map((match) => ({
    text: match[0],
    at: match.index,
  }));
}

/** The longest common subsequence, in order. Of two ways, the one further to the right: what sucrase adds, it adds in front. */
function matchWords(source: Word[], output: Word[]): { from: Word; to: Word }[] {
  const width = output.length + 1;
  // lengths[i * width + j]: of the longest row common to the first i words of the source and the first j of the output.
  const lengths = new Uint16Array((source.length + 1) * width);
  source.forEach((from, i) => {
    output.forEach((to, j) => {
      lengths[(i + 1) * width + j + 1] =
        from.text === to.text
          ? (lengths[i * width + j] ?? 0) + 1
          : Math.max(lengths[i * width + j + 1] ?? 0, lengths[(i + 1) * width + j] ?? 0);
    });
  });
  const pairs: { from: Word; to: Word }[] = [];
  let i = source.length;
  let j = output.length;
  while (i > 0 && j > 0) {
    const from = source[i - 1];
    const to = output[j - 1];
    if (from && to && from.text === to.text) {
      pairs.push({ from, to });
      i--;
      j--;
    } else if ((lengths[(i - 1) * width + j] ?? 0) >= (lengths[i * width + j - 1] ?? 0)) i--;
    else j--;
  }
  return pairs.reverse();
}
