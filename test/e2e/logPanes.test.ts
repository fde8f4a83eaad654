import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mask } from "../../src/sessions/logs/mask.js";
import { Workspace } from "../support/cli.js";
import { clearAwayAfter } from "../support/vscode/clearAway.js";
import { launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { at, click, lines, LogFiles, LogPane, request } from "../support/vscode/logPane.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

describe("V3: log panes in a real window", function () {
  // One story, up to the sessions of their own: a step that fails leaves nothing for the next to stand on.
  this.bail(true);
  let workspace: Workspace;
  let window: VscodeWindow;
  let bench: Workbench;
  let files: LogFiles;
  let pane: LogPane;
  before(async () => {
    workspace = new Workspace("panes");
    files = new LogFiles(workspace);
    files.make("shop", {
      network: Array.from({ length: 300 }, (_, n) =>
        request(
          n,
          n % 10 === 4
            ? { status: 404, method: "POST", resourceType: "xhr" }
            : n === 17
              ? { status: null, failure: "net::ERR_ABORTED" }
              : {},
        ),
      ),
      actions: [
        {
          ts: at(100),
          source: "user",
          pageId: "p1",
          action: "click",
          bestSemanticSelector: "getByRole('button', { name: 'Buy' })",
          duration: 2000,
          success: true,
        },
        {
          ts: at(120),
          source: "agent",
          pageId: "p1",
          action: "fill",
          selector: "#password",
          value: mask,
          duration: 12,
          success: false,
          error: "Timeout 5000ms exceeded",
        },
      ],
      logs: [
        {
          ts: at(1),
          level: "info",
          event: "session.started",
          message: "The session began",
          data: { pid: 12, list: [1, 2, { deep: true }] },
        },
        { ts: at(200), level: "error", event: "page.crashed", message: "The page crashed" },
      ],
    });
    files.make("other", { logs: [] });
    const vsix = process.env["LIBRETTO_TEST_VSIX"];
    window = await launchVscode({
      open: workspace.folder,
      env: workspace.env,
      ...(vsix === undefined ? {} : { vsix }),
    });
    bench = new Workbench(window.page);
    pane = new LogPane(window, bench);
    await bench.openSidebar();
  });
  clearAwayAfter(() => ({ workspace, window, bench }));

  it("opens the requests of a session at their end", async () => {
    await pane.open("shop", /Network/);
    await expect(pane.row(/item\/299/)).toBeVisible();
    await expect(pane.status).toHaveText("300 rows");
    // A screen reader hears how many there are and which one it is at; the page holds those in sight and a few more.
    await expect(pane.list).toHaveAttribute("aria-rowcount", "301");
    await expect(pane.row(/item\/299/)).toHaveAttribute("aria-rowindex", "301");
    expect(await pane.list.getByRole("row").count()).toBeLessThan(80);
    await bench.screenshot("network pane");
  });

  it("takes the keys of the list as soon as it is open", async () => {
    await expect(pane.list).toBeFocused();
    await window.page.keyboard.press("ArrowUp");
    await expect(pane.selected).toHaveAccessibleName(/item\/299/);
    await window.page.keyboard.press("ArrowUp");
    await expect(pane.selected).toHaveAccessibleName(/item\/298/);
    await window.page.keyboard.press("End");
    await expect(pane.selected).toHaveCount(0);
  });

  it("a row appears when it is written, and the list stays at the end", async () => {
    appendFileSync(files.file("shop", "network"), lines([request(300)]));
    await expect(pane.row(/item\/300/)).toBeVisible();
    await expect(pane.status).toHaveText("301 rows");
    await expect(pane.announcement).toHaveText("1 new");
  });

  it("scrolling up pauses: the rows stay still, new ones are counted, End resumes", async () => {
    await pane.wheel(-600);
    await expect(pane.row(/item\/300/)).toBeHidden();
    const place = await pane.row(/item\/280,/).boundingBox();
    expect(place).not.toBeNull();
    appendFileSync(files.file("shop", "network"), lines([request(301), request(302)]));
    await expect(pane.newRows).toHaveText(/^2 new/);
    expect(await pane.row(/item\/280,/).boundingBox()).toEqual(place);
    await bench.screenshot("paused");
    await pane.list.press("End");
    await expect(pane.row(/item\/302/)).toBeVisible();
    await expect(pane.newRows).toBeHidden();
    appendFileSync(files.file("shop", "network"), lines([request(303)]));
    await expect(pane.row(/item\/303/)).toBeVisible();
  });

  it("clicking on the number of new rows resumes too", async () => {
    await pane.list.press("Home");
    await expect(pane.row(/item\/0,/)).toBeVisible();
    appendFileSync(files.file("shop", "network"), lines([request(304)]));
    await pane.newRows.click();
    await expect(pane.row(/item\/304/)).toBeVisible();
    // The keys go on from there, not from the row that was left behind.
    await pane.list.press("ArrowUp");
    await expect(pane.selected).toHaveAccessibleName(/item\/304/);
  });

  it("going down to the last row by keys is being at the end", async () => {
    await pane.list.press("ArrowUp");
    await pane.list.press("ArrowUp");
    await expect(pane.selected).toHaveAccessibleName(/item\/302/);
    await pane.list.press("PageDown");
    await expect(pane.selected).toHaveAccessibleName(/item\/304/);
    appendFileSync(files.file("shop", "network"), lines([request(305)]));
    await expect(pane.row(/item\/305/)).toBeVisible();
    await expect(pane.newRows).toBeHidden();
  });

  it("stays at the end when it changes its size", async () => {
    await bench.command("View: Toggle Panel Visibility");
    await expect(window.page.locator(".part.panel")).toBeVisible();
    await expect(pane.row(/item\/305/)).toBeInViewport();
    await bench.command("View: Toggle Panel Visibility");
    await expect(window.page.locator(".part.panel")).toBeHidden();
    await expect(pane.row(/item\/305/)).toBeInViewport({ ratio: 1 });
  });

  it("filters with the grammar of the command line, live", async () => {
    for (const [filter, count] of [
      ["status:>=400", "30 of 306 rows"],
      ["method:POST -item/14", "28 of 306 rows"],
      ["is:failed", "1 of 306 rows"],
      ["/item\\/1\\d$/", "10 of 306 rows"],
      ["domain:shop.example larger-than:1299", "6 of 306 rows"],
      ['"item/4" status:404', "2 of 306 rows"],
    ] as const) {
      await pane.filter.fill(filter);
      await expect(pane.status, filter).toHaveText(count);
    }
    appendFileSync(files.file("shop", "network"), lines([request(306), request(400, { status: 404 })]));
    await expect(pane.status).toHaveText("3 of 308 rows");
    await expect(pane.row(/item\/400/)).toBeVisible();
    await bench.screenshot("filtered");
  });

  it("explains a filter that it cannot read, where it is wrong, and goes on showing what it showed", async () => {
    await pane.filter.fill("status:>=400 stauts:4");
    await expect(pane.frame.getByRole("status").filter({ hasText: "no field" })).toContainText('perhaps "status:"');
    await expect(pane.frame.locator(".problem .wrong")).toHaveText("stauts");
    await expect(pane.status).toHaveText(/3 of 308/);
    await bench.screenshot("filter problem");
    await pane.filter.fill("");
    await expect(pane.status).toHaveText("308 rows");
  });

  it("chips put terms into the filter and take them out; rows of context surround a match", async () => {
    await pane.frame.getByRole("button", { name: "Failed" }).click();
    await expect(pane.filter).toHaveValue("is:failed");
    await expect(pane.frame.getByRole("button", { name: "Failed" })).toHaveAttribute("aria-pressed", "true");
    await expect(pane.status).toHaveText(/^1 of/);
    await pane.frame.getByRole("combobox", { name: /context/ }).selectOption("3");
    await expect(pane.status).toHaveText(/^7 of/);
    await expect(pane.row(/item\/14,/)).toHaveClass(/context/);
    await bench.screenshot("context rows");
    await pane.frame.getByRole("combobox", { name: /context/ }).selectOption("0");
    await pane.frame.getByRole("button", { name: "Failed" }).click();
    await expect(pane.filter).toHaveValue("");
    await expect(pane.status).toHaveText("308 rows");
  });

  it("a chip leaves what else stands in the filter as it is", async () => {
    await pane.filter.fill('"two  words" -is:xhr');
    await pane.frame.getByRole("button", { name: "Errors" }).click();
    await expect(pane.filter).toHaveValue('"two  words" -is:xhr is:error');
    await pane.frame.getByRole("button", { name: "Errors" }).click();
    await expect(pane.filter).toHaveValue('"two  words" -is:xhr');
    await pane.filter.fill("");
    await expect(pane.status).toHaveText("308 rows");
  });

  it("goes through the filters that were used before", async () => {
    for (const used of ["status:200", "status:404"]) {
      await pane.filter.fill(used);
      await pane.filter.press("Enter");
    }
    await pane.filter.fill("half");
    for (const [key, value] of [
      ["ArrowUp", "status:404"],
      ["ArrowUp", "status:200"],
      ["ArrowDown", "status:404"],
      ["ArrowDown", "half"],
      ["Escape", ""],
    ] as const) {
      await pane.filter.press(key);
      await expect(pane.filter).toHaveValue(value);
    }
    await expect(pane.status).toHaveText("308 rows");
  });

  it("a filter leaves the reader's row where it is, and calls nothing new that it has found", async () => {
    await pane.list.press("Home");
    await pane.list.hover();
    await window.page.mouse.wheel(0, 1100);
    await pane.row(/item\/65,/).click();
    await pane.detail.getByRole("button", { name: "Close" }).click();
    const place = await pane.row(/item\/65,/).boundingBox();
    expect(place).not.toBeNull();
    for (const [text, count] of [
      ["-status:404", /of 308/],
      ["", "308 rows"],
    ] as const) {
      await pane.filter.fill(text);
      await expect(pane.status).toHaveText(count);
      await expect.poll(async () => (await pane.row(/item\/65,/).boundingBox())?.y).toBe(place?.y);
      await expect(pane.newRows).toBeHidden();
    }
  });

  it("finds without hiding, and steps from error to error by key", async () => {
    await pane.list.press("Home");
    await pane.list.press("ControlOrMeta+f");
    await pane.frame.getByRole("textbox", { name: "Find" }).fill("item/123");
    await window.page.keyboard.press("Enter");
    await expect(pane.row(/item\/123,/)).toHaveAttribute("aria-selected", "true");
    await expect(pane.row(/item\/122,/)).toBeVisible();
    await expect(pane.row(/item\/123,/).locator("mark")).toHaveText("item/123");
    await window.page.keyboard.press("Escape");
    await pane.list.press("F8");
    await expect(pane.row(/item\/124,/)).toHaveAttribute("aria-selected", "true");
    await pane.list.press("F8");
    await expect(pane.row(/item\/134,/)).toHaveAttribute("aria-selected", "true");
    await pane.list.press("Shift+F8");
    await expect(pane.row(/item\/124,/)).toHaveAttribute("aria-selected", "true");
  });

  it("looks on from the other end, and says so", async () => {
    await pane.list.press("ControlOrMeta+f");
    await pane.frame.getByRole("textbox", { name: "Find" }).fill("item/12");
    await window.page.keyboard.press("Shift+Enter");
    await expect(pane.selected).toHaveAccessibleName(/item\/123,/);
    await pane.frame.getByRole("textbox", { name: "Find" }).fill("item/300");
    for (const outcome of ["", "Search wrapped around"]) {
      await window.page.keyboard.press("Enter");
      await expect(pane.frame.locator(".find-bar [role=status]")).toHaveText(outcome);
      await expect(pane.selected).toHaveAccessibleName(/item\/300,/);
    }
    await pane.frame.getByRole("textbox", { name: "Find" }).fill("nowhere");
    await window.page.keyboard.press("Enter");
    await expect(pane.frame.locator(".find-bar [role=status]")).toHaveText("No match");
    await window.page.keyboard.press("Escape");
    await pane.list.press("Home");
    await pane.row(/item\/4,/).click();
    await pane.list.press("Escape");
  });

  it("a click shows a request in full; it is copied as cURL, as a row, value by value", async () => {
    await pane.list.press("ControlOrMeta+f");
    await pane.frame.getByRole("textbox", { name: "Find" }).fill("item/124");
    await window.page.keyboard.press("Enter");
    await expect(pane.selected).toHaveAccessibleName(/item\/124,/);
    await window.page.keyboard.press("Escape");
    await pane.row(/item\/124,/).click();
    await expect(pane.detail.getByRole("heading")).toHaveText("POST https://shop.example/item/124");
    await expect(pane.detail).toContainText("authorization");
    await expect(pane.detail.locator(".masked").first()).toHaveText("masked");
    await expect(pane.detail.locator(".tree")).toContainText("item: 124");
    await bench.screenshot("detail");
    const copied = (): Promise<string> => pane.clipboard();
    await pane.detail.getByRole("button", { name: "Copy as cURL" }).click();
    await expect.poll(copied).toContain("curl https://shop.example/item/124 \\\n  -X POST");
    await pane.detail.getByRole("button", { name: "Copy Row" }).click();
    await expect.poll(copied).toContain('"id":"r124"');
    await pane.detail.getByRole("button", { name: "Copy Value: URL" }).click();
    await expect.poll(copied).toBe("https://shop.example/item/124");
    await pane.detail.getByRole("button", { name: "Copy Value", exact: true }).click();
    await expect.poll(copied).toBe('{"item":124,"tags":["a","b"]}');
  });

  it("holds what axe checks of accessibility, with details open", async () => {
    const element = await window.page.frameLocator("iframe.webview.ready").locator("#active-frame").elementHandle();
    const frame = await element?.contentFrame();
    await frame?.evaluate(readFileSync("node_modules/axe-core/axe.min.js", "utf8"));
    const violations = await frame?.evaluate<string[]>(
      "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'best-practice'] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(' | ')}`))",
    );
    // A pane is no page of its own: the window around it has the heading of the first level.
    // The rows are scrolled by the keys of the grid around them, which has the focus.
    expect(
      violations?.filter(
        (violation) => !/^(?:page-has-heading-one|scrollable-region-focusable: <div class="viewport")/.test(violation),
      ),
    ).toEqual([]);
  });

  it("opens a body as a document", async () => {
    await pane.detail.getByRole("button", { name: "Open as Document" }).last().click();
    await expect(window.page.getByRole("tab", { name: /response-r124\.json/ })).toBeVisible();
    await expect(window.page.locator(".monaco-editor .view-lines").last()).toContainText('"item"');
    await bench.screenshot("body as document");
  });

  it("comes back with its row and its details when its tab is shown again", async () => {
    // The document comes in front of it.
    await bench.command("View: Move Editor into First Group");
    await expect(pane.list).toBeHidden();
    await window.page.getByRole("tab", { name: /shop: network/ }).click();
    await expect(pane.detail.getByRole("heading")).toHaveText("POST https://shop.example/item/124");
    await expect(pane.selected).toHaveAccessibleName(/item\/124,/);
    await bench.closeEditors();
  });

  it("comes back after a reload with its filter and its place", async () => {
    await pane.open("shop", /Network/);
    await pane.filter.fill("status:200");
    await expect(pane.status).toHaveText(/^276 of 308/);
    await pane.list.press("Home");
    await expect(pane.selected).toHaveAccessibleName(/item\/0,/);
    for (const key of ["PageDown", "PageDown"]) await pane.select(key);
    // The pane remembers where it has scrolled to with the next row that is chosen, else a moment later.
    const place = await pane.select("ArrowUp");
    await bench.reloadWindow();
    await expect(pane.filter).toHaveValue("status:200", { timeout: 60_000 });
    await expect(pane.status).toHaveText(/^276 of 308/);
    await expect(pane.row(place)).toBeVisible();
    await expect(pane.newRows).toBeHidden();
    await bench.screenshot("after reload");
  });

  it("merges all logs by time; choosing an action marks the requests of its time", async () => {
    await bench.closeEditors();
    await pane.open("shop", /Timeline/);
    await expect(pane.status).toHaveText("312 rows");
    await pane.filter.fill("log:actions");
    await expect(pane.row(/click/)).toBeVisible();
    await pane.row(/click/).click();
    await pane.filter.fill("");
    await expect(pane.row(/item\/105,/)).toHaveClass(/marked/);
    await expect(pane.list.locator(".marked")).toHaveCount(9);
    await expect(pane.row(/item\/105,/)).toHaveAccessibleName(/during the chosen action/);
    // They stay marked while one of them is looked at.
    await pane.row(/item\/105,/).click();
    await expect(pane.detail.getByRole("heading")).toHaveText(/item\/105$/);
    await expect(pane.list.locator(".marked")).toHaveCount(9);
    await expect(pane.row(/fill/).locator(".masked")).toHaveText("masked");
    await bench.screenshot("timeline");
  });

  it("must show 1: every kind of term filters as it says", async () => {
    const requests = [...Array.from({ length: 307 }, (_, n) => n), 400];
    const isPost = (n: number): boolean => n < 300 && n % 10 === 4;
    const hasStatus = (n: number): boolean => n !== 17;
    const isMissing = (n: number): boolean => isPost(n) || n === 400;
    const duration = (n: number): number => 40 + (n % 7) * 90;
    const terms: [filter: string, ofRequests: (n: number) => boolean, others: number][] = [
      ["crashed", () => false, 1],
      ['"The page"', () => false, 1],
      ["/item\\/1\\d$/i", (n) => n >= 10 && n < 20, 0],
      ["-https", () => false, 4],
      ["url:item/12", (n) => /^12/.test(String(n)), 0],
      ["url:/[13]$/", (n) => /[13]$/.test(String(n)), 0],
      ["url:=https://shop.example/item/7", (n) => n === 7, 0],
      ["requestHeaders.Accept:*/*", () => true, 0],
      ["data.pid:12", () => false, 1],
      ["status:>=400", isMissing, 0],
      ["status:4xx", isMissing, 0],
      ["status:300..499", isMissing, 0],
      ["-status:200", (n) => isMissing(n) || !hasStatus(n), 4],
      ["method:POST,PUT", isPost, 0],
      ["duration:>0.5s", (n) => duration(n) > 500, 1],
      ["size:1k..1.1k", (n) => n <= 100, 0],
      ["larger-than:1299", (n) => n > 299, 0],
      ["smaller-than:1010", (n) => n < 10, 0],
      ["domain:ads.example", () => false, 0],
      ["domain:example", () => true, 0],
      ["domain:shop.example", () => true, 0],
      ["domain:*.example", () => true, 0],
      ["level:>=warn", () => false, 1],
      ["level:info", () => false, 1],
      ["is:error", (n) => isMissing(n) || n === 17, 2],
      ["is:failed", (n) => n === 17, 1],
      ["is:masked", () => true, 1],
      ["is:cached", () => false, 0],
      ["is:malformed", () => false, 0],
      ["is:xhr", () => true, 0],
      ["has:failure", (n) => n === 17, 0],
      ["source:agent", () => false, 1],
      ["source:user success:true", () => false, 1],
      ["log:actions,logs", () => false, 4],
      ["type:xhr -item/14", (n) => isPost(n) && !/^14/.test(String(n)), 0],
      [`ts:>=${at(299)}`, (n) => n >= 299, 0],
    ];
    for (const [filter, ofRequests, others] of terms) {
      await pane.filter.fill(filter);
      await pane.filter.press("Enter");
      await expect(pane.status, filter).toHaveText(
        `${requests.filter(ofRequests).length + others} of 312 rows`.replace("312 of 312", "312"),
      );
    }
    await pane.filter.fill("");
    await pane.filter.press("Enter");
    await expect(pane.status).toHaveText("312 rows");
  });

  it("a pane that is opened later marks the requests of the chosen action, too", async () => {
    await pane.open("shop", /Network/);
    // For a moment the pane that was there before stands in the window, and would take the text.
    await expect(async () => {
      await pane.filter.fill("id:r105,r99");
      await expect(pane.row(/item\/105,/)).toHaveClass(/marked/, { timeout: 3_000 });
    }).toPass({ timeout: 30_000 });
    await expect(pane.row(/item\/99,/)).not.toHaveClass(/marked/);
  });

  it("shows the session's own log with its data as a tree", async () => {
    await pane.open("shop", /Session log/);
    await pane.row(/session\.started/).click();
    await expect(pane.detail.locator(".tree")).toContainText("pid: 12");
    await pane.detail.locator("summary").filter({ hasText: "{1}" }).click();
    await expect(pane.detail.locator(".tree")).toContainText("deep: true");
    await bench.screenshot("session log");
  });

  it("is opened from the tree, and keeps its row and its details when it is dragged beside the code", async () => {
    await bench.closeEditors();
    writeFileSync(path.join(workspace.folder, "code.ts"), "export const code = 1;\n");
    await bench.session("shop").click();
    await bench.row(/^Logs/).click();
    await bench.row(/^Network/).click();
    await expect(pane.status).toHaveText("308 rows");
    await bench.openFile("code.ts");
    const tab = window.page.getByRole("tab", { name: /shop: network/ });
    await tab.click();
    await pane.row(/item\/300,/).click();
    await expect(pane.detail.getByRole("heading")).toHaveText(/item\/300$/);
    const [from, group] = [await tab.boundingBox(), await window.page.locator(".editor-group-container").boundingBox()];
    if (!from || !group) throw new Error("the pane has no tab or no place");
    await window.page.mouse.move(from.x + 40, from.y + 10);
    await window.page.mouse.down();
    await window.page.mouse.move(group.x + group.width / 2, group.y + group.height / 2, { steps: 5 });
    await window.page.mouse.move(group.x + group.width - 60, group.y + group.height / 2, { steps: 5 });
    // The half where it would be dropped is shown.
    await expect(window.page.locator(".editor-group-overlay-indicator")).toBeVisible();
    await window.page.mouse.up();
    await expect(window.page.locator(".editor-group-container")).toHaveCount(2);
    await expect(pane.detail.getByRole("heading")).toHaveText(/item\/300$/);
    await expect(pane.selected).toHaveAccessibleName(/item\/300,/);
    await expect(bench.editor("code.ts")).toBeVisible();
    await bench.screenshot("beside the code");
    await bench.closeEditors();
  });

  it("what began before others and has ended after them stands before them; for a reader who has left the end, once that one is back", async () => {
    files.make("late", {
      logs: [{ ts: at(0), level: "info", event: "opened", message: "" }],
      network: [],
      actions: [],
    });
    await pane.open("late", /Timeline/);
    await expect(pane.status).toHaveText("1 row");
    appendFileSync(files.file("late", "network"), lines([request(2), request(3)]));
    await expect(pane.status).toHaveText("3 rows");
    appendFileSync(
      files.file("late", "actions"),
      lines([
        {
          ts: at(1),
          source: "agent",
          pageId: "p1",
          action: "goto",
          url: "https://shop.example/",
          duration: 900,
          success: true,
        },
      ]),
    );
    await expect(pane.row(/goto/)).toHaveAttribute("aria-rowindex", "3");
    await expect(pane.row(/item\/2,/)).toHaveAttribute("aria-rowindex", "4");
    await expect(pane.row(/item\/3,/)).toHaveAttribute("aria-rowindex", "5");

    await pane.list.press("Home");
    // The details come from the extension, which has then heard, too, that the end was left.
    await pane.list.press("Enter");
    await expect(pane.detail.getByRole("heading")).toHaveText(/opened/);
    appendFileSync(
      files.file("late", "actions"),
      lines([{ ts: at(2.5), source: "agent", pageId: "p1", action: "reload", duration: 900, success: true }]),
    );
    await expect(pane.status).toHaveText("5 rows");
    await expect(pane.row(/reload/)).toHaveAttribute("aria-rowindex", "6");
    await expect(pane.row(/item\/3,/)).toHaveAttribute("aria-rowindex", "5");
    await pane.list.press("End");
    await expect(pane.row(/reload/)).toHaveAttribute("aria-rowindex", "5");
    await expect(pane.row(/item\/3,/)).toHaveAttribute("aria-rowindex", "6");
    await bench.closeEditors();
  });

  it("S29: a workflow is made of the actions that are selected, by keys and by mouse, and opens unsaved beside the pane", async () => {
    files.make("made", {
      logs: [],
      network: [],
      actions: ["First", "Second", "Third", "Fourth", "Fifth"].map((button, n) =>
        click(n, button, n === 2 ? { source: "agent" } : {}),
      ),
    });
    await pane.open("made", /Actions/);
    await pane.row(/Second/).click();
    await pane.list.press("Shift+ArrowDown");
    await expect(pane.selected).toHaveCount(2);
    await pane.row(/Fourth/).click({ modifiers: ["Shift"] });
    await expect(pane.selected).toHaveCount(3);
    await bench.screenshot("actions selected");
    await pane.frame.getByRole("button", { name: "Create Workflow from Actions…" }).click();
    const clicks = window.page.locator(".editor-group-container").nth(1).locator(".view-line");
    await expect(clicks.filter({ hasText: ".click();" })).toHaveText(
      ["Second", "Third", "Fourth"].map((name) => new RegExp(name)),
    );
    await expect(window.page.locator(".tab.dirty")).toHaveCount(1);
    await expect(pane.row(/Fifth/)).toBeVisible();
    await bench.command("View: Revert and Close Editor");
    await bench.closeEditors();
  });

  it("says that nothing is there yet, and shows the first row when it comes", async () => {
    await pane.open("other", /Actions/);
    await expect(pane.frame.getByText("Nothing has been recorded yet")).toBeVisible();
    appendFileSync(
      files.file("other", "actions"),
      lines([{ ts: at(1), source: "user", pageId: "p1", action: "press", value: "Enter", duration: 1, success: true }]),
    );
    await expect(pane.row(/press/)).toBeVisible();
  });
});
