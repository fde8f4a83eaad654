/**
 * What a person does to a page from the live view. The mode is looked at right before each event goes out, so that
 * nothing follows a lock; the recorder sees the events in the page, as it sees those of a window, and writes them down
 * as a person's.
 */
import { settledWithin } from "../../util/timeouts.js";
import { isAllowed, refusal } from "../../model/policy.js";
import type { SessionState } from "../../model/state.js";
import { timestamp, type ActionRow } from "../../logs/rows.js";
import { toUrl } from "../../model/address.js";
import type { InputEvent, InputParams, InputResult } from "../../ipc/liveProtocol.js";
import { Targets } from "../wire/targets.js";
import type { CdpMethod, CdpSession } from "../wire/cdp.js";

export interface InputParts {
  state: Readonly<SessionState>;
  targets: Targets;
  /** From now on a person acts in pages. Resolves when what they do is written down. @returns of which kind the browser is */
  attend(): Promise<{ isShell: boolean }>;
  record(row: ActionRow): void;
  /** A navigation begins or ends that is recorded here, and not by what watches the page. */
  navigating(phase: "begin" | "end", targetId: string): void;
  /** Whether dialogs of the page wait for a person. */
  attendDialogs(targetId: string, isAttended: boolean): void;
  isWatched(): boolean;
  /** The page's domain was turned off, and its screencast with it. */
  domainEnded(session: CdpSession): void;
  chooserOpened(targetId: string, chooser: number, multiple: boolean): boolean;
}

/** A page that a person acts in. */
interface ActedPage {
  session: CdpSession;
  targetId: string;
  /** What is dragged, while the browser has left the dragging to us. */
  drag: Record<string, unknown> | undefined;
  /** Where the mouse was last. */
  at: { x: number; y: number };
  hasDialog: boolean;
  /** Whether an address that was asked for is still loading. */
  isNavigating: boolean;
  /** Ends the time in which the page's file choosers are ours. */
  chooserTimer: NodeJS.Timeout | undefined;
}

/** After that long without input, in ms, a file chooser is not one that the live view's user has opened. */
const chooserMs = 3_000;
/** How long a lock waits for what was sent before it, in ms. A page that shows a dialog takes nothing until it is answered. */
const settleMs = 1_000;

export class Inputs {
  readonly #pages = new Map<string | undefined, ActedPage>();
  /** What pages have not answered, and the targets of these. */
  readonly #sent = new Map<Promise<unknown>, string>();
  readonly #choosers = new Map<number, number>();
  #chooserCount = 0;
  #isShell = false;
  #attended: Promise<{ isShell: boolean }> | undefined;

  constructor(private readonly parts: InputParts) {}

  /** @throws `RefusedByMode`, `PageNotFound`; `Usage` for an address that is none */
  async input({ page, events }: InputParams): Promise<InputResult> {
    this.#assertAllowed();
    this.#isShell = (await (this.#attended ??= this.parts.attend())).isShell;
    const { info, session } = this.parts.targets.require(page);
    const acted = this.#page(session, info.targetId);
    for (const event of events) {
      this.#assertAllowed();
      this.#apply(acted, event);
    }
    this.parts.targets.touch(info.targetId);
    return { session: this.parts.state.session, mode: this.parts.state.mode };
  }

