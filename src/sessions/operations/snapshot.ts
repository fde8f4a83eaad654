/** `snapshot`: a picture and an accessibility tree of a page, kept under the session's folder (S20). */
import { hostOf, type SessionsContext } from "./context.js";
import { usageError } from "../util/errors.js";
import type { Cancellation } from "../ipc/jsonrpc.js";
import type { SnapshotResult } from "../ipc/protocol.js";

export interface SnapshotOptions {
  session?: string | undefined;
  page?: string | undefined;
  /** An element of the tree: its subtree alone. */
  ref?: string | undefined;
  /** Only what holds that text, in any case, or fits that `/regular expression/`, and what it stands in. */
  find?: string | undefined;
  /** Id of an earlier snapshot: what changed since. */
  since?: string | undefined;
  /** Levels of the tree. */
  depth?: number | undefined;
  /** Only what can be clicked, typed into or chosen, and what it stands in. */
  interactive?: boolean | undefined;
  /** Characters of the text. */
  maxChars?: number | undefined;
  /** The tree alone. */
  noPicture?: boolean | undefined;
}

/** @throws `PageNotFound`, `TimedOut`, `NoSuchSession`, `Usage` for what is no ref */
export async function snapshot(
  context: SessionsContext,
  options: SnapshotOptions,
  signal?: Cancellation,
): Promise<SnapshotResult> {
  if (options.ref !== undefined && !/^(f\d+)?e\d+$/.test(options.ref))
    throw usageError(
      `${JSON.stringify(options.ref)} is not a ref.`,
      "Take one from the tree of an earlier snapshot, for example `libretto snapshot e12`.",
    );
  if (options.since !== undefined && !/^\d[\d-]{1,40}$/.test(options.since))
    throw usageError(
      `${JSON.stringify(options.since)} is not the id of a snapshot.`,
      "Take the `id` of an earlier one: the name of its folder under snapshots/.",
    );
  const host = await hostOf(context, options.session);
  const { session: _session, ...params } = options;
  const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
  return host.request("snapshot", given, {}, signal);
}
