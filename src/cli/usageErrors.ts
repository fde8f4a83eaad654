/** The errors for words that no command takes. They are loaded when one is made. */
import { distance } from "fastest-levenshtein";
import { usageError, type LibrettoError } from "../sessions/util/errors.js";
import { isSessionName } from "../sessions/model/names.js";
import { usageLine, type Command, type Option } from "./command.js";
import { commands, type CommandName } from "./commands.js";
import { insteadOfCommand, insteadOfOption } from "./foreignWords.js";
import type { ParsedArguments, WrongOption } from "./arguments.js";

/**
 * The error for options that a command does not take.
 * @param options the command's, and those that every command has
 */
export function wrongOption(
  error: WrongOption,
  options: Record<string, Option>,
  name: CommandName,
  command: Command,
): LibrettoError {
  const instead = error.problem === "unknown" ? insteadOfOption(error.option) : undefined;
  return usageError(
    explained(error, name, options),
    instead ?? `${usageLine(name, command)}; \`libretto ${name} --help\` explains each option.`,
  );
}

/** The error for a command that was given more or fewer arguments than it takes. */
export function wrongArgumentCount(
  { values, positionals }: ParsedArguments,
  name: CommandName,
  command: Command,
): LibrettoError {
  const { min, max, names } = command.positionals;
  const usage = usageLine(name, command);
  if (positionals.length < min) return usageError(`${name} needs ${names}.`, usage);
  const extra = positionals[max] ?? "";
  const meant =
    "session" in command.options && values["session"] === undefined && isSessionName(extra)
      ? ` Did you mean \`libretto ${name} --session ${extra}\`?`
      : "";
  return usageError(
    max === 0
      ? `${name} takes no argument ${JSON.stringify(extra)}.`
      : `${name} takes no further argument ${JSON.stringify(extra)}; it takes ${names}.`,
    `${usage} (quote an argument that holds spaces).${meant}`,
  );
}

/** The error for a first word that is no command. */
export function noSuchCommand(word: string): LibrettoError {
  if (word.startsWith("-"))
    return usageError(
      `The first word must be a command, not ${JSON.stringify(word)}.`,
      "`libretto --help` lists the commands.",
    );
  const instead = insteadOfCommand(word);
  if (instead !== undefined) return usageError(`There is no command ${JSON.stringify(word)} here.`, instead);
  const near = nearest(word, Object.keys(commands));
  return usageError(
    `There is no command ${JSON.stringify(word)}.`,
    near === undefined
      ? "`libretto --help` lists the commands."
      : `Did you mean \`libretto ${near}\`? \`libretto --help\` lists the commands.`,
  );
}

/** With the option that was likely meant, or the value that is missing. */
function explained({ problem, option }: WrongOption, name: CommandName, options: Record<string, Option>): string {
  if (problem === "needs a value")
    return `--${option} needs a value: --${option} <${options[option]?.value ?? "value"}>.`;
  if (problem !== "unknown") return `--${option} ${problem}.`;
  const near = nearest(option.replace(/^-+/, ""), [...Object.keys(options), "help"]);
  return `${name} takes no option ${option}.${near === undefined ? "" : ` Did you mean --${near}?`}`;
}

/** The word that differs by the fewest letters, if those are few. */
function nearest(word: string, words: string[]): string | undefined {
  const best = words
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate) }))
    .sort((a, b) => a.distance - b.distance)[0];
  // Two letters the wrong way round are two changes.
  return best && best.distance <= (word.length < 4 ? 1 : 2) ? best.candidate : undefined;
}
