/** The live view: a stream for each one who looks, with pictures of a page, its state, and what others do there. */
import { basename } from "node:path";
import { LibrettoError } from "../../util/errors.js";
import type { ActionRow } from "../../logs/rows.js";
import type { Redactor } from "../../logs/redact.js";
import type { LiveEvent, LiveState, LiveViewParams, LiveViewSetParams } from "../../ipc/liveProtocol.js";
import type { PageInfo } from "../../model/page.js";
import type { SessionState } from "../../model/state.js";
import type { HostRequest } from "../rpc/server.js";
import type { CdpSession } from "../wire/cdp.js";
import type { Targets } from "../wire/targets.js";
import { followDocument } from "./documentLoading.js";
import { Screencast, type Picture, type SeenPicture, type Viewer } from "./screencast.js";

export interface LiveViewParts {
  /** The session's record as it is now. */
  state: Readonly<SessionState>;
  targets: Targets;
  redactor: Redactor;
  /** Where an element of that selector is in a page; undefined where it is not found at once. */
  placeOf(targetId: string, selector: string): Promise<{ x: number; y: number } | undefined>;
}

/** A page that somebody looks at. */
interface WatchedPage {
  session: CdpSession;
  screencast: Screencast;
  /** Whether its document is on its way, and whether the browser says that it or what it needs is. */
  loading: { document: boolean; page: boolean };
  crashed: boolean;
  dialog: { type: string; message: string; value: string } | null;
  history: { canGoBack: boolean; canGoForward: boolean; url: string; title: string };
  /** Asks for the history again a little later: the browser does not tell of every title. */
  historyTimer: NodeJS.Timeout | undefined;
}

interface View extends Viewer {
  /** Id of the page that it stays with. */
  pinned: string | undefined;
  tell(event: LiveEvent): void;
  watched: WatchedPage | undefined;
  /** Told last, so that nothing is told twice. */
  told: string;
}

interface HistoryAnswer {
  currentIndex: number;
  entries: { url: string; title: string }[];
}

/** So long after a change or a picture the page's title is asked for again, in ms. */
const historyMs = 300;
/** What `film` of the config takes: so large, and a picture so often at most, in ms. */
const filmSize = { width: 800, height: 600, everyMs: 200 };

export class LiveViews {
  readonly #views = new Map<string, View>();
  /** By the id of the CDP session: a page that is taken over by another process keeps it. */
  readonly #pages = new Map<string | undefined, WatchedPage>();
  #running: { command: string; client: string }[] = [];
  #isFollowing = false;
  /** Takes pictures of pages at which nobody looks; by the page's CDP session. */
  readonly #cameras = new Map<string | undefined, Viewer>();
  #isFilming = false;

  constructor(private readonly parts: LiveViewParts) {}

  /** Whether anyone looks at pages of the session now. */
  get isWatched(): boolean {
    return this.#views.size > 0;
  }

  /** From now on pictures are taken of every page, although nobody looks. */
  film(): void {
    this.#isFilming = true;
    this.#follow();
    this.changed();
  }

  /** What a page looked like at a time, in ms since 1970, where somebody looked at it then. */
  seenAt(pageId: string, at: number): SeenPicture | undefined {
    const found = this.parts.targets.find(pageId);
    return found && this.#pages.get(found.session.sessionId)?.screencast.seenAt(at);
  }

