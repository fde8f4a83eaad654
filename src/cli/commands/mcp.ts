import { usageError } from "../../sessions/util/errors.js";
import type { Command } from "../command.js";
import { mcpClients, mcpConfig, type McpClient } from "../mcpConfig.js";
import { note } from "../output.js";
import { flag, text } from "../optionValues.js";

export const command: Command = {
  usage: "[--read-only] [--allow-exec] [--print-config <client>]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: {
    "read-only": {
      type: "boolean",
      help: "Whatever the client asks: it opens no session with write access, and changes no page.",
    },
    "allow-exec": { type: "boolean", help: "Offer exec and run, too: code with your rights." },
    "print-config": {
      type: "string",
      value: "client",
      help: "Print what that client's settings file wants, and end.",
      complete: mcpClients,
    },
  },
  details: [
    "Speaks the Model Context Protocol on standard input and output, for the sessions of the workspace that it is",
    "started in. Sessions that it opens are read-only unless the client asks otherwise. None of its tools unlocks one.",
  ].join("\n"),
  examples: ["libretto mcp", "libretto mcp --read-only", "libretto mcp --print-config claude-code"],
  async run({ context, values, json, interruption }) {
    const options = { readOnly: flag(values, "read-only"), allowExec: flag(values, "allow-exec") };
    if (options.readOnly && options.allowExec)
      throw usageError("--read-only and --allow-exec exclude each other.", "Pass one of them.");
    const client = text(values, "print-config");
    if (client !== undefined) {
      if (!isClient(client))
        throw usageError(`--print-config takes ${mcpClients.join(", ")}.`, "For example: --print-config claude-code.");
      const args = [...(options.readOnly ? ["--read-only"] : []), ...(options.allowExec ? ["--allow-exec"] : [])];
      const config = mcpConfig(client, args);
      if (!json) note(`For ${config.file}:`);
      return { text: config.text, json: config };
    }
    const { serve } = await import("../../mcp/serve.js");
    await serve({
      workspace: context.workspace,
      env: context.env,
      cwd: process.cwd(),
      options,
      signal: interruption.signal,
    });
    return undefined;
  },
};

const isClient = (name: string): name is McpClient => (mcpClients as readonly string[]).includes(name);
