/** Starts session hosts: detached processes that outlive the process that asked for them. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { closeSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { createHostErrors, lastLineOf, readHostErrors, removeIfEmpty } from "../store/hostErrors.js";
import { sessionPaths, workspaceAt } from "../store/workspace.js";
import { definedIn, ownEnvironment, type Environment } from "../util/environment.js";
import { LibrettoError } from "../util/errors.js";
import type { HostLine, HostOptions, HostOutcome } from "./hostOptions.js";

/** A host says every second that it works. After so many seconds without a word it is ended; sooner where nobody wants it any more. */
const maxSilence = { opening: 20, interrupted: 3 };
/** What opening may take beyond the times for the browser, for the page and for a Grid's slot, in ms. */
const extraMs = 30_000;

/**
 * Starts a host and waits for its outcome.
 * @param program the bundle of the host; beside the client's own by default
 * @param signal gives up: the host undoes what it did
 * @param waiting hears, in lines for people, what the host waits for
 * @throws the `LibrettoError` of the host, `Interrupted`, or `TimedOut` where it does not answer; it is then ended
 */
export function startHost(
  options: Omit<HostOptions, "env" | "errors">,
  env: Environment,
  signal?: AbortSignal,
  program = join(__dirname, "host.js"),
  waiting: (line: string) => void = () => undefined,
): Promise<Exclude<HostOutcome, { error: unknown }>> {
  const { session, start } = options;
  const workspace = workspaceAt(options.root);
  const paths = sessionPaths(workspace, session);
  const existed = existsSync(paths.folder);
  const errors = env.LIBRETTO_DEBUG ? undefined : createHostErrors(workspace);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, start.how], {
      detached: true,
      stdio: ["pipe", "pipe", env.LIBRETTO_DEBUG ? "inherit" : (errors?.handle ?? "ignore")],
      env: ownEnvironment(env),
      windowsHide: true,
    }) as ChildProcessByStdio<Writable, Readable, null>;
    if (errors) closeSync(errors.handle);
    let output = "";
    let settled = false;
    let silentTicks = 0;
    // Standard input stays open until the outcome is there: its end tells the host that nobody waits any more.
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearInterval(watch);
      signal?.removeEventListener("abort", abort);
      child.stdin.destroy();
      child.stdout.destroy();
      child.unref();
      finish();
    };
    const abort = (): void => {
      silentTicks = 0;
      child.stdin.end();
      // The host answers when it has undone everything; its end closes the pipe.
    };
    /** What the host wrote to standard error, wherever it lies by now. */
    const lastWords = (): string => {
      const text = readHostErrors(errors?.path) ?? (errors && readHostErrors(paths.hostErrors));
      return text === undefined ? "" : `: ${lastLineOf(text)}`;
    };
    const fail = (error: LibrettoError): void =>
      settle(() => {
        if (errors) rmSync(errors.path, { force: true });
        if (errors) removeIfEmpty(paths.hostErrors);
        reject(signal?.aborted ? interrupted(session) : error);
      });
    let isEnding = false;
    const end = async (): Promise<void> => {
      isEnding = true;
      clearInterval(watch);
      const message = `The host of session "${session}" did not answer while the session was being opened, and was ended${lastWords()}`;
      const { endSilentHost } = await import("./silentHost.js");
      await endSilentHost({ options, env, child, existed }).catch(() => undefined);
      fail(
        new LibrettoError(
          "TimedOut",
          message,
          "Try again; `libretto status` tells what is missing, and --timeout gives a loaded machine longer.",
        ),
      );
    };
    // Ticks that were seen are counted, and not the time: a command that is stopped meanwhile hears nothing either.
    const queueMs = start.how === "grid" ? start.grid.queueTimeoutMs : 0;
    const maxTicks = Math.ceil((queueMs + 2 * start.timeoutMs + extraMs) / 1_000);
    let ticks = 0;
    const watch = setInterval(() => {
      silentTicks++;
      ticks++;
      if (silentTicks > (signal?.aborted ? maxSilence.interrupted : maxSilence.opening) || ticks > maxTicks) void end();
    }, 1_000);
    child.on("error", (error) =>
      fail(
        new LibrettoError(
          "Failed",
          `The session host could not be started: ${error.message}`,
          "Check that this installation of Libretto is whole: `libretto status`.",
          { cause: error },
        ),
      ),
    );
    child.stdin.on("error", () => undefined);
    const sent: HostOptions = {
      ...options,
      env: definedIn(env),
      ...(errors === undefined ? {} : { errors: errors.path }),
    };
    child.stdin.write(`${JSON.stringify(sent)}\n`);
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (chunk: string) => {
      const lines = (output + chunk).split("\n");
      output = lines.pop() ?? "";
      for (const line of lines) {
        const said = parseLine(line);
        if (!said) continue;
        silentTicks = 0;
        if ("waiting" in said) waiting(said.waiting);
        else if ("state" in said) settle(() => resolve(said));
        else if ("error" in said) fail(LibrettoError.fromData(said.error));
      }
    });
    child.on("close", (code, how) => {
      if (isEnding) return;
      fail(
        new LibrettoError(
          "Failed",
          `The session host ended before the session was open (${how ?? `exit status ${code ?? "unknown"}`})${lastWords()}`,
          "Check this installation with `libretto status`, and try again.",
        ),
      );
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** @returns undefined for what is not the host's own, as what a program that it loads prints */
function parseLine(line: string): HostLine["librettoHost"] | undefined {
  if (!line.startsWith('{"librettoHost":')) return undefined;
  try {
    return (JSON.parse(line) as HostLine).librettoHost;
  } catch {
    return undefined;
  }
}

function interrupted(session: string): LibrettoError {
  return new LibrettoError(
    "Interrupted",
    `Opening session "${session}" was interrupted; nothing is left of it.`,
    "Run the command again when you are ready.",
  );
}
