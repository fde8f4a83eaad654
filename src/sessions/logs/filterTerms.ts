/** The terms of a filter: what of a row each looks at, and when it holds. No Node imports: it runs in a webview, too. */
import type { FieldKind } from "./filterFields.js";
import { LinearRegExp } from "./linearRegExp.js";
import { mask } from "./mask.js";
import { logLevels, type LogKind } from "./rows.js";

/** A row as a filter sees it. */
export interface FilterInput {
  kind: LogKind;
  /** The line as it stands in the file. */
  line: string;
  /** The line as JSON; undefined where it is none. */
  row: Record<string, unknown> | undefined;
}

export type Test = (input: FilterInput) => boolean;

/** What a term looks at in a row. */
export type Read = (input: FilterInput) => unknown;
/** What a term of a filter is made of. */
export interface Made {
  /** Text that is looked for, for showing where it occurs; absent where the term is about something else. */
  text?: string;
  test: Test;
  /** A cheap look at the line: false where the term (before negation) cannot hold. */
  possible?: (line: string) => boolean;
}

/** Fields that are asked for in words of their own, each with what it takes. */
export const states = {
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
export const possibleStates: Record<string, (line: string) => boolean> = {
  error: (line) =>
    /"level"\s*:\s*"error"|"success"\s*:\s*false|"failure"\s*:|"status"\s*:\s*(?:[4-9]|\d{4}|\d+[.eE])/.test(line),
  failed: (line) => /"success"\s*:\s*false|"failure"\s*:/.test(line),
  masked: (line) => line.includes(mask),
  cached: (line) => /"fromCache"\s*:\s*true/.test(line),
  xhr: (line) => /"resourceType"\s*:\s*"(?:xhr|fetch)"/.test(line),
};

/** Text that occurs in any value of a row. */
export function textTerm(text: string): Made {
  const contains = containing(text);
  return {
    text,
    possible: possibleIn(text),
    test: ({ line, row }) => (row ? someValue(row, contains) : contains(line)),
  };
}

/** Text that occurs in a field. */
export function containsTerm(read: Read, text: string): Made {
  const contains = containing(text);
  return { text, possible: possibleIn(text), test: (input) => someValue(read(input), contains) };
}

/** `field:value` without an operator, by the kind of the field. */
export function equalTerm(read: Read, kind: FieldKind, field: string, word: string): Made | undefined {
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

/** `field:>value`, by the kind of the field; undefined where it cannot be compared so. */
export function comparison(
  read: Read,
  kind: FieldKind,
  field: string,
  operator: string,
  word: string,
): Made | undefined {
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
export function numberTerm(read: Read, field: string, test: (value: number) => boolean): Made {
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
export function quantity(text: string, kind: FieldKind): number | undefined {
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

/** Whether an address has that host, or one below it. */
export function domainTest(domain: string): (url: string) => boolean {
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

/** The value of a field, or of what lies in it. */
export function valueAtPath(row: Record<string, unknown> | undefined, field: string, path: string[]): unknown {
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
export function someValue(value: unknown, test: (text: string) => boolean): boolean {
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

/** Whether a value says anything. */
export function isThere(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== null &&
    value !== "" &&
    value !== false &&
    !(typeof value === "object" && Object.keys(value).length === 0)
  );
}

/** A test for text in any case. A literal cannot make the engine's own `RegExp` slow. */
function containing(text: string): (value: string) => boolean {
  const pattern = new RegExp(escape(text), "i");
  return (value) => pattern.test(value);
}

/**
 * Whether a line may hold the text: as the writer escapes it, escaped in a way that only a parser knows, or as it is, in a
 * line that was torn.
 */
function possibleIn(text: string): (line: string) => boolean {
  const escaped = JSON.stringify(text).slice(1, -1);
  const forms = escaped === text ? [text] : [escaped, text];
  const pattern = new RegExp(forms.map(escape).join("|"), "i");
  return (line) => pattern.test(line) || (line.includes("\\") && /\\[u/]/.test(line)) || !line.startsWith("{");
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Whether a value has members by name. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
