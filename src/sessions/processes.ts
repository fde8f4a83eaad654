/**
 * Processes by pid and start time. A pid alone is used again by the system; nothing is signalled before
 * both match (DESIGN, Lifetime).
 */
import type * as childProcessModule from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { systemCode } from "./errors.js";

type ChildProcessModule = typeof childProcessModule;

/** A process that can be told from every other one, before and after it. */
export interface ProcessIdentity {
  pid: number;
  /** ISO 8601, UTC. */
  startedAt: string;
  /**
   * The boot of the system, and the clock ticks from then to the process's start. Linux alone reckons the time
   * of day of a start from the clock as it is now; this stays the same when the clock is set, or stood still
   * while a virtual machine did. Absent elsewhere, where the system keeps the time of day itself.
   */
  birth?: string | undefined;
}

/** Two readings of one process's start time differ by less than this (ms): Linux derives it from a boot time that wobbles, others give whole seconds. */
const tolerance = 2_000;

let bootTime: number | undefined;
let bootId: string | undefined;

/**
 * When the process started, ISO 8601, or undefined if there is none (a zombie is none: it only waits to be
 * counted). Linux: field 22 of `/proc/<pid>/stat`, in clock ticks since boot (proc(5)); elsewhere the
 * system's own tool is asked.
 */
export function startOf(pid: number, platform: NodeJS.Platform = process.platform): string | undefined {
  return platform === "linux" ? startOnLinux(linuxStat(pid)) : startElsewhere(pid, platform);
}

/** The identity of a process that runs now. */
export function identify(pid: number): ProcessIdentity | undefined {
  const onLinux = process.platform === "linux";
  const stat = onLinux ? linuxStat(pid) : undefined;
  const startedAt = onLinux ? startOnLinux(stat) : startElsewhere(pid, process.platform);
  return startedAt === undefined ? undefined : { pid, startedAt, ...(stat ? { birth: birthOf(stat) } : {}) };
}

/** Whether that very process runs (a stopped one does). */
export function isAlive(identity: ProcessIdentity): boolean {
  if (process.platform === "linux" && identity.birth !== undefined) {
    const stat = linuxStat(identity.pid);
    return stat !== undefined && birthOf(stat) === identity.birth;
  }
  const now = identify(identity.pid);
  return now !== undefined && Math.abs(Date.parse(now.startedAt) - Date.parse(identity.startedAt)) < tolerance;
}

/**
 * The process that was started with that argument and leads its group (its children may bear the argument
 * too). Slow: it asks for every process. For what a pid was never noted of.
 */
export function findByArgument(argument: string): ProcessIdentity | undefined {
  const pid = process.platform === "linux" ? findOnLinux(argument) : findElsewhere(argument);
  return pid === undefined ? undefined : identify(pid);
}

/**
 * Whether some process has the file open. Told on Linux alone (proc(5), `/proc/<pid>/fd`), where Node forks:
 * elsewhere a process comes into being with its own arguments.
 * @param path absolute, without symbolic links
 */
export function isHeldOpen(path: string): boolean {
  if (process.platform !== "linux") return false;
  return readdirSync("/proc").some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readdirSync(`/proc/${name}/fd`).some((descriptor) => readlinkSync(`/proc/${name}/fd/${descriptor}`) === path);
    } catch {
      // It ended meanwhile, or is another user's.
      return false;
    }
  });
}

/** Sends a signal to that very process. @returns false if it is gone */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  startsRead.delete(identity.pid);
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ends that very process and all that it started, at once. It must be the leader of its process group
 * (started `detached`); on Windows the tree is found by the system.
 * @returns false if it was gone
 */
