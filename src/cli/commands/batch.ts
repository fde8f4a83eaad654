import { createInterface } from "node:readline";
import { usageError } from "../../sessions/util/errors.js";
import { BatchOrder } from "../batchOrder.js";
import { decodedStream } from "../../sessions/util/textStream.js";
import type { Command } from "../command.js";
import { CommandRunner, failureOf } from "../commandRunner.js";
import { Interruption } from "../interruption.js";
import { printableJson, ReaderGone, writeAll } from "../output.js";

/** A line of standard input: a command to run, or the id of one to cancel. */
interface BatchLine {
  id?: string | number;
  /** The words after `libretto`. */
  args?: string[];
  /** What `-` stands for among them. */
  input?: string;
  /** Id of a command to cancel. */
  cancel?: string | number;
}

export const command: Command = {
  usage: "< commands.jsonl",
  positionals: { min: 0, max: 0, names: "no argument" },
  options: {},
  details: [
    'Each line of standard input is a command: {"id": 1, "args": ["readonly-exec", "page.title()"]}; "input" is the',
    'text that - stands for, {"cancel": 1} cancels one. Reads of a session run side by side, and after what opens or',
    "drives it before them; close, session-mode and list wait for nothing but the session's opening. For another",
    "order, await the answer. Each answer is a line of standard output, as soon as it is there:",
    '{"id": 1, "status": 0, "result": …} with what --json prints, or {"id": 1, "status": 1, "error": {code, message,',
    'hint}}. What a command prints on its way comes as {"id": 1, "output": "…"} or {"id": 1, "console": "…"}.',
    "The exit status is 0 where every command had 0, else 1.",
  ].join("\n"),
  examples: ["libretto batch < commands.jsonl"],
  async run({ context, interruption }) {
    const runner = new CommandRunner(context.workspace, context.env, "cli");
    const order = new BatchOrder();
    const open = new Map<string | number, Interruption>();
    const running = new Set<Promise<void>>();
    let failed = false;
    const answer = (line: object): void => writeAll(1, `${printableJson(JSON.stringify(line))}\n`);
    const lines = createInterface({ input: decodedStream(process.stdin), crlfDelay: Infinity });
    interruption.addEventListener("abort", () => {
      lines.close();
      for (const one of open.values()) one.abort();
    });

    const runLine = async (line: BatchLine, number: number): Promise<void> => {
      const id = line.id ?? number;
      const own = new Interruption();
      try {
        if (open.has(id))
          throw usageError(
            `Line ${number}: a command with the id ${JSON.stringify(id)} is already running.`,
            "Give each its own id.",
          );
        open.set(id, own);
        const words = line.args ?? [];
        const output = await order.run(words, () =>
          runner.run(words, {
            json: true,
            interruption: own,
            onPrint: (handle, text) => answer({ id, [handle === 1 ? "output" : "console"]: text }),
            ...(line.input === undefined ? {} : { input: line.input }),
          }),
        );
        const status = output?.exitStatus ?? 0;
        failed ||= status !== 0;
        answer({ id, status, ...(output?.json === undefined ? {} : { result: output.json }) });
      } catch (thrown) {
        if (thrown instanceof ReaderGone) throw thrown;
        failed = true;
        const { error, status } = failureOf(thrown);
        answer({ id, status, error });
      } finally {
        if (open.get(id) === own) open.delete(id);
      }
    };

    try {
      let number = 0;
      for await (const text of lines) {
        number++;
        if (text.trim() === "") continue;
        try {
          const line = parseLine(text, number);
          if (line.cancel !== undefined) {
            open.get(line.cancel)?.abort();
            continue;
          }
          const run = runLine(line, number).catch(() => lines.close());
          running.add(run);
          void run.finally(() => running.delete(run));
        } catch (thrown) {
          failed = true;
          const { error, status } = failureOf(thrown);
          answer({ line: number, status, error });
        }
      }
      await Promise.all(running);
    } finally {
      runner.dispose();
    }
    return { text: "", json: undefined, exitStatus: interruption.aborted ? 130 : failed ? 1 : 0 };
  },
};

/** @throws `Usage` for what is no such line */
function parseLine(text: string, number: number): BatchLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (error) {
    throw wrong(`is not JSON: ${(error as Error).message}`);
  }
  if (typeof line !== "object" || line === null || Array.isArray(line)) throw wrong("is not an object");
  const { id, args, input, cancel, ...rest } = line as Record<string, unknown>;
  const unknownKey = Object.keys(rest)[0];
  if (unknownKey !== undefined) throw wrong(`has the unknown member ${JSON.stringify(unknownKey)}`);
  const isId = (value: unknown): boolean =>
    value === undefined || typeof value === "string" || typeof value === "number";
  if (!isId(id) || !isId(cancel)) throw wrong("has an id that is neither text nor number");
  if (input !== undefined && typeof input !== "string") throw wrong("has an input that is not text");
  if (
    cancel === undefined &&
    !(Array.isArray(args) && args.length > 0 && args.every((word) => typeof word === "string"))
  )
    throw wrong("has no args, a list of words");
  return line;

  function wrong(why: string): Error {
    return usageError(
      `Line ${number} of standard input ${why}.`,
      'Give one object a line: {"id": 1, "args": ["readonly-exec", "page.title()"]}.',
    );
  }
}
