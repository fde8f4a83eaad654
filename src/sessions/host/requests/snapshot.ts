/**
 * Snapshots (S20): what a page shows, as a picture and as its accessibility tree, in a folder of its own.
 *
 * Nothing of it changes the page. The picture is taken by the browser as the page stands (Playwright's
 * `screenshot` would hide the caret and stop animations with a style of its own); the tree is computed in
 * a separate world (`accessibilityTree.ts`), which the page's scripts cannot see.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LibrettoError, systemCode } from "../../util/errors.js";
import { makePrivateFolder } from "../../util/ownership.js";
import type { Redactor } from "../../logs/redact.js";
import type { PageInfo } from "../../model/page.js";
import type { CdpSession } from "../wire/cdp.js";
import type { AccessibilityTrees, PageTree } from "../reads/accessibilityTree.js";
import { untilAborted, withTimeout } from "../../util/timeouts.js";
import { cutSubtree, maxLines, shapeTree, withRest } from "./snapshotTree.js";

/** A page that has not answered after that long, in ms, will not: it is busy or blocked. */
const maxWaitMs = 15_000;
/** What a large page needs beyond that, in ms for each of its elements: its tree takes a quarter of it on an idle machine. */
const msPerElement = 1;
/** Elements of the largest page whose tree is taken: it holds the page up for as long as that lasts. */
const maxElements = 150_000;
/** How long the picture is waited for, in ms, once the tree is there. */
const pictureGraceMs = 4_000;
/**
 * Of a tab that is not in front Chromium takes a picture at the second request, if not at the first. After that long it is
 * asked again, in ms, then after twice as long: each picture of a large page takes it a while.
 */
const pictureRetryMs = 400;
const refTimeoutMs = 5_000;

export interface SnapshotOptions {
  /** Its address as it may be written down. */
  page: PageInfo;
  /** Hides in the tree what logs do not hold either. */
  redactor: Redactor;
  /** The host's own session of the page. */
  session: CdpSession;
  trees: AccessibilityTrees;
  /** The session's folder of snapshots. */
  folder: string;
  /** A ref of the tree, such as `e12`: prints that subtree alone. */
  ref?: string;
  /** The tree alone. */
  noPicture?: boolean;
  signal: AbortSignal;
  timeoutMs?: number;
}

/** A snapshot that was taken. */
export interface TakenSnapshot {
  /** Name of its folder; sorts by time. */
  id: string;
  /** Absolute path; null where the browser gave no picture, or none was asked for. */
  png: string | null;
  /** Why there is no picture. */
  pictureMissing?: string;
  /** Absolute path. */
  tree: string;
  /** What is to be printed: the compact tree, or the subtree of the ref. */
  text: string;
}

/**
 * Takes a snapshot of a page. The tree is what it is about: a picture that does not come is left out, and said so.
 * @throws LibrettoError `TimedOut` if the page does not answer, `LimitExceeded` if it is too large, `Failed` if it has
 * no such ref, `Interrupted`
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<TakenSnapshot> {
  const { page, redactor, session, trees, folder, ref, noPicture, signal, timeoutMs = maxWaitMs } = options;
  const done = new AbortController();
  const picture = noPicture ? Promise.resolve("It was not asked for.") : takePicture(session, done.signal);
  let full: string;
  let png: Buffer | string;
  try {
    const elements = await within(trees.size(page.targetId), { timeoutMs, signal });
    if (elements > maxElements)
      throw new LibrettoError(
        "LimitExceeded",
        `The page has ${elements.toLocaleString("en")} elements; a snapshot takes the tree of at most ${maxElements.toLocaleString("en")}.`,
        "Read a part of it: `libretto readonly-exec \"return await page.locator('main').ariaSnapshot()\"`.",
      );
    const allowedMs = timeoutMs + elements * msPerElement;
    const tree = trees.take(page.targetId, { timeoutMs: allowedMs, signal: done.signal });
    full = maskTree(await within(tree, { timeoutMs: allowedMs, signal, elements }), redactor);
    png = await Promise.race([picture, afterMs(pictureGraceMs, done.signal)]);
  } finally {
    // Also ends what still computes the tree, and would hold the page up long after this.
    done.abort();
  }
  const subtree = ref === undefined ? full : cutSubtree(full, ref);
  if (subtree === undefined) throw noSuchRef(ref ?? "");
  const { id, path } = makeFolder(folder);
  const paths = { png: typeof png === "string" ? null : join(path, "page.png"), tree: join(path, "tree.yaml") };
  if (paths.png !== null) writeFileSync(paths.png, png, { mode: 0o600, flag: "wx" });
  writeFileSync(paths.tree, `# ${page.url.replaceAll("\n", " ")}\n${full}\n`, { mode: 0o600, flag: "wx" });
  return {
    id,
    ...paths,
    ...(typeof png === "string" && !noPicture ? { pictureMissing: png } : {}),
    text: withRest(shapeTree(subtree, { maxLines, maxChars: Infinity }), paths.tree),
  };
}

/** @returns the picture, or why there is none */
async function takePicture(session: CdpSession, done: AbortSignal): Promise<Buffer | string> {
  const attempts: Promise<Buffer | string>[] = [];
  const ask = (): void => {
    attempts.push(
      session.send<{ data: string }>("Page.captureScreenshot", { format: "png", optimizeForSpeed: true }).then(
        ({ data }) => Buffer.from(data, "base64"),
        (error: Error) => `The browser gave no picture: ${error.message}.`,
      ),
    );
  };
  for (let waitMs = pictureRetryMs; ; waitMs *= 2) {
    ask();
    const taken = await Promise.race([...attempts, afterMs(waitMs, done)]);
    if (taken instanceof Buffer || done.aborted || taken !== notDrawn) return taken;
  }
}

