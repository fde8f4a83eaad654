/** Ends a browser that we started, and removes what it leaves, whichever process does it: host, `close` or `gc`. */
import { readlinkSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LibrettoError } from "../util/errors.js";
import { killTree, waitUntilGone, waitUntilGroupGone } from "../process/kill.js";
import type { ProcessIdentity } from "../process/identity.js";
import { findByArgument } from "../process/search.js";
import type { Environment } from "../util/environment.js";
import { userStateFolder } from "../store/workspace.js";

/**
 * Ends a browser of ours, at once and with all its processes, and removes its profile. It is not asked to
 * close: pages would run their unload handlers, and closing a read-only session must change nothing.
 * @returns whether it ran
 * @throws `BrowserFailed` where it cannot be ended; nothing is removed then
 */
export async function endBrowser(
  identity: ProcessIdentity,
  profilePath: string | null,
  env: Environment,
): Promise<boolean> {
  const ran = await killTree(identity);
  await assertGone(identity);
  // What we started may be a script that starts the browser (Debian's are), and it may have ended without it.
  const left = ran || profilePath === null ? undefined : await findByArgument(`--user-data-dir=${profilePath}`);
  if (left) {
    await killTree(left);
    await assertGone(left);
  }
  const gone = waitUntilGroupGone(identity.pid, 1_000);
  // Most of it while the system ends the rest of the group, and then what that held.
  attemptToRemove(env, profilePath);
  await gone;
  removeProfile(env, profilePath);
  return ran || left !== undefined;
}

async function assertGone(identity: ProcessIdentity): Promise<void> {
  if (await waitUntilGone(identity, 10_000)) return;
  throw new LibrettoError(
    "BrowserFailed",
    `The browser (process ${identity.pid}) cannot be ended.`,
    `End it by hand: \`kill -9 ${identity.pid}\`.`,
  );
}

/** The file that takes a browser's standard error. It is open from before the browser is started until its last process ends. */
export function browserMessages(profilePath: string): string {
  return join(profilePath, "chromium-stderr.log");
}

/** Removes a profile folder of ours with what it points to, and nothing that lies elsewhere, whatever a record says. */
export function removeProfile(env: Environment, path: string | null, maxRetries = 5): void {
  if (path === null || dirname(resolve(path)) !== join(userStateFolder(env), "profiles")) return;
  const singleton = singletonFolder(path);
  if (singleton !== undefined) rmSync(singleton, { recursive: true, force: true });
  rmSync(path, { recursive: true, force: true, maxRetries, retryDelay: 20 });
}

/** As `removeProfile`, but of what can be removed now: Windows removes no file that is open. */
function attemptToRemove(env: Environment, path: string | null): void {
  if (process.platform === "win32") return;
  try {
    // Without a wait for what a process that is being ended still writes.
    removeProfile(env, path, 0);
  } catch {
    // The rest is removed when it has ended.
  }
}

/** Chromium keeps the socket of its single instance in a temporary folder, to which the profile holds a link. */
function singletonFolder(profilePath: string): string | undefined {
  try {
    const folder = dirname(readlinkSync(join(profilePath, "SingletonSocket")));
    return /(^|[\\/])\.?(org|com)\.[\w.]*[Cc]hrom[\w.]*$/.test(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}
