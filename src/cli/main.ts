/**
 * The program `libretto`: finds the command, checks its words, runs it, prints, and ends. It loads what the
 * command needs and nothing else, since a read is to cost about what starting Node costs.
 */
import { commands } from "./commands.js";
import type { Call, Command, Output } from "./command.js";
import { Interruption } from "./interruption.js";
import { asksForHelp, beforeDashes } from "./arguments.js";
import { errorLines, note, printableJson, ReaderGone, writeAll } from "./output.js";
import { commandNamed, parseCommand } from "./parseCommand.js";
import { connectPipe } from "./socketConnection.js";
import type { SessionsContext } from "../sessions/operations/context.js";
import { LibrettoError } from "../sessions/util/errors.js";
import { HostPool } from "../sessions/ipc/hostPool.js";
import { findExpired } from "../sessions/store/userIndex.js";
import { findWorkspace } from "../sessions/store/workspace.js";

/** Aborted by Ctrl-C. */
const interruption = new Interruption();

void main(process.argv.slice(2)).then((status) => process.exit(status));

async function main(args: string[]): Promise<number> {
  // Read before parsing, so that a mistake among the words is still reported as the caller asked.
  let json = beforeDashes(args).includes("--json");
  try {
    const [word, ...rest] = args;
    if (word === undefined || word === "--help" || word === "-h" || word === "help")
      return await help(word === "help" ? rest[0] : undefined, json);
    if (word === "--version" || word === "-V" || word === "-v" || word === "version")
      return print({ text: LIBRETTO_VERSION, json: { version: LIBRETTO_VERSION } }, json);
    if (word === "complete" && rest[0] === "--") return await complete(rest.slice(1));
    const name = await commandNamed(word);
    const command = await commands[name]();
    if (asksForHelp(rest)) return await help(name, json);
    const { values, positionals } = await parseCommand(name, command, rest);
    json = values.json === true;
    return await run(command, { values, positionals, json });
  } catch (thrown) {
    return fail(thrown, json);
  }
}

async function run(command: Command, words: Pick<Call, "values" | "positionals" | "json">): Promise<number> {
  let hasOrphans: boolean | undefined;
  const look = (): boolean => (hasOrphans ??= findExpired(process.env).length > 0);
  const waiting = (): void => {
    try {
      look();
    } catch {
      // It is done again, and told, when its turn comes.
    }
  };
  try {
    const running = command.run({ context: makeContext(waiting), ...words, interruption });
    // While the command waits for its host: before it has asked for anything, a signal may simply end it.
    if (running instanceof Promise)
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onInterrupt);
    const output = await running;
    return output === undefined ? 0 : print(output, words.json);
  } finally {
    if (look()) await (await import("../sessions/browser/orphans.js")).endExpired(process.env);
  }
}

/** @param waiting what the command has to do anyway, and does while a host works for it */
function makeContext(waiting: () => void): SessionsContext {
  const workspace = findWorkspace(workingDirectory(), process.env);
  const hosts = new HostPool(workspace, process.env, "cli", (path) => connectPipe(path, waiting));
  return { workspace, env: process.env, client: "cli", host: (record, next) => hosts.get(record, next) };
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new LibrettoError(
      "Failed",
      "The working directory no longer exists.",
      "Change to one that does, for example with `cd ~`.",
      { cause: error },
    );
  }
}

/** What the shell's completion script calls. */
async function complete(words: string[]): Promise<number> {
  const { complete: answer } = await import("./commands/completion.js");
  return print(
    {
      text: await answer(
        makeContext(() => undefined),
        words,
      ),
      json: null,
    },
    false,
  );
}

async function help(word: string | undefined, json: boolean): Promise<number> {
  const { helpOf, helpOfAll } = await import("./help.js");
  if (word === undefined) return print(helpOfAll(), json);
  const name = await commandNamed(word);
  return print(helpOf(name, await commands[name]()), json);
}

function print({ text, json: value, exitStatus }: Output, json: boolean): number {
  try {
    if (json && value !== undefined) writeAll(1, `${printableJson(JSON.stringify(value, undefined, 2))}\n`);
    else if (!json && text !== "") writeAll(1, text.endsWith("\n") ? text : `${text}\n`);
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  }
  return exitStatus ?? 0;
}

function fail(thrown: unknown, json: boolean): number {
  if (thrown instanceof ReaderGone) return 0;
  const found = LibrettoError.from(thrown);
  const error = process.stdin.isTTY && process.stdout.isTTY ? found : found.forProgram();
  try {
    if (json) writeAll(1, `${printableJson(JSON.stringify({ error }, undefined, 2))}\n`);
    else writeAll(2, errorLines(error));
    if (process.env.LIBRETTO_DEBUG)
      note(String((error.cause instanceof Error ? error.cause.stack : undefined) ?? error.stack));
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
  setTimeout(() => process.exit(130), 8_000).unref();
}
