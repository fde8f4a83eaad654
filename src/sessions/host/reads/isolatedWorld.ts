/**
 * The world in which the host reads: it shares a document's elements and none of its JavaScript, so that a page can
 * neither notice a read nor answer it with something else. It is made once a document, and kept by its unique id: the
 * plain ids begin again in every renderer, and after a navigation one of them may name the page's own world.
 */
import type { CdpSession } from "../wire/cdp.js";
import { withTimeout } from "../../util/timeouts.js";
import { trivial } from "../wire/quietReads.js";

const worldName = "libretto-read";
/** How long a page has to answer anything, in ms, before a read that is given up is ended in it. */
const stuckMs = 500;

export interface ReadOptions {
  /** The browser ends the read after that long. */
  timeoutMs?: number;
  /** Ends the read where it keeps the page from going on. */
  signal?: AbortSignal;
}

interface EvaluateResult {
  result: { value?: unknown; objectId?: string };
  exceptionDetails?: { text: string; exception?: { description?: string } };
}

/** The worlds of one session: of a page, with its frames in the same process. */
export class IsolatedWorlds {
  static readonly #bySession = new WeakMap<CdpSession, IsolatedWorlds>();
  /** Unique ids, by frame. */
  readonly #known = new Map<string, string>();

  static of(session: CdpSession): IsolatedWorlds {
    const known = IsolatedWorlds.#bySession.get(session) ?? new IsolatedWorlds(session);
    IsolatedWorlds.#bySession.set(session, known);
    return known;
  }

  private constructor(private readonly session: CdpSession) {
    session.on<ContextCreated>("Runtime.executionContextCreated", ({ context }) => {
      const frameId = context.auxData?.frameId;
      if (context.name === worldName && frameId !== undefined) this.#known.set(frameId, context.uniqueId);
    });
    session.on<{ executionContextUniqueId: string }>(
      "Runtime.executionContextDestroyed",
      ({ executionContextUniqueId: gone }) => {
        for (const [frameId, id] of this.#known) if (id === gone) this.#known.delete(frameId);
      },
    );
    session.on("Runtime.executionContextsCleared", () => this.#known.clear());
  }

  /** What an expression gives in the frame's document, as data. The main frame of a page has the id of its target. */
  async evaluate<T>(frameId: string, expression: string, options: ReadOptions = {}): Promise<T> {
    const { value } = await this.#evaluate(frameId, { expression, returnByValue: true }, options);
    return value as T;
  }

  /** Like `evaluate`, for an object: its id in the session. @returns undefined for what is none */
  async evaluateObject(frameId: string, expression: string): Promise<string | undefined> {
    return (await this.#evaluate(frameId, { expression }, {})).objectId;
  }

  async #evaluate(
    frameId: string,
    params: { expression: string; returnByValue?: boolean },
    options: ReadOptions,
  ): Promise<EvaluateResult["result"]> {
    for (let attempt = 1; ; attempt++) {
      try {
        const context = await this.#context(frameId);
        const { result, exceptionDetails } = await this.#run({ ...params, ...context }, options);
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result;
      } catch (error) {
        // A navigation took the world away; the next document has its own.
        this.#known.delete(frameId);
        const isGone = error instanceof Error && /context|frame|navigated/i.test(error.message);
        if (attempt === 5 || !isGone || options.signal?.aborted) throw error;
      }
    }
  }

  async #context(frameId: string): Promise<{ uniqueContextId: string } | { contextId: number }> {
    if (!this.#known.has(frameId)) {
      const { executionContextId } = await this.session.send<{ executionContextId: number }>(
        "Page.createIsolatedWorld",
        { frameId, worldName },
      );
      // The browser tells of the world before it answers, where it tells of worlds at all.
      if (!this.#known.has(frameId)) return { contextId: executionContextId };
    }
    return { uniqueContextId: this.#known.get(frameId) ?? "" };
  }

  async #run(params: Record<string, unknown>, { timeoutMs, signal }: ReadOptions): Promise<EvaluateResult> {
    const evaluate = (): Promise<EvaluateResult> =>
      this.session.send<EvaluateResult>("Runtime.evaluate", {
        ...params,
        ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      });
    if (!signal) return evaluate();
    let [begun, over] = [false, false];
    const end = async (): Promise<void> => {
      if (!begun || over) return;
      const answers = await withTimeout(this.#answers(), stuckMs, () => false);
      // The browser takes the command also while the page's thread is busy; a script of the page's own is left alone.
      if (!answers && !over) await this.session.send("Runtime.terminateExecution").catch(() => undefined);
    };
    const abort = (): void => void end();
    // A page takes its commands in order: once this one is answered, it is the read's turn. What was given up before
    // that, while the page did something else, is ended then.
    void this.#answers().then((answered) => {
      begun = answered;
      if (signal.aborted) abort();
    });
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await evaluate();
    } finally {
      over = true;
      signal.removeEventListener("abort", abort);
    }
  }

  #answers(): Promise<boolean> {
    return this.session.send("Runtime.evaluate", trivial).then(
      () => true,
      () => false,
    );
  }
}

interface ContextCreated {
  context: { name: string; uniqueId: string; auxData?: { frameId?: string } };
}
