/**
 * Tells where a person took a page by means of the browser: an address that was typed, back, forward, reload.
 * What a page does by itself, or after a click in it, is no action of its own.
 *
 * The browser announces what a page asked for (`frameRequestedNavigation`) before it starts; what starts
 * without was started by the browser. A script's `history.back()` is not announced; it is told from the
 * button by what came before: a click or a key in the page.
 */
import type { AttachedTarget } from "../wire/targets.js";
import type { UserAction } from "./userActions.js";

interface Frame {
  id: string;
  parentId?: string;
  url: string;
  unreachableUrl?: string;
}
interface HistoryEntry {
  id: number;
  url: string;
  transitionType: string;
}
interface History {
  currentIndex: number;
  entries: HistoryEntry[];
}

/** Ways to an address that begin outside of pages (https://chromedevtools.github.io/devtools-protocol/tot/Page/#type-TransitionType). */
const byPerson = new Set(["typed", "address_bar", "auto_bookmark", "generated", "keyword", "keyword_generated"]);
/** A page's own `history.back()` follows the click that asked for it within this time, in ms. */
const causedMs = 700;
/** The browser refuses to tell its history while it swaps pages. */
const historyTries = 25;
const historyRetryMs = 40;

export interface NavigationWatchOptions {
  /** Runs work in order with all else that is known of the page. */
  enqueue: (work: () => Promise<void> | void) => void;
  emit: (action: UserAction) => void;
  /** Whether a person did something in the page shortly before. */
  actedBefore: (at: number, withinMs: number) => boolean;
  /** Called in order when the page shows another document or place, with the time when it set out for it, if known. */
  changed: (startedAt: number | undefined) => void;
}

export function watchNavigation(
  { session, targetId }: AttachedTarget,
  { enqueue, emit, actedBefore, changed }: NavigationWatchOptions,
): void {
  let requested = false;
  let started: { type: string; requested: boolean; at: number } | undefined;
  let known: History | undefined;

  const history = async (): Promise<History | undefined> => {
    for (let round = 0; round < historyTries; round++) {
      try {
        return await session.send<History & Record<string, unknown>>("Page.getNavigationHistory");
      } catch {
        await new Promise((resolve) => void setTimeout(resolve, historyRetryMs).unref());
      }
    }
    return undefined;
  };

  const arrived = (url: string, failed: boolean): void => {
    const start = started;
    started = undefined;
    enqueue(async () => {
      const before = known;
      known = (await history()) ?? known;
      const caused = start !== undefined && actedBefore(start.at, causedMs);
      changed(start?.at);
      if (!start || start.requested || !known || !/^(?:https?|file|ftp|data|view-source):/i.test(url)) return;
      const action = actionOf(start.type, before, known);
      if (action === undefined || (action !== "goto" && action !== "reload" && caused)) return;
      emit({
        action,
        work: "navigation",
        from: start.at,
        to: Date.now(),
        frameId: undefined,
        url,
        ...(failed ? { success: false, error: "The page could not be reached." } : {}),
      });
    });
  };

  session.on<{ frameId: string }>("Page.frameRequestedNavigation", ({ frameId }) => {
    if (frameId === targetId) requested = true;
  });
  session.on<{ frameId: string; navigationType: string }>(
    "Page.frameStartedNavigating",
    ({ frameId, navigationType }) => {
      if (frameId !== targetId) return;
      started = { type: navigationType, requested, at: Date.now() };
      requested = false;
    },
  );
  session.on<{ frame: Frame }>("Page.frameNavigated", ({ frame }) => {
    if (frame.id === targetId) arrived(frame.unreachableUrl ?? frame.url, frame.unreachableUrl !== undefined);
  });
  session.on<{ frameId: string; url: string }>("Page.navigatedWithinDocument", ({ frameId, url }) => {
    if (frameId === targetId) arrived(url, false);
  });
  enqueue(async () => {
    known ??= await history();
  });
}

function actionOf(type: string, before: History | undefined, now: History): string | undefined {
  if (type.startsWith("reload")) return "reload";
  const entry = now.entries[now.currentIndex];
  if (type.startsWith("history")) {
    if (!before) return undefined;
    return now.currentIndex < before.currentIndex
      ? "goBack"
      : now.currentIndex > before.currentIndex
        ? "goForward"
        : undefined;
  }
  return entry && byPerson.has(entry.transitionType) ? "goto" : undefined;
}
