/** Opens the address of a new session in its first tab and waits until it can be worked with. */
import type { Browser } from "../browserFinder.js";
import { LibrettoError } from "../errors.js";
import type { Targets } from "./targets.js";

interface Wanted { url: string | undefined; browser: Pick<Browser, "kind">; waitUntil?: "load" | "domcontentloaded" | "commit"; timeoutMs: number }

/**
 * @returns a warning where the page opened and did not finish loading
 * @throws `Failed` where it could not be opened at all
 */
export async function openFirstPage(targets: Targets, { url, browser, waitUntil = "load", timeoutMs }: Wanted, signal: AbortSignal): Promise<string | undefined> {
  const first = targets.find() ?? (await firstTab(targets, timeoutMs));
  if (url === undefined || url === "about:blank") return undefined;
  const { session } = first;
  let stop: () => void = () => undefined;
  const ready = new Promise<string | undefined>((resolve) => {
    const loaded = (): void => resolve(undefined);
    const dialog = ({ type }: { type: string }): void => resolve(`The page shows a dialog (${type}) and waits for an answer.`);
    const abort = (): void => resolve(undefined);
    const timer = setTimeout(() => resolve(`The page has not finished loading within ${timeoutMs / 1000} s; the session is open.`), timeoutMs);
    const event = waitUntil === "load" ? "Page.loadEventFired" : "Page.domContentEventFired";
    session.on(event, loaded);
    session.on("Page.javascriptDialogOpening", dialog);
    signal.addEventListener("abort", abort, { once: true });
    stop = () => {
      clearTimeout(timer);
      session.off(event, loaded);
      session.off("Page.javascriptDialogOpening", dialog);
      signal.removeEventListener("abort", abort);
    };
  });
  try {
    // The browser may navigate before the page has heard of what was sent before: wait until it has.
    await session.send("Page.enable");
    const navigated = session.send<{ errorText?: string; isDownload?: boolean }>("Page.navigate", { url });
    // A server that never answers keeps `Page.navigate` waiting too.
    const first = await Promise.race([navigated, ready.then((warning) => ({ warning }))]);
    if ("warning" in first) return first.warning;
    if ("errorText" in first && first.errorText !== undefined && first.errorText !== "" && first.isDownload !== true) {
      throw new LibrettoError("Failed", `${url} could not be opened: ${first.errorText}.`, "Check the address and that its server runs; nothing was left open.");
    }
    if ("isDownload" in first && first.isDownload === true) return "The address is a download; the page stays empty.";
    return waitUntil === "commit" ? undefined : await ready;
  } finally {
    stop();
    // A headless shell answers dialogs by itself as long as nobody listens to the page; nobody else would.
    if (browser.kind === "headless-shell") void session.send("Page.disable").catch(() => undefined);
  }
}

/** A browser that was just started may not have told of its first tab yet. */
function firstTab(targets: Targets, timeoutMs: number): Promise<NonNullable<ReturnType<Targets["find"]>>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new LibrettoError("BrowserFailed", "The browser opened no page.", "Try again, or set LIBRETTO_CHROMIUM to another browser.")), timeoutMs);
    targets.onPagesChanged(() => {
      const found = targets.find();
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}