  /** Lasts until the request is cancelled. */
  async open(params: LiveViewParams, request: HostRequest): Promise<{ ok: true }> {
    this.#follow();
    if (this.#views.has(params.view))
      throw new LibrettoError("Usage", "There is a view of that id already.", "Give each view an id of its own.");
    const tell = (event: LiveEvent): void => request.notify("live", { request: request.id, ...event });
    const view: View = {
      width: params.width,
      height: params.height,
      everyMs: params.everyMs ?? 0,
      pinned: params.page,
      watched: undefined,
      told: "",
      tell,
      // A picture holds no text to be masked, and is the one thing here that is large.
      show: ({ number, data, width, height }: Picture) => {
        tell({ type: "frame", number, data, width, height });
        this.#askHistoryLater(view.watched);
      },
    };
    this.#views.set(params.view, view);
    try {
      this.#place(view);
      await new Promise<void>((resolve) => {
        if (request.signal.aborted) resolve();
        request.signal.addEventListener("abort", () => resolve(), { once: true });
      });
      return { ok: true };
    } finally {
      this.#views.delete(params.view);
      this.#leave(view);
    }
  }

  /** @throws `Usage` where the view is not open any more */
  set({ view: id, shown, width, height, page }: LiveViewSetParams): { ok: true } {
    const view = this.#views.get(id);
    if (!view) throw new LibrettoError("Usage", "That live view is not open.", "Open it again.");
    if (shown !== undefined) view.watched?.screencast.shown(view, shown);
    if (page !== undefined) view.pinned = page ?? undefined;
    if (width !== undefined) view.width = width;
    if (height !== undefined) view.height = height;
    if (width !== undefined || height !== undefined) view.watched?.screencast.adjust();
    if (page !== undefined) this.#place(view);
    return { ok: true };
  }

  /** The mode, the status, or what is open has changed. */
  changed(): void {
    for (const view of this.#views.values()) this.#place(view);
    const attached = new Set(this.parts.targets.attached().map(({ session }) => session.sessionId));
    if (this.#isFilming) this.#placeCameras(attached);
    for (const [id, { screencast }] of this.#pages)
      if (screencast.viewerCount === 0 && !attached.has(id)) this.#pages.delete(id);
  }

  /** A command begins or ends. */
  running(command: string, client: string, phase: "begin" | "end"): void {
    if (phase === "begin") this.#running.push({ command, client });
    else {
      const index = this.#running.findIndex((one) => one.command === command && one.client === client);
      if (index >= 0) this.#running.splice(index, 1);
    }
    for (const view of this.#views.values()) this.#tellState(view);
  }

  /** Code did something: it is marked where it did, with the name of who runs it. */
  acted(row: ActionRow, by: "exec" | "workflow"): void {
    const views = [...this.#views.values()].filter(({ width, everyMs }) => width > 0 && everyMs === 0);
    if (views.length === 0 || row.pageId === null) return;
    const found = this.parts.targets.pages().find(({ id }) => id === row.pageId);
    if (!found) return;
    const label = `${this.#nameOf(by) ?? row.source} · ${row.action}`;
    void (async () => {
      const place =
        row.coordinates ??
        (row.selector === undefined
          ? undefined
          : await this.parts.placeOf(found.targetId, row.selector).catch(() => undefined));
      if (!place) return;
      for (const view of views)
        if (this.#pageOf(view)?.targetId === found.targetId) view.tell({ type: "mark", x: place.x, y: place.y, label });
    })();
  }

  /** A page's domain was turned off: the browser takes no more pictures of it, and does not tell whether it loads. */
  domainEnded({ sessionId }: CdpSession): void {
    const page = this.#pages.get(sessionId);
    if (!page) return;
    page.loading.page = false;
    page.screencast.restart();
    this.#tellStateOf(page);
  }

  /** A page asks for files; those who look at it are asked. @returns whether anyone was */
  chooserOpened(targetId: string, chooser: number, multiple: boolean): boolean {
    const views = [...this.#views.values()].filter(
      (view) => this.#pageOf(view)?.targetId === targetId && view.everyMs === 0,
    );
    for (const view of views) view.tell({ type: "chooser", chooser, multiple });
    return views.length > 0;
  }

  /** Who runs code there now: the client, or the file of the workflow. */
  #nameOf(by: "exec" | "workflow"): string | undefined {
    const { workflow } = this.parts.state;
    if (by === "workflow") return workflow && basename(workflow.file);
    // One runs at a time, in their order.
    const running = this.#running.find(({ command }) => command === "exec" || command === "act");
    return running && `${running.command} (${running.client})`;
  }

  #placeCameras(attached: ReadonlySet<string | undefined>): void {
    for (const { id } of this.parts.targets.pages()) {
      const session = this.parts.targets.find(id)?.session;
      if (!session || this.#cameras.has(session.sessionId)) continue;
      const { screencast } = this.#watch(session);
      const camera: Viewer = { ...filmSize, show: ({ number }) => screencast.shown(camera, number) };
      this.#cameras.set(session.sessionId, camera);
      screencast.add(camera);
    }
    for (const [id, camera] of this.#cameras) {
      if (attached.has(id)) continue;
      this.#pages.get(id)?.screencast.remove(camera);
      this.#cameras.delete(id);
    }
  }

  #follow(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.parts.targets.onPagesChanged(() => this.changed());
  }

  #pageOf(view: View): PageInfo | undefined {
    return this.#find(view)?.info;
  }

  #find(view: View): ReturnType<Targets["find"]> {
    return this.parts.targets.find(view.pinned);
  }

  /** Puts a view before the page that it is to show, and tells it of what it shows. */
  #place(view: View): void {
    const found = this.#find(view);
    const watched = found && this.#watch(found.session);
    if (view.watched !== watched) {
      this.#leave(view);
      view.watched = watched;
      watched?.screencast.add(view);
      view.tell({ type: "dialog", dialog: watched?.dialog ?? null });
    }
    if (watched) void this.#askHistory(watched);
    this.#askHistoryLater(watched);
    this.#tellState(view);
  }

  #leave(view: View): void {
    const { watched } = view;
    view.watched = undefined;
    if (!watched) return;
    watched.screencast.remove(view);
  }

  #watch(session: CdpSession): WatchedPage {
    const known = this.#pages.get(session.sessionId);
    if (known) return known;
    const page: WatchedPage = {
      session,
      screencast: new Screencast(session),
      loading: { document: false, page: false },
      crashed: false,
      dialog: null,
      history: { canGoBack: false, canGoForward: false, url: "", title: "" },
      historyTimer: undefined,
    };
    this.#pages.set(session.sessionId, page);
    const loading = (what: keyof WatchedPage["loading"], now: boolean): void => {
      page.loading[what] = now;
      if (!now) void this.#askHistory(page);
      this.#tellStateOf(page);
    };
    const isPage = (frameId: string): boolean =>
      this.parts.targets.pages().some(({ targetId }) => targetId === frameId);
    followDocument(session, isPage, (now) => loading("document", now));
    // These come where the recorder has the page's domain on; the pictures do not need it.
    for (const [event, now] of [
      ["Page.frameStartedLoading", true],
      ["Page.frameStoppedLoading", false],
    ] as const)
      session.on<{ frameId: string }>(event, ({ frameId }) => isPage(frameId) && loading("page", now));
    session.on<{ type: string; message: string; defaultPrompt?: string }>(
      "Page.javascriptDialogOpening",
      ({ type, message, defaultPrompt = "" }) => {
        const { redactor } = this.parts;
        page.dialog = { type, message: redactor.text(message), value: redactor.text(defaultPrompt) };
        this.#tellDialog(page);
      },
    );
    session.on("Page.javascriptDialogClosed", () => {
      page.dialog = null;
      this.#tellDialog(page);
    });
    session.on("Inspector.targetCrashed", () => {
      page.crashed = true;
      this.#tellStateOf(page);
    });
    session.on("Inspector.targetReloadedAfterCrash", () => {
      page.crashed = false;
      this.#tellStateOf(page);
      page.screencast.restart();
    });
    session.send("Inspector.enable").catch(() => undefined);
    return page;
  }

