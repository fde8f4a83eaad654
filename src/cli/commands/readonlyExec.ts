import { readonlyExec } from "../../sessions/operations/readonlyExec.js";
import type { Command } from "../command.js";
import { codeOptions, runCode } from "./codeCommand.js";

export const command: Command = {
  usage: "<code | -> [--session <name>] [--page <id>] [--timeout <ms>]",
  positionals: { min: 0, max: 1, names: "one piece of code (or - for standard input)" },
  options: codeOptions,
  details: [
    "The code is TypeScript: statements with await and return, or a lone expression. It runs in an interpreter of",
    "its own that can reach nothing but reads: page.url(), title(), content(), locators and what they read,",
    "get(url), scrollBy(dx, dy), state, console, URL, Buffer. Everything else throws ReadonlyExecDenied.",
  ].join("\n"),
  examples: [
    'libretto readonly-exec "return await page.title()"',
    "libretto readonly-exec --session diag \"page.locator('#submit').isVisible()\"",
    "libretto readonly-exec - < look.ts",
  ],
  run: (call) => runCode(call, (options, listener, signal) => readonlyExec(call.context, options, listener, signal)),
};
