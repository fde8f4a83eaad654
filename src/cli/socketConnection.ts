/**
 * A client's end of a local socket without `node:net`. A command lives for one request, and of what such a
 * command costs beyond starting Node, loading `net` with its streams is the largest part: 3.5 of 5 ms (bench/).
 * The runtime's own pipe is reached by `process.binding`, which Node documents as deprecated and keeps
 * (DEP0111): where a runtime lacks it, hides it, or would print a warning for it, `net` is used instead.
 */
import { connectWithNet } from "../sessions/ipc/client.js";
import type { RpcStream } from "../sessions/ipc/jsonrpc.js";

interface Request {
  oncomplete(status: number): void;
}

/** libuv's pipe as Node wraps it: lib/net.js and lib/internal/stream_base_commons.js of Node 20 to 24. */
interface PipeHandle {
  connect(request: Request, path: string): number | undefined;
  readStart(): number;
  writeUtf8String(request: Request, text: string): number;
  close(): void;
  onread(bytes: ArrayBuffer | undefined): void;
}

interface PipeBinding {
  Pipe: new (type: number) => PipeHandle;
  PipeConnectWrap: new () => Request;
  constants: { SOCKET: number };
}

interface StreamBinding {
  WriteWrap: new () => Request;
  kReadBytesOrError: number;
  kArrayBufferOffset: number;
  kLastWriteWasAsync: number;
  streamBaseState: ArrayLike<number>;
}

interface Bindings {
  pipes: PipeBinding;
  streams: StreamBinding;
}

/**
 * Connects to a Unix socket.
 * @param waiting called when the first request has gone out, for what can be done before its answer comes
 * @returns undefined if nobody listens there
 */
export function connectPipe(path: string, waiting: () => void): Promise<RpcStream | undefined> {
  const bindings = findBindings();
  return bindings ? PipeConnection.connect(bindings, path, waiting) : connectWithNet(path);
}

function findBindings(): Bindings | undefined {
  const { binding } = process as { binding?: (name: string) => unknown };
  const { NODE_OPTIONS = "", NODE_PENDING_DEPRECATION } = process.env;
  if (
    process.platform === "win32" ||
    typeof binding !== "function" ||
    NODE_PENDING_DEPRECATION === "1" ||
    /pending-deprecation|permission/.test(NODE_OPTIONS + process.execArgv.join(" "))
  )
    return undefined;
  try {
    const pipes = binding("pipe_wrap") as Partial<PipeBinding>;
    const streams = binding("stream_wrap") as Partial<StreamBinding>;
    const here =
      pipes.Pipe &&
      pipes.PipeConnectWrap &&
      pipes.constants &&
      streams.WriteWrap &&
      streams.streamBaseState &&
      streams.kReadBytesOrError !== undefined &&
      streams.kArrayBufferOffset !== undefined &&
      streams.kLastWriteWasAsync !== undefined;
    return here ? { pipes: pipes as PipeBinding, streams: streams as StreamBinding } : undefined;
  } catch {
    return undefined;
  }
}

class PipeConnection implements RpcStream {
  #data: (text: string) => void = () => undefined;
  #ended: (() => void)[] = [];
  #writes = 0;
  #unsent = "";
  #ending = false;
  #closed = false;
  /** What came since the last line's end: a line is handed on whole, or a character might be cut. */
  #rest: Buffer[] = [];

  private constructor(
    private readonly pipe: PipeHandle,
    private readonly streams: StreamBinding,
    private waiting: (() => void) | undefined,
  ) {
    pipe.onread = (bytes) => {
      const size = streams.streamBaseState[streams.kReadBytesOrError] ?? -1;
      if (size > 0 && bytes)
        this.#received(Buffer.from(bytes, streams.streamBaseState[streams.kArrayBufferOffset], size));
      else if (size < 0) this.destroy();
    };
    pipe.readStart();
  }

  static connect({ pipes, streams }: Bindings, path: string, waiting: () => void): Promise<RpcStream | undefined> {
    return new Promise((resolve) => {
      const pipe = new pipes.Pipe(pipes.constants.SOCKET);
      const request = new pipes.PipeConnectWrap();
      const connected = (status: number): void => {
        if (status === 0) return resolve(new PipeConnection(pipe, streams, waiting));
        pipe.close();
        resolve(undefined);
      };
      request.oncomplete = connected;
      // Since Node 20.10 a path that is too long is told at once.
      const refused = pipe.connect(request, path) ?? 0;
      if (refused !== 0) connected(refused);
    });
  }

  get writable(): boolean {
    return !this.#closed && !this.#ending;
  }

  setEncoding(): void {
    // Text is all that it gives.
  }

  on(event: "data" | "error" | "end" | "close", listener: (text: string) => void): void {
    if (event === "data") this.#data = listener;
    else if (event === "close") this.#ended.push(() => listener(""));
  }

  write(text: string): void {
    // What one moment writes goes out together: a greeting and the request that follows it.
    if (this.#unsent === "") {
      this.#writes++;
      // Not `process.nextTick`, whose first call takes 0.1 ms.
      void Promise.resolve().then(() => this.#send());
    }
    this.#unsent += text;
  }

  end(): void {
    this.#ending = true;
    if (this.#writes === 0) this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.pipe.close();
    for (const listener of this.#ended) listener();
  }

  #send(): void {
    const text = this.#unsent;
    this.#unsent = "";
    if (this.#closed) return;
    const request = new this.streams.WriteWrap();
    request.oncomplete = () => this.#written();
    const refused = this.pipe.writeUtf8String(request, text);
    if (refused !== 0) return this.destroy();
    // What went into the socket's buffer at once is not reported.
    if (this.streams.streamBaseState[this.streams.kLastWriteWasAsync] === 0) this.#written();
    this.waiting?.();
    this.waiting = undefined;
  }

  #received(bytes: Buffer): void {
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end > 0) {
      const lines = Buffer.concat([...this.#rest, bytes.subarray(0, end)]).toString("utf8");
      this.#rest = [];
      this.#data(lines);
    }
    if (end < bytes.length) this.#rest.push(bytes.subarray(end));
  }

  #written(): void {
    this.#writes--;
    if (this.#ending && this.#writes === 0) this.destroy();
  }
}
