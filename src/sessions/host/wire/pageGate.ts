/**
 * What stands between Playwright and its channel of the wire. When Playwright attaches to a browser it
 * waits for every page in it, and one page that never answers (a script in a busy loop, an open dialog, a
 * crash) makes it wait for ever, also for the page that was asked for. Here a page that was open before is
 * shown to Playwright only once it answered a question, so that a stuck page is missing instead of in the way.
 */
import type { ConnectOverCDPTransport } from "playwright-core";
import type { AgentSpan } from "./agentSpans.js";
import type { Channel } from "./channel.js";
import { FailedDocuments } from "./failedDocuments.js";
import { mainFrameIn } from "./mainFrames.js";
import type { WireMessage as Message } from "./message.js";
import { trivial, QuietReads } from "./quietReads.js";

/** How long the attaching waits for pages to answer, in ms. Those that answer later are shown then. */
const maxWaitMs = 1_000;

/** Our own commands count down from here; Playwright's count up from 1, and its one special id is -9999. */
const firstOwnId = -1_000_000;

/** Hears when a command that acts on a page is sent, and when it is answered. */
export type ActiveListener = (phase: "begin" | "end", span: AgentSpan) => void;

/** Commands that do what a person's hand does. */
const acting: Record<string, AgentSpan["work"]> = {
  "Input.dispatchMouseEvent": "input",
  "Input.dispatchKeyEvent": "input",
  "Input.dispatchTouchEvent": "input",
  "Input.dispatchDragEvent": "input",
  "Input.insertText": "input",
  "Input.imeSetComposition": "input",
  "Page.navigate": "navigation",
  "Page.reload": "navigation",
  "Page.navigateToHistoryEntry": "navigation",
};

/** So many downloads at once are told twice, at the most. */
const maxDownloads = 1_000;

