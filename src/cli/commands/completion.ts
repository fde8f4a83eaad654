import { RootCommand } from "@bomb.sh/tab";
import { bashCompletion } from "../bashCompletion.js";
import { usageError } from "../../sessions/util/errors.js";
import type { SessionsContext } from "../../sessions/operations/context.js";
import { isLive, listRecords } from "../../sessions/store/records.js";
import { jsonOption, type Command, type Option } from "../command.js";
import { commands, type CommandName } from "../commands.js";
import { overview } from "../overview.js";

const shells = ["bash", "zsh", "fish", "powershell"] as const;

/** The program as a shell finds it. */
const program = "libretto";

export const command: Command = {
  usage: `<${shells.join(" | ")}>`,
  positionals: { min: 1, max: 1, names: `a shell: ${shells.join(", ")}`, complete: shells },
  options: {},
  details: "Load it in the shell's start-up file; commands, options and session names are then offered.",
  examples: [
    'eval "$(libretto completion bash)"',
    "source <(libretto completion zsh)",
    "libretto completion fish > ~/.config/fish/completions/libretto.fish",
  ],
  async run({ context, positionals: [shell = ""] }) {
    if (!(shells as readonly string[]).includes(shell))
      throw usageError(
        `${JSON.stringify(shell)} is not a shell that can be completed.`,
        `Give one of: ${shells.join(", ")}.`,
      );
    const script = shell === "bash" ? bashCompletion(program) : await setupScript(context, shell);
    return { text: script, json: { shell, script } };
  },
};

/**
 * Answers the completion script: what may follow these words.
 * @param words what was typed after the program's name; the last one is being typed and may be empty
 */
export async function complete(context: SessionsContext, words: string[]): Promise<string> {
  let files = false;
  const root = await describe(context, () => (files = true));
  const answer = printed(() => root.parse(words));
  // The library says that no file will do (:4), whatever was asked for.
  return files ? answer.replace(/:4$/, ":0") : answer;
}

async function setupScript(context: SessionsContext, shell: string): Promise<string> {
  const root = await describe(context, () => undefined);
  return printed(() => root.setup(program, program, shell));
}

/**
 * Tells the library what the commands' own tables say.
 * @param onFile called where a file is asked for, which the shell itself offers
 */
async function describe(context: SessionsContext, onFile: () => void): Promise<RootCommand> {
  const root = new RootCommand();
  const offer =
    (kind: Option["complete"]) =>
    (add: (value: string, description: string) => void): void => {
      if (kind === "session")
        for (const record of listRecords(context.workspace))
          add(record.name, isLive(record) ? (record.state?.url ?? "") : record.liveness);
      else if (kind === "file") onFile();
      else if (kind !== undefined) for (const word of kind) add(word, "");
    };
  for (const [name, { summary }] of Object.entries(overview)) {
    const { options, positionals } = await commands[name as CommandName]();
    const described = root.command(name, summary);
    if (positionals.max > 0) described.argument("argument", offer(positionals.complete));
    for (const [option, { type, valueIsOptional, help, short, complete: kind }] of Object.entries(options)) {
      if (type === "boolean" || valueIsOptional) described.option(option, help, short);
      else described.option(option, help, offer(kind), short);
    }
    described.option("json", jsonOption.help).option("help", "Explain the command.", "h");
  }
  root.command("help", "Explain a command").argument("command", offer(Object.keys(commands)));
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
