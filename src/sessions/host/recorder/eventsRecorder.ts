/**
 * What happens to the pages, for `logs.jsonl`: opened, closed, crashed, gone to another address, errors of
 * theirs on the console, dialogs and downloads.
 *
 * Dialogs are watched and never answered. Watching them takes CDP's `Page` domain, which stays off in the headless
 * shell: it closes a dialog by itself (see `wire/dialogs.ts`), and those are not reported. A full Chromium, with a
 * window or without, shows its dialog and waits for it either way.
 */
import type { LogLevel, LogRow } from "../../logs/rows.js";
import type { Redactor } from "../../logs/redact.js";
import type { CdpConnection, CdpSession } from "../wire/cdp.js";
import { logRow } from "./sessionLog.js";
import { Targets, type AttachedTarget } from "../wire/targets.js";
import { consoleText, type ExceptionDetails, type RemoteObject } from "./consoleText.js";
import type { DownloadFiles } from "./downloadFiles.js";
import type { DownloadBegun, DownloadRecorder } from "./downloadRecorder.js";
import { RateLimit } from "./rateLimit.js";

interface TargetInfo {
  targetId: string;
  type: string;
  url: string;
}
interface ConsoleCalled {
  type: string;
  args: RemoteObject[];
  timestamp: number;
  stackTrace?: { callFrames: { url: string; lineNumber: number }[] };
}
interface LogEntry {
  source: string;
  level: string;
  text: string;
  timestamp: number;
  url?: string;
  lineNumber?: number;
}
interface DialogOpening {
  url: string;
  message: string;
  type: string;
}
interface DownloadWillBegin extends DownloadBegun {
  suggestedFilename: string;
}
interface DownloadProgress {
  guid: string;
  receivedBytes: number;
  state: "inProgress" | "completed" | "canceled";
}

/** Rows of one kind that one page may write in ten seconds. */
const maxOfAKind = 30;
/** Enabling `Runtime` and `Log` replays what a page said before; that is not news. */
const replayMs = 1_000;
/** How often the browser is told to let go of objects that pages wrote to the console. */
const releaseMs = 1_000;

