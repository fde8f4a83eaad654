/** Lengths of time as people write them: `90s`, `15m`, `2h`. */
import { usageError } from "../util/errors.js";

const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
/** The longest that write access is granted for, in ms: a day. */
export const maxGrantMs = 24 * units.h;

/** Parses `15m` into ms. @param option its name, for the error. @throws `Usage` */
export function parseDuration(text: string, option: string): number {
  const [, amount, unit] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
  const ms = Number(amount) * units[(unit ?? "s") as keyof typeof units];
  if (!(ms > 0) || ms > maxGrantMs)
    throw usageError(
      `--${option} takes a length of time of at most a day, not ${JSON.stringify(text)}.`,
      `For example: --${option} 15m, or 90s, or 2h.`,
    );
  return ms;
}

/** As short as it stays clear: `15m`, `1h 30m`, `45s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m` : minutes % 60 === 0 ? `${hours}h` : `${hours}h ${minutes % 60}m`;
}
