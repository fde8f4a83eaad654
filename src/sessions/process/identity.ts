/**
 * Processes by pid and start time: a pid alone is used again by the system. `kill.ts` ends them, and
 * `search.ts` finds those of which nothing was noted.
 */
import type * as childProcessModule from "node:child_process";
import { readFileSync } from "node:fs";
import { systemCode } from "../util/errors.js";

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
  // Its own start a process knows without asking.
  if (!onLinux && pid === process.pid) return { pid, startedAt: new Date(performance.timeOrigin).toISOString() };
  const stat = onLinux ? linuxStat(pid) : undefined;
  const startedAt = onLinux ? startOnLinux(stat) : startElsewhere(pid, process.platform);
  return startedAt === undefined ? undefined : { pid, startedAt, ...(stat ? { birth: birthOf(stat) } : {}) };
}

/** Whether that very process runs (a stopped one does). */
export function isAlive(identity: ProcessIdentity, platform: NodeJS.Platform = process.platform): boolean {
  if (platform === "linux" && identity.birth !== undefined) {
    const stat = linuxStat(identity.pid);
    return stat !== undefined && birthOf(stat) === identity.birth;
  }
  const startedAt = startOf(identity.pid, platform);
  if (startedAt === undefined) return asking.has(identity.pid);
  return Math.abs(Date.parse(startedAt) - Date.parse(identity.startedAt)) < tolerance;
}

/** What is read of a process on Linux. */
export interface LinuxStat {
  group: number;
  startTicks: number;
}

function startOnLinux(stat: LinuxStat | undefined): string | undefined {
  // Linux fixes USER_HZ at 100 on every architecture that Node supports.
  return stat && new Date(bootedAt() + stat.startTicks * 10).toISOString();
}

function birthOf({ startTicks }: LinuxStat): string {
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return `${bootId}/${startTicks}`;
}

/** Process group (field 5) and start time in ticks since boot (field 22) of a process that runs; proc(5). */
export function linuxStat(pid: number): LinuxStat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses, and may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X"
    ? undefined
    : { group: Number(fields[2]), startTicks: Number(fields[19]) };
}

/** Boot time in ms since the epoch. From /proc/uptime (proc(5)): /proc/stat tells it too, and costs the kernel a report on every interrupt. */
function bootedAt(): number {
  bootTime ??= Date.now() - Number.parseFloat(readFileSync("/proc/uptime", "utf8")) * 1000;
  return bootTime;
}

/** How long a start time that was read is taken to be that of a pid which is still there, in ms. */
const memory = 60_000;
/** `startedAt` is undefined where the system does not tell. */
const startsRead = new Map<number, { startedAt: string | undefined; at: number }>();
/** What is being asked for in the background. */
const asking = new Map<number, Promise<void>>();
let mayBlock = true;

/**
 * From here on no question about a process makes this thread wait for a program of the system: for a process that runs
 * in a thread which others share, as the extension host of VS Code. What is not known yet counts as alive, and is asked
 * for meanwhile; `learnStarts` awaits it.
 */
export function askInBackground(background = true): void {
  mayBlock = !background;
}

/** Forgets what was read of that pid: before something is done to a process, the system is asked again. */
export function forgetStart(pid: number): void {
  startsRead.delete(pid);
}

/** Asks the system about those processes, all at once and without blocking, so that `isAlive` then knows. Free on Linux. */
export async function learnStarts(pids: number[], platform: NodeJS.Platform = process.platform): Promise<void> {
  if (platform === "linux") return;
  const known = (pid: number): boolean => freshStart(pid) !== undefined;
  const unknown = [...new Set(pids)].filter((pid) => Number.isSafeInteger(pid) && pid > 0 && !known(pid));
  const news = unknown.filter((pid) => !asking.has(pid));
  if (news.length > 0) {
    const asked = readStarts(news, platform).then((starts) => {
      for (const pid of news) {
        startsRead.set(pid, { startedAt: starts.get(pid), at: performance.now() });
        asking.delete(pid);
      }
    });
    for (const pid of news) asking.set(pid, asked);
  }
  await Promise.all(unknown.flatMap((pid) => asking.get(pid) ?? []));
}

function freshStart(pid: number): { startedAt: string | undefined } | undefined {
  const read = startsRead.get(pid);
  return read && performance.now() - read.at < memory ? read : undefined;
}

/** Asking starts a program, which takes Windows half a second. So what is gone is told without, and what was read is kept for a while. */
function startElsewhere(pid: number, platform: NodeJS.Platform): string | undefined {
  if (!isThere(pid)) {
    startsRead.delete(pid);
    return undefined;
  }
  const fresh = freshStart(pid);
  if (fresh) return fresh.startedAt;
  if (!mayBlock) {
    const before = startsRead.get(pid)?.startedAt;
    void learnStarts([pid], platform);
    return before;
  }
  const { command, args, env } = question([pid], platform);
  const { status, stdout } = childProcess().spawnSync(command, args, { encoding: "utf8", env, windowsHide: true });
  const startedAt = status === 0 ? startsIn(stdout, platform).get(pid) : undefined;
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

function readStarts(pids: number[], platform: NodeJS.Platform): Promise<Map<number, string>> {
  const { command, args, env } = question(pids, platform);
  return new Promise((resolve) => {
    // Both programs exit with an error where one of several is gone, and tell of the others.
    childProcess().execFile(command, args, { encoding: "utf8", env, windowsHide: true }, (_error, stdout) =>
      resolve(startsIn(stdout, platform)),
    );
  });
}

/** The program that tells when processes started. */
function question(
  pids: number[],
  platform: NodeJS.Platform,
): { command: string; args: string[]; env: NodeJS.ProcessEnv } {
  const list = pids.map(Math.trunc).join(",");
  return platform === "win32"
    ? {
        command: "powershell.exe",
        args: [
          "-NoProfile",
          "-NonInteractive",
          "-Command",
          `Get-Process -Id ${list} -ErrorAction SilentlyContinue | ForEach-Object { "$($_.Id) $($_.StartTime.ToUniversalTime().ToString('o'))" }; exit 0`,
        ],
        env: process.env,
      }
    : {
        command: "ps",
        args: ["-o", "pid=,stat=,lstart=", "-p", list],
        env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
      };
}

/** ISO 8601 by pid, of the lines that the program wrote; a zombie (macOS) is none. */
function startsIn(text: string, platform: NodeJS.Platform): Map<number, string> {
  const starts = new Map<number, string>();
  for (const line of text.split(/\r?\n/)) {
    const [pid, ...words] = line.trim().split(/\s+/);
    if (platform !== "win32" && words.shift()?.startsWith("Z") !== false) continue;
    const date = new Date(platform === "win32" ? words.join(" ") : `${words.join(" ")} UTC`);
    if (!Number.isNaN(date.getTime())) starts.set(Number(pid), date.toISOString());
  }
  return starts;
}

/** Loaded when needed: it costs a client 2.5 ms, and on Linux most need it never. */
export function childProcess(): ChildProcessModule {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a synchronous lazy load
  return require("node:child_process") as ChildProcessModule;
}
