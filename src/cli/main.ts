/**
 * The program `libretto`: finds the command, checks its words, runs it, prints, and ends. It loads what the
 * command needs and nothing else, since a read is to cost about what starting Node costs.
 */
import { commands, type CommandName } from "./commands.js";
import type { Call, Command, Option, Output } from "./command.js";
import { Interruption } from "./interruption.js";
import { readPlainWords, type Words } from "./words.js";
import { errorLines, note, printableJson, ReaderGone, writeAll } from "./output.js";
import { connectQuickly } from "./quickPipe.js";
import type { SessionsContext } from "../sessions/context.js";
import { LibrettoError, usageError } from "../sessions/errors.js";
import { isSessionName } from "../sessions/names.js";
import { HostPool } from "../sessions/hostPool.js";
import { findExpired } from "../sessions/userIndex.js";
import { findWorkspace } from "../sessions/workspace.js";

/** Aborted by Ctrl-C. */
const interruption = new Interruption();

const jsonOption: Option = { type: "boolean", help: "Print JSON for scripts." };

void main(process.argv.slice(2)).then((status) => process.exit(status));

async function main(args: string[]): Promise<number> {
  // Read before parsing, so that a mistake among the words is still reported as the caller asked.
  const end = args.indexOf("--");
  let json = args.slice(0, end < 0 ? undefined : end).includes("--json");
  try {
    const [word, ...rest] = args;
    if (word === undefined || word === "--help" || word === "-h" || word === "help") return await help(word === "help" ? rest[0] : undefined, json);
    if (word === "--version" || word === "-V" || word === "version") return print({ text: LIBRETTO_VERSION, json: { version: LIBRETTO_VERSION } }, json);
    if (word === "complete" && rest[0] === "--") return await complete(rest.slice(1));
    const name = await commandNamed(word);
    const command = await commands[name].load();
    if (rest.slice(0, rest.includes("--") ? rest.indexOf("--") : undefined).some((arg) => arg === "--help" || arg === "-h")) return await help(name, json);
    const { values, positionals } = await parse(name, command, rest);
    json = values.json === true;
    return await run(command, { values, positionals, json });
  } catch (thrown) {
    return fail(thrown, json);
  }
}

async function run(command: Command, words: Pick<Call, "values" | "positionals" | "json">): Promise<number> {
  try {
    const running = command.run({ context: makeContext(), ...words, interruption });
    // While the command waits for its host: before it has asked for anything, a signal may simply end it.
    if (running instanceof Promise) for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onInterrupt);
    const output = await running;
    return output === undefined ? 0 : print(output, words.json);
  } finally {
    const expired = findExpired(process.env);
    if (expired.length > 0) await (await import("../sessions/leftovers.js")).endExpired(process.env, expired);
  }
}

function makeContext(): SessionsContext {
  const workspace = findWorkspace(workingDirectory(), process.env);
  const hosts = new HostPool(workspace, process.env, "cli", connectQuickly);
  return { workspace, env: process.env, client: "cli", host: (record) => hosts.get(record) };
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new LibrettoError("Failed", "The working directory is not there any more.", "Go to a folder that is, for example with `cd ~`.", { cause: error });
  }
}

/** What the shell's completion script calls. */
async function complete(words: string[]): Promise<number> {
  const { complete: answer } = await import("./commands/completion.js");
  return print({ text: await answer(makeContext(), words), json: null }, false);
}

async function parse(name: CommandName, command: Command, args: string[]): Promise<Words> {
  const { positionals: expected } = command;
  const usage = `Usage: libretto ${name} ${command.usage}`.trim();
  const parsed = readPlainWords(args, { ...command.options, json: jsonOption }) ?? (await parseWithNode(name, command, args, usage));
  const { positionals } = parsed;
  if (positionals.length < expected.min) throw usageError(`${name} needs ${expected.names}.`, usage);
  if (positionals.length > expected.max) {
    const extra = positionals[expected.max] ?? "";
    const meant = "session" in command.options && parsed.values["session"] === undefined && isSessionName(extra) ? ` Did you mean \`libretto ${name} --session ${extra}\`?` : "";
    throw usageError(`${name} takes ${expected.max === 0 ? "no argument" : expected.names}, and got ${JSON.stringify(extra)} besides.`, `${usage} (quote an argument that holds spaces).${meant}`);
  }
  return parsed;
}

