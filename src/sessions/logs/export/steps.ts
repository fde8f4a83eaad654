/**
 * Makes steps of a script of what is on record: one statement an action, in the order in which they were done. Pure
 * functions of rows; `script.ts` puts a frame around the steps.
 */
import { isMasked, mask } from "../mask.js";
import type { ActionRow, LogRow, NetworkRow } from "../rows.js";
import { callOf, type Call } from "./calls.js";
import { Inputs } from "./inputs.js";

/** One line of the script; a comment is what could not be exported. */
export interface Step {
  kind: "step" | "comment";
  lines: string[];
}

export interface Script {
  steps: Step[];
  inputs: Inputs;
  /** How many actions are comments. */
  skipped: number;
  usesContext: boolean;
}

interface Draft {
  at: string;
  pageId: string | null;
  page: string;
  call: Call;
  dialogs: { accepts: boolean; text: string | undefined }[];
  opens: string | undefined;
  downloads: boolean;
  leadsTo: string | undefined;
  /** What was done next, where that was to an element: scrolling goes on until it is there. */
  next: string | undefined;
  /** Answers that came of it, and that a replay has to wait for. */
  answers: { method: string; path: string }[];
}

/** What is on record beside the actions. */
export interface Beside {
  /** Rows of `logs.jsonl`, for dialogs and downloads that a person had. */
  events?: readonly LogRow[];
  /** Rows of `network.jsonl`, for what an action sent. */
  requests?: readonly NetworkRow[];
  /** Where the session was opened; the first action's page where it is left out. */
  startUrl?: string | undefined;
}

/** An action's requests begin within so long, in ms. */
const causedWithinMs = 2_000;

/**
 * @param actions rows of `actions.jsonl`
 */
export function stepsOf(actions: readonly ActionRow[], { events = [], requests = [], startUrl }: Beside = {}): Script {
  const rows = withoutUnfinishedTyping([...actions].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0)));
  const first = rows.find(({ url, selector, action }) => isAddress(url) && (action === "goto" || !inFrame(selector)));
  const start = startUrl !== undefined && isAddress(startUrl) ? startUrl : first?.url;
  const inputs = new Inputs(start);
  const drafts: (Draft | { comment: string })[] = [];
  const pages = new Map<string, string>();
  /** Where each page was when it was acted on last. */
  const places = new Map<string, { url: string; draft: Draft }>();
  const lastDraft = (): Draft | undefined => drafts.findLast((draft): draft is Draft => "call" in draft);
  let skipped = 0;
  let pageCount = 1;

  for (const row of rows) {
    const comment = (why: string): void => {
      skipped++;
      drafts.push({ comment: `${describe(row)}: ${why}` });
    };
    if (!row.success) {
      comment(`it failed (${oneLine(row.error ?? "no reason is on record")})`);
      continue;
    }
    if (row.action === "accept" || row.action === "dismiss") {
      const before = lastDraft();
      const text = row.value === undefined || row.value === "" ? undefined : inputs.text(row.value, "answer");
      if (before) before.dialogs.push({ accepts: row.action === "accept", text });
      else comment("the dialog came before the first action on record");
      continue;
    }
    if (row.pageId === null) {
      comment("its page is not on record");
      continue;
    }
    let page = pages.get(row.pageId);
    if (page === undefined) {
      // The one that the script is given, unless code opened even the first.
      page = pages.size === 0 && row.action !== "newPage" ? "page" : `page${(pageCount += 1)}`;
      pages.set(row.pageId, page);
      const opener = lastDraft();
      if (page !== "page" && row.action !== "newPage") {
        if (!opener) {
          comment("nothing on record opened its page");
          continue;
        }
        // A page that shows up after an action is that action's doing.
        if (opener.opens === undefined) opener.opens = page;
        else
          drafts.push({ comment: `${page} was opened with ${opener.opens}; which of them is which is not on record` });
      }
    }
    const call = callOf(row, page, inputs);
    if ("why" in call) {
      comment(call.why);
      continue;
    }
    const draft: Draft = {
      at: row.ts,
      pageId: row.pageId,
      page,
      call,
      dialogs: [],
      opens: undefined,
      downloads: false,
      leadsTo: undefined,
      next: undefined,
      answers: [],
    };
    const previous = lastDraft();
    if (previous?.page === page) previous.next = call.locator;
    const before = places.get(row.pageId);
    if (isAddress(row.url) && !inFrame(row.selector)) {
      // The next action was done at another address: a replay has to wait for that.
      if (before && !call.navigates && before.url !== row.url) before.draft.leadsTo = row.url;
      places.set(row.pageId, { url: row.url, draft });
    } else if (before) places.set(row.pageId, { url: before.url, draft });
    drafts.push(draft);
  }
  attachEvents(drafts, events, inputs);
  attachAnswers(drafts, requests);
  const steps = drafts.map((draft): Step =>
    "comment" in draft
      ? { kind: "comment", lines: [`// ${draft.comment}`] }
      : { kind: "step", lines: linesOf(draft, inputs) },
  );
  const firstDraft = drafts.find((draft): draft is Draft => "call" in draft);
  if (start !== undefined && firstDraft?.call.navigates !== true)
    steps.unshift({ kind: "step", lines: [`await page.goto(${inputs.address(start)});`] });
  const usesContext = steps.some(({ lines }) => lines.some((line) => /\bcontext\./.test(line)));
  return { steps, inputs, skipped, usesContext };
}

