/**
 * One live view: an editor panel, the stream of the host behind it, and the messages between them. The stream is
 * asked for pictures only while the panel can be seen.
 */
import * as vscode from "vscode";
import type { LiveEvent, LiveState, PickedElement } from "../../sessions/ipc/liveProtocol.js";
import { liveView, type LiveView } from "../../sessions/operations/liveView.js";
import { readonlyExec } from "../../sessions/operations/readonlyExec.js";
import { isLive } from "../../sessions/store/records.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import { consoleInto } from "../code/consoleOutput.js";
import type { ResultDocuments } from "../code/resultDocuments.js";
import { CommandId } from "../contributions.js";
import type { SessionRef, SessionsModel } from "../model.js";
import type { PageNode, SessionNode } from "../tree/nodes.js";
import { fromViewSchema, type FromView, type LiveViewState, type ToView } from "../webviews/liveView/protocol.js";
import { webviewFolder, webviewPage } from "../webviewPage.js";
import { isBlurred } from "./blurred.js";
import { bytesOf } from "./bytes.js";
import type { LocatorTarget } from "./locatorTarget.js";
import { liveViewStrings } from "./strings.js";

/** What a panel needs of the rest. */
export interface LivePanelParts {
  extension: vscode.Uri;
  model: SessionsModel;
  results: ResultDocuments;
  target: LocatorTarget;
  output: vscode.OutputChannel;
  gone(panel: LivePanel): void;
}

type Asked = Extract<FromView, { type: "do" }>["what"];

/** Longest title of a tab. */
const maxTitleLength = 40;

