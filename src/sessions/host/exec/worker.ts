/** The program of an exec worker: runs what the host sends it, and ends with the host. */
import { LibrettoError } from "../../util/errors.js";
import type { FromWorker, ToWorker } from "./messages.js";
import { ExecRepl } from "./execRepl.js";
import { endWithHost } from "../worker/hostWatch.js";
import { loadPlaywright } from "../wire/playwright.js";
import { takeSurroundings } from "../worker/surroundings.js";
import { muteExperimentalWarnings } from "../worker/warnings.js";

const send = (message: FromWorker): void => {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};

const repl = new ExecRepl(send);

// The worker is the session's, not the code's, to end.
const exit = process.exit.bind(process);
const refuse = (name: string) => (): never => {
  throw new Error(`process.${name} is not available in exec; end the code with return`);
};
Object.assign(process, { exit: refuse("exit"), abort: refuse("abort") });

// However the host ended, also by kill -9, the channel ends with it.
process.on("disconnect", () => exit(0));
endWithHost();
muteExperimentalWarnings();
// Ctrl-C in a terminal reaches every process of its group; the host decides what becomes of the code.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);

process.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "browser":
      return repl.deliver(message.event);
    case "prepare":
      return void loadPlaywright();
    case "isNeeded":
      return send({ type: "needed", is: repl.isNeeded });
    case "surroundings":
      return takeSurroundings(message);
    case "cancel":
      return repl.cancel(message.id);
    case "ref":
      return repl.refs.answered(message);
    case "run": {
      const { id } = message;
      repl.run(message).then(
        (value) => send({ type: "done", id, value }),
        (error: unknown) => {
          const sought = repl.soughtBy(error);
          send({ type: "failed", id, error: LibrettoError.from(error).toJSON(), ...(sought ? { sought } : {}) });
        },
      );
    }
  }
});
