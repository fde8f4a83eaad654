/** Finds the Chromium to start: what is set, else Playwright's own, else the system's. */
import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { LibrettoError } from "../util/errors.js";
import type { Environment } from "../util/environment.js";

/** A browser that can be started. */
export interface Browser {
  /** Absolute. */
  path: string;
  /** The headless shell starts in less than half the time and takes half the memory; it cannot show a window. */
  kind: "chromium" | "headless-shell";
  /** Who said so: `flag`, `LIBRETTO_CHROMIUM`, `settings`, `config`, `Playwright`, `system`. */
  source: string;
}

export interface BrowserWish {
  headless: boolean;
  /** From a flag. */
  executablePath?: string | undefined;
  /** From VS Code's settings. */
  settingsPath?: string | undefined;
  configPath?: string | undefined;
  channel?: "chrome" | "msedge" | "chromium" | "headless-shell" | undefined;
}

/**
 * @returns the browser
 * @throws `BrowserNotFound` with the command that installs one
 */
export function findBrowser(
  wish: BrowserWish,
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): Browser {
  const set = setBrowser(wish, env);
  if (set) {
    const { path, source } = set;
    if (!isProgram(path))
      throw new LibrettoError(
        "BrowserNotFound",
        `The browser set by ${source} is not there, or cannot be run: ${path}`,
        "Correct the path, or remove the setting to use the browser that is found.",
      );
    const kind = kindOf(path);
    if (kind === "headless-shell" && !wish.headless)
      throw new LibrettoError(
        "BrowserNotFound",
        `The browser set by ${source} is a headless shell and cannot show a window: ${path}`,
        "Pass --headless, or set a full Chromium.",
      );
    return { path: direct(path), kind, source };
  }
  for (const { path, kind, source, channel } of candidates(env, platform))
    if ((wish.headless || kind === "chromium") && (wish.channel === undefined || channel === wish.channel))
      return { path: direct(path), kind, source };
  const what =
    wish.channel === undefined
      ? wish.headless
        ? "No Chromium was found."
        : "No Chromium that can show a window was found."
      : `No browser of the channel "${wish.channel}" was found.`;
  throw new LibrettoError(
    "BrowserNotFound",
    what,
    "Install one with `libretto setup`, or set LIBRETTO_CHROMIUM to the path of Chrome, Edge or Chromium.",
  );
}

/** The path that is set, and by what; undefined where none is. */
export function setBrowser(
  { executablePath, settingsPath, configPath }: Omit<BrowserWish, "headless">,
  { LIBRETTO_CHROMIUM }: Environment,
): { path: string; source: string } | undefined {
  const paths = Object.entries({ flag: executablePath, LIBRETTO_CHROMIUM, settings: settingsPath, config: configPath });
  for (const [source, path] of paths) if (path !== undefined && path !== "") return { path, source };
  return undefined;
}

/** Every browser on this machine, best first. */
export function listBrowsers(env: Environment, platform: NodeJS.Platform = process.platform): Browser[] {
  return [...candidates(env, platform)].map(({ path, kind, source }) => ({ path: direct(path), kind, source }));
}

type Candidate = Browser & { channel: "chrome" | "msedge" | "chromium" | "headless-shell" };

/** Headless shells first: they are passed over where a window is wanted. One at a time, since each takes a look at many paths. */
function* candidates(env: Environment, platform: NodeJS.Platform): Generator<Candidate, void> {
  const playwright = playwrightBrowsers(env, platform);
  for (const kind of ["headless-shell", "chromium"] as const) {
    yield* playwright.filter((browser) => browser.kind === kind);
    for (const [channel, ...paths] of systemPaths(env, platform)) {
      if ((channel === "headless-shell") !== (kind === "headless-shell")) continue;
      const path = paths.find(isProgram);
      if (path !== undefined) yield { path, kind, source: "system", channel };
    }
  }
}

