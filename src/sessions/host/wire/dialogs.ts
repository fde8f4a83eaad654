/**
 * The dialogs of pages: `alert`, `confirm`, `prompt`, and the question on leaving.
 *
 * A full Chromium shows its dialog and waits, with a window or without. A headless shell says no by itself, at once,
 * unless a client has the page's `Page` domain on, as Playwright always has: then it waits for an answer. That a page is
 * read must not change what its dialog does, so the wire gives the shell's own answer where only reads have the domain
 * on. Where code that drives has it on, or a person acts in the live view, the dialog waits for them. A browser that was there before may have other
 * clients, which answer first.
 */
import type { ChannelSession } from "./channel.js";
import type { SendCommand, WireMessage } from "./message.js";

export interface OpenDialog {
  type: "alert" | "confirm" | "prompt" | "beforeunload";
  /** The page's own text. */
  message: string;
}

interface Shown {
  dialog: OpenDialog;
  /** Those that heard of it and can answer it. */
  sessions: Set<string>;
}

export interface DialogHooks {
  /** Whether a channel that drives has the page's `Page` domain on. */
  isAttended(pageId: string): boolean;
  command: SendCommand;
}

export class Dialogs {
  /** Whether the browser answers dialogs by itself. */
  isShell = false;
  /** How long other clients of the browser have, in ms, to answer before the shell's own answer is given. */
  othersMs = 0;
  /** By the page's target. */
  readonly #open = new Map<string, Shown>();
  /** Pages in which a person acts from the live view, and answers what they ask. */
  readonly #attended = new Set<string>();
  /** Sessions whose dialog was answered here; nobody else hears of it. */
  readonly #hidden = new Set<string>();
  readonly #listeners: ((pageId: string, dialog: OpenDialog | undefined) => void)[] = [];

  constructor(private readonly hooks: DialogHooks) {}

  /** Hears when a page begins to show a dialog, and when it no longer does. */
  onChange(listener: (pageId: string, dialog: OpenDialog | undefined) => void): void {
    this.#listeners.push(listener);
  }

  /** A person begins to act in a page from the live view, or no longer does: then the shell's own answer is given. */
  attend(pageId: string, isAttended: boolean): void {
    if (isAttended) this.#attended.add(pageId);
    else if (this.#attended.delete(pageId)) this.settle();
  }

  /** Looks at an event of a page. @returns whether its channel is not to hear of it */
  receive(session: ChannelSession, { method, params = {} }: WireMessage): boolean {
    const { sessionId, pageId, type } = session;
    switch (method) {
      case "Page.javascriptDialogOpening":
        return this.#opened(sessionId, pageId, {
          type: params["type"] as OpenDialog["type"],
          message: String(params["message"]),
        });
      case "Page.javascriptDialogClosed":
        if (this.#hidden.delete(sessionId)) return true;
        this.#closed(pageId);
        return false;
      case "Page.frameNavigated":
        if (type === "page" && (params["frame"] as { parentId?: string }).parentId === undefined) this.#closed(pageId);
        return false;
      default:
        return false;
    }
  }

  /** @returns whether there was one to answer */
  answer(pageId: string, accept: boolean, promptText?: string): Promise<boolean> {
    const [sessionId] = this.#open.get(pageId)?.sessions ?? [];
    if (sessionId === undefined) return Promise.resolve(false);
    return new Promise((resolve) =>
      this.hooks.command(
        "Page.handleJavaScriptDialog",
        { accept, ...(promptText === undefined ? {} : { promptText }) },
        sessionId,
        ({ error }) => resolve(error === undefined),
      ),
    );
  }

  /** Sessions are gone, or no longer of code that drives. */
  settle(gone: Iterable<string> = []): void {
    for (const sessionId of gone) {
      this.#hidden.delete(sessionId);
      for (const [pageId, { sessions }] of this.#open)
        if (sessions.delete(sessionId) && sessions.size === 0) this.#closed(pageId);
    }
    if (!this.isShell) return;
    for (const [pageId, { dialog }] of this.#open)
      if (!this.#isAttended(pageId)) void this.answer(pageId, ownAnswer(dialog));
  }

  #isAttended(pageId: string): boolean {
    return this.#attended.has(pageId) || this.hooks.isAttended(pageId);
  }

  #opened(sessionId: string, pageId: string, dialog: OpenDialog): boolean {
    if (this.isShell && !this.#isAttended(pageId)) {
      this.#hidden.add(sessionId);
      const answer = (): void => {
        if (this.#hidden.has(sessionId))
          this.hooks.command("Page.handleJavaScriptDialog", { accept: ownAnswer(dialog) }, sessionId);
      };
      if (this.othersMs === 0) answer();
      else setTimeout(answer, this.othersMs).unref();
      return true;
    }
    const known = this.#open.get(pageId);
    if (known) known.sessions.add(sessionId);
    else {
      this.#open.set(pageId, { dialog, sessions: new Set([sessionId]) });
      for (const listener of this.#listeners) listener(pageId, dialog);
    }
    return false;
  }

  #closed(pageId: string): void {
    if (!this.#open.delete(pageId)) return;
    for (const listener of this.#listeners) listener(pageId, undefined);
  }
}

/** What a headless shell says by itself: it leaves a page that asks, and says no to anything else. */
function ownAnswer({ type }: OpenDialog): boolean {
  return type === "beforeunload";
}
