/** Run the editor's code as `readonly-exec`. */
import { runEditorCode } from "../code/editorCode.js";
import type { CommandContext } from "./command.js";

export function readonlyExec(context: CommandContext, argument: unknown): Promise<void> {
  return runEditorCode(context, "readonly-exec", argument);
}
