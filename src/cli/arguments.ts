/**
 * Reads the plain words of a command without Node's parser, whose loading costs a command 1.5 ms. Whatever is
 * not plain, mistakes above all, is left to Node's parser: what this one reads, both read alike (a test holds it).
 */
import type { Option, OptionValues } from "./command.js";

export interface ParsedArguments {
  values: OptionValues;
  positionals: string[];
}

/** The words that may be options: what stands behind `--` is an argument, whatever it looks like. */
export function beforeDashes(words: string[]): string[] {
  const end = words.indexOf("--");
  return end < 0 ? words : words.slice(0, end);
}

export function asksForHelp(words: string[]): boolean {
  return beforeDashes(words).some((word) => word === "--help" || word === "-h");
}

/** @returns undefined for words that Node's parser should judge */
export function readPlainArguments(args: string[], options: Record<string, Option>): ParsedArguments | undefined {
  const values: OptionValues = Object.create(null) as OptionValues;
  const positionals: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? "";
    if (word === "--") {
      positionals.push(...args.slice(index + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      positionals.push(word);
      continue;
    }
    const [, name = "", inline] = /^--([a-z][a-z-]*)(?:=([^]*))?$/.exec(word) ?? [];
    const long = name !== "" ? name : nameOfShort(word, options);
    if (long === undefined || !Object.hasOwn(options, long) || long in values) return undefined;
    if (options[long]?.type === "boolean") {
      if (inline !== undefined) return undefined;
      values[long] = true;
    } else if (options[long]?.multiple === true) {
      return undefined;
    } else {
      const value = inline ?? args[++index];
      if (value === undefined || (inline === undefined && value.startsWith("-"))) return undefined;
      values[long] = value;
    }
  }
  return { values, positionals };
}

function nameOfShort(word: string, options: Record<string, Option>): string | undefined {
  if (!/^-[a-z]$/.test(word)) return undefined;
  return Object.keys(options).find((name) => options[name]?.short === word[1]);
}
