/** One process with an interpreter, seen from the host: started, spoken to, ended. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname, join, parse } from "node:path";
import type { Readable, Writable } from "node:stream";
import * as z from "zod/mini";
import { consoleLevels, innerLimits, type FromInterpreter, type ToInterpreter } from "../sandbox/messages.js";
import { asNode } from "../../util/environment.js";
import { MessageSplitter } from "../../util/messageSplitter.js";

const text = z.string();
const count = z.int().check(z.nonnegative());

/** What arrives is checked like anything that comes from outside: the process is not trusted either. By what tells the messages apart. */
const messageSchemas = {
  call: z.strictObject({ call: count, payload: text }),
  end: z.strictObject({
    end: z.union([
      z.strictObject({ kind: z.enum(["undefined", "string", "json"]), text }),
      z.strictObject({
        thrown: z.strictObject({
          name: text,
          message: text,
          position: z.optional(z.strictObject({ line: count, column: count })),
          excerpt: z.optional(text),
        }),
      }),
      z.strictObject({ limit: z.enum(innerLimits) }),
    ]),
    state: z.optional(z.strictObject({ set: z.record(text, text), removed: z.array(text) })),
    memory: count,
  }),
  console: z.strictObject({ console: z.enum(consoleLevels), text }),
  cancel: z.strictObject({ cancel: count }),
  denied: z.strictObject({ denied: text }),
  ready: z.strictObject({ ready: z.literal(true) }),
};
const kinds = Object.keys(messageSchemas) as (keyof typeof messageSchemas)[];

/** @throws what is wrong with a message that is none */
function messageOf(line: string): FromInterpreter {
  const message: unknown = JSON.parse(line);
  const kind = kinds.find((each) => typeof message === "object" && message !== null && each in message) ?? "ready";
  return z.parse(messageSchemas[kind], message) as FromInterpreter;
}

export interface InterpreterOptions {
  /** Path of `readonly-child.js`; `quickjs.wasm` and `quickjs.image` lie beside it. */
  script: string;
  memoryBytes: number;
  outputBytes: number;
}

/** How a process ended. */
export interface ProcessEnd {
  status: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  /** By `kill`. */
  killed: boolean;
}

/** Set once a runtime has refused the permission flag; the other boundaries do not rest on it. */
let permissionFlagWorks = true;

export class InterpreterProcess {
  /** Hears what the process says; the run that uses it sets it. */
  onMessage: (message: FromInterpreter) => void = () => undefined;
  /** Hears that the process ended, by itself or not. */
  onEnd: (why: ProcessEnd) => void = () => undefined;
  /** Hears that what was sent has been taken. */
  onTaken: () => void = () => undefined;
  readonly exited: Promise<void>;
  #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #spoke = false;
  #killed = false;
  #stderr = "";
  /** What was sent before the process first spoke, for the case that it has to be started again. */
  readonly #sentEarly: string[] = [];
  #resolveExited: () => void = () => undefined;

  constructor(private readonly options: InterpreterOptions) {
    this.exited = new Promise((resolve) => (this.#resolveExited = resolve));
    this.#child = this.#start();
  }

  /** Of the process, for those who look at it from outside. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Bytes that were sent and that the process has not read. */
  get untakenBytes(): number {
    return this.#child.stdin.writableLength;
  }

  get alive(): boolean {
    return !this.#killed && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  send(message: ToInterpreter): void {
    const line = `${JSON.stringify(message)}\n`;
    if (!this.#spoke) this.#sentEarly.push(line);
    if (this.#child.stdin.writable) this.#child.stdin.write(line);
  }

  /** Whether it has started, and runs code at once. */
  get isReady(): boolean {
    return this.#spoke;
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    this.#killed = true;
    this.#child.kill("SIGKILL");
  }

  #start(): ChildProcessByStdio<Writable, Readable, Readable> {
    const script = realpathSync(this.options.script);
    // The interpreter's own memory lies outside of Node's heap; this is for texts on their way.
    const heapMegabytes = Math.ceil(64 + (8 * this.options.outputBytes) / 2 ** 20);
    const flags = ["--no-warnings", "--disallow-code-generation-from-strings", `--max-old-space-size=${heapMegabytes}`];
    // Code may call itself as deeply as the interpreter's own limit lets it; Windows' stacks are not that large.
    if (process.platform !== "win32") flags.push("--stack-size=5000");
    if (permissionFlagWorks)
      flags.push(
        permissionFlag(),
        `--allow-fs-read=${script}`,
        ...["quickjs.wasm", "quickjs.image"].map((file) => `--allow-fs-read=${join(dirname(script), file)}`),
      );
    const child = spawn(
      process.execPath,
      [...flags, script, String(this.options.memoryBytes), process.env["TZ"] ?? ""],
      {
        cwd: parse(script).root,
        // Nothing of the user's environment.
        env: asNode,
        stdio: ["pipe", "pipe", "pipe"],
        windowsHide: true,
      },
    );
    child.stdin.on("error", () => undefined);
    child.stdin.on("drain", () => this.onTaken());
    child.stderr
      .setEncoding("utf8")
      .on("data", (chunk: string) => (this.#stderr = (this.#stderr + chunk).slice(-2_000)));
    this.#readLines(child.stdout);
    child.on("error", (error) => {
      this.#stderr += error.message;
      if (child.pid === undefined) this.#ended(null, null);
    });
    child.on("exit", (status, signal) => this.#exited(status, signal));
    return child;
  }

  #exited(status: number | null, signal: NodeJS.Signals | null): void {
    // 9 is Node's status for an argument it does not know.
    if (status === 9 && !this.#spoke && !this.#killed && permissionFlagWorks) {
      permissionFlagWorks = false;
      this.#child = this.#start();
      for (const line of this.#sentEarly) this.#child.stdin.write(line);
      return;
    }
    this.#ended(status, signal);
  }

  #ended(status: number | null, signal: NodeJS.Signals | null): void {
    const killed = this.#killed;
    this.#killed = true;
    this.#resolveExited();
    this.onEnd({ status, signal, stderr: this.#stderr, killed });
  }

  #readLines(stdout: Readable): void {
    // JSON within JSON: a control character takes up to seven bytes.
    const longest = 8 * this.options.outputBytes + 8 * 2 ** 20;
    const lines = new MessageSplitter((line) => this.#receive(line), 10);
    stdout.on("data", (chunk: Buffer) => {
      lines.add(chunk);
      if (lines.pendingBytes > longest) this.#broken("a message without end");
    });
  }

  #receive(line: string): void {
    if (this.#killed) return;
    this.#spoke = true;
    this.#sentEarly.length = 0;
    let message: FromInterpreter;
    try {
      message = messageOf(line);
    } catch {
      return this.#broken("a message that is none");
    }
    this.onMessage(message);
  }

  /** It does not keep to the protocol: whatever is in there, it is not what was started. */
  #broken(what: string): void {
    if (this.#killed) return;
    this.kill();
    this.onEnd({ status: null, signal: null, stderr: `it sent ${what}`, killed: false });
  }
}

/** The flag under which Node refuses files, processes, threads and add-ons to a program; its name lost a word in Node 22.13. */
function permissionFlag(): string {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13)
    ? "--permission"
    : "--experimental-permission";
}
