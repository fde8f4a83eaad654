import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { parseArgsStringToArgv } from "string-argv";
import type { SessionsContext } from "../../sessions/operations/context.js";
import { isLive, listRecords } from "../../sessions/store/records.js";
import { makeFolder, userStateFolder } from "../../sessions/store/workspace.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import { decodedStream } from "../../sessions/util/textStream.js";
import type { Command, Output } from "../command.js";
import { CommandRunner } from "../commandRunner.js";
import { isControlling } from "../batchOrder.js";
import { commands } from "../commands.js";
import { Interruption } from "../interruption.js";
import { errorLines, printable, writeAll } from "../output.js";

/** Lines of history that are kept. */
const maxHistory = 1_000;

/** Words that the shell itself knows. */
const builtIns = ["help", "use", "exit"];

export const command: Command = {
  usage: "[--session <name>]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: {
    session: {
      type: "string",
      short: "s",
      value: "name",
      help: "The session that commands mean where they name none; `use <name>` changes it.",
      complete: "session",
    },
  },
  details: [
    "Commands are typed as in the terminal, without `libretto` in front. Tab completes, arrow keys go through the",
    "history, Ctrl-C cancels what runs, Ctrl-D or `exit` leaves. The sessions stay open. In a terminal, `close`,",
    "`session-mode`, `list` and their like run at once, also while a command waits for a page; other lines wait their turn.",
  ].join("\n"),
  examples: ["libretto shell", "libretto shell --session diag"],
  async run({ context, values, interruption }) {
    const shell = new Shell(context, typeof values["session"] === "string" ? values["session"] : undefined);
    interruption.addEventListener("abort", () => shell.interrupt());
    return { text: "", json: undefined, exitStatus: await shell.run() };
  },
};

