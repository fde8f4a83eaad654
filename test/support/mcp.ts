/** `libretto mcp` as clients start it: with the SDK's clients, and as raw messages. */
import { Client as CurrentClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as CurrentTransport } from "@modelcontextprotocol/client/stdio";
import { Client as EarlierClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as EarlierTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { cliPath, type Workspace } from "./cli.js";

/** What the tests use of an answer. */
export interface ToolAnswer {
  content: { type: string; text?: string; data?: string; mimeType?: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

/** The clients with which the server is tested: each generation of the SDK, each revision of the protocol. */
export const clients = ["sdk 1.x", "sdk 2.x, 2025-11-25", "sdk 2.x, 2026-07-28"] as const;
export type ClientKind = (typeof clients)[number];

export interface McpConnection extends AsyncDisposable {
  readonly client: CurrentClient;
  /** Of the server. */
  readonly pid: number;
  /** Calls a tool. */
  call(
    name: string,
    input?: object,
    options?: { signal?: AbortSignal; onprogress?: (progress: unknown) => void },
  ): Promise<ToolAnswer>;
  /** The same, of a call that has to succeed. @returns its text */
  text(name: string, input?: object): Promise<string>;
  /** Ends the connection as a client does: standard input is closed. */
  close(): Promise<void>;
}

/** Starts the server in the workspace and connects. */
export async function connectMcp(
  workspace: Workspace,
  {
    kind = "sdk 2.x, 2025-11-25",
    args = [],
    name = "test client",
  }: { kind?: ClientKind; args?: string[]; name?: string } = {},
): Promise<McpConnection> {
  const parameters = {
    command: process.execPath,
    args: [cliPath, "mcp", ...args],
    cwd: workspace.folder,
    env: workspace.env,
  };
  const info = { name, version: "1.0.0" };
  let transport: { pid: number | null };
  let client: CurrentClient;
  if (kind === "sdk 1.x") {
    const made = new EarlierTransport(parameters);
    const earlier = new EarlierClient(info);
    await earlier.connect(made);
    transport = made;
    // The tests use what both have in common.
    client = earlier as unknown as CurrentClient;
  } else {
    const made = new CurrentTransport(parameters);
    client = new CurrentClient(info, kind.endsWith("2026-07-28") ? { versionNegotiation: { mode: "auto" } } : {});
    await client.connect(made);
    transport = made;
  }
  const pid = transport.pid ?? 0;
  const call: McpConnection["call"] = async (tool, input = {}, options = {}) =>
    (await (kind === "sdk 1.x"
      ? (client as unknown as EarlierClient).callTool({ name: tool, arguments: { ...input } }, undefined, options)
      : client.callTool({ name: tool, arguments: { ...input } }, options))) as ToolAnswer;
  return {
    client,
    pid,
    call,
    async text(tool, input) {
      const answer = await call(tool, input);
      const text = textOf(answer);
      if (answer.isError) throw new Error(`${tool} failed: ${text}`);
      return text;
    },
    close: () => client.close(),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** Everything that an answer says in words, pictures left out. */
export const textOf = ({ content }: ToolAnswer): string => content.map(({ text }) => text ?? "").join("\n");

/** A fenced text taken apart. */
export interface Unfenced {
  /** What stands outside of all marks. */
  outside: string;
  inside: string[];
}

/** Takes the marks at their word: what each pair of the same nonce holds is inside. Throws where one is not closed. */
export function unfence(text: string): Unfenced {
  const inside: string[] = [];
  let outside = "";
  let rest = text;
  for (;;) {
    const begin = /<page-content mark="([0-9a-f]{24})"(?: origin="[^"\n]{1,300}")?>\n?/.exec(rest);
    if (!begin) return { outside: outside + rest, inside };
    const after = rest.slice(begin.index + begin[0].length);
    const mark = `</page-content mark="${begin[1]}">`;
    const end = after.indexOf(mark);
    if (end < 0) throw new Error(`The mark ${begin[1]} is not closed:\n${text}`);
    outside += rest.slice(0, begin.index);
    inside.push(after.slice(0, end));
    rest = after.slice(end + mark.length);
  }
}
