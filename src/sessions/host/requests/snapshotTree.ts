/** The text of an accessibility tree: parts of it, what fits, and what changed between two (S20, S27). Nothing here asks a page. */

import { LinearRegExp, PatternError } from "../../logs/linearRegExp.js";
import { usageError } from "../../util/errors.js";

/** Lines of a tree that are printed; a longer one is read in its file, or a subtree at a time. */
export const maxLines = 600;

/** How much of a tree is printed. */
export interface TreeShape {
  /** Levels below the first. */
  depth?: number | undefined;
  /** Only what holds that text, in any case, or fits that `/regular expression/`, and what it stands in. */
  find?: string | undefined;
  /** Only what can be clicked, typed into or chosen, and what it stands in. */
  interactive?: boolean | undefined;
  maxLines: number;
  /** Characters of the whole. */
  maxChars: number;
}

/** A tree that was cut to a shape. */
export interface ShapedTree {
  text: string;
  /** Lines that were left out because the rest did not fit. */
  leftOut: number;
}

const interactiveRoles =
  /^\s*- '?(?:button|link|textbox|searchbox|checkbox|radio|combobox|listbox|option|menuitem\w*|slider|spinbutton|switch|tab|treeitem|gridcell|iframe)\b/;

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The ref stands behind the element's name, which is quoted and may hold anything but a line break. */
function refOf(line: string): string | undefined {
  return /^\s*- (?:'|)[\w-]+(?: "(?:[^"\\]|\\.)*"| \/(?:[^/\\]|\\.)*\/)?(?: \[[\w-]+(?:=[^\]]*)?\])*? \[ref=((?:f\d+)?e\d+)\]/.exec(
    line,
  )?.[1];
}

/** Without what helps nobody who reads. */
function plain(line: string): string {
  return line.replace(" [cursor=pointer]", "");
}

/** The part of a tree that begins with the element of that ref, moved to the margin; undefined if it is not there. */
export function cutSubtree(tree: string, ref: string): string | undefined {
  const lines = tree.split("\n");
  // The ref stands behind the element's name, which is quoted and may hold anything but a line break.
  const start = lines.findIndex((line) => refOf(line) === ref);
  if (start < 0) return undefined;
  const depth = indentOf(lines[start] ?? "");
  let end = start + 1;
  while (end < lines.length && indentOf(lines[end] ?? "") > depth) end++;
  return lines
    .slice(start, end)
    .map((line) => line.slice(depth))
    .join("\n");
}

/** Cuts a tree to what was asked for and to what fits: whole branches are left out, the deepest first. @throws `Usage` for a pattern that is none */
export function shapeTree(tree: string, { depth, find, interactive, maxLines, maxChars }: TreeShape): ShapedTree {
  let lines = tree.split("\n").map(plain);
  if (interactive) lines = linesWith(lines, (line) => interactiveRoles.test(line));
  if (find !== undefined) lines = linesWith(lines, finds(find));
  const asked = depth === undefined ? lines : lines.filter((line) => indentOf(line) / 2 < depth);
  const shown = fitting(asked, maxLines, maxChars);
  return { text: shown.join("\n"), leftOut: lines.length - shown.length };
}

/** The text of a cut tree, and how to read the rest. @param file holds all of it */
export function withRest({ text, leftOut }: ShapedTree, file: string): string {
  if (leftOut === 0) return text;
  return `${text}\n# ${leftOut} more lines: \`libretto snapshot <ref>\` prints a part of the tree, ${file} holds all.`.trimStart();
}

/** A text, or a regular expression between slashes, with its flags behind the second. */
function finds(wanted: string): (line: string) => boolean {
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(wanted) ?? [];
  if (source === undefined) {
    const text = wanted.toLowerCase();
    return (line) => line.toLowerCase().includes(text);
  }
  try {
    const pattern = new LinearRegExp(source, flags);
    return (line) => pattern.test(line.trimStart().slice("- ".length));
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw usageError(
      `${wanted} is no regular expression that snapshot takes: ${error.message}`,
      "Correct it, or give a text without slashes around it.",
    );
  }
}

