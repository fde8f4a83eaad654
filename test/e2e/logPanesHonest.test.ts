/** What a log pane shows of logs that are anything but well-behaved: hostile, broken, fast, rotated, cut, gone. */
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Locator } from "playwright";
import { JsonlWriter } from "../../src/sessions/logs/writer.js";
import { Workspace } from "../support/cli.js";
import { clearAwayAfter } from "../support/vscode/clearAway.js";
import { launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { at, click, lines, LogFiles, LogPane, request } from "../support/vscode/logPane.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

/** Texts of which each would do harm where it is not taken for text. */
const evil = [
  "<img src=x onerror=alert(1)><script>alert(2)</script>",
  "\u001b[31mred\u001b[0m\u0007",
  "\u202eright to left\u2066",
  "nul\u0000nul",
  "x".repeat(5_000_000),
  "</style><style>*{display:none}</style>",
  "${1+1}{{constructor.constructor('alert(3)')()}}",
];

/** Runs in the pane: what markup and script from a log would do there. */
const tryEverything = `(async () => {
  const make = (name, fields) => Object.assign(document.createElement(name), fields);
  const image = make("img", { src: "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==" });
  const loaded = new Promise((resolve) => { image.addEventListener("load", () => resolve("load")); image.addEventListener("error", () => resolve("error")); });
  document.body.append(make("script", { textContent: "window.ran = true" }), make("style", { textContent: "body { --ran: yes }" }), image);
  document.body.insertAdjacentHTML("beforeend", "<details open ontoggle='window.handled = true'></details>");
  const nameOf = (error) => error.name;
  const outcome = { image: await loaded };
  outcome.script = window.ran === true;
  outcome.handler = window.handled === true;
  outcome.style = getComputedStyle(document.body).getPropertyValue("--ran");
  try { outcome.eval = window.eval("1"); } catch (error) { outcome.eval = nameOf(error); }
  outcome.fetch = await fetch(location.href).then(() => "fetched", nameOf);
  return outcome;
})()`;

describe("log panes of misbehaving logs, in a real window", () => {
  let workspace: Workspace;
  let window: VscodeWindow;
  let bench: Workbench;
  let files: LogFiles;
  let pane: LogPane;
  const dialogs: string[] = [];

  before(async () => {
    workspace = new Workspace("honest");
    files = new LogFiles(workspace);
    // With a single session the palette would not ask for one.
    files.make("other", { logs: [] });
    const vsix = process.env["LIBRETTO_TEST_VSIX"];
    window = await launchVscode({
      open: workspace.folder,
      env: workspace.env,
      ...(vsix === undefined ? {} : { vsix }),
    });
    window.page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    bench = new Workbench(window.page);
    pane = new LogPane(window, bench);
    await bench.openSidebar();
  });
  clearAwayAfter(() => ({ workspace, window, bench }));
  afterEach(() => bench.closeEditors());

  /** Goes to every row by key and looks at its details. */
  const lookAtEach = async (rows: number): Promise<void> => {
    for (let n = 0; n < rows; n++) await pane.list.press(n === 0 ? "Home" : "ArrowDown");
    await pane.list.press("Enter");
    for (let n = 0; n < rows; n++) await pane.list.press("ArrowUp");
    for (let n = 0; n < rows; n++) await pane.list.press("ArrowDown");
  };

  it("must show 3: what a page wrote is text in every cell and every field, and breaks nothing", async () => {
    const short = evil.map((text) => text.slice(0, 1000));
    files.make("evil", {
      network: evil.map((url, n) =>
        request(n, {
          url: `https://evil.example/${url}`,
          method: short[n],
          resourceType: short[n],
          statusText: short[n],
          id: short[n],
          requestHeaders: { [short[n] ?? ""]: short[n] },
          responseBody: short[n],
          failure: short[n],
        }),
      ),
      actions: evil.map((value, n) => ({
        ts: at(n),
        source: short[n],
        pageId: short[n],
        action: short[n],
        bestSemanticSelector: short[n],
        value,
        duration: 1e300,
        success: false,
        error: short[n],
      })),
      logs: evil.map((message, n) => ({
        ts: at(n),
        level: short[n],
        event: short[n],
        message,
        data: { [short[n] ?? ""]: short[n] },
      })),
    });
    appendFileSync(
      files.file("evil", "network"),
      Buffer.concat([
        Buffer.from('{"ts":"2026-11-23T01:02:03.000Z","url":"'),
        Buffer.from([0xff, 0xfe, 0x00, 0xc3]),
        Buffer.from('"broken\n'),
        Buffer.from(lines([request(99)])),
      ]),
    );
    await pane.open("evil", /Network/);
    await expect(pane.status).toHaveText("9 rows");
    await expect(pane.row(/item\/99,/)).toBeVisible();
    // With the head.
    await expect(pane.list.getByRole("row")).toHaveCount(10);
    await expect(pane.row(/200, xxx/)).toHaveClass(/shape-request/);
    await expect(pane.row(/onerror=alert/)).toContainText("<img src=x onerror=alert(1)>");
    await expect(pane.row(/red/)).toContainText("\\u001b[31mred\\u001b[0m\\u0007");
    await expect(pane.row(/right to left/)).toContainText("\\u202eright to left\\u2066");
    await expect(pane.row(/nul.*nul/)).toContainText("nul\\u0000nul");
    await expect(pane.row(/Line 8: not a row/)).toContainText("\ufffd");
    await bench.screenshot("hostile rows");
    for (const [log, rows] of [
      [/Network/, 9],
      [/Actions/, 7],
      [/Session log/, 7],
    ] as const) {
      await pane.open("evil", log);
      await expect(pane.status).toHaveText(`${rows} rows`);
      await lookAtEach(rows);
      await expect(pane.detail.getByRole("heading")).toContainText(
        log.test("Network") ? "item/99" : "constructor.constructor",
      );
      expect(await pane.frame.locator(".main").locator("img, script, style").count()).toBe(0);
      await bench.closeEditors();
    }
    expect(dialogs).toEqual([]);
  });

  it("lets nothing run or load that is not its own", async () => {
    await pane.open("other", /Session log/);
    await expect(pane.frame.getByText("Nothing has been recorded yet")).toBeVisible();
    const frame = await (
      await window.page.frameLocator("iframe.webview.ready").locator("#active-frame").elementHandle()
    )?.contentFrame();
    const outcome = await frame?.evaluate<Record<string, unknown>>(tryEverything);
    expect(outcome).toEqual({
      script: false,
      handler: false,
      eval: "EvalError",
      style: "",
      image: "error",
      fetch: "TypeError",
    });
  });

  it("a value that is too long to be sent is copied whole, and no long number is rounded", async () => {
    const body = JSON.stringify({ id: 1, text: "y".repeat(300_000) });
    files.make("long", {
      network: [
        request(0, { responseBody: body }),
        request(1, {
          responseBody: '{"id":12345678901234567890,"id":1.50}',
          url: "https://shop.example/?constructor=1&__proto__=2&q=a&q=b",
        }),
      ],
    });
    await pane.open("long", /Network/);
    await pane.row(/item\/0,/).click();
    await expect(pane.detail).toContainText("Only the beginning is shown.");
    await pane.detail.getByRole("button", { name: "Copy Value", exact: true }).click();
    await expect.poll(async () => (await pane.clipboard()).length).toBe(body.length);
    await pane.row(/constructor=1/).click();
    for (const value of ["constructor", "__proto__", "q"])
      await expect(
        pane.detail.getByRole("button", { name: `Copy Value: ${value}`, exact: true }).first(),
      ).toBeAttached();
    await pane.detail.getByRole("button", { name: "Open as Document" }).last().click();
    await expect(window.page.locator(".monaco-editor .view-lines").last()).toContainText(
      /"id":\s12345678901234567890,.*"id":\s1\.50/,
    );
  });

  /** Where a row stands, and what it is. */
  const placeOf = async (row: Locator): Promise<string> =>
    `${await row.getAttribute("aria-label")} ${JSON.stringify(await row.boundingBox())}`;

  /** A row in the middle of those in sight. One that is still being read has no label. */
  const middleRow = async (): Promise<Locator> =>
    pane.row((await pane.list.locator(".viewport .row[aria-label]").nth(20).getAttribute("aria-label")) ?? "");

  it("lets go of the end at the smallest move upwards, and keeps every row still, while 5,000 rows a second come and the log rotates", async () => {
    files.make("busy", { network: [request(0)] });
    await pane.open("busy", /Network/);
    await expect(pane.row(/item\/0,/)).toBeVisible();
    const writer = new JsonlWriter(files.file("busy", "network"), { rotateBytes: 1_000_000 });
    const stop = new AbortController();
    const writing = (async () => {
      const began = performance.now();
      for (let n = 1; !stop.signal.aborted; await delay(10))
        for (const due = (performance.now() - began) * 5; n < due; n++)
          writer.append(request(n, { responseBody: undefined }));
      await writer.close();
    })();
    try {
      await expect(pane.status).toHaveText(/^[\d,]{5,} rows/);
      await pane.list.hover();
      await window.page.mouse.wheel(0, -1);
      await expect(pane.newRows).toBeVisible();
      const middle = await middleRow();
      const place = await placeOf(middle);
      // So many come that the list is moved and rotated under the reader many times.
      await expect(pane.newRows).toHaveText(/^[2-9]\d,\d{3} new/);
      expect(await placeOf(middle)).toBe(place);
      await pane.list.press("End");
      await expect(pane.newRows).toBeHidden();
    } finally {
      stop.abort();
      await writing;
    }
  });

  it("V3: what is selected while a long log is still being read stays selected, and is what a workflow is made of", async () => {
    files.make("long", { logs: [], network: [], actions: [] });
    const name = files.file("long", "actions");
    // What a crash leaves in the middle of a file: nothing on the disk, and long to read.
    truncateSync(name, 3 * 2 ** 30);
    const clicks = ["First", "Second", "Third", "Fourth", "Fifth"].map((button, n) => click(n, button));
    appendFileSync(name, `\n${lines(clicks)}`);
    await pane.open("long", /Actions/);
    // Beside other suites the extension's process comes to its turn late, which reads three gigabytes meanwhile.
    await pane.row(/Second/).click({ timeout: 120_000 });
    await pane.list.press("Shift+ArrowDown");
    await pane.row(/Fourth/).click({ modifiers: ["Shift"] });
    await expect(pane.selected).toHaveCount(3);
    // It is still being read now, but on a machine whose window is much slower than its disk, where this shows less.
    await expect(pane.status).toHaveText("6 rows", { timeout: 120_000 });
    await expect(pane.selected).toHaveCount(3);
    await pane.frame.getByRole("button", { name: "Create Workflow from Actions…" }).click();
    const steps = window.page.locator(".editor-group-container").nth(1).locator(".view-line");
    await expect(steps.filter({ hasText: ".click();" })).toHaveText(
      ["Second", "Third", "Fourth"].map((button) => new RegExp(button)),
    );
    await bench.command("View: Revert and Close Editor");
  });

  it("V3: who has scrolled up while a long log is still being read keeps the rows once all of them are counted", async () => {
    files.make("counted", { logs: [], network: [], actions: [] });
    const name = files.file("counted", "network");
    // Before what the file begins with and after it: rows on both sides of those that are shown first.
    writeFileSync(name, lines(Array.from({ length: 500 }, (_, n) => request(n))));
    truncateSync(name, 3 * 2 ** 30);
    appendFileSync(name, `\n${lines(Array.from({ length: 500 }, (_, n) => request(500 + n)))}`);
    await pane.open("counted", /Network/);
    await expect(pane.row(/item\/999,/)).toBeVisible();
    await pane.wheel(-1_000);
    await expect(pane.row(/item\/999,/)).toHaveCount(0);
    const middle = await middleRow();
    const place = await placeOf(middle);
    await expect(pane.status).toHaveText("1,001 rows", { timeout: 120_000 });
    expect(await placeOf(middle)).toBe(place);
  });

  it("tells a rotation where it happened, also to a reader who has scrolled up", async () => {
    const entry = (n: number): object => ({ ts: at(n), level: "info", event: `event-${n}`, message: "a message" });
    files.make("turned", { logs: Array.from({ length: 100 }, (_, n) => entry(n)) });
    await pane.open("turned", /Session log/);
    await expect(pane.status).toHaveText("100 rows");
    await pane.list.press("Home");
    await expect(pane.row(/event-0,/)).toBeVisible();
    renameSync(files.file("turned", "logs"), files.file("turned", "logs.1"));
    writeFileSync(files.file("turned", "logs"), lines([entry(100)]));
    await expect(pane.newRows).toHaveText(/^1 new/);
    await expect(pane.selected).toHaveAccessibleName(/event-0,/);
    await pane.list.press("End");
    await expect(pane.row(/event-100/)).toContainText("The file was rotated");
    await expect(pane.row(/event-99/)).toBeVisible();
    await bench.screenshot("rotated");
  });

  it("tells that a log was cut, that it is gone, and that there is one again", async () => {
    const entry = (event: string): object => ({ ts: at(0), level: "info", event, message: "a message" });
    files.make("gone", { logs: [entry("first"), entry("second")] });
    await pane.open("gone", /Session log/);
    await expect(pane.status).toHaveText("2 rows");
    truncateSync(files.file("gone", "logs"), 0);
    await expect(pane.status).toHaveText("0 rows – The file was cut");
    await expect(pane.frame.locator(".empty")).toHaveText("The file was cut");
    appendFileSync(files.file("gone", "logs"), lines([entry("third")]));
    await expect(pane.row(/third/)).toContainText("The file was cut");
    rmSync(files.file("gone", "logs"));
    await expect(pane.status).toHaveText("1 row – The file was removed");
    // What was read of it can be read still.
    await pane.row(/third/).click();
    await expect(pane.detail.getByRole("heading")).toHaveText("third");
    appendFileSync(files.file("gone", "logs"), lines([entry("fourth")]));
    await expect(pane.row(/fourth/)).toContainText("A new file begins");
    await expect(pane.status).toHaveText("2 rows");
  });

  it("says why a log cannot be read", async () => {
    files.make("unreadable", { logs: [] });
    mkdirSync(files.file("unreadable", "actions"));
    await pane.open("unreadable", /Actions/);
    await expect(pane.frame.getByRole("alert")).toContainText("This log can no longer be followed: EISDIR");
  });
});
