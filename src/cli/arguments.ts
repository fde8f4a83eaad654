/** The words of a command before its options are known. */
import type { OptionValues } from "./command.js";

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
