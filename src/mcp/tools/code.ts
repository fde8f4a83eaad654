/** What `read` and `exec` share: code in, its value and its console out. */
import type { CodeOptions } from "../../sessions/operations/codeRequest.js";
import type { RequestListener } from "../../sessions/ipc/client.js";
import type { CodeResult } from "../../sessions/ipc/protocol.js";
import { LibrettoError } from "../../sessions/util/errors.js";
import { answer } from "../answers.js";
import type { Call } from "../call.js";
import { defaultMaxChars } from "../toolList.js";
import { pageNote } from "./snapshot.js";

/** Characters of the console that are kept. */
const maxConsole = 8_000;

/** Runs the code by the given verb, and answers with its value. */
export async function runCode(
  { input, connection, signal, progress }: Call<"read" | "exec">,
  verb: (options: CodeOptions, listener: RequestListener, signal: AbortSignal) => Promise<CodeResult>,
): ReturnType<typeof asAnswer> {
  let console = "";
  const listener: RequestListener = {
    console: ({ text }) => {
      if (console.length < maxConsole) console += `${text}\n`;
    },
    notice: () => progress("Waiting for what runs there."),
  };
  const options: CodeOptions = {
    code: input.code,
    session: connection.sessionOf(input.session),
    page: input.page,
    timeoutMs: input.timeout_ms,
  };
  try {
    return asAnswer(await verb(options, listener, signal));
  } catch (thrown) {
    // What it printed before it failed is the half of why.
    const error = LibrettoError.from(thrown);
    if (console === "" || error.code !== "CodeFailed") throw error;
    throw new LibrettoError(error.code, `${error.message}\nconsole:\n${console}`, error.hint, { cause: error });
  }

  function asAnswer(result: CodeResult): Promise<ReturnType<typeof answer>> {
    const value = result.kind === "undefined" ? "(undefined)" : result.text;
    const printed = console === "" ? "" : `console:\n${console.slice(0, maxConsole)}\nvalue:\n`;
    return Promise.resolve(
      answer({
        head: `Ran in session "${result.session}" (${result.mode})${pageNote(result, input.page)}.`,
        page: `${printed}${value}`,
        url: result.page?.url,
        maxChars: input.max_chars ?? defaultMaxChars,
        more: "Return a part of it, or raise max_chars.",
      }),
    );
  }
}
