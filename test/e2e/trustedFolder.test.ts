import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Workspace } from "../support/cli.js";
import { Site } from "../support/site.js";
import { clearAwayAfter } from "../support/vscode/clearAway.js";
import { launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

describe("V2 the folder that the window trusts, and its config.json", function () {
  this.bail(true);
  let workspace: Workspace;
  let site: Site;
  let window: VscodeWindow;
  let bench: Workbench;
  let folder: string;
  const stateFile = (session: string): string => path.join(folder, ".libretto", "sessions", session, "state.json");

  before(async () => {
    workspace = new Workspace("trusted");
    site = await Site.start();
    folder = path.join(workspace.folder, "inner");
    mkdirSync(path.join(folder, ".libretto"), { recursive: true });
    // Above the folder that is opened: it would have every session fail.
    workspace.writeConfig({ version: 1, executablePath: "/nowhere/browser" });
    writeFileSync(path.join(folder, ".libretto", "config.json"), JSON.stringify({ version: 1, redact: false }));
    const vsix = process.env["LIBRETTO_TEST_VSIX"];
    window = await launchVscode({ open: folder, env: workspace.env, ...(vsix === undefined ? {} : { vsix }) });
    bench = new Workbench(window.page);
    await bench.openSidebar();
  });
  after(() => workspace.cli(["close", "--all", "--force"], { cwd: folder }));
  clearAwayAfter(() => ({ workspace, window, bench, site }));

  const openSession = async (name: string): Promise<void> => {
    await bench.command("Libretto: Open Session…");
    await bench.answer(/Address of the page/, site.url("/"));
    await bench.answer(/Name of the session/, name);
    await bench.choose(/May code change the page/, /Write access/);
    await bench.choose(/Should the browser have a window/, /Headless/);
  };

  it("what config.json weakens is asked before anything is opened; without leave nothing is", async () => {
    await openSession("first");
    await expect(bench.dialog).toContainText("weakens the protection of its sessions");
    await expect(bench.dialog).toContainText('"redact": false');
    await bench.dismiss(bench.dialog);
    assert.equal(existsSync(stateFile("first")), false);
  });

  it("with leave the session opens in the folder itself, whatever lies above it, and the next one is not asked for", async () => {
    await openSession("first");
    await bench.dialog.getByRole("button", { name: "Use These Settings" }).click();
    await expect(bench.session("first")).toBeVisible();
    await openSession("second");
    await expect(bench.session("second")).toBeVisible();
    await expect(bench.dialog).toHaveCount(0);
    for (const name of ["first", "second"]) assert.ok(existsSync(stateFile(name)));
  });

  it("V6 a terminal of the folder has the sessions of the window", async () => {
    await bench.openTerminal();
    await window.page.keyboard.type("libretto list --json > listed.json\n");
    await expect(async () => {
      const { sessions } = JSON.parse(readFileSync(path.join(folder, "listed.json"), "utf8")) as {
        sessions: { session: string }[];
      };
      assert.deepEqual(sessions.map(({ session }) => session).sort(), ["first", "second"]);
    }).toPass({ timeout: 60_000 });
  });
});
