/** Whether a page's own document is on its way, known by its request. */
import type { RequestWillBeSent } from "../recorder/networkEvents.js";
import type { CdpSession } from "../wire/cdp.js";

/**
 * Tells when a page asks for a document, and when that has come, has failed or has been stopped. The events of CDP's
 * Page domain tell the same, and of what the document loads, but in a headless shell that domain stays off: it would
 * change what the page's dialogs do.
 * @param isPage whether a frame is the whole page
 */
export function followDocument(
  session: CdpSession,
  isPage: (frameId: string) => boolean,
  changed: (isLoading: boolean) => void,
): void {
  let awaited: string | undefined;
  session.on<RequestWillBeSent>("Network.requestWillBeSent", ({ requestId, loaderId, frameId = "", type }) => {
    if (type !== "Document" || requestId !== loaderId || requestId === awaited || !isPage(frameId)) return;
    awaited = requestId;
    changed(true);
  });
  const ended = ({ requestId }: { requestId: string }): void => {
    if (requestId !== awaited) return;
    awaited = undefined;
    changed(false);
  };
  session.on("Network.loadingFinished", ended);
  session.on("Network.loadingFailed", ended);
  session.on("Inspector.targetCrashed", () => awaited !== undefined && ended({ requestId: awaited }));
}
