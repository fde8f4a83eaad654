/** The words of a command before its options are known. */
import type { OptionValues } from "./command.js";

export interface ParsedArguments {
  values: OptionValues;
  positionals: string[];
}

/** An option that cannot be read as it was given. */
export class WrongOption extends Error {
  /** @param option as it was spelled where it is unknown, else its name */
  constructor(
    readonly problem: "unknown" | "needs a value" | "takes no value" | "is given twice",
    readonly option: string,
  ) {
    super(`${option}: ${problem}`);
  }
}

/** The words that may be options: what stands behind `--` is an argument, whatever it looks like. */
export function beforeDashes(words: string[]): string[] {
  const end = words.indexOf("--");
  return end < 0 ? words : words.slice(0, end);
}

export function asksForHelp(words: string[]): boolean {
  return beforeDashes(words).some((word) => word === "--help" || word === "-h");
}
