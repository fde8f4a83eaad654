/** The built CLI in a workspace of the test's own: what a user types, and what a user sees. */
import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ErrorData } from "../../src/sessions/util/errors.js";
import type { SessionState } from "../../src/sessions/model/state.js";
import { awaiting } from "./awaited.js";
import { processesOf, type ProcessEntry } from "./processTable.js";

/** The repository's root: the runner starts the tests there. */
export const repositoryRoot = process.cwd();

/** The program that users run. */
export const cliPath = join(repositoryRoot, "dist", "cli.js");

export interface CliOptions {
  /** What standard input is; without it, it is empty. */
  input?: string | Buffer;
  /** Added to the workspace's environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Another program than the built one. */
  program?: string;
  /** After this long the command is ended and the test fails. Default 30 s. */
  timeoutMs?: number;
}

export interface CliResult {
  /** Null if a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A command that runs. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly exit: Promise<CliResult>;
  /** What it has printed up to now. */
  stdout(): string;
  stderr(): string;
  /** Resolves as soon as the output holds the pattern; rejects if the command ends without. */
  waitFor(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray>;
  write(text: string): void;
  /** Ends standard input. */
  end(): void;
  /** What Ctrl-C does. */
  interrupt(): void;
}

/**
 * A folder with a `.libretto` of its own and state of its own: nothing of the user's is read or written but the
 * compile cache, which every command would otherwise fill anew.
 */
export class Workspace implements Disposable {
  /** Working directory of the commands. */
  readonly folder: string;
  readonly librettoFolder: string;
  readonly sessionsFolder: string;
  readonly env: Record<string, string>;
  readonly #base: string;
  readonly #running = new Set<ChildProcess>();

