/** What `run` and `resume` print of a workflow: its log while they listen, and how far it came. */
import type { RequestListener } from "../sessions/ipc/client.js";
import type { RunOutcome } from "../sessions/operations/runOutcome.js";
import { note, printable, ReaderGone, writeAll } from "./output.js";
import type { Output } from "./command.js";
import type { ProgressLine } from "./progressLine.js";

/** Prints, around the line that tells what runs; a reader that has gone ends no workflow. */
export function quietly(progress: ProgressLine, print: () => void): void {
  try {
    progress.print(print);
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  }
}

/**
 * @param until where it returns at a pause, the pause is told by what it prints at its end
 * @param title what the progress line says
 */
export function runListener(
  progress: ProgressLine,
  until: "pause" | "end",
  title: (paused: boolean) => string,
): Required<Pick<RequestListener, "console" | "notice">> {
  return {
    console: ({ text }) => quietly(progress, () => writeAll(2, `${text}\n`)),
    notice: ({ text, paused }) => {
      if (paused === true && until === "pause") return;
      quietly(progress, () => {
        note(text);
        if (paused !== undefined) progress.set(title(paused));
      });
    },
  };
}

/** How far it came: its result, or where it is paused and what can be done there. */
export function runOutput(outcome: RunOutcome, json: boolean): Output {
  const { session, mode, workflow, durationMs, closed, paused } = outcome;
  if (paused) {
    const at = `${paused.where === undefined ? "" : ` at ${paused.where}`}${paused.before === undefined ? "" : `, before ${paused.before}`}${paused.reason === undefined ? "" : `: ${paused.reason}`}`;
    return {
      text: [
        "Workflow paused.",
        ...(at === "" ? [] : [`It stands${printable(at)}`]),
        `Look around: libretto snapshot --session ${session}`,
        `Go on:       libretto resume --session ${session}`,
      ].join("\n"),
      json: { session, mode, workflow, status: "paused", ...paused },
    };
  }
  const result: unknown =
    outcome.kind === "json"
      ? (JSON.parse(outcome.text) as unknown)
      : outcome.kind === "string"
        ? outcome.text
        : undefined;
  if (!json && !closed) note(`Session "${session}" stays open; end it with: libretto close --session ${session}`);
  return {
    text: outcome.text,
    json: { session, mode, workflow, ...(result === undefined ? {} : { result }), durationMs, closed },
  };
}