class Shell {
  readonly #runner: CommandRunner;
  readonly #lines: Interface;
  readonly #running = new Set<Interruption>();
  readonly #typed: string[] = [];
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(
    private readonly context: SessionsContext,
    private session: string | undefined,
  ) {
    this.#runner = new CommandRunner(context.workspace, context.env, "cli");
    this.#lines = createInterface({
      input: decodedStream(process.stdin),
      output: process.stdout,
      terminal: process.stdin.isTTY && process.stdout.isTTY,
      history: readHistory(context),
      historySize: maxHistory,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, answer: [string[], string]) => void) =>
        void this.#complete(line).then((answer) => done(null, answer)),
    });
    this.#lines.on("line", (line) => this.#take(line.trim()));
    this.#lines.on("close", () => {
      this.#isClosed = true;
      this.#wake();
    });
    // In a terminal readline takes Ctrl-C itself; the process gets no signal.
    this.#lines.on("SIGINT", () => this.interrupt());
  }

  /** Cancels what runs; at the prompt, drops the line. */
  interrupt(): void {
    if (this.#running.size > 0) {
      for (const running of this.#running) running.abort();
      return;
    }
    this.#lines.write(null, { ctrl: true, name: "e" });
    this.#lines.write(null, { ctrl: true, name: "u" });
  }

  /** @returns the exit status: that of the last command, where the lines do not come from a terminal */
  async run(): Promise<number> {
    let status = 0;
    const prompt = (): void => {
      this.#lines.setPrompt(this.session === undefined ? "libretto> " : `libretto ${this.session}> `);
      if (process.stdin.isTTY) this.#lines.prompt();
    };
    try {
      prompt();
      for (let text = await this.#next(); text !== undefined; text = await this.#next()) {
        if (text === "exit" || text === "quit") break;
        if (text !== "" && !text.startsWith("#")) status = await this.#runLine(text);
        prompt();
      }
    } finally {
      this.#lines.close();
      this.#runner.dispose();
    }
    return process.stdin.isTTY ? 0 : status;
  }

  /** A line was typed: it waits for those before it, unless a person controls a session in whose page one is stuck. */
  #take(text: string): void {
    const command = text.replace(/^libretto\s+/, "").split(/\s/, 1)[0] ?? "";
    if (process.stdin.isTTY && this.#running.size > 0 && isControlling(command)) return void this.#runLine(text);
    this.#typed.push(text);
    this.#wake();
  }

  /** The next line; undefined after the last one. */
  async #next(): Promise<string | undefined> {
    while (this.#typed.length === 0 && !this.#isClosed) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#typed.shift();
  }

  async #runLine(text: string): Promise<number> {
    remember(this.context, text);
    const interruption = new Interruption();
    this.#running.add(interruption);
    try {
      const words = parseArgsStringToArgv(text);
      if (words[0] === "libretto") words.shift();
      if (words[0] === "use") return this.#use(words[1]);
      if (words[0] === "help" && words.length === 1) return show(await this.#help());
      if (words[0] === "help") words.splice(0, words.length, words[1] ?? "", "--help");
      const json = words.includes("--json");
      const output = await this.#runner.run(
        words,
        {
          json,
          interruption,
          onPrint: (handle, printed) => void (handle === 1 ? process.stdout : process.stderr).write(printed),
        },
        this.session,
      );
      return output === undefined ? 0 : show(output, json);
    } catch (thrown) {
      const error = LibrettoError.from(thrown);
      process.stderr.write(errorLines(error));
      return error.exitStatus;
    } finally {
      this.#running.delete(interruption);
    }
  }

  #use(name: string | undefined): number {
    const known = listRecords(this.context.workspace).filter(isLive);
    if (name !== undefined && !known.some((record) => record.name === name))
      throw new LibrettoError(
        "NoSuchSession",
        `No live session is called ${JSON.stringify(name)}.`,
        known.length === 0
          ? "Open one: `open <url>`."
          : `Live sessions: ${known.map((record) => record.name).join(", ")}.`,
      );
    this.session = name;
    return 0;
  }

  async #help(): Promise<Output> {
    const { helpOfAll } = await import("../help.js");
    const { text, json } = helpOfAll();
    return { text: `${text}\n\nIn this shell also: use [session], help [command], exit.`, json };
  }

  async #complete(line: string): Promise<[string[], string]> {
    const words = line.split(/\s+/);
    const last = words.at(-1) ?? "";
    if (words.length <= 1) return [hits([...Object.keys(commands), ...builtIns], last), last];
    if (words[0] === "use")
      return [
        hits(
          listRecords(this.context.workspace)
            .filter(isLive)
            .map(({ name }) => name),
          last,
        ),
        last,
      ];
    try {
      const { complete } = await import("./completion.js");
      const answer = await complete(this.context, words);
      const offered = answer.split("\n").filter((row) => row !== "" && !row.startsWith(":"));
      return [
        hits(
          offered.map((row) => row.split("\t")[0] ?? ""),
          last,
        ),
        last,
      ];
    } catch {
      return [[], last];
    }
  }
}

function hits(candidates: string[], beginning: string): string[] {
  return candidates.filter((candidate) => candidate.startsWith(beginning)).map((candidate) => `${candidate} `);
}

function show({ text, json: value, exitStatus }: Output, json = false): number {
  const shown = json && value !== undefined ? JSON.stringify(value, undefined, 2) : json ? "" : text;
  if (shown !== "") writeAll(1, shown.endsWith("\n") ? shown : `${shown}\n`);
  return exitStatus ?? 0;
}

/** History may hold what was typed into pages: it lies in the user's own folder, for the user alone. */
function historyFile(context: SessionsContext): string {
  return join(userStateFolder(context.env), "shell-history");
}

/** The newest line first, as readline wants it. */
function readHistory(context: SessionsContext): string[] {
  try {
    return readFileSync(historyFile(context), "utf8").split("\n").filter(Boolean).slice(-maxHistory).reverse();
  } catch {
    return [];
  }
}

function remember(context: SessionsContext, line: string): void {
  if (!process.stdin.isTTY) return;
  try {
    const file = historyFile(context);
    makeFolder(userStateFolder(context.env));
    const isNew = !existsSync(file);
    appendFileSync(file, `${printable(line)}\n`, { mode: 0o600 });
    if (isNew) chmodSync(file, 0o600);
  } catch {
    // A history that cannot be kept stops no command.
  }
}
