/** Starts session hosts: detached processes that outlive whoever asked for them. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { LibrettoError } from "../util/errors.js";
import type { HostOptions, HostOutcome, HostProgress } from "./hostOptions.js";
import type { Environment } from "../util/environment.js";

/**
 * Starts a host and waits for its outcome.
 * @param program the bundle of the host; beside the client's own by default
 * @param signal gives up: the host undoes what it did
 * @param waiting hears, in lines for people, what the host waits for
 * @throws the `LibrettoError` of the host, or `Interrupted`
 */
export function startHost(
  options: HostOptions,
  env: Environment,
  signal?: AbortSignal,
  program = join(__dirname, "host.js"),
  waiting: (line: string) => void = () => undefined,
): Promise<Exclude<HostOutcome, { error: unknown }>> {
  return new Promise((resolve, reject) => {
    // VS Code's own runtime is Electron, which is Node only when told so.
    const child = spawn(process.execPath, [program, options.start.how], {
      detached: true,
      stdio: ["pipe", "pipe", env.LIBRETTO_DEBUG ? "inherit" : "ignore"],
      env: { ...env, ...("electron" in process.versions ? { ELECTRON_RUN_AS_NODE: "1" } : {}) },
      windowsHide: true,
    });
    let output = "";
    let settled = false;
    // Standard input stays open until the outcome is there: its end tells the host that nobody waits any more.
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener("abort", abort);
      child.stdin.destroy();
      child.stdout.destroy();
      child.unref();
      finish();
    };
    const abort = (): void => {
      child.stdin.end();
      // The host answers when it has undone everything; its end closes the pipe.
    };
    const interrupted = (): LibrettoError =>
      new LibrettoError(
        "Interrupted",
        `Opening session "${options.session}" was interrupted; nothing is left of it.`,
        "Run the command again when you are ready.",
      );
    child.on("error", (error) =>
      settle(() =>
        reject(
          new LibrettoError(
            "Failed",
            `The session host could not be started: ${error.message}`,
            "Check that this installation of Libretto is whole: `libretto status`.",
            { cause: error },
          ),
        ),
      ),
    );
    child.stdin.on("error", () => undefined);
    child.stdin.write(`${JSON.stringify(options)}\n`);
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (chunk: string) => {
      output += chunk;
      let end: number;
      let message: HostOutcome | HostProgress;
      for (;;) {
        end = output.indexOf("\n");
        if (end < 0) return;
        message = JSON.parse(output.slice(0, end)) as HostOutcome | HostProgress;
        output = output.slice(end + 1);
        if (!("waiting" in message)) break;
        waiting(message.waiting);
      }
      const outcome = message;
      settle(() => {
        if ("state" in outcome) resolve(outcome);
        else reject(signal?.aborted ? interrupted() : LibrettoError.fromData(outcome.error));
      });
    });
    child.on("close", (code) =>
      settle(() =>
        reject(
          signal?.aborted
            ? interrupted()
            : new LibrettoError(
                "Failed",
                `The session host ended before the session was open (exit status ${code ?? "none"}).`,
                "Run the command again with LIBRETTO_DEBUG=1 to see why.",
              ),
        ),
      ),
    );
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
