/** Where a workspace keeps its sessions, and where a user's sessions are remembered across workspaces. */
import { existsSync, lstatSync, readdirSync, statSync, writeFileSync } from "node:fs";
import type * as osModule from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { systemCode, usageError } from "../util/errors.js";
import { cannotWrite } from "../util/replaceFile.js";
import { assertSocketFolder, isLink, isObeyed, makePrivateFolder, notYours } from "../util/ownership.js";
import type { Environment } from "../util/environment.js";
import { makeFolders } from "../util/folders.js";

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
  /** The user's private index, which says which records of the workspace are true. */
  readonly index: string;
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
 * Finds the workspace of a folder (S2): `LIBRETTO_ROOT`, else the nearest folder upwards that holds a
 * `.libretto` of this user's or root's, else the nearest that holds `.git`, else the folder itself. Nothing is created.
 * @param cwd an absolute path
 * @param env `LIBRETTO_ROOT` may name the folder that holds `.libretto`, or `.libretto` itself
 * @throws `Failed` where the `.libretto` of that place is another user's, or a link to a folder with other things
 */
export function findWorkspace(cwd: string, env: Environment): Workspace {
  const set = env.LIBRETTO_ROOT ?? env.LIBRETTO_REPO_ROOT;
  if (set !== undefined && set !== "") {
    const root = basename(set) === ".libretto" ? dirname(resolve(cwd, set)) : resolve(cwd, set);
    if (!isFolder(root))
      throw usageError(
        `LIBRETTO_ROOT names ${root}, which is not a folder.`,
        "Create the folder, or unset LIBRETTO_ROOT.",
      );
    return obeyed(workspaceAt(root, env));
  }
  const found = upwards(cwd, (folder) => isFolder(join(folder, ".libretto")) && isObeyedFolder(folder));
  if (found !== undefined) return workspaceAt(found, env);
  return obeyed(workspaceAt(upwards(cwd, (folder) => existsSync(join(folder, ".git"))) ?? cwd, env));
}

/**
 * The workspace of a folder that is trusted, as far as it goes: no folder above it is looked at.
 * @throws as `findWorkspace`
 */
export function workspaceWithin(folder: string, env: Environment): Workspace {
  return env.LIBRETTO_ROOT ? findWorkspace(folder, env) : obeyed(workspaceAt(folder, env));
}

/**
 * The workspace whose `.libretto` lies in that folder.
 * @param env says where the user's private index lies
 */
export function workspaceAt(root: string, env: Environment = process.env): Workspace {
  const folder = join(root, ".libretto");
  return {
    root,
    folder,
    sessions: join(folder, "sessions"),
    get config() {
      return join(folder, "config.json");
    },
    get index() {
      return join(userStateFolder(env), "index");
    },
  };
}

/** A workspace that nobody else has put there, or that is still to be made. */
function obeyed(workspace: Workspace): Workspace {
  assertObeyed(workspace.folder);
  return workspace;
}

/**
 * A link of one's own to where sessions are kept is followed; one to a folder with other things, as a repository can
 * hold it, is not.
 * @throws `Failed` where it belongs to another user, or is such a link
 */
function assertObeyed(folder: string): void {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (!stat) return;
  if (!isObeyed(stat)) throw notYours(folder, stat);
  if (!stat.isSymbolicLink()) return;
  const target = statSync(folder, { throwIfNoEntry: false });
  if (target && !isObeyed(target)) throw notYours(folder, target);
  if (!target?.isDirectory() || readdirSync(folder).some((name) => !ownNames.has(name))) throw isLink(folder);
}

/** What Libretto keeps in `.libretto`. */
const ownNames: ReadonlySet<string> = new Set([".gitignore", "config.json", "profiles", "sessions"]);

function isObeyedFolder(root: string): boolean {
  try {
    assertObeyed(join(root, ".libretto"));
    return true;
  } catch {
    return false;
  }
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

/** Where a browser writes what it downloads, until that is whole. */
export function incomingDownloads(downloads: string): string {
  return join(downloads, ".incoming");
}

/**
 * Creates `.libretto` with its `.gitignore` (S3), and the sessions folder, open to the user alone.
 * @throws `Failed` where one of them is a link, or another user's
 */
export function prepareWorkspace(workspace: Workspace): void {
  makeFolder(workspace.folder);
  assertObeyed(workspace.folder);
  try {
    // Everything is private but the configuration, which a team shares.
    writeFileSync(join(workspace.folder, ".gitignore"), "*\n!.gitignore\n!config.json\n", { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw cannotWrite(workspace.folder, error);
  }
  makePrivateFolder(workspace.sessions);
}

/** Creates a folder and those above it. */
export function makeFolder(path: string): void {
  try {
    makeFolders(path);
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
 * @throws `Failed` where somebody else has put a folder of that name there
 */
export function socketFolder(env: Environment): string {
  const uid = process.getuid?.() ?? 0;
  const runtime = env.XDG_RUNTIME_DIR;
  const folder =
    runtime?.startsWith("/") && Buffer.byteLength(runtime) <= 60 && isFolderOf(uid, runtime)
      ? join(runtime, "libretto")
      : `/tmp/libretto-${uid}`;
  assertSocketFolder(folder);
  makePrivateFolder(folder);
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
