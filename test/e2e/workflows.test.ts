import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { repositoryRoot, Workspace } from "../support/cli.js";
import { startExampleSite, type ExampleSite } from "../support/exampleSite.js";
import { Witness } from "../support/browser.js";
import { descendantsOf, findProcess, waitUntilGone } from "../support/processTable.js";
import { clearAwayAfter } from "../support/vscode/clearAway.js";
import { commandFolder, launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

describe("S18: workflows, clicked through in a real window", function () {
  // One story: a step that fails leaves nothing for the next ones to stand on.
  this.bail(true);
  let workspace: Workspace;
  let site: ExampleSite;
  let window: VscodeWindow;
  let bench: Workbench;
  const flow = (name: string): string => path.join(workspace.folder, "flows", name);
  const lens = (title: string | RegExp) => window.page.locator(".codelens-decoration a").filter({ hasText: title });

  before(async () => {
    workspace = new Workspace("flows");
    site = await startExampleSite();
    workspace.env["EXAMPLE_SITE"] = site.address;
    cpSync(path.join(repositoryRoot, "examples", "workflows"), flow(""), { recursive: true });
    // A user's copy, which resolves "libretto" by being run.
    writeFileSync(flow("tsconfig.json"), "{}");
    workspace.writeConfig({ version: 1, headless: true });
    const vsix = process.env["LIBRETTO_TEST_VSIX"];
    window = await launchVscode({
      open: workspace.folder,
      env: workspace.env,
      settings: { "typescript.validate.enable": false },
      viewport: { width: 1280, height: 1100 },
      ...(vsix === undefined ? {} : { vsix }),
    });
    bench = new Workbench(window.page);
    await bench.openSidebar();
  });
  clearAwayAfter(() => ({ workspace, window, bench, site }));

  it("must show 2: a run in the terminal pauses, is inspected from a second one, and goes on by a click in the sidebar", async () => {
    // Terminals have the command from when the extension is active and says so, a moment after the file is there.
    const command = path.join(commandFolder(window), "libretto");
    await expect.poll(() => existsSync(command), { timeout: 60_000 }).toBe(true);
    const found = (): Promise<string> => bench.commandInTerminal(path.join(workspace.folder, "command.txt"));
    await expect.poll(found, { timeout: 90_000 }).toBe(command);
    await bench.openTerminal();
    await window.page.keyboard.type(
      'libretto run flows/order.ts --headless --read-only --session order --wait-paused --params \'{ "title": "Flatland", "copies": 3 }\' > order.json\n',
    );
    const row = bench.session("order");
    await expect(row).toHaveAccessibleName(/^Session order, read-only, paused, 127\.0\.0\.1:\d+\/order/);
    const { browserPid, hostPid } = workspace.requireState("order");

    assert.match(await workspace.ok(["snapshot", "--session", "order"]), /textbox "Title" \[ref=\w+\]: Flatland/);
    assert.equal(
      await workspace.ok(["readonly-exec", "--session", "order", "await page.getByLabel('Copies').inputValue()"]),
      "3",
    );
    assert.equal((await workspace.cli(["exec", "--session", "order", "1"])).status, 3);
    assert.deepEqual(await site.orders(), []);
    await bench.inEveryTheme("workflow paused");
    await row.hover();
    await expect(row.getByRole("button", { name: "Stop Workflow and Keep Its Session" })).toBeVisible();
    await bench.screenshot("workflow paused, its actions");

    await bench.rowAction(row, "Resume Workflow");
    await expect(row).toHaveAccessibleName(/^Session order, closed/);
    assert.deepEqual(await site.orders(), [{ title: "Flatland", copies: "3" }]);
    await waitUntilGone(() =>
      [browserPid ?? 0, hostPid].map((pid) => findProcess(pid)).filter((entry) => entry !== undefined),
    );
    await expect(() =>
      assert.deepEqual(JSON.parse(readFileSync(path.join(workspace.folder, "order.json"), "utf8")), { number: 1 }),
    ).toPass({ timeout: 60_000 });
  });

  it("Run over the workflow asks for parameters, names what does not fit, and is heard live; Stop ends it and keeps the session", async () => {
    await bench.openFile("flows/order.ts");
    await lens(/^\s*Run$/).click();
    await bench.question(/Parameters, as JSON: title: string, copies\?: integer, gift\?: boolean/);
    await bench.answer(/Parameters/, '{ "title": 7, "copies": 2 }');
    await expect(bench.quickInput).toContainText("title: Invalid input: expected string");
    await bench.screenshot("parameters that do not fit");
    await bench.answer(/expected string/, '{ "title": "Emma"');
    await expect(bench.quickInput).toContainText("This is not valid JSON");
    await bench.answer(/This is not valid JSON/, '{ "title": "Emma" }');
    await expect(lens(/Resume /)).toBeVisible();
    await expect(bench.notifications.filter({ hasText: "Running order.ts" })).toBeVisible();
    await bench.inEveryTheme("workflow run by its lens");
    const row = bench.row(/^Session .*, paused/);
    const name = /^Session ([^,]+),/.exec((await row.getAttribute("aria-label")) ?? "")?.[1] ?? "";
    const { browserPid } = workspace.requireState(name);
    await bench.rowMenu(row, "Stop Workflow and Keep Its Session");
    await expect(bench.session(name)).toHaveAccessibleName(/, failed,/);
    await expect(bench.notifications).toHaveCount(0);
    assert.ok(findProcess(browserPid ?? 0), "the browser is there to look at");
    assert.equal((await site.orders()).length, 1, "nothing was ordered");

    // With the same parameters, and without being asked for them.
    await bench.rowAction(bench.session(name), "Run Workflow Again");
    await expect(bench.session(name)).toHaveAccessibleName(/, paused,/);
    await lens(`Resume ${name}`).click();
    await expect(bench.session(name)).toHaveAccessibleName(/, completed,/);
    assert.deepEqual((await site.orders()).at(-1), { title: "Emma", copies: "1" });
    await workspace.ok(["close", "--session", name]);
  });

  it("must show 1: a reload, and the end of the window's extension host, leave a workflow going and paused; what is resumed elsewhere is not shown as paused", async () => {
    writeFileSync(
      flow("outlives.ts"),
      `import { pause, workflow } from "libretto";
import { site } from "./site.js";

export default workflow("outlives", { startUrl: \`\${site}/books\` }, async ({ page, session }) => {
  await page.waitForFunction("globalThis.one", undefined, { timeout: 0 });
  await pause(session, { reason: "look" });
  await page.waitForFunction("globalThis.two", undefined, { timeout: 0 });
  return page.url();
});
`,
    );
    await bench.openFile("flows/outlives.ts");
    await lens(/^\s*Run$/).click();
    const row = bench.row(/^Session .*, running/);
    await expect(row).toHaveAccessibleName(/\/books/);
    const name = /^Session ([^,]+),/.exec((await row.getAttribute("aria-label")) ?? "")?.[1] ?? "";
    const workers = () => workspace.processes().filter(({ command }) => command.join(" ").includes("workflow-worker"));
    const [worker] = workers();
    assert.ok(worker, "the workflow has a process");

    await window.reload();
    await bench.openSidebar();
    await expect(bench.session(name)).toHaveAccessibleName(/, running/);
    using witness = await Witness.connect(workspace.requireState(name).cdpEndpoint);
    await witness.evaluate("one = true");
    await expect(bench.session(name)).toHaveAccessibleName(/, paused: look/);

    const hosts = descendantsOf(window.pid).filter(({ command }) =>
      command.some((word) => word.includes("type=extensionHost")),
    );
    for (const { pid } of hosts) process.kill(pid, "SIGKILL");
    await waitUntilGone(() => hosts.map(({ pid }) => findProcess(pid)).filter((entry) => entry !== undefined));
    assert.deepEqual(
      workers().map(({ pid }) => pid),
      [worker.pid],
    );
    assert.match(await workspace.ok(["snapshot", "--session", name]), /row/);
    assert.match(await workspace.ok(["readonly-exec", "--session", name, "page.url()"]), /\/books$/);
    const resumed = workspace.start(["resume", "--session", name]);
    await window.reload();
    await bench.openSidebar();
    await expect(bench.session(name)).toHaveAccessibleName(/, running/);
    assert.doesNotMatch(await workspace.ok(["list"]), /paused/);
    await witness.evaluate("two = true");
    assert.match((await resumed.exit).stdout, /\/books\n$/);
    await expect(bench.session(name)).toHaveAccessibleName(/, closed/);
    assert.deepEqual(workers(), []);
  });

  it("V9: Debug over the workflow stops at a breakpoint in an imported file: a variable is shown, the tree says where, a read answers, a step and Continue go on", async () => {
    writeFileSync(
      flow("counting.ts"),
      `import type { Page } from "playwright-core";

export async function count(page: Page, what: string = "tbody tr"): Promise<number> {
  const found: number = await page.locator(what).count();
  const isEven = found % 2 === 0;
  return isEven ? found : -found;
}
`,
    );
    writeFileSync(
      flow("counted.ts"),
      `import { workflow } from "libretto";
import { count } from "./counting.js";
import { site } from "./site.js";

export default workflow("counted", { startUrl: \`\${site}/books\` }, async ({ page }) => ({ rows: await count(page) }));
`,
    );
    await bench.openFile("flows/counting.ts");
    // At its beginning: in a narrow editor a scroll bar lies over the middle of a long line.
    await window.page
      .locator(".view-line")
      .filter({ hasText: "const isEven" })
      .click({ position: { x: 24, y: 8 } });
    await window.page.keyboard.press("F9");
    await expect(window.page.locator(".codicon-debug-breakpoint").first()).toBeVisible();
    await bench.openFile("flows/counted.ts");
    await lens(/^\s*Debug$/).click();
    const line = window.page.locator(".debug-top-stack-frame-line").first();
    // The window's debugger starts with its first use.
    await expect(line).toBeVisible({ timeout: 90_000 });
    const variable = (name: string) =>
      window.page.locator(".debug-variables .monaco-list-row").filter({ hasText: name });
    await variable("Block: count").click();
    await expect(variable("found")).toContainText("5");
    await bench.screenshot("workflow debugged, its variables");
    await bench.openSidebar();
    const row = bench.row(/^Session .*, at a breakpoint, flows\/counting\.ts:5,/);
    await expect(row).toBeVisible();
    await bench.screenshot("workflow debugged");
    const name = /^Session ([^,]+),/.exec((await row.getAttribute("aria-label")) ?? "")?.[1] ?? "";
    assert.equal(await workspace.ok(["readonly-exec", "--session", name, "page.locator('tbody tr').count()"]), "5");
    await window.page.keyboard.press("F10");
    await expect(bench.row(/at a breakpoint, flows\/counting\.ts:6,/)).toBeVisible();
    // The sidebar knows of the stop before the window's debugger does, and a key would then go nowhere.
    await window.page
      .locator(".debug-toolbar")
      .getByRole("button", { name: /^Continue/ })
      .click();
    await expect(bench.session(name)).toHaveAccessibleName(/, closed/);
    await expect(window.page.locator(".view-line").filter({ hasText: '"rows": -5' })).toBeVisible();
    await expect(window.page.locator(".debug-toolbar")).toBeHidden();
  });

  it("a failure is a problem at its line, and its notification leads to the session", async () => {
    const right = readFileSync(flow("catalogue.ts"), "utf8");
    writeFileSync(flow("catalogue.ts"), right.replace("tbody tr", "tbody li"));
    await bench.openFile("flows/catalogue.ts");
    await lens(/^\s*Run$/).click();
    await expect(bench.notifications.filter({ hasText: "The workflow failed; session" })).toBeVisible();
    await expect(window.page.locator(".squiggly-error").first()).toBeVisible();
    await bench.inEveryTheme("workflow failed");
    await bench.notifications.getByRole("button", { name: "Show Session" }).click();
    await expect(bench.row(/^Session .*, failed/)).toHaveClass(/selected/);
    writeFileSync(flow("catalogue.ts"), right);
    await expect(window.page.locator(".squiggly-error")).toHaveCount(0);
    await workspace.ok(["close", "--all"]);
  });

  it("from the palette everything is asked for; a login is saved, used for a new session, and deleted", async () => {
    await bench.openFile("flows/account.ts");
    await bench.command("Libretto: Run Workflow…");
    await bench.answer(/Parameters/, '{ "password": "correct-horse-battery" }');
    await bench.choose(/May others change the page/, /Read-only/);
    await bench.choose(/Should the browser have a window/, /Headless/);
    await bench.choose(/When the workflow is done/, /… stays open/);
    await expect(bench.row(/^Session .*, read-only, completed/)).toBeVisible();
    await expect(window.page.locator(".view-line").filter({ hasText: '"loggedInWith": "password"' })).toBeVisible();

    await bench.rowMenu(bench.row(/^Session .*, completed/), "Save Profile…");
    await bench.answer(/Sites whose cookies/, undefined);
    await bench.answer(/Name of the profile/, "shelf");
    const profile = path.join(workspace.librettoFolder, "profiles", "shelf.json");
    await expect(() => assert.ok(existsSync(profile))).toPass({ timeout: 60_000 });
    assert.equal(statSync(profile).mode & 0o077, 0);
    await workspace.ok(["close", "--all"]);

    const open = async (session: string, login: RegExp): Promise<string> => {
      await bench.command("Libretto: Open Session");
      await bench.answer(/Address of the page/, `${site.address}/account`);
      await bench.answer(/Name of the session/, session);
      await bench.choose(/May code change the page/, /Read-only/);
      await bench.choose(/Should the browser have a window/, /Headless/);
      await bench.choose(/Which saved login/, login);
      await expect(bench.session(session)).toHaveAccessibleName(/, active,/);
      return workspace.ok(["readonly-exec", "--session", session, "await page.title()"]);
    };
    assert.equal(await open("without", /None/), "Log in");
    assert.equal(await open("with", /shelf/), "Account");

    await bench.command("Libretto: Delete Profile");
    await bench.choose(/Choose a profile/, /shelf/);
    await expect(bench.dialog).toContainText("Delete profile shelf?");
    await bench.dialog.getByRole("button", { name: "Delete" }).click();
    await expect(() => assert.ok(!existsSync(profile))).toPass({ timeout: 60_000 });
    await workspace.ok(["close", "--all"]);
  });

  it("must show 1: the window is closed while its workflow runs: that goes on in its own process, is heard by a terminal and ends there", async () => {
    writeFileSync(
      flow("alone.ts"),
      `import { pause, workflow } from "libretto";
import { site } from "./site.js";

export default workflow("alone", { startUrl: \`\${site}/books\` }, async ({ page, session }) => {
  await page.waitForFunction("globalThis.one");
  await page.evaluate("document.title = 'went on'");
  await pause(session, { reason: "alone" });
  return page.title();
});
`,
    );
    await bench.openFile("flows/alone.ts");
    await lens(/^\s*Run$/).click();
    const row = bench.row(/^Session .*, running/);
    await expect(row).toHaveAccessibleName(/\/books/);
    const name = /^Session ([^,]+),/.exec((await row.getAttribute("aria-label")) ?? "")?.[1] ?? "";
    const { hostPid, browserPid, cdpEndpoint } = workspace.requireState(name);
    const workers = () => workspace.processes().filter(({ command }) => command.join(" ").includes("workflow-worker"));
    const [worker, ...others] = workers();
    assert.ok(worker && others.length === 0);

    await window.closeWindow();
    assert.ok(window.page.isClosed());
    using witness = await Witness.connect(cdpEndpoint);
    await witness.evaluate("one = true");
    await witness.until("document.title === 'went on'");
    assert.match(await workspace.ok(["run", "--attach", "--session", name]), /^Workflow paused\.[^]*: alone\n/);
    assert.deepEqual(
      [...workers().map(({ pid }) => pid), workspace.requireState(name).hostPid],
      [worker.pid, hostPid],
      "the processes are those of before",
    );
    assert.equal(await workspace.ok(["resume", "--session", name]), "went on");
    await waitUntilGone(() =>
      [worker.pid, hostPid, browserPid ?? 0].map((pid) => findProcess(pid)).filter((entry) => entry !== undefined),
    );
  });
});
