/** From words to a command with its options and arguments; the command's code is loaded when it is called. */
import { WrongOption, type ParsedArguments } from "./arguments.js";
import { jsonOption, type Command, type Option, type OptionValues } from "./command.js";
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
    words = readWords(args, options);
  } catch (error) {
    if (!(error instanceof WrongOption)) throw error;
    throw (await import("./usageErrors.js")).wrongOption(error, options, name, command);
  }
  const { min, max } = command.positionals;
  if (words.positionals.length < min || words.positionals.length > max)
    throw (await import("./usageErrors.js")).wrongArgumentCount(words, name, command);
  return words;
}

/**
 * Reads words as the strict `parseArgs` of Node does, which takes each command half a millisecond to load. Beyond that, a
 * value may begin with a minus sign or be left out where its option says so, and no option takes two.
 * @throws `WrongOption`
 */
export function readWords(args: string[], options: Record<string, Option>): ParsedArguments {
  const values: OptionValues = {};
  const positionals: string[] = [];
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "--") {
      positionals.push(...words);
      break;
    }
    if (word.length < 2 || !word.startsWith("-")) {
      positionals.push(word);
      continue;
    }
    const { name, spelled, joined } = splitOption(word, options);
    const option = name !== undefined && Object.hasOwn(options, name) ? options[name] : undefined;
    if (name === undefined || !option) throw new WrongOption("unknown", spelled);
    if (option.type === "boolean") {
      if (joined !== undefined && spelled.startsWith("--")) throw new WrongOption("takes no value", name);
      if (joined !== undefined) words.unshift(`-${joined}`);
      values[name] = true;
      continue;
    }
    let value = joined ?? (option.valueIsOptional === true && spelled.startsWith("--") ? "" : undefined);
    if (value === undefined) {
      const next = words.shift();
      const isValue =
        next !== undefined && (!/^-./s.test(next) || (option.mayBeginWithMinus && !next.startsWith("--")));
      if (!isValue) throw new WrongOption("needs a value", name);
      value = next;
    }
    if (option.multiple === true) values[name] = [...((values[name] as string[] | undefined) ?? []), value];
    else if (Object.hasOwn(values, name)) throw new WrongOption("is given twice", name);
    else values[name] = value;
  }
  return { values, positionals };
}

/** `--name`, `--name=value`, `-n`, `-nvalue`, and `-ab` for two that take no value. */
function splitOption(
  word: string,
  options: Record<string, Option>,
): { name: string | undefined; spelled: string; joined: string | undefined } {
  if (!word.startsWith("--")) {
    const name = Object.keys(options).find((long) => options[long]?.short === word[1]);
    return { name, spelled: word.slice(0, 2), joined: word.length > 2 ? word.slice(2) : undefined };
  }
  const end = word.indexOf("=");
  const spelled = end < 0 ? word : word.slice(0, end);
  return { name: spelled.slice(2), spelled, joined: end < 0 ? undefined : word.slice(end + 1) };
}
