import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Workspace } from "../support/cli.js";
import { withWindow } from "../support/vscode/withWindow.js";
import { expect } from "../support/vscode/workbench.js";

describe("what the empty sidebar says", () => {
  let workspace: Workspace;
  beforeEach(() => void (workspace = new Workspace("states")));
  afterEach(() => workspace.dispose());

  it("without a folder: to open one", () =>
    withWindow("no folder", { env: workspace.env }, async (bench) => {
      await bench.openSidebar();
      await expect(bench.viewlet.getByRole("button", { name: "Open Folder" })).toBeVisible();
      await bench.inEveryTheme("no folder");
    }));

  it("without a browser on the machine: to install one", () =>
    withWindow(
      "no browser",
      { open: workspace.folder, env: { ...workspace.env, LIBRETTO_CHROMIUM: "/nowhere/chromium" } },
      async (bench) => {
        await bench.openSidebar();
        await expect(bench.viewlet.getByRole("button", { name: "Install Browser" })).toBeVisible();
        await bench.inEveryTheme("no browser");
      },
    ));

  it("without a session: to open one; its walkthrough has four steps", () =>
    // Wide enough for the pictures of the walkthrough.
    withWindow(
      "no session",
      { open: workspace.folder, env: workspace.env, viewport: { width: 1_700, height: 900 } },
      async (bench, window) => {
        await bench.openSidebar();
        await expect(bench.viewlet.getByRole("button", { name: "Open Session", exact: true })).toBeVisible();
        await bench.inEveryTheme("no session");
        await bench.viewlet.locator("a", { hasText: "walkthrough" }).click();
        const steps = ["Open a session", "Read the page", "Lock it, unlock it", "The same from a terminal"];
        const scenes = steps.map((step): [string, () => Promise<void>] => [
          `walkthrough, ${step}`,
          async () => {
            await window.page.getByRole("heading", { name: step }).click();
            await expect(window.page.locator(".getting-started-step.expanded")).toContainText(step);
          },
        ]);
        await bench.inEveryTheme(Object.fromEntries(scenes));
        const settings = async (): Promise<void> => {
          await bench.command("Preferences: Open Settings (UI)");
          // It takes the focus a moment after it is there.
          const search = bench.settings.locator(".suggest-input-container");
          await search.click();
          await expect(search.locator(".monaco-editor.focused")).toBeVisible();
          await window.page.keyboard.press("ControlOrMeta+A");
          await window.page.keyboard.type("@ext:libretto.libretto");
          await expect(bench.settings).toContainText("How many results of exec and readonly-exec stay open");
        };
        await bench.inEveryTheme({
          settings,
          "settings of the machine": async () => {
            await settings();
            // Where the extension host runs on another machine, that one has a sheet of its own.
            // An edge of the list, by which it is made wider, may lie over its tab.
            if (window.kind === "code-server")
              await bench.settings
                .getByText(/^Remote \[/)
                .first()
                .dispatchEvent("click");
            await expect(bench.settings).toContainText("Path of the Chrome, Edge or Chromium to start");
          },
        });
      },
    ));

  it("A5: in a folder that is not trusted: no MCP server, what trust is for; what is on record can be read, and nothing is started until it is trusted", async () => {
    await withWindow(
      "not trusted",
      { open: workspace.folder, env: workspace.env, trusted: false, settings: { "chat.disableAIFeatures": false } },
      async (bench, window) => {
        await bench.openSidebar();
        await expect(bench.viewlet.getByRole("button", { name: "Manage Workspace Trust" })).toBeVisible();
        await bench.inEveryTheme("not trusted");
        const folder = path.join(workspace.sessionsFolder, "past");
        mkdirSync(folder, { recursive: true });
        writeFileSync(
          path.join(folder, "logs.jsonl"),
          '{"ts":"2026-11-23T00:00:00.000Z","level":"info","event":"open","message":"opened"}\n',
        );
        await bench.session("past").click();
        await bench.row(/^Logs/).click();
        await expect(bench.row(/^Session log/)).toBeVisible();
        await expect(bench.viewlet).toContainText("Restricted mode");
        await expect(window.page.getByRole("button", { name: "Open Session…" })).toHaveAttribute(
          "aria-disabled",
          "true",
        );
        await bench.inEveryTheme("not trusted, with a session on record");
        assert.deepEqual(await bench.mcpServers(), []);

        const session = await workspace.open("about:blank", "--session", "live");
        await bench.session(session).click();
        await expect(bench.row(/^Logs/)).toHaveCount(2);
        await expect(bench.row(/page/)).toHaveCount(0);
        await bench.command("Workspaces: Manage Workspace Trust");
        await window.page
          .locator(".workspace-trust-editor")
          .getByRole("button", { name: "Trust", exact: true })
          .click();
        await expect(bench.row(/^Active page/)).toBeVisible();
        await window.page.locator(".monaco-modal-editor-block .codicon-close").first().click();
        await expect(bench.viewlet).not.toContainText("Restricted mode");
        await expect.poll(() => bench.mcpServers()).toEqual(["Libretto"]);
        await bench.rowAction(bench.session("live"), /Close Session/);
        await expect(bench.session("live")).toHaveAccessibleName(/closed/);
      },
    );
  });
});
