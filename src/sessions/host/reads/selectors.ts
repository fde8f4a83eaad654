/** Looks at the selectors and patterns of locators before Playwright does: some would mean more, or take longer, than a read may. */
import { NotAllowed } from "./refusals.js";

/** Brackets inside brackets of a selector: where its parser runs out of stack, Playwright tries again for ever. */
const maxBrackets = 50;
const maxPaths = 50;

/**
 * A selector as users write it. Engines that look at the page's own objects, and those by which Playwright
 * writes locators down, are not for users; where a selector is split too often here, more is looked at.
 * @throws NotAllowed
 */
export function plainSelector(selector: string): string {
  const parts = selector.split(">>");
  const engine = parts
    .map((part) => /^\*?\s*(_\w+|internal:[\w-]+|aria-template)\s*=/.exec(part.trimStart())?.[1])
    .find((name) => name !== undefined);
  if (engine !== undefined) throw new NotAllowed(`the selector engine ${engine}`);
  let open = 0;
  for (const character of selector) {
    if (character === "(" || character === "[" || character === "{") open++;
    else if ((character === ")" || character === "]" || character === "}") && open > 0) open--;
    if (open > maxBrackets) throw new NotAllowed(`a selector with more than ${maxBrackets} brackets inside each other`);
  }
  const paths = parts.flatMap((part, index) => {
    const mark = /^\s*\*?(?:xpath(?::light)?\s*=|(?=\(*\/\/|\.\.))/.exec(part)?.[0];
    return mark === undefined ? [] : [{ index, mark }];
  });
  if (paths.length > maxPaths) throw new NotAllowed(`a selector with more than ${maxPaths} XPaths`);
  // One may go on behind a `>>` that stands in quotes, so each is looked at up to the end of the selector.
  for (const { index, mark } of paths) assertQuickXPath(parts.slice(index).join(">>").slice(mark.length));
  return selector;
}

/** What of a path says how far its steps look. */
const steps =
  /"[^"]*"|'[^']*'|\[|\]|(?:following|preceding|ancestor)[\w-]*\s*::|parent\s*::|descendant[\w-]*\s*::|\.\.|\/\/?/g;

/**
 * Refuses a path whose time grows with the third power of the page or more, such as `//*[//*[//*]]`. The browser
 * looks at every combination of elements then, for hours where a page is large, and nothing but the end of the
 * page's process makes it stop.
 * @throws NotAllowed
 */
function assertQuickXPath(path: string): void {
  // For each predicate that is open, how far its own steps look: 2 for anywhere in the page, 1 for below the element.
  const open: number[] = [];
  let far = 0;
  for (const { 0: token, index } of path.matchAll(steps)) {
    if (token === "[") open.push(0);
    else if (token === "]") open.pop();
    else if (token[0] !== '"' && token[0] !== "'") {
      const reach = token.startsWith("descendant")
        ? 1
        : token[0] !== "/" || isFirstOfPath(path.slice(0, index))
          ? 2
          : token.length - 1;
      if (reach === 2) far++;
      if (open.length > 0) open.push(Math.max(open.pop() ?? 0, reach));
    }
    if (open.length > 4 || far > 12 || open.reduce((sum, each) => sum + each, 0) > 3)
      throw new NotAllowed(
        "an XPath that searches the page again for each element it finds, in predicates inside each other,",
      );
  }
}

/** Whether a slash behind that text begins a path at the root, and is no step from what stands there. */
function isFirstOfPath(text: string): boolean {
  const before = text.trimEnd();
  const last = before.at(-1);
  if (last === undefined || "=!<>+-|,[(".includes(last)) return true;
  // A name of an operator is one, and `*` is one, where an operand stands before it.
  const operator = last === "*" ? "*" : /(?:and|or|div|mod)$/.exec(before.slice(-3))?.[0];
  if (operator === undefined) return false;
  const operand = before.slice(0, -operator.length).trimEnd().at(-1);
  return (
    operand !== undefined &&
    !"/@:=!<>+-|,[(*".includes(operand) &&
    !(operator !== "*" && /[\w.-]/.test(before.at(-operator.length - 1) ?? ""))
  );
}

/**
 * The source of a pattern, written so that it means the same and is still one piece in a selector: Playwright
 * escapes those without the flags `u` and `v`, and takes the others as they are.
 */
export function patternSource(source: string, flags: string): string {
  if (!/[uv]/.test(flags)) return source;
  const hex = (character: string): string => `\\x${character.charCodeAt(0).toString(16)}`;
  return source.replace(/\\[^]|>>|["'`]/g, (piece) =>
    piece === ">>" ? `>${hex(">")}` : /^\\?["'`>]$/.test(piece) ? hex(piece.slice(-1)) : piece,
  );
}
