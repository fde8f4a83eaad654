/**
 * `act` (S27): steps on a page, and what they changed. The steps run where `exec` does, in its queue and under its
 * lock; the trees before and after are read here, with the refs that snapshots print.
 */
import { timestamp, type ActionRow } from "../../logs/rows.js";
import { checkSteps, type ActStep } from "../../model/actSteps.js";
import { LibrettoError } from "../../util/errors.js";
import type { ActParams, ActResult } from "../../ipc/protocol.js";
import type { PageInfo } from "../../model/page.js";
import type { Redactor } from "../../logs/redact.js";
import type { ActOutcome } from "../exec/actSteps.js";
import type { ExecQueue } from "../exec/execQueue.js";
import type { CdpSession } from "../wire/cdp.js";
import type { AccessibilityTrees } from "../reads/accessibilityTree.js";
import { dialogOpen, pageCrashed, textOfDialog } from "../wire/targets.js";
import { trivial } from "../wire/quietReads.js";
import { answered, untilAborted } from "../../util/timeouts.js";
import { withCandidates } from "./explainFailure.js";
import { maskTree } from "./snapshot.js";
import { maxLines, shapeTree, treeDifference } from "./snapshotTree.js";

const defaultStepTimeoutMs = 10_000;
const defaultMaxChars = 2_000;
/** How long a tree may take, in ms; without one before, what changed is not told. */
const treeTimeoutMs = 10_000;

export interface ActRun {
  params: ActParams;
  /** The page that is meant, when the turn has come. Throws where the mode or the page is not there any more. */
  prepare(): { info: PageInfo; session: CdpSession };
  shown(page: PageInfo): PageInfo;
  pages(): PageInfo[];
  execs: ExecQueue;
  trees: AccessibilityTrees;
  redactor: Redactor;
  record: (row: ActionRow) => void;
  /** Whether a page has answered nothing since this host took it over. */
  isSilent(pageId: string): boolean;
  /** Navigates such a page. */
  leaveSilent<T>(pageId: string, navigate: () => Promise<T>): Promise<T>;
  /** Answers the dialog that a page shows. Resolves to whether it showed one. */
  answerDialog(targetId: string, accept: boolean, promptText?: string): Promise<boolean>;
  notice(text: string): void;
  signal: AbortSignal;
}

export type Acted = Pick<ActResult, "page" | "done" | "steps" | "failure" | "dialogs" | "opened" | "text" | "changed">;

/** @throws `RefusedByMode`, `PageNotFound`, `Interrupted`, `Usage`; what a step fails with is part of the result */
export async function act(run: ActRun): Promise<Acted> {
  const { params, execs, signal } = run;
  const steps = checkSteps(params.steps);
  const stepTimeoutMs = params.timeoutMs ?? defaultStepTimeoutMs;
  const maxChars = params.maxChars ?? defaultMaxChars;
  const meant = run.prepare();
  const known = new Set(run.pages().map(({ id }) => id));
  const url = meant.info.url;
  const dialogs: string[] = [];
  const [first] = steps;
  let begun =
    first?.action === "dialog" ? await answerOpenDialog(run, meant, first).then((told) => dialogs.push(told)) : 0;
  const { dialog } = run.prepare().info;
  if (begun === 0 && dialog) throw dialogOpen(meant.info.id, dialog);
  // A page that has crashed answers nothing; what loads it again is all that it takes.
  const { crashed } = meant.info;
  if (crashed && steps[begun]?.action !== "reload" && steps[begun]?.action !== "goto") throw pageCrashed(meant.info.id);
  const silent = run.isSilent(meant.info.id);
  if (silent)
    begun += await run.leaveSilent(meant.info.id, () => leaveSilentPage(meant.session, steps[begun], stepTimeoutMs));
  const rest = steps.slice(begun);
  const before = crashed || silent ? undefined : await treeOf(run, meant.info.targetId).catch(() => undefined);
  let outcome: ActOutcome = { done: 0, dialogs: [] };
  if (rest.length > 0) {
    const result = await execs.run(() => ({ steps: rest, stepTimeoutMs, targetId: run.prepare().info.targetId }), {
      console: (_level, text) => run.notice(text),
      notice: (text) => run.notice(text),
      signal,
    });
    outcome = JSON.parse(result.text) as ActOutcome;
  }
  const now = run.pages();
  const page = now.find(({ targetId }) => targetId === meant.info.targetId);
  const opened = now.filter(({ id }) => !known.has(id)).map((info) => run.shown(info));
  const after = page ? await treeOf(run, page.targetId).catch(() => undefined) : undefined;
  const { sought } = outcome;
  const failure =
    outcome.failure && sought
      ? withCandidates(outcome.failure, sought, sought.targetId === page?.targetId ? after : undefined)
      : outcome.failure;
  const base = {
    page: run.shown(page ?? meant.info),
    done: begun + outcome.done,
    steps: steps.length,
    ...(failure === undefined ? {} : { failure }),
    dialogs: [...dialogs, ...outcome.dialogs],
    opened,
  };
  if (!page) return { ...base, changed: "closed", text: "" };
  if (before === undefined || after === undefined) return { ...base, changed: "unknown", text: "" };
  if (isOtherDocument(url, page.url)) {
    const shaped = shapeTree(after, { maxLines, maxChars });
    return { ...base, changed: "navigated", text: withRest(shaped.text, shaped.leftOut) };
  }
  const difference = treeDifference(before, after, maxChars);
  return {
    ...base,
    changed: difference.text === "" ? "nothing" : "page",
    text: withRest(difference.text, difference.leftOut),
  };
}

