import assert from "node:assert/strict";
import { useFixtures } from "../support/fixtures.js";
import { needTerminal, shownOnTerminal } from "../support/terminal.js";

describe("S15 on a terminal", () => {
  const given = useFixtures("terminal");

  it("S15: what a page's text would make a terminal do is shown there; a program gets the text as it is", async function () {
    needTerminal(this);
    const { workspace, site } = given;
    const title = "\u001b]0;owned\u0007\u001b[2Jsafe\u202e";
    await workspace.open(site.url(), "--session", "tty");
    const code = `console.log(${JSON.stringify(title)}); return ${JSON.stringify(title)}`;
    for (const verb of ["exec", "readonly-exec"]) {
      const expected = "\\u001b]0;owned\\u0007\\u001b[2Jsafe\\u202e";
      assert.deepEqual(shownOnTerminal(workspace, [verb, "--session", "tty", code]), [expected, expected]);
      const piped = await workspace.cli([verb, "--session", "tty", code]);
      assert.deepEqual([piped.stdout, piped.stderr], [`${title}\n`, `${title}\n`]);
    }
  });
});
