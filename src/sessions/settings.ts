/** Settings in their order: flag, environment, VS Code, config, default (SPEC section C). */
import { defaults, readConfig, type Config } from "./config.js";
import type { HostSettings } from "./hostOptions.js";
import type { Workspace } from "./workspace.js";

/** What a host is told, from the config and what a command was given. */
export function hostSettingsFrom(config: Config, flags: { idleTimeoutMinutes?: number | undefined; ownerPid?: number | undefined } = {}): HostSettings {
  const idleTimeoutMinutes = flags.idleTimeoutMinutes ?? config.idleTimeoutMinutes;
  return {
    redact: config.redact ?? defaults.redact,
    bodyLimitBytes: config.bodyLimitBytes ?? defaults.bodyLimitBytes,
    rotateBytes: config.rotateBytes ?? defaults.rotateBytes,
    leaseMinutes: config.leaseMinutes ?? defaults.leaseMinutes,
    ...(idleTimeoutMinutes === undefined ? {} : { idleTimeoutMinutes }),
    ...(flags.ownerPid === undefined ? {} : { ownerPid: flags.ownerPid }),
    readonlyExec: {
      timeoutMs: config.readonlyExec?.timeoutMs ?? defaults.readonlyExec.timeoutMs,
      memoryBytes: config.readonlyExec?.memoryBytes ?? defaults.readonlyExec.memoryBytes,
      outputBytes: config.readonlyExec?.outputBytes ?? defaults.readonlyExec.outputBytes,
      pendingCalls: config.readonlyExec?.pendingCalls ?? defaults.readonlyExec.pendingCalls,
    },
  };
}

/** The host's settings of a workspace. @throws `BrokenConfig` */
export async function hostSettings(workspace: Workspace): Promise<HostSettings> {
  return hostSettingsFrom((await readConfig(workspace)).config);
}
