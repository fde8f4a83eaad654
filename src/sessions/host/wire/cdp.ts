/** Commands and events of the browser as promises and listeners, over a channel of the wire. */
import { EventEmitter } from "node:events";
import type { ProtocolMapping } from "devtools-protocol/types/protocol-mapping.js";
import type { Channel } from "./channel.js";
import type { WireMessage } from "./message.js";

/** Parameters and results of CDP are taken as they come; each caller names the fields it reads. */
export type CdpObject = Record<string, unknown>;

/** The name of a command of the protocol. */
export type CdpMethod = keyof ProtocolMapping.Commands;

/** A command that the browser answered with an error. */
class CdpError extends Error {
  override readonly name = "CdpError";
  constructor(
    readonly method: string,
    message: string,
  ) {
    super(`${method}: ${message}`);
  }
}

/** Sends commands to, and hears events of, one target (or the browser itself). */
export interface CdpSession {
  /** Undefined for the browser itself. */
  readonly sessionId: string | undefined;
  send<T = CdpObject>(method: CdpMethod, params?: CdpObject): Promise<T>;
  on<T = CdpObject>(event: string, listener: (params: T) => void): void;
  off(event: string, listener: (params: never) => void): void;
}

/** The host's own channel; it is also the session of the browser itself. */
export class CdpConnection implements CdpSession {
  readonly sessionId = undefined;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #pending = new Map<
    number,
    { method: string; sessionId: string | undefined; resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  readonly #sessions = new Map<string, EventEmitter>();
  #nextId = 1;
  #open = true;

  constructor(private readonly channel: Channel) {
    channel.onmessage = (message) => this.#receive(message);
    channel.onclose = () => this.#closed();
  }

  send<T = CdpObject>(method: CdpMethod, params: CdpObject = {}): Promise<T> {
    return this.#command<T>(method, params, undefined);
  }

  on<T = CdpObject>(event: string, listener: (params: T) => void): void {
    this.#events.on(event, listener);
  }

  off(event: string, listener: (params: never) => void): void {
    this.#events.off(event, listener as (params: unknown) => void);
  }

  /** Hears once, when the browser or the network ended the connection. */
  onClose(listener: () => void): void {
    if (this.#open) this.#events.once("close", listener);
    else queueMicrotask(listener);
  }

  /** The view of one attached target. Two calls with one id share their events. */
  session(sessionId: string): CdpSession {
    const events = this.#sessions.get(sessionId) ?? new EventEmitter().setMaxListeners(0);
    this.#sessions.set(sessionId, events);
    return {
      sessionId,
      send: <T = CdpObject>(method: CdpMethod, params: CdpObject = {}) => this.#command<T>(method, params, sessionId),
      on: (event, listener) => void events.on(event, listener),
      off: (event, listener) => void events.off(event, listener as (params: unknown) => void),
    };
  }

  /** Forgets a target that detached. Its pending commands fail here, since the browser answers some of them never. */
  dropSession(sessionId: string): void {
    for (const [id, pending] of this.#pending) {
      if (pending.sessionId !== sessionId) continue;
      this.#pending.delete(id);
      pending.reject(new CdpError(pending.method, "the page or worker is gone"));
    }
    this.#sessions.get(sessionId)?.removeAllListeners();
    this.#sessions.delete(sessionId);
  }

  /** Ends the connection; the browser goes on. */
  close(): void {
    this.channel.close();
    this.#closed();
  }

  #command<T>(method: string, params: CdpObject, sessionId: string | undefined): Promise<T> {
    if (!this.#open) return Promise.reject(new CdpError(method, "the connection to the browser has ended"));
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { method, sessionId, resolve: (value) => resolve(value as T), reject });
      this.channel.send(sessionId === undefined ? { id, method, params } : { id, method, params, sessionId });
    });
  }

  #receive(message: WireMessage): void {
    if (message.id !== undefined) {
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.error) pending?.reject(new CdpError(pending.method, message.error.message));
      else pending?.resolve(message.result ?? {});
    } else if (message.method?.includes(".")) {
      // Without the dot that each event has, "close" and "error" would be the emitter's own.
      const events = message.sessionId === undefined ? this.#events : this.#sessions.get(message.sessionId);
      events?.emit(message.method, message.params ?? {});
    }
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const { method, reject } of this.#pending.values())
      reject(new CdpError(method, "the connection to the browser has ended"));
    this.#pending.clear();
    this.#events.emit("close");
  }
}
