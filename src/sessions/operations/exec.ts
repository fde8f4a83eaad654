/** `exec`: Playwright code in the session's lasting REPL; refused in read-only mode (S12, S16). */
import type { RequestListener } from "../ipc/client.js";
import { requestCode, type CodeOptions } from "./codeRequest.js";
import type { SessionsContext } from "./context.js";
import type { Cancellation } from "../ipc/jsonrpc.js";
import type { CodeResult } from "../ipc/protocol.js";

/**
 * @param listener hears the code's console, live, and that it waits for another exec
 * @param signal cancels the code; the page and the session stay
 * @throws `RefusedByMode`, `CodeFailed`, `TimedOut`, `Interrupted`, `NoSuchSession`
 */
export function exec(
  context: SessionsContext,
  options: CodeOptions,
  listener?: RequestListener,
  signal?: Cancellation,
): Promise<CodeResult> {
  return requestCode(context, "exec", options, listener, signal);
}