/** Playwright's downloads: `chromium-<revision>` and `chromium_headless_shell-<revision>` in its cache, newest first. */
function playwrightBrowsers(env: Environment, platform: NodeJS.Platform): Candidate[] {
  const home = env.HOME ?? env.USERPROFILE ?? "";
  const cache =
    platform === "win32"
      ? join(env.LOCALAPPDATA ?? join(home, "AppData", "Local"), "ms-playwright")
      : platform === "darwin"
        ? join(home, "Library", "Caches", "ms-playwright")
        : join(env.XDG_CACHE_HOME ?? join(home, ".cache"), "ms-playwright");
  const set = env.PLAYWRIGHT_BROWSERS_PATH;
  const folder = set !== undefined && set !== "" && set !== "0" ? set : cache;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const revision = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
  return names
    .filter((name) => /^chromium(_headless_shell)?-\d+$/.test(name))
    .sort((a, b) => revision(b) - revision(a))
    .flatMap((name): Candidate[] => {
      const shell = name.startsWith("chromium_headless_shell");
      const path = programIn(join(folder, name), shell, platform);
      return path === undefined
        ? []
        : [
            {
              path,
              kind: shell ? "headless-shell" : "chromium",
              source: "Playwright",
              channel: shell ? "headless-shell" : "chromium",
            },
          ];
    });
}

/** The program in a download of Playwright's, whose inner folder has the platform's name (`chrome-linux`, `chrome-mac-arm64`, …). */
function programIn(folder: string, shell: boolean, platform: NodeJS.Platform): string | undefined {
  const names =
    platform === "win32"
      ? shell
        ? ["chrome-headless-shell.exe", "headless_shell.exe"]
        : ["chrome.exe"]
      : platform === "darwin"
        ? shell
          ? ["chrome-headless-shell", "headless_shell"]
          : [
              "Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
              "Chromium.app/Contents/MacOS/Chromium",
            ]
        : shell
          ? ["chrome-headless-shell", "headless_shell"]
          : ["chrome"];
  for (const inner of readdirSync(folder)) {
    for (const name of names) if (isProgram(join(folder, inner, name))) return join(folder, inner, name);
  }
  return undefined;
}

/** Where the system's browsers may lie, by channel. */
function systemPaths(env: Environment, platform: NodeJS.Platform): [Candidate["channel"], ...string[]][] {
  if (platform === "win32") {
    const bases = [env.PROGRAMFILES, env["PROGRAMFILES(X86)"], env.LOCALAPPDATA].filter((base) => base !== undefined);
    return [
      ["chrome", ...bases.map((base) => join(base, "Google", "Chrome", "Application", "chrome.exe"))],
      ["msedge", ...bases.map((base) => join(base, "Microsoft", "Edge", "Application", "msedge.exe"))],
      ["chromium", ...bases.map((base) => join(base, "Chromium", "Application", "chrome.exe"))],
    ];
  }
  if (platform === "darwin") {
    const bases = ["/Applications", join(env.HOME ?? "", "Applications")];
    const app = (name: string): string[] => bases.map((base) => join(base, `${name}.app`, "Contents", "MacOS", name));
    return [
      ["chrome", ...app("Google Chrome")],
      ["msedge", ...app("Microsoft Edge")],
      ["chromium", ...app("Chromium")],
    ];
  }
  const onPath = (...names: string[]): string[] =>
    names.flatMap((name) =>
      (env.PATH ?? "")
        .split(delimiter)
        .filter((folder) => folder.startsWith("/"))
        .map((folder) => join(folder, name)),
    );
  return [
    [
      "headless-shell",
      ...onPath("chromium-headless-shell", "chrome-headless-shell"),
      "/usr/bin/chromium-headless-shell",
    ],
    ["chrome", "/opt/google/chrome/chrome", ...onPath("google-chrome-stable", "google-chrome")],
    ["msedge", "/opt/microsoft/msedge/msedge", ...onPath("microsoft-edge-stable", "microsoft-edge")],
    ["chromium", ...onPath("chromium", "chromium-browser"), "/usr/bin/chromium", "/snap/bin/chromium"],
  ];
}

/**
 * The program behind Debian's launch script. The script sources a folder of settings and costs tens of
 * milliseconds, and the headless shell's stays as the parent, so that its pid is not the browser's.
 * Other links are left as they are: a snap's program is a link to `snap`, which goes by the name it is called.
 */
function direct(path: string): string {
  const debian = {
    "/usr/bin/chromium": "/usr/lib/chromium/chromium",
    "/usr/bin/chromium-headless-shell": "/usr/lib/chromium/chromium-headless-shell",
  }[realpathSync(path)];
  return debian !== undefined && isProgram(debian) ? debian : resolve(path);
}

function kindOf(path: string): Browser["kind"] {
  return /headless[-_]shell/i.test(path) || (existsSync(path) && /headless[-_]shell/i.test(realpathSync(path)))
    ? "headless-shell"
    : "chromium";
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
