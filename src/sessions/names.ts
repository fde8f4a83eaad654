/** Names of sessions: the grammar that keeps a name from ever being a path, and names made up for users. */
import { LibrettoError, usageError } from "./errors.js";

const grammar = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Device names that Windows keeps for itself, with or without an extension; a folder cannot bear them there. */
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

const first = "amber bold brisk calm clear crisp dapper eager early fair fleet fresh gentle glad golden grand hardy honest keen kind lively lucid lucky mellow merry neat nimble noble patient plain polite prime proud quick quiet rapid ready rosy sharp silent silver sleek smart snug solid spry steady still sunny swift tidy trusty vivid warm wise witty young zesty".split(" ");
const second = "aria badger beacon birch brook cedar cello cliff comet coral crane dune ember falcon fern finch fjord flute forest gale glade grove harbor harp hawk heron island jay juniper lake lark linnet lynx maple marlin meadow mesa moon oak opal orchid otter owl pebble pine plover prairie quartz raven reed river robin sable sparrow spruce star stone stork swan thistle tiger trail tulip valley viola willow wren".split(" ");

/**
 * A readable name that is not taken, such as `calm-otter`.
 * @param taken tells whether a name is in use
 * @param random a number from 0 up to 1, as `Math.random`
 */
export function makeUpName(taken: (name: string) => boolean, random: () => number = Math.random): string {
  const pick = (words: string[]): string => words[Math.floor(random() * words.length)] ?? "session";
  for (let round = 0; round < 200; round++) {
    const name = `${pick(first)}-${pick(second)}`;
    if (!taken(name)) return name;
  }
  // With thousands of sessions on record the pairs run out: number them.
  for (let number = 2; number < 1_000_000; number++) {
    const name = `${pick(first)}-${pick(second)}-${number}`;
    if (!taken(name)) return name;
  }
  throw new LibrettoError("Failed", "No free session name was found.", "Name the session yourself with --session <name>.");
}