export class EventsRecorder {
  readonly #pages = new Map<string, { url: string }>();
  readonly #downloads = new Map<string, { file: string; url: string; startedAt: number }>();
  readonly #limit = new RateLimit(maxOfAKind, (kind, held) => {
    const [event = "", pageId = ""] = kind.split(" ");
    this.#write(
      "warn",
      event,
      `${held} more of these from ${pageId === "" ? "a worker" : `page ${pageId}`} were left out.`,
      { pageId, left: held },
    );
  });
  #disposed = false;

  constructor(
    private readonly cdp: CdpConnection,
    private readonly options: {
      write(row: LogRow): void;
      redactor: Redactor;
      downloads: Pick<DownloadRecorder, "began" | "ended">;
      files?: DownloadFiles | undefined;
    },
  ) {
    cdp.on<{ targetInfo: TargetInfo }>("Target.targetInfoChanged", ({ targetInfo }) => this.#changed(targetInfo));
    cdp.on<{ targetId: string }>("Target.targetDestroyed", ({ targetId }) => this.#closed(targetId));
    cdp.on<{ targetId: string; status: string; errorCode: number }>(
      "Target.targetCrashed",
      ({ targetId, status, errorCode }) => {
        const url = this.#pages.get(targetId)?.url;
        const what = url === undefined ? "A frame or worker" : `Page ${Targets.idOf(targetId)}`;
        this.#write("error", "page.crashed", `${what} crashed: ${status} (${errorCode}).`, {
          pageId: Targets.idOf(targetId),
          ...(url === undefined ? {} : { url }),
          status,
          errorCode,
        });
      },
    );
    this.#watchDownloads(cdp, "Browser");
  }

  /** Watches a target's console and exceptions. */
  attach(target: AttachedTarget): Promise<unknown> {
    const { session, pageId } = target;
    const attachedAt = Date.now();
    if (target.type === "page" && !this.#pages.has(target.targetId)) {
      this.#pages.set(target.targetId, { url: target.url });
      this.#write(
        "info",
        "page.opened",
        `Page ${Targets.idOf(target.targetId)} opened${target.url === "" ? "" : `: ${target.url}`}.`,
        { pageId, url: target.url },
      );
    }
    if (target.type === "page")
      session.on("Inspector.targetReloadedAfterCrash", () =>
        this.#write("info", "page.recovered", `Page ${pageId ?? ""} was loaded again after its crash.`, { pageId }),
      );
    const isNews = (at: number): boolean => at >= attachedAt - replayMs;
    const release = releaser(session);
    session.on<ConsoleCalled>("Runtime.consoleAPICalled", ({ type, args, timestamp: at, stackTrace }) => {
      if (args.some(({ objectId }) => objectId !== undefined)) release();
      if ((type !== "error" && type !== "assert") || !isNews(at) || !this.#limit.pass(`page.console ${pageId ?? ""}`))
        return;
      const frame = stackTrace?.callFrames[0];
      this.#page("page.console", pageId, args.map(consoleText).join(" "), frame?.url, frame?.lineNumber);
    });
    session.on<{ timestamp: number; exceptionDetails: ExceptionDetails }>(
      "Runtime.exceptionThrown",
      ({ timestamp: at, exceptionDetails }) => {
        if (exceptionDetails.exception?.objectId !== undefined) release();
        if (!isNews(at) || !this.#limit.pass(`page.exception ${pageId ?? ""}`)) return;
        const { exception, text, url, lineNumber, stackTrace } = exceptionDetails;
        const what = exception ? `${/uncaught/i.test(text) ? "" : "Uncaught "}${text} ${consoleText(exception)}` : text;
        this.#page("page.exception", pageId, what, url ?? stackTrace?.callFrames[0]?.url, lineNumber);
      },
    );
    session.on<{ entry: LogEntry }>("Log.entryAdded", ({ entry }) => {
      // Failed requests are in network.jsonl.
      if (
        entry.level !== "error" ||
        entry.source === "network" ||
        !isNews(entry.timestamp) ||
        !this.#limit.pass(`page.report ${pageId ?? ""}`)
      )
        return;
      this.#page("page.report", pageId, entry.text, entry.url, entry.lineNumber);
    });
    const enabled = [session.send("Runtime.enable")];
    if (target.type === "page" || target.type === "iframe") enabled.push(session.send("Log.enable"));
    return Promise.all(enabled);
  }

  /**
   * Watches dialogs and downloads of a page whose `Page` domain is on.
   * @param attended whether somebody can see a dialog
   */
  watchPage({ session, pageId }: AttachedTarget, attended: boolean): void {
    session.on<DialogOpening>("Page.javascriptDialogOpening", ({ type, message, url }) => {
      const waits = attended
        ? ""
        : " No one can see it, and the page waits: answer it with `libretto act dialog accept` (or dismiss).";
      this.#write(
        attended ? "info" : "warn",
        "dialog.opened",
        `${type} dialog on page ${pageId ?? ""}: ${message}${waits}`,
        { pageId, type, url },
      );
    });
    // What was typed into a prompt may be a secret.
    session.on<{ result: boolean }>("Page.javascriptDialogClosed", ({ result }) =>
      this.#write("info", "dialog.closed", `Dialog on page ${pageId ?? ""} ${result ? "accepted" : "dismissed"}.`, {
        pageId,
        accepted: result,
      }),
    );
    this.#watchDownloads(session, "Page");
  }

  dispose(): void {
    this.#limit.dispose();
    this.#disposed = true;
  }

  #changed({ targetId, type, url }: TargetInfo): void {
    const page = this.#pages.get(targetId);
    if (type !== "page" || !page || page.url === url || url === "") return;
    page.url = url;
    const pageId = Targets.idOf(targetId);
    if (this.#limit.pass(`page.navigated ${pageId}`))
      this.#write("info", "page.navigated", `Page ${pageId} is at ${url}.`, { pageId, url });
  }

  #closed(targetId: string): void {
    const page = this.#pages.get(targetId);
    if (!page) return;
    this.#pages.delete(targetId);
    this.#write(
      "info",
      "page.closed",
      `Page ${Targets.idOf(targetId)} closed${page.url === "" ? "" : `: ${page.url}`}.`,
      { pageId: Targets.idOf(targetId), url: page.url },
    );
  }

  #watchDownloads(session: CdpSession, domain: "Browser" | "Page"): void {
    // One download may be reported by both domains, and by several targets.
    session.on<DownloadWillBegin>(`${domain}.downloadWillBegin`, ({ guid, url, frameId, suggestedFilename }) => {
      if (this.#downloads.has(guid)) return;
      this.options.downloads.began({ guid, url, ...(frameId === undefined ? {} : { frameId }) });
      this.#downloads.set(guid, { file: suggestedFilename, url, startedAt: Date.now() });
      this.#write("info", "download.started", `Download of ${suggestedFilename} started.`, {
        file: suggestedFilename,
        url,
      });
    });
    session.on<DownloadProgress>(`${domain}.downloadProgress`, ({ guid, state, receivedBytes }) => {
      const download = this.#downloads.get(guid);
      if (!download || state === "inProgress") return;
      // The entry stays, so that the other domain's word is not taken for another download.
      if (download.startedAt === 0) return;
      const durationMs = Date.now() - download.startedAt;
      const path = state === "completed" ? this.options.files?.keep(guid, download.file) : undefined;
      download.startedAt = 0;
      this.options.downloads.ended(
        guid,
        receivedBytes,
        state === "completed" ? undefined : `The download was ${state}.`,
      );
      this.#write(
        state === "completed" ? "info" : "warn",
        "download.finished",
        `Download of ${download.file} ${state}${path === undefined ? "" : `: ${path}`}.`,
        {
          file: download.file,
          url: download.url,
          state,
          bytes: receivedBytes,
          durationMs,
          ...(path === undefined ? {} : { path }),
        },
      );
    });
  }

  #page(
    event: string,
    pageId: string | undefined,
    text: string,
    url: string | undefined,
    line: number | undefined,
  ): void {
    this.#write("error", event, text, {
      ...(pageId === undefined ? {} : { pageId }),
      ...(url === undefined || url === "" ? {} : { url }),
      ...(line === undefined ? {} : { line: line + 1 }),
    });
  }

  #write(level: LogLevel, event: string, message: string, data: Record<string, unknown>): void {
    if (this.#disposed) return;
    this.options.write(logRow(this.options.redactor, level, event, message, data));
  }
}

/**
 * Objects that a page writes to its console are kept alive for listeners. We keep none; the browser is
 * told so once a second, and other listeners have their own.
 */
function releaser(session: CdpSession): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      session.send("Runtime.releaseObjectGroup", { objectGroup: "console" }).catch(() => undefined);
    }, releaseMs).unref();
  };
}
