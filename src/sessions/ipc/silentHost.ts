/** Ends a host that does not answer while it opens a session, and takes back what it had begun. */
import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { collect } from "../browser/orphans.js";
import { withLock } from "../store/lock.js";
import { readRecord, removeSocket, removeState } from "../store/records.js";
import { readIndex } from "../store/userIndex.js";
import { sessionPaths, workspaceAt } from "../store/workspace.js";
import type { Environment } from "../util/environment.js";
import type { HostOptions } from "./hostOptions.js";

export interface SilentHost {
  options: Pick<HostOptions, "root" | "session" | "start">;
  env: Environment;
  /** The host, which nobody has waited for yet: its number is its own. */
  child: ChildProcess;
  /** Whether the session's folder was there before. */
  existed: boolean;
}

export async function endSilentHost({ options, env, child, existed }: SilentHost): Promise<void> {
  const { root, session, start } = options;
  const { pid } = child;
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }
  for (const record of readIndex(env)) {
    const { entry, file } = record;
    if (entry.hostPid !== pid || entry.root !== root || entry.session !== session) continue;
    // A browser that was there before is left as it was, for the next host.
    if (start.how === "adopt") {
      removeSocket(entry.socketPath);
      rmSync(file, { force: true });
    } else await collect(env, record);
  }
  if (start.how === "adopt") return;
  const workspace = workspaceAt(root);
  await withLock(workspace, session, () => {
    if (readRecord(workspace, session)?.state?.hostPid !== pid) return;
    removeState(workspace, session);
    if (!existed) rmSync(sessionPaths(workspace, session).folder, { recursive: true, force: true });
  });
}