  #tellDialog(page: WatchedPage): void {
    for (const view of this.#views.values())
      if (view.watched === page) view.tell({ type: "dialog", dialog: page.dialog });
  }

  #askHistoryLater(page: WatchedPage | undefined): void {
    if (!page) return;
    page.historyTimer ??= setTimeout(() => {
      page.historyTimer = undefined;
      if (page.screencast.viewerCount > 0) void this.#askHistory(page);
    }, historyMs).unref();
  }

  async #askHistory(page: WatchedPage): Promise<void> {
    const answer = await page.session
      .send<HistoryAnswer & Record<string, unknown>>("Page.getNavigationHistory")
      .catch(() => undefined);
    if (!answer) return;
    const { currentIndex, entries } = answer;
    const { url = "", title = "" } = entries[currentIndex] ?? {};
    page.history = { canGoBack: currentIndex > 0, canGoForward: currentIndex < entries.length - 1, url, title };
    this.#tellStateOf(page);
  }

  #tellStateOf(page: WatchedPage): void {
    for (const view of this.#views.values()) if (view.watched === page) this.#tellState(view);
  }

  #tellState(view: View): void {
    const { state, targets, redactor } = this.parts;
    const info = this.#pageOf(view);
    const { watched } = view;
    const title = watched && watched.history.url === info?.url ? watched.history.title : undefined;
    const told: LiveState = {
      type: "state",
      mode: state.mode,
      status: state.status,
      page: info ? { ...info, url: redactor.url(info.url), title: redactor.text(title ?? info.title) } : null,
      pageCount: targets.pageCount,
      canGoBack: watched?.history.canGoBack ?? false,
      canGoForward: watched?.history.canGoForward ?? false,
      loading: watched !== undefined && (watched.loading.document || watched.loading.page),
      crashed: watched?.crashed ?? false,
      running: [...this.#running],
    };
    const text = JSON.stringify(told);
    if (text === view.told) return;
    view.told = text;
    view.tell(told);
  }
}
