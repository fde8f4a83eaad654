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
import { exampleOf, expectedOf, fieldByLowerCase, fields, filterFields, nearest } from "./filterFields.js";
import {
  comparison,
  containsTerm,
  domainTest,
  equalTerm,
  isObject,
  isThere,
  numberTerm,
  possibleStates,
  quantity,
  someValue,
  states,
  textTerm,
  valueAtPath,
  type FilterInput,
  type Made,
  type Read,
  type Test,
} from "./filterTerms.js";
import { LinearRegExp, PatternError } from "./linearRegExp.js";
import { logKinds, type LogKind } from "./rows.js";

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

/** One term of a filter. */
export interface FilterTerm extends Made {
  /** Where it stands in the filter's text. */
  offset: number;
  length: number;
  negated: boolean;
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
  made: Made;
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

function never(): boolean {
  return false;
}
