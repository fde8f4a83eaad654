/**
 * Snapshots (S20): what a page shows, as a picture and as its accessibility tree, in a folder of its own.
 *
 * Nothing of it changes the page. The picture is taken by the browser as the page stands (Playwright's
 * `screenshot` would hide the caret and stop animations with a style of its own); the tree is computed in
 * Playwright's separate world, which the page's scripts cannot see. The tree is Playwright's snapshot for
 * machine readers: frames included, and a ref on each element. A ref belongs to one document and stays with its
 * element from snapshot to snapshot. https://playwright.dev/docs/api/class-page#page-aria-snapshot
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { LibrettoError, systemCode } from "../../util/errors.js";
import type { Redactor } from "../../logs/redact.js";
import type { PageInfo } from "../../ipc/protocol.js";
import type { CdpSession } from "../wire/cdp.js";
import type { PlaywrightBridge } from "../wire/playwrightBridge.js";

/** A page that has not answered after that long, in ms, will not: it is busy or blocked. */
const maxWaitMs = 15_000;
const refTimeoutMs = 5_000;
/** Lines of the tree that are printed; a longer one is read in its file, or a subtree at a time. */
const maxLines = 600;

export interface SnapshotOptions {
  /** Its address as it may be written down. */
  page: PageInfo;
  /** Hides in the tree what logs do not hold either. */
  redactor: Redactor;
  /** The host's own session of the page. */
  session: CdpSession;
  bridge: Pick<PlaywrightBridge, "page" | "openDialog">;
  /** The session's folder of snapshots. */
  folder: string;
  /** A ref of the tree, such as `e12`: prints that subtree alone. */
  ref?: string;
  signal: AbortSignal;
  timeoutMs?: number;
}

/** A snapshot that was taken. */
export interface TakenSnapshot {
  /** Name of its folder; sorts by time. */
  id: string;
  /** Absolute paths. */
  png: string;
  tree: string;
  /** What is to be printed: the compact tree, or the subtree of the ref. */
  text: string;
}

/**
 * Takes a snapshot of a page.
 * @throws LibrettoError `TimedOut` if the page does not answer, `Failed` if it has no such ref, `Interrupted`
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<TakenSnapshot> {
  const { page, redactor, session, bridge, folder, ref, signal, timeoutMs = maxWaitMs } = options;
  const picture = session.send<{ data: string }>("Page.captureScreenshot", { format: "png" });
  const tree = bridge
    .page(page.targetId, timeoutMs)
    .then(async (found) =>
      maskSecrets(
        await maskPasswords(found, await found.ariaSnapshot({ mode: "ai", timeout: timeoutMs, signal })),
        redactor,
      ),
    );
  const [{ data }, full] = await within(Promise.all([picture, tree]), timeoutMs, signal);
  const subtree = ref === undefined ? full : cutSubtree(full, ref);
  if (subtree === undefined) throw noSuchRef(ref ?? "");
  const { id, path } = makeFolder(folder);
  const paths = { png: join(path, "page.png"), tree: join(path, "tree.yaml") };
  writeFileSync(paths.png, Buffer.from(data, "base64"), { mode: 0o600 });
  writeFileSync(paths.tree, `# ${page.url.replaceAll("\n", " ")}\n${full}\n`, { mode: 0o600 });
  return { id, ...paths, text: compact(subtree, paths.tree) };
}

/**
 * How an element is found whose ref a snapshot of the page printed: as the test recorder would write it.
 * @returns a selector that every connection of Playwright understands
 * @throws LibrettoError `Failed` if the page has no such element now, `TimedOut` if it does not answer
 */
