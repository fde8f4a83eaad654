/** Waiting for what may never come. */
import { LibrettoError } from "./errors.js";

/**
 * What the work comes to, or, when the time is up first, what `onTimeout` returns or throws. Work that is not waited
 * for any longer goes on, and may fail unheard.
 */
export async function withTimeout<T, L>(work: Promise<T>, timeoutMs: number, onTimeout: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<L>((resolve, reject) => {
    timer = setTimeout(() => {
      try {
        resolve(onTimeout());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    }, timeoutMs);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when the work is done or the time is up, whatever comes of the work. */
export async function settledWithin(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  await withTimeout(
    work.catch(() => undefined),
    timeoutMs,
    () => undefined,
  );
}

/** The browser's answer. @throws `TimedOut` where it does not come in time */
export function answered<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  return withTimeout(answer, timeoutMs, () => {
    throw new LibrettoError(
      "TimedOut",
      `The browser did not answer within ${timeoutMs} ms.`,
      "See whether it is stopped or starved, and try again; --timeout gives it longer.",
    );
  });
}

/** What the work comes to; rejects with `interrupted()` when the signal says so before. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, interrupted: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(interrupted());
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
