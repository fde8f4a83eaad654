import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromiumPath } from "../support/browser.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";

/**
 * A browser whose error pages come late: it shows each in a process of its own, and these start slowly, as on a busy
 * machine.
 */
function slowBrowser(folder: string, kind: "any" | "full"): string {
  const script = (name: string, command: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    return path;
  };
  const renderer = script("renderer", 'sleep 0.4\nexec "$@"');
  return script("browser", `exec "${chromiumPath(kind)}" --no-zygote --renderer-cmd-prefix="${renderer}" "$@"`);
}

describe("S16, S18: after a navigation that failed", () => {
  const given = useFixtures("failed-navigation", "each");

  before(function () {
    if (process.platform !== "linux")
      leaveOut(this, "error pages that come late: renderers start slowly on Linux alone");
  });

  for (const kind of ["any", "full"] as const)
    it(`the next one is not met by the error page of the one before (${kind === "any" ? "headless shell" : "full Chromium"})`, async () => {
      const { workspace, site } = given;
      const env = { LIBRETTO_CHROMIUM: slowBrowser(workspace.scratch, kind) };
      const url = (path: string): string => JSON.stringify(site.url(path));
      await workspace.ok(["open", site.url("/typing"), "--headless", "--write-access", "--session", "w"], { env });
      const exec = (code: string): Promise<string> => workspace.ok(["exec", "--session", "w", code]);

      const refused = await workspace.cli(["exec", "--session", "w", `await page.goto(${url("/reset")})`]);
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /ERR_CONNECTION_RESET/);
      assert.equal(await exec(`return (await page.goto(${url("/status/503")})).status()`), "503");

      const told = await exec(
        `const failures = [];
         for (const path of [${url("/reset")}, ${url("/blocked")}, ${url("/stopped")}]) {
           await page.route("**/blocked", (route) => route.abort());
           await page.route("**/stopped", (route) => route.abort("aborted"));
           await page.goto(path).catch((error) => failures.push(/ERR_\\w+/.exec(error.message)?.[0] ?? error.message));
           failures.push((await page.goto(${url("/form")})).status());
         }
         return failures.join()`,
      );
      assert.equal(told, "ERR_CONNECTION_RESET,200,ERR_FAILED,200,ERR_ABORTED,200");

      await exec(`await page.goto(${url("/typing")})`);
      await site.goOffline();
      const reloaded = await workspace.cli(["exec", "--session", "w", "await page.reload()"]);
      assert.match(reloaded.stderr, /ERR_CONNECTION_REFUSED/);
      await site.goOnline();
      assert.equal(await exec(`await page.goto(${url("/typing")}); return page.title()`), "Typing");
      const witness = await given.witness("w");
      assert.equal(await witness.evaluate("document.title"), "Typing");
    });
});
