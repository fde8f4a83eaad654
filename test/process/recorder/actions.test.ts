import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as playwright from "playwright-core";
import type { ActionRow } from "../../../src/sessions/logs/rows.js";
import { leaveOut } from "../../support/leaveOut.js";
import { Display, whyNoWindow, type Hand } from "./display.js";
import { filesHolding, record, type Recording } from "./recording.js";
import { startSite, type Site } from "./site.js";
import { bridgeTo } from "../../support/wire.js";

const brief = ({ action, value, bestSemanticSelector }: ActionRow): string =>
  [action, value, bestSemanticSelector].filter((part) => part !== undefined).join(" ");

/** An element as the site made it, wherever it is. */
const story = (
  site: Site,
): string => `<!doctype html><title>Story</title><link rel=icon href="data:,"><style>body { margin: 0; font: 14px sans-serif } * { margin: 2px }</style>
<button id=plain>Plain button</button> <button><span id=inner>Inner <b>bold</b></span></button> <button data-testid="the-test-id">x</button>
<a id=hash href="#there">A link</a><br>
<label for=name-field>Your name</label><input id=name-field> <input id=search placeholder="Search here"><input type=password id=password aria-label="Password"><input id=card autocomplete=cc-number aria-label="Card"><br>
<label id=news><input type=checkbox> Send me news</label> <input type=radio name=r id=one><label for=one>One</label> <input type=radio name=r id=two><label id=two-label for=two>Two</label>
<select id=color aria-label="Color"><option value=r>Red<option value=g>Green<option value=b>Blue</select>
<textarea id=area aria-label="Notes"></textarea><div id=editable contenteditable aria-label="Editor" role=textbox style="border:1px solid;width:200px">text</div>
<ul><li>Apples <button class=delete>Delete</button><li>Pears <button class=delete id=second-delete>Delete</button></ul>
<p id=paragraph>Only a paragraph of text.</p>
<x-card></x-card><iframe id=same name=same src="/same" width=250 height=60></iframe><iframe id=other src="${site.otherOrigin}/other" width=250 height=60></iframe>
<script>
document.querySelector("x-card").attachShadow({ mode: "open" }).innerHTML = "<p>In the card</p><button id=shadowed>Shadow button</button>";
plain.addEventListener("click", (event) => event.stopImmediatePropagation(), true);
</script>`;

