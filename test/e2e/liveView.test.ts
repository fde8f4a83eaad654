import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { SessionState } from "../../src/sessions/model/state.js";
import { saysWhereMouseIs, Witness } from "../support/browser.js";
import { Workspace } from "../support/cli.js";
import { Site } from "../support/site.js";
import { clearAwayAfter } from "../support/vscode/clearAway.js";
import { launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { LogPane } from "../support/vscode/logPane.js";
import { colourOfMiddle, LivePane } from "../support/vscode/livePane.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

/** What a page does not do by itself, and would show that somebody did something to it. */
const canaries = `(() => {
  window.canaries = [];
  for (const type of ['click', 'mousedown', 'mousemove', 'keydown', 'input', 'wheel', 'scroll', 'focus', 'drop', 'paste', 'compositionstart', 'popstate'])
    addEventListener(type, (event) => ${saysWhereMouseIs}(event) || canaries.push(event.type), true);
})()`;

describe("V7: the live view in a real window", function () {
  // One story: a step that fails leaves nothing for the next ones to stand on.
  this.bail(true);
  let workspace: Workspace;
  let site: Site;
  let window: VscodeWindow;
  let bench: Workbench;
  let pane: LivePane;
  let witness: Witness;
  const stateOf = (session: string): SessionState =>
    JSON.parse(readFileSync(path.join(workspace.sessionsFolder, session, "state.json"), "utf8")) as SessionState;
  const actions = (): Record<string, unknown>[] =>
    readFileSync(path.join(workspace.sessionsFolder, "shop", "actions.jsonl"), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  before(async () => {
    workspace = new Workspace("live");
    site = await Site.start();
    writeFileSync(path.join(workspace.folder, "look.libretto.ts"), "return await page.\n");
    writeFileSync(path.join(workspace.folder, "report.txt"), "x");
    await workspace.open(site.url("/form"), "--session", "shop", "--read-only", "--headless");
    witness = await Witness.connect(stateOf("shop").cdpEndpoint);
    window = await launchVscode({
      open: workspace.folder,
      env: workspace.env,
      vsix: process.env["LIBRETTO_TEST_VSIX"] ?? "",
      viewport: { width: 1_600, height: 900 },
    });
    bench = new Workbench(window.page);
    pane = new LivePane(window.page);
    await bench.openSidebar();
    await bench.openFile("look.libretto.ts");
  });
  after(() => witness?.[Symbol.dispose]());
  clearAwayAfter(() => ({ workspace, window, bench, site }));

  it("is opened from the row of a session, beside the code, and shows the page as it is", async () => {
    await bench.rowAction(bench.session("shop"), "Open Live View");
    await expect(pane.picture).toBeVisible();
    await expect(pane.mode).toHaveText("read-only");
    await expect(pane.mode.locator("svg")).toBeVisible();
    await expect(pane.frame.locator("main")).toHaveCSS("border-top-style", "dashed");
    await expect(pane.picture).toHaveAccessibleName(/^Live picture of Form\. read-only\. /);
    await expect(pane.address).toHaveValue(site.url("/form"));
    await expect(window.page.locator(".tab", { hasText: "shop · Form" })).toBeVisible();
    await expect(window.page.getByRole("tab", { name: /look\.libretto\.ts/ })).toBeVisible();
    await witness.evaluate("document.documentElement.style.background = 'rgb(200, 0, 0)'");
    await pane.untilColour([200, 0, 0]);
    await witness.evaluate("document.documentElement.style.background = 'rgb(0, 0, 200)'");
    await pane.untilColour([0, 0, 200]);
    await witness.evaluate("document.documentElement.style.background = ''");
  });

  it("a click on a page only looks, and stays with it; the palette goes to the view of the session", async () => {
    const focused = (): Promise<string> => window.page.evaluate<string>("document.activeElement?.tagName ?? ''");
    await bench.session("shop").click();
    await bench.row(/^Active page Form/).click();
    const views = window.page.locator(".tab", { hasText: "shop · Form" });
    await expect(views).toHaveCount(2);
    await expect(pane.button("Stays with this page")).toBeVisible();
    assert.notEqual(await focused(), "IFRAME");
    await views.last().click({ button: "middle" });
    await expect(views).toHaveCount(1);
    await bench.command("Libretto: Open Live View");
    await expect(pane.button(/now the view follows the session/)).toBeVisible();
    await expect.poll(focused).toBe("IFRAME");
  });

  it("in read-only 500 inputs of every kind leave every canary untouched, and it is said once", async () => {
    await witness.evaluate(canaries);
    const look = "document.documentElement.outerHTML + scrollY + history.length + location.href";
    const before = await witness.evaluate(look);
    const box = await pane.picture.boundingBox();
    assert.ok(box);
    const { mouse, keyboard } = window.page;
    let seed = 11;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const within = (): [number, number] => [box.x + random(box.width), box.y + random(box.height)];
    await mouse.click(...within());
    await expect(pane.notice).toContainText("The session is read-only");
    await expect(pane.notice.getByRole("button", { name: "Give Write Access…" })).toBeVisible();
    await pane.notice.getByRole("button", { name: "Request Write Access…" }).click();
    await bench.question(/Why, in one line/);
    await keyboard.press("Escape");
    await pane.notice.getByRole("button", { name: "Dismiss" }).click();
    const kinds: (() => Promise<void>)[] = [
      () => mouse.click(...within()),
      () => mouse.dblclick(...within()),
      () => mouse.move(...within()),
      async () => {
        const [x, y] = within();
        assert.equal(await pane.wheel({ x, y }, { deltaY: random(600) }), false);
      },
      () => keyboard.press("abcXYZ19"[random(8)] ?? "a"),
      () => keyboard.insertText("pasted"),
      () => keyboard.press("Enter"),
      async () => {
        await mouse.move(...within());
        await mouse.down();
        await mouse.move(...within());
        await mouse.up();
      },
    ];
    for (let n = 0; n < 500; n++) {
      if (n % 20 === 0) await pane.picture.focus();
      await kinds[random(kinds.length)]?.();
    }
    await expect(pane.notice).toBeHidden();
    assert.deepEqual(await witness.evaluate("canaries"), []);
    assert.equal(await witness.evaluate(look), before);
  });

  it("write access is offered there, granted by a person in the modal, and shows at once", async () => {
    await pane.button("Give Write Access…").click();
    await expect(bench.dialog).toContainText("Give session shop write access?");
    await bench.dialog.getByRole("button", { name: "Give Write Access" }).click();
    await expect(pane.mode).toHaveText("write access");
    await expect(pane.spoken).toHaveText("write access");
    await expect(pane.frame.locator("main")).toHaveCSS("border-top-style", "solid");
    await expect(pane.picture).toHaveAccessibleName(/^Live picture of Form\. write access\. /);
  });

  it("S22, V7: what is clicked, typed and pasted reaches the page and is on record as a person's", async () => {
    await pane.click(witness, "[name=name]");
    await window.page.keyboard.type("Ada, née B");
    await witness.until("document.querySelector('[name=name]').value === 'Ada, née B'");
    await window.page.keyboard.press("Tab");
    await witness.until("document.activeElement.name === 'email'");
    await pane.click(witness, "[name=gift]");
    await witness.until("!document.querySelector('[name=gift]').checked");
    await window.page.evaluate("navigator.clipboard.writeText('pasted\\ntext')");
    await pane.click(witness, "[name=note]");
    await window.page.keyboard.press("ControlOrMeta+A");
    await window.page.keyboard.press("ControlOrMeta+V");
    await witness.until("document.querySelector('[name=note]').value === 'pasted\\ntext'");
    await expect
      .poll(() =>
        actions()
          .filter(({ source }) => source === "user")
          .map(({ action }) => action),
      )
      .toContain("click");
    const click = actions().findLast(({ action, source }) => action === "click" && source === "user");
    assert.match(JSON.stringify(click), /getByLabel|getByRole/);
  });

  it("Escape takes the keyboard back, Enter on the picture gives it to the page again", async () => {
    await pane.click(witness, "[name=name]");
    await window.page.keyboard.press("Escape");
    await expect(pane.button("Pick Locator")).toBeFocused();
    await window.page.keyboard.type("notthis");
    await pane.picture.focus();
    await window.page.keyboard.press("Enter");
    await window.page.keyboard.press("End");
    await window.page.keyboard.type("!");
    await witness.until("document.querySelector('[name=name]').value === 'Ada, née B!'");
    await witness.evaluate(
      "addEventListener('keydown', ({ key, shiftKey }) => (window.lastKey = [key, shiftKey]), true)",
    );
    await window.page.keyboard.press("Shift+Escape");
    await witness.until("String(window.lastKey) === 'Escape,false'");
    await expect(pane.picture).not.toBeFocused();
    await window.page.keyboard.press("F1");
    await expect(bench.quickInput).toBeVisible();
    await bench.dismiss(bench.quickInput);
  });

  it("V7: the wheel and two fingers on a trackpad scroll the page, and what pinches comes as Ctrl and the wheel", async () => {
    await witness.evaluate(`(() => {
      Object.assign(document.body.style, { minHeight: '4000px', minWidth: '4000px' });
      window.pinched = 0;
      addEventListener('wheel', ({ ctrlKey, deltaY }) => { if (ctrlKey) pinched += deltaY }, true);
    })()`);
    const at = await pane.placeOf(witness, "h1");
    assert.ok(await pane.wheel(at, { deltaY: 300 }));
    await witness.until("scrollY > 200");
    assert.ok(await pane.wheel(at, { deltaX: 200 }));
    await witness.until("scrollX > 100");
    assert.ok(await pane.wheel(at, { deltaY: -40, ctrlKey: true }));
    await witness.until("pinched === -40");
    await witness.evaluate(
      "(() => { Object.assign(document.body.style, { minHeight: '', minWidth: '' }); scrollTo(0, 0) })()",
    );
  });

  it("V7: what an input method writes reaches the page as it is composed, and a finger scrolls and taps", async () => {
    const cdp = await window.page.context().newCDPSession(window.page);
    await witness.evaluate(`(() => {
      window.heard = [];
      for (const type of ['compositionstart', 'compositionupdate', 'compositionend'])
        addEventListener(type, (event) => heard.push(event.type + ' ' + event.data), true);
      document.body.style.minHeight = '4000px';
    })()`);
    await pane.click(witness, "[name=name]");
    await witness.until("document.activeElement.name === 'name'");
    await witness.evaluate("document.activeElement.value = ''");
    for (const text of ["に", "にほ"])
      await cdp.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    await cdp.send("Input.insertText", { text: "日本" });
    await witness.until("document.activeElement.value === '日本'");
    assert.deepEqual((await witness.evaluate<string[]>("heard")).slice(0, 3), [
      "compositionstart ",
      "compositionupdate に",
      "compositionupdate にほ",
    ]);

    await cdp.send("Emulation.setTouchEmulationEnabled", { enabled: true });
    const { x, y } = await pane.placeOf(witness, "h1");
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", at = y): Promise<unknown> =>
      cdp.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y: at }] });
    await touch("touchStart", y + 300);
    for (let at = y + 280; at >= y + 100; at -= 20) await touch("touchMove", at);
    await touch("touchEnd");
    await witness.until("scrollY > 100");
    await witness.evaluate("scrollTo(0, 0); addEventListener('click', () => heard.push('tap'), { once: true })");
    // A finger that stays, and be it for the window's answer to its coming, presses long.
    await Promise.all([touch("touchStart"), touch("touchEnd")]);
    await witness.until("heard.includes('tap')");
    await cdp.send("Emulation.setTouchEmulationEnabled", { enabled: false });
    await cdp.detach();
    await witness.evaluate("document.body.style.minHeight = ''");
  });

  it("a file is chosen in the editor, and a dialog of the page is answered there", async () => {
    await pane.click(witness, "[name=attachment]");
    await expect(bench.quickInput).toBeVisible();
    const file = bench.quickInput.locator("input").first();
    // It puts the folder there itself, a moment later.
    await expect(file).toHaveValue(new RegExp(path.basename(workspace.folder)));
    await file.fill(path.join(workspace.folder, "report.txt"));
    // Enter takes the row that has the focus, and the list has it after it has its rows.
    await expect(bench.quickInput.locator(".monaco-list-row.focused")).toContainText("report.txt");
    await window.page.keyboard.press("Enter");
    await witness.until("document.querySelector('[name=attachment]').files[0]?.name === 'report.txt'");
    await expect(bench.quickInput).toBeHidden();
    await witness.evaluate(
      "(() => { document.body.innerHTML = '<button id=ask>Ask</button>'; document.querySelector('#ask').onclick = () => (document.body.dataset.answer = prompt('Name?', 'nobody')) })()",
    );
    await pane.click(witness, "#ask");
    const dialog = pane.frame.getByRole("alertdialog");
    await expect(dialog).toHaveAccessibleDescription("Name?");
    await expect(pane.spoken).toHaveText("The page asks for text. Name?");
    await expect(dialog.getByRole("textbox")).toBeFocused();
    await window.page.keyboard.type("Grace");
    await window.page.keyboard.press("Enter");
    await witness.until("document.body.dataset.answer === 'Grace'");
    await expect(dialog).toBeHidden();
  });

  it("something is dragged", async () => {
    await witness.evaluate(`(() => {
      document.body.innerHTML = '<div id="from" draggable="true" style="width:200px;height:100px;background:gold">drag</div><div id="to" style="margin-top:160px;width:300px;height:160px;background:silver">here</div>';
      const from = document.querySelector('#from'), to = document.querySelector('#to');
      from.ondragstart = (event) => event.dataTransfer.setData('text/plain', 'dragged');
      to.ondragover = (event) => { event.preventDefault(); document.body.dataset.over = 'yes' };
      to.ondrop = (event) => { event.preventDefault(); to.textContent = event.dataTransfer.getData('text/plain') };
    })()`);
    const [from, to] = [await pane.placeOf(witness, "#from"), await pane.placeOf(witness, "#to")];
    const { mouse } = window.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    for (let step = 1; step <= 10; step++) {
      await mouse.move(from.x + ((to.x - from.x) * step) / 10, from.y + ((to.y - from.y) * step) / 10);
      await witness.evaluate("new Promise(requestAnimationFrame)");
    }
    await witness.until("document.body.dataset.over");
    await mouse.up();
    await witness.until("document.querySelector('#to').textContent === 'dragged'");
  });

  it("goes to an address, back and forward, and follows a popup until it stays with a page", async () => {
    await pane.address.fill(site.url("/popup"));
    await pane.address.press("Enter");
    await expect(window.page.locator(".tab", { hasText: "shop · Opener" })).toBeVisible();
    await pane.button("Back").click();
    await expect(window.page.locator(".tab", { hasText: "shop · Form" })).toBeVisible();
    await pane.button("Forward").click();
    await expect(window.page.locator(".tab", { hasText: "shop · Opener" })).toBeVisible();
    await expect(pane.spoken).toHaveText("Opener");
    await pane.address.fill(site.url("/hold/stopped"));
    await pane.address.press("Enter");
    await site.untilRequested("/hold/stopped");
    await pane.button("Stop Loading").click();
    await expect(pane.button("Reload")).toBeVisible();
    site.release("stopped");
    await witness.evaluate("window.isOld = true", "/popup");
    await pane.button("Reload").click();
    await witness.until("!window.isOld && document.readyState === 'complete'", "/popup");
    await pane.click(witness, "#open");
    await expect(window.page.locator(".tab", { hasText: "shop · Popup" })).toBeVisible();
    await pane.button(/Stay with this page/).click();
    await expect(pane.button("Stays with this page")).toHaveAttribute("aria-pressed", "true");
    await witness.evaluate("window.close()", "/popup-child");
    await expect(pane.away).toContainText("No page to show");
    await expect(pane.spoken).toContainText("No page to show");
    await pane.button("Follow the Session").click();
    await expect(window.page.locator(".tab", { hasText: "shop · Opener" })).toBeVisible();
  });

  it("S25, V7: while one types, the letter after a lock is not there", async () => {
    await pane.address.fill(site.url("/form"));
    await pane.address.press("Enter");
    await expect(window.page.locator(".tab", { hasText: "shop · Form" })).toBeVisible();
    await witness.untilLoaded("/form");
    await pane.click(witness, "[name=name]");
    await witness.until("document.activeElement.name === 'name'");
    const field = "document.querySelector('[name=name]').value";
    const locked = workspace.ok(["session-mode", "read-only", "--session", "shop"]);
    let isLocked = false;
    void locked.then(() => (isLocked = true));
    let typed = 0;
    for (; !isLocked; typed++) await window.page.keyboard.press("x");
    const value = await witness.evaluate<string>(field);
    assert.ok(typed > 0);
    await window.page.keyboard.type("yyy");
    await expect(pane.mode).toHaveText("read-only");
    await window.page.keyboard.type("zzz");
    assert.equal(await witness.evaluate(field), value);
    assert.match(value, /^x*$/);
    // The keyboard is still there, and it is said why nothing comes.
    await expect(pane.picture).toBeFocused();
    await expect(pane.notice).toContainText("The session is read-only");
    await pane.notice.getByRole("button", { name: "Dismiss" }).click();
    // So it is at each lock, and not at the first one alone.
    await workspace.ok(["session-mode", "write-access", "--session", "shop"]);
    await expect(pane.mode).toHaveText("write access");
    await workspace.ok(["session-mode", "read-only", "--session", "shop"]);
    await expect(pane.mode).toHaveText("read-only");
    await expect(pane.notice).toBeHidden();
    await pane.picture.press("w");
    await expect(pane.notice).toContainText("The session is read-only");
    await pane.notice.getByRole("button", { name: "Dismiss" }).click();
  });

  it("a picked locator goes into the editor, and the element is read, without the page knowing", async () => {
    await witness.evaluate(canaries);
    await witness.evaluate(
      "(() => { window.seen = 0; new MutationObserver(() => seen++).observe(document, { subtree: true, childList: true, attributes: true }) })()",
    );
    await window.page.locator(".view-line", { hasText: "return await page." }).click();
    await window.page.keyboard.press("End");
    await pane.button("Pick Locator").click();
    const { x, y } = await pane.placeOf(witness, "[name=email]");
    await window.page.mouse.move(x, y);
    await expect(pane.frame.locator(".box .label")).toContainText('getByRole("textbox", { name: "E-mail"');
    await window.page.mouse.move(x + 1, y);
    await window.page.mouse.click(x, y);
    await expect(pane.frame.locator(".picked")).toContainText("put into look.libretto.ts");
    await expect(window.page.locator(".view-line", { hasText: "return await page.getByRole(" })).toBeVisible();
    await pane.button("Read This Element").click();
    await expect(window.page.locator(".view-line", { hasText: "ada@example.test" })).toBeVisible();
    await pane.button("Copy Locator").click();
    await expect(pane.notice).toContainText("copied to the clipboard");
    assert.match(
      await window.page.evaluate("navigator.clipboard.readText()"),
      /^page\.getByRole\("textbox", \{ name: "E-mail"/,
    );
    assert.deepEqual([await witness.evaluate("canaries"), await witness.evaluate("seen")], [[], 0]);
  });

  it("picks by keyboard alone: the arrow keys move, Enter takes, Escape ends, and each is said", async () => {
    const { keyboard } = window.page;
    const pick = pane.button("Pick Locator");
    const box = pane.frame.locator(".box");
    await pick.focus();
    await keyboard.press("Enter");
    await expect(pane.picture).toBeFocused();
    await expect(pane.spoken).toContainText("move with the arrow keys");
    await keyboard.press("ArrowUp");
    await expect(box).toBeVisible();
    await expect(pane.spoken).toContainText("·");
    await keyboard.press("Escape");
    await expect(box).toBeHidden();
    await expect(pick).toHaveAttribute("aria-pressed", "false");
    await pick.focus();
    await keyboard.press("Enter");
    await keyboard.press("Shift+ArrowLeft");
    await expect(box).toBeVisible();
    await keyboard.press("Enter");
    await expect(pane.spoken).toContainText("put into look.libretto.ts");
    await expect(pick).toHaveAttribute("aria-pressed", "false");
    await pane.frame.locator(".picked").getByRole("button", { name: "Dismiss" }).click();
  });

  it("shows the picture as large as it fits, or as large as the page", async () => {
    const size = pane.frame.getByRole("combobox", { name: "Size of the picture" });
    const fits = (await pane.picture.boundingBox())?.width ?? 0;
    assert.ok(fits > 100 && fits < 1_280);
    for (const one of ["actual", "pixels"]) {
      await size.selectOption(one);
      await expect(pane.picture).toHaveCSS("width", "1280px");
      await expect
        .poll(() => pane.picture.locator("canvas").evaluate((canvas: { width: number }) => canvas.width))
        .toBe(1_280);
    }
    await size.selectOption("fit");
    await expect.poll(async () => (await pane.picture.boundingBox())?.width).toBe(fits);
  });

  it("is there again after the window was loaded again", async () => {
    await bench.reloadWindow();
    await expect(pane.picture).toBeVisible({ timeout: 60_000 });
    await expect(pane.mode).toHaveText("read-only");
    await witness.evaluate("document.documentElement.style.background = 'rgb(0, 160, 0)'");
    await pane.untilColour([0, 160, 0]);
    await witness.evaluate("document.documentElement.style.background = ''");
  });

  it("shows where code clicks, and what runs", async () => {
    await workspace.ok(["session-mode", "write-access", "--session", "shop"]);
    await expect(pane.mode).toHaveText("write access");
    const marks = await pane.marks();
    await workspace.ok(["exec", "--session", "shop", "await page.getByLabel('As a gift').click()"]);
    await expect.poll(marks).toEqual(["exec (cli) · click"]);
    await expect(pane.spoken).toHaveText("exec (cli) · click");
  });

  it("takes a snapshot of what is seen, picture and tree, in one click", async () => {
    await pane.button("Take Snapshot").click();
    await expect(window.page.locator(".tab", { hasText: "page.png" })).toBeVisible();
    await expect(window.page.locator(".tab", { hasText: "tree.yaml" })).toBeVisible();
    await expect(window.page.locator(".view-line", { hasText: 'heading "Order a book"' })).toBeVisible();
    const folder = path.join(workspace.sessionsFolder, "shop", "snapshots");
    const [snapshot = "", ...others] = readdirSync(folder);
    assert.deepEqual(others, []);
    assert.ok(existsSync(path.join(folder, snapshot, "page.png")));
    await window.page.locator(".tab", { hasText: "shop · Form" }).click();
    await expect(pane.picture).toBeVisible();
  });

  it("V7: a picture of the page stands beside what was done, with a mark where", async () => {
    await witness.evaluate("document.body.style.background = 'rgb(0, 0, 200)'");
    await pane.untilColour([0, 0, 200]);
    await workspace.ok(["exec", "--session", "shop", "await page.mouse.click(700, 500)"]);
    await witness.evaluate("document.body.style.background = ''");
    // One webview at a time, so that it is clear which one is meant.
    await bench.closeEditors();
    const logs = new LogPane(window, bench);
    await bench.command("Libretto: Open Log");
    await bench.choose(/./, /Actions/);
    const row = logs.row(/, click, .*with a picture of the page/).last();
    await row.click();
    const picture = logs.detail.getByRole("img", { name: "The page when it began" });
    // A JPEG is a little off.
    await expect.poll(async () => (await picture.evaluate(colourOfMiddle))[2]).toBeGreaterThan(180);
    await expect(logs.detail.locator(".place")).toBeVisible();
    await bench.inEveryTheme("action with its picture");
    await bench.closeEditors();
    await bench.rowAction(bench.session("shop"), "Open Live View");
    await expect(pane.picture).toBeVisible();
  });

  it("says that a page crashed, and that the host ended, and takes both up again", async () => {
    const crash = witness.send("Page.crash", {}, await witness.sessionOf("/form")).catch(() => undefined);
    await expect(pane.away).toContainText("The page crashed");
    await pane.away.getByRole("button", { name: "Reload" }).click();
    await crash;
    await expect(pane.picture).toBeVisible();
    process.kill(stateOf("shop").hostPid, "SIGKILL");
    await expect(pane.away).toContainText("Its host ended");
    await pane.button("Connect Again").click();
    await expect(pane.picture).toBeVisible();
  });

  it("says that the session is closed", async () => {
    await workspace.ok(["close", "--session", "shop"]);
    await expect(pane.away).toContainText("Session shop is closed");
  });
});
