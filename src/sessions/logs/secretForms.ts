/**
 * What to look for where a value is known to be secret: in a text as it is, and in what is left of that once its codes
 * are read. Sources of regular expressions, which `learnedSecrets.ts` puts together.
 */
import { decodeCodes } from "./decodeCodes.js";

/** Values shorter than this are hidden where they stand alone: elsewhere they would blot out what is innocent. */
const shortestAnywhere = 6;

/** The secret as it is, encoded in a usual way, and as it would be read where it holds what looks like a code. */
export function formsOf(secret: string): string[] {
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
    withoutCodes(secret),
  ]);
  const forms = [...texts].map((text) =>
    text.length < shortestAnywhere ? `(?<=["'\`])${literal(text)}(?=["'\`])` : literal(text),
  );
  const digits = digitsOf(secret);
  if (digits !== undefined && digits.length >= shortestAnywhere)
    forms.push(`(?<!\\d)${[...digits].join(betweenDigits)}(?!\\d)`);
  return forms;
}

function withoutCodes(text: string): string {
  const decoded = decodeCodes(text)?.text;
  // Each code is longer than what it stands for.
  return decoded === undefined ? text : withoutCodes(decoded);
}

/** The digits of a card's number or of a code, however they are grouped; undefined for what is none. */
export function digitsOf(text: string): string | undefined {
  if (!/^\d[\d\s.\u2010-\u2015-]*$/.test(text)) return undefined;
  const digits = text.replace(/\D/g, "");
  return digits.length >= 3 ? digits : undefined;
}

/** Spaces, dashes, dots; or one digit a box, as a list of strings. */
const betweenDigits = "[\\s.\\u2010-\\u2015,\"'-]{0,4}";

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
