/**
 * How a session and its pages look in the tree, the status bar and pickers: pure functions of what is known of them. The mode is
 * said by icon, by words and by badge, never by colour alone.
 */
import type { PageInfo } from "../../sessions/model/page.js";
import { modeBadge, type AccessMode } from "../../sessions/model/policy.js";
import type { RegisteredSession } from "../../sessions/operations/registry.js";
import { isLive, shownStatus } from "../../sessions/store/records.js";
import { ColorId, type ContextKeys } from "../contributions.js";

/** `vscode.l10n.t`: the English text is the key, `{0}` takes the arguments in their order. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

export interface SessionPresentation {
  label: string;
  description: string;
  /** Name of a codicon. */
  icon: string;
  color: ColorId;
  /** Two letters, or none for a session that is not live. */
  badge: "RO" | "RW" | undefined;
  /** Ordered words for `when` clauses: `session;live;read-only;launched`. */
  contextValue: string;
  /** What a screen reader says. */
  spoken: string;
}

/** What the tree shows of a session. */
export function presentSession(record: RegisteredSession, t: Translate): SessionPresentation {
  const { state } = record;
  const live = isLive(record);
  const status = statusWords(record, t);
  const words = [
    ...(live && state ? accessWords(state, t) : []),
    ...(live && state?.sealed ? [t("sealed")] : []),
    ...(live && state?.grid ? [t("on a Grid")] : []),
    status + pauseReason(record),
    ...(state?.url ? [shortUrl(state.url)] : []),
  ];
  return {
    label: record.name,
    description: words.join(" · "),
    icon: iconOf(record),
    color: live && state ? colorOf(state.mode) : ColorId.ended,
    badge: live && state ? modeBadge(state.mode) : undefined,
    contextValue: contextValueOf(record),
    spoken: [t("Session {0}", record.name), ...words].join(", "),
  };
}

/** What the tree shows of a page: also that it answers nothing, and why. */
export function presentPage(
  page: PageInfo,
  t: Translate,
): Omit<SessionPresentation, "color" | "badge"> & { tooltip: string } {
  const title = page.title.trim() === "" ? t("Untitled page") : page.title;
  const trouble = page.crashed ? t("crashed") : page.dialog ? t("a dialog waits for an answer") : undefined;
  const spoken = page.active ? t("Active page {0}, {1}", title, page.url) : t("Page {0}, {1}", title, page.url);
  const which = page.active ? t("Page {0}, the most recently active", page.id) : t("Page {0}", page.id);
  return {
    label: title,
    description: trouble === undefined ? shortUrl(page.url) : `${trouble} · ${shortUrl(page.url)}`,
    icon: trouble !== undefined ? "warning" : page.active ? "circle-filled" : "browser",
    contextValue: page.active ? "page;active" : "page",
    tooltip: `${title}\n${page.url}\n${which}`,
    spoken: trouble === undefined ? spoken : `${spoken}, ${trouble}`,
  };
}

/** The mode in words, with what time is left of it, and whether somebody asks for another one. */
export function accessWords(
  { mode, locked, grantedUntil, accessRequest }: NonNullable<RegisteredSession["state"]>,
  t: Translate,
): string[] {
  const words = locked ? t("read-only permanently") : modeWords(mode, t);
  const left = grantedUntil === undefined ? undefined : Math.ceil((Date.parse(grantedUntil) - Date.now()) / 60_000);
  return [
    left === undefined ? words : t("{0}, {1} left", words, minutesWords(Math.max(left, 1), t)),
    ...(accessRequest ? [t("asks for write access")] : []),
  ];
}

/** @param minutes 1 or more */
export function minutesWords(minutes: number, t: Translate): string {
  return minutes === 1 ? t("1 minute") : t("{0} minutes", minutes);
}

/** The mode in words. */
export function modeWords(mode: AccessMode, t: Translate): string {
  return mode === "read-only" ? t("read-only") : t("write access");
}

function colorOf(mode: AccessMode): ColorId {
  return mode === "read-only" ? ColorId.readOnly : ColorId.writeAccess;
}

/** The status in words; a live session without its host says so, since the next command mends it. */
export function statusWords(record: RegisteredSession, t: Translate): string {
  if (record.silent) return t("does not answer");
  if (record.liveness === "hostless") return t("host gone, browser runs");
  const status = shownStatus(record);
  switch (status) {
    case "starting":
      return t("starting");
    case "active":
      return t("active");
    case "running":
      return t("running");
    case "paused":
      return heldWords(record, t) ?? t("paused");
    case "completed":
      return t("completed");
    case "failed":
      return t("failed");
    case "exited":
      return t("browser ended");
    case "closed":
      return t("closed");
    case "broken":
      return t("record unreadable");
  }
}

