import { usageError } from "../../sessions/util/errors.js";
import type { Command } from "../command.js";
import { flag } from "../optionValues.js";

export const command: Command = {
  usage: "[--read-only] [--allow-exec]",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: {
    "read-only": {
      type: "boolean",
      help: "Whatever the client asks: it opens no session with write access, and changes no page.",
    },
    "allow-exec": { type: "boolean", help: "Offer exec and run, too: code with your rights." },
  },
  details: [
    "Speaks the Model Context Protocol on standard input and output, for the sessions of the workspace that it is",
    "started in. Sessions that it opens are read-only unless the client asks otherwise. None of its tools unlocks one.",
  ].join("\n"),
  examples: ["libretto mcp", "libretto mcp --read-only"],
  async run({ context, values, interruption: { signal } }) {
    const options = { readOnly: flag(values, "read-only"), allowExec: flag(values, "allow-exec") };
    if (options.readOnly && options.allowExec)
      throw usageError("--read-only and --allow-exec exclude each other.", "Pass one of them.");
    const { serve } = await import("../../mcp/serve.js");
    await serve({ workspace: context.workspace, env: context.env, cwd: process.cwd(), options, signal });
    return undefined;
  },
};
