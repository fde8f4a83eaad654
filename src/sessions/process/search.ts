/** Finds processes by what they hold. It asks for every process of the system, which is slow. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { childProcess, identify, learnStarts, linuxStat, type ProcessIdentity } from "./identity.js";

/**
 * The process that was started with that argument: the leader of its group, as its children may have the argument, too;
 * where that one is gone, as a script that had started the browser may be, the browser's main process. Slow: it asks for
 * every process. For what a pid was never noted of.
 */
export async function findByArgument(argument: string): Promise<ProcessIdentity | undefined> {
  const pid = process.platform === "linux" ? findOnLinux(argument) : await findElsewhere(argument);
  if (pid === undefined) return undefined;
  await learnStarts([pid]);
  return identify(pid);
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
      return readdirSync(`/proc/${name}/fd`).some(
        (descriptor) => readlinkSync(`/proc/${name}/fd/${descriptor}`) === path,
      );
    } catch {
      // It ended meanwhile, or is another user's.
      return false;
    }
  });
}

function findOnLinux(argument: string): number | undefined {
  let follower: number | undefined;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // Chromium joins its arguments with spaces when it sets its title, which is soon after it was started.
      const line = ` ${readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ")} `;
      if (!line.includes(` ${argument} `)) continue;
      const group = linuxStat(Number(name))?.group;
      if (group === Number(name)) return group;
      if (group !== undefined && !line.includes(" --type=")) follower = Number(name);
    } catch {
      // It ended meanwhile, or is another user's.
    }
  }
  return follower;
}

async function findElsewhere(argument: string): Promise<number | undefined> {
  const [command, args] =
    process.platform === "win32"
      ? [
          "powershell.exe",
          [
            "-NoProfile",
            "-NonInteractive",
            "-Command",
            'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.CommandLine)" }',
          ],
        ]
      : ["ps", ["-axww", "-o", "pid=,command="]];
  const stdout = await new Promise<string>((resolve) => {
    const options = { encoding: "utf8", windowsHide: true, maxBuffer: 64 * 1024 * 1024 } as const;
    childProcess().execFile(command, args, options, (_error, text) => resolve(text));
  });
  const line = stdout.split("\n").find((candidate) => candidate.includes(argument) && !candidate.includes("--type="));
  return line === undefined ? undefined : Number(/^\s*(\d+)/.exec(line)?.[1]);
}
