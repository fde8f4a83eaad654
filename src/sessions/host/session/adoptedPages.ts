/**
 * The pages of a browser that is taken over. What an earlier host had sent there cannot be taken back, and one thing
 * keeps a page from answering anybody: a navigation that its server has not answered. So a page that is silent has its
 * navigation stopped, until it has answered; and until then a lock names it.
 */
import type { SessionLog } from "../recorder/sessionLog.js";
import type { AttachedTarget, Targets } from "../wire/targets.js";
import { trivial } from "../wire/quietReads.js";
import { settledWithin, withTimeout } from "../../util/timeouts.js";

/** How long a page has to answer before its navigation is stopped, in ms. */
const answerMs = 300;
/** How often that is tried: code that was sent to a busy page may navigate when it has its turn. */
const maxStops = 100;

export class AdoptedPages {
  /** By the page's short id: settles when it has answered. */
  readonly #silent = new Map<string, Promise<unknown>>();
  /** The short ids of pages that somebody leaves: it is their navigation that is open. */
  readonly #left = new Set<string>();

  constructor(
    private readonly targets: Targets,
    private readonly log: Pick<SessionLog, "write">,
  ) {}

  /** Asks every page that is open, and the frames of other processes in it. */
  start(): void {
    for (const target of this.targets.attached())
      if (target.type === "page" || target.type === "iframe") this.#ask(target);
  }

  /** Waits until every page has answered. @returns the ids of those that have not in time */
  async settled(timeoutMs: number): Promise<string[]> {
    this.#left.clear();
    await settledWithin(timeoutMs, Promise.all(this.#silent.values()));
    return [...this.#silent.keys()];
  }

  /** Whether a page has answered nothing since this host came, as one behind a dialog of the host before does. */
  isSilent(pageId: string): boolean {
    return this.#silent.has(pageId);
  }

  /** Navigates a page that is silent, which would be stopped otherwise; from a lock on it is. */
  async leave<T>(pageId: string, navigate: () => Promise<T>): Promise<T> {
    this.#left.add(pageId);
    try {
      return await navigate();
    } finally {
      this.#left.delete(pageId);
    }
  }

  #ask(target: AttachedTarget): void {
    const { pageId } = target;
    if (pageId === undefined) return;
    const before = this.#silent.get(pageId);
    const settled = Promise.all([before, this.#untilAnswered(target, pageId)])
      // A page that is gone answers nothing and does nothing.
      .catch(() => undefined)
      .finally(() => {
        if (this.#silent.get(pageId) === settled) this.#silent.delete(pageId);
      });
    this.#silent.set(pageId, settled);
  }

  async #untilAnswered({ session }: AttachedTarget, pageId: string): Promise<void> {
    const page = this.targets.attached().find((other) => other.type === "page" && other.pageId === pageId)?.session;
    const late = Symbol("late");
    let stops = 0;
    // The first answer may be that of a page whose queue held one that navigates.
    for (let answers = 0; answers < 2; answers++) {
      const answer = session.send("Runtime.evaluate", trivial);
      while (stops < maxStops && (await withTimeout(answer, answerMs, () => late)) === late) {
        if (this.#left.has(pageId)) continue;
        if (stops++ === 0)
          this.log.write(
            "warn",
            "page-silent",
            `Page ${pageId} answers nothing: a navigation that is open is stopped.`,
          );
        await settledWithin(answerMs, page?.send("Page.stopLoading") ?? Promise.resolve());
      }
      await answer;
    }
  }
}
