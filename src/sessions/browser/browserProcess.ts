/** Starts Chromium as a process of its own; `browserEnd.ts` ends it. Nothing here is loaded by a client. */
import { spawn } from "node:child_process";
import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { browserMessages } from "./browserEnd.js";
import type { Browser } from "./browserFinder.js";
import { LibrettoError, systemCode } from "../util/errors.js";
import { identify, type ProcessIdentity } from "../process/identity.js";
import { makePipes, openPipe, pipePaths } from "../process/namedPipes.js";
import { tryWatch } from "../util/watchFolder.js";
import type { Environment } from "../util/environment.js";
import { makeFolders } from "../util/folders.js";

export interface LaunchOptions {
  browser: Browser;
  headless: boolean;
  viewport: { width: number; height: number };
  /** Absolute; created here, and ours to remove. */
  profilePath: string;
  /** Without a debugging port: the browser is reached by the pipes of its profile alone. */
  sealed: boolean;
  env: Environment;
}

/** A browser that was started and may not answer yet. */
export interface LaunchedBrowser {
  identity: ProcessIdentity;
  /** Whether Chromium's sandbox had to be turned off: for root alone, where Chromium refuses to start with it. */
  sandboxOff: boolean;
  /** Of a sealed browser, which has no port: the reading end of the pipe from it. */
  answers: number | undefined;
  /** What the work comes to; where it fails because the browser ended by itself, why that was. */
  orEnded<T>(work: Promise<T>): Promise<T>;
  /** Resolves to the browser's port and websocket when it listens; rejects when it ended before, or after `timeoutMs`. */
  listening(timeoutMs: number): Promise<{ port: number; endpoint: string }>;
}

/** How long after the browser dropped its pipes its end is waited for, in ms. */
const endMs = 1_000;

/** Starts the browser, detached, on a port that the system picks, or sealed. */
export function launchBrowser(options: LaunchOptions): LaunchedBrowser {
  makeFolders(options.profilePath, 0o700);
  const sandboxOff = process.platform === "linux" && process.getuid?.() === 0;
  // Chromium says why it does not start on standard error; a file there outlives the host, as a pipe would not.
  const errors = browserMessages(options.profilePath);
  const errorsHandle = openSync(errors, "w", 0o600);
  const pipes = options.sealed ? openPipes(options) : undefined;
  const child = spawn(options.browser.path, flags(options, sandboxOff), {
    detached: true,
    stdio: ["ignore", "ignore", errorsHandle, ...(pipes?.browser ?? [])],
    env: { ...options.env, ...noDesktopBus(options.env) },
    windowsHide: false,
  });
  for (const handle of [errorsHandle, ...(pipes?.browser ?? [])]) closeSync(handle);
  let ended: string | undefined;
  const endListeners = new Set<() => void>();
  const end = (how: string): void => {
    ended ??= how;
    for (const listener of endListeners) listener();
  };
  child.once("error", (error) => end(error.message));
  child.once("exit", (code, signal) => end(signal === null ? `exit status ${code}` : `signal ${signal}`));
  child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (!identity)
    throw new LibrettoError(
      "BrowserFailed",
      `The browser could not be started: ${lastLine(errors) ?? options.browser.path}`,
      "Check it with `libretto status`, or set LIBRETTO_CHROMIUM to another one.",
    );
  const endedAtOnce = (): LibrettoError =>
    new LibrettoError(
      "BrowserFailed",
      `The browser ended at once (${ended}): ${lastLine(errors) ?? options.browser.path}`,
      hintFor(errors),
    );
  return {
    identity,
    sandboxOff,
    answers: pipes?.host,
    orEnded: (work) =>
      work.catch(async (error: unknown) => {
        if (ended === undefined && pipes)
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, endMs);
            endListeners.add(() => {
              clearTimeout(timer);
              resolve();
            });
          });
        throw ended === undefined ? error : endedAtOnce();
      }),
    listening: (timeoutMs) =>
      new Promise((resolve, reject) => {
        const file = join(options.profilePath, "DevToolsActivePort");
        const stop = (): void => {
          clearInterval(poll);
          clearTimeout(timer);
          watcher?.close();
          endListeners.delete(look);
        };
        const look = (): void => {
          const found = readActivePort(file);
          if (found) {
            stop();
            resolve(found);
          } else if (ended !== undefined) {
            stop();
            reject(endedAtOnce());
          }
        };
        const timer = setTimeout(() => {
          stop();
          reject(
            new LibrettoError(
              "TimedOut",
              `The browser did not answer within ${timeoutMs} ms: ${options.browser.path}`,
              "Try again; on a loaded machine raise --timeout.",
            ),
          );
        }, timeoutMs);
        // File events come at once where there are any; the poll is for where there are none.
        const watcher = tryWatch(options.profilePath, look);
        const poll = setInterval(look, 20);
        endListeners.add(look);
        look();
      }),
  };
}

