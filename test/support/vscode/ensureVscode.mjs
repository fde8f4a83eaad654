// Where the VS Code of the tests comes from. Two sources stand behind one answer: the desktop build that
// @vscode/test-electron downloads, where its server is reached, and code-server from the npm registry (the
// whole workbench and the Node extension host), where it is not. Either is kept in a cache folder, so that
// only the first run pays for it.
/* global AbortSignal */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { EnsureError, ensureDebianPackages, root, run, say } from "../../../scripts/ensure.mjs";

/** The builds under test; 4.x of code-server is 1.x of VS Code. */
const codeServerVersion = "4.139.1";
const desktopVersion = "1.139.1";
/** The major version of Node.js that this code-server asks for. */
const nodeMajor = 24;
/** What code-server's native modules are built with. */
const debianPackages = [
  "libkrb5-dev",
  "libx11-dev",
  "libxkbfile-dev",
  "libsecret-1-dev",
  "pkg-config",
  "python3",
  "make",
  "g++",
];

const platform = process.platform === "win32" ? "win" : process.platform;
const cache = resolve(root, process.env.LIBRETTO_VSCODE_CACHE ?? ".vscode-test");
const folder = join(cache, `code-server-${codeServerVersion}`);
const nodeFolder = join(folder, "node_modules", `node-${platform}-${process.arch}`);
const codeServer = {
  kind: "code-server",
  node: join(nodeFolder, "bin", process.platform === "win32" ? "node.exe" : "node"),
  entry: join(folder, "node_modules", "code-server", "out", "node", "entry.js"),
};
/** Written last: its presence says that the installation is whole. */
const marker = join(folder, "installed.json");

/**
 * Installs a VS Code unless one is there, and tells where it is; some minutes the first time.
 * `LIBRETTO_VSCODE` chooses: `desktop`, `code-server`, or `auto` (the desktop build where it can be had).
 * `LIBRETTO_VSCODE_CACHE` names the folder that keeps it.
 * @returns {Promise<{ kind: "desktop", executable: string } | { kind: "code-server", node: string, entry: string }>}
 */
export async function ensureVscode() {
  const wanted = process.env.LIBRETTO_VSCODE || "auto";
  if (!["auto", "desktop", "code-server"].includes(wanted))
    throw new EnsureError(`LIBRETTO_VSCODE is ${JSON.stringify(wanted)}.`, "It takes desktop, code-server or auto.");
  if (wanted === "desktop" || (wanted === "auto" && (await desktopCanBeHad()))) return ensureDesktop();
  if (!existsSync(marker)) await alone(installCodeServer);
  return codeServer;
}

async function desktopCanBeHad() {
  if (existsSync(join(cache, `vscode-${process.platform}-${process.arch}-${desktopVersion}`))) return true;
  // A cache that holds code-server was filled where the desktop was out of reach: it is not asked again.
  if (existsSync(marker)) return false;
  try {
    return (
      await fetch("https://update.code.visualstudio.com/api/releases/stable", {
        method: "HEAD",
        signal: AbortSignal.timeout(5_000),
      })
    ).ok;
  } catch {
    return false;
  }
}

async function ensureDesktop() {
  const { downloadAndUnzipVSCode } = await import("@vscode/test-electron");
  return { kind: "desktop", executable: await downloadAndUnzipVSCode({ version: desktopVersion, cachePath: cache }) };
}

async function installCodeServer() {
  if (existsSync(marker)) return;
  say(`Installing code-server ${codeServerVersion} into ${folder} (once, some minutes) …`);
  if (process.platform === "linux" && existsSync("/etc/debian_version")) {
    const missing = await ensureDebianPackages(debianPackages);
    if (missing.length > 0)
      throw new EnsureError(
        "The native modules of code-server cannot be built.",
        `Install what they need: apt-get install ${missing.join(" ")}`,
      );
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "vscode-for-tests", private: true }));
  await npmInstall(`node-${platform}-${process.arch}@${nodeMajor}`, process.env);
  // The native modules are built against the headers of the Node that will load them. As root, the
  // post-install script runs only with the permission that the environment names.
  await npmInstall(`code-server@${codeServerVersion}`, {
    ...process.env,
    PATH: `${dirname(codeServer.node)}${delimiter}${process.env.PATH}`,
    npm_config_nodedir: nodeFolder,
    npm_config_unsafe_perm: "true",
    // Under `npm test` it names the Node of that npm, and the post-install script believes it.
    npm_config_user_agent: undefined,
  });
  const version = execFileSync(codeServer.node, [codeServer.entry, "--version"], {
    encoding: "utf8",
    env: { ...process.env, CODE_SERVER_CONFIG: join(folder, "config.yaml") },
  });
  writeFileSync(`${marker}.new`, JSON.stringify({ version: version.trim() }));
  renameSync(`${marker}.new`, marker);
}

async function npmInstall(what, env) {
  const windows = process.platform === "win32";
  const status = await run(
    windows ? "npm.cmd" : "npm",
    ["install", what, "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd: folder, env, shell: windows },
  );
  if (status !== 0)
    throw new EnsureError(
      `npm could not install ${what}.`,
      "Read npm's message above; it needs a package registry that answers.",
    );
}

/** Two suites may start at once on a fresh machine: one installs, the other waits. */
async function alone(body) {
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, "installing.lock");
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch {
      if (!ownerLives(lock)) rmSync(lock, { force: true });
      else await new Promise((resume) => setTimeout(resume, 500));
    }
  }
  try {
    await body();
  } finally {
    rmSync(lock, { force: true });
  }
}

function ownerLives(lock) {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
