/** `readonly-exec`: code that can read the page and change nothing, in either mode (S13 to S15). */
import type { RequestListener } from "../ipc/client.js";
import { requestCode, type CodeOptions } from "./codeRequest.js";
import type { SessionsContext } from "./context.js";
import type { Cancellation } from "../ipc/jsonrpc.js";
import type { CodeResult } from "../ipc/protocol.js";

/**
 * @param listener hears the code's console, live
 * @param signal cancels the code
 * @throws `ReadonlyExecDenied`, `CodeFailed`, `LimitExceeded`, `TimedOut`, `Interrupted`, `NoSuchSession`
 */
export function readonlyExec(
  context: SessionsContext,
  options: CodeOptions,
  listener?: RequestListener,
  signal?: Cancellation,
): Promise<CodeResult> {
  return requestCode(context, "readonly-exec", options, listener, signal);
}
