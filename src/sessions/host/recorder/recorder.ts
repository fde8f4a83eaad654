/**
 * The recorder of a session: what goes over the network, what a person does in the window, and what happens to
 * the pages. It watches through CDP alone and changes nothing of what a page can see.
 */
import type { Redactor } from "../../logs/redact.js";
import type { ActionPicture, ActionRow, LogRow, NetworkRow } from "../../logs/rows.js";
import type { CdpConnection, CdpSession } from "../wire/cdp.js";
import type { AttachedTarget, Targets } from "../wire/targets.js";
import type { ActionsRecorder } from "./actionsRecorder.js";
import { AgentSpans, type AgentSpan } from "../wire/agentSpans.js";
import type { BrowserEvent, DownloadFiles } from "./downloadFiles.js";
import { DownloadRecorder } from "./downloadRecorder.js";
import { EventsRecorder } from "./eventsRecorder.js";
import { settledWithin } from "../../util/timeouts.js";
import { NetworkRecorder } from "./networkRecorder.js";

/** Takes rows and never throws; such as a `JsonlWriter`. */
export interface RowWriter {
  append(row: object): void;
}

export interface RecorderOptions {
  cdp: CdpConnection;
  /** Not started yet. */
  targets: Targets;
  network: RowWriter;
  actions: RowWriter;
  logs: RowWriter;
  options: {
    /** Shared, so that what one part of the host learns to be secret is masked by all. */
    redactor: Redactor;
    /** Bytes that are kept of each text body; 0 keeps none. */
    bodyLimitBytes: number;
    /** Of a browser that we started: settings of another's browser are left alone. */
    files?: DownloadFiles | undefined;
  };
  /** Told what the browser says of downloads to `files`. */
  onDownload?: (event: BrowserEvent) => void;
  /** Told the page's target when a person does something in it by hand, such as for `targets.touch`. */
  onActivity?: (targetId: string) => void;
  /** The picture beside a row of what was done, where there is one. */
  pictureOf?: (row: ActionRow) => ActionPicture | undefined;
}

export interface Recorder {
  /** Resolves when the browser has agreed to tell everything of the pages that exist; navigate after that. */
  ready(): Promise<void>;
  /**
   * Says that code begins or ends to send input to a page, or to navigate it: what the page tells of that time is
   * code's doing, and becomes no entry of the person's. Say `begin` before the command is sent, and `end` when it
   * is answered (`agentSpans.ts`).
   */
  agentActive(phase: "begin" | "end", span: AgentSpan): void;
  /**
   * From now on a person acts in the pages of a browser without a window, too. Resolves when what they do is recorded.
   * @returns whether it is the headless shell, in which the `Page` domain stays off
   */
  attend(): Promise<{ isShell: boolean }>;
  /** Records what code did to a page; the row is masked here. */
  agentAction(row: ActionRow): void;
  /** Hands what is still open to the writers, within a quarter of a second; the writers are the caller's to flush. */
  dispose(): Promise<void>;
}

/**
 * What kind of browser it is. In the headless shell the `Page` domain stays off (`eventsRecorder.ts` says why);
 * without a window nobody acts by hand.
 */
type BrowserKind = "shell" | "headless" | "windowed";

/** Targets that have pages' code in them; the browser's own windows are none of ours. */
const recordedTypes = new Set(["page", "iframe", "worker", "shared_worker", "service_worker", "worklet"]);
/** Longest value in a row of what code did, in characters: a row is for reading. */
const maxValueLength = 1_000;
/** A browser that does not answer must not keep a session from opening. */
const readyMs = 2_000;
/** A page that does not answer must not keep a person from acting in it. */
const attendMs = 500;

