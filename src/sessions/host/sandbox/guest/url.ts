/**
 * `URL` and `URLSearchParams`. The parser is Node's, in the process around the interpreter: text in, text
 * out; so an address means here exactly what it means to `get`.
 */
import { send } from "./bridge.js";

/** As the standard makes a string of any value. */
const text = (value: unknown): string => `${value as string}`;

const parts = ["protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"] as const;
type Part = (typeof parts)[number];
type Parsed = Record<Part | "href" | "origin", string>;

function parse(
  href: string,
  base: string | undefined,
  change?: [part: Part | "href", value: string],
): Parsed | undefined {
  return JSON.parse(send("url", JSON.stringify({ href, base, change }))) as Parsed | undefined;
}

const parsed = new WeakMap<URL, { facts: Parsed; params: URLSearchParams | undefined }>();

function factsOf(url: URL): { facts: Parsed; params: URLSearchParams | undefined } {
  const facts = parsed.get(url);
  if (!facts) throw new TypeError('Value of "this" must be of type URL');
  return facts;
}

function change(url: URL, part: Part | "href", value: unknown): void {
  const own = factsOf(url);
  own.facts = parse(own.facts.href, undefined, [part, String(value)]) ?? own.facts;
  if (own.params && (part === "search" || part === "href")) own.params = undefined;
}

/** Lets the parameters of an address write themselves back into it. */
const owners = new WeakMap<URLSearchParams, URL>();

export class URL {
  constructor(href: unknown, base?: unknown) {
    const facts = parse(String(href), base === undefined ? undefined : text(base));
    if (!facts) throw Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input: String(href) });
    parsed.set(this, { facts, params: undefined });
  }

  static canParse(href: unknown, base?: unknown): boolean {
    return parse(String(href), base === undefined ? undefined : text(base)) !== undefined;
  }

  static parse(href: unknown, base?: unknown): URL | null {
    return URL.canParse(href, base) ? new URL(href, base) : null;
  }

  get href(): string {
    return factsOf(this).facts.href;
  }

  set href(value: string) {
    change(this, "href", value);
  }

  get origin(): string {
    return factsOf(this).facts.origin;
  }

  get searchParams(): URLSearchParams {
    const own = factsOf(this);
    own.params ??= new URLSearchParams(own.facts.search);
    owners.set(own.params, this);
    return own.params;
  }

  toString(): string {
    return this.href;
  }

  toJSON(): string {
    return this.href;
  }

  get [Symbol.toStringTag](): string {
    return "URL";
  }
}

for (const part of parts) {
  Object.defineProperty(URL.prototype, part, {
    get(this: URL) {
      return factsOf(this).facts[part];
    },
    set(this: URL, value: unknown) {
      change(this, part, value);
    },
    enumerable: true,
    configurable: true,
  });
}

type Pairs = [string, string][];
const pairs = new WeakMap<URLSearchParams, Pairs>();

function pairsOf(params: URLSearchParams): Pairs {
  const own = pairs.get(params);
  if (!own) throw new TypeError('Value of "this" must be of type URLSearchParams');
  return own;
}

function written(params: URLSearchParams): void {
  const owner = owners.get(params);
  if (!owner) return;
  const own = factsOf(owner);
  if (own.params !== params) return;
  own.facts = parse(own.facts.href, undefined, ["search", params.toString()]) ?? own.facts;
}

function decodePart(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    // A stray percent sign stands for itself.
    return spaced.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
      try {
        return decodeURIComponent(run);
      } catch {
        return run;
      }
    });
  }
}

function encodePart(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"))
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

export class URLSearchParams {
  constructor(init: unknown = "") {
    let own: Pairs;
    if (typeof init === "object" && init !== null) {
      own = (Symbol.iterator in init ? [...(init as Iterable<[unknown, unknown]>)] : Object.entries(init)).map(
        ([name, value]) => [String(name), String(value)],
      );
    } else {
      const query = text(init);
      own = (query.startsWith("?") ? query.slice(1) : query)
        .split("&")
        .filter((part) => part !== "")
        .map((part) => {
          const equals = part.indexOf("=");
          return equals < 0
            ? [decodePart(part), ""]
            : [decodePart(part.slice(0, equals)), decodePart(part.slice(equals + 1))];
        });
    }
    pairs.set(this, own);
  }

  get size(): number {
    return pairsOf(this).length;
  }

  get(name: unknown): string | null {
    return pairsOf(this).find(([key]) => key === String(name))?.[1] ?? null;
  }

  getAll(name: unknown): string[] {
    return pairsOf(this)
      .filter(([key]) => key === String(name))
      .map(([, value]) => value);
  }

  has(name: unknown, value?: unknown): boolean {
    return pairsOf(this).some(([key, held]) => key === String(name) && (value === undefined || held === text(value)));
  }

  append(name: unknown, value: unknown): void {
    pairsOf(this).push([String(name), String(value)]);
    written(this);
  }

  set(name: unknown, value: unknown): void {
    const own = pairsOf(this);
    const first = own.findIndex(([key]) => key === String(name));
    if (first < 0) return this.append(name, value);
    own.splice(0, own.length, ...own.filter(([key], index) => index <= first || key !== String(name)));
    own[first] = [String(name), String(value)];
    written(this);
  }

  delete(name: unknown, value?: unknown): void {
    const own = pairsOf(this);
    own.splice(
      0,
      own.length,
      ...own.filter(([key, held]) => key !== String(name) || (value !== undefined && held !== text(value))),
    );
    written(this);
  }

  sort(): void {
    pairsOf(this).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    written(this);
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void {
    for (const [name, value] of [...pairsOf(this)]) callback(value, name, this);
  }

  entries(): IterableIterator<[string, string]> {
    return pairsOf(this)
      .map(([name, value]): [string, string] => [name, value])
      [Symbol.iterator]();
  }

  keys(): IterableIterator<string> {
    return pairsOf(this)
      .map(([name]) => name)
      [Symbol.iterator]();
  }

  values(): IterableIterator<string> {
    return pairsOf(this)
      .map(([, value]) => value)
      [Symbol.iterator]();
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  toString(): string {
    return pairsOf(this)
      .map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`)
      .join("&");
  }

  get [Symbol.toStringTag](): string {
    return "URLSearchParams";
  }
}