const notDrawn =
  "The browser drew no picture in time: the tab is not in front, or its window is hidden. Bring it forward and take another snapshot.";

/** Resolves to the reason why there is no picture, when the time is up or nobody waits for one any more. */
function afterMs(ms: number, done: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      resolve(notDrawn);
    };
    const timer = setTimeout(finish, ms);
    if (done.aborted) finish();
    done.addEventListener("abort", finish, { once: true });
  });
}

/**
 * How an element is found whose ref a snapshot of the page printed: as the test recorder would write it.
 * @returns a selector that every connection of Playwright understands
 * @throws LibrettoError `Failed` if the page has no such element now, `TimedOut` if it does not answer
 */
export async function selectorOfRef(
  trees: AccessibilityTrees,
  targetId: string,
  ref: string,
  timeoutMs = refTimeoutMs,
): Promise<string> {
  const found = trees.selectorOf(targetId, ref);
  const selector = await within(found, { timeoutMs, signal: new AbortController().signal });
  if (selector === undefined) throw noSuchRef(ref);
  return selector;
}

function noSuchRef(ref: string): LibrettoError {
  return new LibrettoError(
    "Failed",
    `No element of the page has the ref ${ref} now`,
    "Take a new snapshot and use a ref of it: `libretto snapshot`.",
  );
}

/** A tree as it may be shown: without passwords and other secrets. */
export function maskTree({ text, secrets }: PageTree, redactor: Redactor): string {
  return maskSecrets(maskPasswords(text, secrets), redactor);
}

/** A password of fewer characters is hidden where it stands by itself: it could be a part of any word. */
const shortestWithinWords = 6;

/**
 * Hides what stands in password fields: the tree shows the value of every field, and quotes it in the name of what
 * `aria-labelledby` or `aria-describedby` names by it.
 */
function maskPasswords(tree: string, secrets: readonly string[]): string {
  const passwords = [...new Set(secrets)].flatMap(formsInTree);
  if (passwords.length === 0) return tree;
  const alternatives = passwords
    .sort((a, b) => b.length - a.length)
    .map((form) => {
      const literal = form.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
      return form.length < shortestWithinWords ? `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])` : literal;
    });
  const pattern = new RegExp(alternatives.join("|"), "gu");
  return tree
    .split("\n")
    .map((line) => maskInLine(line, pattern))
    .join("\n");
}

/** The role and the attributes of a line are Playwright's own words, such as `textbox` and `[ref=e5]`. */
function maskInLine(line: string, pattern: RegExp): string {
  const head = /^\s*- (?:'?[\w-]+ ?|\/\w+: )?/.exec(line)?.[0] ?? "";
  const refs: string[] = [];
  const rest = line.slice(head.length).replace(/\[[\w-]+(?:=[\w-]+)?\](?=[ :']|$)/g, (attribute) => {
    refs.push(attribute);
    return "\u0000";
  });
  const masked = rest.replace(/(:) (?=\S)(.+)$/u, (whole, colon: string, value: string) => {
    const clean = value.replace(pattern, "***masked***");
    // A bare asterisk begins something else in YAML.
    return clean === value ? whole : `${colon} ${/^["']/.test(clean) ? clean : `'${clean}'`}`;
  });
  return head + masked.replace(pattern, "***masked***").replaceAll("\u0000", () => refs.shift() ?? "");
}

/** How a value stands in the tree, which is YAML with its white space put together. */
function formsInTree(value: string): string[] {
  const plain = value.replace(/\s+/g, " ").trim();
  if (plain === "") return [];
  return [...new Set([value, plain, JSON.stringify(plain).slice(1, -1), plain.replaceAll("'", "''")])];
}

/** Hides what was typed into fields for secrets, tokens, and the secrets in addresses of links, which may be relative. */
function maskSecrets(tree: string, redactor: Redactor): string {
  const links = tree.replace(
    /^(\s*- \/url: ("?))(.*?)("?)$/gm,
    (_line, start: string, _quote, url: string, end: string) => `${start}${redactor.url(url)}${end}`,
  );
  return redactor.shown(links);
}

/** A folder named for the time, in UTC; the next free name where two snapshots fall together. */
function makeFolder(folder: string): { id: string; path: string } {
  makePrivateFolder(folder);
  const time = new Date().toISOString().replace(/[-:]/g, "").replace("T", "-").replace(".", "-").replace("Z", "");
  for (let number = 1; ; number++) {
    const id = number === 1 ? time : `${time}-${number}`;
    const path = join(folder, id);
    try {
      mkdirSync(path, { mode: 0o700 });
      return { id, path };
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
}

function within<T>(
  work: Promise<T>,
  { timeoutMs, signal, elements }: { timeoutMs: number; signal: AbortSignal; elements?: number },
): Promise<T> {
  const large = elements !== undefined && elements > 10_000 ? ` of ${elements.toLocaleString("en")} elements` : "";
  const inTime = withTimeout(work, timeoutMs, () => {
    throw new LibrettoError(
      "TimedOut",
      `The page${large} did not answer within ${timeoutMs} ms: it runs a script that never yields, shows a dialog, or waits for a server`,
      "Answer the dialog or end the script in the browser's window, or take another page: `libretto pages`.",
    );
  });
  return untilAborted(
    inTime,
    signal,
    () => new LibrettoError("Interrupted", "The snapshot was cancelled.", "Take it again when you are ready."),
  );
}
