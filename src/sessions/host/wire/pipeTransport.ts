/**
 * A sealed browser, by two named pipes that it holds as its file descriptors 3 and 4. The browser keeps both ends of
 * the first, so that it goes on when its host dies, and only the writing end of the second: while no host reads,
 * what it has to tell is dropped in place of filling its memory. A host holds one end of each, so that the end of
 * the browser is the end of what it reads.
 */
import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { LibrettoError, systemCode } from "../../util/errors.js";
import { MessageSplitter } from "./messageSplitter.js";
import type { Transport } from "./transport.js";

/** The names of the two pipes in their folder: to the browser, and from it. */
export const pipeNames = { commands: "commands", answers: "answers" } as const;

const lost = "the browser ended";

export class PipeTransport implements Transport {
  readonly outlivesHost = true;
  onmessage: (text: string) => void = () => undefined;
  onclose: (reason: string) => void = () => undefined;
  readonly #answers: Socket;
  readonly #commands: Socket;
  readonly #splitter = new MessageSplitter((text) => this.onmessage(text));

  private constructor(
    readonly address: string,
    handles: { answers: number; commands: number },
  ) {
    this.#answers = new Socket({ fd: handles.answers, readable: true, writable: false });
    this.#commands = new Socket({ fd: handles.commands, readable: false, writable: true });
    for (const socket of [this.#answers, this.#commands]) {
      socket.on("error", () => this.#ended());
      socket.on("close", () => this.#ended());
    }
    this.#answers.on("data", (piece: Buffer) => this.#splitter.add(piece));
    // Ends a command that an earlier host had written in part.
    this.#commands.write("\0");
  }

  /**
   * @param folder of the two pipes
   * @throws `EndpointUnreachable` where no browser holds them
   */
  static open(folder: string): PipeTransport {
    const opened: number[] = [];
    try {
      // Reading first: from then on the browser's answers are kept.
      opened.push(openSync(join(folder, pipeNames.answers), constants.O_RDONLY | constants.O_NONBLOCK));
      opened.push(openSync(join(folder, pipeNames.commands), constants.O_WRONLY | constants.O_NONBLOCK));
    } catch (error) {
      for (const handle of opened) closeSync(handle);
      throw new LibrettoError(
        "EndpointUnreachable",
        systemCode(error) === "ENXIO"
          ? "The sealed browser has ended."
          : `The pipes of the sealed browser cannot be opened: ${(error as Error).message}`,
        "`libretto list` shows which sessions are alive.",
        { cause: error },
      );
    }
    const [answers = -1, commands = -1] = opened;
    return new PipeTransport(folder, { answers, commands });
  }

  send(text: string, sent?: () => void): void {
    this.#commands.write(`${text}\0`, () => sent?.());
  }

  get buffered(): number {
    return this.#commands.writableLength;
  }

  close(): void {
    this.onclose = () => undefined;
    // What was written last goes out.
    this.#commands.end();
    this.#answers.destroy();
  }

  #ended(): void {
    const tell = this.onclose;
    this.close();
    this.#commands.destroy();
    tell(lost);
  }
}
