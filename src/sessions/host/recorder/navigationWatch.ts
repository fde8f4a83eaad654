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
  loaderId?: string;
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
/** A navigation that is under way. */
interface Start {
  url: string;
  loaderId: string;
  type: string;
  requested: boolean;
  at: number;
}

/** Ways to an address that begin outside of pages (https://chromedevtools.github.io/devtools-protocol/tot/Page/#type-TransitionType). */
const byPerson = new Set(["typed", "address_bar", "auto_bookmark", "generated", "keyword", "keyword_generated"]);
/** A page's own `history.back()` follows the click that asked for it within this time, in ms. */
const causedMs = 700;
/** The browser refuses to tell its history while it swaps pages. */
const historyTries = 25;
const historyRetryMs = 40;
/** How often it is asked for an entry that it does not hold yet. */
const entryTries = 3;
/** More than a page has under way: what never arrives, such as a download, is forgotten. */
const maxOpen = 20;

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
  /** What the page asked for and has not started yet, and what has started and not arrived yet. */
  let requests: string[] = [];
  let starts: Start[] = [];
  let known: History | undefined;

  /** @param url what it is to hold: the page tells where it arrived before the browser has entered that */
  const history = async (url?: string): Promise<History | undefined> => {
    for (let round = 0; round < historyTries; round++) {
      try {
        const now = await session.send<History & Record<string, unknown>>("Page.getNavigationHistory");
        if (url === undefined || round >= entryTries || now.entries.some((entry) => isAt(entry, url))) return now;
      } catch {
        // It is asked again.
      }
      await new Promise((resolve) => void setTimeout(resolve, historyRetryMs).unref());
    }
    return undefined;
  };

  const arrived = (url: string, failed: boolean, start: Start | undefined): void => {
    const told = history(start?.requested === false ? url : undefined);
    enqueue(async () => {
      const before = known;
      const now = await told;
      known = now ? { ...now, currentIndex: placeOf(url, start?.type, before, now) } : known;
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

  // The page's process tells what it asks for and where it arrived, the browser's what started: on a busy machine
  // the two come in another order than they happened.
  session.on<{ frameId: string; url: string }>("Page.frameRequestedNavigation", ({ frameId, url }) => {
    if (frameId !== targetId) return;
    const start = starts.findLast((one) => !one.requested && one.url === url);
    if (start) start.requested = true;
    else requests = [...requests, url].slice(-maxOpen);
  });
  session.on<{ frameId: string; url: string; loaderId: string; navigationType: string }>(
    "Page.frameStartedNavigating",
    ({ frameId, url, loaderId, navigationType }) => {
      if (frameId !== targetId) return;
      const request = requests.lastIndexOf(url);
      requests = requests.slice(request + 1);
      const start = { url, loaderId, type: navigationType, requested: request >= 0, at: Date.now() };
      starts = [...starts, start].slice(-maxOpen);
    },
  );
  session.on<{ frame: Frame }>("Page.frameNavigated", ({ frame }) => {
    if (frame.id !== targetId) return;
    const url = frame.unreachableUrl ?? frame.url;
    // A page that was kept for "back" comes with the loader that it had.
    const start =
      starts.find(({ loaderId }) => loaderId === frame.loaderId) ??
      starts.findLast((one) => withoutFragment(one.url) === withoutFragment(url));
    // What the document before asked for and had under way is void.
    starts = start ? starts.slice(starts.indexOf(start) + 1) : starts;
    requests = [];
    arrived(url, frame.unreachableUrl !== undefined, start);
  });
  session.on<{ frameId: string; url: string }>("Page.navigatedWithinDocument", ({ frameId, url }) => {
    if (frameId !== targetId) return;
    const start = starts.findLast((one) => one.url === url && /sameDocument$/i.test(one.type));
    starts = starts.filter((one) => one !== start);
    arrived(url, false, start);
  });
  enqueue(async () => {
    known ??= await history();
  });
}

/** Where in the history a navigation led: the page may have gone on before the browser was asked. */
function placeOf(url: string, type: string | undefined, before: History | undefined, now: History): number {
  const { currentIndex, entries } = now;
  if (before === undefined || type?.startsWith("reload") === true) return currentIndex;
  if (type?.startsWith("history") === true) {
    if (isAt(entries[currentIndex], url)) return currentIndex;
    const back = entries.findLastIndex((entry, index) => index < before.currentIndex && isAt(entry, url));
    return back >= 0 ? back : currentIndex;
  }
  const next = entries.findIndex((entry, index) => index > before.currentIndex && isAt(entry, url));
  return next >= 0 && next < currentIndex ? next : currentIndex;
}

function isAt(entry: HistoryEntry | undefined, url: string): boolean {
  return entry !== undefined && withoutFragment(entry.url) === withoutFragment(url);
}

function withoutFragment(url: string): string {
  return url.replace(/#.*$/s, "");
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
