/** What a command shows where a person looks at it. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Context } from "mocha";
import { cliPath, type Workspace } from "./cli.js";
import { leaveOut } from "./leaveOut.js";

/** From util-linux: runs a command on a terminal of its own and hands on what that was sent. */
const script = "/usr/bin/script";

/** Skips the running test where there is no terminal for it. */
export function needTerminal(context: Context): void {
  if (process.platform !== "linux" || !existsSync(script))
    leaveOut(context, `output to a terminal: ${script} is missing`);
}

/**
 * What to spawn so that the CLI runs on a terminal, whose width nobody has set; its exit status is the CLI's.
 * @param before what the terminal's shell does first
 */
export function onTerminal(args: string[], before = ""): [program: string, args: string[]] {
  const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
  const command = [process.execPath, cliPath, ...args].map(quote).join(" ");
  return [script, ["-qec", `${before}${command}`, "/dev/null"]];
}

/**
 * Runs a command that has to succeed on a terminal.
 * @param columns its width; 0 where nobody has set one
 */
export function shownOnTerminal(workspace: Workspace, args: string[], columns = 120): string[] {
  const shown = execFileSync(...onTerminal(args, `stty cols ${columns} && `), {
    env: workspace.env,
    cwd: workspace.folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return shown.trim().split("\r\n");
}