  /** @param label goes into the path, so that a process left behind tells which test started it */
  constructor(label: string) {
    const parent = process.env["LIBRETTO_TEST_FOLDER"] ?? join(realpathSync(tmpdir()), "lt");
    mkdirSync(parent, { recursive: true });
    this.#base = mkdtempSync(join(parent, `${label}-`));
    this.folder = join(this.#base, "work");
    this.librettoFolder = join(this.folder, ".libretto");
    this.sessionsFolder = join(this.librettoFolder, "sessions");
    mkdirSync(this.librettoFolder, { recursive: true });
    for (const name of ["state", "run"]) mkdirSync(join(this.#base, name), { mode: 0o700 });
    this.env = {
      ...Object.fromEntries(
        Object.entries(process.env).filter(
          (pair): pair is [string, string] =>
            pair[1] !== undefined &&
            !/^(LIBRETTO_(?!TEST_|CHROMIUM$)|NODE_EXTRA_CA_CERTS$|NODE_OPTIONS$|FORCE_COLOR$|NO_COLOR$)/.test(pair[0]),
        ),
      ),
      XDG_STATE_HOME: join(this.#base, "state"),
      XDG_RUNTIME_DIR: join(this.#base, "run"),
      // Most sessions of tests live for a second or two, and have no use for processes that nobody asked for.
      LIBRETTO_SPARE_MS: "0",
    };
  }

  /** Where the program keeps what is the user's and not the workspace's. */
  get stateHome(): string {
    return join(this.#base, "state");
  }

  /** A folder for what the test itself writes; removed with the workspace. */
  get scratch(): string {
    const path = join(this.#base, "scratch");
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** Starts a command and gives it back while it runs. */
  start(args: string[], options: CliOptions = {}): RunningCli {
    const env = Object.fromEntries(
      Object.entries({ ...this.env, ...options.env }).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    const child = spawn(process.execPath, [options.program ?? cliPath, ...args], {
      cwd: options.cwd ?? this.folder,
      env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#running.add(child);
    const text = { stdout: "", stderr: "" };
    const listeners = new Set<() => void>();
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        text[name] += chunk;
        for (const listener of listeners) listener();
      });
    }
    // A command that does not read its input closes the pipe; that is no failure of the test.
    child.stdin.on("error", () => undefined);
    const told = (): string => `stdout: ${JSON.stringify(text.stdout)}, stderr: ${JSON.stringify(text.stderr)}`;
    const exit = awaiting(
      () => `the end of \`libretto ${args.join(" ")}\` (${told()})`,
      new Promise<CliResult>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (status, signal) => {
          this.#running.delete(child);
          resolve({ status, signal, ...text });
          for (const listener of listeners) listener();
        });
      }),
    );
    return {
      child,
      exit,
      stdout: () => text.stdout,
      stderr: () => text.stderr,
      waitFor: (stream, pattern) =>
        awaiting(
          () => `${pattern} on ${stream} of \`libretto ${args.join(" ")}\` (${told()})`,
          new Promise((resolve, reject) => {
            const look = (): void => {
              const match = pattern.exec(text[stream]);
              const ended = !this.#running.has(child);
              if (!match && !ended) return;
              listeners.delete(look);
              if (match) resolve(match);
              else
                reject(
                  new Error(
                    `\`libretto ${args.join(" ")}\` ended without ${pattern} on ${stream}.\nstdout: ${text.stdout}\nstderr: ${text.stderr}`,
                  ),
                );
            };
            listeners.add(look);
            look();
          }),
        ),
      write: (input) => void child.stdin.write(input),
      end: () => void child.stdin.end(),
      interrupt: () => void child.kill("SIGINT"),
    };
  }

  /** Runs a command to its end. */
  async cli(args: string[], options: CliOptions = {}): Promise<CliResult> {
    const running = this.start(args, options);
    running.child.stdin?.end(options.input ?? "");
    const timeoutMs = options.timeoutMs ?? 60_000;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      running.child.kill("SIGKILL");
    }, timeoutMs);
    const result = await running.exit;
    clearTimeout(timer);
    if (timedOut)
      throw new Error(
        `\`libretto ${args.join(" ")}\` did not end within ${timeoutMs} ms.\nstdout: ${result.stdout}\nstderr: ${result.stderr}`,
      );
    return result;
  }

  /** Runs a command that has to succeed. @returns its standard output without the last line break */
  async ok(args: string[], options: CliOptions = {}): Promise<string> {
    const result = await this.cli(args, options);
    if (result.status !== 0)
      throw new Error(
        `\`libretto ${args.join(" ")}\` ended with ${result.status ?? result.signal}.\nstdout: ${result.stdout}\nstderr: ${result.stderr}`,
      );
    return result.stdout.replace(/\n$/, "");
  }

  /** Runs a command with `--json` that has to succeed. */
  async json<T = Record<string, unknown>>(args: string[], options: CliOptions = {}): Promise<T> {
    return JSON.parse(await this.ok([...args, "--json"], options)) as T;
  }

  /** Opens a headless session and waits until its page is loaded. @returns the session's name */
  async open(url: string, ...flags: string[]): Promise<string> {
    return (await this.json<{ session: string }>(["open", url, "--headless", ...flags])).session;
  }

  /** What the disk says of a session; undefined where there is no record. */
  state(session: string): SessionState | undefined {
    const path = join(this.sessionsFolder, session, "state.json");
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as SessionState) : undefined;
  }

  /** The record of a session that has to be there. */
  requireState(session: string): SessionState {
    const state = this.state(session);
    if (!state) throw new Error(`There is no record of the session ${session} in ${this.sessionsFolder}.`);
    return state;
  }

  /** Lines of one of the session's logs, parsed. */
  log<T = Record<string, unknown>>(session: string, file: "logs" | "network" | "actions"): T[] {
    const path = join(this.sessionsFolder, session, `${file}.jsonl`);
    if (!existsSync(path)) return [];
    const text = readFileSync(path, "utf8");
    // A line that is being written may be there in part.
    return text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T);
  }

  /** Every file and folder below the workspace, relative and sorted: what "nothing changed on disk" is held against. */
  files(): string[] {
    return readdirSync(this.folder, { recursive: true }).map(String).sort();
  }

  /** Hosts, browsers, workers: all that commands in this workspace have started and that lives. */
  processes(): ProcessEntry[] {
    return processesOf(this.#base);
  }

  write(path: string, text: string): void {
    const target = join(this.folder, path);
    mkdirSync(join(target, ".."), { recursive: true });
    writeFileSync(target, text);
  }

  writeConfig(config: object): void {
    this.write(".libretto/config.json", JSON.stringify(config, null, 2));
  }

  /** Closes what is open, ends what still runs, and removes the folder. */
  async dispose(): Promise<void> {
    for (const child of this.#running) child.kill("SIGKILL");
    await this.cli(["close", "--all", "--force"], { timeoutMs: 60_000 }).catch(() => undefined);
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const child of this.#running) child.kill("SIGKILL");
    rmSync(this.#base, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Takes a failure apart: its status and the two lines of stderr, without their labels. Throws where there are not exactly these. */
export function failureOf(result: CliResult): { status: number | null; message: string; hint: string } {
  const [, message, hint] = /^error: (.+)\nhint: (.+)\n$/.exec(result.stderr) ?? [];
  if (result.status === 0)
    throw new Error(`The command should have failed.\nstdout: ${result.stdout}\nstderr: ${result.stderr}`);
  if (message === undefined || hint === undefined)
    throw new Error(`A failure is two lines on stderr, but this is:\n${result.stderr}\nstdout: ${result.stdout}`);
  return { status: result.status, message, hint };
}

/** The error object that `--json` prints on stdout. */
export function jsonFailureOf(result: CliResult): ErrorData & { status: number | null } {
  const { error } = JSON.parse(result.stdout) as { error: ErrorData };
  return { ...error, status: result.status };
}
