/** Every command of the CLI, in the order of `libretto --help`. Each is loaded when it is called. */
import type { Command } from "./command.js";

interface Entry {
  /** For the overview, so that it need not load them all. */
  summary: string;
  group: "Sessions" | "Looking" | "Driving" | "Machine";
  load(): Promise<Command>;
}

export const commands = {
  open: { summary: "Open a session on a browser of its own", group: "Sessions", load: async () => (await import("./commands/open.js")).command },
  connect: { summary: "Open a session on a browser that runs already", group: "Sessions", load: async () => (await import("./commands/connect.js")).command },
  list: { summary: "List the sessions", group: "Sessions", load: async () => (await import("./commands/list.js")).command },
  "session-mode": { summary: "Show a session's access mode, lock it or unlock it", group: "Sessions", load: async () => (await import("./commands/sessionMode.js")).command },
  close: { summary: "Close a session, or all of them", group: "Sessions", load: async () => (await import("./commands/close.js")).command },
  pages: { summary: "List the open pages of a session", group: "Looking", load: async () => (await import("./commands/pages.js")).command },
  "readonly-exec": { summary: "Run code that can read the page and change nothing", group: "Looking", load: async () => (await import("./commands/readonlyExec.js")).command },
  logs: { summary: "Show what a session did, requested and was made to do", group: "Looking", load: async () => (await import("./commands/logs.js")).command },
  snapshot: { summary: "Take a picture and an accessibility tree of a page", group: "Looking", load: async () => (await import("./commands/snapshot.js")).command },
  run: { summary: "Run a workflow in a session of its own", group: "Driving", load: async () => (await import("./commands/run.js")).command },
  resume: { summary: "Let a paused workflow go on", group: "Driving", load: async () => (await import("./commands/resume.js")).command },
  stop: { summary: "End a workflow and keep its session", group: "Driving", load: async () => (await import("./commands/stop.js")).command },
  exec: { summary: "Run Playwright code in the session's REPL", group: "Driving", load: async () => (await import("./commands/exec.js")).command },
  save: { summary: "Save a session's login, for open and run", group: "Driving", load: async () => (await import("./commands/save.js")).command },
  profiles: { summary: "List the saved logins, or delete one", group: "Driving", load: async () => (await import("./commands/profiles.js")).command },
  status: { summary: "Tell whether everything that is needed is here", group: "Machine", load: async () => (await import("./commands/status.js")).command },
  setup: { summary: "Install a browser where there is none", group: "Machine", load: async () => (await import("./commands/setup.js")).command },
  gc: { summary: "End browsers that were left behind", group: "Machine", load: async () => (await import("./commands/gc.js")).command },
  completion: { summary: "Print the completion script of a shell", group: "Machine", load: async () => (await import("./commands/completion.js")).command },
} satisfies Record<string, Entry>;

export type CommandName = keyof typeof commands;
