/** A connection to a session's host. It loads nothing but `net`, and that late, so that a command costs what it must. */
import { dirname } from "node:path";
import { LibrettoError } from "../util/errors.js";
import { assertSocketFolder } from "../util/ownership.js";
import type { LiveMessage } from "./liveProtocol.js";
import { JsonRpcPeer, type Cancellation, type RpcStream } from "./jsonrpc.js";
import {
  protocolVersion,
  type ConsoleMessage,
  type DebuggerMessage,
  type HelloResult,
  type Method,
  type NoticeMessage,
  type Requests,
} from "./protocol.js";

/** How long a host may take to greet, in ms: it runs no user's code, so only one that is stopped or starved takes longer. */
const timeoutMs = 10_000;

/** How often a host that works on a request is asked whether it lives, in ms. */
const aliveMs = 5_000;

/** How often a request is made again to the host that follows one that was killed as it was asked. */
const maxRenewals = 3;

/** What is done about a host that ends under a request. */
export interface HostEnd {
  /** Connects again, to the host that follows one that was killed before it greeted. */
  renew?(): Promise<HostClient>;
  /** What the host has written to standard error. */
  lastWords?(): string | undefined;
}

/** What may be heard while a request runs. */
export interface RequestListener {
  console?(message: ConsoleMessage): void;
  notice?(message: NoticeMessage): void;
  debugger?(message: DebuggerMessage): void;
  live?(message: LiveMessage): void;
}

/** Connects to a Unix socket or a named pipe. @returns undefined if nobody listens there */
export type Connect = (socketPath: string) => Promise<RpcStream | undefined>;

export const connectWithNet: Connect = async (socketPath) => {
  const { connect } = await import("node:net");
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("error", () => resolve(undefined));
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
};

/** One connection; requests may overlap. */
export class HostClient {
  readonly #listeners = new Map<number, RequestListener>();
  readonly #peer: JsonRpcPeer;
  #hello: Promise<HelloResult> | undefined;
  #running = 0;
  #watch: NodeJS.Timeout | undefined;
  /** It said nothing for too long while it worked for us. */
  #isSilent = false;

  private constructor(
    private readonly stream: RpcStream,
    private readonly clientName: string,
    private readonly session: string,
    private readonly after: HostEnd,
  ) {
    this.#peer = new JsonRpcPeer(stream, {
      notification: (method, params) => {
        const message = params as ConsoleMessage & NoticeMessage & DebuggerMessage & LiveMessage;
        const listener = this.#listeners.get(message.request);
        if (method === "console") listener?.console?.(message);
        else if (method === "notice") listener?.notice?.(message);
        else if (method === "debugger") listener?.debugger?.(message);
        else if (method === "live") listener?.live?.(message);
      },
    });
  }

  /**
   * Connects to the host of a session. It is greeted with the first request, in one piece.
   * @param socketPath a Unix socket or a named pipe
   * @param clientName who asks, for the session's log: `cli`, `vscode`
   * @param after what becomes of requests under which the host ends
   * @returns undefined if nobody listens there
   * @throws `Failed` where somebody else may have put the socket there
   */
  static async connect(
    socketPath: string,
    clientName: string,
    session: string,
    connect: Connect = connectWithNet,
    after: HostEnd = {},
  ): Promise<HostClient | undefined> {
    if (socketPath !== "") assertSocketFolder(dirname(socketPath));
    const stream = await connect(socketPath);
    return stream && new HostClient(stream, clientName, session, after);
  }

  get isClosed(): boolean {
    return this.#peer.isClosed;
  }

  /**
   * @param signal cancels the request in the host; its answer is still awaited
   * @throws the `LibrettoError` of the host
   */
  request<M extends Method>(
    method: M,
    params: Requests[M]["params"],
    listener: RequestListener = {},
    signal?: Cancellation,
  ): Promise<Requests[M]["result"]> {
    return this.#request(method, params, listener, signal, maxRenewals);
  }

  async #request<M extends Method>(
    method: M,
    params: Requests[M]["params"],
    listener: RequestListener,
    signal: Cancellation | undefined,
    renewals: number,
  ): Promise<Requests[M]["result"]> {
    const greeted = (this.#hello ??= this.#greet());
    const id = this.#peer.nextId;
    this.#listeners.set(id, listener);
    this.#running++;
    void greeted.then(
      () => this.#watchHost(),
      () => undefined,
    );
    try {
      const answer = this.#peer.request(method, params, signal);
      // Both are on the wire; a refused greeting is the better message of the two.
      const [, result] = await Promise.all([greeted, answer]);
      return result as Requests[M]["result"];
    } catch (error) {
      if (this.#isSilent) throw hostSilent(this.session);
      if (renewals === 0 || !this.after.renew || !(await this.#wasNeverHeard(greeted))) throw this.#quoted(error);
    } finally {
      this.#listeners.delete(id);
      this.#running--;
    }
    return (await this.after.renew()).#request(method, params, listener, signal, renewals - 1);
  }

  /**
   * A request may take as long as it likes, but its host answers meanwhile: one that is stopped or spins is given up.
   * Two looks have to find no answer: a client that was stopped itself hears the first only after its timer.
   */
  #watchHost(): void {
    if (this.#watch) return;
    let unanswered = 0;
    this.#watch = setInterval(() => {
      if (this.#running === 0 || this.isClosed) {
        clearInterval(this.#watch);
        this.#watch = undefined;
      } else if (unanswered >= 2) {
        this.#isSilent = true;
        this.stream.destroy();
      } else if (unanswered++ === 0) {
        const heard = (): void => void (unanswered = 0);
        this.#peer.request("ping", {}).then(heard, heard);
      }
    }, aliveMs).unref();
  }

  /** Whether the host died before it read the greeting, which it answers first: nothing that was asked has begun. */
  async #wasNeverHeard(greeted: Promise<HelloResult>): Promise<boolean> {
    const refused = await greeted.then(
      () => undefined,
      (error: unknown) => error,
    );
    return refused instanceof LibrettoError && refused.code === "HostUnreachable" && this.isClosed;
  }

  /** The error of a host that ended, with what it wrote before. */
  #quoted(error: unknown): unknown {
    if (!(error instanceof LibrettoError) || error.code !== "HostUnreachable") return error;
    const words = this.after.lastWords?.();
    if (words === undefined) return error;
    return new LibrettoError(error.code, `${error.message.replace(/\.$/, "")}: ${words}`, error.hint, { cause: error });
  }

  close(): void {
    this.#peer.close();
  }

  /** @returns what the host says of itself. @throws `TimedOut` if it says nothing */
  #greet(): Promise<HelloResult> {
    const { clientName: client, session } = this;
    const answer = this.#peer.request("hello", {
      protocol: protocolVersion,
      version: LIBRETTO_VERSION,
      client,
      session,
    }) as Promise<HelloResult>;
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      // When all that is sent now has gone out: a command's first timer takes it as long as the host to greet.
      void Promise.resolve().then(() => {
        timer = setTimeout(() => {
          reject(hostSilent(session));
          this.stream.destroy();
        }, timeoutMs).unref();
      });
      answer.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

/** The error for a host that runs and does not answer, such as a stopped one. */
export function hostSilent(session: string): LibrettoError {
  return new LibrettoError(
    "TimedOut",
    `The host of session "${session}" does not answer.`,
    "It may be stopped or starved; one that is busy without end is ended by itself, and the next command goes on with its browser. `libretto close --all --force` ends it with its browser.",
  );
}
