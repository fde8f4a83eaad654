/** Waiting for what may never come. */
import { LibrettoError } from "./errors.js";

/** Resolves when the work is done or the time is up, whatever comes of the work. */
export async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  await Promise.race([work.catch(() => undefined), timeUp]);
  clearTimeout(timer);
}

/** The browser's answer. @throws `TimedOut` where it does not come in time */
export async function answered<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new LibrettoError(
            "TimedOut",
            `The browser did not answer within ${timeoutMs} ms.`,
            "See whether it is stopped or starved, and try again; --timeout gives it longer.",
          ),
        ),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([answer, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when the work is done, whatever comes of it; rejects with `interrupted()` when the signal says so before. */
export function untilAborted(work: Promise<unknown>, signal: AbortSignal, interrupted: () => Error): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(interrupted());
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, resolve).finally(() => signal.removeEventListener("abort", abort));
  });
}
