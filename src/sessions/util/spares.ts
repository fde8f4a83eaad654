/** Processes that are started before somebody asks for them, or kept after that. */
import type { Environment } from "./environment.js";

/** How long a process that nobody uses is kept, in ms. */
export interface SpareTimes {
  /** One that was started before anybody asked; 0 where none is to be. */
  unusedMs: number;
  /** One that somebody has used. */
  usedMs: number;
}

/** LIBRETTO_SPARE_MS is for tests and benchmarks: 0 for no process that nobody asked for. */
export function spareTimes(env: Environment): SpareTimes {
  const given = env.LIBRETTO_SPARE_MS;
  const usedMs = Number(given) || 5 * 60_000;
  return { usedMs, unusedMs: given === "0" ? 0 : Math.min(usedMs, 2 * 60_000) };
}
