/**
 * The two named pipes of a sealed browser, in a private folder of its profile. Named, since the browser's next host
 * has to find them when the first one has died.
 */
import { spawnSync } from "node:child_process";
import { closeSync, constants, fstatSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { LibrettoError, systemCode } from "../util/errors.js";
import type { Environment } from "../util/environment.js";

export interface PipePaths {
  folder: string;
  /** To the browser. */
  commands: string;
  /** From the browser. */
  answers: string;
  /** Ids of the browser's sessions that its host has attached, one a line. */
  attached: string;
}

/** @param profilePath the browser's profile folder */
export function pipePaths(profilePath: string): PipePaths {
  const folder = join(profilePath, "libretto-pipes");
  return {
    folder,
    commands: join(folder, "commands"),
    answers: join(folder, "answers"),
    attached: join(folder, "attached"),
  };
}

/** Makes them, for their owner alone. @throws `BrowserFailed` where the system or the file system has none */
export function makePipes({ folder, commands, answers }: PipePaths, env: Environment): void {
  mkdirSync(folder, { mode: 0o700 });
  // Node has no call for it.
  const { status, error, stderr } = spawnSync("mkfifo", ["-m", "600", commands, answers], {
    env: { ...env, PATH: env.PATH ?? "/usr/bin:/bin" },
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (status !== 0)
    throw new LibrettoError(
      "BrowserFailed",
      `The pipes of a sealed session cannot be made: ${error?.message ?? stderr.trim()}`,
      `Open it without --sealed, or keep sessions on a file system that has named pipes: ${folder}`,
    );
}

/**
 * Opens a pipe, and nothing else that lies at its path.
 * @param flags as of `open(2)`
 * @throws `EndpointUnreachable` where it is gone, or where nobody holds its other end
 */
export function openPipe(path: string, flags: number): number {
  let handle: number;
  try {
    handle = openSync(path, flags | constants.O_NOFOLLOW);
  } catch (error) {
    throw unreachable(
      systemCode(error) === "ENXIO"
        ? "The sealed browser has ended."
        : `The pipes of the sealed browser cannot be opened: ${(error as Error).message}`,
      error,
    );
  }
  const stat = fstatSync(handle);
  if (stat.isFIFO() && stat.uid === process.getuid?.()) return handle;
  closeSync(handle);
  throw unreachable(`${path} is no pipe of yours.`);
}

function unreachable(message: string, cause?: unknown): LibrettoError {
  return new LibrettoError("EndpointUnreachable", message, "`libretto list` shows which sessions are alive.", {
    cause,
  });
}
