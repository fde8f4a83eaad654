/**
 * The filter of `libretto logs` and of the log panes: one grammar, one implementation. No Node imports, so
 * that it also runs in a webview.
 *
 * Terms are separated by spaces and all must hold; `-` before a term turns it round.
 *
 *     checkout "two words"         text, anywhere in the row's values, in any case
 *     /time(out|d out)/i           a regular expression on each of the row's values
 *     url:login  data.pid:123      a field holds the text (a number or a boolean: is it)
 *     status:>=400  size:<2k       compared; also status:4xx, status:200..299, duration:>1.5s, level:>=warn
 *     method:POST,PUT  method:=GET any of several; = for the whole value; field:/regex/
 *     domain:example.com           the host of the address, or a host below it; * stands for anything
 *     larger-than:10k  smaller-than:2M
 *     is:error|failed|masked|cached|xhr|malformed   has:postData   log:network
 *
 * A regular expression runs in time that grows with the text and nothing else (see linearRegExp.ts).
 */
import { distance } from "fastest-levenshtein";
import { LinearRegExp, PatternError } from "./linearRegExp.js";
import { mask } from "./mask.js";
import { logKinds, logLevels, type LogKind } from "./rows.js";

/** Where a filter cannot be read, and what was expected there. */
export class FilterError extends Error {
  override readonly name = "FilterError";

  /**
   * @param message what is wrong, in one line
   * @param expected what would be right there, in one line
   * @param offset where it begins in the filter's text
   * @param length how many characters of it are meant; at least 1
   */
  constructor(
    message: string,
    readonly expected: string,
    readonly offset: number,
    readonly length: number,
  ) {
    super(message);
  }
}

/** A row as a filter sees it. */
export interface FilterInput {
  kind: LogKind;
  /** The line as it stands in the file. */
  line: string;
  /** The line as JSON; undefined where it is none. */
  row: Record<string, unknown> | undefined;
}

type Test = (input: FilterInput) => boolean;

/** One term of a filter. */
export interface FilterTerm {
  /** Where it stands in the filter's text. */
  offset: number;
  length: number;
  negated: boolean;
  /** Text that is looked for, for showing where it occurs; absent where the term is about something else. */
  text?: string;
  test: Test;
  /** A cheap look at the line: false where the term (before negation) cannot hold. */
  possible?: (line: string) => boolean;
}

export class Filter {
  /** @param terms all of which must hold; none lets everything through */
  constructor(
    readonly source: string,
    readonly terms: readonly FilterTerm[],
  ) {}

  /** Whether the row passes. */
  matches(input: FilterInput): boolean {
    return this.terms.every((term) => term.test(input) !== term.negated);
  }

  /** A quick look at a line that has not been parsed: false where it certainly does not pass. */
  mayMatch(line: string): boolean {
    return this.terms.every((term) => term.negated || !term.possible || term.possible(line));
  }

  /** Whether the line passes; it is parsed only where a look at its text does not decide. */
  matchesLine(kind: LogKind, line: string): boolean {
    return this.mayMatch(line) && (this.terms.length === 0 || this.matches({ kind, line, row: parseRow(line) }));
  }
}

