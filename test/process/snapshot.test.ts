import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import { type CdpConnection } from "../../src/sessions/host/wire/cdp.js";
import { type PlaywrightBridge } from "../../src/sessions/host/wire/playwrightBridge.js";
import { AccessibilityTrees } from "../../src/sessions/host/reads/accessibilityTree.js";
import { Redactor } from "../../src/sessions/logs/redact.js";
import { takeSnapshot, type TakenSnapshot } from "../../src/sessions/host/requests/snapshot.js";
import { Targets } from "../../src/sessions/host/wire/targets.js";
import { saysWhereMouseIs, startBrowser, Witness, type OwnBrowser } from "../support/browser.js";
import { Site } from "../support/site.js";
import { bridgeTo, connectCdp } from "../support/wire.js";

describe("S20: snapshot", () => {
  let site: Site;
  let browser: OwnBrowser;
  let witness: Witness;
  let cdp: CdpConnection;
  let targets: Targets;
  let bridge: PlaywrightBridge;
  let trees: AccessibilityTrees;
  let folder: string;

  before(async () => {
    site = await Site.start();
  });
  after(() => site.close());
  beforeEach(async () => {
    browser = await startBrowser();
    witness = await Witness.connect(browser.endpoint);
    cdp = await connectCdp(browser.endpoint);
    targets = new Targets(cdp);
    await targets.start();
    trees = new AccessibilityTrees(targets);
    bridge = bridgeTo(browser.endpoint, "reads");
    folder = mkdtempSync(join(process.env["LIBRETTO_TEST_FOLDER"] ?? tmpdir(), "snapshots-"));
  });
  afterEach(async () => {
    await bridge.close();
    cdp.close();
    witness[Symbol.dispose]();
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function open(path: string): Promise<string> {
    const targetId = await witness.openPage(site.url(path));
    await witness.untilLoaded(path);
    return targetId;
  }

  async function take(
    targetId: string,
    more: { ref?: string; timeoutMs?: number; signal?: AbortSignal; noPicture?: true } = {},
  ): Promise<TakenSnapshot> {
    const { info, session } = targets.require(targetId);
    const taken = await takeSnapshot({
      page: info,
      redactor: new Redactor(),
      session,
      trees,
      folder,
      signal: new AbortController().signal,
      ...more,
    });
    assert.equal(taken.png === null, more.noPicture === true, taken.pictureMissing);
    return taken;
  }

  /** Width and height in the header of a PNG. */
  function pngSize(path: string): number[] {
    const data = readFileSync(path);
    assert.equal(data.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
    return [data.readUInt32BE(16), data.readUInt32BE(20)];
  }

  it("writes a picture and a tree with element refs, for the user alone", async () => {
    const page = await open("/form");
    const { id, png, tree, text } = await take(page);
    assert.ok(png !== null);
    assert.equal(dirname(png), join(folder, id));
    assert.deepEqual(pngSize(png), await witness.evaluate("[innerWidth, innerHeight]", "/form"));
    assert.match(text, /- heading "Order a book" \[level=1\] \[ref=\w+\]/);
    assert.match(text, /- textbox "E-mail" \[ref=\w+\]: ada@example\.test/);
    assert.ok(readFileSync(tree, "utf8").includes(text.split("\n")[1] ?? "?"));
    for (const path of [png, tree]) assert.equal(statSync(path).mode & 0o077, 0);
    const second = await take(page);
    assert.notEqual(second.id, id);
  });

  it("the tree is, but for the numbers of its refs, what Playwright shows machine readers", async () => {
    for (const path of ["/form", "/frames"]) {
      const page = await open(path);
      await witness.until(
        "[...document.querySelectorAll('iframe')].every(({ contentDocument }) => contentDocument?.readyState !== 'loading')",
        path,
      );
      const plain = (tree: string): string => tree.replace(/\[ref=\w+\]/g, "[ref]").trim();
      const playwrights = await (await bridge.page(page)).ariaSnapshot({ mode: "ai" });
      const { tree } = await take(page, { noPicture: true });
      assert.equal(plain(readFileSync(tree, "utf8").replace(/^#.*\n/, "")), plain(playwrights));
    }
  });

  it("text that a style sheet puts before and after elements is in the tree, however it is said", async () => {
    const rule = (selector: string): string => `${selector} { content: "MARK" }`;
    const sheets: Record<string, string> = {
      "a rule": rule(".a::before"),
      "with a colon, among others": rule("h1, p > .a:after, i"),
      "for all elements, reset before": `*, ::before { box-sizing: border-box } ${rule("p ::before")}`,
      "an attribute": rule('[class^="a"]::before'),
      "an attribute that holds the word": rule('[title="x::before"]::after'),
      "a medium": `@media all { ${rule(".a::before")} }`,
      "a condition": `@supports (color: red) { ${rule(".a::before")} }`,
      "a layer": `@layer one { @layer two { ${rule(".a::before")} } }`,
      "a scope": `@scope (p) { ${rule(":scope > .a::before")} }`,
      "a container": `p { container-type: inline-size } @container (min-width: 1px) { ${rule(".a::before")} }`,
      "a nested rule": `.a { color: red; ${rule("&::before")} }`,
    };
    const body = '<p><b class="a" title="x::before">word</b></p>';
    const more: Record<string, string> = {
      "a sheet made by a script": `const sheet = new CSSStyleSheet(); sheet.replaceSync(${JSON.stringify(rule(".a::before"))}); document.adoptedStyleSheets = [sheet]`,
      "a sheet of another site": `document.head.innerHTML = '<style>@import "data:text/css,.a::before{content:%22MARK%22}"</style>'`,
      "a form of that name": `document.body.innerHTML += '<form name="styleSheets"><style>${rule(".a::before")}</style></form>'`,
      "a component": `const shadow = document.querySelector("p").attachShadow({ mode: "open" }); shadow.innerHTML = '<style>${rule("::slotted(b)::before")}</style><slot></slot>'`,
    };
    const page = await open("/form");
    const playwrights = await bridge.page(page);
    for (const [what, script] of [
      ...Object.entries(sheets).map(([name, css]) => [
        name,
        `document.head.innerHTML = ${JSON.stringify(`<style>${css}</style>`)}`,
      ]),
      ...Object.entries(more),
    ]) {
      await witness.evaluate(
        `document.adoptedStyleSheets = []; document.head.innerHTML = ""; document.body.innerHTML = ${JSON.stringify(body)}; ${script}; 0`,
        "/form",
      );
      const style = `["::before", "::after"].some((part) => getComputedStyle(document.querySelector("b"), part).content.includes("MARK"))`;
      await witness.until(style, "/form").catch((error: Error) => assert.fail(`${what}: ${error.message}`));
      const { tree } = await take(page, { noPicture: true });
      const plain = (text: string): string => text.replace(/\[ref=\w+\]/g, "[ref]").trim();
      const text = plain(readFileSync(tree, "utf8").replace(/^#.*\n/, ""));
      assert.equal(text, plain(await playwrights.ariaSnapshot({ mode: "ai" })), what);
      assert.match(text, /MARK/, what);
    }
  });

  it("a field has the name that its labels give it, wherever they stand", async () => {
    const page = await open("/form");
    await witness.evaluate(
      `document.body.innerHTML = ${JSON.stringify(`
        <label>Around <input></label><label for="a">By its id</label><input id="a">
        <label for="b">First</label><label>Second <select id="b"><option>One</option></select></label>
        <label hidden for="c">Hidden</label><textarea id="c"></textarea><label for="d">Press</label><button id="d">Go</button>
        <label for="e">Twice</label><input id="e"><input id="e"><label for="f">Nothing</label><input type="hidden" id="f">
        <label>Share <meter value="0.5"></meter></label><label>Sum <output>3</output></label>
        <label>Done <progress value="0.5"></progress></label><form><input name="labels"></form><div id="host"></div>`)};
      document.querySelector("#host").attachShadow({ mode: "open" }).innerHTML =
        '<label for="a">Inside</label><input id="a"><label>Around it <input></label>'; 0`,
      "/form",
    );
    const plain = (text: string): string => text.replace(/\[ref=\w+\]/g, "[ref]").trim();
    const { tree } = await take(page, { noPicture: true });
    const text = plain(readFileSync(tree, "utf8").replace(/^#.*\n/, ""));
    assert.equal(text, plain(await (await bridge.page(page)).ariaSnapshot({ mode: "ai" })));
    for (const name of ["Around", "By its id", "First Second", "Press", "Inside", "Around it"])
      assert.ok(text.includes(JSON.stringify(name)), `${name}\n${text}`);
  });

  it("takes the tree of tens of thousands of fields", async () => {
    const page = await open("/form");
    await witness.evaluate(
      `document.body.innerHTML = '<style>button { display: block }</style>' +
        Array.from({ length: 60_000 }, (_, index) => '<button>Press ' + index + '</button>').join(""); document.body.offsetHeight`,
      "/form",
    );
    const { tree } = await take(page, { noPicture: true });
    assert.match(readFileSync(tree, "utf8"), /- button "Press 59999" \[ref=\w+\]/);
  });

  it("takes no picture where none is wanted", async () => {
    const { png, tree, pictureMissing } = await take(await open("/form"), { noPicture: true });
    assert.deepEqual([png, pictureMissing], [null, undefined]);
    assert.deepEqual(readdirSync(dirname(tree)), ["tree.yaml"]);
  });

  it("holds what is in frames, of the same site, of another and inline", async () => {
    const page = await open("/frames");
    await witness.until("document.querySelector('iframe').contentDocument?.readyState === 'complete'", "/frames");
    const { text } = await take(page);
    assert.equal(text.match(/heading "Inner page"/g)?.length, 2);
    assert.match(text, /button "Inline button"/);
  });

  it("a ref prints its subtree, also in a frame; refs stay with their elements", async () => {
    const page = await open("/frames");
    const { text } = await take(page);
    const frame = /iframe [^\n]*\[ref=(\w+)\]/.exec(text)?.[1] ?? "";
    const sub = await take(page, { ref: frame });
    assert.match(sub.text, new RegExp(`^- iframe [^\\n]*\\[ref=${frame}\\]:\\n  - `));
    assert.doesNotMatch(sub.text, /heading "Frames"/);
    const button = /button "Inline button" \[ref=(\w+)\]/.exec(text)?.[1] ?? "";
    await witness.evaluate("document.body.prepend(document.createElement('button'))", "/frames");
    assert.equal((await take(page, { ref: button })).text, `- button "Inline button" [ref=${button}]`);
  });

  it("refs stay with their elements when a frame before theirs goes, and when one comes", async () => {
    const page = await open("/frames");
    const { text } = await take(page);
    const buttons = [...text.matchAll(/button "(.*)" \[ref=(\w+)\]/g)].map(([, name = "", ref = ""]) => ({
      name,
      ref,
    }));
    assert.deepEqual(
      buttons.map(({ name }) => name),
      ["Press", "Press", "Inline button"],
    );
    /** Takes the tree again, and follows the refs that were printed before. */
    const follow = async (): Promise<string> => {
      const now = (await take(page, { noPicture: true })).text;
      for (const { name, ref } of buttons.slice(1)) {
        assert.ok(now.includes(`- button "${name}" [ref=${ref}]`), now);
        const selector = await trees.selectorOf(page, ref);
        assert.ok(selector !== undefined, `${ref} leads to ${name}`);
        assert.equal(await (await bridge.page(page)).locator(selector).textContent(), name);
      }
      return now;
    };
    await witness.evaluate("document.querySelector('iframe').remove()", "/frames");
    await follow();
    for (const name of ["First", "Second"])
      await witness.evaluate(
        `new Promise((loaded) => { const frame = document.createElement("iframe"); frame.onload = () => loaded(1); frame.srcdoc = "<button>${name}</button>"; document.body.prepend(frame); })`,
        "/frames",
      );
    const later = await follow();
    const refs = [...later.matchAll(/ \[ref=(\w+)\]/g)].map(([, ref]) => ref);
    assert.match(later, /button "Second"[^]*button "First"/);
    assert.equal(new Set(refs).size, refs.length, later);
  });

  it("a ref that is gone, also after a navigation, is a clear error", async () => {
    const page = await open("/form");
    const ref = /button "Send" \[ref=(\w+)\]/.exec((await take(page)).text)?.[1] ?? "";
    const arrived = (await bridge.page(page)).waitForURL("**/login");
    await witness.evaluate("void (location.href = '/login')", "/form");
    await arrived;
    for (const wanted of [ref, "e9999"])
      await assert.rejects(
        take(page, { ref: wanted }),
        (error) =>
          error instanceof LibrettoError &&
          error.message.includes(`ref ${wanted}`) &&
          /libretto snapshot/.test(error.hint),
      );
  });

  it("changes nothing of the page: no scrolling, focus, style, size, and no event", async () => {
    const page = await open("/");
    await witness.evaluate(
      `
      window.events = [];
      for (const name of ['scroll', 'focus', 'blur', 'resize', 'visibilitychange', 'animationcancel', 'mousemove', 'pointermove', 'keydown', 'beforeprint'])
        for (const target of [window, document]) target.addEventListener(name, (event) => ${saysWhereMouseIs}(event) || window.events.push(name), true);
      window.changes = [];
      new MutationObserver((records) => window.changes.push(...records.map((record) => record.type + ' ' + record.target.nodeName))).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      const moving = document.querySelector('h1').animate([{ opacity: 0 }, { opacity: 1 }], { duration: 1e6 });
      scrollTo(0, 500)`,
      "/",
    );
    await witness.until("scrollY === 500 && window.events.includes('scroll')", "/");
    await witness.evaluate("window.events.length = 0", "/");
    const facts =
      "JSON.stringify([scrollX, scrollY, innerWidth, innerHeight, document.activeElement.nodeName, document.querySelectorAll('style,link').length, document.adoptedStyleSheets.length, Object.keys(globalThis).length, document.getAnimations()[0].playState, document.visibilityState])";
    const before = await witness.evaluate(facts, "/");
    await take(page);
    assert.equal(await witness.evaluate(facts, "/"), before);
    assert.deepEqual(await witness.evaluate("[window.events, window.changes]", "/"), [[], []]);
  });

  it("what is in a password field is neither printed nor written", async () => {
    const page = await open("/login");
    await witness.evaluate(
      "document.querySelector('[type=password]').value = 'correct-horse-battery'; document.querySelector('[name=user]').value = 'ada'",
      "/login",
    );
    const { text, tree } = await take(page);
    assert.match(text, /textbox "Password" \[ref=\w+\]: '\*\*\*masked\*\*\*'/);
    assert.match(text, /textbox "User" \[ref=\w+\]: ada/);
    await witness.evaluate("document.querySelector('[type=password]').placeholder = 'Enter it'", "/login");
    assert.ok(!(await take(page)).text.includes("correct-horse"));
    assert.ok(!text.includes("correct-horse"));
    assert.ok(!readFileSync(tree, "utf8").includes("correct-horse"));
  });

  /** Resolves when a page answers nothing any more. */
  async function untilBlocked(path: string): Promise<void> {
    const unanswered = (): Promise<boolean> => new Promise((resolve) => setTimeout(() => resolve(false), 300));
    while (await Promise.race([witness.evaluate<boolean>("true", path).catch(() => false), unanswered()]));
  }

  it("a page in a busy loop, and one with a dialog, are a clear timeout", async () => {
    const busy = await open("/?busy");
    void witness.evaluate("while (true) {}", "/?busy").catch(() => undefined);
    await untilBlocked("/?busy");
    await assert.rejects(
      take(busy, { timeoutMs: 1_000 }),
      (error) => error instanceof LibrettoError && error.code === "TimedOut",
    );
    const dialog = await open("/?dialog");
    // A dialog that nobody attends to is closed at once.
    const attendant = bridgeTo(browser.endpoint, "drives");
    await attendant.page(dialog);
    void witness.evaluate("alert('wait')", "/?dialog").catch(() => undefined);
    await untilBlocked("/?dialog");
    await assert.rejects(
      take(dialog, { timeoutMs: 1_000 }),
      (error) => error instanceof LibrettoError && error.code === "TimedOut" && /dialog/.test(error.message),
    );
    await attendant.close();
  });

  it("is cancelled at once", async () => {
    const busy = await open("/?busy");
    void witness.evaluate("while (true) {}", "/?busy").catch(() => undefined);
    await untilBlocked("/?busy");
    const cancel = new AbortController();
    const taking = take(busy, { signal: cancel.signal });
    cancel.abort();
    await assert.rejects(taking, (error) => error instanceof LibrettoError && error.code === "Interrupted");
  });

  it("a huge tree is printed in part, and says where the rest is", async () => {
    const page = await open("/");
    await witness.evaluate(
      "for (let i = 0; i < 300; i++) document.body.insertAdjacentHTML('beforeend', `<ul>${'<li><b>x</b> y</li>'.repeat(10)}</ul>`)",
      "/",
    );
    const { text, tree } = await take(page);
    assert.ok(text.split("\n").length <= 601);
    assert.match(text, /# \d+ more lines/);
    assert.ok(readFileSync(tree, "utf8").split("\n").length > 3000);
  });
});
