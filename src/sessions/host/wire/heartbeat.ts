/** Notices that a browser of another machine, or a stopped one, says nothing any more: no connection tells of that. */
import type { Environment } from "../../util/environment.js";
import type { Wire } from "./wire.js";

/** How long a connected browser may be silent, in ms. LIBRETTO_SILENCE_MS is for tests. */
export function maxSilenceMs(env: Environment): number {
  return Number(env.LIBRETTO_SILENCE_MS) || 60_000;
}

/** The silence is counted in so many steps, so that a time in which this process itself stood still is one step. */
const steps = 4;

/** Gives the browser up when it has not said a word for that long, though it was asked. */
export function watchSilence(wire: Wire, silenceMs: number): void {
  let silent = 0;
  let heardAt = wire.heardAt;
  const timer = setInterval(() => {
    if (wire.heardAt !== heardAt) {
      heardAt = wire.heardAt;
      silent = 0;
    } else if (silent++ === steps) {
      clearInterval(timer);
      wire.giveUp(`it has not answered for ${formatSeconds(silenceMs)}`);
    } else void wire.ping();
  }, silenceMs / steps).unref();
  wire.onClose(() => clearInterval(timer));
}

function formatSeconds(ms: number): string {
  return ms === 60_000 ? "a minute" : `${ms / 1_000} s`;
}
