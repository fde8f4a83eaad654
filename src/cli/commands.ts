/** Every command of the CLI. Each is loaded when it is called; `overview.ts` says what each is for. */
import type { Command } from "./command.js";

type Load = () => Promise<Command>;

export const commands = {
  open: async () => (await import("./commands/open.js")).command,
  connect: async () => (await import("./commands/connect.js")).command,
  list: async () => (await import("./commands/list.js")).command,
  "session-mode": async () => (await import("./commands/sessionMode.js")).command,
  "request-access": async () => (await import("./commands/requestAccess.js")).command,
  close: async () => (await import("./commands/close.js")).command,
  pages: async () => (await import("./commands/pages.js")).command,
  "readonly-exec": async () => (await import("./commands/readonlyExec.js")).command,
  logs: async () => (await import("./commands/logs.js")).command,
  export: async () => (await import("./commands/export.js")).command,
  snapshot: async () => (await import("./commands/snapshot.js")).command,
  run: async () => (await import("./commands/run.js")).command,
  resume: async () => (await import("./commands/resume.js")).command,
  stop: async () => (await import("./commands/stop.js")).command,
  exec: async () => (await import("./commands/exec.js")).command,
  act: async () => (await import("./commands/act.js")).command,
  save: async () => (await import("./commands/save.js")).command,
  profiles: async () => (await import("./commands/profiles.js")).command,
  status: async () => (await import("./commands/status.js")).command,
  setup: async () => (await import("./commands/setup.js")).command,
  gc: async () => (await import("./commands/gc.js")).command,
  batch: async () => (await import("./commands/batch.js")).command,
  shell: async () => (await import("./commands/shell.js")).command,
  skills: async () => (await import("./commands/skills.js")).command,
  mcp: async () => (await import("./commands/mcp.js")).command,
  completion: async () => (await import("./commands/completion.js")).command,
} satisfies Record<string, Load>;

export type CommandName = keyof typeof commands;
