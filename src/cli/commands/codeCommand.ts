/** What `exec` and `readonly-exec` share: where the code comes from, and how its outcome is printed. */
import { readTextFile } from "../../sessions/util/text.js";
import type { RequestListener } from "../../sessions/ipc/client.js";
import { usageError, type LibrettoError } from "../../sessions/util/errors.js";
import type { Cancellation } from "../../sessions/ipc/jsonrpc.js";
import { maxCodeLength, type CodeResult } from "../../sessions/ipc/protocol.js";
import { pageOption, sessionOption, timeoutOption, type Call, type Option, type Output } from "../command.js";
import { readStandardInput } from "../input.js";
import { forReader, note, printable, ReaderGone, writeAll } from "../output.js";
import { pageId, text, timeoutMs } from "../optionValues.js";

export const codeOptions: Record<string, Option> = {
  session: sessionOption,
  page: pageOption,
  timeout: timeoutOption,
  file: { type: "string", short: "f", value: "path", help: "Read the code from a file.", complete: "file" },
};

/** The code of a call: the argument, standard input for `-`, or `--file`. @throws `Usage` */
function codeOf(call: Call): string {
  // Some editors mark a file's encoding with a character that would move every column of the first line.
  const code = findCode(call).replace(/^\uFEFF/, "");
  // A variable of the shell that is not set makes an empty argument; nothing is not a program.
  if (code.trim() === "") throw noCode();
  if (code.length > maxCodeLength)
    throw usageError(
      `The code has ${code.length} characters, and ${maxCodeLength} are the most that is taken.`,
      "Run it in parts.",
    );
  return code;
}

function findCode({ positionals, values, input }: Call): string {
  const file = text(values, "file");
  const [argument] = positionals;
  if (file !== undefined && argument !== undefined)
    throw usageError("The code is given twice: as an argument and with --file.", "Give it once.");
  if (file !== undefined) return readFile(file);
  if (argument === undefined) throw noCode();
  return argument === "-" ? (input ?? readStandardInput()) : argument;
}

function noCode(): LibrettoError {
  return usageError(
    "No code was given.",
    'Give it as an argument, for example "return await page.title()", as - for standard input, or with --file <path>.',
  );
}

/** Runs the code with its console live on standard error. */
export async function runCode(
  call: Call,
  verb: (
    options: { code: string; session: string | undefined; page: string | undefined; timeoutMs: number | undefined },
    listener: RequestListener,
    signal: Cancellation,
  ) => Promise<CodeResult>,
): Promise<Output> {
  const { values } = call;
  const options = {
    code: codeOf(call),
    session: text(values, "session"),
    page: pageId(values),
    timeoutMs: timeoutMs(values, "30000"),
  };
  const quiet = (print: () => void): void => {
    try {
      print();
    } catch (error) {
      if (!(error instanceof ReaderGone)) throw error;
    }
  };
  const result = await verb(
    options,
    {
      console: ({ text: line }) => quiet(() => writeAll(2, `${forReader(2, line)}\n`)),
      notice: ({ text: line }) => quiet(() => note(line)),
    },
    call.interruption,
  );
  if (!call.json && result.page && result.pageCount > 1 && options.page === undefined) {
    quiet(() =>
      note(
        `note: ran on page ${result.page?.id} (${printable(result.page?.url ?? "")}), the most recently active of ${result.pageCount}; choose with --page.`,
      ),
    );
  }
  // The value itself for scripts: what was printed as JSON is handed on as JSON.
  const value: unknown =
    result.kind === "json" ? parsed(result.text) : result.kind === "string" ? result.text : undefined;
  return {
    text: forReader(1, result.text),
    json: {
      session: result.session,
      mode: result.mode,
      ...(value === undefined ? {} : { result: value }),
      ...(result.page ? { page: result.page } : {}),
      durationMs: result.durationMs,
    },
  };
}

/** A result that JSON cannot hold is printed in a readable form; it is handed on as that text. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function readFile(path: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    throw usageError(`The file given with --file cannot be read: ${(error as Error).message}`, "Check the path.");
  }
}
