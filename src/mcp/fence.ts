/**
 * The fence around what comes from a page (A3): every byte of it stands between two marks with a nonce of the
 * call, which the page cannot know, and characters that a reader would not see are shown instead of passed on.
 */
import { visible } from "./visible.js";
import { randomBytes } from "node:crypto";

/** What an end of a fence is called; the content may not hold it as a tag. */
const name = "page-content";

/** Where a page's text came from, where it is one place and can be said safely; undefined elsewhere. */
export function originOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  let origin: string;
  try {
    origin = new URL(url).origin;
  } catch {
    return undefined;
  }
  // As the parser of addresses gives it: lower case ASCII, nothing that a name could hide in.
  return /^https?:\/\/(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/.test(origin) ? origin : undefined;
}

/** The marks of one call. */
export class Fence {
  readonly nonce: string;

  /** @param nonce for tests alone */
  constructor(nonce: string = randomBytes(12).toString("hex")) {
    this.nonce = nonce;
  }

  /** The line with which it begins. @param url of the page, where it is one */
  begin(url?: string): string {
    const origin = originOf(url);
    return `<${name} mark="${this.nonce}"${origin === undefined ? "" : ` origin="${origin}"`}>`;
  }

  /** The line with which it ends. */
  get end(): string {
    return `</${name} mark="${this.nonce}">`;
  }

  /**
   * The text between the marks.
   * @param maxChars of all together; what is longer is cut, and the cut is told outside of the marks
   */
  around(text: string, { url, maxChars = Infinity }: { url?: string | undefined; maxChars?: number } = {}): Fenced {
    const begin = this.begin(url);
    // A page that guessed the nonce, one in 2^96, would be found out here.
    const shown = visible(text).replaceAll(this.nonce, "\\u{2026}");
    const room = Math.max(0, maxChars - begin.length - this.end.length - 2);
    const kept = shown.length <= room ? shown : cutAt(shown, room);
    return { text: `${begin}\n${kept}\n${this.end}`, shown: kept.length, of: shown.length };
  }

  /** The same on one line, for a member of a structured answer. */
  inline(text: string, url?: string, maxChars = 500): string {
    const { text: fenced } = this.around(text.replaceAll("\n", " "), { url, maxChars: maxChars + 200 });
    return fenced.replaceAll("\n", "");
  }
}

/** A text between marks, and how much of it that is. */
export interface Fenced {
  text: string;
  shown: number;
  of: number;
}

/** Not through the middle of a character. */
function cutAt(text: string, length: number): string {
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? length - 1 : length);
}
