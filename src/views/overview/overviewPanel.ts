/**
 * The overview of all live sessions of the window: an editor panel, a slow stream for each session whose picture is
 * in sight, and the messages between them.
 */
import * as vscode from "vscode";
import type { LiveEvent, LiveState } from "../../sessions/ipc/liveProtocol.js";
import { liveView, type LiveView } from "../../sessions/operations/liveView.js";
import type { LiveViews } from "../liveView/liveViews.js";
import { blurredText, isBlurred } from "../liveView/blurred.js";
import { bytesOf } from "../liveView/bytes.js";
import type { SessionRef, SessionsModel } from "../model.js";
import { accessWords, modeWords, shortUrl, statusWords } from "../tree/presentation.js";
import {
  fromOverviewSchema,
  type FromOverview,
  type OverviewStrings,
  type Tile,
  type ToOverview,
} from "../webviews/overview/protocol.js";
import { webviewFolder, webviewPage } from "../webviewPage.js";

export interface OverviewParts {
  extension: vscode.Uri;
  model: SessionsModel;
  liveViews: LiveViews;
  output: vscode.OutputChannel;
  gone(): void;
}

/** A session whose picture is in sight. */
interface Watched {
  stream: LiveView | undefined;
  state: LiveState | undefined;
  isOver: boolean;
}

/** Time between two pictures of a session, in ms. */
const everyMs = 1_000;
/** Changes are told at most so often, in ms. */
const tellMs = 100;

export class OverviewPanel implements vscode.Disposable {
  readonly #subscriptions: vscode.Disposable;
  readonly #watched = new Map<string, Watched>();
  #isReady = false;
  #seen: Extract<FromOverview, { type: "seen" }> = { type: "seen", ids: [], width: 0, height: 0 };
  #timer: NodeJS.Timeout | undefined;
  #told = "";

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly parts: OverviewParts,
  ) {
    panel.title = vscode.l10n.t("Sessions");
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(parts.extension)] };
    this.#subscriptions = vscode.Disposable.from(
      panel.webview.onDidReceiveMessage((message: unknown) => void this.#receive(message)),
      panel.onDidChangeViewState(() => {
        if (panel.visible) return;
        this.#isReady = false;
        this.#watch({ type: "seen", ids: [], width: 0, height: 0 });
      }),
      panel.onDidDispose(() => this.dispose()),
      parts.model.onDidChange(() => this.#changed()),
      parts.model.onDidChangeRoots(() => this.#changed()),
      vscode.workspace.onDidChangeConfiguration(() => this.#changed()),
    );
    panel.webview.html = webviewPage(panel.webview, parts.extension, "overview");
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscriptions.dispose();
    for (const id of [...this.#watched.keys()]) this.#leave(id);
    this.parts.gone();
  }

  async #receive(received: unknown): Promise<void> {
    const message = fromOverviewSchema.safeParse(received);
    if (!message.success) {
      this.parts.output.appendLine(
        `The overview sent what was not understood: ${message.error.issues[0]?.message ?? ""}`,
      );
      return;
    }
    const { data } = message;
    switch (data.type) {
      case "ready":
        this.#isReady = true;
        this.#told = "";
        this.#post({ type: "init", strings: strings() });
        return this.#tell();
      case "seen":
        return this.#watch(data);
      case "shown":
        return this.#watched.get(data.id)?.stream?.set({ shown: data.number });
      case "open": {
        const ref = this.#live().get(data.id);
        if (ref) await this.parts.liveViews.open(ref, null, false);
      }
    }
  }

  #live(): Map<string, SessionRef> {
    return new Map(this.parts.model.live().map((ref) => [idOf(ref), ref]));
  }

  #changed(): void {
    this.#watch(this.#seen);
    this.#timer ??= setTimeout(() => this.#tell(), tellMs);
  }

  /** Opens and ends streams, so that there is one for each picture in sight. */
  #watch(seen: Extract<FromOverview, { type: "seen" }>): void {
    const { width, height } = seen;
    const resized = width !== this.#seen.width || height !== this.#seen.height;
    this.#seen = seen;
    const live = this.#live();
    const wanted = new Set(vscode.workspace.isTrusted && width > 0 ? seen.ids : []);
    for (const [id, watched] of this.#watched) {
      const ref = live.get(id);
      // One that broke is tried again when the session has changed.
      if (!wanted.has(id) || !ref || isAway(ref) || watched.isOver) this.#leave(id);
      else if (resized) watched.stream?.set({ width, height });
    }
    for (const id of wanted) {
      const ref = live.get(id);
      if (ref && !isAway(ref) && !this.#watched.has(id)) void this.#open(id, ref);
    }
  }

  async #open(id: string, ref: SessionRef): Promise<void> {
    const watched: Watched = { stream: undefined, state: undefined, isOver: false };
    this.#watched.set(id, watched);
    const isCurrent = (): boolean => this.#watched.get(id) === watched;
    const { width, height } = this.#seen;
    try {
      const stream = await liveView(ref.root.context, { session: ref.record.name, width, height, everyMs }, (event) => {
        if (isCurrent()) this.#heard(id, watched, event);
      });
      if (!isCurrent()) return stream.close();
      watched.stream = stream;
      const over = (): void => void (watched.isOver = true);
      stream.closed.then(over, over);
    } catch {
      // Why there is no picture is what the record of the session says.
      watched.isOver = true;
    }
  }

  #heard(id: string, watched: Watched, event: LiveEvent): void {
    if (event.type === "frame") this.#post({ type: "frame", id, number: event.number, data: bytesOf(event.data) });
    else if (event.type === "state") {
      watched.state = event;
      this.#timer ??= setTimeout(() => this.#tell(), tellMs);
    }
  }

  #leave(id: string): void {
    this.#watched.get(id)?.stream?.close();
    this.#watched.delete(id);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const message: ToOverview = {
      type: "tiles",
      tiles: [...this.#live()].map(([id, ref]) => this.#tile(id, ref)),
    };
    const told = JSON.stringify(message);
    if (told === this.#told || !this.#isReady) return;
    this.#told = told;
    this.#post(message);
  }

  #tile(id: string, ref: SessionRef): Tile {
    const { record, root } = ref;
    const live = this.#watched.get(id)?.state;
    const address = live?.page?.url ?? record.state?.url ?? "";
    const running = live?.running.map(({ command, client }) => `${command} (${client})`) ?? [];
    const workflow = record.state?.workflow?.running === true ? [vscode.l10n.t("a workflow")] : [];
    const drives = [...workflow, ...running].join(", ");
    return {
      id,
      name: this.parts.model.roots.length > 1 ? `${record.name} · ${root.label}` : record.name,
      mode: live?.mode ?? record.state?.mode ?? "read-only",
      words: [statusWords(record, vscode.l10n.t), ...moreOfAccess(ref)].join(" · "),
      title: live?.page?.title ?? "",
      address: shortUrl(address),
      drives: drives === "" ? "" : vscode.l10n.t("Driven by {0}", drives),
      away: awayWords(ref, live),
      blurred: isBlurred(ref),
    };
  }

  #post(message: ToOverview): void {
    if (this.#isReady) void this.panel.webview.postMessage(message);
  }
}

