/**
 * Masks what a text itself shows to be a secret: by its look (tokens, keys, numbers of cards), or by the name that stands
 * before it. No Node imports: it runs anywhere.
 */
import { mask } from "./mask.js";
import { isSecretName } from "./secretNames.js";

/** Tokens that are known by their own look: JSON web tokens, what follows `Bearer`, and the prefixes that vendors give to keys. */
export function maskTokens(text: string): string {
  let result = maskCards(text);
  if (result.includes("eyJ"))
    result = result.replace(/\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*){0,3}/g, mask);
  result = result.replace(
    /\b(bearer|basic|digest|negotiate)((?: |\+|%20)+)([A-Za-z0-9._~+/=-]{6,})/gi,
    (whole, scheme: string, space: string, token: string) =>
      /\d|[a-z][A-Z]/.test(token) || token.length >= 20 ? `${scheme}${space}${mask}` : whole,
  );
  if (/gh[a-z]_|github_pat_|glpat-|xox[a-z]-|sk[-_]|AKIA|npm_|-----BEGIN/.test(result)) {
    result = result
      .replace(
        /\b(?:gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|sk[-_](?:live_|test_|proj-|ant-)?[A-Za-z0-9][\w-]{18,}|AKIA[A-Z0-9]{16}|npm_[A-Za-z0-9]{30,})/g,
        mask,
      )
      .replace(/(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, `$1${mask}$2`);
  }
  return result;
}

/** What stands between groups of digits: spaces of any width, dashes and dots, also as addresses and HTML write them. */
const separatorSign =
  "[ +.\\u00A0\\u2000-\\u200B\\u202F\\u2010-\\u2015-]|%(?:25)*(?:20|C2%(?:25)*A0|E2%(?:25)*80%(?:25)*(?:8[0-9AB]|9[0-5]|AF))|&(?:nbsp|ensp|emsp|thinsp|ndash);|&#(?:160|8201|8239|xa0|x2009|x202f);";
/** A dash may have spaces around it. */
const groupSeparator = `(?:${separatorSign}){0,3}`;
/** Digits that may be the number of a card, grouped as cards and pages do it. */
const cardNumber = new RegExp(
  `(?<![\\w.])(?:[2-6]\\d{3}(${groupSeparator})\\d{4}\\1\\d{4}\\1\\d{1,7}|3\\d{3}(${groupSeparator})\\d{6}\\2\\d{4,5})(?![\\w]|[.-]\\d)`,
  "gi",
);
const separatorSigns = new RegExp(separatorSign, "gi");

/** Numbers of cards, known by their issuer's first digits, their length and their check digit (ISO/IEC 7812-1). */
function maskCards(text: string): string {
  return text.replace(cardNumber, (found) => {
    const digits = found.replace(separatorSigns, "");
    return issued.test(digits) && hasCheckDigit(digits) ? mask : found;
  });
}

const issued =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14,17})$/;

