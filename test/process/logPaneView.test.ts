import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as playwright from "playwright-core";
import { expect } from "playwright/test";
import { chromiumPath } from "../support/browser.js";
import { repositoryRoot } from "../support/cli.js";

const { chromium } = createRequire(join(process.cwd(), "package.json"))("playwright-core") as typeof playwright;

/** What the pane is told of one row. */
const row = (index: number, ref: number): object => ({
  shape: "action",
  index,
  ref,
  kind: "actions",
  start: 1_000 * index,
  source: "user",
  action: "click",
  where: `Row ${index}.`,
  value: "",
  duration: 1,
  success: true,
  error: "",
  pictured: false,
});

describe("V3: a log pane, told row by row what the extension's process tells it", () => {
  let browser: playwright.Browser;
  let page: playwright.Page;
  before(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath() });
  });
  after(() => browser.close());
  beforeEach(async () => {
    page = await browser.newPage();
    await page.setContent("<!doctype html><title>Pane</title><body></body>");
    await page.evaluate(() => {
      const sent: unknown[] = [];
      Object.assign(globalThis, {
        sent,
        acquireVsCodeApi: () => ({
          postMessage: (message: unknown) => void sent.push(message),
          setState: () => undefined,
        }),
      });
    });
    for (const path of ["logPane.css", "logPane.js"].map((name) => join(repositoryRoot, "dist", "webviews", name)))
      await (path.endsWith(".css") ? page.addStyleTag({ path }) : page.addScriptTag({ path }));
    await tell({
      type: "init",
      state: {
        version: 1,
        root: "/work",
        session: "s",
        pane: "actions",
        filter: "",
        context: 0,
        following: true,
        place: null,
        selected: null,
        open: false,
      },
      strings: await strings(),
      history: [],
    });
    // The first screen: the newest six, without numbers of their own.
    await view({
      generation: 0,
      count: 6,
      phase: "preview",
      rows: Array.from({ length: 6 }, (_, index) => row(index, -1 - index)),
    });
    await shown(3).waitFor();
  });
  afterEach(() => page.close());

  /** As VS Code hands on what the extension posts. */
  const tell = (message: object): Promise<void> =>
    page.evaluate<void>(`void dispatchEvent(new MessageEvent("message", { data: ${JSON.stringify(message)} }))`);
  const view = (parts: { generation: number; count: number; phase: string; rows?: object[] }): Promise<void> =>
    tell({ type: "view", total: parts.count, done: 1, ...parts });
  /** All of the log has been counted: four rows stand before those that were shown, and none has been read anew. */
  const counted = (): Promise<void> => view({ generation: 1, count: 10, phase: "live" });
  const read = (first: number, end: number): Promise<void> =>
    tell({
      type: "rows",
      generation: 1,
      first,
      end,
      rows: Array.from({ length: end - first }, (_, n) => row(first + n, 100 + first + n)),
    });
  const strings = async (): Promise<Record<string, string>> => {
    const source = await import("../../src/views/webviews/logPane/protocol.js");
    return Object.fromEntries(source.stringNames.map((name) => [name, `{0} ${name}`]));
  };
  const shown = (index: number): playwright.Locator => page.locator(`.viewport .row[data-index="${index}"]`);
  const untilSelected = (...rows: number[]): Promise<void> =>
    expect(async () => {
      const indexes = await page
        .locator("[aria-selected=true]")
        .evaluateAll((elements: { dataset: { index?: string } }[]) => elements.map(({ dataset }) => dataset.index));
      assert.deepEqual(indexes.map(Number), rows);
    }).toPass({ timeout: 10_000 });
  /** A click of the mouse where a row is, be it seen or not. */
  const clickAt = async (index: number): Promise<void> => {
    await shown(index).waitFor({ state: "attached" });
    const { x, y } = (await shown(index).boundingBox()) ?? assert.fail(`row ${index} has no place`);
    await page.mouse.click(x + 10, y + 5);
  };

  it("several rows of the first screen stay selected when all of them have been counted", async () => {
    await shown(1).click();
    await shown(3).click({ modifiers: ["Shift"] });
    await untilSelected(1, 2, 3);
    await counted();
    await read(0, 10);
    await untilSelected(5, 6, 7);
  });

  it("a click on a row that is only being read selects it when it has come", async () => {
    await shown(1).click();
    await page.keyboard.press("Shift+ArrowDown");
    await counted();
    await page.keyboard.down("Shift");
    await clickAt(7);
    await page.keyboard.up("Shift");
    await read(0, 10);
    await untilSelected(5, 6, 7);
  });

  it("details that Escape was too quick for stay closed, and the row stays selected", async () => {
    await shown(1).click();
    for (const key of ["Enter", "Escape"]) await page.keyboard.press(key);
    await counted();
    await read(0, 10);
    await untilSelected(5);
    for (const key of ["Enter", "Escape"]) await page.keyboard.press(key);
    for (const ref of [105, 106]) await tell({ type: "detail", ref, title: "Row", request: false, sections: [] });
    await page.keyboard.press("ArrowDown");
    await untilSelected(6);
    assert.equal(await page.locator(".detail").isVisible(), false);
    assert.equal(await page.evaluate("sent.filter(({ type, ref }) => type === 'detail').length"), 1);
    await page.keyboard.press("Escape");
    await untilSelected();
  });

  it("several rows begin at the one that was selected before, though neither has been read yet", async () => {
    await shown(1).click();
    await counted();
    await page.keyboard.press("Shift+ArrowDown");
    await read(0, 10);
    await untilSelected(5, 6);
    await page.keyboard.press("Shift+ArrowDown");
    await untilSelected(5, 6, 7);
  });
});
