/** Ctrl-C, as a command hears of it. Requests take it as it is; what wants an `AbortSignal` of Node's gets one, made when it is asked for. */
import type { Cancellation } from "../sessions/ipc/jsonrpc.js";

export class Interruption implements Cancellation {
  aborted = false;
  readonly #listeners = new Set<() => void>();
  #controller: AbortController | undefined;

  /** The same for what takes an `AbortSignal`. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Whether anybody would hear of it. */
  get isAwaited(): boolean {
    return this.#listeners.size > 0 || this.#controller !== undefined;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.#controller?.abort();
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
