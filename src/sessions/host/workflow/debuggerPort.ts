/**
 * The port at which a debugger reaches the process of a workflow. It lies in the host, which passes everything on as it
 * is and so hears when a debugger comes and goes, and when it holds the process: the process itself then answers nobody.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { LibrettoError } from "../../util/errors.js";

/** A call frame of code that a debugger holds; the line counts from 1. */
export interface HeldFrame {
  url: string;
  line: number;
}

export interface DebuggerEvents {
  /** How many debuggers are attached. */
  attached(count: number): void;
  /** The frames where the process is held, the innermost first; undefined where it runs. */
  held(frames: HeldFrame[] | undefined): void;
}

export class DebuggerPort {
  #target: number | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #attached = new Set<Socket>();
  readonly #holding = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly events: DebuggerEvents,
  ) {
    server.on("connection", (socket) => this.#serve(socket));
  }

  /**
   * Listens on 127.0.0.1.
   * @param port 0 for one that the system picks
   * @throws `Failed` where the port is taken
   */
  static listen(port: number, events: DebuggerEvents): Promise<DebuggerPort> {
    const server = createServer();
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) =>
        reject(
          new LibrettoError(
            "Failed",
            error.code === "EADDRINUSE"
              ? `Port ${port} of this machine is taken.`
              : `No debugger can be let in at port ${port}: ${error.message}`,
            "Give another one, or leave it out: `--inspect` alone takes one that is free.",
            { cause: error },
          ),
        ),
      );
      server.listen({ host: "127.0.0.1", port, exclusive: true }, () => resolve(new DebuggerPort(server, events)));
    });
  }

  /** Passes on what comes to the inspector at that address. @returns the address for debuggers */
  open(inspector: string): string {
    const url = new URL(inspector);
    this.#target = Number(url.port);
    const address = this.server.address();
    url.port = String(typeof address === "object" ? address?.port : "");
    return url.href;
  }

  /** Lets nobody in any more, and ends the connections there are. */
  close(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(client: Socket): void {
    if (this.#target === undefined) return void client.destroy();
    const inspector = connect({ host: "127.0.0.1", port: this.#target });
    const reader = new InspectorReader({
      accepted: () => {
        this.#attached.add(client);
        this.events.attached(this.#attached.size);
      },
      held: (frames) => {
        if (frames) this.#holding.add(client);
        else this.#holding.delete(client);
        if (frames || this.#holding.size === 0) this.events.held(frames);
      },
    });
    inspector.on("data", (piece: Buffer) => reader.add(piece));
    client.pipe(inspector);
    inspector.pipe(client);
    for (const [one, other] of [
      [client, inspector],
      [inspector, client],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    client.on("close", () => {
      if (this.#attached.delete(client)) this.events.attached(this.#attached.size);
      // The engine lets go of what the last one of them held.
      if (this.#holding.delete(client) && this.#holding.size === 0) this.events.held(undefined);
    });
  }
}

/** Longest message that is looked into, in bytes; the frames of a deep recursion fit. */
const maxMessageBytes = 16 * 1024 * 1024;
/** So much of a message tells its method, in bytes. */
const beginBytes = 40;
const told = /^\{"method":"Debugger\.(paused|resumed|scriptParsed)"/;

/** Follows what an inspector sends: answers by HTTP, and then messages of a websocket, which it neither masks, nor compresses, nor cuts. */
class InspectorReader {
  #pending: Buffer = Buffer.alloc(0);
  #isWebSocket = false;
  /** Bytes that are still to come of a message that says nothing here. */
  #skip = 0;
  /** Of scripts, by their ids. */
  readonly #urls = new Map<string, string>();

  constructor(private readonly events: { accepted(): void; held(frames: HeldFrame[] | undefined): void }) {}

  add(piece: Buffer): void {
    const skipped = Math.min(this.#skip, piece.length);
    this.#skip -= skipped;
    this.#pending = Buffer.concat([this.#pending, piece.subarray(skipped)]);
    if (!this.#isWebSocket) this.#readAnswer();
    while (this.#isWebSocket && this.#readFrame());
  }

  #readAnswer(): void {
    const begin = this.#pending.indexOf("HTTP/1.1 101 ");
    const end = begin < 0 ? -1 : this.#pending.indexOf("\r\n\r\n", begin);
    if (end >= 0) {
      this.#isWebSocket = true;
      this.#pending = this.#pending.subarray(end + 4);
      this.events.accepted();
    } else if (this.#pending.length > 64 * 1024) this.#pending = Buffer.alloc(0);
  }

  /** @returns whether there was one to read or to pass over */
  #readFrame(): boolean {
    const buffer = this.#pending;
    if (buffer.length < 2) return false;
    const short = buffer.readUInt8(1) & 0x7f;
    const header = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (buffer.length < header) return false;
    const length = short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short;
    const begin = Math.min(length, beginBytes);
    if (buffer.length < header + begin) return false;
    const end = header + length;
    if (length > maxMessageBytes || !told.test(buffer.toString("latin1", header, header + begin))) {
      this.#skip = Math.max(0, end - buffer.length);
      this.#pending = buffer.subarray(end);
      return true;
    }
    if (buffer.length < end) return false;
    this.#pending = buffer.subarray(end);
    this.#readMessage(buffer.subarray(header, end));
    return true;
  }

  #readMessage(payload: Buffer): void {
    const [, method] = told.exec(payload.toString("latin1", 0, beginBytes)) ?? [];
    const { params, sessionId } = JSON.parse(payload.toString("utf8")) as {
      params: { reason: string; callFrames: CallFrame[] } & { scriptId: string; url: string };
      sessionId?: string;
    };
    // Threads are not the workflow.
    if (sessionId !== undefined) return;
    if (method === "scriptParsed") this.#urls.set(params.scriptId, params.url);
    else if (method === "resumed") this.events.held(undefined);
    // A debugger that reads a script's map before it runs holds it for that moment.
    else if (params.reason !== "instrumentation")
      this.events.held(
        params.callFrames.map(({ location: { scriptId, lineNumber } }) => ({
          url: this.#urls.get(scriptId) ?? "",
          line: lineNumber + 1,
        })),
      );
  }
}

/** As the protocol has it. */
interface CallFrame {
  location: { scriptId: string; lineNumber: number };
}
