/**
 * How a value that is known to be secret stands in bodies, addresses, headers, JSON and markup: as it is, encoded, or
 * as a part of something that is encoded. Sources of regular expressions, which `redact.ts` puts together.
 */

/** Values shorter than this are hidden where they stand alone: elsewhere they would blot out what is innocent. */
const shortestAnywhere = 6;
/** Fewer characters of an encoding could be anything. */
const shortestEncoded = 6;

/** What to look for. */
export interface SecretForms {
  /** As it is, or encoded in a usual way. */
  plain: string[];
  /** Within base64: the characters that are the same whatever stands before and after. The whole of the word is to be hidden. */
  base64: string[];
}

/** All forms of a secret. */
export function formsOf(secret: string): SecretForms {
  const encoded = encodeURIComponent(wellFormed(secret));
  // A form encodes what an address may hold as it is.
  const inForm = encoded
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
  const texts = new Set([
    secret,
    encoded,
    encoded.replaceAll("%20", "+"),
    inForm,
    JSON.stringify(secret).slice(1, -1),
    escapeMarkup(secret),
    escapeMarkup(secret).replaceAll("'", "&#39;"),
  ]);
  const plain = [...texts].map((text) =>
    text.length < shortestAnywhere ? `(?<=["'\`])${literal(text)}(?=["'\`])` : literal(text),
  );
  const digits = digitsOf(secret);
  if (digits !== undefined && digits.length >= shortestAnywhere)
    plain.push(`(?<!\\d)${[...digits].join(betweenDigits)}(?!\\d)`);
  if (secret.length < shortestAnywhere) return { plain, base64: [] };
  const bytes = new TextEncoder().encode(wellFormed(secret));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  plain.push(hex, hex.toUpperCase());
  return { plain: [...new Set(plain)], base64: base64Of(bytes) };
}

/** The digits of a card's number or of a code, however they are grouped; undefined for what is none. */
export function digitsOf(text: string): string | undefined {
  if (!/^\d[\d\s.\u2010-\u2015-]*$/.test(text)) return undefined;
  const digits = text.replace(/\D/g, "");
  return digits.length >= 3 ? digits : undefined;
}

/** Spaces, dashes, dots; or one digit a box, as a list of strings. */
const betweenDigits = "[\\s.\\u2010-\\u2015,\"'-]{0,4}";

/** The stable characters of the secret's base64 at each of the three places that it can begin at, plain and for addresses. */
function base64Of(bytes: Uint8Array): string[] {
  const found = new Set<string>();
  for (const before of [0, 1, 2]) {
    const binary = String.fromCharCode(...new Uint8Array(before), ...bytes.subarray(0, 1_000));
    const whole = btoa(binary).replace(/=+$/, "");
    // A character stands for six bits: those that share bits with what is around are left out.
    const stable = whole.slice(Math.ceil((before * 8) / 6), Math.floor((binary.length * 8) / 6));
    if (stable.length < shortestEncoded) continue;
    for (const form of [stable, stable.replaceAll("+", "-").replaceAll("/", "_"), encodeURIComponent(stable)])
      found.add(literal(form));
  }
  return [...found];
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** `encodeURIComponent` throws on half a surrogate pair. */
export function wellFormed(text: string): string {
  return text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "\uFFFD");
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Text in which characters that stood there by their codes are as they are meant. */
export interface Decoded {
  text: string;
  /** Where in the source the character of that index begins; for the length of the text, its end. */
  sourceOf(index: number): number;
}

/** Percent-encoded, several times too; numeric and named entities; escapes of JavaScript. */
const codes =
  /(?:%(?:25){0,3}[0-9a-f]{2})+|&#(?:0{0,8}(\d{1,7})|x0{0,8}([0-9a-f]{1,6}));?|&(amp|lt|gt|quot|apos);|\\{1,4}(?:u([0-9a-f]{4})|x([0-9a-f]{2}))/gi;
const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** @returns undefined for text without any such code */
export function decodeCodes(source: string): Decoded | undefined {
  if (!/%[2-9a-f]|&[#aglq]|\\[ux]/i.test(source)) return undefined;
  let text = "";
  let copied = 0;
  // Where the text goes on after each code, in both.
  const ends: { decoded: number; source: number; length: number }[] = [];
  const add = (start: number, length: number, character: string): void => {
    text += source.slice(copied, start) + character;
    copied = start + length;
    ends.push({ decoded: text.length, source: copied, length: character.length });
  };
  codes.lastIndex = 0;
  for (let match = codes.exec(source); match; match = codes.exec(source)) {
    const [whole, decimal, hex, name, unicode, byte] = match;
    if (whole.startsWith("%")) {
      for (const { start, length, character } of percentDecoded(whole)) add(match.index + start, length, character);
      continue;
    }
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex ?? unicode ?? byte ?? "", 16);
    const character =
      name !== undefined ? named[name.toLowerCase()] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
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

/** The characters of a run such as `%C3%A4%2541`; bytes that are no UTF-8 are left as they are. */
function* percentDecoded(run: string): Generator<{ start: number; length: number; character: string }> {
  const pieces = [...run.matchAll(/%(?:25){0,3}([0-9a-f]{2})/gi)].map((match) => ({
    start: match.index,
    length: match[0].length,
    byte: Number.parseInt(match[1] ?? "", 16),
  }));
  for (let at = 0; at < pieces.length;) {
    const first = pieces[at];
    if (!first) return;
    const count = first.byte < 0x80 ? 1 : first.byte >= 0xf0 ? 4 : first.byte >= 0xe0 ? 3 : 2;
    const bytes = pieces.slice(at, at + count);
    const last = bytes.at(-1) ?? first;
    const character = utf8Of(bytes.map(({ byte }) => byte));
    if (character === undefined) {
      at++;
      continue;
    }
    yield { start: first.start, length: last.start + last.length - first.start, character };
    at += count;
  }
}

function utf8Of(bytes: number[]): string | undefined {
  if (bytes.length === 1) return (bytes[0] ?? 0x80) < 0x80 ? String.fromCharCode(bytes[0] ?? 0) : undefined;
  try {
    return decodeURIComponent(bytes.map((byte) => `%${byte.toString(16)}`).join(""));
  } catch {
    return undefined;
  }
}
