/** Settings in their order: flag, environment, VS Code, config, default (SPEC section C). */
import { defaults, leastMemoryBytes, readConfig, type Config } from "./config.js";
import { usageError } from "../util/errors.js";
import { identify } from "../process/identity.js";
import type { Workspace } from "./workspace.js";

/** Settings that hold for the life of a host. Times and sizes as their names say. */
export interface HostSettings {
  redact: boolean;
  bodyLimitBytes: number;
  rotateBytes: number;
  /** Whether pictures are taken for the rows of `actions.jsonl` although nobody looks at the page. */
  film: boolean;
  leaseMinutes: number;
  idleTimeoutMinutes?: number;
  /** The session ends when this process does. */
  ownerPid?: number;
  readonlyExec: { timeoutMs: number; memoryBytes: number; outputBytes: number; pendingCalls: number };
}

/** What a host is told, from the config and what a command was given. @throws `Usage` for an owner that does not run */
export function hostSettingsFrom(
  config: Config,
  flags: { idleTimeoutMinutes?: number | undefined; ownerPid?: number | undefined } = {},
): HostSettings {
  const { ownerPid } = flags;
  if (ownerPid !== undefined && !identify(ownerPid))
    throw usageError(
      `--owner-pid names ${ownerPid}, and no process has that number.`,
      "Give the number of a process that runs, such as $$ for the shell itself.",
    );
  const idleTimeoutMinutes = flags.idleTimeoutMinutes ?? config.idleTimeoutMinutes;
  return {
    redact: config.redact ?? defaults.redact,
    bodyLimitBytes: config.bodyLimitBytes ?? defaults.bodyLimitBytes,
    rotateBytes: config.rotateBytes ?? defaults.rotateBytes,
    film: config.film ?? defaults.film,
    leaseMinutes: config.leaseMinutes ?? defaults.leaseMinutes,
    ...(idleTimeoutMinutes === undefined ? {} : { idleTimeoutMinutes }),
    ...(ownerPid === undefined ? {} : { ownerPid }),
    readonlyExec: {
      timeoutMs: config.readonlyExec?.timeoutMs ?? defaults.readonlyExec.timeoutMs,
      memoryBytes: Math.max(leastMemoryBytes, config.readonlyExec?.memoryBytes ?? defaults.readonlyExec.memoryBytes),
      outputBytes: config.readonlyExec?.outputBytes ?? defaults.readonlyExec.outputBytes,
      pendingCalls: config.readonlyExec?.pendingCalls ?? defaults.readonlyExec.pendingCalls,
    },
  };
}

/** The host's settings of a workspace. @throws `BrokenConfig` */
export async function hostSettings(workspace: Workspace): Promise<HostSettings> {
  return hostSettingsFrom((await readConfig(workspace)).config);
}
