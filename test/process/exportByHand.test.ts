import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Witness } from "../support/browser.js";
import { leaveOut } from "../support/leaveOut.js";
import { Sites } from "../support/twelveSites.js";
import { useFixtures } from "../support/fixtures.js";
import { Display, whyNoWindow, type Hand } from "./recorder/display.js";

const byId = (id: string): string => `document.getElementById(${JSON.stringify(id)})`;
const named = (name: string): string => `document.querySelector(${JSON.stringify(`[name=${name}]`)})`;
const withText = (text: string): string =>
  `[...document.querySelectorAll("button, a, label")].find((one) => one.textContent.trim() === ${JSON.stringify(text)})`;
/** The button in the inner of two frames, in the window's own pixels. */
const deepInside = `(() => {
  const outer = document.querySelector("[name=outer]"), inner = outer.contentDocument.querySelector("[name=inner]");
  const rects = [outer, inner, inner.contentDocument.querySelector("button")].map((one) => one.getBoundingClientRect());
  const borders = outer.clientLeft + inner.clientLeft;
  const sum = (side) => rects.reduce((all, rect) => all + rect[side], borders);
  return { getBoundingClientRect: () => ({ left: sum("left"), top: sum("top"), width: rects[2].width, height: rects[2].height }) };
})()`;

describe("S29: what a person did, exported and done again", function () {
  const given = useFixtures("by-hand");
  let display: Display | undefined;
  before(async function () {
    const why = whyNoWindow();
    if (why !== undefined) leaveOut(this, `a person's actions: ${why}`);
    display = await Display.start();
  });
  after(() => display?.close());

  it("must show 3: twelve sites, driven by the mouse and the keyboard of a display: the workflow made of it leaves a fresh server in the same state", async function () {
    this.timeout(150_000);
    const { workspace } = given;
    assert.ok(display);
    const picture = join(workspace.scratch, "picture.txt");
    writeFileSync(picture, "a picture");
    await using sites = await Sites.start();
    await workspace.ok(["open", `${sites.address}/form`, "--headed", "--session", "hand"], {
      env: { DISPLAY: display.name },
    });
    const witness = await given.witness("hand");
    const isDialogShown = async (): Promise<boolean> =>
      (await workspace.json<{ pages: { dialog?: object }[] }>(["pages", "--session", "hand"])).pages.some(
        ({ dialog }) => dialog,
      );
    await drive(sites, witness, display, picture, isDialogShown);
    const did = [...sites.state];
    assert.equal(did.length, 12, did.join("\n"));
    // The recorder writes what it knows at the latest when the session ends.
    await workspace.ok(["close", "--session", "hand"]);
    const rows = workspace.log<{ source: string }>("hand", "actions");
    assert.ok(rows.every(({ source }) => source === "user"));

    const exported = await workspace.cli(["export", "workflow", "--session", "hand", "--output", "hand.ts"]);
    const text = readFileSync(join(workspace.folder, "hand.ts"), "utf8");
    assert.match(
      exported.stderr,
      /^\d+ steps; 0 could not be exported; inputs: site, passPhrase, pictureFile\n$/,
      `${exported.stderr}${text}\n${rows.map((row) => JSON.stringify(row)).join("\n")}`,
    );
    await using fresh = await Sites.start();
    const params = { site: fresh.address, passPhrase: "correct-horse-77", pictureFile: picture };
    const ran = await workspace.cli(["run", "hand.ts", "--headless", "--params", JSON.stringify(params)], {
      timeoutMs: 60_000,
    });
    assert.equal(ran.status, 0, `${ran.stderr}\n${text}`);
    assert.deepEqual(fresh.state, did, text);
  });
});

/** Presses a key again and again while the dialog is there: it takes none at first, and without it the page takes them. */
async function pressUntil(
  hand: Hand,
  key: string,
  isShown: () => Promise<boolean>,
  happened: Promise<void>,
): Promise<void> {
  for (let done = false; !done;) {
    if (await isShown()) await hand.press(key);
    done = await Promise.race([
      happened.then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, 500, false)),
    ]);
  }
}

/** What is done at the twelve sites, one after the other, as at a desk. */
async function drive(
  sites: Sites,
  witness: Witness,
  display: Display,
  picture: string,
  isDialogShown: () => Promise<boolean>,
): Promise<void> {
  const hand = await display.handOn(witness, "/form");
  /** Types an address into the browser's own field; what it proposes after that is deleted. */
  const go = async (path: string): Promise<void> => {
    // Without a window manager the keys go to the window below the mouse.
    await hand.rest();
    await hand.press("ctrl+l");
    await hand.type(`${sites.address}${path}`);
    await hand.press("Delete", "Return");
    await there(path);
  };
  const there = async (path: string): Promise<void> => {
    await witness.until(`location.pathname === ${JSON.stringify(path)} && document.readyState === "complete"`);
    // A page that is not drawn yet takes no clicks.
    await hand.arrive();
  };
  const click = async (element: string, on: Hand = hand): Promise<void> => {
    await witness.until(`Boolean(${element})`);
    await on.click(element);
  };

  await click(named("name"));
  await hand.type("Ada");
  await hand.press("Tab", "Down");
  await click(withText("Gift"));
  await sites.reaches("POST /form/done", () => click(withText("Send")));
  await there("/form/done");

  await go("/login");
  await click(named("user"));
  await hand.type("ada");
  await hand.press("Tab");
  await hand.type("correct-horse-77");
  await sites.reaches("POST /login/in", () => hand.press("Return"));
  await there("/login/in");

  await go("/table");
  await click(withText("Next page"));
  await sites.reaches("POST /table/pick", () => click(withText("Pick 2-2")));

  await go("/frames");
  await witness.until(
    `document.querySelector("[name=outer]")?.contentDocument?.querySelector("[name=inner]")?.contentDocument?.querySelector("button")`,
  );
  await sites.reaches("POST /frames/pressed", () => hand.click(deepInside));

  await go("/shadow");
  await sites.reaches("POST /shadow/pressed", () => click(`document.querySelector("x-card").shadowRoot.firstChild`));

  await go("/drag");
  await sites.reaches("POST /drag/dropped", () => hand.drag(byId("from"), byId("to")));

  await go("/upload");
  await click(byId("f"));
  await sites.reaches("POST /upload/file", () => hand.chooseFile(picture));

  await go("/download");
  await sites.reaches("GET /download/report", () => click(withText("Report")));

  await go("/dialog");
  await click(withText("Delete"));
  // The page is told to show it before the window with it takes keys.
  await pressUntil(hand, "Return", isDialogShown, sites.reaches("POST /dialog/confirmed"));

  await go("/router");
  await click(withText("About"));
  await sites.reaches("POST /router/liked", () => click(withText("Like")));

  await go("/list");
  const isShown = `(() => { const item = ${withText("Item 25")}; const [list, one] = [l, item].map((it) => it?.getBoundingClientRect()); return Boolean(one && one.bottom < list.bottom); })()`;
  while (!(await witness.evaluate(isShown))) await hand.wheel(byId("l"));
  await sites.reaches("POST /list/chosen", () => click(withText("Item 25")));

  await go("/popups");
  await click(withText("Open window"));
  while (!(await witness.pages()).some(({ url }) => url.endsWith("/popup/window")))
    await new Promise((resolve) => setTimeout(resolve, 25));
  const popup = await display.handOn(witness, "/popup/window");
  await sites.reaches("POST /popup/chosen", () => popup.click(`document.querySelector("button")`));
}
