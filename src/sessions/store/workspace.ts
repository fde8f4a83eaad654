/** Where a workspace keeps its sessions, and where a user's sessions are remembered across workspaces. */
import { existsSync, lstatSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import type * as osModule from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { LibrettoError, systemCode, usageError } from "../util/errors.js";
import { cannotWrite } from "../util/replaceFile.js";
import type { Environment } from "../util/environment.js";

/** A folder with its `.libretto`. All paths are absolute. */
export interface Workspace {
  /** The folder that holds `.libretto`. */
  root: string;
  /** `<root>/.libretto` */
  folder: string;
  /** `<root>/.libretto/sessions` */
  sessions: string;
  /** `<root>/.libretto/config.json` */
  readonly config: string;
}

/** Files of one session. */
export interface SessionPaths {
  readonly folder: string;
  readonly state: string;
  readonly logs: string;
  readonly network: string;
  readonly actions: string;
  readonly snapshots: string;
  /** What a browser on a Grid downloaded. */
  readonly downloads: string;
  /** What its host wrote to standard error; there while the session lives, and after where there is something in it. */
  readonly hostErrors: string;
}

/**
 * Finds the workspace of a folder (S2): `LIBRETTO_ROOT`, else the nearest folder upwards that holds
 * `.libretto`, else the nearest that holds `.git`, else the folder itself. Nothing is created.
 * @param cwd an absolute path
 * @param env `LIBRETTO_ROOT` may name the folder that holds `.libretto`, or `.libretto` itself
 */
export function findWorkspace(cwd: string, env: Environment): Workspace {
  const set = env.LIBRETTO_ROOT;
  if (set !== undefined && set !== "") {
    const root = basename(set) === ".libretto" ? dirname(resolve(cwd, set)) : resolve(cwd, set);
    if (!isFolder(root))
      throw usageError(
        `LIBRETTO_ROOT names ${root}, which is not a folder.`,
        "Create the folder, or unset LIBRETTO_ROOT.",
      );
    return workspaceAt(root);
  }
  return workspaceAt(
    upwards(cwd, (folder) => isFolder(join(folder, ".libretto"))) ??
      upwards(cwd, (folder) => existsSync(join(folder, ".git"))) ??
      cwd,
  );
}

/** The workspace whose `.libretto` lies in that folder. */
export function workspaceAt(root: string): Workspace {
  const folder = join(root, ".libretto");
  return {
    root,
    folder,
    sessions: join(folder, "sessions"),
    get config() {
      return join(folder, "config.json");
    },
  };
}

/** Files of a session. The name must have passed `assertSessionName`. */
export function sessionPaths(workspace: Workspace, session: string): SessionPaths {
  const folder = join(workspace.sessions, session);
  // Put together when they are asked for: most commands want one of them.
  return {
    folder,
    get state() {
      return join(folder, "state.json");
    },
    get logs() {
      return join(folder, "logs.jsonl");
    },
    get network() {
      return join(folder, "network.jsonl");
    },
    get actions() {
      return join(folder, "actions.jsonl");
    },
    get downloads() {
      return join(folder, "downloads");
    },
    get snapshots() {
      return join(folder, "snapshots");
    },
    get hostErrors() {
      return join(folder, "host-errors.log");
    },
  };
}

/** Creates `.libretto` with its `.gitignore` (S3), and the sessions folder, open to the user alone. */
export function prepareWorkspace(workspace: Workspace): void {
  makeFolder(workspace.folder);
  try {
    // Everything is private but the configuration, which a team shares.
    writeFileSync(join(workspace.folder, ".gitignore"), "*\n!.gitignore\n!config.json\n", { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw cannotWrite(workspace.folder, error);
  }
  makeFolder(workspace.sessions, 0o700);
}

/** Creates a folder and those above it. @param mode permission bits; ignored on Windows */
export function makeFolder(path: string, mode = 0o755): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * The folder in which a user's sessions are remembered across workspaces, and in which profiles lie: on
 * Linux `$XDG_STATE_HOME/libretto`. Profiles stay out of the workspace because editors watch every file there.
 */
export function userStateFolder(env: Environment, platform: NodeJS.Platform = process.platform): string {
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(home(env), "AppData", "Local"), "libretto");
  if (env.XDG_STATE_HOME?.startsWith("/")) return join(env.XDG_STATE_HOME, "libretto");
  if (platform === "darwin") return join(home(env), "Library", "Application Support", "libretto");
  return join(home(env), ".local", "state", "libretto");
}

/**
 * The folder for sockets: short, since a Unix socket's path holds about 100 bytes, and the user's own. A runtime
 * folder that is not there, or another user's, as `su`, containers and WSL hand on, is passed over.
 * Throws if somebody else has put a folder of that name there.
 */
export function socketFolder(env: Environment): string {
  const uid = process.getuid?.() ?? 0;
  const runtime = env.XDG_RUNTIME_DIR;
  const folder =
    runtime?.startsWith("/") && Buffer.byteLength(runtime) <= 60 && isFolderOf(uid, runtime)
      ? join(runtime, "libretto")
      : `/tmp/libretto-${uid}`;
  makeFolder(folder, 0o700);
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o077) !== 0) {
    throw new LibrettoError(
      "Failed",
      `${folder} is not a private folder of yours.`,
      `Remove it, or set XDG_RUNTIME_DIR to a folder of yours: \`ls -ld ${folder}\` shows whose it is.`,
    );
  }
  return folder;
}

function home(env: Environment): string {
  // Services and `env -i` set no HOME; the system knows it. Loaded when needed: most clients never are without.
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a synchronous lazy load
  return env.HOME || env.USERPROFILE || (require("node:os") as typeof osModule).homedir();
}

function upwards(from: string, test: (folder: string) => boolean): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (test(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function isFolderOf(uid: number, path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === uid;
}

function isFolder(path: string): boolean {
  // POSIX finds a name with a slash at its end if it is a folder's. The first `statSync` costs a command twice that look.
  return process.platform === "win32"
    ? (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)
    : existsSync(`${path}/`);
}
