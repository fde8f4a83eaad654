import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { Witness } from "../support/browser.js";
import { failureOf, Workspace } from "../support/cli.js";
import { connectMcp, textOf } from "../support/mcp.js";
import { Site } from "../support/site.js";
import { clearAwayAfter } from "../support/vscode/clearAway.js";
import { launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

describe("V10 asking for write access and granting it, clicked through in a real window", function () {
  // One story: a step that fails leaves nothing for the next ones to stand on.
  this.bail(true);
  let workspace: Workspace;
  let site: Site;
  let window: VscodeWindow;
  let bench: Workbench;
  const session = ["--session", "asked"];
  const click = ["exec", "await page.click('#add')", ...session];

  before(async () => {
    workspace = new Workspace("access");
    site = await Site.start();
    writeFileSync(path.join(workspace.folder, "add.libretto.ts"), 'await page.locator("#add").click();\n');
    await workspace.open(site.url("/counter"), ...session, "--read-only");
    const vsix = process.env["LIBRETTO_TEST_VSIX"];
    window = await launchVscode({
      open: workspace.folder,
      env: workspace.env,
      ...(vsix === undefined ? {} : { vsix }),
    });
    bench = new Workbench(window.page);
    await bench.openSidebar();
  });
  clearAwayAfter(() => ({ workspace, window, bench, site }));

  const quickFix = async (title: string): Promise<void> => {
    await expect(window.page.locator(".squiggly-error").first()).toBeVisible();
    await window.page.locator(".view-line").filter({ hasText: "click()" }).click();
    const fix = window.page.locator(".action-widget").getByText(title);
    await expect(async () => {
      await window.page.keyboard.press("ControlOrMeta+.");
      await expect(fix).toBeVisible({ timeout: 2_000 });
    }).toPass({ timeout: 60_000 });
    await bench.screenshot(`quick fix of a denied call ${title}`);
    await fix.click();
  };
  /** Waits for a notification and lets the mouse rest there: it goes by itself after ten seconds without it. */
  const keep = async (text: string): Promise<void> => {
    await expect(bench.notifications.filter({ hasText: text })).toBeVisible();
    await bench.notifications.filter({ hasText: text }).hover();
  };
  const readAll = async (): Promise<void> => {
    await window.page.locator(".view-line").filter({ hasText: "click()" }).click();
    await bench.command("Libretto: Read with Selection, Block or Line (readonly-exec)");
  };

  it("V10: a denied call offers to ask for write access, and asking grants nothing", async () => {
    await bench.openFile("add.libretto.ts");
    await readAll();
    await quickFix("Request Write Access to asked…");
    await bench.answer(/Why, in one line/, "to add one");
    await keep("asks for write access to session asked: to add one");
    await expect(bench.session("asked")).toHaveAccessibleName(/read-only, asks for write access/);
    assert.equal(workspace.requireState("asked").accessRequest?.reason, "to add one");
    assert.equal((await workspace.cli(click)).status, 3);
    assert.equal(site.counter, 0);
  });

  it("V10: the notification leads to a modal that says who asks, where, why and for how long; Deny takes the request away", async () => {
    await expect(bench.notifications).toContainText("asks for write access to session asked: to add one");
    await bench.screenshot("write access requested");
    await bench.notifications.getByRole("button", { name: "Review…" }).click();
    for (const words of [
      "Give session asked write access?",
      "Session: asked",
      `Address: ${site.url("/counter")}`,
      "Asked by: vscode",
      "Reason: to add one",
      "For: until it is locked again",
    ])
      await expect(bench.dialog).toContainText(words);
    for (const button of ["Grant for 15 Minutes", "Grant for an Hour", "Grant Until Locked", "Deny", "Cancel"])
      await expect(bench.dialog.getByRole("button", { name: button, exact: true })).toBeVisible();
    await bench.screenshot("write access reviewed");
    await bench.dialog.getByRole("button", { name: "Deny", exact: true }).click();
    await expect(bench.session("asked")).not.toHaveAccessibleName(/asks for write access/);
    assert.equal(workspace.requireState("asked").accessRequest, undefined);
    assert.equal(workspace.requireState("asked").mode, "read-only");
  });

  it("V10, A2: an agent asks over MCP, a person grants it for the time asked for, act clicks, and the session locks itself", async () => {
    await using agent = await connectMcp(workspace, { name: "shop agent" });
    const act = { session: "asked", steps: [{ action: "click", target: "getByRole('button', { name: 'Add' })" }] };
    assert.match(textOf(await agent.call("act", act)), /RefusedByMode[^]*request_write_access/);
    const decided = agent.text("request_write_access", {
      session: "asked",
      reason: "once [more](command:workbench.action.closeWindow)",
      minutes: 0.9,
      wait: true,
    });
    await keep("asks for write access to session asked: once [more]");
    await bench.screenshot("agent asks for write access");
    assert.match(textOf(await agent.call("act", act)), /RefusedByMode/);
    await bench.notifications.getByRole("button", { name: "Review…" }).click();
    await expect(bench.dialog).toContainText("Asked by: mcp: shop agent");
    await expect(bench.dialog).toContainText("For: 1 minute");
    await bench.screenshot("agent's request reviewed");
    await bench.dialog.getByRole("button", { name: "Grant as Asked" }).click();
    assert.match(await decided, /has write access until .* Act with act/);
    await expect.poll(() => bench.badge(bench.session("asked"))).toBe("RW");
    await expect(bench.session("asked")).toHaveAccessibleName(/write access, 1 minute left/);
    assert.match(await agent.text("act", act), /^1 of 1 step done/);
    await site.until(() => site.counter === 1, "the click");
    await bench.screenshot("write access granted for a time");
    using witness = await Witness.connect(workspace.requireState("asked").cdpEndpoint);
    assert.equal(await witness.evaluate("window.clicks"), 1);
    await expect.poll(() => bench.badge(bench.session("asked")), { timeout: 90_000 }).toBe("RO");
    await bench.screenshot("locked again after the time granted");
    assert.match(textOf(await agent.call("act", act)), /RefusedByMode/);
    assert.match(failureOf(await workspace.cli(click)).message, /read-only/);
    assert.equal(await witness.evaluate("window.clicks"), 1);
    assert.equal(site.counter, 1);
  });

  it("V10: granted for 15 minutes, a denied call offers to be run with exec, and does what it says", async () => {
    const requested = workspace.ok(["request-access", ...session, "--reason", "for longer"]);
    await bench.notifications.getByRole("button", { name: "Review…" }).click();
    await requested;
    await bench.dialog.getByRole("button", { name: "Grant for 15 Minutes" }).click();
    await expect(bench.session("asked")).toHaveAccessibleName(/write access, 15 minutes left/);
    const until = Date.parse(workspace.requireState("asked").grantedUntil ?? "") - Date.now();
    assert.ok(until > 13 * 60_000 && until <= 15 * 60_000, String(until));
    await readAll();
    await quickFix("Run with exec on asked");
    await site.until(() => site.count("/count") === 2, "the click of the quick fix");
  });

  it("V10: for a session that is locked permanently nothing is offered", async () => {
    await workspace.ok(["close", ...session]);
    await workspace.open(site.url("/counter"), "--session", "life", "--locked");
    await expect(bench.session("life")).toHaveAccessibleName(/read-only permanently/);
    await readAll();
    await expect(window.page.locator(".squiggly-error").first()).toBeVisible();
    await window.page.locator(".view-line").filter({ hasText: "click()" }).click();
    await expect(async () => {
      await window.page.keyboard.press("ControlOrMeta+.");
      await expect(window.page.locator("body")).toContainText(/No (?:code actions|quick fixes) available/i, {
        timeout: 2_000,
      });
    }).toPass({ timeout: 60_000 });
    await bench.command("Libretto: Run Selection, Block or Line (exec)");
    // That it runs may be told beside it for a moment.
    const refused = bench.notifications.filter({ hasText: "exec is refused" });
    await expect(refused).toContainText("locked permanently");
    await expect(bench.notifications.getByRole("button", { name: /Write Access/ })).toHaveCount(0);
    await bench.screenshot("exec refused in a locked session");
  });
});
