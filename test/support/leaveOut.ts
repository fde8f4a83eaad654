/** Tests that this machine cannot run: skipped, with the reason in the summary at the end of `npm test`. */
import type { Context } from "mocha";

/** Skips the running test (or, from a `before`, its suite) and has the runner say why. Never returns. */
export function leaveOut(context: Context, reason: string): never {
  const store = globalThis as unknown as Record<symbol, string[] | undefined>;
  (store[Symbol.for("libretto.leftOut")] ??= []).push(reason);
  return context.skip();
}