/** The row that a line holds, or undefined where the line is not a JSON object. */
export function parseRow(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type FieldKind = "text" | "number" | "bytes" | "duration" | "boolean" | "level" | "time" | "any";
const fields: Record<string, FieldKind> = {
  ts: "time",
  level: "level",
  event: "text",
  message: "text",
  data: "any",
  id: "text",
  pageId: "text",
  method: "text",
  url: "text",
  resourceType: "text",
  status: "number",
  statusText: "text",
  contentType: "text",
  requestHeaders: "any",
  responseHeaders: "any",
  postData: "text",
  responseBody: "text",
  messages: "any",
  messagesOmitted: "number",
  bodyTruncated: "boolean",
  size: "bytes",
  duration: "duration",
  fromCache: "boolean",
  fromServiceWorker: "boolean",
  failure: "text",
  source: "text",
  action: "text",
  selector: "text",
  bestSemanticSelector: "text",
  nearbyText: "text",
  coordinates: "any",
  value: "text",
  success: "boolean",
  error: "text",
};
const aliases: Record<string, string> = {
  type: "resourceType",
  mime: "contentType",
  "content-type": "contentType",
  page: "pageId",
  body: "responseBody",
  post: "postData",
  cached: "fromCache",
  time: "ts",
};
const fieldByLowerCase = new Map([
  ...Object.keys(fields).map((name) => [name.toLowerCase(), name] as const),
  ...Object.entries(aliases),
]);

/** Fields that are asked for in words of their own, each with what it takes. */
const states = {
  error: ({ row }: FilterInput) =>
    row !== undefined &&
    (row.level === "error" ||
      row.success === false ||
      typeof row.failure === "string" ||
      (typeof row.status === "number" && row.status >= 400)),
  failed: ({ row }: FilterInput) => row !== undefined && (row.success === false || typeof row.failure === "string"),
  masked: ({ line }: FilterInput) => line.includes(mask),
  cached: ({ row }: FilterInput) => row?.fromCache === true,
  xhr: ({ row }: FilterInput) => row?.resourceType === "xhr" || row?.resourceType === "fetch",
  malformed: ({ row }: FilterInput) => row === undefined,
} satisfies Record<string, Test>;

/** A cheap look at a line for some of the states: false where it certainly is not in that state. */
const possibleStates: Record<string, (line: string) => boolean> = {
  error: (line) =>
    /"level"\s*:\s*"error"|"success"\s*:\s*false|"failure"\s*:|"status"\s*:\s*(?:[4-9]|\d{4}|\d+[.eE])/.test(line),
  failed: (line) => /"success"\s*:\s*false|"failure"\s*:/.test(line),
  masked: (line) => line.includes(mask),
  cached: (line) => /"fromCache"\s*:\s*true/.test(line),
  xhr: (line) => /"resourceType"\s*:\s*"(?:xhr|fetch)"/.test(line),
};

/** What may stand before the colon, for completion and help. */
const filterFields: readonly string[] = [
  ...Object.keys(fields),
  "domain",
  "larger-than",
  "smaller-than",
  "is",
  "has",
  "log",
];

/**
 * Reads a filter.
 * @throws FilterError where it cannot be read
 */
export function parseFilter(source: string): Filter {
  const terms: FilterTerm[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(source.charAt(at))) at++;
    if (at >= source.length) break;
    const begin = at;
    const negated = source[at] === "-";
    if (negated) at++;
    if (at >= source.length || /\s/.test(source.charAt(at)))
      throw new FilterError(
        "There is nothing after the minus sign.",
        'a term, such as -status:200; to look for a minus sign, write "-"',
        begin,
        1,
      );
    const term = readTerm(source, at);
    terms.push({ ...term.made, offset: begin, length: term.end - begin, negated });
    at = term.end;
  }
  return new Filter(source, terms);
}

interface ReadTerm {
  end: number;
  made: Pick<FilterTerm, "test" | "possible" | "text">;
}

function readTerm(source: string, at: number): ReadTerm {
  const quoted = readQuoted(source, at);
  if (quoted) return { end: quoted.end, made: textTerm(quoted.text) };
  const pattern = readPattern(source, at);
  if (pattern)
    return {
      end: pattern.end,
      made: {
        test: ({ line, row }) =>
          row ? someValue(row, (text) => pattern.pattern.test(text)) : pattern.pattern.test(line),
      },
    };
  const named = /^([A-Za-z][\w-]*)((?:\.[\w$-]+)*):(?!\/\/|:)/.exec(source.slice(at));
  if (named) return readField(source, at, named[1] ?? "", named[2] ?? "", at + named[0].length);
  const end = endOfWord(source, at);
  return { end, made: textTerm(source.slice(at, end)) };
}

