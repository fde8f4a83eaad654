/** `request-access`: asks a person for write access (S26). It puts the request on record and grants nothing. */
import type { Cancellation } from "../ipc/jsonrpc.js";
import type { RequestAccessResult } from "../ipc/protocol.js";
import { usageError } from "../util/errors.js";
import { hostOf, type SessionsContext } from "./context.js";

export interface RequestAccessOptions {
  session?: string | undefined;
  /** Why, in one line of at most 500 characters. */
  reason: string;
  /** For how long, in ms; for good where it is left out. */
  forMs?: number | undefined;
  /** Resolves when a person has decided. */
  wait?: boolean | undefined;
}

/** @throws `Usage`, `NoSuchSession`, `RefusedByMode` for a session that nothing unlocks, `Interrupted` */
export async function requestAccess(
  context: SessionsContext,
  { session, reason, forMs, wait }: RequestAccessOptions,
  signal?: Cancellation,
): Promise<RequestAccessResult> {
  if (reason.trim() === "" || reason.length > 500)
    throw usageError(
      "The reason has 1 to 500 characters.",
      'Say it in one line, for example: --reason "fill in the form on page 2".',
    );
  const host = await hostOf(context, session);
  return host.request(
    "request-access",
    { reason, ...(forMs === undefined ? {} : { forMs }), ...(wait === true ? { wait } : {}) },
    {},
    signal,
  );
}
