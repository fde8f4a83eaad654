/** Reads characters that stand in a text by their codes: in addresses, markup, JSON, JavaScript. No Node imports: it runs anywhere. */

/** Text in which characters that stood there by their codes are as they are meant. */
export interface Decoded {
  text: string;
  /** Where in the source the character of that index begins; for the length of the text, its end. */
  sourceOf(index: number): number;
}

/**
 * Percent-encoded, also as `escape` of JavaScript does it; entities; escapes of JSON and JavaScript. What one encoding
 * was applied to several times is one code.
 */
const codes =
  /(?:%(?:25)*(?:u[0-9a-f]{4}|[0-9a-f]{2}))+|&(?:amp;)*(?:#0{0,8}(\d{1,7});?|#x0{0,8}([0-9a-f]{1,6});?|([a-z]{2,6}\d{0,2});)|(?<!\\)\\+(?:u([0-9a-f]{4})|u\{0{0,8}([0-9a-f]{1,6})\}|x([0-9a-f]{2})|([0-3][0-7]{2}|[0-7]{1,2})|(["'`/])|(?<=\\\\))/gi;
/** One of a run of those. */
const percentCode = /%(?:25)*(?:u([0-9a-f]{4})|([0-9a-f]{2}))/gi;
const hasCodes = /%[2-9a-fu]|&[#a-z]|\\[ux0-7"'`/\\]/i;

/** Entities that ASCII's signs and the characters of Latin-1 have as names. */
const named = new Map<string, string>([
  ..."quot\" amp& apos' lt< gt> excl! num# dollar$ percnt% lpar( rpar) ast* plus+ comma, period. sol/ colon: semi; equals= quest? commat@ lsqb[ lbrack[ bsol\\ rsqb] rbrack] Hat^ lowbar_ grave` lcub{ lbrace{ verbar| vert| rcub} rbrace}"
    .split(" ")
    .map((sign): [string, string] => [sign.slice(0, -1), sign.slice(-1)]),
  ..."nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml"
    .split(" ")
    .map((name, index): [string, string] => [name, String.fromCharCode(160 + index)]),
]);

/** @returns undefined for text without any such code */
export function decodeCodes(source: string): Decoded | undefined {
  if (!hasCodes.test(source)) return undefined;
  let text = "";
  let copied = 0;
  // Where the text goes on after each code, in both.
  const ends: { decoded: number; source: number }[] = [];
  const add = (start: number, length: number, character: string): void => {
    text += source.slice(copied, start) + character;
    copied = start + length;
    ends.push({ decoded: text.length, source: copied });
  };
  codes.lastIndex = 0;
  for (let match = codes.exec(source); match; match = codes.exec(source)) {
    const [whole, decimal, hex, name, unicode, braced, byte, octal, sign] = match;
    if (whole.startsWith("%")) {
      for (const { start, length, character } of percentDecoded(whole)) add(match.index + start, length, character);
      continue;
    }
    const digits = decimal ?? hex ?? unicode ?? braced ?? byte ?? octal;
    const code = Number.parseInt(digits ?? "", digits === decimal ? 10 : digits === octal ? 8 : 16);
    const character =
      digits !== undefined
        ? code <= 0x10ffff
          ? String.fromCodePoint(code)
          : undefined
        : name !== undefined
          ? (named.get(name) ?? named.get(name.toLowerCase()))
          : (sign ?? "\\");
    if (character !== undefined) add(match.index, whole.length, character);
  }
  if (ends.length === 0) return undefined;
  text += source.slice(copied);
  return {
    text,
    sourceOf(index) {
      // The last code that ends at or before it.
      let low = 0;
      let high = ends.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((ends[middle]?.decoded ?? 0) <= index) low = middle + 1;
        else high = middle;
      }
      const before = ends[low - 1] ?? { decoded: 0, source: 0 };
      return before.source + (index - before.decoded);
    },
  };
}

/** The characters of a run such as `%C3%A4%2541`. Bytes that are no UTF-8 are taken for Latin-1, as `escape` has it. */
function* percentDecoded(run: string): Generator<{ start: number; length: number; character: string }> {
  const pieces = [...run.matchAll(percentCode)].map((match) => ({
    start: match.index,
    length: match[0].length,
    unit: match[1],
    byte: Number.parseInt(match[2] ?? "0", 16),
  }));
  for (let at = 0; at < pieces.length;) {
    const first = pieces[at];
    if (!first) return;
    const { start, unit, byte } = first;
    const count = unit !== undefined || byte < 0xc0 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    const following = pieces.slice(at, at + count);
    const utf8 = count === 1 ? undefined : utf8Of(following);
    const last = utf8 === undefined ? first : (following.at(-1) ?? first);
    const character = utf8 ?? String.fromCharCode(unit === undefined ? byte : Number.parseInt(unit, 16));
    yield { start, length: last.start + last.length - start, character };
    at += utf8 === undefined ? 1 : count;
  }
}

function utf8Of(pieces: { unit: string | undefined; byte: number }[]): string | undefined {
  if (pieces.some(({ unit }) => unit !== undefined)) return undefined;
  try {
    return decodeURIComponent(pieces.map(({ byte }) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
  } catch {
    return undefined;
  }
}
