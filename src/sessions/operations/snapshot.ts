/** `snapshot`: a picture and an accessibility tree of a page, kept under the session's folder (S20). */
import { hostOf, type SessionsContext } from "./context.js";
import { usageError } from "../util/errors.js";
import type { Cancellation } from "../ipc/jsonrpc.js";
import type { SnapshotResult } from "../ipc/protocol.js";

/** @throws `PageNotFound`, `TimedOut`, `NoSuchSession`, `Usage` for what is no ref */
export async function snapshot(
  context: SessionsContext,
  options: { session?: string | undefined; page?: string | undefined; ref?: string | undefined },
  signal?: Cancellation,
): Promise<SnapshotResult> {
  if (options.ref !== undefined && !/^(f\d+)?e\d+$/.test(options.ref))
    throw usageError(
      `${JSON.stringify(options.ref)} is not a ref.`,
      "Take one from the tree of an earlier snapshot, for example `libretto snapshot e12`.",
    );
  const host = await hostOf(context, options.session);
  return host.request(
    "snapshot",
    {
      ...(options.page === undefined ? {} : { page: options.page }),
      ...(options.ref === undefined ? {} : { ref: options.ref }),
    },
    {},
    signal,
  );
}