/** Those lines, and the lines that they stand in. */
function linesWith(lines: string[], matches: (line: string) => boolean): string[] {
  const kept = new Set<number>();
  const path: number[] = [];
  for (const [index, line] of lines.entries()) {
    const indent = indentOf(line);
    while (path.length > 0 && indentOf(lines[path.at(-1) ?? 0] ?? "") >= indent) path.pop();
    path.push(index);
    if (matches(line)) for (const at of path) kept.add(at);
  }
  return lines.filter((_line, index) => kept.has(index));
}

function fitting(lines: string[], maxLines: number, maxChars: number): string[] {
  const perDepth: { lines: number; chars: number }[] = [];
  for (const line of lines) {
    const entry = (perDepth[indentOf(line) / 2] ??= { lines: 0, chars: 0 });
    entry.lines++;
    entry.chars += line.length + 1;
  }
  let depths = 0;
  const total = { lines: 0, chars: 0 };
  for (; depths < perDepth.length; depths++) {
    const entry = perDepth[depths] ?? { lines: 0, chars: 0 };
    if (depths > 0 && (total.lines + entry.lines > maxLines || total.chars + entry.chars > maxChars)) break;
    total.lines += entry.lines;
    total.chars += entry.chars;
  }
  const shown: string[] = [];
  let chars = 0;
  // Of the first depth that does not fit, as many lines as there is room for.
  let room = { lines: maxLines - total.lines, chars: maxChars - total.chars };
  for (const line of lines) {
    const level = indentOf(line) / 2;
    if (level > depths) continue;
    if (level === depths) {
      if (room.lines < 1 || room.chars < line.length + 1) continue;
      room = { lines: room.lines - 1, chars: room.chars - line.length - 1 };
    }
    if (shown.length >= maxLines) break;
    if (chars + line.length + 1 > maxChars) {
      // A single line may be longer than everything may be.
      if (shown.length === 0) shown.push(`${line.slice(0, Math.max(0, maxChars - 1))}…`);
      break;
    }
    chars += line.length + 1;
    shown.push(line);
  }
  return shown;
}

/** What changed from one tree to another, in few lines. Each begins with `+` (new), `-` (gone) or `~` (the same element, changed). */
export function treeDifference(before: string, after: string, maxChars: number): ShapedTree {
  const [old, now] = [linesOf(before), linesOf(after)];
  const { removed, added } = differingLines(old, now);
  if (removed.length === 0 && added.length === 0) return { text: "", leftOut: 0 };
  const gone = new Map<string, Line>();
  for (const index of removed) {
    const line = old[index];
    if (line?.ref !== undefined) gone.set(line.ref, line);
  }
  const changed = new Set<string>();
  const out: string[] = [];
  const told = new Set<number>();
  let lastAdded = -2;
  for (const index of added) {
    const line = now[index];
    if (!line) continue;
    const isChange = line.ref !== undefined && gone.has(line.ref);
    if (isChange) changed.add(line.ref ?? "");
    const parent = parentOf(now, index);
    // Where it stands is told once, by the nearest element that has a ref.
    if (index !== lastAdded + 1 && parent !== undefined && !told.has(parent) && !added.includes(parent)) {
      told.add(parent);
      out.push(`in ${shorten(now[parent]?.text ?? "")}`);
    }
    lastAdded = index;
    const pad = " ".repeat(Math.max(0, line.indent - (parent === undefined ? 0 : (now[parent]?.indent ?? 0)) - 2));
    out.push(`${isChange ? "~" : "+"} ${pad}${shorten(line.text)}`);
  }
  out.push(...removedBranches(old, removed, changed));
  const kept: string[] = [];
  let chars = 0;
  for (const line of out) {
    if (chars + line.length + 1 > maxChars) break;
    chars += line.length + 1;
    kept.push(line);
  }
  return { text: kept.join("\n"), leftOut: out.length - kept.length };
}

interface Line {
  text: string;
  indent: number;
  ref: string | undefined;
}