export class LivePanel implements vscode.Disposable {
  readonly #subscriptions: vscode.Disposable;
  #state: LiveViewState;
  #stream: LiveView | undefined;
  #isOpening = false;
  /** Ends what was begun for a stream that is not wanted any more. */
  #generation = 0;
  #isReady = false;
  #size = { width: 0, height: 0 };
  #live: LiveState | undefined;
  #dialog: Extract<LiveEvent, { type: "dialog" }>["dialog"] = null;
  #taken: { page: string | undefined; element: PickedElement } | undefined;
  #told = "";
  #isBlurred = false;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    state: LiveViewState,
    private readonly parts: LivePanelParts,
  ) {
    this.#state = state;
    panel.title = state.session;
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(parts.extension)] };
    this.#subscriptions = vscode.Disposable.from(
      panel.webview.onDidReceiveMessage((message: unknown) => void this.#receive(message)),
      panel.onDidChangeViewState(() => {
        // A hidden panel's page is gone; it asks again when it is shown.
        if (panel.visible) return;
        this.#isReady = false;
        this.#setSize({ width: 0, height: 0 });
      }),
      panel.onDidDispose(() => this.dispose()),
      parts.model.onDidChange(() => this.#follow()),
      parts.model.onDidChangeRoots(() => this.#follow()),
      vscode.workspace.onDidChangeConfiguration(() => this.#follow()),
    );
    panel.webview.html = webviewPage(panel.webview, parts.extension, "liveView");
  }

  get state(): LiveViewState {
    return this.#state;
  }

  get viewColumn(): vscode.ViewColumn | undefined {
    return this.panel.viewColumn;
  }

  reveal(preserveFocus: boolean): void {
    this.panel.reveal(undefined, preserveFocus);
  }

  dispose(): void {
    this.#generation++;
    this.#stream?.close();
    this.#stream = undefined;
    this.#subscriptions.dispose();
    this.parts.gone(this);
  }

  get #ref(): SessionRef | undefined {
    return this.parts.model.find(this.#state.root, this.#state.session);
  }

  get #node(): SessionNode | undefined {
    const ref = this.#ref;
    return ref && { kind: "session", root: ref.root, session: ref.record.name };
  }

  async #receive(received: unknown): Promise<void> {
    const message = fromViewSchema.safeParse(received);
    if (!message.success) {
      this.parts.output.appendLine(
        `A live view sent what was not understood: ${message.error.issues[0]?.message ?? ""}`,
      );
      return;
    }
    try {
      await this.#answer(message.data);
    } catch (thrown) {
      const error = LibrettoError.from(thrown);
      if (error.code === "RefusedByMode" && message.data.type === "input") this.#post({ type: "refused" });
      else if (error.code !== "Interrupted") this.#post({ type: "notice", text: `${error.message} ${error.hint}` });
    }
  }

  async #answer(message: FromView): Promise<void> {
    const stream = this.#stream;
    switch (message.type) {
      case "ready":
        return this.#greet();
      case "size":
        return this.#setSize(message);
      case "shown":
        return stream?.set({ shown: message.number });
      case "input":
        await stream?.input(message.page, message.events);
        return;
      case "pick": {
        const picked = await stream?.pick(this.#page, message.x, message.y).catch(() => undefined);
        return this.#post({ type: "picked", request: message.request, element: picked?.element ?? null });
      }
      case "take": {
        const element = (await stream?.pick(this.#page, message.x, message.y))?.element ?? null;
        if (element) this.#taken = { page: this.#page, element };
        const where = element ? await this.parts.target.put(element.locator) : "";
        return this.#post({ type: "taken", element, where });
      }
      case "copy":
        if (this.#taken)
          this.#post({ type: "notice", text: await this.parts.target.copy(this.#taken.element.locator) });
        return;
      case "read":
        return this.#read();
      case "pin":
        return this.#pin(message.pinned ? (this.#live?.page?.id ?? null) : null);
      case "resize":
        this.#state = { ...this.#state, size: message.size };
        return;
      case "do":
        return this.#do(message.what);
    }
  }

  /** The page that is shown. */
  get #page(): string | undefined {
    return this.#live?.page?.id ?? this.#state.page ?? undefined;
  }

  /** A page of the webview that was made, for the first time or again after it was hidden. */
  #greet(): void {
    this.#isReady = true;
    this.#told = "";
    this.#isBlurred = isBlurred(this.#ref);
    this.#post({ type: "init", state: this.#state, strings: liveViewStrings(), blurred: this.#isBlurred });
    this.#follow();
    this.#tellSession();
    this.#post({ type: "dialog", dialog: this.#dialog });
  }

  #setSize({ width, height }: { width: number; height: number }): void {
    this.#size = { width, height };
    this.#stream?.set({ width, height });
  }

  /** The session came, went or changed. */
  #follow(): void {
    const ref = this.#ref;
    const blurred = isBlurred(ref);
    if (blurred !== this.#isBlurred) {
      this.#isBlurred = blurred;
      this.#post({ type: "blurred", blurred });
    }
    if (this.#stream) return this.#tellSession();
    if (!this.#isReady) return;
    if (!vscode.workspace.isTrusted)
      return this.#away(vscode.l10n.t("Trust this workspace to look at its sessions."), null);
    if (!ref || !isLive(ref.record))
      return this.#away(
        vscode.l10n.t("Session {0} is closed.", this.#state.session),
        ref ? { title: vscode.l10n.t("Open Again"), does: "reopen" } : null,
      );
    // Looking must not start processes: one whose host died is taken over by a command.
    if (ref.record.liveness === "hostless")
      return this.#away(vscode.l10n.t("Its host ended; the next command takes the browser over."), {
        title: vscode.l10n.t("Connect Again"),
        does: "reconnect",
      });
    void this.#open(ref);
  }

  async #open(ref: SessionRef): Promise<void> {
    if (this.#isOpening || this.#stream) return;
    this.#isOpening = true;
    const generation = ++this.#generation;
    try {
      const { session, page } = this.#state;
      const stream = await liveView(
        ref.root.context,
        { session, ...(page === null ? {} : { page }), ...this.#size },
        (event) => {
          if (generation === this.#generation) this.#heard(event);
        },
      );
      if (generation !== this.#generation) return stream.close();
      this.#stream = stream;
      stream.set(this.#size);
      void stream.closed.then(
        () => this.#ended(stream),
        () => this.#ended(stream),
      );
    } catch (thrown) {
      const { message, hint } = LibrettoError.from(thrown);
      this.#away(`${message} ${hint}`, { title: vscode.l10n.t("Connect Again"), does: "reconnect" });
    } finally {
      this.#isOpening = false;
    }
  }

  #ended(stream: LiveView): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#live = undefined;
    this.#dialog = null;
    this.#generation++;
    this.#post({ type: "dialog", dialog: null });
    const { session } = this.#state;
    this.#away(vscode.l10n.t("The connection to session {0} ended.", session), {
      title: vscode.l10n.t("Connect Again"),
      does: "reconnect",
    });
    // What became of it is on record: now, or a moment later. What still seems to live is not connected to by itself.
    const ref = this.#ref;
    ref?.root.refresh();
    if (!ref || !isLive(ref.record) || ref.record.liveness === "hostless") this.#follow();
  }

  #heard(event: LiveEvent): void {
    switch (event.type) {
      case "frame": {
        const { number, data, width, height } = event;
        // A page that is not there takes no picture, and will have to ask again.
        if (!this.#isReady) return;
        return this.#post({ type: "frame", number, data: bytesOf(data), width, height });
      }
      case "state":
        this.#live = event;
        return this.#tellSession();
      case "mark":
        return this.#post(event);
      case "dialog":
        this.#dialog = event.dialog;
        return this.#post(event);
      case "chooser":
        return void this.#choose(event);
    }
  }

  #tellSession(): void {
    const live = this.#live;
    if (!live) return;
    const { page } = live;
    const title = page === null ? "" : page.title || page.url;
    this.panel.title = title === "" ? this.#state.session : cut(`${this.#state.session} · ${title}`);
    const state = this.#ref?.record.state;
    const session: Extract<ToView, { type: "session" }> = {
      type: "session",
      session: {
        mode: live.mode,
        locked: state?.locked === true,
        asks: state?.accessRequest !== undefined && live.mode === "read-only",
        page: page && { id: page.id, url: page.url, title: page.title },
        pageCount: live.pageCount,
        canGoBack: live.canGoBack,
        canGoForward: live.canGoForward,
        loading: live.loading,
        crashed: live.crashed,
        running: live.running.map(({ command, client }) => `${command} (${client})`).join(", ") || null,
      },
    };
    const text = JSON.stringify(session);
    if (text === this.#told || !this.#isReady) return;
    this.#told = text;
    this.#post(session);
  }

  /** The page asks for files: a person chooses them here. */
  async #choose({ chooser, multiple }: Extract<LiveEvent, { type: "chooser" }>): Promise<void> {
    const page = this.#page;
    // Of the views that show the page, the one that was clicked in asks.
    if (page === undefined || !this.panel.active) return;
    const chosen = await vscode.window.showOpenDialog({
      title: vscode.l10n.t("The page asks for files"),
      openLabel: vscode.l10n.t("Give to the Page"),
      canSelectMany: multiple,
      ...(this.#ref ? { defaultUri: vscode.Uri.file(this.#ref.root.workspace.root) } : {}),
    });
    try {
      const files = (chosen ?? []).map(({ fsPath }) => fsPath);
      await this.#stream?.input(page, [{ type: "files", chooser, files }]);
    } catch (thrown) {
      const { message, hint } = LibrettoError.from(thrown);
      this.#post({ type: "notice", text: `${message} ${hint}` });
    }
  }

  async #read(): Promise<void> {
    const ref = this.#ref;
    const taken = this.#taken;
    if (!ref || !taken) return;
    const session = ref.record.name;
    const result = await readonlyExec(
      ref.root.context,
      {
        session,
        code: `return await page.${taken.element.locator}.ariaSnapshot();`,
        ...(taken.page === undefined ? {} : { page: taken.page }),
      },
      consoleInto(this.parts.output, () => session),
    );
    // Never over the picture, no matter where the keyboard is.
    await this.parts.results.show(result, this.panel.viewColumn);
  }

  #pin(page: string | null): void {
    this.#state = { ...this.#state, page };
    this.#stream?.set({ page });
    this.#post({ type: "pinned", page });
  }

  async #do(what: Asked): Promise<void> {
    const ref = this.#ref;
    const node = this.#node;
    if (!ref || !node) return;
    switch (what) {
      case "snapshot": {
        const page = this.#live?.page;
        const pageNode: PageNode | undefined = page
          ? { kind: "page", root: ref.root, session: ref.record.name, page, parent: node }
          : undefined;
        await vscode.commands.executeCommand(CommandId.snapshot, pageNode ?? node);
        return;
      }
      case "pages":
        return this.#choosePage(ref);
      case "reconnect":
        return this.#open(ref);
      default:
        await vscode.commands.executeCommand(commands[what], node);
    }
  }

  async #choosePage(ref: SessionRef): Promise<void> {
    const { choosePageOf } = await import("../commands/pages.js");
    const page = await choosePageOf(ref, vscode.l10n.t("Show Another Page"));
    if (page) this.#pin(page.id);
  }

  #away(text: string, action: Extract<ToView, { type: "away" }>["action"]): void {
    this.#told = "";
    this.#post({ type: "away", text, action });
  }

  #post(message: ToView): void {
    if (this.#isReady) void this.panel.webview.postMessage(message);
  }
}

const commands: Record<Exclude<Asked, "snapshot" | "pages" | "reconnect">, CommandId> = {
  lock: CommandId.makeReadOnly,
  grant: CommandId.giveWriteAccess,
  request: CommandId.requestAccess,
  review: CommandId.reviewAccessRequest,
  reopen: CommandId.openAgain,
};

function cut(title: string): string {
  return title.length > maxTitleLength ? `${title.slice(0, maxTitleLength - 1)}…` : title;
}