function idOf({ root, record }: SessionRef): string {
  return `${root.workspace.root}\n${record.name}`;
}

/** What there is to say of a session's access beside its mode: for how long, and whether somebody asks for more. */
function moreOfAccess({ record: { state } }: SessionRef): string[] {
  return state
    ? accessWords(state, vscode.l10n.t).filter((words) => words !== modeWords(state.mode, vscode.l10n.t))
    : [];
}

/** Looking must not start processes: a session whose host died is taken over by a command, not by a look. */
function isAway({ record }: SessionRef): boolean {
  return record.liveness === "hostless" || record.silent === true || record.state?.status === "starting";
}

function awayWords(ref: SessionRef, live: LiveState | undefined): string {
  if (!vscode.workspace.isTrusted) return vscode.l10n.t("Trust this workspace to look at its sessions.");
  if (isAway(ref)) return statusWords(ref.record, vscode.l10n.t);
  if (live?.crashed) return vscode.l10n.t("The page crashed.");
  if (live && live.page === null) return vscode.l10n.t("No page is open.");
  return "";
}

function strings(): OverviewStrings {
  return {
    heading: vscode.l10n.t("Live sessions"),
    filter: vscode.l10n.t("Filter by name, address, mode or status"),
    none: vscode.l10n.t("No session is live."),
    noMatch: vscode.l10n.t("No session passes the filter."),
    readOnly: vscode.l10n.t("read-only"),
    writeAccess: vscode.l10n.t("write access"),
    blurred: blurredText(),
  };
}
