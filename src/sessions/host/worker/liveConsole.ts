/** The console of running code: each message goes out at once, with its level, formatted as Node would. */
import { Console } from "node:console";
import { Writable } from "node:stream";
import { withoutOwnFrames } from "./ownFrames.js";

export type ConsoleLevel = "log" | "info" | "warn" | "error" | "debug";

/** How much one call may print, in characters; a loop that prints must not fill the memory of those who listen. */
const maxPrinted = 16 * 1024 * 1024;

const levelOf: Record<string, ConsoleLevel> = {
  info: "info",
  warn: "warn",
  error: "error",
  debug: "debug",
  trace: "error",
  assert: "error",
};

export class LiveConsole {
  readonly console: Console;
  #level: ConsoleLevel = "log";
  #printed = 0;

  constructor(private readonly send: (level: ConsoleLevel, text: string) => void) {
    // Node's own console writes synchronously, so the level that was set before the call still stands.
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        this.write(this.#level, withoutOwnFrames(String(chunk).replace(/\n$/, "")));
        done();
      },
    });
    const plain = new Console({
      stdout: stream,
      stderr: stream,
      colorMode: false,
      inspectOptions: { depth: 4, breakLength: 120 },
    });
    this.console = plain;
    for (const [name, level] of Object.entries(levelOf)) {
      const method = plain[name as "info"].bind(plain);
      plain[name as "info"] = (...values: unknown[]) => {
        this.#level = level;
        try {
          method(...values);
        } finally {
          this.#level = "log";
        }
      };
    }
  }

  beginCall(): void {
    this.#printed = 0;
    this.console.groupEnd();
  }

  endCall(): void {
    this.#printed = 0;
  }

  write(level: ConsoleLevel, text: string): void {
    if (this.#printed > maxPrinted) return;
    this.#printed += text.length + 1;
    if (this.#printed > maxPrinted)
      this.send(
        "warn",
        `The code printed more than ${maxPrinted / 1024 / 1024} MiB; the rest of its output is left out.`,
      );
    else this.send(level, text);
  }

  /** Takes over the global console and the standard streams of this process, so that libraries print the same way. */
  replaceOutput(): void {
    globalThis.console = this.console;
    const capture = (level: ConsoleLevel) =>
      ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown) => {
        this.write(level, (typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8")).replace(/\n$/, ""));
        const done = typeof encoding === "function" ? encoding : callback;
        if (typeof done === "function") (done as () => void)();
        return true;
      }) as typeof process.stdout.write;
    process.stdout.write = capture("log");
    process.stderr.write = capture("error");
  }
}
