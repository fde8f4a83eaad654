/**
 * Locators as Playwright spells them, such as `getByRole('button', { name: 'Save' }).first()`, read without running
 * anything: calls of the locator methods named here, with literals and nested locators as arguments.
 */
import { usageError, type LibrettoError } from "../util/errors.js";

/** A value among the arguments of a call. */
export type LocatorArgument =
  | { kind: "literal"; value: string | number | boolean }
  | { kind: "regexp"; source: string; flags: string }
  | { kind: "object"; fields: Record<string, LocatorArgument> }
  | { kind: "locator"; calls: LocatorCall[] };

/** One call of a chain. */
export interface LocatorCall {
  method: string;
  args: LocatorArgument[];
}

const methods = new Set(
  (
    "locator getByRole getByText getByLabel getByPlaceholder getByAltText getByTitle getByTestId getByRef " +
    "filter first last nth and or frameLocator contentFrame owner"
  ).split(" "),
);
const maxLength = 2_000;
const maxDepth = 10;

/** Whether that is the ref of a snapshot, such as `e12` or `f1e3`. */
export function isRef(text: string): boolean {
  return /^(?:f\d+)?e\d+$/.test(text);
}

/** What a step's target says: the ref of a snapshot, or a locator. @throws `Usage` */
export function parseTarget(text: string): LocatorCall[] {
  if (isRef(text)) return [{ method: "getByRef", args: [{ kind: "literal", value: text }] }];
  if (text.length > maxLength) throw noLocator(text, `it is longer than ${maxLength} characters`);
  const parser = new Parser(text);
  const calls = parser.chain(0);
  parser.end();
  return calls;
}

function noLocator(text: string, why: string): LibrettoError {
  const shown = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return usageError(
    `${JSON.stringify(shown)} is no target: ${why}.`,
    "Give a ref of a snapshot (e12), or a locator: \"getByRole('button', { name: 'Save' })\", \"locator('#id')\".",
  );
}

class Parser {
  #at = 0;

  constructor(private readonly text: string) {}

  chain(depth: number): LocatorCall[] {
    if (depth > maxDepth) throw this.#error("locators are nested too deep");
    if (/^(?:page|frame)\s*\./.test(this.#rest())) this.#take(/^(?:page|frame)\s*\.\s*/);
    const calls = [this.#call(depth)];
    while (this.#skip(".")) calls.push(this.#call(depth));
    return calls;
  }

  end(): void {
    this.#space();
    if (this.#at < this.text.length && !/^;?\s*$/.test(this.#rest()))
      throw this.#error(`unexpected ${JSON.stringify(this.text[this.#at])}`);
  }

  #call(depth: number): LocatorCall {
    this.#space();
    const method = this.#take(/^[A-Za-z]\w*/)?.[0];
    if (method === undefined) throw this.#error("a locator method was expected");
    if (!methods.has(method)) throw this.#error(`${method} is not a locator method`);
    if (!this.#skip("(")) throw this.#error(`"(" was expected behind ${method}`);
    const args: LocatorArgument[] = [];
    while (!this.#skip(")")) {
      if (args.length > 0 && !this.#skip(",")) throw this.#error('"," or ")" was expected');
      if (args.length > 0 && this.#skip(")")) break;
      args.push(this.#value(depth));
    }
    return { method, args };
  }

  #value(depth: number): LocatorArgument {
    this.#space();
    const next = this.text[this.#at] ?? "";
    if (next === "'" || next === '"' || next === "`") return { kind: "literal", value: this.#string(next) };
    if (next === "/") return this.#regExp();
    if (next === "{") return this.#object(depth + 1);
    const number = this.#take(/^-?\d+(?:\.\d+)?/)?.[0];
    if (number !== undefined) return { kind: "literal", value: Number(number) };
    const word = this.#take(/^(?:true|false)\b/)?.[0];
    if (word !== undefined) return { kind: "literal", value: word === "true" };
    return { kind: "locator", calls: this.chain(depth + 1) };
  }

  #string(quote: string): string {
    let value = "";
    for (this.#at++; ; this.#at++) {
      const char = this.text[this.#at];
      if (char === undefined) throw this.#error("a string is not closed");
      if (char === quote) break;
      if (char === "\n" && quote !== "`") throw this.#error("a string is not closed on its line");
      if (quote === "`" && char === "$" && this.text[this.#at + 1] === "{")
        throw this.#error("a template can hold no expression");
      if (char !== "\\") {
        value += char;
        continue;
      }
      const escaped = this.text[++this.#at];
      if (escaped === undefined) throw this.#error("a string is not closed");
      const code = /^(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2}))/i.exec(this.#rest());
      if (code) {
        const point = parseInt(code[1] ?? code[2] ?? code[3] ?? "", 16);
        if (point > 0x10ffff) throw this.#error("an escape names no character");
        value += String.fromCodePoint(point);
        this.#at += code[0].length - 1;
      } else value += { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", "0": "\0", "\n": "" }[escaped] ?? escaped;
    }
    this.#at++;
    return value;
  }

  #regExp(): LocatorArgument {
    const found = this.#take(/^\/((?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([a-z]*)/);
    if (!found) throw this.#error("a regular expression is not closed");
    const [, source = "", flags = ""] = found;
    try {
      new RegExp(source, flags);
    } catch (error) {
      throw this.#error((error as Error).message);
    }
    return { kind: "regexp", source, flags };
  }

  #object(depth: number): LocatorArgument {
    if (depth > maxDepth) throw this.#error("locators are nested too deep");
    this.#skip("{");
    const fields: Record<string, LocatorArgument> = Object.create(null) as Record<string, LocatorArgument>;
    let first = true;
    while (!this.#skip("}")) {
      if (!first && !this.#skip(",")) throw this.#error('"," or "}" was expected');
      if (!first && this.#skip("}")) break;
      first = false;
      this.#space();
      const quote = this.text[this.#at] ?? "";
      const name = quote === "'" || quote === '"' ? this.#string(quote) : this.#take(/^[A-Za-z_$][\w$]*/)?.[0];
      if (name === undefined || !this.#skip(":")) throw this.#error('"name: value" was expected');
      fields[name] = this.#value(depth);
    }
    return { kind: "object", fields };
  }

  #skip(word: string): boolean {
    this.#space();
    if (!this.text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #space(): void {
    while (/\s/.test(this.text[this.#at] ?? "")) this.#at++;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(this.#rest());
    if (found) this.#at += found[0].length;
    return found ?? undefined;
  }

  #rest(): string {
    return this.text.slice(this.#at);
  }

  #error(why: string): LibrettoError {
    return noLocator(this.text, this.#at === 0 ? why : `${why}, at character ${this.#at + 1}`);
  }
}
