/** One who looks at a page through the live view, as the editor does: over the session's socket. */
import type { LiveEvent } from "../../src/sessions/ipc/liveProtocol.js";
import type { HostPool } from "../../src/sessions/ipc/hostPool.js";
import { liveView, type LiveView, type LiveViewOptions } from "../../src/sessions/operations/liveView.js";
import type { Workspace } from "./cli.js";
import { contextOf } from "./context.js";

type Event<T extends LiveEvent["type"]> = Extract<LiveEvent, { type: T }>;

export class LiveViewer implements Disposable {
  readonly events: LiveEvent[] = [];
  #waiting: (() => void)[] = [];
  view!: LiveView;

  private constructor(private readonly pool: HostPool) {}

  static async open(workspace: Workspace, options: LiveViewOptions, acknowledges = true): Promise<LiveViewer> {
    const { context, pool } = contextOf(workspace, "test");
    const viewer = new LiveViewer(pool);
    const opened: Promise<LiveView> = liveView(context, options, (event) => {
      viewer.events.push(event);
      // The first ones come before the view is known to be open.
      if (event.type === "frame" && acknowledges) void opened.then((view) => view.set({ shown: event.number }));
      for (const wake of viewer.#waiting.splice(0)) wake();
    });
    viewer.view = await opened;
    return viewer;
  }

  all<T extends LiveEvent["type"]>(type: T): Event<T>[] {
    return this.events.filter((event): event is Event<T> => event.type === type);
  }

  /** Resolves with the first event, from the `from`th on, that fulfils the condition. */
  async until<T extends LiveEvent["type"]>(
    type: T,
    condition: (event: Event<T>) => boolean = () => true,
    from = 0,
    withinMs = 10_000,
  ): Promise<Event<T>> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const found = this.events
        .slice(from)
        .find((event): event is Event<T> => event.type === type && condition(event as Event<T>));
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(
          `No such ${type} came; the last were ${JSON.stringify(this.events.filter((e) => e.type !== "frame").slice(-5))}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  [Symbol.dispose](): void {
    this.view.close();
    this.pool.dispose();
  }
}
