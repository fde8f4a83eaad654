/** Names for sessions that their users did not name. */
import { LibrettoError } from "../util/errors.js";

const first =
  "amber bold brisk calm clear crisp dapper eager early fair fleet fresh gentle glad golden grand hardy honest keen kind lively lucid lucky mellow merry neat nimble noble patient plain polite prime proud quick quiet rapid ready rosy sharp silent silver sleek smart snug solid spry steady still sunny swift tidy trusty vivid warm wise witty young zesty".split(
    " ",
  );
const second =
  "aria badger beacon birch brook cedar cello cliff comet coral crane dune ember falcon fern finch fjord flute forest gale glade grove harbor harp hawk heron island jay juniper lake lark linnet lynx maple marlin meadow mesa moon oak opal orchid otter owl pebble pine plover prairie quartz raven reed river robin sable sparrow spruce star stone stork swan thistle tiger trail tulip valley viola willow wren".split(
    " ",
  );

/**
 * A readable name that is not taken, such as `calm-otter`.
 * @param taken tells whether a name is in use
 * @param random a number from 0 up to 1, as `Math.random`
 */
export function generateName(taken: (name: string) => boolean, random: () => number = Math.random): string {
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
  throw new LibrettoError(
    "Failed",
    "No free session name was found.",
    "Name the session yourself with --session <name>.",
  );
}
