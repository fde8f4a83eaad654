import { act, describeActed } from "../../sessions/operations/act.js";
import { actActions, stepOfWords, type ActStep } from "../../sessions/model/actSteps.js";
import { LibrettoError, usageError } from "../../sessions/util/errors.js";
import { readTextFile } from "../../sessions/util/text.js";
import { pageOption, sessionOption, type Call, type Command } from "../command.js";
import { readStandardInput } from "../input.js";
import { errorLines, note, printable } from "../output.js";
import { pageId, positiveInteger, text, timeoutMs } from "../optionValues.js";

export const command: Command = {
  usage: "<action> [target] [value …] | --steps <file | -> [--session <name>] [--page <id>] [--timeout <ms>]",
  positionals: { min: 0, max: 100, names: "one step: an action, its target and its values", complete: actActions },
  options: {
    session: sessionOption,
    page: pageOption,
    steps: {
      type: "string",
      value: "file",
      help: "Steps as a JSON array, from a file or - for standard input.",
      complete: "file",
    },
    timeout: {
      type: "string",
      short: "t",
      value: "ms",
      help: "Time allowed for each step (10000 by default).",
    },
    "max-chars": { type: "string", value: "count", help: "Most characters of the changes (2000 by default)." },
  },
  details: [
    "Steps: click, dblclick, hover, check, uncheck <target>; fill, type <target> <text>; press [target] <key>;",
    "select <target> <option …>; upload <target> <file …>; goto <url>; back; reload; wait <target> [state];",
    "wait <ms>; dialog accept [text]; dialog dismiss, right behind the step that opens the dialog.",
    "A target is a ref of a snapshot, such as e12, or a locator as Playwright spells it.",
    'In --steps: [{ "action": "fill", "target": "e5", "value": "Ada" }, { "action": "click", "target": "e7" }].',
    "Prints what changed in the page's tree: + new, - gone, ~ the same element, changed.",
  ].join("\n"),
  examples: [
    "libretto act click e12",
    "libretto act fill \"getByLabel('Name')\" Ada",
    "libretto act press Enter --session diag",
    "libretto act --steps steps.json",
  ],
  async run(call) {
    const { context, values, json, interruption } = call;
    const result = await act(
      context,
      {
        steps: stepsOf(call),
        session: text(values, "session"),
        page: pageId(values),
        timeoutMs: timeoutMs(values, "10000"),
        maxChars: positiveInteger(values, "max-chars", "2000"),
        cwd: process.cwd(),
      },
      { notice: ({ text: line }) => note(line) },
      interruption,
    );
    const { failure } = result;
    if (failure === undefined) return { text: describeActed(result, printable), json: result };
    const error = LibrettoError.fromData(failure);
    if (!json) process.stderr.write(errorLines(error));
    return { text: describeActed(result, printable), json: result, exitStatus: error.exitStatus };
  },
};

function stepsOf({ positionals, values }: Call): ActStep[] {
  const file = text(values, "steps");
  if (file === undefined) {
    if (positionals.length === 0)
      throw usageError("No step was given.", "Give one, for example `libretto act click e12`, or --steps <file>.");
    return [stepOfWords(positionals)];
  }
  if (positionals.length > 0) throw usageError("Steps are given twice: in words and with --steps.", "Give them once.");
  const content = file === "-" ? readStandardInput() : readFile(file);
  try {
    // The operation checks what they are.
    return JSON.parse(content) as ActStep[];
  } catch (error) {
    throw usageError(
      `The steps are not valid JSON: ${(error as Error).message}`,
      'For example: [{ "action": "click", "target": "e12" }].',
    );
  }
}

function readFile(path: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    throw usageError(`The file given with --steps cannot be read: ${(error as Error).message}`, "Check the path.");
  }
}
