/**
 * When code was at work on which page. Input that code sends through CDP looks to a page like a person's, and a
 * navigation like one that was typed, so what the page tells is compared with these spans: what was done within
 * one is code's doing, which tells of it itself. The spans are those of single commands on the wire (a mouse
 * event, a key, a navigation) and not of a script or of a call that waits: a person may act meanwhile, and a
 * script may be waiting for just that.
 */

export type AgentWork = "input" | "navigation";

/** What begins or ends. `targetId`: the page, or all if left out; `at`: ms since 1970, now if left out. */
export interface AgentSpan {
  work: AgentWork;
  targetId?: string | undefined;
  at?: number;
  /** At the end of a navigation: the page is there, so that what begins now is another one. */
  arrived?: boolean;
}

interface Span {
  work: AgentWork;
  targetId: string | undefined;
  from: number;
  to: number | undefined;
  lateMs: number;
}

/** Clocks of page and process, though those of one machine, differ a little. */
const tolerableMs = 15;
/** A navigation begins when the browser has answered, not before. */
const late: Record<AgentWork, number> = { input: tolerableMs, navigation: 500 };
/** Nobody may have said that it ended: a process was killed. */
const longest: Record<AgentWork, number> = { input: 10_000, navigation: 60_000 };
const maxKept = 500;

export class AgentSpans {
  readonly #spans: Span[] = [];

  begin({ work, targetId, at = Date.now() }: AgentSpan): void {
    this.#spans.push({ work, targetId, from: at, to: undefined, lateMs: late[work] });
    if (this.#spans.length > maxKept) this.#spans.shift();
  }

  /** Ends the latest open span of that work on that page. */
  end({ work, targetId, at = Date.now(), arrived = false }: AgentSpan): void {
    const open = this.#spans.findLast(
      (span) => span.to === undefined && span.work === work && span.targetId === targetId,
    );
    if (!open) return;
    open.to = at;
    if (arrived) open.lateMs = 0;
  }

  /** Whether code did that on that page at that time (ms since 1970). */
  covers(work: AgentWork, targetId: string, at: number): boolean {
    return this.#spans.some(
      (span) =>
        span.work === work &&
        (span.targetId === undefined || span.targetId === targetId) &&
        at >= span.from - tolerableMs &&
        at <= (span.to ?? span.from + longest[work]) + span.lateMs,
    );
  }
}
