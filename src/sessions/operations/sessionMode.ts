/** `session-mode`: shows or changes what a session may be used for, at once, for every client (S11). */
import { resolveSession, type SessionsContext } from "./context.js";
import type { RequestListener } from "../ipc/client.js";
import type { Cancellation } from "../ipc/jsonrpc.js";
import type { AccessMode } from "../model/policy.js";
import type { SetModeResult } from "../ipc/protocol.js";
import { assertLive } from "../store/records.js";

export interface SessionModeOptions {
  session?: string | undefined;
  /** Shown only, where it is left out. */
  mode?: AccessMode | undefined;
  /** What becomes of an `exec` that runs when the session is locked: cancelled unless said otherwise. */
  running?: "cancel" | "wait" | undefined;
  /** For how long write access is given, in ms; for good where it is left out. */
  forMs?: number | undefined;
}

/** @throws `NoSuchSession`, `HostUnreachable` */
export async function sessionMode(
  context: SessionsContext,
  options: SessionModeOptions,
  signal?: Cancellation,
  listener: RequestListener = {},
): Promise<SetModeResult> {
  const record = resolveSession(context, options.session);
  if (options.mode === undefined && record.state) {
    assertLive(record);
    // What is on disk is what the host enforces: it writes the one before it answers for the other.
    const { mode, grantedUntil } = record.state;
    return {
      session: record.name,
      mode,
      previous: mode,
      running: "none",
      ...(grantedUntil === undefined ? {} : { grantedUntil }),
    };
  }
  const host = await context.host(record);
  return host.request(
    "session-mode",
    {
      mode: options.mode ?? "read-only",
      ...(options.running === undefined ? {} : { running: options.running }),
      ...(options.forMs === undefined ? {} : { forMs: options.forMs }),
    },
    listener,
    signal,
  );
}