function readField(source: string, at: number, name: string, path: string, valueAt: number): ReadTerm {
  const lower = name.toLowerCase();
  const quoted = readQuoted(source, valueAt);
  const end = quoted?.end ?? endOfWord(source, valueAt);
  const word = quoted?.text ?? source.slice(valueAt, end);
  const wrong = (message: string, expected: string): FilterError =>
    new FilterError(
      message,
      expected,
      word === "" ? at : valueAt,
      Math.max(1, word === "" ? valueAt - at : end - valueAt),
    );
  if (word === "" && filterFields.some((field) => field.toLowerCase() === lower))
    throw wrong(
      `There is nothing after "${name}${path}:".`,
      `a value, such as ${exampleOf(lower)}; to ask whether it is there, has:${name}`,
    );

  switch (lower) {
    case "is": {
      const test = (states as Record<string, Test>)[word.toLowerCase()];
      if (!test) throw wrong(`"is:${word}" is not known.`, `one of ${Object.keys(states).join(", ")}`);
      const possible = possibleStates[word.toLowerCase()];
      return { end, made: { test, ...(possible ? { possible } : {}) } };
    }
    case "log": {
      const kinds = word.toLowerCase().split(",");
      const unknown = kinds.find((kind) => !(logKinds as readonly string[]).includes(kind));
      if (unknown !== undefined) throw wrong(`There is no log "${unknown}".`, `one of ${logKinds.join(", ")}`);
      return { end, made: { test: ({ kind }) => kinds.includes(kind) } };
    }
    case "has": {
      const [head = "", ...rest] = word.split(".");
      const field = fieldByLowerCase.get(head.toLowerCase());
      if (field === undefined) throw wrong(`There is no field "${head}".`, `one of ${Object.keys(fields).join(", ")}`);
      return { end, made: { test: ({ row }) => isThere(valueAtPath(row, field, rest)) } };
    }
    case "larger-than":
    case "smaller-than": {
      const bytes = quantity(word, "bytes");
      if (bytes === undefined) throw wrong(`"${word}" is no size.`, "a number of bytes, such as 500, 10k or 2M");
      return {
        end,
        made: numberTerm(
          ({ row }) => row?.size,
          "size",
          (size) => (lower === "larger-than" ? size > bytes : size < bytes),
        ),
      };
    }
    case "domain": {
      const domains = word.split(",").map(domainTest);
      return {
        end,
        made: { test: ({ row }) => typeof row?.url === "string" && domains.some((test) => test(row.url as string)) },
      };
    }
  }

  const field = fieldByLowerCase.get(lower);
  if (field === undefined) {
    throw new FilterError(
      `There is no field "${name}".`,
      `a field of a row${nearest(lower)}; to look for the text, put it in quotes: "${source.slice(at, end).replaceAll('"', "")}"`,
      at,
      name.length,
    );
  }
  const rest = path === "" ? [] : path.slice(1).split(".");
  const read: Read = ({ row }) => valueAtPath(row, field, rest);

  const pattern = quoted ? undefined : readPattern(source, valueAt);
  if (pattern)
    return {
      end: pattern.end,
      made: { test: (input) => someValue(read(input), (text) => pattern.pattern.test(text)) },
    };
  if (quoted) return { end, made: containsTerm(read, word) };

  const kind = rest.length > 0 ? "any" : (fields[field] ?? "any");
  const [, operator = "", operand = ""] = /^(>=|<=|>|<|=)?([\s\S]*)$/.exec(word) ?? [];
  // A value in quotes may follow the operator: `message:="all of it"`.
  const quotedOperand = operator === "" ? undefined : readQuoted(source, valueAt + operator.length);
  if (quotedOperand)
    return {
      end: quotedOperand.end,
      made: comparison(read, kind, field, operator, quotedOperand.text) ?? { test: never },
    };
  if (operator !== "") {
    const made = operand === "" ? undefined : comparison(read, kind, field, operator, operand);
    if (!made) throw wrong(`"${word}" cannot be compared with ${field}.`, expectedOf(kind, field));
    return { end, made };
  }
  const made = word
    .split(",")
    .filter((alternative) => alternative !== "")
    .map((alternative) => equalTerm(read, kind, field, alternative));
  const first = made[0];
  if (!first || made.some((term) => term === undefined))
    throw wrong(`"${word}" is no value of ${field}.`, expectedOf(kind, field));
  if (made.length === 1) return { end, made: first };
  return {
    end,
    made: {
      test: (input) => made.some((term) => term?.test(input)),
      possible: (line) => made.some((term) => term?.possible?.(line) ?? true),
    },
  };
}

type Read = (input: FilterInput) => unknown;
type Made = Pick<FilterTerm, "test" | "possible" | "text">;

function textTerm(text: string): Made {
  const contains = containing(text);
  return {
    text,
    possible: possibleIn(text),
    test: ({ line, row }) => (row ? someValue(row, contains) : contains(line)),
  };
}

function containsTerm(read: Read, text: string): Made {
  const contains = containing(text);
  return { text, possible: possibleIn(text), test: (input) => someValue(read(input), contains) };
}

/** `field:value` without an operator, by the kind of the field. */
function equalTerm(read: Read, kind: FieldKind, field: string, word: string): Made | undefined {
  switch (kind) {
    case "number":
    case "bytes":
    case "duration": {
      const hundreds = field === "status" ? /^([1-5])xx$/i.exec(word)?.[1] : undefined;
      if (hundreds !== undefined)
        return numberTerm(read, field, (value) => Math.floor(value / 100) === Number(hundreds));
      const range = /^(.+?)\.\.(.+)$/.exec(word);
      const from = quantity(range?.[1] ?? word, kind);
      const to = range ? quantity(range[2] ?? "", kind) : from;
      if (from === undefined || to === undefined) return undefined;
      return numberTerm(read, field, (value) => value >= from && value <= to);
    }
    case "boolean":
      if (!/^(?:true|false)$/i.test(word)) return undefined;
      return { test: (input) => read(input) === (word.toLowerCase() === "true") };
    case "level":
      if (!(logLevels as readonly string[]).includes(word.toLowerCase())) return undefined;
      return { test: (input) => read(input) === word.toLowerCase() };
    case "text":
    case "time":
    case "any":
      return containsTerm(read, word);
  }
}