/** A person who paused while typing has several rows of one field: the last holds all of it. */
function withoutUnfinishedTyping(rows: readonly ActionRow[]): ActionRow[] {
  return rows.filter((row, index) => {
    const next = rows[index + 1];
    const goesOn =
      row.source === "user" &&
      next?.source === "user" &&
      row.action === "fill" &&
      next.action === "fill" &&
      row.pageId === next.pageId &&
      row.selector !== undefined &&
      row.selector === next.selector;
    return !goesOn;
  });
}

/** What a person's dialogs and downloads came of: the latest action before them. */
function attachEvents(
  drafts: readonly (Draft | { comment: string })[],
  events: readonly LogRow[],
  inputs: Inputs,
): void {
  const done = drafts.filter((draft): draft is Draft => "call" in draft);
  for (const [index, { ts, event, data }] of events.entries()) {
    if (event !== "download.started" && event !== "dialog.opened") continue;
    const page = data?.["pageId"];
    const cause = done.findLast(({ at, pageId }) => at <= ts && (page === undefined || pageId === page));
    if (!cause) continue;
    if (event === "download.started") {
      cause.downloads = true;
      continue;
    }
    // What code answered is a row of its own.
    const closed = events
      .slice(index)
      .find((later) => later.event === "dialog.closed" && later.data?.["pageId"] === page);
    if (!closed || cause.dialogs.length > 0) continue;
    const accepts = closed.data?.["accepted"] === true;
    // What was typed there is on no record.
    const text = accepts && data?.["type"] === "prompt" ? inputs.text(mask, "answer") : undefined;
    cause.dialogs.push({ accepts, text });
  }
}

/**
 * What was sent by the last action before its page was left, or before the end: nothing that comes after would wait
 * for it, and to leave the page would cancel it.
 */