/** For words that are not plain, most of which are mistakes. */
async function parseWithNode(name: CommandName, command: Command, args: string[], usage: string): Promise<Words> {
  const { parseArgs } = await import("node:util");
  try {
    const parsed = parseArgs({ args: joinMinusValues(args, command), options: { ...command.options, json: jsonOption }, allowPositionals: true, strict: true, tokens: true });
    // Of two values for one option either may be the one that was meant: `close -s a -s b` must not guess.
    const given = parsed.tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
    const twice = given.find((option, index) => command.options[option]?.type === "string" && command.options[option].multiple !== true && given.indexOf(option) !== index);
    if (twice === undefined) return parsed;
    throw new TypeError(`--${twice} is given twice`);
  } catch (error) {
    throw usageError(await parseMessage((error as Error).message, command), `${usage}; \`libretto ${name} --help\` explains each option.`);
  }
}

/** Node's parser takes what begins with a minus sign for an option, also behind one whose values may begin so. */
function joinMinusValues(args: string[], { options }: Command): string[] {
  const joined: string[] = [];
  for (const word of args) {
    const before = joined.at(-1) ?? "";
    if (before.startsWith("--") && options[before.slice(2)]?.mayBeginWithMinus === true && /^-[^-]./s.test(word)) joined[joined.length - 1] = `${before}=${word}`;
    else joined.push(word);
  }
  return joined;
}

/** Node's message, without its advice, and with the option that was likely meant. */
async function parseMessage(message: string, command: Command): Promise<string> {
  const first = message.split(/[.\n]/)[0] ?? message;
  const unknown = /Unknown option '(-+[^']+)'/.exec(message)?.[1];
  if (unknown === undefined) return `${first}.`;
  const near = await nearest(unknown.replace(/^-+/, ""), [...Object.keys(command.options), "json", "help"]);
  return `There is no option ${unknown}.${near === undefined ? "" : ` Did you mean --${near}?`}`;
}

async function commandNamed(word: string): Promise<CommandName> {
  if (Object.hasOwn(commands, word)) return word as CommandName;
  if (word.startsWith("-")) throw usageError(`The first word must be a command, not ${JSON.stringify(word)}.`, "`libretto --help` lists the commands.");
  const near = await nearest(word, Object.keys(commands));
  throw usageError(`There is no command ${JSON.stringify(word)}.`, near === undefined ? "`libretto --help` lists the commands." : `Did you mean \`libretto ${near}\`? \`libretto --help\` lists the commands.`);
}

/** The word that differs by the fewest letters, if those are few. */
async function nearest(word: string, words: string[]): Promise<string | undefined> {
  const { distance } = await import("fastest-levenshtein");
  const best = words.map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate) })).sort((a, b) => a.distance - b.distance)[0];
  // Two letters the wrong way round are two changes.
  return best && best.distance <= (word.length < 4 ? 1 : 2) ? best.candidate : undefined;
}

async function help(word: string | undefined, json: boolean): Promise<number> {
  const { overview, commandHelp, helpData } = await import("./help.js");
  if (word === undefined) return print({ text: overview(), json: helpData() }, json);
  const name = await commandNamed(word);
  const command = await commands[name].load();
  return print({ text: commandHelp(name, command), json: { command: name, summary: command.summary, usage: command.usage, options: command.options, examples: command.examples } }, json);
}

function print({ text, json: value, exitStatus }: Output, json: boolean): number {
  try {
    if (json) writeAll(1, `${printableJson(JSON.stringify(value, undefined, 2))}\n`);
    else if (text !== "") writeAll(1, text.endsWith("\n") ? text : `${text}\n`);
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  }
  return exitStatus ?? 0;
}

function fail(thrown: unknown, json: boolean): number {
  if (thrown instanceof ReaderGone) return 0;
  const error = LibrettoError.from(thrown);
  try {
    if (json) writeAll(1, `${printableJson(JSON.stringify({ error }, undefined, 2))}\n`);
    else writeAll(2, errorLines(error));
    if (process.env.LIBRETTO_DEBUG) note(String((error.cause instanceof Error ? error.cause.stack : undefined) ?? error.stack));
  } catch (failed) {
    if (!(failed instanceof ReaderGone)) throw failed;
  }
  return error.exitStatus;
}

function onInterrupt(): void {
  // The second time somebody means it; and what has not asked to hear of it can be ended at once.
  if (interruption.aborted || !interruption.isAwaited) process.exit(130);
  interruption.abort();
  // Who sends a signal once, as `timeout` does, is not kept waiting by a host that does not answer.
  setTimeout(() => process.exit(130), 5_000).unref();
}
