/** `--help`, written from the commands' own tables. */
import { jsonOption, usageLine, type Command, type Option, type Output } from "./command.js";
import type { CommandName } from "./commands.js";
import { table } from "./output.js";
import { overview } from "./overview.js";

/** What `libretto --help` prints. */
export function helpOfAll(): Output {
  const groups = new Map<string, [string, string][]>();
  for (const [name, { group, summary }] of Object.entries(overview))
    groups.set(group, [...(groups.get(group) ?? []), [name, summary]]);
  const width = Math.max(...Object.keys(overview).map((name) => name.length));
  const blocks = [...groups].map(
    ([group, rows]) => `${group}\n${rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`).join("\n")}`,
  );
  const text = [
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
  return { text, json: { version: LIBRETTO_VERSION, commands: overview } };
}

/** What `libretto <command> --help` prints. */
export function helpOf(name: CommandName, command: Command): Output {
  const { usage, options, details, examples } = command;
  const { summary } = overview[name];
  const shown: [string, Option][] = [
    ...Object.entries(options),
    ["json", jsonOption],
    ["help", { type: "boolean", short: "h", help: "Print this." }],
  ];
  const rows = shown.map(([option, { short, value, valueIsOptional, help }]) => [
    `  ${short === undefined ? "   " : `-${short},`} --${option}${value === undefined ? "" : valueIsOptional ? `[=<${value}>]` : ` <${value}>`}`,
    help,
  ]);
  const text = [
    `${summary}.`,
    "",
    usageLine(name, command),
    ...(details === undefined ? [] : ["", details]),
    "",
    "Options",
    table(rows),
    "",
    "Examples",
    ...examples.map((example) => `  ${example}`),
  ].join("\n");
  return { text, json: { command: name, summary, usage, options, examples } };
}
