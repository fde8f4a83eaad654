/**
 * Masks secrets in JSON as text, without parsing it: one pass that knows where keys and values stand. So it
 * works alike on whole JSON, on JSON that was cut at a limit (where a parser would give up and let every
 * secret through), on several documents in a row, and on the relaxed kinds with bare or single-quoted
 * keys; and what is not secret stays as it was, to the byte. It keeps its own stack: no depth is too deep.
 */
import { isSecretName } from "./secretNames.js";

/** What the scanner needs from its caller. */
export interface JsonMasking {
  /** What stands in place of a secret. */
  mask: string;
  /** Whether a value is one, whatever it is called. */
  isSecret: (value: string) => boolean;
  /** Masks what is secret inside a string that is not itself a secret (a URL, JSON in JSON). */
  leaf: (text: string) => string;
}

interface Frame {
  array: boolean;
  /** A key is due (objects only). */
  atKey: boolean;
  /** The key of the value that is due. */
  key: string;
  /** The value that is due is a secret. */
  secret: boolean;
  /** Everything in here is a secret: it stands under a secret name. */
  allSecret: boolean;
  /** `{ "name": "password", "value": … }`: whether the name told, and where the value stands. */
  namesSecret: boolean;
  /** It names something else. */
  namesOther: boolean;
  /** The value stands under `value`, which is hardly used but beside a name. */
  valueMayBeSecret: boolean;
  valueAt: Edit | undefined;
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Members that name a field whose value stands beside them, as in HAR files and form descriptions. */
const namingKeys = new Set(["name", "key", "field", "param", "parameter", "header", "property", "attribute", "id"]);
const valueKeys = new Set(["value", "val", "content", "text", "data"]);
/** A list of header lines: the value follows the name. */
const headerNames = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "x-auth-token",
  "x-csrf-token",
  "x-xsrf-token",
]);

const quote = 0x22;
const backslash = 0x5c;

