/** What the settings file of a client holds so that it starts `libretto mcp`. */
import { realpathSync } from "node:fs";
import { asNode } from "../sessions/util/environment.js";

interface Client {
  /** Where it goes, for people. */
  file: string;
  /** @param server the program, its arguments and its environment */
  print: (server: Server) => string;
}

interface Server {
  command: string;
  args: string[];
  env?: Record<string, string>;
}

const json = (value: unknown): string => JSON.stringify(value, undefined, 2);
const mcpServers = (server: Server): string => json({ mcpServers: { libretto: server } });

const clients = {
  "claude-code": { file: ".mcp.json of the project", print: mcpServers },
  "claude-desktop": { file: "claude_desktop_config.json", print: mcpServers },
  codex: {
    file: "~/.codex/config.toml",
    print: ({ command, args, env }) =>
      [
        "[mcp_servers.libretto]",
        `command = ${JSON.stringify(command)}`,
        `args = ${JSON.stringify(args)}`,
        ...(env
          ? [
              "",
              "[mcp_servers.libretto.env]",
              ...Object.entries(env).map(([name, value]) => `${name} = ${JSON.stringify(value)}`),
            ]
          : []),
      ].join("\n"),
  },
  cursor: { file: ".cursor/mcp.json of the project", print: mcpServers },
  gemini: { file: ".gemini/settings.json of the project", print: mcpServers },
  opencode: {
    file: "opencode.json of the project",
    print: ({ command, args, env }) =>
      json({
        mcp: {
          libretto: { type: "local", command: [command, ...args], ...(env ? { environment: env } : {}), enabled: true },
        },
      }),
  },
  vscode: {
    file: ".vscode/mcp.json of the folder; the extension offers the server by itself",
    print: (server) => json({ servers: { libretto: { type: "stdio", ...server } } }),
  },
  windsurf: { file: "~/.codeium/windsurf/mcp_config.json", print: mcpServers },
  zed: { file: "settings.json", print: (server) => json({ context_servers: { libretto: server } }) },
} satisfies Record<string, Client>;

export type McpClient = keyof typeof clients;
export const mcpClients = Object.keys(clients) as McpClient[];

/** @param args what the server is started with beside its name */
export function mcpConfig(name: McpClient, args: string[]): { file: string; text: string } {
  const { file, print }: Client = clients[name];
  // This very installation and runtime: what a client finds on its own PATH may be another, or none.
  const program = realpathSync(process.argv[1] ?? "");
  const server: Server = {
    command: process.execPath,
    args: [program, "mcp", ...args],
    ...(Object.keys(asNode).length === 0 ? {} : { env: asNode }),
  };
  return { file, text: print(server) };
}
