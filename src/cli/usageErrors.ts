/** What is done about words that are not plain. Most of them are mistakes, so nothing here is loaded before one is made. */
import { parseArgs } from "node:util";
import { distance } from "fastest-levenshtein";
import { usageError, type LibrettoError } from "../sessions/util/errors.js";
import { isSessionName } from "../sessions/model/names.js";
import { usageLine, type Command, type Option } from "./command.js";
import { commands, type CommandName } from "./commands.js";
import type { ParsedArguments } from "./arguments.js";

/**
 * Reads the words of a command with Node's parser.
 * @param options the command's, and those that every command has
 * @throws `Usage`
 */
export function parseArguments(
  args: string[],
  options: Record<string, Option>,
  name: CommandName,
  command: Command,
): ParsedArguments {
  try {
    const words = parseArgs({
      args: joinMinusValues(args, options),
      options,
      allowPositionals: true,
      strict: true,
      tokens: true,
    });
    // Of two values for one option either may be the one that was meant: `close -s a -s b` must not guess.
    const given = words.tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
    const twice = given.find(
      (option, index) =>
        options[option]?.type === "string" && options[option].multiple !== true && given.indexOf(option) !== index,
    );
    if (twice === undefined) return words;
    throw new TypeError(`--${twice} is given twice`);
  } catch (error) {
    throw usageError(
      explained((error as Error).message, options),
      `${usageLine(name, command)}; \`libretto ${name} --help\` explains each option.`,
    );
  }
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
    `${name} takes ${max === 0 ? "no argument" : names}, and got ${JSON.stringify(extra)} besides.`,
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
  const near = nearest(word, Object.keys(commands));
  return usageError(
    `There is no command ${JSON.stringify(word)}.`,
    near === undefined
      ? "`libretto --help` lists the commands."
      : `Did you mean \`libretto ${near}\`? \`libretto --help\` lists the commands.`,
  );
}

/** Node's parser takes what begins with a minus sign for an option, also behind one whose values may begin so. */
function joinMinusValues(args: string[], options: Record<string, Option>): string[] {
  const joined: string[] = [];
  for (const word of args) {
    const before = joined.at(-1) ?? "";
    if (before.startsWith("--") && options[before.slice(2)]?.mayBeginWithMinus === true && /^-[^-]./s.test(word))
      joined[joined.length - 1] = `${before}=${word}`;
    else joined.push(word);
  }
  return joined;
}

/** Node's message, without its advice, and with the option that was likely meant. */
function explained(message: string, options: Record<string, Option>): string {
  const first = message.split(/[.\n]/)[0] ?? message;
  const unknown = /Unknown option '(-+[^']+)'/.exec(message)?.[1];
  if (unknown === undefined) return `${first}.`;
  const near = nearest(unknown.replace(/^-+/, ""), [...Object.keys(options), "help"]);
  return `There is no option ${unknown}.${near === undefined ? "" : ` Did you mean --${near}?`}`;
}

/** The word that differs by the fewest letters, if those are few. */
function nearest(word: string, words: string[]): string | undefined {
  const best = words
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate) }))
    .sort((a, b) => a.distance - b.distance)[0];
  // Two letters the wrong way round are two changes.
  return best && best.distance <= (word.length < 4 ? 1 : 2) ? best.candidate : undefined;
}
