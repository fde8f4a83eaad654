/**
 * Makes entries of what a page tells: keys become one `fill`, two clicks one `dblclick`, and what code did is
 * left out. One instance a page; it knows nothing of CDP.
 */
import type { AgentWork } from "../wire/agentSpans.js";
import type { ElementObservation, ObservedElement } from "./observations.js";

/** One thing that a person did. */
export interface UserAction {
  action: string;
  /** Milliseconds since 1970: when it began, and when the last of it happened. */
  from: number;
  to: number;
  /** When the page set out for where it was done, by another clock than that of `from`, in ms since 1970. */
  notBefore?: number;
  /** The frame that told it; undefined for the page itself. */
  frameId: string | undefined;
  about?: ObservedElement;
  value?: string;
  x?: number;
  y?: number;
  url: string;
  /** Input, unless said. */
  work?: AgentWork;
  success?: boolean;
  error?: string;
}

export interface UserActionsOptions {
  /** Takes the actions, in order. */
  emit: (action: UserAction) => void;
  /** Whether code did that on the page at that time. */
  isAgent: (work: AgentWork, at: number) => boolean;
}

interface Pending {
  key: string;
  kind: "fill" | "click";
  byAgent: boolean;
  action: UserAction;
}

/** How long a click may become a double click; the usual setting of a desktop is 500. */
const doubleClickMs = 600;
/** A fill whose field is left alone for so long is reported as it is. */
const idleMs = 5_000;
/** How long an action waits to hear that it was code's. */
const doubtMs = 150;

export class UserActions {
  #pending: Pending | undefined;
  #pendingTimer: NodeJS.Timeout | undefined;
  readonly #doubtful: { due: number; run: () => void }[] = [];
  #doubtTimer: NodeJS.Timeout | undefined;
  /** Elements by key, as last described: a later observation of the same one may leave it out. */
  #known: { key: string; about: ObservedElement } | undefined;
  #lastOnPage = 0;
  #pageSince = 0;

  constructor(private readonly options: UserActionsOptions) {}

  /** Whether a click or a key was told shortly before that time. */
  actedBefore(at: number, withinMs: number): boolean {
    return this.#lastOnPage <= at && at - this.#lastOnPage <= withinMs;
  }

  /**
   * The page is another one: what was done in the one before has no effect any more.
   * @param startedAt when it set out for it, in ms since 1970
   */
  pageChanged(startedAt = 0): void {
    this.#lastOnPage = 0;
    this.#pageSince = Math.max(this.#pageSince, startedAt);
  }

  /** @param at when it happened, by our clock, in ms since 1970 */
  observe(frameId: string | undefined, observation: ElementObservation, at: number): void {
    const key = `${frameId ?? ""}:${observation.element}`;
    if (observation.about) this.#known = { key, about: observation.about };
    const about = observation.about ?? (this.#known?.key === key ? this.#known.about : undefined);
    const base: UserAction = {
      action: observation.kind,
      from: at,
      to: at,
      notBefore: this.#pageSince,
      frameId,
      url: observation.url,
      ...(about ? { about } : {}),
    };
    switch (observation.kind) {
      case "input":
        this.#typed(key, { ...base, action: "fill", value: observation.value });
        return;
      case "commit":
        if (this.#pending?.key === key && this.#pending.kind === "fill") this.flush();
        return;
      case "click": {
        this.#lastOnPage = at;
        const { button, x, y } = observation;
        this.#hold(
          {
            key,
            kind: "click",
            byAgent: false,
            action: { ...base, x, y, ...(button === "left" ? {} : { value: button }) },
          },
          doubleClickMs,
        );
        return;
      }
      case "dblclick": {
        const { x, y } = observation;
        const from = this.#pending?.kind === "click" && this.#pending.key === key ? this.#pending.action.from : at;
        if (from !== at) this.#drop();
        this.add({ ...base, from, x, y });
        return;
      }
      case "dragTo": {
        this.#lastOnPage = at;
        const { target, x, y } = observation;
        this.add({ ...base, value: target, x, y });
        return;
      }
      case "wheel": {
        const { dx, dy, x, y } = observation;
        this.add({ ...base, value: `${dx}, ${dy}`, x, y });
        return;
      }
      case "press":
        this.#lastOnPage = at;
        this.add({ ...base, value: observation.key });
        return;
      case "select":
      case "check":
      case "uncheck":
      case "upload": {
        const { value, x, y } = observation;
        this.add({
          ...base,
          ...(value === undefined ? {} : { value }),
          ...(x === undefined || y === undefined ? {} : { x, y }),
        });
        return;
      }
    }
  }

  /** Adds an action that is complete, after what is pending. */
  add(action: UserAction): void {
    this.flush();
    this.#doubt(action);
  }

  /**
   * Runs work when everything that was done before has been emitted. Typing that goes on is not over: what code does
   * to its field meanwhile, the page tells.
   */
  after(work: () => void): void {
    if (this.#pending?.kind !== "fill") this.flush();
    if (this.#doubtful.length === 0) work();
    else this.#doubtful.push({ due: 0, run: work });
  }

  /** Ends what is pending. */
  flush(): void {
    const pending = this.#pending;
    this.#drop();
    if (pending) this.#doubt(pending.action);
  }

  /** Emits everything at once. */
  finish(): void {
    this.flush();
    this.#settle(Infinity);
  }

  #typed(key: string, action: UserAction): void {
    const byAgent = this.options.isAgent("input", action.from);
    const pending = this.#pending;
    // A person who types where code has typed begins an entry of their own.
    if (pending?.kind === "fill" && pending.key === key && pending.byAgent === byAgent) {
      pending.action.value = action.value ?? "";
      pending.action.to = action.to;
      this.#wait(idleMs);
    } else this.#hold({ key, kind: "fill", byAgent, action }, idleMs);
  }

  #hold(pending: Pending, ms: number): void {
    this.flush();
    this.#pending = pending;
    this.#wait(ms);
  }

  #wait(ms: number): void {
    clearTimeout(this.#pendingTimer);
    this.#pendingTimer = setTimeout(() => this.flush(), ms).unref();
  }

  #drop(): void {
    clearTimeout(this.#pendingTimer);
    this.#pending = undefined;
  }

  #doubt(action: UserAction): void {
    const run = (): void => {
      if (this.options.isAgent(action.work ?? "input", action.from)) return;
      // A busy host hears late where a page was sent; the rows are to tell the order in which all of it was done.
      const from = Math.max(action.from, action.notBefore ?? 0);
      this.options.emit({ ...action, from, to: Math.max(action.to, from) });
    };
    this.#doubtful.push({ due: Date.now() + doubtMs, run });
    this.#doubtTimer ??= setTimeout(() => this.#settle(Date.now()), doubtMs).unref();
  }

  #settle(now: number): void {
    clearTimeout(this.#doubtTimer);
    this.#doubtTimer = undefined;
    while (this.#doubtful[0] && this.#doubtful[0].due <= now) this.#doubtful.shift()?.run();
    if (this.#doubtful[0])
      this.#doubtTimer = setTimeout(() => this.#settle(Date.now()), this.#doubtful[0].due - now).unref();
  }
}
