import assert from "node:assert/strict";
import { type ExecutorRunner, type Ended, useExecutor } from "./stage.js";

describe("S14: code that is refused, or misses something, is told what to use instead", () => {
  let runner: ExecutorRunner;

  useExecutor((_stage, made) => (runner = made));

  const failed = async (code: string, timeoutMs?: number): Promise<Extract<Ended, { ok: false }>> => {
    const ended = await runner.run(code, timeoutMs === undefined ? {} : { timeoutMs });
    assert.ok(!ended.ok, JSON.stringify(ended));
    return ended;
  };

  const denied: [code: string, message: RegExp][] = [
    ["await page.locator('h1').evaluate((e) => e.textContent)", /^locator\.evaluate\(\) .*textContent\(\)/],
    ["await page.$$eval('li', (items) => items.length)", /^page\.\$\$eval\(\) .*allTextContents\(\)/],
    ["await page.waitForSelector('h1')", /waitFor\(\)/],
    ["await page.screenshot()", /libretto snapshot/],
    ["page.on('request', console.log)", /libretto logs/],
    ["page.mouse.wheel(0, 100)", /^page\.mouse\.wheel\(\) .*scrollBy/],
    ["await page.request.get('/')", /get\(url\)/],
    ["await fetch('/')", /get\(url\)/],
    ["return window.innerWidth", /^window\.innerWidth .*page\.locator/],
    ["await page.context().cookies()", /reads one page/],
    ["await page.locatr('h1')", /knows no locatr of a page/],
    ["await page.locator('h1').inerText()", /knows no inerText of a locator/],
    ["page.title = 1", /^page\.title = is not allowed: readonly-exec only reads/],
    ["await page.click('a')", /^page\.click\(\) is not allowed: readonly-exec only reads/],
  ];
  for (const [code, message] of denied) {
    it(code, async () => {
      const ended = await failed(code);
      assert.equal(ended.code, "ReadonlyExecDenied");
      assert.match(ended.message, message);
    });
  }

  const missing: [code: string, hint: RegExp][] = [
    ["new Intl.NumberFormat('en').format(1)", /toLocaleString\(locale, options\)/],
    ["await expect(page).toHaveTitle(/x/)", /Compare/],
    ["structuredClone({})", /JSON\.parse/],
    ["rows.length", /page, frame, get/],
  ];
  for (const [code, hint] of missing) {
    it(code, async () => {
      const ended = await failed(code);
      assert.match(ended.message, /^ReferenceError: .* is not defined \(line 1, column \d+\)/);
      assert.match(ended.hint, hint);
    });
  }

  it("code that reads until its time is up is told that, and not that the page is stuck", async () => {
    const ended = await failed("while (true) await page.title()", 700);
    assert.deepEqual([ended.code, ended.message], ["TimedOut", "The code ran longer than 0.7 s and was ended"]);
  });
});
