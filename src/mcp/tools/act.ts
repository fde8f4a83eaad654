/** `act`: steps on a page, and what they changed. */
import { act, describeActed } from "../../sessions/operations/act.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import { answer, failureText } from "../answers.js";
import type { Tool } from "../call.js";
import { defaultMaxChars } from "../toolList.js";

export const run: Tool<"act"> = async ({ input, connection, signal, progress }) => {
  const result = await act(
    connection.context,
    {
      steps: input.steps,
      session: connection.sessionOf(input.session),
      page: input.page,
      timeoutMs: input.timeout_ms,
      maxChars: input.max_chars,
      cwd: connection.cwd,
    },
    { notice: () => progress("Waiting for what runs there.") },
    signal,
  );
  const acted = answer({
    head: `${result.done} of ${result.steps} ${result.steps === 1 ? "step" : "steps"} done in session "${result.session}".`,
    page: describeActed(result).replace(/^.*\n/, ""),
    url: result.page.url,
    maxChars: Math.max(defaultMaxChars, input.max_chars ?? 0),
  });
  if (result.failure === undefined) return acted;
  const failed = failureText(LibrettoError.fromData(result.failure), { url: result.page.url });
  return { content: [{ type: "text", text: failed }, ...acted.content], isError: true };
};
