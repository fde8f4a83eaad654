import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Workspace } from "../support/cli.js";
import { findProcess, waitUntilGone } from "../support/processTable.js";
import { Site } from "../support/site.js";
import { launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

describe("what goes wrong around the sidebar is told, and has a way out", () => {
  let workspace: Workspace;
  let site: Site;
  let window: VscodeWindow;
  let bench: Workbench;

  before(async () => {
    workspace = new Workspace("trouble");
    site = await Site.start();
    window = await launchVscode({ vsix: process.env["LIBRETTO_TEST_VSIX"] ?? "", open: workspace.folder, env: workspace.env, settings: { "libretto.terminal.enabled": false } });
    bench = new Workbench(window.page);
    await bench.openSidebar();
  });
  after(async () => {
    await workspace.cli(["close", "--all", "--force"]);
    await window.close();
    await site.close();
    await workspace.dispose();
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await bench.screenshot(`failed ${this.currentTest.title.slice(0, 60)}`);
  });

  it("commands without a session or a choice say what to do", async () => {
    await bench.command("Libretto: Take Snapshot");
    await expect(bench.notifications).toContainText("There is no session for this. Open one first");
    await bench.inEveryTheme("no session for a command");
    await bench.notifications.getByRole("button", { name: "Open Session…" }).click();
    await bench.question(/Address of the page/);
    await window.page.keyboard.press("Escape");
    await bench.command("Libretto: End Left-Over Browsers");
    await expect(bench.notifications).toContainText("Nothing is left over");
    await bench.command("Libretto: Check Installation");
    await expect(bench.notifications.filter({ hasText: "is ready" })).toBeVisible();
    await bench.command("Libretto: Install Browser");
    await expect(bench.dialog).toContainText("A browser is installed already.");
    await bench.screenshot("another browser asked");
    await window.page.keyboard.press("Escape");
    await bench.command("Notifications: Clear All Notifications");
  });

  it("S7: a host that does not answer is shown so, and is ended by force from the message that says it", async () => {
    await workspace.open(site.url("/"), "--session", "stopped");
    const { hostPid, browserPid } = workspace.requireState("stopped");
    await bench.session("stopped").click();
    await expect(bench.row(/^Active page/)).toBeVisible();
    process.kill(hostPid, "SIGSTOP");
    await expect(bench.session("stopped")).toHaveAccessibleName(/does not answer/, { timeout: 60_000 });
    await expect(bench.row(/^Its host does not answer/)).toBeVisible();
    await bench.inEveryTheme("host does not answer");
    await bench.rowAction(bench.session("stopped"), /Close Session/);
    await bench.notifications.getByRole("button", { name: "Close All by Force…" }).click();
    await expect(bench.dialog).toContainText("Sessions that do not answer are killed");
    await bench.screenshot("close by force asked");
    await bench.dialog.getByRole("button", { name: "Close by Force" }).click();
    await expect(bench.session("stopped")).toHaveAccessibleName(/closed/);
    await waitUntilGone(() => [hostPid, browserPid ?? 0].map((pid) => findProcess(pid)).filter((entry) => entry !== undefined));
  });

  it("V5: terminals have the command as the setting says; where it cannot be written, the rest works", async () => {
    const says = async (file: string): Promise<string> => {
      await bench.openTerminal();
      await window.page.keyboard.type(`(command -v libretto || echo no command) > ${file}\n`);
      let text = "";
      await expect.poll(() => (text = fileText(path.join(workspace.folder, file)))).toMatch(/\n/);
      await bench.command("Terminal: Kill All Terminals");
      return text.trim();
    };
    assert.equal(await says("off.txt"), "no command");

    const settings = JSON.parse(readFileSync(window.machineSettingsFile, "utf8")) as Record<string, unknown>;
    writeFileSync(window.machineSettingsFile, JSON.stringify({ ...settings, "libretto.terminal.enabled": true }));
    const folder = path.join(window.machineSettingsFile, "..", "..", "User", "globalStorage", "libretto.libretto", "bin");
    mkdirSync(path.dirname(folder), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, "a file where the folder should be");
    await window.reload();
    await bench.openSidebar();
    await expect(bench.session("stopped")).toBeVisible();
    await bench.command("Output: Show Output Channels");
    await bench.choose(/./, "Libretto");
    await expect(window.page.locator(".part.panel .view-lines")).toContainText("Terminals have no command `libretto`");

    rmSync(folder);
    await window.reload();
    await expect.poll(() => existsSync(path.join(folder, "libretto"))).toBe(true);
    assert.equal(await says("on.txt"), path.join(folder, "libretto"));
  });
});

function fileText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
