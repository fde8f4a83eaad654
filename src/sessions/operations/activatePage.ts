/** Brings a tab to the front. Looking at it changes nothing of the page, so it works in either mode. */
import { hostOf, type SessionsContext } from "./context.js";

/** @throws `PageNotFound` where the tab is gone, `TimedOut` where the browser does not answer */
export async function activatePage(
  context: SessionsContext,
  options: { session: string; page: string },
): Promise<void> {
  const host = await hostOf(context, options.session);
  await host.request("activate", { page: options.page });
}