function linesOf(tree: string): Line[] {
  return tree
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const shown = plain(line).replace(" [active]", "");
      return { text: shown.trim().replace(/^- /, ""), indent: indentOf(shown), ref: refOf(line) };
    });
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

function parentOf(lines: Line[], index: number): number | undefined {
  let indent = lines[index]?.indent ?? 0;
  for (let at = index - 1; at >= 0 && indent > 0; at--) {
    const line = lines[at];
    if (!line || line.indent >= indent) continue;
    if (line.ref !== undefined) return at;
    indent = line.indent;
  }
  return undefined;
}

/** What is gone, each branch by its first line. */
function removedBranches(old: Line[], removed: number[], changed: Set<string>): string[] {
  const out: string[] = [];
  const gone = new Set(removed);
  for (let at = 0; at < removed.length; at++) {
    const index = removed[at] ?? 0;
    const line = old[index];
    if (!line || (line.ref !== undefined && changed.has(line.ref))) continue;
    let below = 0;
    while (gone.has(index + below + 1) && (old[index + below + 1]?.indent ?? 0) > line.indent) below++;
    out.push(`- ${shorten(line.text)}${below > 0 ? ` (and ${below} lines below it)` : ""}`);
    at += below;
  }
  return out;
}

/** Lines that are not in the other list, by position. Exact where the middle is small, by count where it is large. */
function differingLines(old: Line[], now: Line[]): { removed: number[]; added: number[] } {
  let start = 0;
  while (start < old.length && start < now.length && old[start]?.text === now[start]?.text) start++;
  let [endOld, endNow] = [old.length, now.length];
  while (endOld > start && endNow > start && old[endOld - 1]?.text === now[endNow - 1]?.text)
    [endOld, endNow] = [endOld - 1, endNow - 1];
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
  const [height, width] = [endOld - start, endNow - start];
  if (height === 0 || width === 0) return { removed: range(start, endOld), added: range(start, endNow) };
  if (height * width > 1_000_000) return byCount(old, now, range(start, endOld), range(start, endNow));
  const lengths = new Uint32Array((height + 1) * (width + 1));
  for (let y = height - 1; y >= 0; y--)
    for (let x = width - 1; x >= 0; x--)
      lengths[y * (width + 1) + x] =
        old[start + y]?.text === now[start + x]?.text
          ? (lengths[(y + 1) * (width + 1) + x + 1] ?? 0) + 1
          : Math.max(lengths[(y + 1) * (width + 1) + x] ?? 0, lengths[y * (width + 1) + x + 1] ?? 0);
  const [removed, added]: [number[], number[]] = [[], []];
  let [y, x] = [0, 0];
  while (y < height && x < width) {
    if (old[start + y]?.text === now[start + x]?.text) [y, x] = [y + 1, x + 1];
    else if ((lengths[(y + 1) * (width + 1) + x] ?? 0) >= (lengths[y * (width + 1) + x + 1] ?? 0))
      removed.push(start + y++);
    else added.push(start + x++);
  }
  return { removed: [...removed, ...range(start + y, endOld)], added: [...added, ...range(start + x, endNow)] };
}

function byCount(
  old: Line[],
  now: Line[],
  oldRange: number[],
  nowRange: number[],
): { removed: number[]; added: number[] } {
  const counts = new Map<string, number>();
  for (const index of nowRange) counts.set(now[index]?.text ?? "", (counts.get(now[index]?.text ?? "") ?? 0) + 1);
  const removed = oldRange.filter((index) => {
    const left = counts.get(old[index]?.text ?? "") ?? 0;
    if (left > 0) counts.set(old[index]?.text ?? "", left - 1);
    return left === 0;
  });
  const had = new Map<string, number>();
  for (const index of oldRange) had.set(old[index]?.text ?? "", (had.get(old[index]?.text ?? "") ?? 0) + 1);
  const added = nowRange.filter((index) => {
    const left = had.get(now[index]?.text ?? "") ?? 0;
    if (left > 0) had.set(now[index]?.text ?? "", left - 1);
    return left === 0;
  });
  return { removed, added };
}
