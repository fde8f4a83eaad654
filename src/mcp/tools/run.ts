/** `run`: a workflow in a session of its own; offered with `--allow-exec` alone. */
import { run as runWorkflow } from "../../sessions/operations/run.js";
import { headlessAsSet } from "../../sessions/operations/open.js";
import { answer } from "../answers.js";
import type { Tool } from "../call.js";
import { canBeSealed } from "./open.js";
import { defaultMaxChars } from "../toolList.js";

/** Characters of the workflow's log that are kept: the last ones. */
const maxLog = 8_000;

export const run: Tool<"run"> = async ({ input, connection, signal, progress }) => {
  const { context, cwd } = connection;
  let log = "";
  const outcome = await runWorkflow(
    context,
    {
      file: input.file,
      cwd,
      input: input.input,
      session: input.session,
      mode: input.mode ?? "read-only",
      sealed: await canBeSealed(context),
      headless: headlessAsSet(context, input.headless),
      stayOpen: input.stay_open,
      onWaiting: () => progress("Waiting for a browser."),
    },
    {
      opened: (state) => {
        connection.opened(state.session, state.startedAt);
        progress(`Session ${state.session} is open.`);
      },
      console: ({ text }) => void (log = `${log}${text}\n`.slice(-maxLog)),
      notice: ({ paused }) =>
        progress(paused === true ? "The workflow is paused; a person lets it go on." : "The workflow runs."),
    },
    signal,
  );
  return answer({
    head: `The workflow has ended in session "${outcome.session}", which ${outcome.closed ? "is closed" : "stays open"}.`,
    page: `${log === "" ? "" : `log:\n${log}\n`}result:\n${outcome.kind === "undefined" ? "(undefined)" : outcome.text}`,
    maxChars: input.max_chars ?? defaultMaxChars,
    more: "Raise max_chars.",
  });
};
