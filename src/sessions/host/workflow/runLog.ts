/** What a run prints, for listeners; kept while nobody does, so that the next one hears it from there. */
import type { HostRequest } from "../rpc/server.js";

type Event = { method: "console"; level: string; text: string } | { method: "notice"; text: string; paused?: boolean };

/** Longest text that is kept for the next listener, in characters; the whole of it is in the session's log. */
const maxKept = 4 * 1024 * 1024;

export class RunLog {
  readonly #listeners = new Set<HostRequest>();
  #kept: Event[] = [];
  #keptLength = 0;
  #dropped = 0;

  constructor(private readonly session: string) {}

  add(event: Event): void {
    if (this.#listeners.size > 0) {
      for (const listener of this.#listeners) tell(listener, event);
      return;
    }
    this.#kept.push(event);
    this.#keptLength += event.text.length;
    while (this.#keptLength > maxKept) {
      this.#keptLength -= this.#kept.shift()?.text.length ?? 0;
      this.#dropped++;
    }
  }

  /** Tells what nobody has heard yet, and then what comes. @returns ends it */
  listen(request: HostRequest): () => void {
    if (this.#dropped > 0)
      tell(request, {
        method: "notice",
        text: `${this.#dropped} earlier lines are in the log: \`libretto logs --session ${this.session}\`.`,
      });
    for (const event of this.#kept) tell(request, event);
    this.#kept = [];
    this.#keptLength = this.#dropped = 0;
    this.#listeners.add(request);
    return () => void this.#listeners.delete(request);
  }
}

function tell(request: HostRequest, { method, ...message }: Event): void {
  request.notify(method, { request: request.id, ...message });
}
