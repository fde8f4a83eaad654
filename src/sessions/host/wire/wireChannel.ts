import type { Channel, ChannelOptions, ChannelSession } from "./channel.js";
import type { WireMessage } from "./message.js";

interface ChannelHooks {
  send(channel: WireChannel, message: WireMessage, sent: (() => void) | undefined): void;
  close(channel: WireChannel): void;
  buffered(): number;
}

/** A channel as the wire and its gate know it. */
export class WireChannel implements Channel {
  readonly kind: ChannelOptions["kind"];
  readonly name: string;
  readonly outlivesLock: boolean;
  onmessage: (message: WireMessage) => void = () => undefined;
  onclose: (reason: string) => void = () => undefined;
  readonly sessions = new Map<string, ChannelSession>();
  /** Whether its messages are forwarded. */
  isOpen = true;
  #hasEnded = false;

  constructor(
    { kind, name, outlivesLock = false }: ChannelOptions,
    /** Its session of the browser itself. */
    readonly root: string,
    private readonly hooks: ChannelHooks,
    readonly isFar: boolean,
  ) {
    this.kind = kind;
    this.name = name;
    this.outlivesLock = outlivesLock;
    this.add({ sessionId: root, targetId: "", type: "browser", pageId: "", waiting: false });
  }

  add(session: Pick<ChannelSession, "sessionId" | "targetId" | "type" | "pageId" | "waiting">): void {
    this.sessions.set(session.sessionId, {
      ...session,
      used: false,
      navigating: new Set(),
      listens: false,
      dialog: false,
      settings: new Map(),
    });
  }

  send(message: WireMessage, sent?: () => void): void {
    this.hooks.send(this, message, sent);
  }

  get buffered(): number {
    return this.hooks.buffered();
  }

  close(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    // From a lock on the gate decides what becomes of its sessions.
    if (this.isOpen) this.hooks.close(this);
  }

  /** Whether code that drives would answer a dialog of that page. */
  attends(pageId: string): boolean {
    if (this.kind !== "drives" || !this.isOpen) return false;
    return [...this.sessions.values()].some((session) => session.pageId === pageId && session.listens);
  }

  /** Hands a message of the browser to the channel's user. */
  deliver(message: WireMessage): void {
    if (!this.isOpen) return;
    if (message.sessionId !== this.root) return this.onmessage(message);
    const { sessionId: _own, ...rest } = message;
    this.onmessage(rest);
  }

  /** @param reason told to its user; left out where that one closed it */
  ended(reason?: string): void {
    this.isOpen = false;
    if (this.#hasEnded || reason === undefined) return;
    this.#hasEnded = true;
    this.onclose(reason);
  }
}
