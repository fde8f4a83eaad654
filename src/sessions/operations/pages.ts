/** `pages`: the open tabs of a session (S19). */
import { hostOf, type SessionsContext } from "./context.js";
import type { Cancellation } from "../ipc/jsonrpc.js";
import type { PagesResult } from "../ipc/protocol.js";

/** @throws `NoSuchSession`, `SessionEnded`, `HostUnreachable` */
export async function pages(
  context: SessionsContext,
  options: { session?: string | undefined },
  signal?: Cancellation,
): Promise<PagesResult> {
  const host = await hostOf(context, options.session);
  return host.request("pages", {}, {}, signal);
}
