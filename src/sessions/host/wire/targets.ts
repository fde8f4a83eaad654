/** What is open in the browser: its pages, and below them frames in other processes and workers. */
import { LibrettoError } from "../../util/errors.js";
import type { PageInfo } from "../../model/page.js";
import type { CdpConnection, CdpSession } from "./cdp.js";
import type { OpenDialog } from "./dialogs.js";

interface TargetInfo {
  targetId: string;
  type: string;
  title: string;
  url: string;
  openerId?: string;
  attached: boolean;
}

/** A target that the host is attached to. */
export interface AttachedTarget {
  session: CdpSession;
  targetId: string;
  /** `page`, `iframe` (a frame in a process of its own), `worker`, `shared_worker`, `service_worker`, … */
  type: string;
  /** The page it belongs to; undefined for shared and service workers. */
  pageId: string | undefined;
  url: string;
}

/**
 * Runs when a target is attached and before it runs its first instruction. It must send what it has to
 * send synchronously (commands keep their order on the wire) and may await answers afterwards.
 */
export type TargetHook = (target: AttachedTarget) => void;

interface Page {
  info: TargetInfo;
  session: CdpSession | undefined;
  lastActive: number;
  crashed: boolean;
  /** What it asks and waits for. */
  dialog: OpenDialog | undefined;
}

/** Keeps the pages of the default browser context and attaches to every target as it is born. */
export class Targets {
  readonly #hooks: TargetHook[] = [];
  readonly #listeners: (() => void)[] = [];
  /** What waits for pages, by target: called when that page crashes, or shows a dialog. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  readonly #pages = new Map<string, Page>();
  readonly #attached = new Map<string, AttachedTarget>();
  readonly #origins = new Set<string>();
  #clock = 0;
  #next: TargetHook | undefined;

  constructor(private readonly cdp: CdpConnection) {}

  /** Adds a hook; call it before `start`, or it misses targets that exist. */
  onAttach(hook: TargetHook): void {
    this.#hooks.push(hook);
  }

  /** Hears when a page came, went, was navigated, or became the active one. */
  onPagesChanged(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Opens an empty page. Right after it was started a browser opens no other: the next one is taken for it.
   * @param hook runs on it alone, after those of every target
   */
  async create(hook: TargetHook): Promise<void> {
    const attached = new Promise<void>((resolve) => {
      this.#next = (target) => {
        hook(target);
        resolve();
      };
    });
    await Promise.all([this.cdp.send("Target.createTarget", { url: "about:blank" }), attached]);
  }

