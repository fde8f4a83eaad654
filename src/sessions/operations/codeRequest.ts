/** What `exec` and `readonly-exec` share. */
import type { RequestListener } from "../ipc/client.js";
import { hostOf, type SessionsContext } from "./context.js";
import type { Cancellation } from "../ipc/jsonrpc.js";
import type { CodeMethod, CodeResult } from "../ipc/protocol.js";

export interface CodeOptions {
  code: string;
  session?: string | undefined;
  /** Id of a page or a unique beginning of it; the most recently active page where it is left out. */
  page?: string | undefined;
  /** Wall time allowed, in ms. */
  timeoutMs?: number | undefined;
}

/** Sends code to the session's host. */
export async function requestCode(
  context: SessionsContext,
  method: CodeMethod,
  options: CodeOptions,
  listener?: RequestListener,
  signal?: Cancellation,
): Promise<CodeResult> {
  const host = await hostOf(context, options.session, method);
  return host.request(
    method,
    {
      code: options.code,
      ...(options.page === undefined ? {} : { page: options.page }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    },
    listener,
    signal,
  );
}