function attachAnswers(drafts: readonly (Draft | { comment: string })[], requests: readonly NetworkRow[]): void {
  const done = drafts.filter((draft): draft is Draft => "call" in draft);
  for (const [index, draft] of done.entries()) {
    const next = done.slice(index + 1).find(({ pageId }) => pageId === draft.pageId);
    if (draft.call.navigates === true || (next && next.call.navigates !== true)) continue;
    const until = new Date(Date.parse(draft.at) + causedWithinMs).toISOString();
    const end = next !== undefined && next.at < until ? next.at : until;
    const sent = requests.filter(
      ({ ts, pageId, method, resourceType, status, url }) =>
        pageId === draft.pageId &&
        ts >= draft.at &&
        ts <= end &&
        method !== "GET" &&
        status !== null &&
        /^(?:document|fetch|xhr)$/.test(resourceType) &&
        isAddress(url) &&
        isStable(url),
    );
    const answers = sent.map(({ method, url }) => ({ method, path: new URL(url).pathname }));
    draft.answers = answers.filter(
      ({ method, path }, at) => answers.findIndex((one) => one.method === method && one.path === path) === at,
    );
  }
}

function linesOf(draft: Draft, inputs: Inputs): string[] {
  const { page, call, dialogs, opens, downloads, leadsTo, answers } = draft;
  if (call.scrolls !== undefined) return scrollingLines(draft, call.scrolls, inputs);
  const lines: string[] = [];
  for (const { accepts, text } of dialogs)
    lines.push(`${page}.once("dialog", (dialog) => dialog.${accepts ? `accept(${text ?? ""})` : "dismiss()"});`);
  const name = opens ?? page;
  if (opens !== undefined) lines.push(`const ${opens}Opens = ${page}.waitForEvent("popup");`);
  const download = `download${inputs.count()}`;
  if (downloads) lines.push(`const ${download} = ${page}.waitForEvent("download");`);
  const waits = answers.map(({ method, path }) => {
    const name = `answer${inputs.count()}`;
    const sameMethod = `response.request().method() === ${JSON.stringify(method)}`;
    lines.push(
      `const ${name} = ${page}.waitForResponse((response) => ${sameMethod} && new URL(response.url()).pathname === ${JSON.stringify(path)});`,
    );
    return `await ${name};`;
  });
  lines.push(`${call.declares === undefined ? "" : `const ${call.declares} = `}await ${call.code};`);
  if (opens !== undefined) lines.push(`const ${name} = await ${opens}Opens;`);
  if (downloads) lines.push(`await (await ${download}).path();`);
  lines.push(...waits);
  if (leadsTo !== undefined && isStable(leadsTo))
    lines.push(`await ${page}.waitForURL((url) => url.pathname === ${JSON.stringify(new URL(leadsTo).pathname)});`);
  return lines;
}

/** A list that grows while it is scrolled has another length each time: it is scrolled until what was used then is there. */
function scrollingLines({ page, call, next }: Draft, step: string, inputs: Inputs): string[] {
  const hover = call.locator === undefined ? [] : [`await ${call.locator}.hover();`];
  if (next === undefined) return [...hover, `await ${call.code};`];
  const turn = `turn${inputs.count()}`;
  return [
    ...hover,
    `for (let ${turn} = 0; ${turn} < 500 && !(await ${next}.first().isVisible()); ${turn}++) {`,
    `  await ${page}.mouse.wheel(${step});`,
    `  await ${page}.waitForTimeout(50);`,
    `}`,
  ];
}

/** Whether a path is likely to be the same the next time: no number, no random word, no secret in it. */
function isStable(url: string): boolean {
  const { pathname } = new URL(url);
  return !isMasked(pathname) && !/\d{3,}|[0-9a-f]{8,}/i.test(pathname);
}

function inFrame(selector: string | undefined): boolean {
  return selector !== undefined && /enter-frame|contentFrame\(\)|frameLocator\(/.test(selector);
}

function isAddress(url: string | undefined): url is string {
  return url !== undefined && /^https?:/.test(url) && URL.canParse(url);
}

/** An action in words, for a comment. */
function describe({ action, bestSemanticSelector, selector }: ActionRow): string {
  const where = bestSemanticSelector ?? selector;
  return oneLine(where === undefined ? action : `${action} ${where}`);
}

function oneLine(text: string): string {
  const line = text.replace(/[\s\u2028\u2029]+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