export class PageGate implements ConnectOverCDPTransport {
  onmessage?: (message: object) => void;
  onclose?: (reason?: string) => void;
  onactive?: ActiveListener;
  /** Told the target of a page whose process ended, and of one that was loaded again after that. */
  oncrash?: (targetId: string, crashed: boolean) => void;
  /** Hears of a download to cancel: only the host's own connection knows it. */
  oncanceldownload?: (guid: string) => void;
  readonly #targetIds = new Map<string, string>();
  /** Sessions of pages, with their targets. */
  readonly #pages = new Map<string, string>();
  /** Sessions of pages that were opened since, and have shown no document yet. */
  readonly #newPages = new Set<string>();
  /** Sessions of pages that have crashed. */
  readonly #crashed = new Set<string>();
  readonly #acting = new Map<number, AgentSpan>();
  /** Messages of sessions whose page has not answered yet, by session id. */
  readonly #held = new Map<string, Message[]>();
  readonly #questions = new Map<number, string>();
  /** What to do when a command of our own was answered. */
  readonly #ownAnswers = new Map<number, (message: Message) => void>();
  /** Worlds that Playwright made in documents that were there, by session. */
  readonly #worlds = new Map<string, Map<string, Message>>();
  readonly #reads: QuietReads | undefined;
  /** Messages by turns of the event loop. */
  readonly #outbox: Message[][] = [];
  readonly #documents = new FailedDocuments(
    (sessionId) => this.#pages.get(sessionId),
    (messages) => this.#handOn(messages),
  );
  #delivering = false;
  /** Downloads that Playwright has heard of. */
  readonly #downloads = new Set<string>();
  #nextOwnId = firstOwnId;
  /** The answer that tells Playwright that all pages are known. */
  #attachId: number | undefined;
  #attachAnswer: Message | undefined;

  /** @param unnoticed whether Playwright only reads, and no page is to notice it */
  constructor(
    private readonly channel: Channel,
    unnoticed: boolean,
  ) {
    if (unnoticed)
      this.#reads = new QuietReads(
        (method, params, sessionId, answered) => void this.#sendOwn(method, params, sessionId, answered),
      );
    channel.onmessage = (message) => this.#arrived(message);
    channel.onclose = (reason) => this.#closed(reason);
  }

  send(message: Message): void {
    if (message.method === "Target.setAutoAttach" && message.sessionId === undefined) {
      this.#attachId = message.id;
      setTimeout(() => this.#releaseAttach(), maxWaitMs).unref();
    }
    const { method, params, id } = message;
    if (method === "Browser.cancelDownload" && params?.["browserContextId"] === undefined && this.oncanceldownload) {
      this.oncanceldownload(String(params?.["guid"]));
      return this.#deliver({ ...(id === undefined ? {} : { id }), result: {} });
    }
    if (method === "Page.createIsolatedWorld" && message.sessionId !== undefined) {
      const worlds = this.#worlds.get(message.sessionId) ?? new Map<string, Message>();
      this.#worlds.set(message.sessionId, worlds.set(String(params?.["worldName"]), message));
    }
    const work = acting[message.method ?? ""];
    if (work && message.id !== undefined && this.onactive) {
      const span: AgentSpan = { work, targetId: this.#targetIds.get(message.sessionId ?? "") };
      this.#acting.set(message.id, span);
      this.onactive("begin", { ...span, at: Date.now() });
    }
    this.channel.send(this.#reads?.command(message) ?? message);
  }

  /** Where Playwright only reads: ends reads that keep a page from going on. @param pageId its target */
  endStuckReads(pageId: string): Promise<void> {
    return this.#reads?.endStuck(pageId) ?? Promise.resolve();
  }

  /** Ends the connection; the browser goes on. */
  close(): void {
    this.channel.close();
    // To Playwright it has ended, as a connection of its own would have.
    setImmediate(() => this.#closed());
  }

  #closed(reason?: string): void {
    const tell = this.onclose;
    delete this.onclose;
    tell?.(reason);
  }

  #arrived(message: Message): void {
    const seen = this.#reads ? this.#reads.message(message) : message;
    if (seen) this.#receive(seen);
  }

  #receive(message: Message): void {
    const active = message.id === undefined ? undefined : this.#acting.get(message.id);
    if (active && message.id !== undefined) {
      this.#acting.delete(message.id);
      this.onactive?.("end", { ...active, at: Date.now() });
    }
    if (this.#isCrash(message)) return;
    this.#noteFirstDocument(message);
    if (message.method === "Target.attachedToTarget")
      this.#targetIds.set(
        String(message.params?.["sessionId"]),
        String((message.params?.["targetInfo"] as { targetId?: string } | undefined)?.targetId),
      );
    else if (message.method === "Target.detachedFromTarget")
      this.#targetIds.delete(String(message.params?.["sessionId"]));
    const asked = message.id === undefined ? undefined : this.#questions.get(message.id);
    if (asked !== undefined && message.id !== undefined) {
      this.#questions.delete(message.id);
      this.#admit(asked);
    } else if (message.id !== undefined && message.id <= firstOwnId) {
      this.#ownAnswers.get(message.id)?.(message);
      this.#ownAnswers.delete(message.id);
    } else if (message.id !== undefined && message.id === this.#attachId && message.sessionId === undefined) {
      this.#attachAnswer = message;
      if (this.#questions.size === 0) this.#releaseAttach();
    } else if (isAttachedPage(message)) {
      this.#ask(message);
    } else if (
      message.method === "Target.detachedFromTarget" &&
      this.#held.delete(String(message.params?.["sessionId"]))
    ) {
      // It went before it was ever shown.
      if (this.#questions.size === 0) this.#releaseAttach();
    } else {
      const held = message.sessionId === undefined ? undefined : this.#held.get(message.sessionId);
      if (held) held.push(message);
      else this.#deliver(message);
    }
  }

  /**
   * A page that has crashed can be loaded again. Playwright, once it hears of the crash, refuses that for good; so it
   * does not hear of it, and who uses Playwright sees to it that nothing else is asked of such a page (`crashGuard.ts`).
   */
  #isCrash({ method, params, sessionId = "" }: Message): boolean {
    const target = params?.["targetInfo"] as { type?: string; targetId?: string } | undefined;
    const named = String(params?.["sessionId"]);
    if (method === "Target.attachedToTarget" && target?.type === "page") {
      this.#pages.set(named, target.targetId ?? "");
      if (params?.["waitingForDebugger"] === true) this.#newPages.add(named);
    } else if (method === "Target.detachedFromTarget") {
      this.#worlds.delete(named);
      this.#pages.delete(named);
      this.#newPages.delete(named);
      this.#crashed.delete(named);
    }
    const targetId = this.#pages.get(sessionId);
    const crashed = method === "Inspector.targetCrashed";
    if (targetId === undefined || (!crashed && method !== "Inspector.targetReloadedAfterCrash")) return false;
    if (crashed) this.#crashed.add(sessionId);
    else this.#crashed.delete(sessionId);
    // What waits for an answer to come to be shown needs not wait longer.
    if (crashed && this.#questions.size > 0) this.#releaseAttach();
    this.oncrash?.(targetId, crashed);
    return crashed;
  }

  /**
   * Of a new page Playwright hears whether it is loaded from the answer to `Page.setLifecycleEventsEnabled` on. A page
   * that is let go may have loaded its document before its busy process comes to answer: then code would wait in vain
   * for the page to load. Asked once more, the browser tells of the document again; Playwright takes it once.
   */
  #noteFirstDocument(message: Message): void {
    const { method, sessionId = "" } = message;
    if (method !== "Page.frameNavigated" || !mainFrameIn(message) || !this.#newPages.delete(sessionId)) return;
    this.#sendOwn("Page.setLifecycleEventsEnabled", { enabled: true }, sessionId);
  }

  /** Hands Playwright an event of the browser that the browser tells to another connection alone. */
  deliver(event: Message): void {
    this.#deliver(event);
  }

  hasCrashed(targetId: string): boolean {
    return [...this.#crashed].some((sessionId) => this.#pages.get(sessionId) === targetId);
  }

  /** Loads a crashed page again. Resolves when the browser has begun to. */
  async reviveCrashed(targetId: string, url?: string): Promise<void> {
    const sessionId = [...this.#crashed].find((one) => this.#pages.get(one) === targetId);
    if (sessionId === undefined) return;
    await new Promise<void>((resolve) => {
      if (url === undefined) this.#sendOwn("Page.reload", {}, sessionId, () => resolve());
      else this.#sendOwn("Page.navigate", { url }, sessionId, () => resolve());
    });
    this.#crashed.delete(sessionId);
  }

  /** Any answer will do, also an error: it shows that the page's process serves its commands. */
  #ask(attached: Message): void {
    const sessionId = String(attached.params?.["sessionId"]);
    this.#held.set(sessionId, [attached]);
    this.#sendOwn("Inspector.enable", {}, sessionId);
    this.#questions.set(this.#sendOwn("Runtime.evaluate", trivial, sessionId), sessionId);
  }

  #sendOwn(
    method: string,
    params: Record<string, unknown>,
    sessionId: string | undefined,
    answered?: (message: Message) => void,
  ): number {
    const id = this.#nextOwnId--;
    if (answered) this.#ownAnswers.set(id, answered);
    this.channel.send({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) });
    return id;
  }

  #admit(sessionId: string): void {
    const messages = this.#held.get(sessionId) ?? [];
    this.#held.delete(sessionId);
    for (const message of messages) this.#deliver(message);
    if (this.#questions.size === 0) this.#releaseAttach();
  }

  #releaseAttach(): void {
    const answer = this.#attachAnswer;
    this.#attachAnswer = undefined;
    if (answer) this.#deliver(answer);
  }

  /**
   * A download of a browser context that code made is told to its own channel and to the host's, which hands it on.
   * Playwright would make two of it, of which one never ends.
   */
  #isKnown(download: string): boolean {
    if (this.#downloads.has(download)) return true;
    this.#downloads.add(download);
    const [oldest] = this.#downloads;
    if (this.#downloads.size > maxDownloads && oldest !== undefined) this.#downloads.delete(oldest);
    return false;
  }

  /**
   * One message a turn of the event loop, as Playwright's own transport has it: Playwright puts up listeners in
   * answer to a message, and misses the next one if it comes before its promises have settled. Only what belongs to
   * a failed document comes in one turn: nobody is to act in the midst of it.
   */
  #deliver(message: Message): void {
    if (message.method === "Browser.downloadWillBegin" && this.#isKnown(String(message.params?.["guid"]))) return;
    this.#documents.add(message);
  }

  #handOn(messages: Message[]): void {
    this.#outbox.push(messages);
    if (!this.#delivering) this.#deliverNext();
    for (const message of messages) if (isShownAgain(message)) this.#tellAgain(message.sessionId);
  }

  /**
   * A page that comes out of the back/forward cache, or was prerendered, has been loaded before: nothing tells of its
   * frames and that they are loaded, for which Playwright waits, in `goBack` above all.
   */
  #tellAgain(sessionId: string | undefined): void {
    this.#sendOwn("Page.getFrameTree", {}, sessionId, ({ result }) => {
      const { frameTree } = (result ?? {}) as { frameTree?: FrameTree };
      if (!frameTree) return;
      const tell = (method: string, params: Record<string, unknown>): void =>
        this.#deliver({ method, params, ...(sessionId === undefined ? {} : { sessionId }) });
      const frames = framesOf(frameTree);
      for (const { id, parentId, ...frame } of frames) {
        if (parentId === undefined) continue;
        tell("Page.frameAttached", { frameId: id, parentFrameId: parentId });
        tell("Page.frameNavigated", { frame: { id, parentId, ...frame }, type: "Navigation" });
      }
      for (const world of this.#worlds.get(sessionId ?? "")?.values() ?? [])
        for (const { id: frameId } of frames) {
          const made = { ...world, id: this.#nextOwnId--, params: { ...world.params, frameId } };
          this.channel.send(this.#reads?.command(made) ?? made);
        }
      // Contexts of frames that Playwright did not know then. Whoever waits for the page goes on behind them.
      this.#sendOwn("Runtime.disable", {}, sessionId, () => tell("Runtime.executionContextsCleared", {}));
      this.#sendOwn("Runtime.enable", {}, sessionId, () => {
        for (const { id: frameId, loaderId } of frames)
          for (const name of ["DOMContentLoaded", "load"])
            tell("Page.lifecycleEvent", { frameId, loaderId, name, timestamp: 0 });
      });
    });
  }

  #deliverNext(): void {
    this.#delivering = this.#outbox.length > 0;
    if (!this.#delivering) return;
    setImmediate(() => {
      const messages = this.#outbox.shift() ?? [];
      this.#deliverNext();
      for (const message of messages) this.onmessage?.(message);
    });
  }
}

interface FrameTree {
  frame: { id: string; parentId?: string; loaderId: string };
  childFrames?: FrameTree[];
}

/** A page that was loaded before and is shown now; of the prerendered ones the wire tells. */
function isShownAgain({ method, params }: Message): boolean {
  const { parentId } = (params?.["frame"] ?? {}) as { parentId?: string };
  return (
    method === "Page.frameNavigated" &&
    parentId === undefined &&
    ["BackForwardCacheRestore", "PrerenderActivation"].includes(String(params?.["type"]))
  );
}

function framesOf({ frame, childFrames = [] }: FrameTree): FrameTree["frame"][] {
  return [frame, ...childFrames.flatMap(framesOf)];
}

/** A page that runs already. One that waits for its debugger must be let through: it answers only when it is let go. */
function isAttachedPage({ method, params, sessionId }: Message): boolean {
  if (method !== "Target.attachedToTarget" || sessionId !== undefined || params?.["waitingForDebugger"] === true)
    return false;
  return (params?.["targetInfo"] as { type?: string } | undefined)?.type === "page";
}
