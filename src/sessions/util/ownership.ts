/**
 * Whose files. Anyone can put a folder above the user's, and a repository that is checked out can hold links and
 * records: what belongs to another user is not obeyed, links in a workspace are not followed, and modes are set.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
} from "node:fs";
import { LibrettoError } from "./errors.js";
import { makeFolders } from "./folders.js";
import { cannotWrite } from "./replaceFile.js";

/** Flags of `open` for a file in a workspace that is written at its end: made where there is none, no link followed. */
export const appendFlags =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | ((constants.O_NOFOLLOW as number | undefined) ?? 0);

/** Whether it belongs to this user, or to root. Windows keeps other users out by itself. */
export function isObeyed({ uid }: Pick<Stats, "uid">): boolean {
  return uid === 0 || isOwn({ uid });
}

/** Whether it belongs to this user. */
export function isOwn({ uid }: Pick<Stats, "uid">): boolean {
  return process.getuid === undefined || uid === process.getuid();
}

/**
 * Makes a folder that is open to this user alone, or makes the one that is there so.
 * @param parents also makes the folders above it
 * @throws `Failed` for a link, and for what belongs to another user
 */
export function makePrivateFolder(path: string, parents = true): void {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return void (parents ? makeFolders(path, 0o700) : mkdirSync(path, { mode: 0o700 }));
    assertFolder(path, stat);
    if (!isOwn(stat)) throw notYours(path, stat);
    if (process.platform !== "win32" && (stat.mode & 0o777) !== 0o700) chmodSync(path, 0o700);
  } catch (error) {
    throw error instanceof LibrettoError ? error : cannotWrite(path, error);
  }
}

/**
 * Makes a file that is open to this user alone, or makes the one that is there so; what it holds stays.
 * @throws `Failed` for a link, for what is no file, and for what belongs to another user
 */
export function makePrivateFile(path: string): void {
  assertNoLink(path);
  let handle: number | undefined;
  try {
    handle = openSync(path, appendFlags, 0o600);
    const stat = fstatSync(handle);
    if (!stat.isFile())
      throw new LibrettoError("Failed", `${path} is not a file.`, "Remove it, or give another name with --session.");
    if (!isOwn(stat)) throw notYours(path, stat);
    if (process.platform !== "win32" && (stat.mode & 0o777) !== 0o600) fchmodSync(handle, 0o600);
  } catch (error) {
    throw error instanceof LibrettoError ? error : cannotWrite(path, error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** @throws `Failed` for a link, which is not followed */
export function assertNoLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw isLink(path);
}

/** @throws `Failed` for a link, which is not followed */
function assertFolder(path: string, stat: Stats): void {
  if (stat.isSymbolicLink()) throw isLink(path);
  if (!stat.isDirectory())
    throw new LibrettoError(
      "Failed",
      `${path} is not a folder.`,
      "Remove it, or keep sessions elsewhere with LIBRETTO_ROOT.",
    );
}

/** The error for a link where a workspace holds files of ours. */
export function isLink(path: string): LibrettoError {
  return new LibrettoError(
    "Failed",
    `${path} is a symbolic link, and links in a workspace are not followed.`,
    "Remove the link, or keep sessions elsewhere with LIBRETTO_ROOT.",
  );
}

/** The error for what another user has put there. */
export function notYours(path: string, { uid }: Pick<Stats, "uid">): LibrettoError {
  return new LibrettoError(
    "Failed",
    `${path} belongs to another user (uid ${uid}), and is not obeyed.`,
    "Keep sessions elsewhere with LIBRETTO_ROOT, or take it over with `chown` if you trust what is in it.",
  );
}

/**
 * Looks at a folder of sockets before one is bound or spoken to there: another user may have put up its like, as in
 * `/tmp` after a cleaner came by.
 * @throws `Failed` where somebody else may have put something there
 */
export function assertSocketFolder(folder: string): void {
  if (process.platform === "win32") return;
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (!stat || (stat.isDirectory() && isOwn(stat) && (stat.mode & 0o022) === 0)) return;
  throw new LibrettoError(
    "Failed",
    `${folder} is not a private folder of yours.`,
    `Remove it, or set XDG_RUNTIME_DIR to a folder of yours: \`ls -ld ${folder}\` shows whose it is.`,
  );
}
