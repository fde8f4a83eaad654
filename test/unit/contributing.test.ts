import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";

describe("CONTRIBUTING.md answers ten questions with one file each", () => {
  const [, section = ""] = readFileSync("CONTRIBUTING.md", "utf8").split("## Ten questions");
  const rows = section.split("\n## ")[0]?.match(/^\| [A-Z].*$/gm) ?? [];

  it("there are ten", () => assert.equal(rows.length, 10));
  for (const row of rows) {
    const [, question = "", answer = ""] = row.split("|").map((cell) => cell.trim());
    it(question, () => assert.ok(existsSync(/`([^`]+)`/.exec(answer)?.[1] ?? ""), answer));
  }
});
