import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { SessionState } from "../../src/sessions/model/state.js";
import { Workspace, type CliOptions } from "../support/cli.js";
import { Site } from "../support/site.js";
import { withWindow } from "../support/vscode/withWindow.js";
import { expect } from "../support/vscode/workbench.js";

describe("V1: every state of a session", function () {
  // Some hundred pictures.
  this.timeout(300_000);
  let workspace: Workspace;
  let site: Site;
  before(async () => {
    workspace = new Workspace("states");
    site = await Site.start();
    for (const [name, mode] of [
      ["reads", "--read-only"],
      ["writes", "--write-access"],
      ["hostless", "--read-only"],
    ] as const) {
      const { status, stderr } = await workspace.cli(["open", site.url("/"), "--session", name, mode, "--headless"]);
      assert.equal(status, 0, stderr);
    }
    await workspace.cli(["snapshot", "--session", "reads"]);
    const { hostPid } = JSON.parse(
      readFileSync(path.join(workspace.sessionsFolder, "hostless", "state.json"), "utf8"),
    ) as SessionState;
    process.kill(hostPid, "SIGKILL");
    const live = JSON.parse(
      readFileSync(path.join(workspace.sessionsFolder, "reads", "state.json"), "utf8"),
    ) as SessionState;
    const gone = {
      browserPid: 4_000_001,
      hostPid: 4_000_002,
      socketPath: "/tmp/none",
      cdpEndpoint: null,
      port: null,
      profilePath: null,
    };
    const records: Record<string, object | string | undefined> = {
      completed: { ...live, ...gone, session: "completed", status: "completed", kind: "run" },
      failed: { ...live, ...gone, session: "failed", status: "failed", reason: "The browser crashed." },
      ended: { ...live, ...gone, session: "ended", status: "exited" },
      torn: "{ this is no record",
      closed: undefined,
    };
    for (const [name, record] of Object.entries(records)) {
      mkdirSync(path.join(workspace.sessionsFolder, name));
      if (record !== undefined)
        writeFileSync(
          path.join(workspace.sessionsFolder, name, "state.json"),
          typeof record === "string" ? record : JSON.stringify(record),
        );
    }
    writeFileSync(
      path.join(workspace.folder, "look.libretto.ts"),
      '// %% what is on the shelf\nconst items = await page.locator("li").allInnerTexts();\nreturn items;\n\n// %% what a click would do\nawait page.locator("#submit").click();\n\n// %% what takes long\nawait new Promise((resolve) => setTimeout(resolve, 25_000));\n',
    );
  });
  after(async () => {
    await workspace.cli(["close", "--all", "--force"]);
    await site.close();
    await workspace.dispose();
  });

  it("the tree, the editor with a result and a denied call, and a snapshot", () =>
    withWindow("states", { open: workspace.folder, env: workspace.env }, async (bench, window) => {
      await bench.openSidebar();
      for (const [name, words] of Object.entries({
        reads: "read-only, active",
        writes: "write access, active",
        hostless: "read-only, host gone, browser runs",
        completed: "completed",
        failed: "failed",
        ended: "browser ended",
        torn: "record unreadable",
        closed: "closed",
      })) {
        await expect(bench.session(name)).toHaveAccessibleName(new RegExp(`^Session ${name}, ${words}`));
      }
      // Live ones first; a row keeps its place on the screen in its `aria-posinset`.
      const order = await bench.viewlet
        .getByRole("treeitem")
        .evaluateAll((rows: { getAttribute(name: string): string | null }[]) =>
          rows.map((row) => row.getAttribute("aria-label")?.split(/[ ,]+/)[1]),
        );
      assert.deepEqual(order, ["hostless", "reads", "writes", "closed", "completed", "ended", "failed", "torn"]);
      await expect.poll(() => bench.badge(bench.session("closed"))).toBe("");

      await bench.session("reads").click();
      await bench.row(/^Snapshots/).click();
      await bench.openFile("look.libretto.ts");
      await window.page.locator(".codelens-decoration a", { hasText: "Choose a session" }).first().click();
      await bench.choose(/Choose a session/, /reads/);
      await window.page.locator(".codelens-decoration a", { hasText: "Read on reads" }).first().click();
      await expect(window.page.locator(".tab", { hasText: /reads 1\.json/ })).toBeVisible();
      await window.page.locator(".codelens-decoration a", { hasText: "Read on reads" }).nth(1).click();
      await expect(window.page.locator(".squiggly-error").first()).toBeVisible();
      const { page } = window;
      const asked =
        (command: string, ...answers: [RegExp, string][]) =>
        async (): Promise<void> => {
          await bench.command(command);
          for (const answer of answers) await bench.answer(...answer);
        };
      const toName: [RegExp, string] = [/Address of the page/, site.url("/")];
      const toMode: [RegExp, string] = [/Name of the session/, "pictured"];
      const snapshot = bench.viewlet.getByRole("treeitem", { level: 3 }).first();
      const cancel = bench.notifications.getByRole("button", { name: "Cancel" });
      await bench.inEveryTheme({
        "sessions and code": async () => {
          // A notification hides by itself, also between a look and a click.
          await expect(async () => {
            if (await cancel.isVisible()) await cancel.click({ timeout: 1_000 });
            await expect(bench.notifications).toHaveCount(0, { timeout: 2_000 });
          }).toPass({ timeout: 30_000 });
        },
        "session in the hover": async () => {
          await bench.session("writes").hover();
          await expect(page.locator(".monaco-hover", { hasText: "Mode: write access" })).toBeVisible();
        },
        "snapshot in the hover": async () => {
          await snapshot.hover();
          await expect
            .poll(() =>
              page
                .locator(".monaco-hover img")
                .evaluateAll((images: { naturalWidth: number }[]) => images.map((image) => image.naturalWidth)),
            )
            .toEqual([1280]);
        },
        "denied call in the hover": async () => {
          const word = await page.locator(".view-line span", { hasText: /^click$/ }).boundingBox();
          if (word) await page.mouse.move(word.x + word.width / 2, word.y + word.height / 2);
          await expect(page.locator(".monaco-hover", { hasText: "ReadonlyExecDenied" })).toBeVisible();
        },
        "menu of a session": async () => {
          await bench.session("writes").click({ button: "right" });
          await expect(page.locator(".monaco-menu")).toContainText("Make Session Read-Only");
        },
        "session for the editor": async () => {
          await page.locator(".codelens-decoration a", { hasText: "another session" }).first().click();
          await bench.question(/Choose a session/);
        },
        "open 1, address": asked("Libretto: Open Session", [/Address of the page/, ""]),
        "open 1, no address": asked("Libretto: Open Session", [/Address of the page/, "no address"]),
        "open 2, name": async () => {
          await asked("Libretto: Open Session", toName)();
          await bench.question(/Name of the session/);
        },
        "open 2, a name that is taken": asked("Libretto: Open Session", toName, [/Name of the session/, "reads"]),
        "open 3, mode": async () => {
          await asked("Libretto: Open Session", toName, toMode)();
          await bench.question(/May code change the page/);
        },
        "open 4, window": async () => {
          await asked("Libretto: Open Session", toName, toMode)();
          await bench.choose(/May code change the page/, /Read-only/);
          await bench.question(/Should the browser have a window/);
        },
        "connect 1, no address": asked("Libretto: Connect to a Running Browser", [/debugging port/, "ftp://nowhere"]),
        "sessions behind the status bar": async () => {
          await bench.status.click();
          await bench.question(/Choose a session, or open one/);
        },
        "what to do with a session": async () => {
          await bench.status.click();
          await bench.choose(/Choose a session, or open one/, /reads/);
          await bench.question(/What to do with reads/);
        },
        "write access asked": async () => {
          await bench.rowAction(bench.session("reads"), /Give Session Write Access/);
          await expect(bench.dialog).toBeVisible();
        },
        "close all asked": async () => {
          await page.getByRole("button", { name: "Close All Sessions" }).click();
          await expect(bench.dialog).toBeVisible();
        },
        palette: async () => {
          await page.keyboard.press("F1");
          await bench.quickInput.locator("input").fill(">Libretto: ");
          await expect(bench.quickInput.getByRole("option", { name: /Libretto: / }).first()).toBeVisible();
        },
        "code running": async () => {
          await page.locator(".codelens-decoration a", { hasText: "Read on reads" }).nth(2).click();
          await expect(bench.notifications).toContainText("Running code on reads");
        },
      });
      await cancel.click();
      await snapshot.click();
      await expect(page.locator(".tab", { hasText: "page.png" })).toBeVisible();
      await expect(page.locator(".tab", { hasText: "tree.yaml" })).toBeVisible();
      await bench.inEveryTheme("snapshot opened");
    }));

  it("A5, V10: several folders: one root each, one MCP server each that is not turned off, and requests of their own", async () => {
    const other = path.join(workspace.scratch, "other");
    mkdirSync(path.join(other, ".libretto"), { recursive: true });
    const file = path.join(workspace.scratch, "both.code-workspace");
    writeFileSync(
      file,
      JSON.stringify({
        folders: [
          { path: workspace.folder, name: "shop" },
          { path: other, name: "other" },
        ],
      }),
    );
    const settings = { "chat.disableAIFeatures": false };
    const there = { cwd: other };
    try {
      await withWindow("several folders", { open: file, env: workspace.env, settings }, async (bench) => {
        await bench.openSidebar();
        await expect(bench.row("Folder shop")).toBeVisible();
        await expect(bench.row("Folder other")).toBeVisible();
        await expect(bench.session("reads")).toHaveAttribute("aria-level", "2");
        await bench.inEveryTheme("several folders");
        await expect.poll(() => bench.mcpServers()).toEqual(["Libretto (shop)", "Libretto (other)"]);
        mkdirSync(path.join(other, ".vscode"), { recursive: true });
        writeFileSync(path.join(other, ".vscode", "settings.json"), '{ "libretto.mcp.enabled": false }');
        await expect.poll(() => bench.mcpServers()).toEqual(["Libretto (shop)"]);
        // The folder's own button asks for no folder.
        await bench.rowAction(bench.row("Folder other"), "Open Session…");
        await bench.answer(/Address of the page/, "about:blank");
        await bench.answer(/Name of the session/, "elsewhere");
        await bench.choose(/May code change the page/, /Read-only/);
        await bench.choose(/Should the browser have a window/, /Headless/);
        await expect(bench.session("elsewhere")).toHaveAccessibleName(/read-only, active/);
        assert.ok(existsSync(path.join(other, ".libretto", "sessions", "elsewhere", "state.json")));
        await bench.rowAction(bench.session("elsewhere"), /Close Session/);
        await expect(bench.session("elsewhere")).toHaveAccessibleName(/closed/);

        // V10: who asks for one of two sessions of one name gets the answer for that one.
        await workspace.ok(["open", site.url("/form"), "--headless", "--read-only", "--session", "reads"], there);
        await workspace.ok(["request-access", "--session", "reads", "--reason", "to fill it in"], there);
        await bench.notifications.getByRole("button", { name: "Review…" }).click();
        await expect(bench.dialog).toContainText(`Address: ${site.url("/form")}`);
        await expect(bench.dialog).toContainText("Reason: to fill it in");
        await bench.dialog.getByRole("button", { name: "Grant Until Locked" }).click();
        await expect(bench.dialog).toBeHidden();
        const mode = async (options: CliOptions = {}): Promise<unknown> =>
          (await workspace.json(["session-mode", "--session", "reads"], options))["mode"];
        await expect.poll(() => mode(there)).toBe("write-access");
        assert.equal(await mode(), "read-only");
      });
    } finally {
      await workspace.cli(["close", "--all", "--force"], there);
    }
  });
});