  /** Attaches to what is open and to all that will be. Resolves when every existing page is attached. */
  async start(): Promise<void> {
    this.cdp.on<{ targetInfo: TargetInfo }>("Target.targetCreated", ({ targetInfo }) => this.#seen(targetInfo));
    this.cdp.on<{ targetInfo: TargetInfo }>("Target.targetInfoChanged", ({ targetInfo }) => this.#seen(targetInfo));
    this.cdp.on<{ targetId: string }>("Target.targetDestroyed", ({ targetId }) => this.#gone(targetId));
    this.#listen(this.cdp, undefined);
    await Promise.all([
      this.cdp.send("Target.setDiscoverTargets", { discover: true }),
      this.cdp.send("Target.setAutoAttach", autoAttach),
    ]);
  }

  /** Pages in the order in which they were opened. */
  pages(): PageInfo[] {
    const active = this.#active();
    return [...this.#pages.values()].map((page) => this.#describe(page, active));
  }

  /** Brings the tab of a page to the front of its window. */
  async activate(targetId: string): Promise<void> {
    await this.cdp.send("Target.activateTarget", { targetId });
  }

  /** Asks the browser again: it tells of a changed address at once, and of a changed title not always. */
  async refresh(): Promise<void> {
    const { targetInfos } = await this.cdp.send<{ targetInfos: TargetInfo[] }>("Target.getTargets");
    for (const info of targetInfos) if (this.#pages.has(info.targetId)) this.#seen(info);
  }

  /** Origins that pages have been at: since this host began, and in what the open pages can go back to. */
  async visited(): Promise<string[]> {
    const sessions = [...this.#pages.values()].flatMap(({ session }) => session ?? []);
    const histories = await Promise.all(
      sessions.map((session) =>
        session.send<{ entries: { url: string }[] }>("Page.getNavigationHistory").catch(() => ({ entries: [] })),
      ),
    );
    for (const { url } of histories.flatMap(({ entries }) => entries)) this.#remember(url);
    return [...this.#origins];
  }

  get pageCount(): number {
    return this.#pages.size;
  }

  /**
   * The page of that id (or a unique beginning of it), or the most recently active one.
   * @returns undefined only where no page is open and none was asked for
   */
  find(id?: string): { info: PageInfo; session: CdpSession } | undefined {
    const page = id === undefined ? this.#active() : this.#byId(id);
    return page?.session === undefined
      ? undefined
      : { info: this.#describe(page, this.#active()), session: page.session };
  }

  /** Like `find`, but throws a `PageNotFound` that lists what is open. */
  require(id?: string): { info: PageInfo; session: CdpSession } {
    const found = this.find(id);
    if (found) return found;
    const open = this.pages()
      .map((page) => page.id)
      .join(", ");
    throw new LibrettoError(
      "PageNotFound",
      id === undefined ? "The browser has no open page." : `No open page has the id ${JSON.stringify(id)}.`,
      open === ""
        ? 'Open one: `libretto exec "await context.newPage()"`.'
        : `Open pages: ${open}. \`libretto pages\` shows their addresses.`,
    );
  }

  /**
   * The outcome of work on a page, unless the page crashes before: a crashed page answers nothing, ever.
   * @throws `PageCrashed`, at once where it has crashed already
   */
  unlessCrashed<T>(targetId: string, work: () => Promise<T>): Promise<T> {
    return this.#unless(targetId, false, work);
  }

  /**
   * Like `unlessCrashed`, for work that a dialog holds up.
   * @throws `DialogOpen` too, at once where the page shows one already
   */
  unlessBlocked<T>(targetId: string, work: () => Promise<T>): Promise<T> {
    return this.#unless(targetId, true, work);
  }

  #unless<T>(targetId: string, dialogs: boolean, work: () => Promise<T>): Promise<T> {
    const page = this.#pages.get(targetId);
    if (page?.crashed) return Promise.reject(pageCrashed(Targets.idOf(targetId)));
    if (dialogs && page?.dialog) return Promise.reject(dialogOpen(Targets.idOf(targetId), page.dialog));
    const waiting = this.#waiting.get(targetId) ?? new Set();
    this.#waiting.set(targetId, waiting);
    return new Promise<T>((resolve, reject) => {
      const each: Waiting = { reject, dialogs };
      waiting.add(each);
      work()
        .then(resolve, reject)
        .finally(() => waiting.delete(each));
    });
  }

  /** What a page asks and waits for. */
  dialogOf(targetId: string): OpenDialog | undefined {
    return this.#pages.get(targetId)?.dialog;
  }

  /** A page began to show a dialog, or no longer does. */
  dialogChanged(targetId: string, dialog: OpenDialog | undefined): void {
    const page = this.#pages.get(targetId);
    if (!page) return;
    page.dialog = dialog;
    if (dialog) this.#refuse(targetId, dialogOpen(Targets.idOf(targetId), dialog), ({ dialogs }) => dialogs);
    this.#changed();
  }

  #refuse(targetId: string, error: LibrettoError, which: (waiting: Waiting) => boolean): void {
    for (const waiting of this.#waiting.get(targetId) ?? []) if (which(waiting)) waiting.reject(error);
  }

  /** Marks a page as the most recently active one. */
  touch(targetId: string): void {
    const page = this.#pages.get(targetId);
    if (!page || page === this.#active()) return;
    page.lastActive = ++this.#clock;
    this.#changed();
  }

  /** Every attached target: pages, frames of other processes, workers. */
  attached(): AttachedTarget[] {
    return [...this.#attached.values()];
  }

  /** Id shown to people for a target: short, and the same under every host. */
  static idOf(targetId: string): string {
    return targetId.slice(0, 6).toLowerCase();
  }

  #listen(session: CdpSession, parent: AttachedTarget | undefined): void {
    session.on<{ sessionId: string; targetInfo: TargetInfo; waitingForDebugger: boolean }>(
      "Target.attachedToTarget",
      (event) => this.#attach(event.sessionId, event.targetInfo, event.waitingForDebugger, parent),
    );
    session.on<{ sessionId: string }>("Target.detachedFromTarget", ({ sessionId }) => {
      // A page that is closing is reported as gone a little later; until then it is not one to work with.
      const page = this.#pages.get(this.#attached.get(sessionId)?.targetId ?? "");
      if (page?.session?.sessionId === sessionId) page.session = undefined;
      this.#attached.delete(sessionId);
      this.cdp.dropSession(sessionId);
    });
  }

  #attach(sessionId: string, info: TargetInfo, waiting: boolean, parent: AttachedTarget | undefined): void {
    const session = this.cdp.session(sessionId);
    const pageId = info.type === "page" ? Targets.idOf(info.targetId) : parent?.pageId;
    const target: AttachedTarget = { session, targetId: info.targetId, type: info.type, pageId, url: info.url };
    this.#attached.set(sessionId, target);
    this.#listen(session, target);
    // A target may go while it is being set up; its commands then fail, and nobody needs to hear of it.
    const quiet = (sent: Promise<unknown>): void => void sent.catch(() => undefined);
    quiet(session.send("Target.setAutoAttach", autoAttach));
    if (info.type === "page") {
      session.on("Inspector.targetCrashed", () => this.#crashed(info.targetId, true));
      session.on("Inspector.targetReloadedAfterCrash", () => this.#crashed(info.targetId, false));
      // Also tells of a page that has crashed before.
      quiet(session.send("Inspector.enable"));
    }
    for (const hook of this.#hooks) hook(target);
    if (info.type === "page") {
      this.#next?.(target);
      this.#next = undefined;
    }
    if (waiting) quiet(session.send("Runtime.runIfWaitingForDebugger"));
    if (info.type === "page") {
      this.#seen(info);
      const page = this.#pages.get(info.targetId);
      if (page) {
        page.session = session;
        page.lastActive = ++this.#clock;
      }
      this.#changed();
    }
  }

  #seen(info: TargetInfo): void {
    if (info.type !== "page") return;
    this.#remember(info.url);
    const known = this.#pages.get(info.targetId);
    if (known && known.info.url === info.url && known.info.title === info.title) return;
    if (known) known.info = info;
    else
      this.#pages.set(info.targetId, {
        info,
        session: undefined,
        lastActive: ++this.#clock,
        crashed: false,
        dialog: undefined,
      });
    this.#changed();
  }

  #remember(url: string): void {
    if (/^https?:/.test(url) && URL.canParse(url)) this.#origins.add(new URL(url).origin);
  }

  #gone(targetId: string): void {
    this.#waiting.delete(targetId);
    if (this.#pages.delete(targetId)) this.#changed();
  }

  #crashed(targetId: string, crashed: boolean): void {
    const page = this.#pages.get(targetId);
    if (!page || page.crashed === crashed) return;
    page.crashed = crashed;
    if (crashed) this.#refuse(targetId, pageCrashed(Targets.idOf(targetId)), () => true);
    this.#changed();
  }

  #active(): Page | undefined {
    let active: Page | undefined;
    for (const page of this.#pages.values())
      if (page.session && (!active || page.lastActive > active.lastActive)) active = page;
    return active;
  }

  #byId(id: string): Page | undefined {
    const wanted = id.toLowerCase();
    const matches = [...this.#pages.values()].filter((page) => page.info.targetId.toLowerCase().startsWith(wanted));
    return wanted.length >= 1 && matches.length === 1 ? matches[0] : undefined;
  }

  #describe(page: Page, active: Page | undefined): PageInfo {
    const { targetId, url, title, openerId } = page.info;
    // An empty page is reported without an address as long as nothing was opened in it.
    return {
      id: Targets.idOf(targetId),
      targetId,
      url: url || "about:blank",
      title,
      active: page === active,
      ...(openerId === undefined ? {} : { openerId: Targets.idOf(openerId) }),
      ...(page.crashed ? { crashed: true as const } : {}),
      ...(page.dialog ? { dialog: page.dialog } : {}),
    };
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

interface Waiting {
  reject(error: LibrettoError): void;
  /** Whether a dialog holds it up. */
  dialogs: boolean;
}

/** What every verb says of a page that shows a dialog, since it answers nothing else. @param id as of `Targets.idOf` */
export function dialogOpen(id: string, dialog: OpenDialog): LibrettoError {
  return new LibrettoError(
    "DialogOpen",
    `Page ${id} shows ${nameOfDialog(dialog)} and waits for an answer: ${textOfDialog(dialog)}.`,
    `Answer it in the browser's window, or with \`libretto act --page ${id} dialog accept\` (or dismiss) in a session with write-access.`,
  );
}

/** @param dialog what it is called, with its article */
export function nameOfDialog({ type }: Pick<OpenDialog, "type">): string {
  if (type === "beforeunload") return "the question whether to leave it";
  return type === "alert" ? "an alert" : `a ${type}`;
}

/** The page's own words, quoted and shortened. */
export function textOfDialog({ message }: Pick<OpenDialog, "message">): string {
  return JSON.stringify(message.length > 200 ? `${message.slice(0, 199)}…` : message);
}

/** What every verb says of a page whose process ended. @param id as of `Targets.idOf` */
export function pageCrashed(id: string): LibrettoError {
  return new LibrettoError(
    "PageCrashed",
    `Page ${id} has crashed: its process ended.`,
    `Reload it (\`libretto exec --page ${id} "await page.reload()"\`, in a session with write-access), or use another page: \`libretto pages\`.`,
  );
}

/** New targets wait until they are set up, so that nothing of them goes unseen. */
const autoAttach = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };
