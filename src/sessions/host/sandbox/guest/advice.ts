/** What somebody who reaches for a denied name may use instead. */
import { surface } from "../surface.js";

const runsOutside = "readonly-exec runs outside the page; read it with page.locator(…) or page.content()";
const onePage = "readonly-exec reads one page; `libretto pages` lists them";
const locators = "a locator does that: page.locator(…) with count(), all() and waitFor()";
const readsText =
  "readonly-exec only reads, from outside the page: a locator has textContent(), innerText(), getAttribute(…), inputValue(), allTextContents()";
const logs = "`libretto logs` shows what the page requested, printed and threw";
const scrolls = "readonly-exec only reads; scrollBy(dx, dy) scrolls";

const advice: Record<string, string> = {
  fetch: "readonly-exec only reads; `get(url)` sends a GET",
  XMLHttpRequest: "readonly-exec only reads; `get(url)` sends a GET",
  request: "readonly-exec only reads; `get(url)` sends a GET",
  document: runsOutside,
  window: runsOutside,
  location: "readonly-exec runs outside the page; page.url() tells where it is",
  context: onePage,
  browser: onePage,
  evaluate: readsText,
  evaluateAll: readsText,
  evaluateHandle: readsText,
  $eval: readsText,
  $$eval: readsText,
  $: locators,
  $$: locators,
  elementHandle: locators,
  elementHandles: locators,
  waitForSelector: locators,
  waitForFunction: "wait with a locator's waitFor(), page.waitForURL(…) or page.waitForTimeout(ms)",
  screenshot: "`libretto snapshot` takes a picture",
  pdf: "`libretto snapshot` takes a picture",
  accessibility: "page.ariaSnapshot() gives the accessibility tree",
  on: logs,
  once: logs,
  waitForEvent: logs,
  waitForRequest: logs,
  waitForResponse: logs,
  requests: logs,
  consoleMessages: logs,
  pageErrors: logs,
  mouse: scrolls,
  scrollIntoViewIfNeeded: scrolls,
};

const judged = new Set<string>(Object.values(surface).flatMap(({ denied }) => [...denied]));

/** The words behind "is not allowed:" for a path such as `page.mouse.wheel`; undefined where there are none of its own. */
export function adviceFor(path: string): string | undefined {
  const [object = "", ...names] = path.split(".");
  const found = [object, ...names].reverse().find((name) => Object.hasOwn(advice, name));
  if (found !== undefined) return advice[found];
  const [first] = names;
  if (
    first !== undefined &&
    (object === "page" || object === "frame" || object === "locator" || object === "frameLocator") &&
    !judged.has(first)
  )
    return `readonly-exec knows no ${first} of a ${object}`;
  return undefined;
}