export function killTree(identity: ProcessIdentity): boolean {
  startsRead.delete(identity.pid);
  if (!isAlive(identity)) return false;
  if (process.platform === "win32") {
    childProcess().spawnSync("taskkill", ["/PID", String(identity.pid), "/T", "/F"], { stdio: "ignore", windowsHide: true });
    return true;
  }
  try {
    process.kill(-identity.pid, "SIGKILL");
  } catch {
    // Not a group leader, as where a wrapper script started it: the process itself is ended.
    return signalProcess(identity, "SIGKILL");
  }
  return true;
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

/** Whether processes of that leader's group still run, such as renderers that outlive the browser for a moment. */
export function groupIsAlive(leader: number): boolean {
  if (process.platform === "win32") return false;
  try {
    process.kill(-leader, 0);
  } catch {
    return false;
  }
  // The signal reaches zombies too; where nobody reaps them they stay for ever, and are no processes any more.
  return process.platform !== "linux" || readdirSync("/proc").some((name) => /^\d+$/.test(name) && linuxStat(Number(name))?.group === leader);
}

interface LinuxStat { group: number; startTicks: number }

function startOnLinux(stat: LinuxStat | undefined): string | undefined {
  // Linux fixes USER_HZ at 100 on every architecture that Node supports.
  return stat && new Date(bootedAt() + stat.startTicks * 10).toISOString();
}

function birthOf({ startTicks }: LinuxStat): string {
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return `${bootId}/${startTicks}`;
}

/** Process group (field 5) and start time in ticks since boot (field 22) of a process that runs; proc(5). */
function linuxStat(pid: number): LinuxStat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses, and may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : { group: Number(fields[2]), startTicks: Number(fields[19]) };
}

/** Boot time in ms since the epoch. From /proc/uptime (proc(5)): /proc/stat tells it too, and costs the kernel a report on every interrupt. */
function bootedAt(): number {
  bootTime ??= Date.now() - Number.parseFloat(readFileSync("/proc/uptime", "utf8")) * 1000;
  return bootTime;
}

/** How long a start time that was read is taken to be that of a pid which is still there, in ms. */
const memory = 60_000;
const startsRead = new Map<number, { startedAt: string; at: number }>();

/** Asking starts a program, which takes Windows half a second. So what is gone is told without, and what was read is kept for a while. */
function startElsewhere(pid: number, platform: NodeJS.Platform): string | undefined {
  if (!isThere(pid)) {
    startsRead.delete(pid);
    return undefined;
  }
  const read = startsRead.get(pid);
  if (read && performance.now() - read.at < memory) return read.startedAt;
  const startedAt = readStart(pid, platform);
  if (startedAt !== undefined) startsRead.set(pid, { startedAt, at: performance.now() });
  return startedAt;
}

/** Whether some process has that pid. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and another user's.
    return systemCode(error) === "EPERM";
  }
}

function readStart(pid: number, platform: NodeJS.Platform): string | undefined {
  const { spawnSync } = childProcess();
  const asked =
    platform === "win32"
      ? spawnSync("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", `(Get-Process -Id ${Math.trunc(pid)}).StartTime.ToUniversalTime().ToString('o')`], { encoding: "utf8", windowsHide: true })
      : spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(Math.trunc(pid))], { encoding: "utf8", env: { ...process.env, LC_ALL: "C", TZ: "UTC" } });
  const text = asked.status === 0 ? asked.stdout.trim() : "";
  if (text === "" || text.startsWith("Z")) return undefined;
  const date = new Date(platform === "win32" ? text : `${text.replace(/^\S+\s+/, "")} UTC`);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function findOnLinux(argument: string): number | undefined {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").includes(argument)) continue;
      if (linuxStat(Number(name))?.group === Number(name)) return Number(name);
    } catch {
      // It ended meanwhile, or is another user's.
    }
  }
  return undefined;
}

function findElsewhere(argument: string): number | undefined {
  const { spawnSync } = childProcess();
  const asked =
    process.platform === "win32"
      ? spawnSync("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", "Get-CimInstance Win32_Process | ForEach-Object { \"$($_.ProcessId) $($_.CommandLine)\" }"], { encoding: "utf8", windowsHide: true, maxBuffer: 64 * 1024 * 1024 })
      : spawnSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const line = asked.stdout.split("\n").find((candidate) => candidate.includes(argument) && !candidate.includes("--type="));
  return line === undefined ? undefined : Number(/^\s*(\d+)/.exec(line)?.[1]);
}

/** Loaded when needed: it costs a client 2.5 ms, and on Linux most need it never. */
function childProcess(): ChildProcessModule {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a synchronous lazy load
  return require("node:child_process") as ChildProcessModule;
}
