import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { FrameLocator, Locator } from "playwright";
import { Witness } from "../support/browser.js";
import { Workspace } from "../support/cli.js";
import { Site } from "../support/site.js";
import { violations } from "../support/vscode/axe.js";
import { clearAwayAfter } from "../support/vscode/clearAway.js";
import { launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { colourOfMiddle, LivePane } from "../support/vscode/livePane.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

describe("V8: the overview in a real window", function () {
  // One story: a step that fails leaves nothing for the next ones to stand on.
  this.bail(true);
  let workspace: Workspace;
  let site: Site;
  let window: VscodeWindow;
  let bench: Workbench;
  let frame: FrameLocator;
  const tile = (name: string): Locator => frame.getByRole("button", { name: new RegExp(`^${name},`) });
  const colourOf = (name: string): Promise<number[]> => tile(name).locator("canvas").evaluate(colourOfMiddle);
  const paint = (session: string, colour: string): Promise<string> =>
    workspace.ok([
      "exec",
      "--session",
      session,
      `await page.evaluate("document.documentElement.style.background = '${colour}'")`,
    ]);

  before(async () => {
    workspace = new Workspace("overview");
    site = await Site.start();
    for (const [name, mode] of [
      ["reads", "--read-only"],
      ["writes", "--write-access"],
      ["other", "--write-access"],
    ] as const)
      await workspace.open(site.url(name === "writes" ? "/form" : "/"), "--session", name, mode, "--headless");
    window = await launchVscode({
      open: workspace.folder,
      env: workspace.env,
      vsix: process.env["LIBRETTO_TEST_VSIX"] ?? "",
      viewport: { width: 1_400, height: 900 },
    });
    bench = new Workbench(window.page);
    frame = window.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
    await bench.openSidebar();
  });
  clearAwayAfter(() => ({ workspace, window, bench, site }));

  it("shows every live session as a small picture that changes, with mode, status, address and who drives", async () => {
    await bench.command("Libretto: Open Overview");
    await expect(tile("reads")).toHaveAccessibleName(/read-only, active, The Shelf, 127\.0\.0\.1/);
    await expect(tile("writes")).toHaveAccessibleName(/write access, active, Form/);
    await paint("writes", "rgb(200, 0, 0)");
    await expect.poll(async () => (await colourOf("writes"))[0]).toBeGreaterThan(180);
    await paint("writes", "rgb(0, 0, 200)");
    await expect.poll(async () => (await colourOf("writes"))[2]).toBeGreaterThan(180);
    await paint("writes", "");
    const long = workspace.ok([
      "exec",
      "--session",
      "other",
      "await page.evaluate(\"fetch('/hold/driven').then(() => 0)\")",
    ]);
    await expect(tile("other")).toContainText("Driven by exec (cli)");
    site.release("driven");
    await long;
    await expect(tile("other")).not.toContainText("Driven by");
    await workspace.ok(["session-mode", "read-only", "--session", "other"]);
    await expect(tile("other")).toHaveAccessibleName(/read-only/);
    await bench.inEveryTheme("overview");
  });

  it("filters by words, goes by arrow keys, and holds what axe checks", async () => {
    await frame.getByRole("searchbox").fill("write form");
    await expect(tile("reads")).toBeHidden();
    await expect(tile("writes")).toBeVisible();
    await bench.inEveryTheme({
      "overview, filtered": async () => {
        await frame.getByRole("searchbox").fill("write form");
        await expect(tile("reads")).toBeHidden();
      },
      "overview, nothing passes the filter": async () => {
        await frame.getByRole("searchbox").fill("nobody");
        await expect(frame.getByRole("status")).toHaveText("No session passes the filter.");
        assert.deepEqual(await violations(window.page), []);
      },
    });
    await frame.getByRole("searchbox").fill("");
    await tile("other").focus();
    await window.page.keyboard.press("ArrowRight");
    await expect(tile("reads")).toBeFocused();
    assert.deepEqual(await violations(window.page), []);
  });

  it("a session that is closed goes away; a chosen one opens its live view", async () => {
    await workspace.ok(["close", "--session", "other"]);
    await expect(tile("other")).toHaveCount(0);
    await tile("reads").focus();
    await window.page.keyboard.press("Enter");
    await expect(window.page.locator(".tab", { hasText: "reads · The Shelf" })).toBeVisible();
  });

  it("a live view holds what axe checks, in both modes", async () => {
    await bench.closeEditors();
    for (const session of ["reads", "writes"]) {
      await bench.rowAction(bench.session(session), "Open Live View");
      await expect(new LivePane(window.page).picture).toBeVisible();
      assert.deepEqual(await violations(window.page), [], session);
      await bench.inEveryTheme(`live view, ${session}`);
      await bench.closeEditors();
    }
  });

  it("V8: a session with a saved login is blurred where the setting says so, also after the window was loaded again", async () => {
    await workspace.ok(["exec", "--session", "writes", "await page.evaluate(\"document.cookie = 'login=1'\")"]);
    await workspace.ok(["save", "shelf", "--session", "writes", "--sites", "127.0.0.1"]);
    await workspace.open(site.url("/"), "--session", "signed", "--read-only", "--headless", "--auth-profile", "shelf");
    mkdirSync(path.join(workspace.folder, ".vscode"), { recursive: true });
    writeFileSync(
      path.join(workspace.folder, ".vscode", "settings.json"),
      JSON.stringify({ "libretto.liveView.blurLogins": true }),
    );
    await bench.command("Libretto: Open Overview");
    const canvas = (name: string): Locator => tile(name).locator("canvas");
    for (const again of [false, true]) {
      if (again) {
        await bench.reloadWindow();
        await expect(tile("signed")).toHaveAccessibleName(/read-only, active/, { timeout: 60_000 });
        await paint("writes", "rgb(0, 200, 0)");
        await expect.poll(async () => (await colourOf("writes"))[1]).toBeGreaterThan(180);
      }
      await window.page.mouse.move(5, 5);
      await expect(canvas("signed")).toHaveCSS("filter", "blur(16px)");
      await expect(canvas("reads")).toHaveCSS("filter", "none");
      await tile("signed").hover();
      await expect(canvas("signed")).toHaveCSS("filter", "none");
    }
    await window.page.mouse.move(5, 5);
    await bench.inEveryTheme("overview, blurred");
    await bench.closeEditors();
  });

  it("the hover of a row has a picture", async () => {
    const picture = window.page.locator(".monaco-hover img");
    await bench.inEveryTheme({
      "overview, picture in the hover": async () => {
        await window.page.mouse.move(5, 5);
        await bench.session("reads").hover();
        await expect
          .poll(() =>
            picture.evaluateAll((images: { naturalWidth: number }[]) => images.map((image) => image.naturalWidth > 0)),
          )
          .toEqual([true]);
      },
    });
    await window.page.mouse.move(5, 5);
  });

  it("V8: says of every session how it stands, and that there is none", async () => {
    const hostOf = (session: string): number => workspace.requireState(session).hostPid;
    await workspace.ok(["close", "--all"]);
    workspace.write(
      "pausing.ts",
      'import { pause, workflow } from "libretto";\nexport default workflow("pausing", async ({ session }) => pause(session));\n',
    );
    await workspace.ok(["run", "pausing.ts", "--headless", "--session", "paused"]);
    for (const [name, ...flags] of [
      ["locked", "--locked"],
      ["granted", "--read-only"],
      ["asking", "--read-only"],
      ["crashed", "--write-access"],
      ["hostless", "--read-only"],
    ] as const)
      await workspace.open(site.url("/form"), "--session", name, "--headless", ...flags);
    await workspace.ok(["session-mode", "write-access", "--for", "1h", "--session", "granted"]);
    await workspace.ok(["request-access", "--session", "asking", "--reason", "to order the book"]);
    await bench.command("Libretto: Open Overview");
    await expect(tile("crashed")).toHaveAccessibleName(/Form/);
    const witness = await Witness.connect(workspace.requireState("crashed").cdpEndpoint);
    // Its answer comes from a page that is no more.
    void witness.send("Page.crash", {}, await witness.sessionOf("/form")).catch(() => undefined);
    process.kill(hostOf("hostless"), "SIGKILL");
    await expect(tile("paused")).toHaveAccessibleName(/write access, paused/);
    await expect(tile("paused")).toContainText("Driven by a workflow");
    await expect(tile("locked")).toHaveAccessibleName(/read-only, active · read-only permanently/);
    await expect(tile("granted")).toHaveAccessibleName(/write access, active · write access, \d+ minutes left/);
    await expect(tile("asking")).toHaveAccessibleName(/read-only, active · asks for write access/);
    for (const [name, why] of [
      ["crashed", "The page crashed."],
      ["hostless", "host gone, browser runs"],
    ] as const) {
      await expect(tile(name).locator(".away")).toHaveText(why);
      // They hold a login, too.
      await expect(tile(name).locator(".blur-hint")).toBeHidden();
    }
    await expect(tile("locked").locator(".blur-hint")).toBeVisible();
    witness[Symbol.dispose]();
    assert.deepEqual(await violations(window.page), []);
    await bench.inEveryTheme("overview, every status");
    await workspace.ok(["close", "--all"]);
    await expect(frame.getByRole("status")).toHaveText("No session is live.");
    assert.deepEqual(await violations(window.page), []);
    await bench.inEveryTheme("overview, none");
  });
});
