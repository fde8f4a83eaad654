/** From words to a command with its options and arguments; the command's code is loaded when it is called. */
import { readPlainArguments, type ParsedArguments } from "./arguments.js";
import { jsonOption, type Command } from "./command.js";
import { commands, type CommandName } from "./commands.js";

/** @throws `Usage` for a word that is no command */
export async function commandNamed(word: string): Promise<CommandName> {
  if (Object.hasOwn(commands, word)) return word as CommandName;
  throw (await import("./usageErrors.js")).noSuchCommand(word);
}

/** @throws `Usage` for options and arguments that the command does not take */
export async function parseCommand(name: CommandName, command: Command, args: string[]): Promise<ParsedArguments> {
  const options = { ...command.options, json: jsonOption };
  const words =
    readPlainArguments(args, options) ??
    (await import("./usageErrors.js")).parseArguments(args, options, name, command);
  const { min, max } = command.positionals;
  if (words.positionals.length < min || words.positionals.length > max)
    throw (await import("./usageErrors.js")).wrongArgumentCount(words, name, command);
  return words;
}
