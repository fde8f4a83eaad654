/** One call of a tool. */
import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Connection } from "./connection.js";
import type { ToolInput } from "./toolInputs.js";
import type { ToolName } from "./toolList.js";

export interface Call<Name extends ToolName> {
  input: ToolInput<Name>;
  connection: Connection;
  /** Aborted where the client cancels the call, or is gone. */
  signal: AbortSignal;
  /** Tells the client, where it wants to hear, what is waited for: in words of ours, never a page's. */
  progress: (message: string) => void;
}

/** What a tool does: it translates a call to the core's verb, and its result to an answer. @throws `LibrettoError` */
export type Tool<Name extends ToolName> = (call: Call<Name>) => Promise<CallToolResult>;