/** The text with its secrets masked; the same text where it holds none. */
export function redactJson(text: string, { mask, isSecret: isSecretValue, leaf }: JsonMasking): string {
  const masked = JSON.stringify(mask);
  // By where they start. What a name tells of its value is known last, and replaces what was found within that value.
  const edits = new Map<number, Edit>();
  const edit = (change: Edit): void => void edits.set(change.start, change);
  const stack: Frame[] = [];
  let top: Frame | undefined;
  let previousElement = "";
  let at = 0;

  const open = (array: boolean): void => {
    top = {
      array,
      atKey: !array,
      key: "",
      secret: false,
      allSecret: top !== undefined && (top.allSecret || top.secret),
      namesSecret: false,
      namesOther: false,
      valueMayBeSecret: false,
      valueAt: undefined,
    };
    stack.push(top);
    previousElement = "";
  };
  const settle = (frame: Frame): void => {
    if (frame.namesSecret && frame.valueAt) edit(frame.valueAt);
  };
  const close = (): void => {
    const frame = stack.pop();
    if (frame) settle(frame);
    top = stack.at(-1);
    previousElement = "";
  };

  /** A string or bare word from `at` to `end`, standing where a value stands. */
  const value = (end: number, string: string | undefined, closed: boolean): void => {
    const hidden = { start: at, end, text: masked };
    const bare = string ?? text.slice(at, end);
    if ((top !== undefined && (top.allSecret || top.secret)) || isSecretValue(bare)) {
      if (!isPlain(bare)) edit(hidden);
      return;
    }
    if (top && !top.array) {
      const key = top.key.toLowerCase();
      if (string !== undefined && namingKeys.has(key)) {
        if (isSecretName(string)) top.namesSecret = true;
        else if (closed) top.namesOther = true;
      }
      if (valueKeys.has(key) && !isPlain(bare)) {
        top.valueAt = hidden;
        top.valueMayBeSecret = key === "value" || key === "val";
      }
    }
    if (string === undefined) return;
    if (top?.array && headerNames.has(previousElement)) {
      edit(hidden);
      previousElement = "";
      return;
    }
    previousElement = string.length < 24 ? string.toLowerCase() : "";
    const clean = leaf(string);
    if (clean !== string)
      edit({ start: at, end, text: closed ? JSON.stringify(clean) : JSON.stringify(clean).slice(0, -1) });
  };

  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const closing = endOfString(text, at + 1);
      const closed = closing !== -1;
      const end = closed ? closing + 1 : text.length;
      const string = unescape(text.slice(at + 1, closed ? closing : end));
      if (top?.atKey) {
        top.key = string;
        top.secret = isSecretName(string);
        top.atKey = false;
      } else {
        value(end, string, closed);
      }
      at = end;
    } else if (code === 0x7b || code === 0x5b) {
      open(code === 0x5b);
      at++;
    } else if (code === 0x7d || code === 0x5d) {
      close();
      at++;
    } else if (code === 0x2c) {
      if (top && !top.array) {
        top.atKey = true;
        top.secret = false;
        top.key = "";
      }
      at++;
    } else if (code <= 0x20 || code === 0x3a || code === 0xfeff) {
      at++;
    } else if (top?.atKey && /^\/[/*]/.test(text.slice(at, at + 2))) {
      const end = endOfComment(text, at);
      const comment = text.slice(at, end);
      const clean = leaf(comment);
      if (clean !== comment) edit({ start: at, end, text: clean });
      at = end;
    } else {
      let end = at + 1;
      // A single-quoted value, as JavaScript has it; outside of all brackets a lone quote is a prefix such as )]}'.
      if (top && !top.atKey && (code === 0x27 || code === 0x60)) {
        const closing = text.indexOf(text.charAt(at), end);
        if (closing !== -1) end = closing + 1;
        else if (top.secret || top.allSecret) end = text.length;
      }
      while (end < text.length && !isDelimiter(text.charCodeAt(end), top?.atKey === true)) end++;
      if (top?.atKey) {
        top.key = text
          .slice(at, end)
          .trim()
          .replace(/^['`]|['`]$/g, "");
        top.secret = isSecretName(top.key);
        top.atKey = false;
      } else {
        value(end, undefined, true);
      }
      at = end;
    }
  }
  // Cut JSON leaves its frames open; what they know holds all the same, and the name that was to follow a
  // value may have been a secret's.
  for (const frame of stack) {
    if (frame.valueMayBeSecret && !frame.namesOther) frame.namesSecret = true;
    settle(frame);
  }
  return apply(text, [...edits.values()]);
}

/** Nothing to hide: an empty string, or a word that says no more than yes, no or nothing. */
function isPlain(value: string): boolean {
  return value === "" || value === "true" || value === "false" || value === "null" || value === "undefined";
}

/** Where the string that begins at `from` ends: the index of its closing quote, or -1 where it was cut. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (end - slashes - 1 >= from && text.charCodeAt(end - slashes - 1) === backslash) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

/** Where the comment that begins there ends, as relaxed kinds of JSON have them: before the line break, or behind the `*` and `/`. */
function endOfComment(text: string, from: number): number {
  const end = text[from + 1] === "/" ? text.indexOf("\n", from) : text.indexOf("*/", from + 2) + 2;
  return end <= from ? text.length : end;
}

function isDelimiter(code: number, forKey: boolean): boolean {
  return (
    code === 0x2c ||
    code === 0x7d ||
    code === 0x5d ||
    code === 0x7b ||
    code === 0x5b ||
    code === 0x0a ||
    code === quote ||
    (forKey && code === 0x3a)
  );
}

/** What a JSON string means; an escape that was cut or is none stays as it is. */
function unescape(raw: string): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(
    /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g,
    (_whole, hex: string | undefined, letter: string | undefined) =>
      hex !== undefined
        ? String.fromCharCode(Number.parseInt(hex, 16))
        : letter === "n"
          ? "\n"
          : letter === "r"
            ? "\r"
            : letter === "t"
              ? "\t"
              : letter === "b"
                ? "\b"
                : letter === "f"
                  ? "\f"
                  : (letter ?? ""),
  );
}

function apply(text: string, edits: Edit[]): string {
  if (edits.length === 0) return text;
  edits.sort((a, b) => a.start - b.start);
  let result = "";
  let copied = 0;
  for (const edit of edits) {
    result += text.slice(copied, edit.start) + edit.text;
    copied = edit.end;
  }
  return result + text.slice(copied);
}
