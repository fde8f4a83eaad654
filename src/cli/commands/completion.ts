import { RootCommand } from "@bomb.sh/tab";
import { usageError } from "../../sessions/errors.js";
import type { SessionsContext } from "../../sessions/context.js";
import { isLive, listRecords } from "../../sessions/store.js";
import type { Command, Option } from "../command.js";
import { commands } from "../commands.js";

const shells = ["bash", "zsh", "fish", "powershell"] as const;

/** The program as a shell finds it. */
const program = "libretto";

export const command: Command = {
  summary: "Print the completion script of a shell",
  usage: `<${shells.join(" | ")}>`,
  positionals: { min: 1, max: 1, names: `a shell: ${shells.join(", ")}`, complete: shells },
  options: {},
  details: "Load it in the shell's start-up file; commands, options and session names are then offered.",
  examples: ["source <(libretto completion bash)", "libretto completion zsh >> ~/.zshrc", "libretto completion fish > ~/.config/fish/completions/libretto.fish"],
  async run({ context, positionals: [shell = ""] }) {
    if (!(shells as readonly string[]).includes(shell)) throw usageError(`${JSON.stringify(shell)} is not a shell that can be completed.`, `Give one of: ${shells.join(", ")}.`);
    const root = await describe(context);
    const script = printed(() => root.setup(program, program, shell));
    return { text: script, json: { shell, script } };
  },
};

/**
 * Answers the completion script: what may follow these words.
 * @param words what was typed after the program's name; the last one is being typed and may be empty
 */
export async function complete(context: SessionsContext, words: string[]): Promise<string> {
  const root = await describe(context);
  return printed(() => root.parse(words));
}

/** Tells the library what the commands' own tables say. */
async function describe(context: SessionsContext): Promise<RootCommand> {
  const root = new RootCommand();
  const offer = (kind: Option["complete"]) => (add: (value: string, description: string) => void): void => {
    if (kind === "session") for (const record of listRecords(context.workspace)) add(record.name, isLive(record) ? (record.state?.url ?? "") : record.liveness);
    else if (kind !== undefined && kind !== "file") for (const word of kind) add(word, "");
  };
  for (const [name, entry] of Object.entries(commands)) {
    const { options, positionals } = await entry.load();
    const described = root.command(name, entry.summary);
    if (positionals.max > 0) described.argument("argument", offer(positionals.complete));
    for (const [option, { type, help, short, complete: kind }] of Object.entries(options)) {
      if (type === "boolean") described.option(option, help, short);
      else described.option(option, help, offer(kind), short);
    }
    described.option("json", "Print JSON for scripts.").option("help", "Explain the command.", "h");
  }
  return root;
}

/** What the library prints; it knows no other way out. */
function printed(work: () => void): string {
  const lines: string[] = [];
  const { log } = console;
  console.log = (...parts: unknown[]) => void lines.push(parts.map(String).join(" "));
  try {
    work();
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}
