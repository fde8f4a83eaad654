import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cliPath } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";

/** From util-linux: runs a command on a terminal of its own and hands on what that was sent. */
const script = "/usr/bin/script";

describe("S15 on a terminal", () => {
  const given = useFixtures("terminal");

  it("S15: what a page's text would make a terminal do is shown there; a program gets the text as it is", async function () {
    if (process.platform !== "linux" || !existsSync(script))
      leaveOut(this, `output to a terminal: ${script} is missing`);
    const { workspace, site } = given;
    const title = "\u001b]0;owned\u0007\u001b[2Jsafe\u202e";
    await workspace.open(site.url(), "--session", "tty");
    const code = `console.log(${JSON.stringify(title)}); return ${JSON.stringify(title)}`;
    for (const verb of ["exec", "readonly-exec"]) {
      const command = [process.execPath, cliPath, verb, "--session", "tty", code].map((word) => `'${word}'`).join(" ");
      const shown = execFileSync(script, ["-qec", command, "/dev/null"], {
        env: workspace.env,
        cwd: workspace.folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      const expected = "\\u001b]0;owned\\u0007\\u001b[2Jsafe\\u202e";
      assert.deepEqual(shown.trim().split("\r\n"), [expected, expected]);
      const piped = await workspace.cli([verb, "--session", "tty", code]);
      assert.deepEqual([piped.stdout, piped.stderr], [`${title}\n`, `${title}\n`]);
    }
  });
});
