/** `setup`: installs a browser where none is found. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { listBrowsers, type Browser } from "../browser/browserFinder.js";
import type { SessionsContext } from "./context.js";
import { LibrettoError } from "../util/errors.js";

export interface SetupResult {
  browsers: Browser[];
  /** How the browser came: it was there, from Playwright, or as Debian's package. */
  how: "present" | "playwright" | "debian";
}

/**
 * Looks for a browser and installs one if there is none (or if `force`): Playwright's own, else, as root on
 * Debian, the system's package.
 * @param output hears the installers, in pieces
 * @throws `BrowserNotFound` that says how to install one by hand
 */
export async function setup(
  context: Pick<SessionsContext, "env">,
  options: { force?: boolean | undefined },
  output: (text: string) => void,
  signal?: AbortSignal,
): Promise<SetupResult> {
  const present = listBrowsers(context.env);
  if (present.length > 0 && options.force !== true) return { browsers: present, how: "present" };
  const installer = join(dirname(createRequire(__filename).resolve("playwright-core/package.json")), "cli.js");
  const installed = await runProgram(process.execPath, [installer, "install", "chromium"], context.env, output, signal);
  if (installed && listBrowsers(context.env).length > 0)
    return { browsers: listBrowsers(context.env), how: "playwright" };
  if (process.platform === "linux" && process.getuid?.() === 0 && existsSync("/etc/debian_version")) {
    const env = { ...context.env, DEBIAN_FRONTEND: "noninteractive" };
    const done =
      (await runProgram("apt-get", ["update"], env, output, signal)) &&
      (await runProgram(
        "apt-get",
        ["install", "-y", "--no-install-recommends", "chromium", "chromium-headless-shell"],
        env,
        output,
        signal,
      ));
    if (done && listBrowsers(context.env).length > 0) return { browsers: listBrowsers(context.env), how: "debian" };
  }
  throw new LibrettoError(
    "BrowserNotFound",
    "No browser could be installed.",
    "Install Chrome, Edge or Chromium by hand (on Debian: `sudo apt-get install chromium chromium-headless-shell`), or set LIBRETTO_CHROMIUM to one.",
  );
}

/** Runs a program to its end, without a shell. @returns whether it exited with 0 */
function runProgram(
  program: string,
  args: string[],
  env: Record<string, string | undefined>,
  output: (text: string) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...env, ...("electron" in process.versions ? { ELECTRON_RUN_AS_NODE: "1" } : {}) },
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal ? { signal } : {}),
    });
    child.stdout.on("data", (chunk: Buffer) => output(chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => output(chunk.toString("utf8")));
    child.on("error", (error) => {
      output(`${error.message}\n`);
      resolve(false);
    });
    child.on("close", (code) => resolve(code === 0));
  });
}
