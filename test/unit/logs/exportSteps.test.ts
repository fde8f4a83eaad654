import assert from "node:assert/strict";
import { stepsOf } from "../../../src/sessions/logs/export/steps.js";
import { mask } from "../../../src/sessions/logs/mask.js";
import type { ActionRow, LogRow } from "../../../src/sessions/logs/rows.js";

const fill = (second: number, field: string, value: string): ActionRow => ({
  ts: `2026-01-01T00:00:0${second}.000Z`,
  source: "user",
  pageId: "p1",
  action: "fill",
  selector: `#${field}`,
  bestSemanticSelector: `getByLabel("${field}")`,
  value,
  url: "http://site.test/",
  duration: 100,
  success: true,
});

describe("S29: what was typed with pauses is one step, and a secret one input", () => {
  it("of several rows of one field the last holds all of it; other fields and code's keep theirs", () => {
    const { steps, inputs } = stepsOf([
      fill(1, "name", "Ada"),
      fill(2, "secret", mask),
      fill(3, "secret", mask),
      fill(4, "name", "Ada"),
      fill(5, "name", "Ada Lovelace"),
      { ...fill(6, "name", "by"), source: "agent" },
      { ...fill(7, "name", "by code"), source: "agent" },
    ]);
    assert.deepEqual(
      steps.map(({ lines }) => lines.join()).filter((line) => line.includes("fill(")),
      [
        'await page.getByLabel("name").fill("Ada");',
        'await page.getByLabel("secret").fill(input.secret);',
        'await page.getByLabel("name").fill("Ada Lovelace");',
        'await page.getByLabel("name").fill("by");',
        'await page.getByLabel("name").fill("by code");',
      ],
    );
    assert.deepEqual(
      inputs.all.map(({ name }) => name),
      ["site", "secret"],
    );
  });
});

describe("S29: what a person did that no row holds as a whole", () => {
  const click = (second: number, name: string): ActionRow => ({
    ...fill(second, name, ""),
    action: "click",
  });
  const wheel = (second: number, list?: string): ActionRow => {
    const { selector: _selector, bestSemanticSelector: _best, ...row } = fill(second, "list", "0, 960");
    return {
      ...row,
      action: "wheel",
      ...(list === undefined ? {} : { selector: list, bestSemanticSelector: `locator("${list}")` }),
    };
  };
  const linesOf = (rows: ActionRow[]): string[] => stepsOf(rows).steps.flatMap(({ lines }) => lines);

  it("a list is scrolled until what was used next is there, and by as much as it was where nothing was", () => {
    assert.deepEqual(linesOf([wheel(1, "#list"), click(2, "Item 25"), wheel(3)]).slice(1), [
      'await page.locator("#list").hover();',
      'for (let turn1 = 0; turn1 < 500 && !(await page.getByLabel("Item 25").first().isVisible()); turn1++) {',
      "  await page.mouse.wheel(0, 120);",
      "  await page.waitForTimeout(50);",
      "}",
      'await page.getByLabel("Item 25").click();',
      "await page.mouse.wheel(0, 960);",
    ]);
  });

  it("what was typed into a prompt is an input; of a confirm there is none", () => {
    const dialog = (second: number, event: string, data: object): LogRow => ({
      ts: `2026-01-01T00:00:0${second}.500Z`,
      level: "info",
      event,
      message: "",
      data: { pageId: "p1", ...data },
    });
    const { steps, inputs } = stepsOf([click(1, "Rename"), click(3, "Delete")], {
      events: [
        dialog(1, "dialog.opened", { type: "prompt" }),
        dialog(2, "dialog.closed", { accepted: true }),
        dialog(3, "dialog.opened", { type: "confirm" }),
        dialog(4, "dialog.closed", { accepted: true }),
      ],
    });
    assert.deepEqual(
      steps.flatMap(({ lines }) => lines).filter((line) => line.includes("dialog")),
      [
        'page.once("dialog", (dialog) => dialog.accept(input.answer));',
        'page.once("dialog", (dialog) => dialog.accept());',
      ],
    );
    assert.deepEqual(
      inputs.all.map(({ name }) => name),
      ["site", "answer"],
    );
  });
});
