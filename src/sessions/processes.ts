/**
 * Processes by pid and start time. A pid alone is used again by the system; nothing is signalled before
 * both match (DESIGN, Lifetime).
 */
import type * as childProcessModule from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

type ChildProcessModule = typeof childProcessModule;

/** A process that can be told from every other one, before and after it. */
export interface ProcessIdentity {
  pid: number;
  /** ISO 8601, UTC. */
  startedAt: string;
}

/** Two readings of one process's start time differ by less than this (ms): Linux derives it from a boot time that wobbles, others give whole seconds. */
const tolerance = 2_000;

let bootTime: number | undefined;

/**
 * When the process started, ISO 8601, or undefined if there is none (a zombie is none: it only waits to be
 * counted). Linux: field 22 of `/proc/<pid>/stat`, in clock ticks since boot (proc(5)); elsewhere the
 * system's own tool is asked.
 */
export function startOf(pid: number): string | undefined {
  return process.platform === "linux" ? startOnLinux(pid) : startElsewhere(pid);
}

/** The identity of a process that runs now. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = startOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether that very process runs (a stopped one does). */
export function isAlive(identity: ProcessIdentity): boolean {
  const startedAt = startOf(identity.pid);
  return startedAt !== undefined && Math.abs(Date.parse(startedAt) - Date.parse(identity.startedAt)) < tolerance;
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

function startOnLinux(pid: number): string | undefined {
  const ticks = linuxStat(pid)?.startTicks;
  // Linux fixes USER_HZ at 100 on every architecture that Node supports.
  return ticks === undefined ? undefined : new Date(bootedAt() + ticks * 10).toISOString();
}

/** Process group (field 5) and start time in ticks since boot (field 22) of a process that runs; proc(5). */
function linuxStat(pid: number): { group: number; startTicks: number } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses, and may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : { group: Number(fields[2]), startTicks: Number(fields[19]) };
}

/** Boot time in ms since the epoch. From /proc/uptime (proc(5)): /proc/stat tells it too, and costs the kernel a report on every interrupt. */
function bootedAt(): number {
  bootTime ??= Date.now() - Number.parseFloat(readFileSync("/proc/uptime", "latin1")) * 1000;
  return bootTime;
}

function startElsewhere(pid: number): string | undefined {
  const { spawnSync } = childProcess();
  const asked =
    process.platform === "win32"
      ? spawnSync("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", `(Get-Process -Id ${Math.trunc(pid)}).StartTime.ToUniversalTime().ToString('o')`], { encoding: "utf8", windowsHide: true })
      : spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(Math.trunc(pid))], { encoding: "utf8", env: { ...process.env, LC_ALL: "C", TZ: "UTC" } });
  const text = asked.status === 0 ? asked.stdout.trim() : "";
  if (text === "" || text.startsWith("Z")) return undefined;
  const date = new Date(process.platform === "win32" ? text : `${text.replace(/^\S+\s+/, "")} UTC`);
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