/** Starts recording. Call it before `targets.start()`, or it misses targets that exist. */
export function startRecorder({
  cdp,
  targets,
  network,
  actions,
  logs,
  options,
  onActivity,
  onDownload = () => undefined,
  pictureOf = () => undefined,
}: RecorderOptions): Recorder {
  const { redactor } = options;
  const spans = new AgentSpans();
  const networkRecorder = new NetworkRecorder({
    write: (row: NetworkRow) => network.append(row),
    redactor,
    bodyLimitBytes: options.bodyLimitBytes,
  });
  const downloads = new DownloadRecorder({
    write: (row) => network.append(redactor.networkRow(row)),
    wasNavigation: (url, since) => networkRecorder.becameDownload(url, since),
    isPage: (frameId) => [...recorded.values()].some(({ type, targetId }) => type === "page" && targetId === frameId),
  });
  const eventsRecorder = new EventsRecorder(cdp, {
    write: (row: LogRow) => logs.append(row),
    redactor,
    downloads,
    files: options.files,
  });
  const writeAction = (row: ActionRow): void => {
    const picture = pictureOf(row);
    actions.append(picture ? { ...row, picture } : row);
  };
  let actionsRecorder: ActionsRecorder | undefined;
  let kind: BrowserKind | undefined;
  let disposed = false;
  const recorded = new Map<string, AttachedTarget>();
  const settling = new Set<Promise<unknown>>();

  /** A target may go while it is set up; nobody needs to hear of it. */
  const settle = (work: Promise<unknown>): void => {
    const quiet = work.catch(() => undefined).finally(() => settling.delete(quiet));
    settling.add(quiet);
  };

  const watchDetached = (parent: CdpSession): void =>
    parent.on<{ sessionId: string }>("Target.detachedFromTarget", ({ sessionId }) => {
      const target = recorded.get(sessionId);
      recorded.delete(sessionId);
      if (!target) return;
      networkRecorder.targetGone(target.session, "The page or worker was closed before the answer came.");
      actionsRecorder?.targetGone(target);
    });

  /** Sends what needs the browser's kind to be known: synchronously, for new pages wait for nothing else. */
  const watchPage = (target: AttachedTarget): void => {
    if (kind === undefined || (target.type !== "page" && target.type !== "iframe")) return;
    if (kind === "shell") {
      if (actionsRecorder) settle(actionsRecorder.attach(target));
      return;
    }
    if (target.type === "page") eventsRecorder.watchPage(target, kind === "windowed");
    settle(target.session.send("Page.enable"));
    if (actionsRecorder) settle(actionsRecorder.attach(target));
  };

  const attach = (target: AttachedTarget): void => {
    // Each page sees the service worker of its site as a target below itself; the browser tells of it once.
    if (!recordedTypes.has(target.type) || (target.type === "service_worker" && target.pageId !== undefined)) return;
    if (target.session.sessionId !== undefined) recorded.set(target.session.sessionId, target);
    watchDetached(target.session);
    settle(networkRecorder.attach(target));
    settle(eventsRecorder.attach(target));
    watchPage(target);
  };

  /** Loaded where it is needed, for it holds the script of the pages. */
  const makeActionsRecorder = async (newDocuments: boolean): Promise<ActionsRecorder> => {
    const loaded = await import("./actionsRecorder.js");
    return new loaded.ActionsRecorder({
      write: writeAction,
      redactor,
      spans,
      onActivity,
      newDocuments,
    });
  };

  const learnKind = async (): Promise<void> => {
    const { product, userAgent } = await cdp.send<{ product: string; userAgent: string }>("Browser.getVersion");
    const learned: BrowserKind = product.startsWith("Headless")
      ? "shell"
      : userAgent.includes("Headless")
        ? "headless"
        : "windowed";
    if (learned === "windowed") actionsRecorder = await makeActionsRecorder(true);
    kind = learned;
    if (!disposed) for (const target of recorded.values()) watchPage(target);
  };

  watchDetached(cdp);
  cdp.on<{ targetId: string }>("Target.targetCrashed", ({ targetId }) => {
    for (const target of recorded.values())
      if (target.targetId === targetId)
        networkRecorder.targetGone(target.session, "The page crashed before the answer came.");
  });
  targets.onAttach(attach);
  settle(learnKind());
  if (options.files) settle(options.files.start(cdp, onDownload));

  return {
    ready: async () => {
      const settled = async (): Promise<void> => {
        // What settles may bring more: the kind of the browser, its pages' domains.
        while (settling.size > 0) await Promise.all([...settling]);
      };
      await settledWithin(readyMs, settled());
    },
    agentActive: (phase, span) => {
      if (phase === "begin") spans.begin(span);
      else spans.end(span);
    },
    attend: async () => {
      if (!actionsRecorder && !disposed) {
        const made = await makeActionsRecorder(kind !== "shell");
        if (!actionsRecorder) {
          actionsRecorder = made;
          const pages = [...recorded.values()].filter(({ type }) => type === "page" || type === "iframe");
          // Pages first: a frame belongs to one.
          pages.sort((a, b) => Number(a.type === "iframe") - Number(b.type === "iframe"));
          await settledWithin(attendMs, Promise.all(pages.map((target) => made.attach(target))));
        }
      }
      return { isShell: kind === "shell" };
    },
    agentAction: (row) => {
      const masked = redactor.actionRow(row);
      if (masked.value !== undefined) masked.value = masked.value.slice(0, maxValueLength);
      if (actionsRecorder) actionsRecorder.after(row.pageId, () => writeAction(masked));
      else writeAction(masked);
    },
    dispose: async () => {
      disposed = true;
      networkRecorder.dispose();
      downloads.dispose();
      eventsRecorder.dispose();
      await actionsRecorder?.dispose();
    },
  };
}
