/**
 * The system's table of processes, as a witness. Every process that a test starts, at whatever depth, bears
 * the run's mark: in its environment, or (Chromium's children rewrite theirs) in a path of its command line.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

export interface ProcessEntry {
  pid: number;
  parent: number;
  /** `R`, `S`, `D`, `T` (stopped), `Z` (ended, not yet collected), … */
  state: string;
  /** Distinguishes a process from a later one with the same pid. Units differ between systems. */
  startedAt: string;
  command: string[];
}

/** All processes that this user may see, without those that have ended and wait to be collected. */
export function processes(): ProcessEntry[] {
  const entries = process.platform === "linux" ? readProc() : readPs();
  return entries.filter((entry) => entry.state !== "Z");
}

/** The process of that id, if it lives. */
export function findProcess(pid: number): ProcessEntry | undefined {
  return processes().find((entry) => entry.pid === pid);
}

/** Children of a process, at any depth. */
export function descendantsOf(pid: number): ProcessEntry[] {
  const all = processes();
  const found: ProcessEntry[] = [];
  const visit = (parent: number): void => {
    for (const entry of all) {
      if (entry.parent !== parent) continue;
      found.push(entry);
      visit(entry.pid);
    }
  };
  visit(pid);
  return found;
}

/** Browsers (their main processes, not their children) whose profile folder is, or lies below, the path. */
export function browsersWithProfile(path: string): ProcessEntry[] {
  return processes().filter(
    ({ command }) =>
      !command.some((word) => word.startsWith("--type=")) &&
      command.some(
        (word) => word.startsWith("--user-data-dir=") && isWithin(word.slice("--user-data-dir=".length), path),
      ),
  );
}

/** Processes whose command line names a path at or below the given one: all that belongs to one workspace. */
export function processesNaming(path: string): ProcessEntry[] {
  return processes().filter((entry) => entry.pid !== process.pid && namesPath(entry, path));
}

/** Processes that belong to a folder: it is named in their command line or (on Linux) in their environment. */
export function processesOf(folder: string): ProcessEntry[] {
  return processes().filter(
    (entry) => entry.pid !== process.pid && (namesPath(entry, folder) || environmentHolds(entry, folder)),
  );
}

/** What the tests of this run started and what is still alive, without the runner itself. */
export function processesOfThisRun(): ProcessEntry[] {
  const all = processes();
  const own = new Set<number>();
  for (
    let pid: number | undefined = process.pid;
    pid !== undefined && pid > 1 && !own.has(pid);
    pid = all.find((entry) => entry.pid === pid)?.parent
  )
    own.add(pid);
  return all.filter((entry) => !own.has(entry.pid) && bearsMark(entry));
}

/** Resolves when none of the processes lives any more; throws with a list of those that stayed. */
export async function waitUntilGone(find: () => ProcessEntry[], withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (let left = find(); left.length > 0; left = find()) {
    if (Date.now() > deadline) throw new Error(`These processes should have ended:\n${formatProcesses(left)}`);
    // The end of a process that is not one's child is no event on any system that has to be covered.
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The same for processes by their ids; null, as a record has it, is none. */
export function waitUntilEnded(...pids: (number | null)[]): Promise<void> {
  return waitUntilGone(() => pids.flatMap((pid) => (pid === null ? [] : (findProcess(pid) ?? []))));
}

/** Ends what the run left behind. @returns what had to be ended */
export async function endOrphans(): Promise<ProcessEntry[]> {
  const ended: ProcessEntry[] = [];
  for (let round = 0; round < 20; round++) {
    const left = processesOfThisRun();
    if (left.length === 0) break;
    for (const entry of left) {
      try {
        process.kill(entry.pid, "SIGKILL");
        if (!ended.some(({ pid }) => pid === entry.pid)) ended.push(entry);
      } catch {
        // It ended by itself since the table was read.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return ended;
}

/** One line a process, for messages. */
export function formatProcesses(entries: ProcessEntry[]): string {
  return entries.map(({ pid, state, command }) => `  ${pid} ${state} ${command.join(" ").slice(0, 300)}`).join("\n");
}

function bearsMark(entry: ProcessEntry): boolean {
  const mark = process.env["LIBRETTO_TEST_MARK"];
  const folder = process.env["LIBRETTO_TEST_FOLDER"];
  if (folder !== undefined && namesPath(entry, folder)) return true;
  return mark !== undefined && environmentHolds(entry, mark);
}

function environmentHolds(entry: ProcessEntry, text: string): boolean {
  if (process.platform !== "linux") return false;
  try {
    return readFileSync(`/proc/${entry.pid}/environ`, "latin1").includes(text);
  } catch {
    return false;
  }
}

function namesPath({ command }: ProcessEntry, path: string): boolean {
  return command.some((word) => word.split(/[=,:]/).some((part) => isWithin(part, path)));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`);
}

function readProc(): ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // proc(5): the second field is the name in parentheses and may hold anything; count from its end.
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").filter(Boolean);
        return [
          {
            pid: Number(name),
            state: fields[0] ?? "?",
            parent: Number(fields[1]),
            startedAt: fields[19] ?? "",
            command: flatten(command),
          },
        ];
      } catch {
        return [];
      }
    });
}

/** Chromium's children join their arguments with spaces when they set their title. */
function flatten(command: string[]): string[] {
  return command.length === 1 ? (command[0] ?? "").split(" ") : command;
}

function readPs(): ProcessEntry[] {
  if (process.platform === "win32") return [];
  const output = execFileSync("ps", ["-axww", "-o", "pid=,ppid=,state=,lstart=,command="], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return output.split("\n").flatMap((line) => {
    const [, pid, parent, state, startedAt, command] =
      /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+(\S+\s+\S+\s+\d+\s+\S+\s+\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined
      ? []
      : [
          {
            pid: Number(pid),
            parent: Number(parent),
            state: state ?? "?",
            startedAt: startedAt ?? "",
            command: (command ?? "").split(" "),
          },
        ];
  });
}
