import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { stepNames } from "../../../src/sessions/host/reads/locators.js";
import { readNames } from "../../../src/sessions/host/reads/reads.js";
import { locatorReads, surface } from "../../../src/sessions/host/sandbox/surface.js";
import { chromiumPath } from "../../support/browser.js";
import { type ExecutorRunner, type Stage, useExecutor } from "./stage.js";

/** Public methods and properties of an object, those of its classes included. */
function publicNames(object: object): string[] {
  const names = new Set<string>();
  for (
    let at: object | null = object;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(at))
      if (!name.startsWith("_") && name !== "constructor") names.add(name);
  }
  return [...names].sort();
}

describe("S13, S14: every method of Playwright is allowed or denied by name", () => {
  let browser: Browser;
  let objects: Record<keyof typeof surface, object>;

  before(async () => {
    const { chromium } = await import("playwright-core");
    browser = await chromium.launch({
      executablePath: chromiumPath(),
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    objects = {
      Page: page,
      Frame: page.mainFrame(),
      Locator: page.locator("a"),
      FrameLocator: page.frameLocator("a"),
      BrowserContext: context,
    };
  });
  after(() => browser.close());

  for (const name of Object.keys(surface) as (keyof typeof surface)[]) {
    it(`${name}: the installed Playwright has no method that was not judged`, () => {
      const judged = [...surface[name].allowed, ...surface[name].denied] as string[];
      assert.deepEqual(
        publicNames(objects[name]).filter((method) => !judged.includes(method)),
        [],
      );
    });

    it(`${name}: nothing is both allowed and denied, and what is allowed exists`, () => {
      const { allowed, denied } = surface[name] as { allowed: readonly string[]; denied: readonly string[] };
      assert.deepEqual(
        allowed.filter((method) => denied.includes(method)),
        [],
      );
      const existing = publicNames(objects[name]);
      assert.deepEqual(
        allowed.filter((method) => !existing.includes(method)),
        [],
      );
    });
  }

  it("the host performs the reads of the table and no other", () => {
    const ofLocator = readNames
      .filter((name) => name.startsWith("locator."))
      .map((name) => name.slice("locator.".length));
    assert.deepEqual(ofLocator.sort(), [...locatorReads].sort());
    const allowed = [
      ...surface.Page.allowed.map((name) => `page.${name}`),
      ...surface.Frame.allowed.map((name) => `frame.${name}`),
    ];
    // Beside them: the list of frames, what `waitForURL` waits for, and the two globals.
    const own = ["frames", "get", "page.scrollBy", "page.urlChange", "frame.urlChange"];
    assert.deepEqual(
      readNames.filter((name) => !name.startsWith("locator.") && !allowed.includes(name) && !own.includes(name)),
      [],
    );
  });

  it("the host takes the steps of the table and no other", () => {
    for (const step of stepNames.root) assert.ok((surface.Page.allowed as readonly string[]).includes(step), step);
    for (const step of stepNames.locator)
      assert.ok((surface.Locator.allowed as readonly string[]).includes(step), step);
    for (const step of stepNames.frameLocator)
      assert.ok((surface.FrameLocator.allowed as readonly string[]).includes(step), step);
  });
});

describe("S13: the code finds what the table allows, and what it denies throws", () => {
  let stage: Stage;
  let runner: ExecutorRunner;

  useExecutor((...made) => ([stage, runner] = made));

  const expressions = {
    Page: "page",
    Frame: "page.mainFrame()",
    Locator: "page.locator('a')",
    FrameLocator: "page.frameLocator('iframe')",
  } as const;
  for (const [name, expression] of Object.entries(expressions) as [keyof typeof expressions, string][]) {
    it(`${name}: each allowed method is a function of its own`, async () => {
      const ended = await runner.run(
        `return ${JSON.stringify(surface[name].allowed)}.filter((method) => typeof ${expression}[method] !== 'function' || String(${expression}[method]).includes('native code'))`,
      );
      assert.ok(ended.ok, JSON.stringify(ended));
      assert.deepEqual(JSON.parse(ended.text), []);
    });
  }

  it("neither a role nor a pattern is a way to the engines by which Playwright writes locators down", async () => {
    const role = await runner.run("return await page.getByRole('heading >> css=h1').count()");
    assert.ok(!role.ok);
    assert.match(role.message, /a role is a word/);
    await stage.witness.evaluate(`document.querySelector('h1').textContent = 'x >> "css=h1"'`);
    const pattern = await runner.run(
      `return [await page.getByText(/^x >> "css=h1"$/u).count(), await page.getByText(/none >> css=h1/u).count(), await page.getByRole('heading', { name: /^x >> "css=h1"$/u }).count()]`,
    );
    assert.ok(pattern.ok, JSON.stringify(pattern));
    assert.deepEqual(JSON.parse(pattern.text), [1, 0, 1]);
  });

  it("a denial names what was tried by its full path, and the host hears of it", async () => {
    const ended = await runner.run("await page.keyboard.press('Enter')");
    assert.ok(!ended.ok);
    assert.equal(ended.code, "ReadonlyExecDenied");
    assert.match(ended.message, /^page\.keyboard\.press\(\) is not allowed/);
    assert.ok(runner.denied.includes("page.keyboard.press()"));
  });
});

describe("S14: what a locator does not take has no effect, and is named", () => {
  let runner: ExecutorRunner;
  useExecutor((_stage, made) => (runner = made));

  for (const [call, told] of [
    ["page.locator('h1', { trial: true }).count()", /unknown option "trial"/],
    ["page.getByText('x', { force: true }).count()", /unknown option "force"/],
    ["page.getByRole('button', { strict: true }).count()", /unknown option "strict"/],
    ["page.locator('h1').filter({ visible: true, noWait: true }).count()", /unknown option "noWait"/],
    ["page.locator('h1').textContent({ force: true })", /unknown option "force"/],
    ["page.locator('h1').getAttribute('id', { noWait: true })", /unknown option "noWait"/],
    ["page.locator('h1').waitFor({ state: 'visible', force: true })", /unknown option "force"/],
    ["page.locator('h1').ariaSnapshot({ mode: 'ai' })", /mode: .* expected "default"/],
    ["page.locator('_react=App').count()", /the selector engine _react is not allowed/],
    ["page.locator('internal:control=enter-frame').count()", /the selector engine internal:control is not allowed/],
    ["page.frameLocator('_vue=app').locator('h1').count()", /the selector engine _vue is not allowed/],
    [
      "page.frameLocator('internal:attr=[x]').locator('h1').count()",
      /the selector engine internal:attr is not allowed/,
    ],
    ["page.locator('h1').frameLocator('aria-template=x').locator('h1').count()", /aria-template is not allowed/],
  ] as const)
    it(`S14: ${call}`, async () => {
      const ended = await runner.run(`return await ${call}`);
      assert.ok(!ended.ok);
      assert.match(ended.message, told);
    });
});
