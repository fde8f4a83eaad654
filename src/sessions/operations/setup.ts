/** `setup`: installs a browser where none is found. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { listBrowsers, type Browser } from "../browser/browserFinder.js";
import type { SessionsContext } from "./context.js";
import { LibrettoError } from "../util/errors.js";
import { asNode } from "../util/environment.js";

export interface SetupResult {
  browsers: Browser[];
  /** How the browser came: it was there, from Playwright, or as Debian's package. */
  how: "present" | "playwright" | "debian";
}

/**
 * Looks for a browser and installs one if there is none (or if `force`): Playwright's own, else, as root on
 * Debian, the system's package.
 * @param output hears the installers, in pieces
 * @throws `Interrupted`, with the installers ended; `BrowserNotFound` that says how to install one by hand
 */
export async function setup(
  context: Pick<SessionsContext, "env">,
  options: { force?: boolean | undefined },
  output: (text: string) => void,
  signal?: AbortSignal,
): Promise<SetupResult> {
  const present = listBrowsers(context.env);
  if (present.length > 0 && options.force !== true) return { browsers: present, how: "present" };
  // A signal that comes before the first wait ends this process alone, and not what it has started.
  await Promise.resolve();
  const installer = join(dirname(createRequire(__filename).resolve("playwright-core/package.json")), "cli.js");
  const installed = await inTemporaryFolder((TMPDIR) =>
    runProgram(
      process.execPath,
      [installer, "install", "chromium"],
      { ...context.env, TMPDIR, TEMP: TMPDIR, TMP: TMPDIR },
      output,
      signal,
    ),
  );
  stopIf(signal);
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
    stopIf(signal);
    if (done && listBrowsers(context.env).length > 0) return { browsers: listBrowsers(context.env), how: "debian" };
  }
  throw new LibrettoError(
    "BrowserNotFound",
    "No browser could be installed.",
    "Install Chrome, Edge or Chromium by hand (on Debian: `sudo apt-get install chromium chromium-headless-shell`), or set LIBRETTO_CHROMIUM to one.",
  );
}

function stopIf(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new LibrettoError(
      "Interrupted",
      "Installing a browser was interrupted.",
      "Run `libretto setup` again when you are ready.",
    );
}

/** Playwright leaves what it has downloaded where it is ended in the middle. */
async function inTemporaryFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "libretto-setup-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.on("exit", remove);
  try {
    return await work(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** How long an installer has to give up, in ms: one that is ended in the middle may leave a lock. */
const graceMs = 5_000;

/** Runs a program to its end, or to that of the signal, without a shell. @returns whether it exited with 0 */
function runProgram(
  program: string,
  args: string[],
  env: Record<string, string | undefined>,
  output: (text: string) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    // It leads a group of its own, so that what it starts can be ended with it.
    const child = spawn(program, args, {
      env: { ...env, ...asNode },
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    let timer: NodeJS.Timeout | undefined;
    const end = (how: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      if (process.platform === "win32") {
        spawn("taskkill", ["/PID", String(child.pid), "/T", "/F"], { stdio: "ignore", windowsHide: true });
        return;
      }
      try {
        process.kill(-child.pid, how);
      } catch {
        // The group is gone.
      }
    };
    // A second Ctrl-C ends this process at once, and is to leave nothing.
    const exited = (): void => end("SIGKILL");
    const abort = (): void => {
      end("SIGTERM");
      timer = setTimeout(() => end("SIGKILL"), graceMs);
    };
    const finish = (succeeded: boolean): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      process.off("exit", exited);
      resolve(succeeded);
    };
    signal?.addEventListener("abort", abort, { once: true });
    process.on("exit", exited);
    child.stdout.on("data", (chunk: Buffer) => output(chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => output(chunk.toString("utf8")));
    child.on("error", (error) => {
      output(`${error.message}\n`);
      finish(false);
    });
    child.on("close", (code) => finish(code === 0));
  });
}