function comparison(read: Read, kind: FieldKind, field: string, operator: string, word: string): Made | undefined {
  switch (kind) {
    case "level": {
      const rank = (level: unknown): number => (logLevels as readonly unknown[]).indexOf(level);
      const wanted = rank(word.toLowerCase());
      return wanted === -1
        ? undefined
        : {
            test: (input) => {
              const at = rank(read(input));
              return at !== -1 && compare(operator, at - wanted);
            },
          };
    }
    case "boolean":
      return operator === "=" && /^(?:true|false)$/i.test(word)
        ? { test: (input) => read(input) === (word.toLowerCase() === "true") }
        : undefined;
    case "number":
    case "bytes":
    case "duration": {
      const wanted = quantity(word, kind);
      return wanted === undefined ? undefined : numberTerm(read, field, (value) => compare(operator, value - wanted));
    }
    case "time":
      return {
        test: (input) => {
          const value = read(input);
          return (
            typeof value === "string" &&
            compare(operator, order(value.slice(0, operator === "=" ? word.length : undefined), word))
          );
        },
      };
    case "text":
    case "any": {
      const number = quantity(word, kind);
      const lower = word.toLowerCase();
      return {
        test: (input) => {
          const value = read(input);
          if (typeof value === "number" && number !== undefined) return compare(operator, value - number);
          if (typeof value === "boolean") return operator === "=" && String(value) === lower;
          return typeof value === "string" && compare(operator, order(value.toLowerCase(), lower));
        },
      };
    }
  }
}

/** A test of a number; the line is looked through for `"field":number` before it is parsed, which is far quicker. */
function numberTerm(read: Read, field: string, test: (value: number) => boolean): Made {
  const pattern = new RegExp(`"${field}"\\s*:\\s*(-?\\d[\\d.eE+-]*)`, "g");
  return {
    test: (input) => {
      const value = read(input);
      return typeof value === "number" && test(value);
    },
    possible: (line) => {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(line); match; match = pattern.exec(line)) if (test(Number(match[1]))) return true;
      return false;
    },
  };
}

