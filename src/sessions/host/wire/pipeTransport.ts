/**
 * A sealed browser (S23), by two named pipes that it holds as its file descriptors 3 and 4. It keeps both ends of the
 * first, so that it goes on when its host dies, and only the writing end of the second: what it has to tell while no
 * host reads is dropped. With both ends it would wait there, and fill the browser's memory. A host holds one end of
 * each, so that the end of the browser is the end of what it reads.
 */
import { closeSync, constants } from "node:fs";
import { Socket } from "node:net";
import { openPipe, type PipePaths } from "../../process/namedPipes.js";
import { MessageSplitter } from "../../util/messageSplitter.js";
import type { Transport } from "./transport.js";

export class PipeTransport implements Transport {
  readonly outlivesHost = true;
  onmessage: (text: string) => void = () => undefined;
  onclose: (reason: string) => void = () => undefined;
  readonly #answers: Socket;
  readonly #commands: Socket;
  readonly #splitter = new MessageSplitter((text) => {
    if (text !== "") this.onmessage(text);
  });

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
  }

  /**
   * @param reading the reading end of the answers, where it is open already
   * @throws `EndpointUnreachable` where no browser holds the other ends
   */
  static open({ folder, answers, commands }: PipePaths, reading?: number): PipeTransport {
    // Reading first: from then on the browser's answers are kept.
    const handle = reading ?? openPipe(answers, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const writing = openPipe(commands, constants.O_WRONLY | constants.O_NONBLOCK);
      return new PipeTransport(folder, { answers: handle, commands: writing });
    } catch (error) {
      closeSync(handle);
      throw error;
    }
  }

  /** Ends a command that an earlier host had written in part. */
  endMessage(): void {
    this.#commands.write("\0");
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
    tell("the browser ended");
  }
}