function hasCheckDigit(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** Names that carry a whole header line, and not one word. */
const lineNames = /^(?:proxy-?)?authorization$|^(?:set-?)?cookies?$/i;
/** Any name of a secret has one of these in it; text without them is passed by quickly. */
const hint =
  /pass|pw|psw|secret|token|key|cred|auth|csrf|xsrf|sess|cookie|jwt|bearer|otp|pin|cv[vc]|ssn|sid|sig|hmac|assertion|code|card|cc.?n|answer|saml|kenn|contra|passe|senha|wacht|senord|has[lł]o|пароль|密|パスワード|비밀/i;

/**
 * `name = value`, `"name": "value"`, `--name value` in any text, with quotes that may themselves be escaped.
 * It goes from separator to separator and looks at what stands before, so that a long text without any
 * costs next to nothing.
 */
export function maskNamed(text: string, quotedOnly: boolean): string {
  if (!hint.test(text)) return text;
  const separators = /[:=]|(?<=--[\w-]{2,80}) +(?=[^\s-])/g;
  let result = "";
  let copied = 0;
  for (let match = separators.exec(text); match; match = separators.exec(text)) {
    const name = nameBefore(text, match.index, copied);
    if (!isSecretName(name)) continue;
    forward.lastIndex = match.index;
    const [lead = match[0], quote] = forward.exec(text) ?? [];
    const start = match.index + lead.length;
    let end: number;
    if (quote !== undefined) {
      end = endOfQuoted(text, start, quote);
    } else if (quotedOnly) {
      continue;
    } else {
      const pattern = lineNames.test(name) ? restOfLine : word;
      pattern.lastIndex = start;
      end = start + (pattern.exec(text)?.[0].length ?? 0);
      // Prose: "unexpected token: end of input" names no token.
      if (/tokens?$/i.test(name) && lead.includes(":") && end - start < 16 && !/\d/.test(text.slice(start, end)))
        continue;
    }
    if (end === start || /^(?:true|false|null|undefined)$/.test(text.slice(start, Math.min(end, start + 10)))) continue;
    result += text.slice(copied, start) + mask;
    copied = end;
    separators.lastIndex = end;
  }
  return copied === 0 ? text : result + text.slice(copied);
}

/** How much white space may stand before a separator, as where the values of several lines are aligned. */
const maxGap = 80;
const forward = /(?:=>|[:=]|(?= ))[ \t]{0,80}\s{0,5}(\\{0,4}["'`])?/y;
const restOfLine = /[^\r\n"'<>]*/y;
const word = /[^\s"'`,;&<>(){}[\]]*/y;

/** The name that ends before a separator, without the quotes around it; empty where none does. */
function nameBefore(text: string, separator: number, from: number): string {
  let end = separator;
  while (end > from && separator - end < maxGap && /\s/.test(text.charAt(end - 1))) end--;
  if (/["'`]/.test(text.charAt(end - 1))) {
    end--;
    while (end > from && text.charAt(end - 1) === "\\") end--;
  }
  let start = end;
  while (start > from && end - start < 80 && /[\p{L}\p{N}_$.[\]-]/u.test(text.charAt(start - 1))) start--;
  return text.slice(start, end);
}

/** Where a quoted value ends: before the same quote, escaped as often as the one that opened it; else at the end. */
function endOfQuoted(text: string, start: number, quote: string): number {
  for (let end = text.indexOf(quote, start); end !== -1; end = text.indexOf(quote, end + 1)) {
    let slashes = 0;
    while (end - slashes - 1 >= start && text[end - slashes - 1] === "\\") slashes++;
    if (quote.length > 1 ? slashes === 0 : slashes % 2 === 0) return end;
  }
  return text.length;
}

/** HTML and XML: inputs of type password or with a secret name, meta tags, and elements named for a secret. */
export function maskMarkup(markup: string): string {
  return markup
    .replace(/<(?:input|meta|param|option|textarea|button)\b[^>]{0,4000}>?/gi, (tag) => {
      const attribute = (name: string): string =>
        new RegExp(`[\\s"']${name}\\s*=\\s*(?:"([^"]*)"?|'([^']*)'?|([^\\s>"']+))`, "i")
          .exec(tag)
          ?.slice(1)
          .find((value) => value !== undefined) ?? "";
      // A tag that was cut may say further on that it holds a secret.
      const secret =
        !tag.endsWith(">") ||
        attribute("type").toLowerCase() === "password" ||
        ["name", "id", "property", "autocomplete"].some((name) => isSecretName(attribute(name)));
      return secret
        ? tag.replace(/([\s"'](?:value|content)\s*=\s*)(?:"[^"]*"?|'[^']*'?|[^\s>"']+)/gi, `$1"${mask}"`)
        : tag;
    })
    .replace(
      /<((?:[\w-]{1,60}:)?([\w.-]{2,80}))((?:\s[^<>]{0,2000})?)>(<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|[^<]+)/g,
      (whole, tag: string, name: string, attributes: string, content: string) =>
        isSecretName(name) && content.trim() !== "" ? `<${tag}${attributes}>${mask}` : whole,
    );
}
