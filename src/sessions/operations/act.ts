/** `act`: steps on a page without code, and what they changed; refused in read-only mode (S27). */
import type { RequestListener } from "../ipc/client.js";
import { hostOf, type SessionsContext } from "./context.js";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { checkSteps, type ActStep } from "../model/actSteps.js";
import { toUrl } from "../model/address.js";
import { usageError } from "../util/errors.js";
import type { Cancellation } from "../ipc/jsonrpc.js";
import type { ActResult } from "../ipc/protocol.js";

export interface ActOptions {
  steps: readonly ActStep[];
  session?: string | undefined;
  page?: string | undefined;
  /** For each step, in ms; 10,000 where it is left out. */
  timeoutMs?: number | undefined;
  /** Characters of the answer's text; 2,000 where it is left out. */
  maxChars?: number | undefined;
  /** Where the relative paths of `upload` and `goto` begin. */
  cwd: string;
}

/**
 * A step that fails ends the steps, and is part of the result: those before it were done.
 * @param listener hears that it waits for an `exec`
 * @throws `RefusedByMode`, `Usage`, `PageNotFound`, `Interrupted`, `NoSuchSession`
 */
export async function act(
  context: SessionsContext,
  { steps: given, cwd, session, page, timeoutMs, maxChars }: ActOptions,
  listener: RequestListener = {},
  signal?: Cancellation,
): Promise<ActResult> {
  const steps = checkSteps(given).map((step) => withPaths(step, cwd));
  const host = await hostOf(context, session, "exec");
  return host.request(
    "act",
    {
      steps,
      ...(page === undefined ? {} : { page }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(maxChars === undefined ? {} : { maxChars }),
    },
    listener,
    signal,
  );
}

/** With the paths and addresses that the host, which has a working directory of its own, understands. */
function withPaths(step: ActStep, cwd: string): ActStep {
  if (step.action === "goto") return { ...step, value: toUrl(step.value ?? "", cwd) };
  if (step.action !== "upload") return step;
  const values = (step.values ?? []).map((path) => resolve(cwd, path));
  for (const path of values)
    if (!statSync(path, { throwIfNoEntry: false })?.isFile())
      throw usageError(
        `There is no file ${path} to upload.`,
        "Check the path; a relative one begins at the working directory.",
      );
  return { ...step, values };
}

/** What an `act` did, in words: what came of the steps, then what changed on the page. */
export function describeActed(result: ActResult, show: (text: string) => string = (text) => text): string {
  const { page } = result;
  const changed = {
    page: "The page changed:",
    nothing: "Nothing changed in the page's tree.",
    navigated: `The page is now ${show(page.url)} (${show(page.title)}):`,
    closed: "The page was closed.",
    unknown: "The page could not be read before or afterwards; take a snapshot.",
  }[result.changed];
  return [
    `${result.done} of ${result.steps} ${result.steps === 1 ? "step" : "steps"} done.`,
    ...result.dialogs.map((dialog) => show(dialog)),
    ...result.opened.map(({ id, url }) => `Opened page ${id}: ${show(url)}`),
    changed,
    ...(result.text === "" ? [] : result.text.split("\n").map(show)),
  ].join("\n");
}
