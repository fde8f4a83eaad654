import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { WrongOption } from "../../src/cli/arguments.js";
import { jsonOption, type Option } from "../../src/cli/command.js";
import { readWords } from "../../src/cli/parseCommand.js";

const options: Record<string, Option> = {
  session: { type: "string", short: "s", help: "" },
  find: { type: "string", short: "f", help: "" },
  input: { type: "string", multiple: true, help: "" },
  all: { type: "boolean", short: "a", help: "" },
  brief: { type: "boolean", short: "b", help: "" },
  json: jsonOption,
};
/** Each is a word, or the end of one. */
const pieces = [
  "",
  "-",
  "--",
  "---",
  "x",
  "a\nb",
  "-1",
  "=",
  "=x",
  "-s",
  "-f",
  "-a",
  "-ab",
  "-asx",
  "-x",
  "-sx",
  "-s=x",
];
const longs = ["session", "input", "all", "json", "no-json", "Session", "__proto__", "constructor"].map(
  (o) => `--${o}`,
);
const words = [
  ...pieces,
  ...longs,
  ...longs.flatMap((long) => [`${long}=`, `${long}=x`, `${long}=-x`, `${long}=a\nb`]),
];

type Outcome = { values: object; positionals: string[] } | "refused";

function ours(args: string[]): Outcome {
  try {
    const { values, positionals } = readWords(args, options);
    return { values: { ...values }, positionals };
  } catch (error) {
    assert.ok(error instanceof WrongOption, String(error));
    return "refused";
  }
}

function nodes(args: string[]): Outcome {
  try {
    const read = parseArgs({ args, options, allowPositionals: true, strict: true, tokens: true });
    const given = read.tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
    for (const name of ["session", "find"]) if (given.filter((one) => one === name).length > 1) return "refused";
    return { values: { ...read.values }, positionals: read.positionals };
  } catch {
    return "refused";
  }
}

describe("S21 the words of a command", () => {
  it("S21 words are read as Node's strict parser reads them, and no option twice", () => {
    for (const one of words)
      for (const two of words)
        for (const args of [
          [one, two],
          [one, two, "x"],
          ["-s", one, two],
        ])
          assert.deepEqual(ours(args), nodes(args), JSON.stringify(args));
  });

  it("S21 a value may begin with a minus sign, or be left out, where its option says so", () => {
    const some = {
      ...options,
      status: { type: "string", mayBeginWithMinus: true, help: "" },
      since: { type: "string", valueIsOptional: true, help: "" },
    } satisfies Record<string, Option>;
    assert.deepEqual(readWords(["--status", "-200", "x"], some), { values: { status: "-200" }, positionals: ["x"] });
    assert.throws(() => readWords(["--status", "--json"], some), WrongOption);
    assert.deepEqual(readWords(["--since", "x"], some), { values: { since: "" }, positionals: ["x"] });
    assert.deepEqual(readWords(["--since=x"], some), { values: { since: "x" }, positionals: [] });
  });
});
