import { exec } from "../../sessions/operations/exec.js";
import type { Command } from "../command.js";
import { codeOptions, runCode } from "./codeCommand.js";

export const command: Command = {
  usage: "<code | -> [--session <name>] [--page <id>] [--timeout <ms>]",
  positionals: { min: 0, max: 1, names: "one piece of code (or - for standard input)" },
  options: codeOptions,
  details: [
    "The code is TypeScript: statements with await and return, or a lone expression. Declarations last from call",
    "to call. At hand: page, frame, context, browser, state, console, fetch, Buffer, URL, timers.",
    "Refused while the session is read-only.",
  ].join("\n"),
  examples: [
    "libretto exec \"await page.getByRole('button', { name: 'Sign in' }).click()\"",
    "libretto exec \"const rows = await page.locator('tr').count()\"",
    "libretto exec - < steps.ts",
  ],
  run: (call) => runCode(call, (options, listener, signal) => exec(call.context, options, listener, signal)),
};
