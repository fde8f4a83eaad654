/** `run`: a workflow of the user's, in a new session (S18). */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { RequestListener } from "../ipc/client.js";
import { hostOf, type SessionsContext } from "./context.js";
import { LibrettoError, usageError } from "../util/errors.js";
import type { AccessMode } from "../model/policy.js";
import type { DebugParams, WorkflowParams } from "../ipc/protocol.js";
import type { SessionState } from "../model/state.js";
import { isStatePath } from "../store/profiles.js";
import { isLive, readRecord, type SessionRecord } from "../store/records.js";
import { close } from "./close.js";
import { closeAfter, type RunOutcome } from "./runOutcome.js";
import { connect } from "./connect.js";
import { open } from "./open.js";

export interface RunOptions {
  /** The workflow's file. */
  file: string;
  /** Where relative paths start. */
  cwd: string;
  tsconfig?: string | undefined;
  /** The parameters, as JSON holds them. */
  input?: unknown;
  /** A new name, or that of a session whose workflow has failed or ended: it is then run there again. */
  session?: string | undefined;
  mode?: AccessMode | undefined;
  /** Read-only for the life of the session, for everyone but the workflow. */
  locked?: boolean | undefined;
  headless?: boolean | undefined;
  sealed?: boolean | undefined;
  viewport?: { width: number; height: number } | undefined;
  executablePath?: string | undefined;
  /** Runs on a browser that is there already, in place of a new one. */
  cdp?: string | undefined;
  /** As `OpenOptions` has them. */
  grid?: string | undefined;
  queueTimeoutMs?: number | undefined;
  onWaiting?: ((line: string) => void) | undefined;
  /** A page of that browser; its most recently active one where it is left out. */
  page?: string | undefined;
  authProfile?: string | undefined;
  /** Leaves the session open after success too. */
  stayOpen?: boolean | undefined;
  /** Returns at the first pause, too; the workflow belongs to the session, and goes on with `resume`. */
  until?: "pause" | "end" | undefined;
  /** Waits for a debugger before the file is loaded; the listener is told where. */
  debug?: DebugParams | undefined;
}

export interface RunListener extends RequestListener {
  /** The session is there, and the workflow about to begin. */
  opened?(state: SessionState, warnings: string[]): void;
}

export type { RunOutcome };

/**
 * Runs a workflow to its end, or to its first pause where that is asked for. Success closes the session unless it is to stay open; a workflow that fails
 * leaves it open at the point of failure; one that cannot even begin leaves nothing.
 * @param signal ends the workflow and leaves the session open
 * @throws `Usage` for parameters that do not fit, `CodeFailed` for a file that cannot be loaded, `WorkflowFailed`,
 * `Interrupted`, and what `open` and `connect` throw
 */
