// What a fresh clone lacks, put in place: packages, the build, a browser, Debian packages for tests.
// Plain Node 20 without dependencies, since it runs before there are any.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, absolute. */
export const root = fileURLToPath(new URL("..", import.meta.url));

const windows = process.platform === "win32";
const require = createRequire(import.meta.url);

/** Something that could not be put in place: what is wrong, and what a person can do about it. */
export class EnsureError extends Error {
  name = "EnsureError";
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/** Says what is being done; on stderr, so that a script's own output stays clean. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a program to its end, its output shown on stderr.
 * @returns {Promise<number>} its exit status; 1 if a signal ended it or it could not be started
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", 2, 2], ...options });
    child.on("error", (error) => {
      say(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on("close", (status) => resolve(status ?? 1));
  });
}

/**
 * Installs the packages unless each one that the lock file names is there in its version.
 * @param {string} [folder] that of the lock file, absolute
 */
export async function ensurePackages(folder = root) {
  const problem = packagesProblem(folder);
  if (problem === undefined) return;
  // A linked folder belongs to another checkout; `npm ci` would empty it under that one's feet.
  if (lstatSync(join(folder, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new EnsureError(
      `${problem}, and node_modules is a link to another folder.`,
      "Run `npm ci` in the checkout that it belongs to.",
    );
  }
  say(`${problem}: running npm ci …`);
  // npm's own script keeps clear of `npm.cmd`, which Node does not start without a shell on Windows.
  const npm = process.env.npm_execpath;
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund"];
  const status = npm?.endsWith(".js")
    ? await run(process.execPath, [npm, ...args], { cwd: folder })
    : await run(windows ? "npm.cmd" : "npm", args, { cwd: folder, shell: windows });
  if (status !== 0)
    throw new EnsureError("npm ci failed.", "Read npm's message above; it needs a package registry that answers.");
}

/** Compares versions and not file times: a checkout gives the lock file a new time with every branch. */
function packagesProblem(folder) {
  const installed = readJson(join(folder, "node_modules", ".package-lock.json"));
  if (!installed) return "The packages are not installed";
  for (const [path, wanted] of Object.entries(readJson(join(folder, "package-lock.json"))?.packages ?? {})) {
    if (path === "" || wanted.optional || wanted.devOptional || wanted.link) continue;
    if (installed.packages?.[path]?.version !== wanted.version)
      return `${path.replace(/^.*node_modules\//, "")} ${wanted.version} is not installed`;
  }
  return undefined;
}

/** Builds dist/ unless it was built from exactly these sources. */
export async function ensureBuild() {
  const stamp = join(root, "dist", ".sources");
  const sources = fingerprint(["src", "media", "esbuild.mjs", "package.json", "package-lock.json", "tsconfig.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return;
  say("Building …");
  if ((await run(process.execPath, ["esbuild.mjs"])) !== 0)
    throw new EnsureError("The build failed.", "Mend what esbuild says above, then run the command again.");
  writeFileSync(stamp, sources);
}

/** One line that changes with the name, size or time of any file under the paths. */
function fingerprint(paths) {
  const hash = createHash("sha256");
  const visit = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) for (const name of readdirSync(join(root, path)).sort()) visit(`${path}/${name}`);
    else hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
  };
  for (const path of paths) visit(path);
  return hash.digest("hex");
}

/**
 * The browsers of this machine, without installing any.
 * @returns {{ full: string | undefined, shell: string | undefined }} paths of a Chromium that can show a
 *   window, and of one that cannot (`chromium-headless-shell`)
 */
export function findBrowsers() {
  const own = playwrightBrowsers();
  const chosen = process.env.LIBRETTO_CHROMIUM;
  if (chosen && !starts(chosen))
    throw new EnsureError(
      `LIBRETTO_CHROMIUM names ${chosen}, which does not start.`,
      "Correct the variable, or unset it to have a browser found.",
    );
  return {
    full: [chosen, own.full, ...systemBrowsers()].find(starts),
    shell: [own.shell, ...onPath("chromium-headless-shell", "chrome-headless-shell")].find(starts),
  };
}

/**
 * Finds a browser or installs one: Playwright's own, else Debian's packages.
 * @param {{ both?: boolean }} [need] `both`: a full Chromium and a headless shell, as the tests use them
 * @returns {Promise<{ full: string | undefined, shell: string | undefined }>}
 */
export async function ensureBrowser({ both = false } = {}) {
  const enough = ({ full, shell }) => (both ? full && shell : full || shell);
  let found = findBrowsers();
  if (enough(found)) return found;
  say(
    found.full || found.shell
      ? "Installing the other of full Chromium and its headless shell …"
      : "No Chromium found: installing one …",
  );
  await run(process.execPath, [join(root, "node_modules", "playwright-core", "cli.js"), "install", "chromium"]);
  found = findBrowsers();
  if (enough(found)) return found;
  if (canInstallDebianPackages()) {
    say("Taking Debian's packages instead.");
    const missing = [...(found.full ? [] : ["chromium"]), ...(found.shell ? [] : ["chromium-headless-shell"])];
    await installDebianPackages(missing);
    found = findBrowsers();
  }
  // Tests can do with either and say what they leave out; no browser at all is the end.
  if (found.full || found.shell) return found;
  throw new EnsureError(
    "No Chromium was found, and none could be installed.",
    process.platform === "linux"
      ? "As root on Debian: `apt-get install chromium chromium-headless-shell`; elsewhere `npx playwright-core install --with-deps chromium`, or set LIBRETTO_CHROMIUM to a browser's path."
      : "Install Google Chrome, or run `npx playwright-core install chromium`, or set LIBRETTO_CHROMIUM to a browser's path.",
  );
}

/** Where Playwright keeps its own browsers; empty before the packages are installed. */
function playwrightBrowsers() {
  try {
    const full = require("playwright-core").chromium.executablePath();
    // The shell lies beside it in a folder of the same revision; Playwright has no public call for its path.
    const [, folder, revision] = /^(.*)[/\\]chromium-(\d+)[/\\]/.exec(full) ?? [];
    const shells = folder ? listFolder(join(folder, `chromium_headless_shell-${revision}`)) : [];
    const shell = shells
      .map((name) =>
        join(
          folder,
          `chromium_headless_shell-${revision}`,
          name,
          windows ? "chrome-headless-shell.exe" : "chrome-headless-shell",
        ),
      )
      .find((path) => existsSync(path));
    return { full, shell };
  } catch {
    return { full: undefined, shell: undefined };
  }
}

function systemBrowsers() {
  if (process.platform === "darwin") {
    return ["Google Chrome", "Microsoft Edge", "Chromium"].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    );
  }
  if (windows) {
    const folders = [process.env["ProgramFiles"], process.env["ProgramFiles(x86)"], process.env["LOCALAPPDATA"]].filter(
      Boolean,
    );
    return [
      "Google\\Chrome\\Application\\chrome.exe",
      "Microsoft\\Edge\\Application\\msedge.exe",
      "Chromium\\Application\\chrome.exe",
    ].flatMap((tail) => folders.map((folder) => join(folder, tail)));
  }
  return onPath(
    "google-chrome-stable",
    "google-chrome",
    "microsoft-edge-stable",
    "microsoft-edge",
    "chromium",
    "chromium-browser",
  );
}

function onPath(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, windows ? `${name}.exe` : name)))
    .filter((path) => existsSync(path));
}