export async function selectorOfRef(page: Page, ref: string, timeoutMs = refTimeoutMs): Promise<string> {
  const element = page.getByRef(ref);
  // A frame that went away is an error of Playwright's, an element that did is none.
  const here = element
    .count()
    .catch((error: Error) => (error.message.includes("Invalid frame") ? 0 : Promise.reject(error)));
  const found = here.then((count) => (count === 0 ? undefined : element.normalize()));
  const locator = await within(found, timeoutMs, new AbortController().signal);
  // Playwright has a public name for the locator, but none for its selector.
  const selector = (locator as { _selector?: string } | undefined)?._selector;
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

/** The part of a tree that begins with the element of that ref, moved to the margin; undefined if it is not there. */
export function cutSubtree(tree: string, ref: string): string | undefined {
  const lines = tree.split("\n");
  // The ref stands behind the element's name, which is quoted and may hold anything but a line break.
  const start = lines.findIndex((line) => refOf(line) === ref);
  if (start < 0) return undefined;
  const depth = indentOf(lines[start] ?? "");
  let end = start + 1;
  while (end < lines.length && indentOf(lines[end] ?? "") > depth) end++;
  return lines
    .slice(start, end)
    .map((line) => line.slice(depth))
    .join("\n");
}

/**
 * Hides what stands in password fields: Playwright's tree shows the value of every text field. Fields are
 * asked through locators, which work in Playwright's own world.
 */
async function maskPasswords(page: Page, tree: string): Promise<string> {
  const counts = await Promise.all(
    page.frames().map((frame) =>
      frame
        .locator("input[type=password i]")
        .count()
        .catch(() => 0),
    ),
  );
  if (counts.every((count) => count === 0)) return tree;
  const lines = tree.split("\n");
  const fields = lines.flatMap((line, index) => {
    const ref = /^\s*- (?:')?textbox\b/.test(line) ? refOf(line) : undefined;
    return ref === undefined ? [] : [{ index, ref }];
  });
  await Promise.all(
    fields.map(async ({ index, ref }) => {
      // A field that has gone meanwhile is hidden too: nobody can tell any more what it was.
      const type = await page
        .locator(`aria-ref=${ref}`)
        .getAttribute("type", { timeout: 1_000 })
        .catch(() => "password");
      if (type?.toLowerCase() !== "password") return;
      lines[index] = (lines[index] ?? "").replace(/(\[ref=\w+\](?: \[[^\]]*\])*'?): .+$/, "$1: '***masked***'");
      const depth = indentOf(lines[index]);
      for (let at = index + 1; at < lines.length && indentOf(lines[at] ?? "") > depth; at++)
        lines[at] = (lines[at] ?? "").replace(/^(\s*- text): .+$/, "$1: '***masked***'");
    }),
  );
  return lines.join("\n");
}

/** Hides what was typed into fields for secrets, tokens, and the secrets in addresses of links, which may be relative. */
function maskSecrets(tree: string, redactor: Redactor): string {
  const links = tree.replace(
    /^(\s*- \/url: ("?))(.*?)("?)$/gm,
    (_line, start: string, _quote, url: string, end: string) => `${start}${redactor.url(url)}${end}`,
  );
  return redactor.shown(links);
}

/** Leaves out what helps nobody who reads, and what is beyond a screenful or two. */
function compact(tree: string, file: string): string {
  const lines = tree.split("\n").map((line) => line.replace(" [cursor=pointer]", ""));
  if (lines.length <= maxLines) return lines.join("\n");
  // Whole branches are left out, the deepest first, so that what is printed still shows all of the page.
  const depths = lines.map(indentOf);
  let deepest = Math.max(...depths);
  while (deepest > 0 && depths.filter((depth) => depth < deepest).length > maxLines) deepest -= 2;
  const shown = lines.filter((_line, index) => (depths[index] ?? 0) < Math.max(deepest, 2)).slice(0, maxLines);
  return `${shown.join("\n")}\n# ${lines.length - shown.length} more lines, deeper in the tree: \`libretto snapshot <ref>\` prints a part of it, ${file} holds all.`;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function refOf(line: string): string | undefined {
  return /^\s*- (?:'|)[\w-]+(?: "(?:[^"\\]|\\.)*"| \/(?:[^/\\]|\\.)*\/)?(?: \[[\w-]+(?:=[^\]]*)?\])*? \[ref=((?:f\d+)?e\d+)\]/.exec(
    line,
  )?.[1];
}

/** A folder named for the time, in UTC; the next free name where two snapshots fall together. */
function makeFolder(folder: string): { id: string; path: string } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
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

function within<T>(work: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void =>
      reject(new LibrettoError("Interrupted", "The snapshot was cancelled.", "Take it again when you are ready."));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    const timer = setTimeout(
      () =>
        reject(
          new LibrettoError(
            "TimedOut",
            `The page did not answer within ${timeoutMs} ms: it runs a script that never yields, shows a dialog, or has crashed`,
            "Answer the dialog or end the script in the browser's window, or take another page: `libretto pages`.",
          ),
        ),
      timeoutMs,
    );
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    });
  });
}
