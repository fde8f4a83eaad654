/** Errors of the bridge that end differently from those of the page or the network. */

/** The call is not in the table, or asks for more than a read. The message names what was tried. */
export class NotAllowed extends Error {}

/** The answer to a `get` was larger than what is allowed. */
export class AnswerTooLarge extends Error {}
