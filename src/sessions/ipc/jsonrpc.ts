/**
 * JSON-RPC 2.0 over a stream, one message a line, for both ends of the socket. It is written here and not
 * taken from `vscode-jsonrpc`, because loading that library costs a client 14 ms, half of what a bare
 * Node needs to start, and the thin client's promise is to cost next to nothing (bench/).
 */
import { LibrettoError, type ErrorData } from "../util/errors.js";

/** Longest line that is read, in characters; a longer one is a broken or hostile peer and ends the connection. */
const maxLine = 256 * 1024 * 1024;

interface Message {
  jsonrpc?: string;
  /** Null in an answer to what has none. */
  id?: number | string | null;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string; data?: ErrorData };
}

/** What the peer needs of a stream of text; a `net.Socket` fits. */
export interface RpcStream {
  readonly writable: boolean;
  setEncoding(encoding: "utf8"): unknown;
  on(event: "data", listener: (text: string) => void): unknown;
  on(event: "error" | "end" | "close", listener: () => void): unknown;
  write(text: string): unknown;
  /** Closes it after what was written has gone out. */
  end(): unknown;
  destroy(): unknown;
}

/**
 * What tells a request that nobody waits for it any more. An `AbortSignal` is one; loading Node's costs a command
 * half a millisecond, so the CLI has a lighter one.
 */
export interface Cancellation {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void, options?: { once: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The reason of a request's signal where the connection has ended; a request that the peer cancels has another. */
export const peerGone = Symbol("peer gone");

/** What a handler of requests gets beside the parameters. */
export interface RequestContext {
  id: number;
  /** Aborted when the peer cancels the request or goes away. */
  signal: AbortSignal;
  notify(method: string, params: object): void;
}

export interface PeerHandlers {
  request?(method: string, params: unknown, context: RequestContext): Promise<unknown>;
  notification?(method: string, params: unknown): void;
  /** Called once, when no further message can arrive. */
  closed?(): void;
}

/** One end of a connection. Requests run concurrently; messages keep their order on the wire. */
export class JsonRpcPeer {
  readonly #pending = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  readonly #running = new Map<number | string, AbortController>();
  #nextId = 1;
  #rest: string[] = [];
  #restLength = 0;
  #closed = false;

  constructor(
    private readonly stream: RpcStream,
    private readonly handlers: PeerHandlers,
  ) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => this.#receive(chunk));
    stream.on("error", () => this.#end());
    stream.on("end", () => this.#end());
    stream.on("close", () => this.#end());
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Sends a request. Rejects with the peer's `LibrettoError`, or with `HostUnreachable` if the connection
   * ends first. Cancelling sends `$/cancelRequest`; the answer is still awaited.
   */
  request(method: string, params: object, signal?: Cancellation): Promise<unknown> {
    if (this.#closed) return Promise.reject(connectionLost(method));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const cancel = (): void => this.notify("$/cancelRequest", { id });
      const done = (): void => signal?.removeEventListener("abort", cancel);
      this.#pending.set(id, {
        resolve: (value) => {
          done();
          resolve(value);
        },
        reject: (error) => {
          done();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      });
      this.#send({ jsonrpc: "2.0", id, method, params });
      if (signal?.aborted) cancel();
      else signal?.addEventListener("abort", cancel, { once: true });
    });
  }

  /** The id that the next request will have, so that its notifications can be told apart. */
  get nextId(): number {
    return this.#nextId;
  }

  notify(method: string, params: object): void {
    this.#send({ jsonrpc: "2.0", method, params });
  }

  /** Ends the connection after what was sent has been written. */
  close(): void {
    this.stream.end();
  }

  #send(message: Message): void {
    if (!this.#closed && this.stream.writable) this.stream.write(`${JSON.stringify(message)}\n`);
  }

  #receive(chunk: string): void {
    // Pieces are joined only when a line is complete, or a long line would be copied for every piece.
    let start = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", start)) {
      this.#rest.push(chunk.slice(start, end));
      const line = this.#rest.join("");
      this.#rest = [];
      this.#restLength = 0;
      start = end + 1;
      if (line.trim() !== "") this.#line(line);
    }
    if (start < chunk.length) {
      this.#rest.push(chunk.slice(start));
      this.#restLength += chunk.length - start;
      if (this.#restLength > maxLine) this.stream.destroy();
    }
  }

  #line(line: string): void {
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
      if (typeof message !== "object" || message === null) throw new TypeError("not an object");
    } catch {
      // -32700 is JSON-RPC's code for a message that cannot be parsed.
      this.stream.write(
        `${JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "Parse error" } })}\n`,
      );
      this.stream.destroy();
      return;
    }
    if (typeof message.method === "string") {
      const { id } = message as { id?: unknown };
      if (id === undefined || id === null) this.#notified(message.method, message.params);
      else if (typeof id === "number" || typeof id === "string")
        void this.#requested(id, message.method, message.params);
      else this.#send({ jsonrpc: "2.0", id: null, error: { code: -32600, message: "An id is a number or a string" } });
    } else if (typeof message.id === "number") {
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.error)
        pending?.reject(
          message.error.data ? LibrettoError.fromData(message.error.data) : new Error(message.error.message),
        );
      else pending?.resolve(message.result);
    }
  }

  #notified(method: string, params: unknown): void {
    if (method === "$/cancelRequest") {
      const id = (params as { id?: number | string } | undefined)?.id;
      if (id !== undefined) this.#running.get(id)?.abort();
    } else this.handlers.notification?.(method, params);
  }

  async #requested(id: number | string, method: string, params: unknown): Promise<void> {
    if (this.#running.has(id)) {
      this.#send({ jsonrpc: "2.0", id, error: { code: -32600, message: `Request ${id} is already running` } });
      return;
    }
    const abort = new AbortController();
    this.#running.set(id, abort);
    try {
      if (!this.handlers.request) throw new Error(`No such method: ${method}`);
      const context: RequestContext = {
        id: Number(id),
        signal: abort.signal,
        notify: (name, body) => this.notify(name, body),
      };
      this.#send({ jsonrpc: "2.0", id, result: (await this.handlers.request(method, params, context)) ?? null });
    } catch (thrown) {
      const error = LibrettoError.from(thrown);
      this.#send({ jsonrpc: "2.0", id, error: { code: -32000, message: error.message, data: error.toJSON() } });
    } finally {
      this.#running.delete(id);
    }
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const abort of this.#running.values()) abort.abort(peerGone);
    for (const pending of this.#pending.values()) pending.reject(connectionLost("the request"));
    this.#pending.clear();
    this.handlers.closed?.();
  }
}

function connectionLost(what: string): LibrettoError {
  return new LibrettoError(
    "HostUnreachable",
    `The connection to the session host ended before ${what} was answered.`,
    "Run the command again: a new host takes the browser over. See `libretto list` for what is live.",
  );
}
