/** Ends processes. Nothing is signalled before pid and start time both match (DESIGN, Lifetime). */
import { readdirSync } from "node:fs";
import { childProcess, forgetStart, isAlive, learnStarts, linuxStat, type ProcessIdentity } from "./identity.js";

/** As `isAlive`, by what the system says at this moment. */
async function isAliveNow(identity: ProcessIdentity): Promise<boolean> {
  forgetStart(identity.pid);
  await learnStarts([identity.pid]);
  return isAlive(identity);
}

/** Sends a signal to that very process. @returns false if it is gone */
export async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isAliveNow(identity))) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ends that very process and all that it started, at once: its process group, which it leads (started `detached`) or
 * which a script that has ended did; on Windows the tree is found by the system.
 * @returns false if it was gone
 */
export async function killTree(identity: ProcessIdentity): Promise<boolean> {
  if (!(await isAliveNow(identity))) return false;
  if (process.platform === "win32") {
    await new Promise<void>((resolve) => {
      const args = ["/PID", String(identity.pid), "/T", "/F"];
      childProcess().execFile("taskkill", args, { windowsHide: true }, () => resolve());
    });
    return true;
  }
  const group = linuxGroup(identity.pid) ?? identity.pid;
  try {
    // In the group of this process there is more than what that one started.
    if (group !== linuxGroup(process.pid)) {
      process.kill(-group, "SIGKILL");
      return true;
    }
  } catch {
    // It leads no group: the process itself is ended.
  }
  return signalProcess(identity, "SIGKILL");
}

/** The process group of a process that runs, where the system is Linux. */
function linuxGroup(pid: number): number | undefined {
  return process.platform === "linux" ? linuxStat(pid)?.group : undefined;
}

/** Resolves to true when that very process is gone, to false after `timeoutMs`. */
export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while (isAlive(identity)) {
    if (Date.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}

/**
 * Resolves to true when no process of that leader's group runs any more, to false after `timeoutMs`: renderers outlive
 * their browser for a moment.
 */
export async function waitUntilGroupGone(leader: number, timeoutMs: number): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  let members = groupMembers(leader);
  while (members.length > 0) {
    if (Date.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
    // Those alone, as long as there are some: to look at every process of the system slows what is ending.
    members = members.filter((pid) => linuxGroup(pid) === leader);
    if (members.length === 0) members = groupMembers(leader);
  }
  return true;
}

/** The processes of that leader's group that run; outside of Linux its leader for all of them. */
function groupMembers(leader: number): number[] {
  if (process.platform === "win32") return [];
  try {
    process.kill(-leader, 0);
  } catch {
    return [];
  }
  if (process.platform !== "linux") return [leader];
  // The signal reaches zombies too; where nobody reaps them they stay for ever, and are no processes any more.
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => linuxGroup(pid) === leader);
}
