import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { useFixtures } from "../support/fixtures.js";
import { installIn } from "../support/installation.js";

describe("A host outlives an update of its files", () => {
  const given = useFixtures("update", "each");
  let installed: string;

  beforeEach(() => {
    installed = join(given.workspace.scratch, "installed");
    installIn(installed);
  });

  /** A command of that installation. */
  async function old(...args: string[]): Promise<string> {
    const { workspace } = given;
    const { stdout } = await promisify(execFile)(process.execPath, [join(installed, "dist", "cli.js"), ...args], {
      cwd: workspace.folder,
      env: workspace.env,
    });
    return stdout.trim();
  }

  for (const sealed of process.platform === "win32" ? [false] : [false, true]) {
    it(`S22: the folder ${sealed ? "of a sealed session's" : "of a"} host is deleted: the next command brings a new host, and the page stays`, async () => {
      const { workspace, site } = given;
      await old("open", site.url("/typing"), "--headless", "--session", "moved", ...(sealed ? ["--sealed"] : []));
      await old("exec", "--session", "moved", "await page.fill('#draft', 'half a sentence')");
      const born = await old("exec", "--session", "moved", "await page.evaluate(() => window.born)");
      const before = workspace.requireState("moved");
      rmSync(installed, { recursive: true });
      const draft = "await page.locator('#draft').inputValue()";
      assert.deepEqual(
        await Promise.all([1, 2].map(() => workspace.ok(["readonly-exec", "--session", "moved", draft]))),
        ["half a sentence", "half a sentence"],
      );
      assert.equal(await workspace.ok(["exec", "--session", "moved", "await page.evaluate(() => window.born)"]), born);
      assert.match(await workspace.ok(["snapshot", "--session", "moved"]), /half a sentence/);
      const after = workspace.requireState("moved");
      assert.equal(after.browserPid, before.browserPid);
      assert.notEqual(after.hostPid, before.hostPid);
      assert.ok(workspace.log("moved", "network").length > 0);
    });
  }

  it("S22: files that are replaced where they lie bring a new host as well, and files that stay do not", async () => {
    const { workspace, site } = given;
    await old("open", site.url("/form"), "--headless", "--session", "renewed");
    const { hostPid } = workspace.requireState("renewed");
    assert.equal(await workspace.ok(["exec", "--session", "renewed", "await page.title()"]), "Form");
    assert.equal(workspace.requireState("renewed").hostPid, hostPid, "another installation of that version is served");
    utimesSync(join(installed, "dist", "host.js"), new Date(), new Date(Date.now() + 5_000));
    assert.equal(await old("exec", "--session", "renewed", "await page.title()"), "Form");
    assert.notEqual(workspace.requireState("renewed").hostPid, hostPid);
  });

  it("S18, S22: a workflow that is paused keeps its host until it has ended", async () => {
    const { workspace, site } = given;
    workspace.write(
      "slow.ts",
      `import { pause, workflow } from "libretto";
      export default workflow("slow", { startUrl: ${JSON.stringify(site.url("/form"))} }, async ({ page, session }) => { await pause(session); return page.title(); });`,
    );
    await old("run", "slow.ts", "--headless", "--session", "flow", "--stay-open");
    const { hostPid } = workspace.requireState("flow");
    rmSync(installed, { recursive: true });
    assert.match(await workspace.ok(["resume", "--session", "flow"]), /Form/);
    assert.equal(workspace.requireState("flow").hostPid, hostPid);
    assert.equal(await workspace.ok(["exec", "--session", "flow", "await page.title()"]), "Form");
    assert.notEqual(workspace.requireState("flow").hostPid, hostPid);
  });
});
