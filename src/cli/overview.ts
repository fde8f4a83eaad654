/** What each command is for, in one line and in the order of `libretto --help`; for shell completion, too. */
import type { CommandName } from "./commands.js";

interface Entry {
  group: "Sessions" | "Looking" | "Driving" | "Machine";
  summary: string;
}

export const overview: Record<CommandName, Entry> = {
  open: { group: "Sessions", summary: "Open a session on a browser of its own" },
  connect: { group: "Sessions", summary: "Open a session on a browser that is already running" },
  list: { group: "Sessions", summary: "List the sessions" },
  "session-mode": { group: "Sessions", summary: "Show a session's access mode, lock it or unlock it" },
  "request-access": { group: "Sessions", summary: "Ask a person for write access to a session" },
  close: { group: "Sessions", summary: "Close a session, or all of them" },
  pages: { group: "Looking", summary: "List the open pages of a session" },
  "readonly-exec": { group: "Looking", summary: "Run code that can read the page and change nothing" },
  logs: { group: "Looking", summary: "Show a session's events, requests and actions" },
  export: { group: "Looking", summary: "Turn what is on record into a workflow, a test, HAR or curl" },
  snapshot: { group: "Looking", summary: "Take a picture and an accessibility tree of a page" },
  run: { group: "Driving", summary: "Run a workflow in a session of its own" },
  resume: { group: "Driving", summary: "Resume a paused workflow" },
  stop: { group: "Driving", summary: "End a workflow and keep its session" },
  exec: { group: "Driving", summary: "Run Playwright code in the session's REPL" },
  act: { group: "Driving", summary: "Click, type and navigate in steps, and print what changed" },
  save: { group: "Driving", summary: "Save a session's login, for open and run" },
  profiles: { group: "Driving", summary: "List the saved logins, or delete one" },
  status: { group: "Machine", summary: "Check that everything needed is installed" },
  setup: { group: "Machine", summary: "Install a browser where there is none" },
  gc: { group: "Machine", summary: "End browsers that were left behind" },
  batch: { group: "Machine", summary: "Run many commands in one process, as JSON lines" },
  shell: { group: "Machine", summary: "Run commands at a prompt, with history and completion" },
  skills: { group: "Machine", summary: "Write a skill file for coding agents, or print their guide" },
  mcp: { group: "Machine", summary: "Serve the sessions to a coding agent (Model Context Protocol)" },
  completion: { group: "Machine", summary: "Print the completion script of a shell" },
};