describe("the keyboard reaches everything", () => {
  it("a session is opened, locked and closed without a mouse", async () => {
    const workspace = new Workspace("keys");
    const site = await Site.start();
    try {
      await withWindow("keys", { open: workspace.folder, env: workspace.env }, async (bench, window) => {
        await bench.command("Libretto: Open Session");
        await bench.answer(/Address of the page/, site.url("/"));
        await bench.answer(/Name of the session/, "keys");
        await bench.question(/May code change the page/);
        await window.page.keyboard.press("ArrowDown");
        await window.page.keyboard.press("Enter");
        await bench.answer(/Should the browser have a window/, undefined);
        await expect(bench.status).toContainText("1 session");
        await expect(async () => {
          await bench.command("Libretto: Focus on Sessions View");
          await expect(bench.session("keys")).toBeVisible();
          await window.page.keyboard.press("Home");
          await expect(bench.session("keys")).toHaveClass(/focused/, { timeout: 500 });
          // Opens the row, unless the tree took the focus from it just then.
          await window.page.keyboard.press("ArrowRight");
          await expect(bench.row(/^Active page/)).toBeVisible({ timeout: 3_000 });
          await window.page.keyboard.press("Home");
        }).toPass({ timeout: 30_000 });
        const mode = (): string =>
          (JSON.parse(readFileSync(path.join(workspace.sessionsFolder, "keys", "state.json"), "utf8")) as SessionState)
            .mode;
        if (mode() === "write-access") await window.page.keyboard.press("Control+Alt+L");
        await expect.poll(mode).toBe("read-only");

        // A key means the row that it is pressed on: not the one that is selected, nor the session above a page.
        await workspace.open(site.url("/form"), "--session", "other");
        await expect(bench.session("other")).toBeVisible();
        await window.page.keyboard.press("End");
        await expect(bench.session("other")).toHaveClass(/focused/);
        await window.page.keyboard.press("Enter");
        await expect(bench.session("other")).toHaveClass(/selected/);
        await window.page.keyboard.press("Home");
        await window.page.keyboard.press("ArrowDown");
        await expect(bench.row(/^Active page The Shelf/)).toHaveClass(/focused/);
        await window.page.keyboard.press("Delete");
        await expect(window.page.locator(".statusbar")).toContainText("To close a session, choose the session itself.");
        await window.page.keyboard.press("Home");
        await window.page.keyboard.press("Delete");
        await expect(bench.session("keys")).toHaveAccessibleName(/closed/);
        assert.deepEqual([workspace.state("keys"), workspace.state("other")?.status], [undefined, "active"]);
      });
    } finally {
      await workspace.cli(["close", "--all", "--force"]);
      await site.close();
      await workspace.dispose();
    }
  });
});
