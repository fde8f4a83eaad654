import assert from "node:assert/strict";
import { stepsOf } from "../../../src/sessions/logs/export/steps.js";
import { mask } from "../../../src/sessions/logs/mask.js";
import type { ActionRow } from "../../../src/sessions/logs/rows.js";

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
