/** Run the editor's code as `exec`, on sessions with write access. */
import { runEditorCode } from "../code/editorCode.js";
import type { CommandContext } from "./command.js";

export function exec(context: CommandContext, argument: unknown): Promise<void> {
  return runEditorCode(context, "exec", argument);
}
