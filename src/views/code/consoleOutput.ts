/** The console of code and workflows in the output, live, each line with its session's name in front. */
import type * as vscode from "vscode";
import type { RequestListener } from "../../sessions/ipc/client.js";

/**
 * @param session asked with every line: a made-up name is known only when the session is open
 * @returns what hears a request's console and notices
 */
export function consoleInto(
  output: vscode.OutputChannel,
  session: () => string,
): Required<Pick<RequestListener, "console" | "notice">> {
  let heard = false;
  return {
    console: ({ level, text }) => {
      // Shown with the first line, so that it does not stand in the way of code that prints none.
      if (!heard) output.show(true);
      heard = true;
      output.appendLine(`${session()} › ${level === "log" ? "" : `${level}: `}${text}`);
    },
    notice: ({ text }) => output.appendLine(`${session()} › ${text}`),
  };
}
