/** Timers. The clock is the host's: a timer is a call that it answers when the time has come. */
import { callBack, cancel, send } from "./bridge.js";
import { printError } from "./inspect.js";

const longest = 2 ** 31 - 1;
const intervals = new Map<string, string>();

function milliseconds(value: unknown): number {
  const ms = Number(value);
  return ms >= 1 && ms <= longest ? ms : 1;
}

function guarded(callback: unknown, args: unknown[]): () => void {
  if (typeof callback !== "function") throw new TypeError("A timer needs a function");
  return () => {
    try {
      (callback as (...args: unknown[]) => void)(...args);
    } catch (error) {
      send("console", "error", `A timer failed: ${printError(error)}`);
    }
  };
}

export function setTimeout(callback: unknown, ms?: unknown, ...args: unknown[]): number {
  return Number(callBack("timer", [milliseconds(ms)], guarded(callback, args)));
}

export function setImmediate(callback: unknown, ...args: unknown[]): number {
  return setTimeout(callback, 0, ...args);
}

export function setInterval(callback: unknown, ms?: unknown, ...args: unknown[]): number {
  const run = guarded(callback, args);
  const again = (): void => {
    intervals.set(
      id,
      callBack("timer", [milliseconds(ms)], () => {
        again();
        run();
      }),
    );
  };
  const id = callBack("timer", [milliseconds(ms)], () => {
    again();
    run();
  });
  intervals.set(id, id);
  return Number(id);
}

export function clearTimer(id: unknown): void {
  const key = String(id);
  cancel(intervals.get(key) ?? key);
  intervals.delete(key);
}

/** Resolves after that time. */
export function sleep(ms: unknown): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

export function queueMicrotask(callback: unknown): void {
  const run = guarded(callback, []);
  void Promise.resolve().then(run);
}

/** Ms with fractions, of a clock that only goes forward. */
export const performance = { now: (): number => Number(send("now", "")) };