/** Where a debugger holds the workflow; undefined where none does. */
function heldWords({ state }: RegisteredSession, t: Translate): string | undefined {
  const heldAt = state?.workflow?.heldAt;
  if (heldAt === undefined) return undefined;
  return heldAt === "" ? t("waits for a debugger") : t("at a breakpoint, {0}", heldAt);
}

/** Why a workflow pauses, as it says itself, or which call comes next: `: is the address right?`, `, before locator.click` */
function pauseReason(record: RegisteredSession): string {
  if (shownStatus(record) !== "paused") return "";
  return /^paused(?: at .*?:\d+)?((?:: |, before ).*)$/.exec(record.state?.reason ?? "")?.[1] ?? "";
}

/** An address as short as it stays clear: no `https://`, no slash at the end. */
export function shortUrl(url: string): string {
  const text = url.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Live sessions first, each group by name. Numbers inside names count as numbers. */
export function inTreeOrder<R extends RegisteredSession>(records: readonly R[]): R[] {
  return [...records].sort((a, b) => Number(isLive(b)) - Number(isLive(a)) || compareNames(a.name, b.name));
}

/** Made once, since it costs a hundred comparisons, and late, since the first one loads tables for all languages. */
let byName: Intl.Collator | undefined;

function compareNames(a: string, b: string): number {
  byName ??= new Intl.Collator(undefined, { numeric: true });
  return byName.compare(a, b);
}

/** Whether two records of one session look the same, so that nothing need be drawn again. */
export function looksSame(a: RegisteredSession, b: RegisteredSession, t: Translate): boolean {
  const [one, other] = [presentSession(a, t), presentSession(b, t)];
  return (
    a.state?.url === b.state?.url &&
    one.description === other.description &&
    one.icon === other.icon &&
    one.contextValue === other.contextValue
  );
}

function iconOf(record: RegisteredSession): string {
  if (record.silent) return "warning";
  const status = shownStatus(record);
  if (isLive(record) && record.state?.accessRequest) return "bell-dot";
  switch (status) {
    case "starting":
      return "loading~spin";
    case "running":
      return "sync~spin";
    case "paused":
      return "debug-pause";
    case "failed":
      return isLive(record) ? modeIcon(record) : "error";
    case "broken":
      return "warning";
    case "exited":
      return "debug-disconnect";
    case "closed":
      return "history";
    case "active":
    case "completed":
      return isLive(record) ? modeIcon(record) : "history";
  }
}

function modeIcon(record: RegisteredSession): string {
  return record.state?.mode === "read-only" ? "lock" : "edit";
}

/** What a session's workflow is about; none where there is none. */
export function workflowPhase({ liveness, state }: RegisteredSession): "running" | "paused" | "over" | undefined {
  if (!state?.workflow) return undefined;
  if (liveness !== "live" || !state.workflow.running) return "over";
  // What a debugger holds goes on there, not by `resume`.
  return state.status === "paused" && state.workflow.heldAt === undefined ? "paused" : "running";
}

/** What conditions of the palette and of keys count. A workflow that pauses is one that runs, too: it can be stopped. */
export function sessionCounts(
  records: readonly RegisteredSession[],
): Pick<
  ContextKeys,
  | "libretto.liveSessions"
  | "libretto.writableSessions"
  | "libretto.pausedWorkflows"
  | "libretto.runningWorkflows"
  | "libretto.finishedWorkflows"
> {
  const live = records.filter(isLive);
  const phases = records.map(workflowPhase);
  const paused = phases.filter((phase) => phase === "paused").length;
  return {
    "libretto.liveSessions": live.length,
    "libretto.writableSessions": live.filter(({ state }) => state?.mode === "write-access").length,
    "libretto.pausedWorkflows": paused,
    "libretto.runningWorkflows": phases.filter((phase) => phase === "running").length + paused,
    "libretto.finishedWorkflows": phases.filter((phase) => phase === "over").length,
  };
}

/** `workflow` with how it stands: `running`, `paused`, or `over`. */
function workflowWords(record: RegisteredSession): string[] {
  const phase = workflowPhase(record);
  return phase === undefined ? [] : ["workflow", phase];
}

/** `live` sessions take commands; an `ended` one may still have a `record` to drop, or `logs` alone. */
function contextValueOf(record: RegisteredSession): string {
  const { state } = record;
  if (record.liveness === "broken") return "session;broken";
  const words = workflowWords(record);
  if (isLive(record) && state) {
    const access = state.locked ? ["locked"] : state.accessRequest ? ["asks"] : [];
    return ["session", "live", state.mode, state.kind, ...access, ...words].join(";");
  }
  return state ? ["session", "ended", "record", ...words].join(";") : "session;ended;logs";
}
