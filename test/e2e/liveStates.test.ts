import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Locator } from "playwright";
import { Witness } from "../support/browser.js";
import { Workspace } from "../support/cli.js";
import { Site } from "../support/site.js";
import { violations } from "../support/vscode/axe.js";
import { clearAwayAfter } from "../support/vscode/clearAway.js";
import { launchVscode, type VscodeWindow } from "../support/vscode/launch.js";
import { LivePane } from "../support/vscode/livePane.js";
import { LogPane } from "../support/vscode/logPane.js";
import { expect, Workbench } from "../support/vscode/workbench.js";

describe("V7: every state of the live view", function () {
  // Some hundred pictures.
  this.timeout(600_000);
  // One story: a step that fails leaves nothing for the next ones to stand on.
  this.bail(true);
  let workspace: Workspace;
  let site: Site;
  let window: VscodeWindow;
  let bench: Workbench;
  let pane: LivePane;
  const witnesses = new Map<string, Witness>();

  const witnessOf = (session: string): Witness => {
    const witness = witnesses.get(session);
    assert.ok(witness);
    return witness;
  };
  const tab = (session: string): Locator => window.page.locator(".tab", { hasText: new RegExp(`^${session}\\b`) });
  /** Brings the view of a session to the front, as new. */
  const show = async (session: string): Promise<void> => {
    await tab(session).click();
    await expect(tab(session)).toHaveClass(/active/);
    await window.page.mouse.move(5, 5);
  };
  /** What `axe` says of a state, in whatever theme it is. */
  const holds = async (): Promise<void> => assert.deepEqual(await violations(window.page), []);
  const clickMiddle = async (): Promise<void> => {
    const box = await pane.picture.boundingBox();
    assert.ok(box);
    await window.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  };

  before(async () => {
    workspace = new Workspace("live-states");
    site = await Site.start();
    writeFileSync(path.join(workspace.folder, "look.libretto.ts"), "return await page.\n");
    mkdirSync(path.join(workspace.folder, ".vscode"));
    writeFileSync(
      path.join(workspace.folder, ".vscode", "settings.json"),
      JSON.stringify({ "libretto.liveView.blurLogins": true }),
    );
    for (const [name, address, ...flags] of [
      ["watched", "/", "--read-only"],
      ["driven", "/form", "--write-access"],
      ["locked", "/", "--locked"],
      ["asking", "/", "--read-only"],
      ["hiding", "/", "--read-only"],
      ["popped", "/popup", "--write-access"],
      ["crashed", "/form", "--write-access"],
      ["hostless", "/", "--read-only"],
      ["ended", "/", "--read-only"],
    ] as const)
      await workspace.open(site.url(address), "--session", name, ...flags);
    await workspace.open(site.url("/"), "--session", "saved", "--write-access");
    await workspace.ok(["exec", "--session", "saved", "await page.evaluate(\"document.cookie = 'login=1'\")"]);
    await workspace.ok(["save", "shelf", "--session", "saved", "--sites", "127.0.0.1"]);
    await workspace.ok(["close", "--session", "saved"]);
    await workspace.open(site.url("/"), "--session", "signed", "--write-access", "--auth-profile", "shelf");
    await workspace.ok(["request-access", "--session", "asking", "--reason", "to order the book"]);
    for (const name of ["driven", "hiding", "popped", "crashed"])
      witnesses.set(name, await Witness.connect(workspace.requireState(name).cdpEndpoint));
    await witnessOf("hiding").evaluate(
      "document.body.innerHTML = '<div id=host></div>'; document.querySelector('#host').attachShadow({ mode: 'closed' }).innerHTML = '<button style=\"width:600px;height:300px\">Secret</button>'",
    );
    window = await launchVscode({
      open: workspace.folder,
      env: workspace.env,
      vsix: process.env["LIBRETTO_TEST_VSIX"] ?? "",
      viewport: { width: 1_200, height: 800 },
    });
    bench = new Workbench(window.page);
    pane = new LivePane(window.page);
    await bench.openSidebar();
  });
  after(() => {
    for (const witness of witnesses.values()) witness[Symbol.dispose]();
  });
  clearAwayAfter(() => ({ workspace, window, bench, site }));

  it("the live view says each state in words, and holds what axe checks in every theme", async () => {
    for (const session of [
      "watched",
      "driven",
      "locked",
      "asking",
      "hiding",
      "popped",
      "crashed",
      "hostless",
      "ended",
      "signed",
    ]) {
      await bench.rowAction(bench.session(session), "Open Live View");
      await expect(tab(session)).toHaveClass(/active/);
      await expect(pane.picture).toBeVisible();
    }
    await show("popped");
    await pane.click(witnessOf("popped"), "#open");
    await expect(tab("popped")).toContainText("Popup");
    await show("crashed");
    await pane.button(/Stay with this page/).click();
    // Its answer comes from a page that is no more.
    void witnessOf("crashed")
      .send("Page.crash", {}, await witnessOf("crashed").sessionOf("/form"))
      .catch(() => undefined);
    await expect(pane.away).toContainText("The page crashed");
    process.kill(workspace.requireState("hostless").hostPid, "SIGKILL");
    await show("ended");
    await workspace.ok(["close", "--session", "ended"]);
    await expect(pane.away).toContainText("is closed");

    const { page } = window;
    const dialog = pane.frame.getByRole("alertdialog");
    const driven = witnessOf("driven");
    await driven.evaluate(
      "(() => { const ask = document.createElement('button'); ask.id = 'ask'; ask.type = 'button'; ask.textContent = 'Ask'; document.querySelector('h1').append(ask); ask.onclick = () => prompt('Under which name should the book be sent?', 'nobody') })()",
    );
    await bench.inEveryTheme({
      "live view, watched": async () => {
        await show("watched");
        await expect(pane.picture).toBeVisible();
        await expect(pane.picture).toHaveAccessibleName(/^Live picture of The Shelf\. read-only\. /);
        await holds();
      },
      "live view, read-only, tried": async () => {
        await clickMiddle();
        await expect(pane.notice).toContainText("The session is read-only: nothing");
        await expect(pane.notice.getByRole("button")).toHaveText(["Give Write Access…", "Request Write Access…", ""]);
        await holds();
      },
      "live view, pick": async () => {
        await pane.button("Pick Locator").click();
        const box = await pane.picture.boundingBox();
        assert.ok(box);
        await page.mouse.move(box.x + 60, box.y + 30);
        await expect(pane.frame.locator(".box .label")).toContainText("getBy");
        await holds();
      },
      "live view, locked permanently": async () => {
        await show("locked");
        await expect(pane.picture).toBeVisible();
        await clickMiddle();
        await expect(pane.notice).toContainText("The session is read-only permanently");
        await expect(pane.button(/Write Access/)).toHaveCount(0);
        await holds();
      },
      "live view, somebody asks": async () => {
        await show("asking");
        await expect(pane.picture).toBeVisible();
        await clickMiddle();
        await expect(pane.notice.getByRole("button", { name: "Review Request…" })).toBeVisible();
        await holds();
      },
      "live view, picked in a closed shadow root": async () => {
        await show("hiding");
        await expect(pane.picture).toBeVisible();
        await pane.button("Pick Locator").click();
        const at = await pane.placeOf(witnessOf("hiding"), "#host");
        await page.mouse.move(at.x, at.y);
        await page.mouse.click(at.x, at.y);
        await expect(pane.frame.locator(".picked")).toContainText("The page hides what is in there");
        await holds();
      },
      "live view, write access": async () => {
        await show("driven");
        await expect(pane.picture).toHaveAccessibleName(/^Live picture of Form\. write access\. /);
        await holds();
      },
      "live view, keys go to the page": async () => {
        await pane.click(driven, "[name=name]");
        await expect(pane.frame.getByRole("textbox", { name: /The keyboard is the page's/ })).toBeFocused();
        await holds();
      },
      "live view, mark of an agent": async () => {
        // Until the picture is taken.
        await driven.evaluate("delete document.body.dataset.enough");
        void workspace.ok([
          "exec",
          "--session",
          "driven",
          "while (!(await page.evaluate('document.body.dataset.enough'))) { await page.getByLabel('As a gift').click(); await page.waitForTimeout(400) }",
        ]);
        await expect(pane.frame.locator(".status")).toContainText("Running: exec (cli)");
        await expect(pane.frame.locator(".mark").last()).toHaveText("exec (cli) · click");
      },
      "live view, dialog": async () => {
        await driven.evaluate("document.body.dataset.enough = 'yes'");
        await expect(pane.frame.locator(".status")).not.toContainText("Running");
        await expect(pane.frame.locator(".mark")).toHaveCount(0);
        await pane.click(driven, "#ask");
        await expect(dialog).toHaveAccessibleName("The page asks for text");
        await expect(dialog).toHaveAccessibleDescription("Under which name should the book be sent?");
        await expect(dialog.getByRole("textbox")).toBeFocused();
        await holds();
      },
      "live view, file chooser": async () => {
        await dialog.getByRole("button", { name: "Cancel" }).click();
        await expect(dialog).toBeHidden();
        await pane.click(driven, "[name=attachment]");
        await expect(bench.quickInput).toBeVisible();
      },
      "live view, 100 %": async () => {
        await pane.frame.getByRole("combobox").selectOption("actual");
        await expect(pane.picture).toHaveCSS("width", "1280px");
        await holds();
      },
      "live view, narrow": async () => {
        await pane.frame.getByRole("combobox").selectOption("fit");
        await bench.command("View: Split Editor Right");
        await bench.openFile("look.libretto.ts");
        await show("driven");
        await expect(pane.picture).toBeVisible();
        await holds();
      },
      "live view, popup, several pages": async () => {
        await bench.command("View: Join All Editor Groups");
        await show("popped");
        await expect(pane.picture).toHaveAccessibleName(/^Live picture of Popup\./);
        await expect(pane.frame.locator(".status")).toContainText("2 pages");
        await holds();
      },
      "live view, another page": async () => {
        await pane.button("Show Another Page…").click();
        await bench.question(/Opener/);
      },
      "live view, crashed": async () => {
        await show("crashed");
        await expect(pane.away).toContainText("The page crashed");
        await holds();
      },
      "live view, host ended": async () => {
        await show("hostless");
        await expect(pane.away).toContainText("Its host ended");
        await holds();
      },
      "live view, closed": async () => {
        await show("ended");
        await expect(pane.away).toContainText("is closed");
        await holds();
      },
      "live view, blurred": async () => {
        await show("signed");
        await expect(pane.picture).toBeVisible();
        await expect(pane.picture.locator("canvas")).toHaveCSS("filter", "blur(24px)");
        await holds();
      },
    });
  });

  it("the page that a view stays with is closed, and so is its picture", async () => {
    await show("popped");
    await pane.button(/Stay with this page/).click();
    await expect(pane.button("Stays with this page")).toBeVisible();
    await witnessOf("popped").evaluate("window.close()", "/popup-child");
    await bench.inEveryTheme({
      "live view, page closed": async () => {
        await show("popped");
        await expect(pane.away).toContainText("No page to show");
        await holds();
      },
    });
  });

  it("V7: what a session with a login did is blurred in the log pane as well", async () => {
    await show("signed");
    await expect(pane.picture).toBeVisible();
    await workspace.ok(["exec", "--session", "signed", "await page.mouse.click(300, 200)"]);
    await bench.closeEditors();
    const logs = new LogPane(window, bench);
    await bench.rowMenu(bench.session("signed"), "Open Log…");
    await bench.choose(/./, /Actions/);
    await logs
      .row(/, click, .*with a picture of the page/)
      .last()
      .click();
    const picture = logs.detail.getByRole("img", { name: "The page when it began" });
    await window.page.mouse.move(5, 5);
    await expect(picture).toHaveCSS("filter", /blur/);
    await bench.inEveryTheme("action with its picture, blurred");
    await picture.hover();
    await expect(picture).toHaveCSS("filter", "none");
    await bench.closeEditors();
  });
});
