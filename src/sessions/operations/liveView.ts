/** The live view of a session's page: pictures as they come, what is typed and clicked, and what element is where. */
import { randomUUID } from "node:crypto";
import type { InputEvent, InputResult, LiveEvent, LiveViewSetParams, PickResult } from "../ipc/liveProtocol.js";
import { hostOf, type SessionsContext } from "./context.js";

export interface LiveViewOptions {
  session: string;
  /** Id of a page that is stayed with; the one that the session shows if left out. */
  page?: string | undefined;
  /** The largest picture that is of use, in pixels; 0 for none yet. */
  width: number;
  height: number;
  /** The shortest time between two pictures, in ms; as many as there are if left out. */
  everyMs?: number;
}

/** A stream that is open. */
export interface LiveView {
  /** Says what was shown, and what is to be shown from now on. */
  set(change: Omit<LiveViewSetParams, "view">): void;
  /** @throws `RefusedByMode` in a session that is read-only */
  input(page: string, events: InputEvent[]): Promise<InputResult>;
  /** What is at a place of the page, in CSS pixels of its viewport. */
  pick(page: string | undefined, x: number, y: number): Promise<PickResult>;
  close(): void;
  /** Settles when the stream is over. Rejects where it broke, such as with `HostUnreachable`. */
  readonly closed: Promise<void>;
}

/** @throws `NoSuchSession`, `SessionEnded`, `HostUnreachable` */
export async function liveView(
  context: SessionsContext,
  { session, page, ...size }: LiveViewOptions,
  listener: (event: LiveEvent) => void,
): Promise<LiveView> {
  const host = await hostOf(context, session);
  const view = randomUUID();
  const abort = new AbortController();
  const closed = host
    .request("live-view", { view, ...size, ...(page === undefined ? {} : { page }) }, { live: listener }, abort.signal)
    .then(() => undefined);
  // Heard through `closed`, by those who want to know.
  closed.catch(() => undefined);
  return {
    closed,
    // A stream that has just ended takes no changes.
    set: (change) => void host.request("live-view-set", { view, ...change }).catch(() => undefined),
    input: (id, events) => host.request("input", { page: id, events }),
    pick: (id, x, y) => host.request("pick", { x, y, ...(id === undefined ? {} : { page: id }) }),
    close: () => abort.abort(),
  };
}
