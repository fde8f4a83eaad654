/**
 * What is changed on the wire between Playwright and a browser where Playwright only reads, so that no page can
 * tell that it is read, and none gains or loses anything by it:
 *
 * - Playwright runs each of its functions as if a person had just clicked, which would let the page open windows,
 *   play sound and hold back a user who leaves. The browser is not told so.
 * - It runs a few of its reads (`boundingBox`, `allTextContents`) in the page's own JavaScript, with listeners of
 *   its own, where a page can notice them and answer what it likes. Here what Playwright takes for the page's own
 *   world is one of ours, which shares the page's elements and nothing else.
 * - Playwright holds back some of its reads (`boundingBox`, `waitFor`, `ariaSnapshot` of a locator) from when a page
 *   wants to go elsewhere until it is there, and waits for good where the page is not let go, as with a form that the
 *   page's policy does not allow. It hears of a navigation when that is under way.
 * - A read can keep a page from going on, by a regular expression above all. Which of them has begun is known
 *   here, so that such a one can be ended and a script of the page's own is left alone.
 */
import type { WireMessage } from "./message.js";

/** Sends a command that Playwright knows nothing of. @param answered called when the browser has answered, in whatever way */
export type SendOwn = (
  method: string,
  params: Record<string, unknown>,
  sessionId: string | undefined,
  answered?: (message: WireMessage) => void,
) => void;

/** How often a read that goes on is ended, and how long the page has to answer after each time, in ms. */
const maxEnds = 5;
const againMs = 500;
/** The world that stands for the page's own. */
const worldName = "libretto-playwright";
/** Asks a page for no more than an answer. */
export const trivial = { expression: "0", silent: true, returnByValue: true };

interface ExecutionContext {
  name: string;
  auxData?: { isDefault?: boolean; frameId?: string };
}
interface Read {
  sessionId: string | undefined;
  begun: boolean;
  /** Called when it has begun. */
  onBegun?: () => void;
}

export class QuietReads {
  /** Functions of Playwright's that have not returned, by the command's id. */
  readonly #reads = new Map<number, Read>();
  /** The page that a session belongs to, as the id of its target. */
  readonly #pages = new Map<string, string>();

  constructor(private readonly sendOwn: SendOwn) {}

  /** What goes to the browser instead of a command of Playwright's. */
  command(message: WireMessage): WireMessage {
    const { id, method, params = {}, sessionId } = message;
    // Playwright makes a world of its own in each frame that is there, and in each document to come: so do we.
    if (
      (method === "Page.createIsolatedWorld" || method === "Page.addScriptToEvaluateOnNewDocument") &&
      params["worldName"] !== undefined
    )
      this.sendOwn(method, { ...params, worldName }, sessionId);
    if (method !== "Runtime.callFunctionOn" || id === undefined) return message;
    const read: Read = { sessionId, begun: false };
    this.#reads.set(id, read);
    // A page takes its commands in order: once this one is answered, it is the function's turn.
    this.sendOwn("Runtime.evaluate", trivial, sessionId, () => {
      read.begun = true;
      read.onBegun?.();
    });
    return { ...message, params: { ...params, userGesture: false } };
  }

  /** What Playwright hears instead of a message of the browser; undefined for nothing. */
  message(message: WireMessage): WireMessage | undefined {
    const { id, method, params, sessionId } = message;
    if (method === "Page.frameRequestedNavigation") return undefined;
    if (id !== undefined) this.#reads.delete(id);
    if (method === "Target.attachedToTarget") {
      const { targetId } = params?.["targetInfo"] as { targetId: string };
      this.#pages.set(
        String(params?.["sessionId"]),
        (sessionId === undefined ? undefined : this.#pages.get(sessionId)) ?? targetId,
      );
    } else if (method === "Target.detachedFromTarget") {
      const gone = String(params?.["sessionId"]);
      this.#pages.delete(gone);
      for (const [read, { sessionId: of }] of this.#reads) if (of === gone) this.#reads.delete(read);
    }
    return method === "Runtime.executionContextCreated" ? this.#contextCreated(message) : message;
  }

  #contextCreated(message: WireMessage): WireMessage | undefined {
    const context = message.params?.["context"] as ExecutionContext | undefined;
    if (context?.auxData?.frameId === undefined) return message;
    if (context.name === worldName)
      return { ...message, params: { context: { ...context, auxData: { ...context.auxData, isDefault: true } } } };
    return context.auxData.isDefault === true ? undefined : message;
  }

  /**
   * Ends reads that keep a page from going on: those that had their turn, where the page answers nothing either; those
   * whose turn comes later then. The browser takes the command for that also while the page's thread is busy.
   * @param pageId the page's target; its frames in other processes are looked at too
   * @param timeoutMs how long it has to answer: a script of its own may run before the read, and is left alone
   */
  async endStuck(pageId: string, timeoutMs = 2_500): Promise<void> {
    const ended = [...this.#reads].flatMap(([id, read]) => {
      const { sessionId } = read;
      if (sessionId === undefined || this.#pages.get(sessionId) !== pageId) return [];
      const end = async (): Promise<void> => {
        // The browser ends what runs when it comes to the command, which may be something shorter.
        for (let times = 0; times < maxEnds && this.#reads.has(id); times++) {
          if (await this.#answers(sessionId, times === 0 ? timeoutMs : againMs)) return;
          if (this.#reads.has(id)) this.sendOwn("Runtime.terminateExecution", {}, sessionId);
        }
      };
      if (read.begun) return end();
      read.onBegun = () => void end();
      return [];
    });
    await Promise.all(ended);
  }

  #answers(sessionId: string | undefined, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs);
      this.sendOwn("Runtime.evaluate", trivial, sessionId, () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}
