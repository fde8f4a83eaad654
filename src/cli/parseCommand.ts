/** From words to a command with its options and arguments; the command's code is loaded when it is called. */
import { parseArgs } from "node:util";
import type { ParsedArguments } from "./arguments.js";
import { jsonOption, type Command, type Option } from "./command.js";
import { commands, type CommandName } from "./commands.js";

/** @throws `Usage` for a word that is no command */
export async function commandNamed(word: string): Promise<CommandName> {
  if (Object.hasOwn(commands, word)) return word as CommandName;
  throw (await import("./usageErrors.js")).noSuchCommand(word);
}

/** @throws `Usage` for options and arguments that the command does not take */
export async function parseCommand(name: CommandName, command: Command, args: string[]): Promise<ParsedArguments> {
  const options = { ...command.options, json: jsonOption };
  let words: ParsedArguments;
  try {
    words = parseStrictly(args, options);
  } catch (error) {
    throw (await import("./usageErrors.js")).wrongOption(error as Error, options, name, command);
  }
  const { min, max } = command.positionals;
  if (words.positionals.length < min || words.positionals.length > max)
    throw (await import("./usageErrors.js")).wrongArgumentCount(words, name, command);
  return words;
}

function parseStrictly(args: string[], options: Record<string, Option>): ParsedArguments {
  const words = parseArgs({
    args: joinValues(args, options),
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
  if (twice !== undefined) throw new TypeError(`--${twice} is given twice`);
  return words;
}

/**
 * The parser takes what begins with a minus sign for an option, also behind one whose values may begin so; and what
 * follows an option with a value for that value, also where it may have none.
 */
function joinValues(args: string[], options: Record<string, Option>): string[] {
  const joined: string[] = [];
  for (const word of args) {
    const before = joined.at(-1) ?? "";
    if (word.startsWith("--") && options[word.slice(2)]?.valueIsOptional === true) joined.push(`${word}=`);
    else if (before.startsWith("--") && options[before.slice(2)]?.mayBeginWithMinus === true && /^-[^-]./s.test(word))
      joined[joined.length - 1] = `${before}=${word}`;
    else joined.push(word);
  }
  return joined;
}
