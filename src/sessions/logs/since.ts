/** Times as people give them to `--since`. */
import { usageError } from "../util/errors.js";

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The time that is meant, as rows write it.
 * @param text how long ago (`90s`, `5m`, `2h`, `1d`), or a date or time such as `2026-11-23`, `2026-11-23T10:00Z`;
 *   local time where it names no zone
 * @throws `Usage`
 */
export function parseSince(text: string, now: number = Date.now()): string {
  const ago = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)$/i.exec(text.trim());
  const at = ago
    ? now - Number(ago[1]) * (unitMs[(ago[2] ?? "").toLowerCase()] ?? Number.NaN)
    : /^\d{4}-\d\d/.test(text.trim())
      ? Date.parse(localIfBare(text.trim()))
      : Number.NaN;
  if (Number.isNaN(at) || Math.abs(at) > 8.64e15)
    throw usageError(
      `${JSON.stringify(text)} is no time.`,
      "Say how long ago, such as 90s, 5m, 2h or 1d, or when, such as 2026-11-23T10:00:00Z.",
    );
  return new Date(at).toISOString();
}

/** A lone date is UTC to `Date.parse`, and a date with a time is local; people mean their own day. */
function localIfBare(text: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text.replace(" ", "T");
}
