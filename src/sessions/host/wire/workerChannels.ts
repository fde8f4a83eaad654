/**
 * Channels of the wire for a process of its own (`exec`, a workflow), which gets no address of the browser: a socket
 * of its parent, with messages that end with a NUL. `+1` opens channel 1 and is answered with `+1`, or `+1far` (`isFar`), `-1 why` ends it,
 * and `1{…}` is a message of it.
 */
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { LibrettoError } from "../../util/errors.js";
import type { Channel } from "./channel.js";
import { parseMessage, type WireMessage } from "./message.js";
import { MessageSplitter } from "../../util/messageSplitter.js";

/** Which of the process's file descriptors it is: the one after Node's own channel. */
export const channelHandle = 4;
/** A process that does not read what its pages tell is cut off, in bytes; a screenshot of any page fits. */
const maxUnreadBytes = 256 * 1024 * 1024;
/** With more on its way to the browser, in bytes, no more is taken from the process. */
const maxBufferedBytes = 8 * 1024 * 1024;

const frame = /^([+-]?)(\d+)([^]*)$/;

/**
 * The host's end.
 * @param socket the child's `stdio[channelHandle]`
 * @param open called for each channel that the process asks for; what it throws is told there
 */
export function serveChannels(socket: Duplex, open: () => Promise<Channel>): void {
  const channels = new Map<number, Channel>();
  const write = (text: string): void => {
    if (socket.writable) socket.write(`${text}\0`);
  };
  const end = (): void => {
    for (const channel of channels.values()) channel.close();
    channels.clear();
    socket.destroy();
  };
  const start = async (number: number): Promise<void> => {
    try {
      const channel = await open();
      if (!socket.writable) return channel.close();
      channels.set(number, channel);
      channel.onmessage = (message) => {
        write(`${number}${JSON.stringify(message)}`);
        if (socket.writableLength > maxUnreadBytes) end();
      };
      channel.onclose = (reason) => {
        channels.delete(number);
        write(`-${number} ${reason}`);
      };
      write(`+${number}${channel.isFar ? "far" : ""}`);
    } catch (error) {
      write(`-${number} ${LibrettoError.from(error).message}`);
    }
  };
  const splitter = new MessageSplitter((text) => {
    const [, sign, digits, rest = ""] = frame.exec(text) ?? [];
    const number = Number(digits);
    if (sign === "+") return void start(number);
    const channel = channels.get(number);
    if (sign === "-") {
      channels.delete(number);
      return channel?.close();
    }
    const message = parseMessage(rest);
    if (!channel || !message) return;
    const isFull = channel.buffered > maxBufferedBytes;
    if (isFull) socket.pause();
    channel.send(message, isFull ? () => socket.resume() : undefined);
  });
  socket.on("data", (piece: Buffer) => splitter.add(piece));
  socket.on("error", end);
  socket.on("close", end);
}

/** The process's end. */
export class HostWire {
  readonly #channels = new Map<number, WorkerChannel>();
  readonly #opening = new Map<number, { resolve: (channel: Channel) => void; reject: (error: Error) => void }>();
  #socket: Socket | undefined;
  #count = 0;

  /** @throws `EndpointUnreachable` where the host opens none */
  readonly openChannel = (): Promise<Channel> => {
    const number = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#opening.set(number, { resolve, reject });
      this.#write(`+${number}`);
    });
  };

  #connect(): Socket {
    const socket = new Socket({ fd: channelHandle, readable: true, writable: true });
    const splitter = new MessageSplitter((text) => this.#received(text));
    socket.on("data", (piece: Buffer) => splitter.add(piece));
    socket.on("error", () => this.#ended());
    socket.on("close", () => this.#ended());
    // Node's own channel to the host is what keeps the process.
    socket.unref();
    return socket;
  }

  #write(text: string): void {
    this.#socket ??= this.#connect();
    if (this.#socket.writable) this.#socket.write(`${text}\0`);
    else this.#ended();
  }

  #received(text: string): void {
    const [, sign, digits, rest = ""] = frame.exec(text) ?? [];
    const number = Number(digits);
    const opening = this.#opening.get(number);
    this.#opening.delete(number);
    if (sign === "+") {
      const channel = new WorkerChannel((message) => this.#write(message), number, rest === "far");
      this.#channels.set(number, channel);
      opening?.resolve(channel);
    } else if (sign === "-") {
      const why = rest.trim();
      opening?.reject(unreachable(why));
      this.#channels.get(number)?.onclose(why);
      this.#channels.delete(number);
    } else {
      const message = parseMessage(rest);
      if (message) this.#channels.get(number)?.onmessage(message);
    }
  }

  #ended(): void {
    const why = "the session's host has ended the connection";
    for (const { reject } of this.#opening.values()) reject(unreachable(why));
    this.#opening.clear();
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const channel of channels) channel.onclose(why);
  }
}

class WorkerChannel implements Channel {
  readonly kind = "drives";
  readonly name = "worker";
  readonly buffered = 0;
  onmessage: (message: WireMessage) => void = () => undefined;
  onclose: (reason: string) => void = () => undefined;

  constructor(
    private readonly write: (text: string) => void,
    private readonly number: number,
    readonly isFar: boolean,
  ) {}

  send(message: WireMessage): void {
    this.write(`${this.number}${JSON.stringify(message)}`);
  }

  close(): void {
    this.write(`-${this.number}`);
  }
}

function unreachable(why: string): LibrettoError {
  return new LibrettoError(
    "EndpointUnreachable",
    `The browser cannot be reached: ${why}`,
    "`libretto status` shows whether it is alive.",
  );
}
