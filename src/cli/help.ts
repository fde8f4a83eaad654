/** `--help`, written from the commands' own tables. */
import type { Command, Option } from "./command.js";
import { commands, type CommandName } from "./commands.js";
import { table } from "./output.js";

/** What `libretto --help` prints. */
export function overview(): string {
  const groups = new Map<string, [string, string][]>();
  for (const [name, { group, summary }] of Object.entries(commands)) groups.set(group, [...(groups.get(group) ?? []), [name, summary]]);
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const blocks = [...groups].map(([group, rows]) => `${group}\n${rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`).join("\n")}`);
  return [
    `libretto ${LIBRETTO_VERSION}: named browser sessions, with a read-only mode that holds.`,
    "",
    "Usage: libretto <command> [arguments] [--json]",
    "",
    blocks.join("\n\n"),
    "",
    "`libretto <command> --help` explains a command. A first session:",
    "  libretto open https://example.com --read-only --session diag",
    '  libretto readonly-exec --session diag "return await page.title()"',
    "  libretto close --session diag",
  ].join("\n");
}

/** The same for scripts. */
export function helpData(): object {
  return { version: LIBRETTO_VERSION, commands: Object.fromEntries(Object.entries(commands).map(([name, { summary, group }]) => [name, { summary, group }])) };
}

/** What `libretto <command> --help` prints. */
export function commandHelp(name: CommandName, command: Command): string {
  const options: [string, Option][] = [...Object.entries(command.options), ["json", { type: "boolean", help: "Print JSON for scripts." }], ["help", { type: "boolean", short: "h", help: "Print this." }]];
  const rows = options.map(([option, { short, value, help }]) => [`  ${short === undefined ? "   " : `-${short},`} --${option}${value === undefined ? "" : ` <${value}>`}`, help]);
  return [
    `${command.summary}.`,
    "",
    `Usage: libretto ${name} ${command.usage}`.trimEnd(),
    ...(command.details === undefined ? [] : ["", command.details]),
    "",
    "Options",
    table(rows),
    "",
    "Examples",
    ...command.examples.map((example) => `  ${example}`),
  ].join("\n");
}
