/** Where a session is in its life, and how long ago it was used: opening, open, leaving its browser to another host, ending. */
import type { CloseResult } from "../../ipc/protocol.js";

export class Lifecycle {
  /** Resolves when the first page is there to be worked with. */
  readonly opened: Promise<void>;
  #setOpened: () => void = () => undefined;
  #isOpen = false;
  #isLeaving = false;
  #ending: Promise<CloseResult> | undefined;
  #endReason: string | undefined;
  /** By a clock that nobody sets, in ms. */
  #lastUsed = performance.now();
  #running = 0;

  constructor() {
    this.opened = new Promise((resolve) => (this.#setOpened = resolve));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Another host is about to take the browser over. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** What the end comes to, once it has begun. */
  get ending(): Promise<CloseResult> | undefined {
    return this.#ending;
  }

  get endReason(): string | undefined {
    return this.#endReason;
  }

  /** Whether a request of a client is being worked on. */
  get isWorking(): boolean {
    return this.#running > 0;
  }

  /** For how long nobody has used the session, in ms. */
  get idleMs(): number {
    return this.isWorking ? 0 : performance.now() - this.#lastUsed;
  }

  open(): void {
    this.#isOpen = true;
    // A start that takes its time is no time in which nobody used it.
    this.used();
    this.#setOpened();
  }

  leave(): void {
    this.#isLeaving = true;
  }

  /** Ends the session, once: later calls get the same end. */
  end(reason: string, how: () => Promise<CloseResult>): Promise<CloseResult> {
    this.#endReason ??= reason;
    this.#ending ??= how();
    return this.#ending;
  }

  used(): void {
    this.#lastUsed = performance.now();
  }

  /** A request begins (1) or has been answered (-1). */
  working(requests: 1 | -1): void {
    this.used();
    this.#running += requests;
  }
}
