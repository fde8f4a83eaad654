/** Brings a tab to the front. Looking at it changes nothing of the page, so it works in either mode. */
import { LibrettoError } from "../util/errors.js";
import type { PageInfo } from "../model/page.js";
import type { SessionState } from "../model/state.js";

/**
 * Asks the browser's own HTTP endpoint (`/json/activate`), which works for connected browsers too.
 * @throws `PageNotFound` where the tab is gone, `EndpointUnreachable` where the browser does not answer
 */
export async function activatePage(state: SessionState, page: PageInfo): Promise<void> {
  if (state.cdpEndpoint === null) throw unreachable(state.session);
  const endpoint = new URL(state.cdpEndpoint);
  const address = `${endpoint.protocol === "wss:" ? "https" : "http"}://${endpoint.host}/json/activate/${encodeURIComponent(page.targetId)}`;
  let answer: Response;
  try {
    answer = await fetch(address, { signal: AbortSignal.timeout(5_000) });
  } catch {
    throw unreachable(state.session);
  }
  if (!answer.ok)
    throw new LibrettoError(
      "PageNotFound",
      `Page ${page.id} of session "${state.session}" is gone.`,
      `See what is open: \`libretto pages --session ${state.session}\`.`,
    );
}

function unreachable(session: string): LibrettoError {
  return new LibrettoError(
    "EndpointUnreachable",
    `The browser of session "${session}" does not answer.`,
    "See whether it is live: `libretto list`.",
  );
}