function compare(operator: string, difference: number): boolean {
  switch (operator) {
    case ">":
      return difference > 0;
    case ">=":
      return difference >= 0;
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    default:
      return difference === 0;
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A number with the unit that its field may have; sizes count in thousands as browsers' tools do (KiB and MiB in 1024). */
function quantity(text: string, kind: FieldKind): number | undefined {
  const match = /^(-?\d+(?:\.\d+)?|-?\.\d+)\s*([a-z]*)$/i.exec(text);
  if (!match) return undefined;
  const unit = (match[2] ?? "").toLowerCase();
  const factors: Record<string, number> =
    kind === "bytes"
      ? { "": 1, b: 1, k: 1e3, kb: 1e3, kib: 1024, m: 1e6, mb: 1e6, mib: 1024 ** 2, g: 1e9, gb: 1e9, gib: 1024 ** 3 }
      : kind === "duration"
        ? { "": 1, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }
        : { "": 1 };
  const factor = factors[unit];
  return factor === undefined ? undefined : Number(match[1]) * factor;
}

function domainTest(domain: string): (url: string) => boolean {
  const wanted = domain.toLowerCase().replace(/^\*?\./, "");
  const pattern = wanted.includes("*")
    ? new LinearRegExp(`(?:^|\\.)${wanted.split("*").map(escape).join(".*")}$`)
    : undefined;
  return (url) => {
    const match = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(:\d+)?/i.exec(url);
    if (!match) return false;
    const host = (match[1] ?? "").toLowerCase();
    const full = wanted.replace(/^\[.*\]/, "").includes(":") ? host + (match[2] ?? "") : host;
    return pattern ? pattern.test(full) : full === wanted || full.endsWith(`.${wanted}`);
  };
}

function valueAtPath(row: Record<string, unknown> | undefined, field: string, path: string[]): unknown {
  let value: unknown = row?.[field];
  for (const name of path) {
    if (!isObject(value) && !Array.isArray(value)) return undefined;
    const holder = value as Record<string, unknown>;
    // Names of header fields, above all, are written in any case.
    value = Object.hasOwn(holder, name)
      ? holder[name]
      : holder[Object.keys(holder).find((key) => key.toLowerCase() === name.toLowerCase()) ?? ""];
  }
  return value;
}

/** Whether the text of the value, or of any value in it, passes. */
function someValue(value: unknown, test: (text: string) => boolean): boolean {
  switch (typeof value) {
    case "string":
      return test(value);
    case "number":
    case "boolean":
      return test(String(value));
    case "object": {
      if (value === null) return false;
      for (const key in value) if (someValue((value as Record<string, unknown>)[key], test)) return true;
      return false;
    }
    default:
      return false;
  }
}

function isThere(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== null &&
    value !== "" &&
    value !== false &&
    !(typeof value === "object" && Object.keys(value).length === 0)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A test for text in any case. A literal cannot make the engine's own `RegExp` slow. */
function containing(text: string): (value: string) => boolean {
  const pattern = new RegExp(escape(text), "i");
  return (value) => pattern.test(value);
}

/** Whether a line of JSON may hold the text: as the writer escapes it, or escaped in a way that only a parser knows. */
function possibleIn(text: string): (line: string) => boolean {
  const pattern = new RegExp(escape(JSON.stringify(text).slice(1, -1)), "i");
  return (line) => pattern.test(line) || (line.includes("\\") && /\\[u/]/.test(line)) || !line.startsWith("{");
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function endOfWord(source: string, at: number): number {
  const length = source.slice(at).search(/\s/);
  return length === -1 ? source.length : at + length;
}

function readQuoted(source: string, at: number): { text: string; end: number } | undefined {
  if (source[at] !== '"') return undefined;
  const match = /^"((?:[^"\\]|\\[\s\S])*)"(?=\s|$)/.exec(source.slice(at));
  if (match) return { text: (match[1] ?? "").replace(/\\(["\\])/g, "$1"), end: at + match[0].length };
  const closing = /^"(?:[^"\\]|\\[\s\S])*"/.exec(source.slice(at))?.[0];
  if (closing !== undefined)
    throw new FilterError("Something follows the closing quote.", "a space between terms", at + closing.length, 1);
  throw new FilterError("The quote is not closed.", 'a closing ", and \\" for a quote inside', at, source.length - at);
}

/** `/…/flags`. A path such as `/api/users` is text: what follows its second slash are no flags. */
function readPattern(source: string, at: number): { pattern: LinearRegExp; end: number } | undefined {
  const match =
    /^\/((?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([a-z]*)(?=\s|$)/.exec(source.slice(at)) ??
    /^\/((?:[^/\\\n]|\\.)+)\/([a-z]*)(?=\s|$)/.exec(source.slice(at));
  if (!match) return undefined;
  const [whole, body = "", flags = ""] = match;
  if (!/^[imsu]*$/.test(flags)) return undefined;
  try {
    return { pattern: new LinearRegExp(body, flags), end: at + whole.length };
  } catch (thrown) {
    if (!(thrown instanceof PatternError)) throw thrown;
    throw new FilterError(
      `This is no regular expression that can be used: ${thrown.message}.`,
      "a pattern such as /time(out|d out)/i; to look for the text, put it in quotes",
      at,
      whole.length,
    );
  }
}

function exampleOf(field: string): string {
  const examples: Record<string, string> = {
    status: "status:>=400",
    method: "method:POST",
    domain: "domain:example.com",
    "larger-than": "larger-than:10k",
    is: "is:error",
    log: "log:network",
    level: "level:>=warn",
    duration: "duration:>1s",
  };
  return examples[field] ?? `${field}:text`;
}

function expectedOf(kind: FieldKind, field: string): string {
  switch (kind) {
    case "number":
      return field === "status" ? "a number, such as 404, >=400, 4xx or 200..299" : "a number, such as 5, >5 or 1..9";
    case "bytes":
      return "a size, such as 500, >10k or 1k..2M";
    case "duration":
      return "a time, such as 250, >1.5s or 100..200";
    case "boolean":
      return "true or false";
    case "level":
      return `one of ${logLevels.join(", ")}, or such as >=warn`;
    case "text":
    case "time":
    case "any":
      return "text, such as login; = before it for the whole value";
  }
}

/** `, perhaps …` for a name that nearly is a field's. */
function nearest(name: string): string {
  const candidates = filterFields.filter(
    (field) => field.toLowerCase().startsWith(name.slice(0, 3)) || distance(field.toLowerCase(), name) <= 2,
  );
  return candidates.length === 0
    ? ""
    : `, perhaps ${candidates
        .slice(0, 3)
        .map((field) => `"${field}:"`)
        .join(" or ")}`;
}

function never(): boolean {
  return false;
}
