/** `exec`: Playwright code in the session's REPL; offered with `--allow-exec` alone. */
import { exec } from "../../sessions/operations/exec.js";
import type { Tool } from "../call.js";
import { runCode } from "./code.js";

export const run: Tool<"exec"> = (call) =>
  runCode(call, (options, listener, signal) => exec(call.connection.context, options, listener, signal));
