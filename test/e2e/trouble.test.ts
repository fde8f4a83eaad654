import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Workspace } from "../support/cli.js";
import { waitUntilEnded } from "../support/processTable.js";
import { Site } from "../support/site.js";
import { clearAwayAfter } from "../support/vscode/clearAway.js";
import { commandFolder, launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

describe("what goes wrong around the sidebar is told, and has a way out", () => {
  let workspace: Workspace;
  let site: Site;
  let window: VscodeWindow;
  let bench: Workbench;

  before(async () => {
    workspace = new Workspace("trouble");
    site = await Site.start();
    window = await launchVscode({
      vsix: process.env["LIBRETTO_TEST_VSIX"] ?? "",
      open: workspace.folder,
      env: workspace.env,
      settings: { "libretto.terminal.enabled": false },
    });
    bench = new Workbench(window.page);
    await bench.openSidebar();
  });
  clearAwayAfter(() => ({ workspace, window, bench, site }));

  it("commands without a session or a choice say what to do", async () => {
    await bench.command("Libretto: Take Snapshot");
    await expect(bench.notifications).toContainText("There is no session for this. Open one first");
    await bench.screenshot("no session for a command");
    await bench.notifications.getByRole("button", { name: "Open Session…" }).click();
    await bench.question(/Address of the page/);
    await bench.dismiss(bench.quickInput);
    await bench.command("Libretto: End Left-Over Browsers");
    await expect(bench.notifications).toContainText("Nothing is left over");
    await bench.command("Libretto: Check Installation");
    await expect(bench.notifications.filter({ hasText: "is ready" })).toBeVisible();
    await bench.command("Libretto: Install Browser");
    await expect(bench.dialog).toContainText("A browser is installed already.");
    await bench.screenshot("another browser asked");
    await bench.dismiss(bench.dialog);
    await bench.command("Notifications: Clear All Notifications");
  });

  it("offers addresses from the clipboard and of before, and opens nothing where a question is left at any step", async () => {
    await bench.command("Libretto: Open Session");
    await bench.answer(/Address of the page/, site.url("/"));
    await bench.answer(/Name of the session/, "asked");
    await bench.choose(/May code change the page/, /Read-only/);
    await bench.choose(/Should the browser have a window/, /Headless/);
    await expect(bench.session("asked")).toHaveAccessibleName(/read-only, active/);
    await window.page.evaluate<void>(`navigator.clipboard.writeText(${JSON.stringify(site.url("/form"))})`);
    const steps = [
      /Address of the page/,
      /Name of the session/,
      /May code change the page/,
      /Should the browser have a window/,
    ];
    for (let left = 0; left < steps.length; left++) {
      await bench.command("Libretto: Open Session");
      for (const step of steps.slice(0, left)) await bench.answer(step, undefined);
      await bench.question(steps[left] ?? /never/);
      if (left === 0) {
        await expect(bench.quickInput.getByRole("option", { name: /from the clipboard/ })).toContainText(
          site.url("/form"),
        );
        await expect(bench.quickInput.getByRole("option", { name: /opened before/ })).toContainText(site.url("/"));
      }
      await bench.dismiss(bench.quickInput);
    }
    await bench.command("Libretto: Connect to a Running Browser");
    await bench.answer(/Address of its debugging port/, "ftp://nowhere");
    await expect(bench.quickInput).toContainText("Use http, https, ws or wss");
    await bench.dismiss(bench.quickInput);
    assert.deepEqual(
      readdirSync(workspace.sessionsFolder).filter((name) => !name.startsWith(".")),
      ["asked"],
    );
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
    await waitUntilEnded(hostPid, browserPid);
  });

  it("V5: terminals have the command as the setting says; where it cannot be written, the rest works", async () => {
    const says = (file: string): Promise<string> => bench.commandInTerminal(path.join(workspace.folder, file));
    assert.equal(await says("off.txt"), "no command");

    const settings = JSON.parse(readFileSync(window.machineSettingsFile, "utf8")) as Record<string, unknown>;
    writeFileSync(window.machineSettingsFile, JSON.stringify({ ...settings, "libretto.terminal.enabled": true }));
    const folder = commandFolder(window);
    mkdirSync(path.dirname(folder), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, "a file where the folder should be");
    await window.reload();
    await bench.openSidebar();
    await expect(bench.session("stopped")).toBeVisible({ timeout: 60_000 });
    await bench.command("Output: Show Output Channels");
    await bench.choose(/./, "Libretto");
    await expect(window.page.locator(".part.panel .view-lines")).toContainText("Terminals have no command `libretto`");

    rmSync(folder);
    await window.reload();
    await expect.poll(() => existsSync(path.join(folder, "libretto")), { timeout: 60_000 }).toBe(true);
    // Terminals have it from when the extension says so, a moment after the file is there.
    await expect.poll(() => says("on.txt"), { timeout: 90_000 }).toBe(path.join(folder, "libretto"));
  });

  it("the name of a session in a terminal's output leads to it in the sidebar", async () => {
    await bench.openSidebar();
    await expect(bench.session("stopped")).not.toHaveClass(/selected/);
    await bench.openTerminal();
    await window.page.keyboard.type("echo Session stopped is the one\n");
    await expect(async () => {
      await bench.followTerminalLink("stopped", "Session ");
      await expect(bench.session("stopped")).toHaveClass(/selected/, { timeout: 1_000 });
    }).toPass({ timeout: 60_000 });
    await bench.inEveryTheme("terminal");
  });
});