/** Whether it is there and its libraries are too. Chrome for Windows opens a window for `--version`: there, being there is enough. */
function starts(path) {
  if (!path || !existsSync(path)) return false;
  return windows || spawnSync(path, ["--version"], { stdio: "ignore", timeout: 20_000 }).status === 0;
}

/** Whether `apt-get` may be used: root on Debian or a system made from it. */
export function canInstallDebianPackages() {
  return (
    process.platform === "linux" &&
    process.getuid?.() === 0 &&
    existsSync("/etc/debian_version") &&
    onPath("apt-get").length > 0
  );
}

/**
 * Installs those of the Debian packages that are missing, where that can be done.
 * @param {string[]} names
 * @returns {Promise<string[]>} the names that are still missing
 */
export async function ensureDebianPackages(names) {
  const missing = () =>
    names.filter(
      (name) =>
        spawnSync("dpkg-query", ["--show", "--showformat=${db:Status-Status}", name], {
          encoding: "utf8",
        }).stdout?.trim() !== "installed",
    );
  if (missing().length > 0 && canInstallDebianPackages()) await installDebianPackages(missing());
  return missing();
}

async function installDebianPackages(names) {
  const environment = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  // A fresh image holds no package lists, or lists whose packages are gone.
  await run("apt-get", ["update", "--quiet"], environment);
  const status = await run(
    "apt-get",
    ["install", "--yes", "--quiet", "--no-install-recommends", ...names],
    environment,
  );
  if (status !== 0) say(`apt-get could not install ${names.join(" ")}.`);
}

/** Runs a script's main function; a failure is two lines and exit status 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof EnsureError)) throw error;
    say(`${error.message}\n${error.hint}`);
    process.exitCode = 1;
  }
}

function listFolder(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

// `node scripts/ensure.mjs` alone puts everything in place.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ensurePackages();
    await ensureBuild();
    const { full, shell } = await ensureBrowser();
    say(`Ready. Browser: ${full ?? shell}`);
  });
}
