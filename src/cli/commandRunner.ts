/** Runs many commands in one process: what each prints is kept apart, and hosts are connected to once. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { HostClient, RequestListener } from "../sessions/ipc/client.js";
import { HostPool } from "../sessions/ipc/hostPool.js";
import type { SessionsContext } from "../sessions/operations/context.js";
import type { Environment } from "../sessions/util/environment.js";
import { LibrettoError, usageError } from "../sessions/util/errors.js";
import type { Workspace } from "../sessions/store/workspace.js";
import { asksForHelp } from "./arguments.js";
import type { Output } from "./command.js";
import { commands, type CommandName } from "./commands.js";
import type { Interruption } from "./interruption.js";
import { redirectOutput } from "./output.js";
import { commandNamed, parseCommand } from "./parseCommand.js";

/** Commands that take the whole process for themselves. */
const processWide: readonly string[] = ["batch", "shell", "mcp", "completion"];

export interface RunningCommand {
  /** What the command prints on its way, as it comes. */
  onPrint(handle: 1 | 2, text: string): void;
  interruption: Interruption;
  json: boolean;
  /** What `-` stands for. */
  input?: string;
}

export class CommandRunner {
  readonly #running = new AsyncLocalStorage<RunningCommand>();
  readonly #hosts: HostPool;

  constructor(
    private readonly workspace: Workspace,
    private readonly env: Environment,
    client: string,
  ) {
    this.#hosts = new HostPool(workspace, env, client);
    redirectOutput((handle, text) => {
      const running = this.#running.getStore();
      // Outside of the command: what is printed there goes out.
      if (running) this.#running.exit(() => running.onPrint(handle, text));
      return running !== undefined;
    });
  }

  /**
   * Runs one command by its words, without the program's name.
   * @param session the session that is meant where the words name none
   * @returns what it gives at its end; undefined where it has printed everything
   * @throws what the command throws, and `Usage`
   */
  async run(words: string[], running: RunningCommand, session?: string): Promise<Output | undefined> {
    const [word = "", ...rest] = words;
    const name = await commandNamed(word);
    if (processWide.includes(name)) {
      throw usageError(`${name} cannot be run inside of another command.`, `Run \`libretto ${name}\` by itself.`);
    }
    const command = await commands[name]();
    if (asksForHelp(rest)) return help(name);
    const { values, positionals } = await parseCommand(name, command, rest);
    const { interruption, json, input } = running;
    const call = { context: this.#context(session), values, positionals, json, interruption };
    return this.#running.run(running, async () => command.run(input === undefined ? call : { ...call, input }));
  }

  dispose(): void {
    redirectOutput(undefined);
    this.#hosts.dispose();
  }

  #context(session: string | undefined): SessionsContext {
    const env = session === undefined ? this.env : { ...this.env, LIBRETTO_SESSION: session };
    return {
      workspace: this.workspace,
      env,
      client: "cli",
      host: async (record, next) => this.#withOwnListeners(await this.#hosts.get(record, next)),
      kept: async (session) => {
        const client = await this.#hosts.kept(session);
        return client && this.#withOwnListeners(client);
      },
    };
  }

  /**
   * A connection is shared, and what comes over it arrives in the context of the command that made it: here each
   * request hears its own in its own.
   */
  #withOwnListeners(client: HostClient): HostClient {
    const running = this.#running.getStore();
    if (!running) return client;
    const bound = (listener: RequestListener): RequestListener => ({
      console: (message) => this.#running.run(running, () => listener.console?.(message)),
      notice: (message) => this.#running.run(running, () => listener.notice?.(message)),
    });
    return new Proxy(client, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        if (key !== "request") return value.bind(target) as unknown;
        const request: HostClient["request"] = (method, params, listener = {}, signal) =>
          target.request(method, params, bound(listener), signal);
        return request;
      },
    });
  }
}

async function help(name: CommandName): Promise<Output> {
  const { helpOf } = await import("./help.js");
  return helpOf(name, await commands[name]());
}

/** The failure of a command as a client's JSON has it. */
export function failureOf(thrown: unknown): { error: LibrettoError; status: number } {
  const error = LibrettoError.from(thrown);
  return { error, status: error.exitStatus };
}