  /** Resolves when the pages have taken what was sent, or when that takes too long. @returns the targets that have not */
  async settled(): Promise<string[]> {
    // As for code: a navigation that is open is stopped, and a dialog waits for nobody who could answer it.
    for (const page of this.#pages.values()) {
      this.parts.attendDialogs(page.targetId, false);
      if (page.isNavigating) void page.session.send("Page.stopLoading").catch(() => undefined);
    }
    await settledWithin(settleMs, Promise.allSettled([...this.#sent.keys()]));
    return [...new Set(this.#sent.values())];
  }

  #isAllowed(): boolean {
    return isAllowed("input", this.parts.state.mode);
  }

  #assertAllowed(): void {
    if (!this.#isAllowed()) throw refusal("input", this.parts.state);
  }

  #page(session: CdpSession, targetId: string): ActedPage {
    const known = this.#pages.get(session.sessionId);
    if (known) return known;
    const page: ActedPage = {
      session,
      targetId,
      drag: undefined,
      at: { x: 0, y: 0 },
      hasDialog: false,
      isNavigating: false,
      chooserTimer: undefined,
    };
    this.#pages.set(session.sessionId, page);
    session.on<{ data: Record<string, unknown> }>("Input.dragIntercepted", ({ data }) => {
      if (!this.#isAllowed()) return;
      page.drag = data;
      this.#send(page, "Input.dispatchDragEvent", { type: "dragEnter", ...page.at, data, modifiers: 0 });
    });
    session.on<{ backendNodeId?: number; mode: string }>("Page.fileChooserOpened", ({ backendNodeId, mode }) => {
      if (page.chooserTimer === undefined || backendNodeId === undefined) return;
      const chooser = ++this.#chooserCount;
      if (this.parts.chooserOpened(targetId, chooser, mode === "selectMultiple"))
        this.#choosers.set(chooser, backendNodeId);
    });
    session.on("Page.javascriptDialogOpening", () => (page.hasDialog = true));
    session.on("Page.javascriptDialogClosed", () => (page.hasDialog = false));
    const arrived = (): boolean => (page.isNavigating = false);
    session.on<{ frame: { id: string } }>("Page.frameNavigated", ({ frame }) => frame.id === targetId && arrived());
    session.on<{ frameId: string }>("Page.frameStoppedLoading", ({ frameId }) => frameId === targetId && arrived());
    // A page behind others is drawn, and takes keys, as if it were in front.
    this.#send(page, "Emulation.setFocusEmulationEnabled", { enabled: true });
    this.#send(page, "Input.setInterceptDrags", { enabled: true });
    return page;
  }

  #apply(page: ActedPage, event: InputEvent): void {
    const { session } = page;
    switch (event.type) {
      case "mouse":
        return this.#mouse(page, event);
      case "wheel":
        return this.#send(page, "Input.dispatchMouseEvent", { ...event, type: "mouseWheel" });
      case "key": {
        this.#expectChooser(page);
        const { action, key, code, keyCode, text, modifiers, location, repeat = false } = event;
        return this.#send(page, "Input.dispatchKeyEvent", {
          type: action === "up" ? "keyUp" : text === undefined ? "rawKeyDown" : "keyDown",
          key,
          code,
          modifiers,
          location,
          autoRepeat: repeat,
          windowsVirtualKeyCode: keyCode,
          isKeypad: location === 3,
          ...(text === undefined || action === "up" ? {} : { text, unmodifiedText: text }),
          ...(action === "down" ? { commands: editCommands(key, modifiers) } : {}),
        });
      }
      case "text":
        return this.#send(page, "Input.insertText", { text: event.text });
      case "compose":
        return this.#send(page, "Input.imeSetComposition", {
          text: event.text,
          selectionStart: event.text.length,
          selectionEnd: event.text.length,
        });
      case "dialog":
        return this.#send(page, "Page.handleJavaScriptDialog", {
          accept: event.accept,
          ...(event.text === undefined ? {} : { promptText: event.text }),
        });
      case "files": {
        const chooser = this.#choosers.get(event.chooser);
        this.#choosers.delete(event.chooser);
        if (chooser !== undefined && event.files.length > 0)
          this.#send(page, "DOM.setFileInputFiles", {
            files: event.files,
            backendNodeId: chooser,
          });
        return;
      }
      case "open": {
        const url = toUrl(event.url, process.cwd());
        // Its answer comes when the address is there.
        return this.#navigate(page, "goto", url, () =>
          session.send("Page.navigate", { url }).finally(() => (page.isNavigating = false)),
        );
      }
      case "go":
        return this.#go(page, event.to);
    }
  }

  #mouse(page: ActedPage, event: Extract<InputEvent, { type: "mouse" }>): void {
    const { drag } = page;
    const { action, x, y, button, buttons, clickCount, modifiers } = event;
    page.at = { x, y };
    if (drag && action !== "down") {
      if (action === "up") page.drag = undefined;
      this.#send(page, "Input.dispatchDragEvent", { type: "dragOver", x, y, data: drag, modifiers });
      if (action === "up") {
        this.#send(page, "Input.dispatchDragEvent", { type: "drop", x, y, data: drag, modifiers });
        this.#send(page, "Input.dispatchMouseEvent", {
          type: "mouseReleased",
          x,
          y,
          button,
          buttons,
          clickCount,
          modifiers,
        });
      }
      return;
    }
    if (action === "down") {
      page.drag = undefined;
      this.#expectChooser(page);
    }
    const type = { move: "mouseMoved", down: "mousePressed", up: "mouseReleased" }[action];
    this.#send(page, "Input.dispatchMouseEvent", { type, x, y, button, buttons, clickCount, modifiers });
  }

  /**
   * A chooser that a click or a key opens is shown in the editor; one that is opened in a window is the window's. The
   * headless shell tells of choosers and dialogs, and leaves dialogs open, only while it is listened to: it is, as long
   * as a person acts.
   */
  #expectChooser(page: ActedPage): void {
    if (page.chooserTimer === undefined) {
      this.parts.attendDialogs(page.targetId, true);
      if (this.#isShell) this.#send(page, "Page.enable");
      this.#send(page, "Page.setInterceptFileChooserDialog", { enabled: true });
    }
    clearTimeout(page.chooserTimer);
    page.chooserTimer = setTimeout(() => {
      page.chooserTimer = undefined;
      if (page.hasDialog && this.parts.isWatched() && this.#isAllowed()) return this.#expectChooser(page);
      this.parts.attendDialogs(page.targetId, false);
      this.#send(page, "Page.setInterceptFileChooserDialog", { enabled: false });
      if (!this.#isShell) return;
      this.#send(page, "Page.disable");
      this.parts.domainEnded(page.session);
    }, chooserMs).unref();
  }

  #go(page: ActedPage, to: "back" | "forward" | "reload" | "stop"): void {
    const { session } = page;
    if (to === "stop") return this.#send(page, "Page.stopLoading");
    const move = async (): Promise<void> => {
      const { currentIndex, entries } = await session.send<{
        currentIndex: number;
        entries: { id: number; url: string }[];
      }>("Page.getNavigationHistory");
      const entry = entries[currentIndex + { back: -1, reload: 0, forward: 1 }[to]];
      // The session may have been locked meanwhile.
      if (!entry || !this.#isAllowed()) return;
      if (to === "reload") this.#navigate(page, "reload", entry.url, () => session.send("Page.reload"));
      else
        this.#navigate(page, to === "back" ? "goBack" : "goForward", entry.url, () =>
          session.send("Page.navigateToHistoryEntry", { entryId: entry.id }),
        );
    };
    this.#keep(page, move());
  }

  /** What watches the page would see it too, and not in every browser. */
  #navigate(page: ActedPage, action: string, url: string, send: () => Promise<unknown>): void {
    const { targetId } = page;
    this.parts.navigating("begin", targetId);
    page.isNavigating = true;
    this.#keep(
      page,
      send().finally(() => this.parts.navigating("end", targetId)),
    );
    this.parts.record({
      ts: timestamp(),
      source: "user",
      pageId: Targets.idOf(targetId),
      action,
      url,
      duration: 0,
      success: true,
    });
  }

  /** Commands keep their order on the wire; what one page does not answer holds up nothing. */
  #send(page: ActedPage, method: CdpMethod, params?: Record<string, unknown>): void {
    this.#keep(page, page.session.send(method, params));
  }

  #keep({ targetId }: ActedPage, work: Promise<unknown>): void {
    const sent = work.catch(() => undefined).finally(() => this.#sent.delete(sent));
    this.#sent.set(sent, targetId);
  }
}

/** What a key does in a field: on a Mac the system says that, and not the page. */
function editCommands(key: string, modifiers: number): string[] {
  const command = process.platform === "darwin" ? 4 : 2;
  if ((modifiers & ~8) !== command) return [];
  const shift = (modifiers & 8) !== 0;
  switch (key.toLowerCase()) {
    case "a":
      return ["selectAll"];
    case "z":
      return [shift ? "redo" : "undo"];
    case "y":
      return ["redo"];
    default:
      return [];
  }
}