async function treeOf({ trees, redactor, signal }: ActRun, targetId: string): Promise<string> {
  const given = AbortSignal.any([signal, AbortSignal.timeout(treeTimeoutMs)]);
  const taken = trees.take(targetId, { timeoutMs: treeTimeoutMs, signal: given });
  return maskTree(await untilAborted(taken, given, () => new Error("No tree came in time.")), redactor);
}

function withRest(text: string, leftOut: number): string {
  return leftOut === 0 ? text : `${text}\n# ${leftOut} more lines; a snapshot shows all.`.trimStart();
}

function isOtherDocument(before: string, after: string): boolean {
  return before.replace(/#.*/, "") !== after.replace(/#.*/, "");
}

/**
 * A dialog outlives the host that heard of it, and the browser lets no later one answer it. Its page answers nobody, and
 * holds Playwright up, until it is left, which the browser itself does. The dialog is dismissed by that.
 * @returns how many steps that was
 */
async function leaveSilentPage(session: CdpSession, step: ActStep | undefined, timeoutMs: number): Promise<0 | 1> {
  if (step?.action !== "reload" && step?.action !== "goto") return 0;
  const left =
    step.action === "goto" ? session.send("Page.navigate", { url: step.value }) : session.send("Page.reload");
  await answered(left, timeoutMs);
  await answered(session.send("Runtime.evaluate", trivial), timeoutMs);
  return 1;
}

/** A page with an open dialog answers nothing but this, which the browser itself does. */
async function answerOpenDialog(
  run: ActRun,
  { info }: { info: PageInfo },
  { value, values }: ActStep,
): Promise<string> {
  const { record, redactor } = run;
  const started = performance.now();
  const accept = value === "accept";
  const row = (success: boolean, error?: string): void =>
    record({
      ts: timestamp(),
      source: "agent",
      pageId: info.id,
      action: accept ? "accept" : "dismiss",
      duration: Math.round(performance.now() - started),
      success,
      ...(error === undefined ? {} : { error }),
      ...(values?.[0] === undefined ? {} : { value: values[0] }),
    });
  if (info.dialog && (await run.answerDialog(info.targetId, accept, values?.[0]))) {
    row(true);
    const words = `${info.dialog.type} ${redactor.text(textOfDialog(info.dialog))}`;
    return `the open ${words} was ${accept ? "accepted" : "dismissed"}`;
  }
  row(false, "No dialog was open.");
  throw new LibrettoError(
    "Failed",
    `dialog ${value ?? ""}: the page shows no dialog`,
    "Put it behind the step that opens the dialog, in one call.",
  );
}
