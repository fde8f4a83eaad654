import { writeFileSync } from "node:fs";
import { assertFileName } from "../../sessions/model/names.js";
import { LibrettoError, usageError } from "../../sessions/util/errors.js";
import { exportKinds, exportRecord, type ExportKind } from "../../sessions/operations/export.js";
import { parseSince } from "../../sessions/logs/since.js";
import { sessionOption, type Command } from "../command.js";
import { filterOf } from "../logFilter.js";
import { counted, note } from "../output.js";
import { text } from "../optionValues.js";

export const command: Command = {
  usage: "workflow|playwright-test|har|curl [--session <name>] [--since <when>] [--output <path>]",
  positionals: { min: 1, max: 1, names: `one of ${exportKinds.join(", ")}`, complete: exportKinds },
  options: {
    session: {
      ...sessionOption,
      help: "The session, live or ended; the only live one by default.",
    },
    since: { type: "string", value: "when", help: "Only what happened then and later: 90s, 5m, 2h ago, or a time." },
    filter: {
      type: "string",
      value: "expr",
      mayBeginWithMinus: true,
      help: "Only rows that pass, as `libretto logs --help` explains it.",
    },
    output: {
      type: "string",
      short: "o",
      value: "path",
      help: "Write to this file instead of standard output.",
      complete: "file",
    },
  },
  details: [
    "workflow and playwright-test are TypeScript made of the actions on record, those of people and those of code:",
    "one step an action. What was masked becomes an input. What could not be exported is a comment in its place, and",
    "their number is printed. har (1.2) and curl are made of the requests, with what is masked left masked; of bodies,",
    "a har holds the texts alone.",
  ].join("\n"),
  examples: [
    "libretto export workflow --session shop --output shop.ts",
    "libretto export playwright-test --since 10m > shop.spec.ts",
    "libretto export har --session shop --output shop.har",
    "libretto export curl --filter 'method:POST url:/orders'",
  ],
  async run({ context, positionals, values, interruption: { signal } }) {
    const kind = exportKinds.find((known) => known === positionals[0]);
    if (kind === undefined)
      throw usageError(
        `export makes ${exportKinds.join(", ")}, not ${JSON.stringify(positionals[0] ?? "")}.`,
        "For example: libretto export workflow --output steps.ts",
      );
    const output = text(values, "output");
    if (output !== undefined) assertFileName(output);
    const since = text(values, "since");
    const exported = await exportRecord(
      context,
      {
        session: text(values, "session"),
        kind,
        since: since === undefined ? undefined : parseSince(since),
        filter: filterOf(values),
      },
      signal,
    );
    if (output !== undefined) write(output, exported.text);
    note(told(kind, exported));
    const { text: made, ...rest } = exported;
    return {
      text: output === undefined ? made : `Wrote ${output}.`,
      json: { ...rest, ...(output === undefined ? { text: made } : { output }) },
    };
  },
};

function told(
  kind: ExportKind,
  { count, skipped, inputs }: { count: number; skipped: number; inputs: string[] },
): string {
  if (kind === "har" || kind === "curl") return `${counted(count, "request")}.`;
  return [
    counted(count, "step"),
    `${skipped} could not be exported${skipped === 0 ? "" : ", see the comments"}`,
    ...(inputs.length === 0 ? [] : [`inputs: ${inputs.join(", ")}`]),
  ].join("; ");
}

function write(path: string, content: string): void {
  try {
    // What is on record may be private.
    writeFileSync(path, content, { mode: 0o600 });
  } catch (error) {
    throw new LibrettoError(
      "Failed",
      `${path} cannot be written: ${(error as Error).message}`,
      "Give --output a path in a folder that is there.",
      { cause: error },
    );
  }
}