export async function run(
  context: SessionsContext,
  options: RunOptions,
  listener: RunListener = {},
  signal?: AbortSignal,
): Promise<RunOutcome> {
  const workflow = workflowOf(options);
  const again = options.session === undefined ? undefined : openRun(context, options.session);
  if (again && options.locked)
    throw usageError(
      `Session "${again.name}" is open already, and --locked is for a session that is opened.`,
      "Leave --locked out, or give another name with --session.",
    );
  if (again) {
    const host = await context.host(again);
    if (again.state)
      listener.opened?.(
        { ...again.state, mode: options.mode === "read-only" ? options.mode : again.state.mode },
        ignoredIn(again.state, options),
      );
    // The session's host has the environment of the user who opened it.
    const env = Object.fromEntries(
      Object.entries(context.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const params = {
      workflow: { ...workflow, env },
      ...(options.mode === undefined ? {} : { mode: options.mode }),
      ...untilOf(options),
      ...debugOf(options),
    };
    return closeAfter(context, await host.request("run", params, listener, signal));
  }
  const { state, warnings } = await start(context, options, workflow, signal);
  listener.opened?.(state, warnings);
  const { session } = state;
  try {
    const record = readRecord(context.workspace, session);
    if (!record)
      throw new LibrettoError(
        "SessionEnded",
        `Session "${session}" was closed before its workflow began.`,
        "Run it again.",
      );
    const host = await context.host(record);
    const params = { stayOpen: options.stayOpen === true, ...untilOf(options), ...debugOf(options) };
    return await closeAfter(context, await host.request("run", params, listener, signal));
  } catch (thrown) {
    throw await afterFailure(context, session, LibrettoError.from(thrown));
  }
}

/**
 * Runs what a session ran last once more, there and with the parameters that it had; the session stays open.
 * @throws `RefusedByMode` in read-only mode, `Failed` where nothing has run there since its host started, and what `run` throws
 */
export async function runAgain(
  context: SessionsContext,
  options: { session?: string | undefined },
  listener: RequestListener = {},
  signal?: AbortSignal,
): Promise<RunOutcome> {
  const host = await hostOf(context, options.session);
  return closeAfter(context, await host.request("run", { again: true }, listener, signal));
}

/**
 * Listens to the workflow that runs in a session, from where nobody has heard it yet, or hears the outcome that
 * nobody has heard.
 * @param signal ends the workflow
 * @throws `Failed` where nothing runs there, and what the workflow fails with
 */
export async function attachRun(
  context: SessionsContext,
  options: Pick<RunOptions, "session" | "until">,
  listener: RequestListener = {},
  signal?: AbortSignal,
): Promise<RunOutcome> {
  const host = await hostOf(context, options.session);
  return closeAfter(context, await host.request("run", { attach: true, ...untilOf(options) }, listener, signal));
}

function debugOf({ debug }: Pick<RunOptions, "debug">): { debug?: DebugParams } {
  return debug === undefined ? {} : { debug };
}

function untilOf({ until }: Pick<RunOptions, "until">): { until?: "pause" | "end" } {
  return until === undefined ? {} : { until };
}

function start(
  context: SessionsContext,
  options: RunOptions,
  workflow: WorkflowParams,
  signal: AbortSignal | undefined,
): ReturnType<typeof open> {
  const { session, mode, locked, cdp, headless, sealed, viewport, executablePath, grid, queueTimeoutMs, onWaiting } =
    options;
  if (cdp !== undefined)
    return connect(context, { endpoint: cdp, cwd: workflow.cwd, session, mode, locked, workflow }, signal);
  // The workflow opens its own address, with its own login.
  return open(
    context,
    {
      session,
      mode,
      locked,
      headless,
      sealed,
      viewport,
      executablePath,
      workflow,
      authProfile: false,
      grid,
      queueTimeoutMs,
      onWaiting,
    },
    signal,
  );
}

/** What the user is told, and what is left of the session. */
async function afterFailure(context: SessionsContext, session: string, error: LibrettoError): Promise<LibrettoError> {
  if (error.code === "Usage" || error.code === "CodeFailed" || error.code === "Failed") {
    // Nothing happened in the page: there is nothing to look at.
    await close(context, { session }).catch(() => undefined);
    return error;
  }
  const look = `Session "${session}" is still open: \`libretto snapshot --session ${session}\`; end it with \`libretto close --session ${session}\`.`;
  if (error.code === "Interrupted") return new LibrettoError("Interrupted", error.message, look, { cause: error });
  if (error.code === "HostUnreachable")
    return new LibrettoError("WorkflowFailed", "The session's host ended while the workflow ran.", look, {
      cause: error,
    });
  return error;
}

/** A live session of that name whose workflow no longer runs; it went with the host where that is gone. */
function openRun(context: SessionsContext, session: string): SessionRecord | undefined {
  const record = readRecord(context.workspace, session);
  const { status, workflow } = record?.state ?? {};
  const ended =
    status === "failed" || status === "completed" || (record?.liveness === "hostless" && workflow !== undefined);
  return record && ended && isLive(record) ? record : undefined;
}

/** What was asked for and cannot be had in a browser that is open already. */
function ignoredIn({ session, kind, headless, sealed, viewport }: SessionState, options: RunOptions): string[] {
  const differs = {
    [options.headless === true ? "--headless" : "--headed"]:
      options.headless !== undefined && options.headless !== headless,
    "--viewport":
      options.viewport !== undefined &&
      (options.viewport.width !== viewport?.width || options.viewport.height !== viewport.height),
    "--executable-path": options.executablePath !== undefined,
    [options.sealed === true ? "--sealed" : "--no-sealed"]:
      options.sealed !== undefined && options.sealed !== (sealed === true),
    "--grid": options.grid !== undefined,
    "--cdp": options.cdp !== undefined && kind !== "connected",
  };
  const ignored = Object.entries(differs).flatMap(([option, isIgnored]) => (isIgnored ? [option] : []));
  return ignored.length === 0
    ? []
    : [`Session "${session}" is open already, and stays as it is: ${ignored.join(", ")} changes nothing there.`];
}

function workflowOf({ file, cwd, tsconfig, input, authProfile, page, cdp }: RunOptions): WorkflowParams {
  // Before anything is opened for it.
  const there = (path: string, hint: string): string => {
    const whole = resolve(cwd, path);
    if (!statSync(whole, { throwIfNoEntry: false })?.isFile()) throw usageError(`There is no file ${whole}.`, hint);
    return whole;
  };
  return {
    file: there(file, "Give the path of a workflow: `libretto run ./workflow.ts`."),
    cwd,
    ...(tsconfig === undefined ? {} : { tsconfig: there(tsconfig, "Give --tsconfig the path of a tsconfig.json.") }),
    ...(input === undefined ? {} : { input }),
    ...(authProfile === undefined
      ? {}
      : { authProfile: isStatePath(authProfile) ? resolve(cwd, authProfile) : authProfile }),
    ...(page === undefined ? {} : { page }),
    ...(cdp === undefined ? {} : { keepPage: true }),
  };
}
