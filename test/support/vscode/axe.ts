/** What axe finds wrong in the webview that is shown. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright";

/** @param page the window's @returns a line for each violation, with the elements that it is about */
export async function violations(page: Page): Promise<string[]> {
  const element = await page.frameLocator("iframe.webview.ready").locator("#active-frame").elementHandle();
  const inner = await element?.contentFrame();
  if (!inner) throw new Error("No webview is shown.");
  await inner.evaluate(readFileSync("node_modules/axe-core/axe.min.js", "utf8"));
  const found = await inner.evaluate<string[]>(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'best-practice'] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(' | ')}`))",
  );
  // A view is no page of its own: the window around it has the heading of the first level.
  return found.filter((violation) => !violation.startsWith("page-has-heading-one"));
}
