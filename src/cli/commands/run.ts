import { resolve } from "node:path";
import { usageError } from "../../sessions/util/errors.js";
import { modeBadge } from "../../sessions/model/policy.js";
import { parseViewport } from "../../sessions/operations/open.js";
import { attachRun, run, type RunOptions } from "../../sessions/operations/run.js";
import {
  gridOption,
  lockedOption,
  newSessionOption,
  noSealedOption,
  queueTimeoutOption,
  sealedOption,
  writeAccessOption,
  type Command,
  type OptionValues,
} from "../command.js";
import { readTextFile, withoutMark } from "../../sessions/util/text.js";
import { readStandardInput } from "../input.js";
import { note, printable } from "../output.js";
import { ProgressLine } from "../progressLine.js";
import { quietly, runListener, runOutput } from "../runOutput.js";
import { flag, milliseconds, modeOf, sealedOf, text } from "../optionValues.js";

export const command: Command = {
  usage: "<workflow.ts> [--params <json> | --params-file <path>] [--session <name>] [--read-only]",
  positionals: { min: 0, max: 1, names: "the workflow's file", complete: "file" },
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
    sealed: sealedOption,
    "no-sealed": noSealedOption,
    viewport: { type: "string", value: "WxH", help: "Size of the page in pixels (1280x720)." },
    "auth-profile": {
      type: "string",
      value: "name",
      help: "A saved login (`libretto save`), instead of the workflow's own.",
    },
    cdp: { type: "string", value: "endpoint", help: "Run on a browser that is already running, and leave it open." },
    grid: gridOption,
    "queue-timeout": queueTimeoutOption,
    page: { type: "string", short: "p", value: "id", help: "With --cdp: the page to run on." },
    "wait-paused": { type: "boolean", help: "Wait through pauses until it ends." },
    attach: { type: "boolean", help: "Run nothing; follow the workflow of --session, or print how it ended." },
    "stay-open": { type: "boolean", help: "Keep the session open after success too." },
    "stay-open-on-success": { type: "boolean", help: "The same." },
    inspect: {
      type: "string",
      value: "port",
      valueIsOptional: true,
      help: "Wait for a debugger before the workflow begins.",
    },
    "inspect-brk": {
      type: "string",
      value: "port",
      valueIsOptional: true,
      help: "The same, and stop at the first line of the file.",
    },
    tsconfig: {
      type: "string",
      value: "path",
      help: "The tsconfig.json to use; the nearest one by default.",
      complete: "file",
    },
    "executable-path": { type: "string", value: "path", help: "The browser to start.", complete: "file" },
  },
  details: [
    'The file\'s default export is a workflow, made with workflow() of "libretto". Its log goes to standard error,',
    "its result to standard output. It returns at a pause(), and `libretto resume` goes on from there. The workflow",
    "belongs to the session: closing the terminal leaves it running, Ctrl-C ends it. Success closes the session; a",
    "failure leaves it open, to look around in and, with --session and its name, to run the mended workflow in again.",
    "With --inspect it prints the address of an inspector for debuggers, which is told to nobody else. With a port any",
    "program of this machine, no matter who runs it, finds it there, as with Node's own --inspect=<port>.",
  ].join("\n"),
  examples: [
    "libretto run ./checkout.ts --headless",
    'libretto run ./report.ts --params \'{ "month": "2026-11" }\' > report.json',
    "libretto run ./login.ts --session debug --stay-open",
    "libretto run ./login.ts --inspect",
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
    if (cdp !== undefined && sealedOf(values) === true)
      throw usageError("--sealed is about a new browser, and --cdp names one that is running.", "Pass one of them.");
    const viewport = text(values, "viewport");
    const attach = flag(values, "attach");
    const debug = debugOf(values);
    if (attach && debug)
      throw usageError(
        "--attach listens to what runs already, and --inspect is for what is to begin.",
        "Leave one of them out.",
      );
    const file = positionals[0] ?? "";
    if (attach !== (file === ""))
      throw attach
        ? usageError("--attach listens to what is already running, and takes no file.", "Leave the file out.")
        : usageError(
            "run needs the workflow's file.",
            "Usage: libretto run <workflow.ts>; --attach listens to one that runs.",
          );
    const progress = new ProgressLine(attach ? "Running" : `Running ${file}`);
    let session = "";
    const until = flag(values, "wait-paused") ? "end" : "pause";
    const listener = runListener(
      progress,
      until,
      (paused) => `${paused ? "Paused:" : "Running"} ${file} in ${session}`,
    );
    const options = {
      file,
      cwd: process.cwd(),
      tsconfig: text(values, "tsconfig"),
      input: paramsOf(values),
      session: text(values, "session"),
      mode: modeOf(values),
      locked: flag(values, "locked"),
      headless: flag(values, "headless") ? true : flag(values, "headed") ? false : undefined,
      sealed: sealedOf(values),
      viewport: viewport === undefined ? undefined : parseViewport(viewport),
      executablePath: text(values, "executable-path"),
      cdp,
      page,
      grid: text(values, "grid"),
      queueTimeoutMs: milliseconds(values, "queue-timeout", "60000"),
      onWaiting: (line: string) => quietly(progress, () => note(printable(line))),
      authProfile: text(values, "auth-profile"),
      stayOpen: flag(values, "stay-open") || flag(values, "stay-open-on-success"),
      until,
      debug,
    } as const;
    try {
      const outcome = attach
        ? await attachRun(context, options, listener, signal)
        : await run(
            context,
            options,
            {
              ...listener,
              debugger: ({ url }) => quietly(progress, () => note(debuggerText(url))),
              opened: (state, warnings) =>
                quietly(progress, () => {
                  for (const warning of warnings) note(`warning: ${printable(warning)}`);
                  note(`Session "${state.session}": ${modeBadge(state.mode)} ${state.mode}`);
                  session = state.session;
                  progress.set(`Running ${file} in ${session}`);
                }),
            },
            signal,
          );
      progress.end();
      return runOutput(outcome, json);
    } finally {
      progress.end();
    }
  },
};

/** @throws `Usage` for a port that is none */
function debugOf(values: OptionValues): RunOptions["debug"] {
  const given = (["inspect", "inspect-brk"] as const).filter((option) => text(values, option) !== undefined);
  const [option] = given;
  if (option === undefined) return undefined;
  if (given.length > 1) throw usageError("--inspect and --inspect-brk exclude each other.", "Pass one of them.");
  const port = text(values, option) ?? "";
  if (!/^\d*$/.test(port) || (port !== "" && (Number(port) < 1 || Number(port) > 65_535)))
    throw usageError(
      `--${option} takes the number of a port, and not ${JSON.stringify(port)}.`,
      `Give one, such as --${option}=9229, or leave it out: then a free one is taken.`,
    );
  return { ...(port === "" ? {} : { port: Number(port) }), breakAtStart: option === "inspect-brk" };
}

/** Where a debugger is waited for. */
function debuggerText(url: string): string {
  const { host, pathname } = new URL(url);
  return [
    `The workflow waits for a debugger: ${url}`,
    `Chrome: devtools://devtools/bundled/js_app.html?experiments=true&v8only=true&ws=${host}${pathname}`,
    `VS Code: *Debug* above workflow(, or a launch.json with { "type": "node", "request": "attach", "websocketAddress": "${url}" }`,
  ].join("\n");
}

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
    throw usageError(
      `The file given with --params-file cannot be read: ${(error as Error).message}`,
      "Check the path.",
    );
  }
}
