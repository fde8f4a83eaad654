/**
 * What tests wait for. Where a test's time is up, `scripts/runMocha.mjs` tells what is still awaited and which line of
 * which test file asked for it.
 */

/** One thing that is awaited. */
interface Awaited {
  what: () => string;
  /** In ms, by the process's own clock. */
  since: number;
  /** Where it was asked for. */
  asked: Error;
}

/** The bundles of the test files share no module, and the runner shares none with them. */
const store = globalThis as unknown as Record<symbol, Set<Awaited> | undefined>;
const awaited = (store[Symbol.for("libretto.awaited")] ??= new Set());

/** The promise, on record until it settles. @param what says in a line what it is, and how far it came */
export async function awaiting<T>(what: () => string, promise: Promise<T>): Promise<T> {
  const entry: Awaited = { what, since: performance.now(), asked: new Error("asked for here") };
  awaited.add(entry);
  try {
    return await promise;
  } finally {
    awaited.delete(entry);
  }
}
