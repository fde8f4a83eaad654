import { resolve } from "node:path";
import { usageError } from "../../sessions/util/errors.js";
import { modeBadge } from "../../sessions/model/policy.js";
import { parseViewport } from "../../sessions/operations/open.js";
import { run } from "../../sessions/operations/run.js";
import {
  gridOption,
  lockedOption,
  newSessionOption,
  queueTimeoutOption,
  writeAccessOption,
  type Command,
  type OptionValues,
} from "../command.js";
import { readTextFile, withoutMark } from "../../sessions/util/text.js";
import { readStandardInput } from "../input.js";
import { note, printable, ReaderGone, writeAll } from "../output.js";
import { ProgressLine } from "../progressLine.js";
import { flag, milliseconds, modeOf, text } from "../optionValues.js";

export const command: Command = {
  usage: "<workflow.ts> [--params <json> | --params-file <path>] [--session <name>] [--read-only]",
  positionals: { min: 1, max: 1, names: "the workflow's file", complete: "file" },
  options: {
    session: newSessionOption,
    params: { type: "string", value: "json", help: "The workflow's parameters, as JSON." },
    "params-file": {
      type: "string",
      value: "path",
      help: "A JSON file with the parameters; - for standard input.",
      complete: "file",
    },
    "read-only": { type: "boolean", help: "Locks the session against everybody but the workflow." },
    "write-access": writeAccessOption,
    locked: lockedOption,
    headless: { type: "boolean", help: "Without a window." },
    headed: { type: "boolean", help: "With a window, whatever the config says." },
    viewport: { type: "string", value: "WxH", help: "Size of the page in pixels (1280x720)." },
    "auth-profile": {
      type: "string",
      value: "name",
      help: "A saved login (`libretto save`), instead of the workflow's own.",
    },
    cdp: { type: "string", value: "endpoint", help: "Run on a browser that is there already, and leave it there." },
    grid: gridOption,
    "queue-timeout": queueTimeoutOption,
    page: { type: "string", short: "p", value: "id", help: "With --cdp: the page to run on." },
    "stay-open": { type: "boolean", help: "Keep the session open after success too." },
    tsconfig: {
      type: "string",
      value: "path",
      help: "The tsconfig.json to respect; the nearest one where it is left out.",
      complete: "file",
    },
    "executable-path": { type: "string", value: "path", help: "The browser to start.", complete: "file" },
  },
  details: [
    'The file\'s default export is a workflow, made with workflow() of "libretto". Its log goes to standard error,',
    "its result to standard output. Success closes the session; a failure leaves it open, to look around in and,",
    "with --session and its name, to run the mended workflow in again.",
  ].join("\n"),
  examples: [
    "libretto run ./checkout.ts --headless",
    'libretto run ./report.ts --params \'{ "month": "2026-11" }\' > report.json',
    "libretto run ./login.ts --session debug --stay-open",
  ],
  async run({ context, positionals, values, json, interruption: { signal } }) {
    if (flag(values, "headless") && flag(values, "headed"))
      throw usageError("--headless and --headed exclude each other.", "Pass one of them.");
    const cdp = text(values, "cdp");
    const page = text(values, "page");
    if (page !== undefined && cdp === undefined)
      throw usageError(
        "--page chooses a page of the browser of --cdp, and --cdp is not given.",
        "Leave --page out: a new browser has one page.",
      );
    if (cdp !== undefined && text(values, "grid") !== undefined)
      throw usageError("--cdp and --grid exclude each other.", "Pass one of them.");
    const viewport = text(values, "viewport");
    const file = positionals[0] ?? "";
    const progress = new ProgressLine(`Running ${file}`);
    let session = "";
    const quiet = (print: () => void): void => {
      try {
        progress.print(print);
      } catch (error) {
        if (!(error instanceof ReaderGone)) throw error;
      }
    };
    try {
      const outcome = await run(
        context,
        {
          file,
          cwd: process.cwd(),
          tsconfig: text(values, "tsconfig"),
          input: paramsOf(values),
          session: text(values, "session"),
          mode: modeOf(values),
          locked: flag(values, "locked"),
          headless: flag(values, "headless") ? true : flag(values, "headed") ? false : undefined,
          viewport: viewport === undefined ? undefined : parseViewport(viewport),
          executablePath: text(values, "executable-path"),
          cdp,
          page,
          grid: text(values, "grid"),
          queueTimeoutMs: milliseconds(values, "queue-timeout", "60000"),
          onWaiting: (line) => quiet(() => note(printable(line))),
          authProfile: text(values, "auth-profile"),
          stayOpen: flag(values, "stay-open"),
        },
        {
          opened: (state, warnings) =>
            quiet(() => {
              for (const warning of warnings) note(`warning: ${printable(warning)}`);
              note(`Session "${state.session}": ${modeBadge(state.mode)} ${state.mode}`);
              session = state.session;
              progress.set(`Running ${file} in ${session}`);
            }),
          console: ({ text: line }) => quiet(() => writeAll(2, `${line}\n`)),
          notice: ({ text: line, paused }) =>
            quiet(() => {
              note(line);
              if (paused !== undefined) progress.set(`${paused ? "Paused:" : "Running"} ${file} in ${session}`);
            }),
        },
        signal,
      );
      progress.end();
      const result: unknown =
        outcome.kind === "json"
          ? (JSON.parse(outcome.text) as unknown)
          : outcome.kind === "string"
            ? outcome.text
            : undefined;
      if (!json && !outcome.closed)
        note(`Session "${outcome.session}" stays open; end it with: libretto close --session ${outcome.session}`);
      return {
        text: outcome.text,
        json: {
          session: outcome.session,
          mode: outcome.mode,
          workflow: outcome.workflow,
          ...(result === undefined ? {} : { result }),
          durationMs: outcome.durationMs,
          closed: outcome.closed,
        },
      };
    } finally {
      progress.end();
    }
  },
};

/** @throws `Usage` that says what is wrong with the JSON, and where */
function paramsOf(values: OptionValues): unknown {
  const given = text(values, "params");
  const file = text(values, "params-file");
  if (given !== undefined && file !== undefined)
    throw usageError("The parameters are given twice: with --params and with --params-file.", "Give them once.");
  if (given === undefined && file === undefined) return undefined;
  const source = withoutMark(given ?? (file === "-" ? readStandardInput() : read(resolve(file ?? ""))));
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    throw usageError(
      `The parameters are not valid JSON: ${(error as Error).message}`,
      given === undefined
        ? `Correct ${file === "-" ? "what is sent to standard input" : file}.`
        : "Quote them for your shell, for example --params '{ \"month\": 11 }', or use --params-file.",
    );
  }
}

function read(path: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    throw usageError(`The file of --params-file cannot be read: ${(error as Error).message}`, "Check the path.");
  }
}
