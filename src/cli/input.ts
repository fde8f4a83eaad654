/** Reads standard input to its end, whatever it is. */
import { usageError } from "../sessions/util/errors.js";
import { decodeText } from "../sessions/util/text.js";
import { readInput } from "../sessions/util/standardInput.js";

/** @throws `Usage` if it cannot be read */
export function readStandardInput(): string {
  const pieces: Buffer[] = [];
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(64 * 1024);
      const size = readInput(piece);
      if (size === 0) return decodeText(Buffer.concat(pieces));
      pieces.push(piece.subarray(0, size));
    }
  } catch (error) {
    throw usageError(
      `Standard input cannot be read: ${(error as Error).message}`,
      "Give the code as an argument, or with --file <path>.",
    );
  }
}