describe("the recorder writes what a person does in a window into actions.jsonl (Must show 2)", function () {
  let site: Site;
  let display: Display;
  let recording: Recording;
  let hand: Hand;

  before(async function () {
    const why = whyNoWindow();
    if (why !== undefined) leaveOut(this, `actions of a person in a window: ${why}`);
    site = await startSite();
    display = await Display.start();
  });
  after(async () => {
    display?.close();
    await site?.close();
  });
  beforeEach(async () => {
    recording = await record({ display: display.name, flags: ["--site-per-process"] });
    hand = display.hand(recording.targets.require().session);
    site.page("/story", story(site));
    site.page("/same", `<!doctype html><button id=inside>Inside</button>`);
    site.page("/other", `<!doctype html><input id=typed aria-label="In the other frame">`);
    site.page("/next", `<!doctype html><title>Next</title><link rel=icon href="data:,"><p id=p>next</p>`);
  });
  afterEach(async () => {
    await recording?.close();
  });

  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await recording.targets
      .require()
      .session.send<{ result: { value: unknown } }>("Runtime.evaluate", {
        expression,
        returnByValue: true,
        awaitPromise: true,
      });
    return result.value;
  };
  /** Goes there as code does: not an action of the person's. */
  const open = async (path: string): Promise<void> => {
    recording.recorder.agentActive("begin", { work: "navigation" });
    const { session } = recording.targets.require();
    const loaded = new Promise<void>((resolve) => session.on("Page.loadEventFired", () => resolve()));
    await recording.navigate(`${site.origin}${path}`);
    await loaded;
    recording.recorder.agentActive("end", { work: "navigation" });
    await hand.arrive();
  };
  const actions = async (count: number): Promise<ActionRow[]> =>
    recording.until("actions", (rows) => rows.length >= count, `${count} actions`);

  it("each act is one entry, in order, with a selector that finds the same element again", async () => {
    await open("/story");
    await hand.click("plain");
    await hand.click("inner");
    await hand.click(`document.querySelector("[data-testid]")`);
    await hand.click("hash", { times: 2 });
    await hand.click(`document.getElementById("name-field")`);
    await hand.type("Ada Lovelace");
    await hand.press("Tab");
    await hand.type("needle");
    await hand.press("Return");
    await hand.click("news");
    await hand.click(`document.getElementById("two-label")`);
    await hand.openMenu("color", 1);
    await hand.press("Down", "Return");
    await hand.click("area");
    await hand.type("two\nlines");
    await hand.click("editable");
    await hand.press("ctrl+a");
    await hand.type("edited");
    await hand.click(`document.getElementById("second-delete")`);
    await hand.openMenu("paragraph", 3);
    await hand.press("Escape"); // The browser's own menu takes it.
    await hand.click(`document.querySelector("x-card").shadowRoot.getElementById("shadowed")`);
    const frames = [`document.getElementById("same")`, `document.getElementById("other")`];
    const zero = await hand.find("{ getBoundingClientRect: () => ({ left: 0, top: 0, width: 0, height: 0 }) }");
    const places: { x: number; y: number }[] = [];
    for (const frame of frames) {
      const { x, y } = await hand.find(frame);
      await hand.clickAt(x - 80, y - 10);
      places.push({ x: x - 80 - zero.x, y: y - 10 - zero.y });
    }
    await hand.type("deep");
    await hand.press("Return");
    const rows = await actions(23);
    assert.deepEqual(rows.map(brief), [
      'click getByRole("button", { name: "Plain button", exact: true })',
      'click getByRole("button", { name: "Inner bold", exact: true })',
      'click getByTestId("the-test-id")',
      'dblclick getByRole("link", { name: "A link", exact: true })',
      'click getByRole("textbox", { name: "Your name", exact: true })',
      'fill Ada Lovelace getByRole("textbox", { name: "Your name", exact: true })',
      'press Tab getByRole("textbox", { name: "Your name", exact: true })',
      'fill needle getByRole("textbox", { name: "Search here", exact: true })',
      'press Enter getByRole("textbox", { name: "Search here", exact: true })',
      'check getByRole("checkbox", { name: "Send me news", exact: true })',
      'check getByRole("radio", { name: "Two", exact: true })',
      'select Green getByRole("combobox", { name: "Color", exact: true })',
      'click getByRole("textbox", { name: "Notes", exact: true })',
      'fill two\nlines getByRole("textbox", { name: "Notes", exact: true })',
      'click getByRole("textbox", { name: "Editor", exact: true })',
      'fill edited getByRole("textbox", { name: "Editor", exact: true })',
      'click getByRole("button", { name: "Delete", exact: true }).nth(1)',
      'click right getByText("Only a paragraph of text.", { exact: true })',
      'click getByRole("button", { name: "Shadow button", exact: true })',
      'click locator("iframe[name=\\"same\\"]").contentFrame().getByRole("button", { name: "Inside", exact: true })',
      'click locator("iframe[id=\\"other\\"]").contentFrame().getByRole("textbox", { name: "In the other frame", exact: true })',
      'fill deep locator("iframe[id=\\"other\\"]").contentFrame().getByRole("textbox", { name: "In the other frame", exact: true })',
      'press Enter locator("iframe[id=\\"other\\"]").contentFrame().getByRole("textbox", { name: "In the other frame", exact: true })',
    ]);
    assert.equal(
      rows.find(({ bestSemanticSelector }) => bestSemanticSelector?.includes("nth(1)") === true)?.nearbyText,
      "Pears Delete",
    );
    const inFrames = rows.filter(
      ({ action, bestSemanticSelector }) =>
        action === "click" && bestSemanticSelector?.includes("contentFrame()") === true,
    );
    // The screen has whole pixels, and a frame may begin between two of them.
    for (const [at, { x, y }] of places.entries()) {
      const told = inFrames[at]?.coordinates ?? { x: NaN, y: NaN };
      assert.ok(Math.abs(told.x - x) <= 1 && Math.abs(told.y - y) <= 1, JSON.stringify([told, { x, y }]));
    }
    for (const row of rows)
      assert.ok(row.pageId === rows[0]?.pageId && row.source === "user" && row.success && row.url !== undefined);
    await findAgain(recording, rows);
  });

  it("a click on a label is what it led to; one on what lies in the label, or that the page takes, is no check", async () => {
    site.page(
      "/labels",
      `<!doctype html><title>Labels</title><link rel=icon href="data:,"><style>* { margin: 4px } label { display: block }</style>
<label><input type=checkbox aria-label="First"> <x-words></x-words></label>
<label><input type=checkbox aria-label="Second"> I accept the <a id=terms href="#terms">terms</a></label>
<label><input type=checkbox aria-label="Third"> <b id=taken>Taken by the page</b></label>
<label><input type=radio name=r checked aria-label="Fourth"> <b id=already>Checked before</b></label>
<script>
customElements.define("x-words", class extends HTMLElement { connectedCallback() { this.attachShadow({ mode: "open" }).innerHTML = "<b>In a shadow root</b>"; } });
taken.parentElement.addEventListener("click", (event) => event.preventDefault());
</script>`,
    );
    await open("/labels");
    await hand.click(`document.querySelector("x-words").shadowRoot.firstChild`);
    for (const id of ["terms", "taken", "already"]) await hand.click(`document.getElementById("${id}")`);
    const rows = await actions(4);
    assert.deepEqual(rows.map(brief), [
      'check getByRole("checkbox", { name: "First", exact: true })',
      'click getByRole("link", { name: "terms", exact: true })',
      'click getByText("Taken by the page", { exact: true })',
      'click getByRole("radio", { name: "Fourth", exact: true })',
    ]);
    await findAgain(recording, rows);
  });

  /** Waits in the page that is active now, also where another one becomes it: by the page's own session. */
  const inPage = (): ((event: string, condition: string) => Promise<unknown>) => {
    const { session } = recording.targets.require();
    return (event, condition) =>
      session.send("Runtime.evaluate", {
        expression: `new Promise((resolve) => { const look = () => (${condition}) && resolve(); addEventListener("${event}", look, true); look(); })`,
        awaitPromise: true,
      });
  };

  it("typing goes on as one fill after a look into another tab", async () => {
    await open("/story");
    await hand.click(`document.getElementById("name-field")`);
    await hand.type("looked");
    const until = inPage();
    await hand.press("ctrl+t");
    await until("visibilitychange", "document.visibilityState === 'hidden'");
    await hand.press("ctrl+w");
    await until("visibilitychange", "document.visibilityState === 'visible'");
    await until("focus", "document.hasFocus()");
    await hand.press("ctrl+f");
    await until("blur", "!document.hasFocus()");
    await hand.press("Escape");
    await until("focus", "document.hasFocus()");
    await hand.type(" up");
    await hand.click("plain");
    const rows = await actions(3);
    assert.deepEqual(
      rows.map(({ action, value }) => `${action} ${value ?? ""}`.trim()),
      ["click", "fill looked up", "click"],
    );
  });

  it("a date, a number and a slider are one fill each, whatever the browser tells on the way; what a key checks has no place", async () => {
    site.page(
      "/steps",
      `<!doctype html><title>Steps</title><link rel=icon href="data:,"><style>* { margin: 4px }</style><input id=day type=date aria-label="Day"><input id=count type=number aria-label="Count"><input id=level type=range aria-label="Level"><input id=one type=radio name=r aria-label="One"><input type=radio name=r aria-label="Two"><input id=last aria-label="Last">`,
    );
    await open("/steps");
    const day = await hand.find("day");
    await hand.clickAt(day.x - 40, day.y);
    await hand.type("12312025");
    await hand.click("count");
    await hand.press("Up", "Up", "Up", "Tab", "Right", "Right");
    await hand.click("one");
    const until = inPage();
    await hand.press("Right", "ctrl+f");
    await until("blur", "!document.hasFocus()");
    await hand.press("Escape");
    await until("focus", "document.hasFocus()");
    await hand.click("last");
    const rows = await actions(8);
    assert.deepEqual(
      rows.map(({ action, value, coordinates }) =>
        [action, value ?? (coordinates === undefined ? "by key" : "at a place")].join(" "),
      ),
      [
        "fill 2025-12-31",
        "click at a place",
        "fill 3",
        "press Tab",
        "fill 52",
        "check at a place",
        "check by key",
        "click at a place",
      ],
    );
  });

  it("what is typed in a closed shadow root, where nobody can look, is one fill and no letter of it is told", async () => {
    site.page(
      "/closed",
      `<!doctype html><title>Closed</title><link rel=icon href="data:,"><x-login style="display: inline-block"></x-login><p id=after>After</p><script>document.querySelector("x-login").attachShadow({ mode: "closed" }).innerHTML = "<input style='width:200px'><button>Send</button>";</script>`,
    );
    await open("/closed");
    await hand.click(`document.querySelector("x-login")`);
    await hand.type("qzx9");
    await hand.press("Return", "Tab", "space");
    await hand.click("after");
    const rows = await actions(6);
    assert.deepEqual(
      rows.map(({ action, value }) => [action, value].filter((part) => part !== undefined).join(" ")),
      ["click", "fill ***masked***", "press Enter", "press Tab", "click", "click"],
    );
  });

  it("a password that the page shows while it is typed, and a code typed into four boxes, are in no file", async () => {
    site.page("/sent", "");
    site.page(
      "/shown",
      `<!doctype html><title>Shown</title><link rel=icon href="data:,"><style>* { margin: 4px }</style><input type=password id=word aria-label="Word"><button id=eye>Show</button>
<div>${["a", "b", "c", "d"].map((id) => `<input id=${id} class=box size=1 maxlength=1 aria-label="Box ${id}">`).join("")}</div><button id=send>Send</button>
<script>eye.onclick = () => { word.type = "text"; };
const boxes = [...document.querySelectorAll(".box")];
boxes.forEach((box, index) => { box.oninput = () => boxes[index + 1]?.focus(); });
send.onclick = () => fetch("/sent", { method: "POST", body: JSON.stringify({ w: word.value, c: boxes.map((box) => box.value).join("") }) }).then((r) => r.text());</script>`,
    );
    await open("/shown");
    await hand.click("word");
    await hand.type("covered-");
    await hand.click("eye");
    await hand.click("word");
    await hand.press("End");
    await hand.type("then-shown");
    await hand.click("a");
    await hand.type("4815");
    await hand.click("send");
    const { body } = await site.waitFor("POST /sent");
    assert.deepEqual(JSON.parse(body), { w: "covered-then-shown", c: "4815" });
    await recording.until("network", (rows) => rows.some(({ method }) => method === "POST"), "what was sent");
    const rows = await recording.until(
      "actions",
      (all) => all.at(-1)?.bestSemanticSelector?.includes("Send") === true,
      "the last click",
    );
    const fills = rows.filter(({ action }) => action === "fill").map(({ value }) => value);
    assert.deepEqual(fills, Array(6).fill("***masked***"));
    await recording.stop();
    for (const secret of ["covered-", "then-shown", "4815"])
      assert.deepEqual(filesHolding(recording.folder, secret), [], secret);
  });

  it("the selectors of many kinds of elements are those of Playwright, and unique", async () => {
    const kinds = [
      `<button aria-labelledby="said-a said-b">ignored</button><i id=said-a>Said</i> <i id=said-b hidden>hidden too</i>`,
      `<button aria-label=" Trimmed  label ">x</button>`,
      `<input type=submit>`,
      `<input type=button value="A value">`,
      `<input type=image alt="Picture to send" src="/p.png" width=20 height=20>`,
      `<a href="#1"><img alt="Picture in a link" src="/p.png" width=20 height=20></a>`,
      `<a href="#2">Shown <span aria-hidden=true>not read</span></a>`,
      `<button>Seen <span style="display:none">unseen</span></button>`,
      `<button class=before>with a style</button>`,
      `<button>Two<div>lines</div></button>`,
      `<button>Broken<br>line</button>`,
      `<label>Around <input></label>`,
      `<label for=l1>First</label> <label for=l1>second</label><input id=l1>`,
      `<input placeholder="Only a placeholder">`,
      `<input title="Only a title" placeholder=p>`,
      `<input type=number aria-label="How many">`,
      `<label>Sum of <input size=2 value=7> all</label>`,
      `<div role=tab>A tab</div>`,
      `<div role=menuitem>An entry</div>`,
      `<div role=switch aria-checked=false>A switch</div>`,
      `<div role=button tabindex=0>A made-up button</div>`,
      `<h3>A heading</h3>`,
      `<img alt="A picture" src="/p.png" width=20 height=20>`,
      `<svg role=img width=20 height=20><title>Drawn</title><rect width=20 height=20 /></svg>`,
      `<button class=icon></button>`,
      `<button>Twice</button><button hidden>Twice</button>`,
      `<button>Same</button>`,
      `<button>Same</button>`,
      `<button>"Quoted" \\ and 'more'</button>`,
      `<button>Größe — ünïcode 日本</button>`,
      `<button>Not&nbsp;breaking &nbsp; spaces</button>`,
      `<div>Words in a div</div>`,
      `<p>Words in <b>bold</b> and not</p>`,
      `<span>Twice said</span><span hidden>Twice said</span>`,
      `<table><tr><td>In a cell</td></tr></table>`,
      `<ul><li>In a list</li></ul>`,
      `<details><summary>More of it</summary></details>`,
      `<a>No link at all</a>`,
      `<div contenteditable aria-label="Rich" role=textbox>rich text</div>`,
      `<fieldset><legend>Group</legend><label><input type=radio name=g value=1>One of them</label></fieldset>`,
      `<canvas width=30 height=20></canvas>`,
      `<button id=item-48213>Counted id</button>`,
      `<button data-testid='odd "id"'>Test id</button>`,
      `<x-outer><button>In the slot</button></x-outer>`,
      `<button title="Titled only"></button>`,
      `<label>Choose <select><option>Of these</select></label>`,
      `<output aria-label="A result">42</output>`,
      `<button aria-labelledby=missing>Falls back</button>`,
      `<div role="none presentation">Nothing special</div>`,
      `<button><svg width=20 height=20 aria-label="Drawn in a button"><rect width=20 height=20 /></svg></button>`,
      `<textarea placeholder="Write here"></textarea>`,
      `<input type=password aria-label="A secret one">`,
      `<input type=search aria-label="Look for">`,
      `<span role=heading aria-level=2>Made-up heading</span>`,
    ];
    site.page(
      "/kinds",
      `<!doctype html><title>Kinds</title><link rel=icon href="data:,"><style>main { display: grid; grid-template-columns: repeat(5, 1fr); font: 12px sans-serif } main > div { height: 50px; overflow: hidden } .before::before { content: "Begins " } .icon { width: 30px; height: 20px } * { margin: 0 }</style><main>${kinds.map((kind) => `<div>${kind}</div>`).join("")}</main>
<script>
customElements.define("x-outer", class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: "open" }).innerHTML = "<p><slot></slot></p>"; } });
addEventListener("click", (event) => { if (!event.target.closest("label")) event.preventDefault(); });
</script>`,
    );
    await open("/kinds");
    const targets = kinds.map(
      (kind, index) =>
        `(() => { const cell = document.querySelectorAll("main > div")[${index}]; const found = [...cell.querySelectorAll("button, input, textarea, [role], h3, img, canvas, summary, b, td, li, output, p, a, span, div")]; return found.find((element) => element.checkVisibility() && !(element instanceof HTMLSelectElement)) ?? cell; })()`,
    );
    for (const target of targets) await hand.click(target);
    const clicked = kinds.filter((kind) => !kind.includes("<select")).length;
    const rows = await actions(clicked);
    assert.equal(rows.length, clicked, rows.map(brief).join("\n"));
    await findAgain(recording, rows);
    const byPath = rows
      .filter(({ bestSemanticSelector }) => bestSemanticSelector?.startsWith("locator(") === true)
      .map(brief);
    assert.ok(byPath.length <= 4, `only what has no words is found by its path:\n${byPath.join("\n")}`);
  });

  it("where the browser was sent by hand is an entry; where a page went by itself is none", async () => {
    site.page(
      "/start",
      `<!doctype html><title>Start</title><link rel=icon href="data:,"><style>* { display: block; margin: 4px }</style><a id=link href="/next">Next</a><button id=push onclick="history.pushState(1, '', '/start?pushed')">Push</button><button id=again onclick="location.reload()">Again</button><button id=back onclick="history.back()">Back</button><button id=popup onclick="window.open('/popup', '', 'width=400,height=300')">Popup</button><form action="/next"><input id=field name=q aria-label="Field"></form>`,
    );
    site.page(
      "/popup",
      `<!doctype html><title>Popup</title><link rel=icon href="data:,"><button id=inside style="width:300px;height:200px">In the popup</button>`,
    );
    await open("/start");
    const at = async (path: string): Promise<void> => {
      for (const deadline = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
        const where = await evaluate(
          "document.readyState === 'complete' ? location.pathname + location.search : ''",
        ).catch(() => "");
        if (where === path) return;
        if (Date.now() > deadline) throw new Error(`The page is at ${String(where)} and not at ${path}.`);
      }
    };
    const story: string[] = [];
    const then = async (count: number): Promise<void> => {
      const rows = await actions(story.length + count);
      story.push(
        ...rows
          .slice(story.length)
          .map(
            (row) =>
              `${row.action}${row.value === undefined ? "" : ` ${row.value}`} ${row.bestSemanticSelector === undefined ? (row.url ?? "").replace(site.origin, "") : (/name: "(.*?)"/.exec(row.bestSemanticSelector)?.[1] ?? "")}`,
          ),
      );
    };
    await hand.click("link");
    await at("/next");
    await then(1);
    await hand.press("alt+Left");
    await at("/start");
    await then(1);
    await hand.press("alt+Right");
    await at("/next");
    await then(1);
    const until = inPage();
    await hand.press("ctrl+l");
    await until("blur", "!document.hasFocus()");
    await hand.type(`${site.origin}/start?typed\n`);
    await at("/start?typed");
    await then(1);
    const loads = (): number => site.seen.filter(({ path }) => path === "/start?typed").length;
    const before = loads();
    await hand.press("F5");
    await then(1);
    assert.equal(loads(), before + 1);
    await hand.click("again");
    await then(1);
    await at("/start?typed");
    await hand.click("push");
    await then(1);
    await hand.press("alt+Left");
    await then(1);
    await hand.click("back");
    await at("/next");
    await then(1);
    await hand.press("alt+Right");
    await at("/start?typed");
    await then(1);
    await hand.click("field");
    await hand.type("words\n");
    await at("/next?q=words");
    await then(3);
    await hand.press("alt+Left");
    await at("/start?typed");
    await then(1);
    await hand.click("popup");
    await site.waitFor("GET /popup");
    await recording.until(
      "logs",
      (rows) =>
        rows.filter(({ event, data }) => event === "page.navigated" && String(data?.["url"]).endsWith("/popup"))
          .length === 1,
      "the popup",
    );
    const popup = recording.targets.pages().find(({ url }) => url.endsWith("/popup")) ?? assert.fail("no popup");
    assert.equal(popup.openerId, recording.targets.pages()[0]?.id);
    const popupHand = display.hand(recording.targets.require(popup.id).session);
    await popupHand.arrive();
    await popupHand.click("inside");
    await then(2);
    assert.deepEqual(story, [
      "click Next",
      "goBack /start",
      "goForward /next",
      "goto /start?typed",
      "reload /start?typed",
      "click Again",
      "click Push",
      "goBack /start?typed",
      "click Back",
      "goForward /start?typed",
      "click Field",
      "fill words Field",
      "press Enter Field",
      "goBack /start?typed",
      "click Popup",
      "click In the popup",
    ]);
    const rows = await recording.rows("actions");
    assert.equal(rows.at(-1)?.pageId, popup.id);
    assert.ok(rows.slice(0, -1).every(({ pageId }) => pageId !== popup.id));
  });

  it("what code does is not told a second time, and what a person does meanwhile is", async () => {
    await open("/story");
    // As the process of `exec` drives the page, and as the host hears of it.
    const bridge = bridgeTo(recording.browser.endpoint, "drives");
    bridge.onActive((phase, span) => recording.recorder.agentActive(phase, span));
    try {
      const { targetId } = recording.targets.require().info;
      const page = await bridge.page(targetId);
      const byCode = async (action: string, work: () => Promise<unknown>): Promise<void> => {
        await work();
        recording.recorder.agentAction({
          ts: new Date().toISOString(),
          source: "agent",
          pageId: targetId.slice(0, 6).toLowerCase(),
          action,
          duration: 1,
          success: true,
        });
      };
      await byCode("click", () => page.getByRole("button", { name: "Plain button" }).click());
      await byCode("fill", () => page.getByLabel("Your name").fill("by code"));
      // The person's turn, while the script waits for something; no person is as quick as clocks may differ (15 ms).
      await new Promise((resolve) => setTimeout(resolve, 100));
      await hand.click("inner");
      await hand.click(`document.getElementById("name-field")`);
      await hand.press("End");
      await hand.type(" and by hand");
      const waiting = byCode("click", () => page.getByRole("button", { name: "Made by the click" }).click());
      await evaluate(
        `document.getElementById("area").addEventListener("click", () => { plain.textContent = "Made by the click"; }, { once: true }); 1`,
      );
      await hand.click("area");
      await waiting;
      await byCode("check", () => page.getByLabel("Send me news").check());
      await byCode("type", () => page.getByLabel("Notes").pressSequentially("typed by code"));
      await byCode("goto", () => page.goto(`${site.origin}/next`));
      await hand.click("p");
      const rows = await actions(11);
      assert.deepEqual(
        rows.map(({ source, action, value }) => [source, action, value].filter((part) => part !== undefined).join(" ")),
        [
          "agent click",
          "agent fill",
          "user click",
          "user click",
          "user fill by code and by hand",
          "user click",
          "agent click",
          "agent check",
          "agent type",
          "agent goto",
          "user click",
        ],
      );
    } finally {
      await bridge.close();
    }
  });

  it("a machine of a thirtieth of the speed finds the same selectors; what scrolls by the wheel is one entry", async () => {
    const items = Array.from({ length: 3_000 }, (_, n) => `<li>Row ${n} <button>Delete ${n}</button><b>Text ${n}</b>`);
    site.page(
      "/long",
      `<!doctype html><title>Long</title><link rel=icon href="data:,"><div id=box style="height:300px;overflow:auto"><ul>${items.join("")}</ul></div><p style="height:3000px">Below`,
    );
    await open("/long");
    const shown = (n: number): string => `document.querySelectorAll("button")[${n}]`;
    const text = (n: number): string => `document.querySelectorAll("b")[${n}]`;
    await hand.click(shown(3));
    await hand.click(text(3));
    const { session } = recording.targets.require();
    await session.send("Emulation.setCPUThrottlingRate", { rate: 30 });
    await hand.click(shown(4));
    await hand.click(text(4));
    await actions(4);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    await hand.wheel(`document.getElementById("box")`, 4);
    await hand.click(
      `(() => { const box = document.getElementById("box"); const { bottom } = box.getBoundingClientRect(); return [...box.querySelectorAll("button")].findLast((one) => one.getBoundingClientRect().bottom < bottom - 4 && one.getBoundingClientRect().top > 20); })()`,
    );
    const rows = (await actions(6)).map(brief);
    assert.deepEqual(rows.slice(0, 4), [
      'click getByRole("button", { name: "Delete 3", exact: true })',
      'click getByText("Text 3", { exact: true })',
      'click getByRole("button", { name: "Delete 4", exact: true })',
      'click getByText("Text 4", { exact: true })',
    ]);
    assert.match(rows[4] ?? "", /^wheel 0, [1-9]\d+ locator\("#box"\)$/);
    assert.match(rows[5] ?? "", /^click getByRole\("button", \{ name: "Delete \d+", exact: true \}\)$/);
  });

  it("a page can neither see nor forge nor stop an entry", async () => {
    site.page(
      "/hostile",
      `<!doctype html><title>Hostile</title><link rel=icon href="data:,"><style>* { display: block; margin: 4px }</style>
<script>
window.before = Object.getOwnPropertyNames(window).length;
for (const type of ["click", "input", "change", "keydown", "focusout"]) addEventListener(type, (event) => event.stopImmediatePropagation(), true);
for (const prototype of [Element.prototype, Node.prototype, EventTarget.prototype, Array.prototype]) for (const name of ["getAttribute", "closest", "matches", "querySelectorAll", "map", "filter", "addEventListener"]) if (name in prototype) Object.defineProperty(prototype, name, { get() { throw new Error("trap"); } });
JSON.stringify = () => { throw new Error("trap"); };
addEventListener("error", () => { window.failed = true; });
</script>
<form id=form aria-label="Trap"><input name=id aria-label="Field called id"><input name=parentNode><input name=getAttribute><input name=childNodes><input name=localName><button type=button id=button>In the form</button></form>
<img name=querySelectorAll><img name=body><a id=forged href="#">Forged</a>`,
    );
    await open("/hostile");
    await evaluate(
      `forged.click(); forged.dispatchEvent(new MouseEvent("click", { bubbles: true })); form.elements[0].dispatchEvent(new Event("change", { bubbles: true })); 1`,
    );
    await hand.click("form.elements[0]");
    await hand.type("x");
    await hand.click("button");
    await evaluate(
      `document.open(); document.write("<button id=written style='width:200px;height:100px'>Written anew</button>"); document.close(); 1`,
    );
    await hand.click(`document.getElementById("written")`);
    const rows = await actions(4);
    assert.deepEqual(rows.map(brief), [
      'click getByRole("textbox", { name: "Field called id", exact: true })',
      'fill x getByRole("textbox", { name: "Field called id", exact: true })',
      'click getByRole("button", { name: "In the form", exact: true })',
      'click getByRole("button", { name: "Written anew", exact: true })',
    ]);
    assert.equal(await evaluate("window.failed === true"), false);
  });

  it("no secret that is typed, sent or received is anywhere in the .libretto folder (Must show 3)", async () => {
    const secrets = [
      "correct-horse-battery",
      "4111111111111111",
      "bearer-of-tidings-77",
      "cookie-value-4242",
      "query-token-9191",
      "set-by-server-5151",
      "typed-api-key-31337",
    ];
    site.route("/login", (_request, response) =>
      response
        .writeHead(302, {
          location: `/private?access_token=${secrets[4]}`,
          "set-cookie": `session=${secrets[5]}; HttpOnly`,
        })
        .end(),
    );
    site.route("/private", (_request, response) =>
      response.writeHead(200, { "content-type": "text/html" })
        .end(`<!doctype html><title>Private</title><link rel=icon href="data:,"><script>
fetch("/json?n=1", { headers: { authorization: "Bearer ${secrets[2]}" } }).then((r) => r.text()).then(() => { console.error("token=" + new URLSearchParams(location.search).get("access_token") + " of", { password: "${secrets[0]}" }); fetch("/done").then((r) => r.text()); });
</script>`),
    );
    // The names under which the form sends them say nothing.
    site.page(
      "/form",
      `<!doctype html><title>Form</title><link rel=icon href="data:,"><style>* { display: block; margin: 4px }</style><form method=post action="/login"><input id=user name=u aria-label="User"><input id=secret type=password name=p aria-label="Pass phrase"><input id=card name=c autocomplete=cc-number aria-label="Number"><input id=key name=k aria-label="API key"><button id=send>Sign in</button></form>
<script>secret.addEventListener("input", () => { if (secret.value.length > 20) fetch("/strength", { method: "POST", body: JSON.stringify({ v: secret.value }) }).then((r) => r.text()); });</script>`,
      { "set-cookie": `mine=${secrets[3]}` },
    );
    await open("/form");
    await hand.click("user");
    await hand.type("ada");
    await hand.click("secret");
    await hand.type(secrets[0] ?? "");
    await hand.click("card");
    await hand.type(secrets[1] ?? "");
    await hand.click("key");
    await hand.type(secrets[6] ?? "");
    await hand.click("send");
    await site.waitFor("GET /done");
    await recording.until("network", (rows) => rows.some(({ url }) => url.endsWith("/done")), "the last request");
    await recording.stop();
    const rows = await recording.rows("actions");
    assert.deepEqual(
      rows.map(({ action, value }) => `${action} ${value ?? ""}`.trim()),
      [
        "click",
        "fill ada",
        "click",
        "fill ***masked***",
        "click",
        "fill ***masked***",
        "click",
        "fill ***masked***",
        "click",
      ],
    );
    assert.ok(
      site.seen.some(({ body }) => body.includes(`p=${secrets[0]}`)) &&
        site.seen.some(({ headers }) => headers.cookie?.includes(secrets[3] ?? "") === true),
      "the server got them",
    );
    for (const secret of secrets) assert.deepEqual(filesHolding(recording.folder, secret), [], secret);
  });
});

/** Finds the element of each row with Playwright, by both of its selectors. */
async function findAgain(recording: Recording, rows: ActionRow[]): Promise<void> {
  const { chromium } = createRequire(join(process.cwd(), "package.json"))("playwright-core") as typeof playwright;
  const browser = await chromium.connectOverCDP(recording.browser.endpoint);
  try {
    const page = browser.contexts()[0]?.pages()[0] ?? assert.fail("no page");
    for (const row of rows) {
      // As a user would run it: the row holds code.
      // eslint-disable-next-line @typescript-eslint/no-implied-eval
      const locate = new Function("page", `return page.${row.bestSemanticSelector}`) as (
        page: playwright.Page,
      ) => playwright.Locator;
      const best = locate(page);
      assert.equal(await best.count(), 1, `${row.bestSemanticSelector} finds one element`);
      const element = await best.elementHandle();
      assert.ok(
        await page.locator(row.selector ?? "").evaluate((one, other) => one === other, element),
        `${row.selector} and ${row.bestSemanticSelector} find the same`,
      );
    }
  } finally {
    await browser.close();
  }
}
