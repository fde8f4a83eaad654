/** What code that was cancelled had sent to pages and they have not done yet: stopped, waited for, or told (S25). */
import type { AgentSpan } from "../wire/agentSpans.js";
import { Targets } from "../wire/targets.js";
import { answered } from "../../util/timeouts.js";

/** How long a page has to take what was sent to it, in ms: a lock answers within 3 s. */
const settleMs = 1_500;

export class DrivenPages {
  /** Navigations that the code began and that are open, by target. */
  readonly #navigations = new Map<string, number>();

  constructor(private readonly targets: Targets) {}

  /** Hears when code begins and ends to act on a page. */
  note(phase: "begin" | "end", { work, targetId }: AgentSpan): void {
    if (work !== "navigation" || targetId === undefined) return;
    this.#navigations.set(targetId, (this.#navigations.get(targetId) ?? 0) + (phase === "begin" ? 1 : -1));
  }

  /**
   * Once the process of the code is gone: stops what it had begun to load, and waits until each page has answered once,
   * so that what was sent before has been done.
   * @returns ids of pages that did not answer: what was sent to them may still happen
   */
  async settle(): Promise<string[]> {
    const results = await Promise.all(
      this.targets
        .attached()
        .filter(({ type }) => type === "page")
        .map(async ({ session, targetId }) => {
          const isLoading = (this.#navigations.get(targetId) ?? 0) > 0;
          const stopped = isLoading ? session.send("Page.stopLoading") : Promise.resolve({});
          const asked = session.send("Runtime.evaluate", { expression: "0", silent: true, returnByValue: true });
          const took = await answered(Promise.all([stopped, asked]), settleMs).then(
            () => true,
            // A page that is gone does nothing more.
            () => this.targets.find(targetId) === undefined,
          );
          return took ? [] : [Targets.idOf(targetId)];
        }),
    );
    this.#navigations.clear();
    return results.flat();
  }
}
