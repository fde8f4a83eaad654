/** What to do about failures of code that have a reason which their message does not tell. */
import { LibrettoError } from "../../util/errors.js";

/** What is known of the session in which the code ran. */
export interface FailureSetting {
  session: string;
  /** Whether the browser was started by somebody else (`connect`). */
  connected: boolean;
}

/** The error with a hint that fits it; the error itself where there is none that is better. */
export function withFittingHint(error: LibrettoError, { session, connected }: FailureSetting): LibrettoError {
  const hint = hintFor(error.message, connected, session);
  return hint === undefined
    ? error
    : new LibrettoError(error.code, error.message, hint, { cause: error, place: error.place, target: error.target });
}

function hintFor(message: string, connected: boolean, session: string): string | undefined {
  if (/waiting for event "download"/.test(message))
    return connected
      ? "This browser was connected and keeps its downloads as its own settings say, where code cannot take them: `libretto open` and `libretto run` start one where it can."
      : `No download began: \`libretto logs --session ${session}\` shows what the page did.`;
  if (/page\.go(?:Back|Forward): Timeout/.test(message))
    return 'Where the page that comes back never finishes loading, `waitUntil: "commit"` waits for its address alone.';
  if (/strict mode violation/.test(message))
    return "Say which one is meant: `.first()`, `.nth(1)`, or a locator that names it more closely.";
  if (/Target page, context or browser has been closed/.test(message))
    return `The page was closed: \`libretto pages --session ${session}\` lists those that are open.`;
  return undefined;
}
