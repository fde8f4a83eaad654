/** Names of sessions: the grammar that keeps a name from ever being a path. */
import { usageError } from "../util/errors.js";

const grammar = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Device names that Windows keeps for itself, with or without an extension; a folder cannot have them there. */
const reservedOnWindows = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;

/** Whether the text may name a session (SPEC section E), on any system: a workspace may be shared. */
export function isSessionName(text: string): boolean {
  return grammar.test(text) && !text.endsWith(".") && !reservedOnWindows.test(text);
}

/** Throws a usage error unless the text may name a session. Call it before a path is made of the name. */
export function assertSessionName(text: string): void {
  if (isSessionName(text)) return;
  throw usageError(
    `${JSON.stringify(text)} is not a session name.`,
    "Use 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or a digit, for example --session checkout-debug.",
  );
}
