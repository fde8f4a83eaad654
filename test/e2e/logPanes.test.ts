import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, type FrameLocator, type Locator } from "playwright/test";
import { mask } from "../../src/sessions/logs/mask.js";
import { Workspace } from "../support/cli.js";
import { launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { Workbench } from "../support/vscode/workbench.js";

const began = Date.UTC(2026, 10, 23, 1, 2, 3);
const at = (n: number): string => new Date(began + n * 250).toISOString();
const request = (n: number, fields: object = {}): object => ({
  ts: at(n), id: `r${n}`, pageId: "p1", method: "GET", url: `https://shop.example/item/${n}`, resourceType: "fetch", status: 200, statusText: "OK", contentType: "application/json",
  requestHeaders: { accept: "*/*", authorization: `Bearer ${mask}` }, responseHeaders: { "content-type": "application/json" }, responseBody: JSON.stringify({ item: n, tags: ["a", "b"] }), size: 1000 + n, duration: 40 + (n % 7) * 90, fromCache: false, ...fields,
});
const lines = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** A log pane as a reader sees it. */
class LogPane {
  readonly frame: FrameLocator;
  constructor(private readonly window: VscodeWindow) {
    this.frame = window.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  get list(): Locator {
    return this.frame.getByRole("grid", { name: "Rows" });
  }

  row(text: string | RegExp): Locator {
    return this.list.getByRole("row", { name: text });
  }

  get filter(): Locator {
    return this.frame.getByRole("textbox", { name: "Filter" });
  }

  get status(): Locator {
    return this.frame.locator("footer [role=status]");
  }

  get newRows(): Locator {
    return this.frame.locator("button.new-rows");
  }

  get detail(): Locator {
    return this.frame.getByRole("region", { name: "Details" });
  }

  async close(): Promise<void> {
    await this.window.page.keyboard.press("ControlOrMeta+F4");
  }
}

describe("log panes in a real window", function () {
  // One story, up to the sessions of their own: a step that fails leaves nothing for the next to stand on.
  this.bail(true);
  let workspace: Workspace;
  let window: VscodeWindow;
  let bench: Workbench;
  let pane: LogPane;
  const file = (session: string, kind: string): string => path.join(workspace.sessionsFolder, session, `${kind}.jsonl`);
  const make = (session: string, rows: Record<string, object[]>): void => {
    mkdirSync(path.join(workspace.sessionsFolder, session, "snapshots"), { recursive: true });
    for (const [kind, some] of Object.entries(rows)) writeFileSync(file(session, kind), lines(some));
  };
  const open = async (session: string, log: RegExp): Promise<void> => {
    await bench.command("Libretto: Open Log");
    await bench.quickInput.getByRole("option", { name: new RegExp(session) }).first().click();
    await bench.quickInput.getByRole("option", { name: log }).first().click();
  };

  const closeAll = async (): Promise<void> => {
    await bench.command("View: Close All Editors");
    await expect(window.page.locator(".tabs-container .tab")).toHaveCount(0);
  };

  before(async () => {
    workspace = new Workspace("panes");
    make("shop", {
      network: Array.from({ length: 300 }, (_, n) => request(n, n % 10 === 4 ? { status: 404, method: "POST", resourceType: "xhr" } : n === 17 ? { status: null, failure: "net::ERR_ABORTED" } : {})),
      actions: [{ ts: at(100), source: "user", pageId: "p1", action: "click", bestSemanticSelector: "getByRole('button', { name: 'Buy' })", duration: 2000, success: true }, { ts: at(120), source: "agent", pageId: "p1", action: "fill", selector: "#password", value: mask, duration: 12, success: false, error: "Timeout 5000ms exceeded" }],
      logs: [{ ts: at(1), level: "info", event: "session.started", message: "The session began", data: { pid: 12, list: [1, 2, { deep: true }] } }, { ts: at(200), level: "error", event: "page.crashed", message: "The page crashed" }],
    });
    make("other", { logs: [] });
    const vsix = process.env["LIBRETTO_TEST_VSIX"];
    window = await launchVscode({ open: workspace.folder, env: workspace.env, ...(vsix === undefined ? {} : { vsix }) });
    bench = new Workbench(window.page);
    pane = new LogPane(window);
    await bench.openSidebar();
  });
  after(async () => {
    await window.close();
    await workspace.dispose();
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await bench.screenshot(`failed ${this.currentTest.title.slice(0, 60)}`);
  });

  it("opens the requests of a session at their end", async () => {
    await open("shop", /Network/);
    await expect(pane.row(/item\/299/)).toBeVisible();
    await expect(pane.status).toHaveText("300 rows");
    await bench.screenshot("network pane");
  });

  it("a row appears when it is written, and the list stays at the end", async () => {
    appendFileSync(file("shop", "network"), lines([request(300)]));
    await expect(pane.row(/item\/300/)).toBeVisible();
    await expect(pane.status).toHaveText("301 rows");
  });

  it("scrolling up pauses: the rows stay still, new ones are counted, End resumes", async () => {
    await pane.list.hover();
    await window.page.mouse.wheel(0, -600);
    await expect(pane.row(/item\/300/)).toBeHidden();
    const place = await pane.row(/item\/280,/).boundingBox();
    expect(place).not.toBeNull();
    appendFileSync(file("shop", "network"), lines([request(301), request(302)]));
    await expect(pane.newRows).toHaveText(/^2 new/);
    expect(await pane.row(/item\/280,/).boundingBox()).toEqual(place);
    await bench.screenshot("paused");
    await pane.list.press("End");
    await expect(pane.row(/item\/302/)).toBeVisible();
    await expect(pane.newRows).toBeHidden();
    appendFileSync(file("shop", "network"), lines([request(303)]));
    await expect(pane.row(/item\/303/)).toBeVisible();
  });

  it("clicking on the number of new rows resumes too", async () => {
    await pane.list.press("Home");
    await expect(pane.row(/item\/0,/)).toBeVisible();
    appendFileSync(file("shop", "network"), lines([request(304)]));
    await pane.newRows.click();
    await expect(pane.row(/item\/304/)).toBeVisible();
  });

  it("filters with the grammar of the command line, live", async () => {
    for (const [filter, count] of [["status:>=400", "30 of 305 rows"], ["method:POST -item/14", "28 of 305 rows"], ["is:failed", "1 of 305 rows"], ["/item\\/1\\d$/", "10 of 305 rows"], ["domain:shop.example larger-than:1299", "5 of 305 rows"], ['"item/4" status:404', "2 of 305 rows"]] as const) {
      await pane.filter.fill(filter);
      await expect(pane.status, filter).toHaveText(count);
    }
    appendFileSync(file("shop", "network"), lines([request(305), request(400, { status: 404 })]));
    await expect(pane.status).toHaveText("3 of 307 rows");
    await expect(pane.row(/item\/400/)).toBeVisible();
    await bench.screenshot("filtered");
  });

  it("explains a filter that it cannot read, where it is wrong, and goes on showing what it showed", async () => {
    await pane.filter.fill("status:>=400 stauts:4");
    await expect(pane.frame.getByRole("status").filter({ hasText: "no field" })).toContainText('perhaps "status:"');
    await expect(pane.frame.locator(".problem .wrong")).toHaveText("stauts");
    await expect(pane.status).toHaveText(/3 of 307/);
    await bench.screenshot("filter problem");
    await pane.filter.fill("");
    await expect(pane.status).toHaveText("307 rows");
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
    await expect(pane.status).toHaveText("307 rows");
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

  it("shows a request in full, and copies it as cURL, its row, and a value", async () => {
    await pane.list.press("Enter");
    await expect(pane.detail.getByRole("heading")).toHaveText("POST https://shop.example/item/124");
    await expect(pane.detail).toContainText("authorization");
    await expect(pane.detail.locator(".masked").first()).toHaveText("masked");
    await expect(pane.detail.locator(".tree")).toContainText("item: 124");
    await bench.screenshot("detail");
    const clipboard = (): Promise<string> => window.page.evaluate("navigator.clipboard.readText()");
    await pane.detail.getByRole("button", { name: "Copy as cURL" }).click();
    await expect.poll(clipboard).toContain("curl https://shop.example/item/124 \\\n  -X POST");
    await pane.detail.getByRole("button", { name: "Copy Row" }).click();
    await expect.poll(clipboard).toContain('"id":"r124"');
    await pane.detail.getByRole("button", { name: "Copy Value: URL" }).click();
    await expect.poll(clipboard).toBe("https://shop.example/item/124");
  });

  it("holds what axe checks of accessibility, with details open", async () => {
    const element = await window.page.frameLocator("iframe.webview.ready").locator("#active-frame").elementHandle();
    const frame = await element?.contentFrame();
    await frame?.evaluate(readFileSync("node_modules/axe-core/axe.min.js", "utf8"));
    const violations = await frame?.evaluate<string[]>("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'best-practice'] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(' | ')}`))");
    // A pane is no page of its own: the window around it has the landmarks and the heading of the first level.
    // The rows are scrolled by the keys of the grid around them, which has the focus.
    expect(violations?.filter((violation) => !/^(?:region|page-has-heading-one|landmark-one-main|scrollable-region-focusable: <div class="viewport")/.test(violation))).toEqual([]);
  });

  it("opens a body as a document", async () => {
    await pane.detail.getByRole("button", { name: "Open as Document" }).last().click();
    await expect(window.page.getByRole("tab", { name: /response-r124\.json/ })).toBeVisible();
    await expect(window.page.locator(".monaco-editor .view-lines").last()).toContainText('"item"');
    await bench.screenshot("body as document");
    await closeAll();
  });

  it("comes back after a reload with its filter and its place", async () => {
    await open("shop", /Network/);
    await pane.filter.fill("status:200");
    await expect(pane.status).toHaveText(/^275 of 307/);
    await pane.list.press("Home");
    await pane.list.press("PageDown");
    await pane.list.press("PageDown");
    const place = await pane.list.locator(".selected").getAttribute("aria-label");
    // The pane remembers its place a moment after the last move.
    await window.page.waitForTimeout(1000);
    // The command, since a reload of the page alone gives VS Code no time to save which editors are open.
    await bench.command("Developer: Reload Window");
    await window.page.waitForEvent("load", { timeout: 60_000 });
    await expect(pane.filter).toHaveValue("status:200", { timeout: 60_000 });
    await expect(pane.status).toHaveText(/^275 of 307/);
    await expect(pane.row(place ?? "")).toBeVisible();
    await expect(pane.newRows).toBeHidden();
    await bench.screenshot("after reload");
  });

  it("merges all logs by time; choosing an action marks the requests of its time", async () => {
    await closeAll();
    await open("shop", /Timeline/);
    await expect(pane.status).toHaveText("311 rows");
    await pane.filter.fill("log:actions");
    await expect(pane.row(/click/)).toBeVisible();
    await pane.row(/click/).click();
    await pane.filter.fill("");
    await expect(pane.row(/item\/105,/)).toHaveClass(/marked/);
    await expect(pane.list.locator(".marked")).toHaveCount(9);
    await expect(pane.row(/fill/).locator(".masked")).toHaveText("masked");
    await bench.screenshot("timeline");
  });

  it("shows the session's own log with its data as a tree", async () => {
    await open("shop", /Session log/);
    // The pane has just opened: a row that is drawn anew between the two clicks has been clicked once.
    await expect(async () => {
      await pane.row(/session\.started/).dblclick();
      await expect(pane.detail.locator(".tree")).toContainText("pid: 12", { timeout: 2_000 });
    }).toPass({ timeout: 30_000 });
    await pane.detail.locator("summary").filter({ hasText: "{1}" }).click();
    await expect(pane.detail.locator(".tree")).toContainText("deep: true");
    await bench.screenshot("session log");
  });

  it("must show 3: the page's text is data, whatever it holds, and breaks nothing", async () => {
    await closeAll();
    const evil = ["<img src=x onerror=alert(1)><script>alert(2)</script>", "\u001b[31mred\u001b[0m\u0007", "\u202eright to left\u2066", "nul\u0000nul", "x".repeat(5_000_000), "</style><style>*{display:none}</style>", "${1+1}{{constructor.constructor('alert(3)')()}}"];
    make("evil", { network: evil.map((text, n) => request(n, { url: `https://evil.example/${text}`, requestHeaders: { "x-evil": text.slice(0, 1000) }, responseBody: text.slice(0, 1000) })) });
    appendFileSync(file("evil", "network"), Buffer.concat([Buffer.from('{"ts":"2026-11-23T01:02:03.000Z","url":"'), Buffer.from([0xff, 0xfe, 0x00, 0xc3]), Buffer.from('"broken\n'), Buffer.from(lines([request(99)]))]));
    const dialogs: string[] = [];
    window.page.on("dialog", (dialog) => { dialogs.push(dialog.message()); void dialog.dismiss(); });
    await open("evil", /Network/);
    await expect(pane.status).toHaveText("9 rows");
    await expect(pane.row(/item\/99,/)).toBeVisible();
    // With the head.
    await expect(pane.list.getByRole("row")).toHaveCount(10);
    await expect(pane.row(/evil\.example\/xxx/)).toContainText("GET");
    await expect(pane.row(/onerror=alert/)).toContainText("<img src=x onerror=alert(1)>");
    await expect(pane.row(/red/)).toContainText("\\u001b[31mred\\u001b[0m\\u0007");
    await expect(pane.row(/right to left/)).toContainText("\\u202eright to left\\u2066");
    await expect(pane.row(/nul.*nul/)).toContainText("nul\\u0000nul");
    await expect(pane.row(/Line 8 holds no row/)).toContainText("\ufffd");
    expect(await pane.list.locator("img, script, style").count()).toBe(0);
    await bench.screenshot("hostile rows");
    for (let n = 0; n < 9; n++) {
      await pane.list.press(n === 0 ? "Home" : "ArrowDown");
      await pane.list.press("Enter");
    }
    await expect(pane.detail.getByRole("heading")).toContainText("item/99");
    expect(await pane.detail.locator("img, script, style").count()).toBe(0);
    expect(dialogs).toEqual([]);
  });

  it("tells a rotation where it happened", async () => {
    await closeAll();
    make("turned", { logs: [{ ts: at(0), level: "info", event: "first", message: "before" }] });
    await open("turned", /Session log/);
    await expect(pane.row(/first/)).toBeVisible();
    renameSync(file("turned", "logs"), file("turned", "logs.1"));
    writeFileSync(file("turned", "logs"), lines([{ ts: at(1), level: "info", event: "second", message: "after" }]));
    await expect(pane.row(/second/)).toContainText("The file was rotated");
    await expect(pane.row(/first/)).toBeVisible();
    await bench.screenshot("rotated");
  });

  it("says that nothing is there yet, and shows the first row when it comes", async () => {
    await open("other", /Actions/);
    await expect(pane.frame.getByText("Nothing has been recorded yet")).toBeVisible();
    writeFileSync(file("other", "actions"), lines([{ ts: at(1), source: "user", pageId: "p1", action: "press", value: "Enter", duration: 1, success: true }]));
    await expect(pane.row(/press/)).toBeVisible();
  });
});
