/** `read`: code that can read the page and change nothing (`readonly-exec`). */
import { readonlyExec } from "../../sessions/operations/readonlyExec.js";
import type { Tool } from "../call.js";
import { runCode } from "./code.js";

export const run: Tool<"read"> = (call) =>
  runCode(call, (options, listener, signal) => readonlyExec(call.connection.context, options, listener, signal));