/**
 * The ends of the browser's pipes. The browser keeps both ends of the one it reads, so that no host's death is an end
 * of it; of the one it writes, its own end alone: see `pipeTransport.ts`.
 */
function openPipes({ profilePath, env }: LaunchOptions): { browser: number[]; host: number } {
  const paths = pipePaths(profilePath);
  makePipes(paths, env);
  // Without a reader, the writing end could not be opened.
  const host = openPipe(paths.answers, constants.O_RDONLY | constants.O_NONBLOCK);
  return {
    browser: [openPipe(paths.commands, constants.O_RDWR), openPipe(paths.answers, constants.O_WRONLY)],
    host,
  };
}

/** Features of Chromium that a session has no use for. */
const disabledFeatures = [
  "Translate",
  "OptimizationHints",
  "MediaRouter",
  "DialMediaRouteProvider",
  "AutofillServerCommunication",
  "CertificateTransparencyComponentUpdater",
  // The suggestions below the address bar as web pages, which every window loads while the first page waits
  // (seen with --trace-startup): without them a page is there a fifth sooner, and a process less runs for each
  // session. The address bar then shows its suggestions itself.
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "WebUIOmniboxFullPopup",
];

function flags({ browser, headless, viewport, profilePath, sealed }: LaunchOptions, sandboxOff: boolean): string[] {
  return [
    // What it drops while no host reads, it would otherwise write a line about into a file each time.
    ...(sealed ? ["--remote-debugging-pipe", "--log-level=3"] : ["--remote-debugging-port=0"]),
    `--user-data-dir=${profilePath}`,
    `--window-size=${viewport.width},${viewport.height}`,
    ...(headless
      ? [browser.kind === "headless-shell" ? "--headless" : "--headless=new", "--hide-scrollbars", "--mute-audio"]
      : []),
    ...(sandboxOff ? ["--no-sandbox", "--test-type"] : []),
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-search-engine-choice-screen",
    "--hide-crash-restore-bubble",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-breakpad",
    "--metrics-recording-only",
    "--no-service-autorun",
    "--password-store=basic",
    "--use-mock-keychain",
    // Ten sessions are mostly out of sight; their timers are to run as if they were seen.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    // A page that comes out of that cache loads no document, which is what Playwright's goBack waits for.
    "--disable-back-forward-cache",
    `--disable-features=${disabledFeatures.join(",")}`,
    ...(process.platform === "linux" ? ["--disable-dev-shm-usage", "--disable-quic"] : []),
    ...(process.platform === "linux" && headless ? ["--disable-gpu"] : []),
    // Without a window the host opens the first page itself, which it then holds before it runs (firstPage.ts).
    headless ? "--no-startup-window" : "about:blank",
  ];
}

/** Without a desktop, Chromium looks for its message bus, fails, and looks again. */
function noDesktopBus(env: Environment): Record<string, string> {
  return process.platform === "linux" && env.DBUS_SESSION_BUS_ADDRESS === undefined
    ? { DBUS_SESSION_BUS_ADDRESS: "disabled:" }
    : {};
}

/** Two lines: the port, and the path of the browser's websocket. */
function readActivePort(file: string): { port: number; endpoint: string } | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "EBUSY") return undefined;
    throw error;
  }
  const found = /^(\d+)\n(\/devtools\/browser\/[\w-]+)/.exec(text);
  return found ? { port: Number(found[1]), endpoint: `ws://127.0.0.1:${found[1]}${found[2]}` } : undefined;
}

function lastLine(file: string): string | undefined {
  try {
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    return (lines.find((line) => /error|missing|cannot|unable/i.test(line)) ?? lines.at(-1))?.slice(0, 300);
  } catch {
    return undefined;
  }
}

function hintFor(errors: string): string {
  return /DISPLAY|ozone|X server|Wayland/i.test(lastLine(errors) ?? "")
    ? "There is no display to show a window on: pass --headless."
    : "Check the browser with `libretto status`, or set LIBRETTO_CHROMIUM to another one.";
}
