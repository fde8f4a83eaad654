import assert from "node:assert/strict";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import type { Channel } from "../../src/sessions/host/wire/channel.js";
import type { WireMessage } from "../../src/sessions/host/wire/message.js";
import { PlaywrightBridge } from "../../src/sessions/host/wire/playwrightBridge.js";
import { startBrowser, Witness, type OwnBrowser } from "../support/browser.js";
import { Site } from "../support/site.js";
import { bridgeTo, interceptedChannel, openChannel } from "../support/wire.js";

describe("Playwright on a session's browser", () => {
  let site: Site;
  let browser: OwnBrowser;
  let witness: Witness;
  let bridge: PlaywrightBridge;

  before(async () => {
    site = await Site.start();
  });
  after(() => site.close());

  beforeEach(async () => {
    browser = await startBrowser(site.url("/"));
    witness = await Witness.connect(browser.endpoint);
    // The empty page before it is complete, too; and a new window is focused only after a while.
    await witness.until("location.pathname === '/' && document.readyState === 'complete' && document.hasFocus()");
    bridge = bridgeTo(browser.endpoint, "drives");
  });
  afterEach(async () => {
    await bridge.close();
    witness[Symbol.dispose]();
    await browser.close();
  });

  const targetOf = async (part: string): Promise<string> => {
    const found = (await witness.pages()).find(({ url }) => url.includes(part));
    assert.ok(found, `no page has ${part} in its address`);
    return found.targetId;
  };

  it("finds each page by its target, also a popup that has just opened", async () => {
    const home = await bridge.page(await targetOf("/"));
    assert.equal(await home.title(), "The Shelf");
    const form = await witness.openPage(site.url("/form"));
    assert.equal(await (await bridge.page(form)).title(), "Form");
    const opener = await bridge.page(await witness.openPage(site.url("/popup")));
    await opener.waitForLoadState();
    const popup = opener.waitForEvent("popup");
    await witness.evaluate("document.querySelector('#open').click()", "/popup");
    await (await popup).waitForURL("**/popup-child");
    const child = await bridge.page(await targetOf("/popup-child"));
    assert.equal(await child.locator("h1").innerText(), "Popup");
    assert.equal(await bridge.page(await targetOf("/form")), await bridge.page(form));
  });

  it("S22: a new page that has loaded before it hears that it is to say so is known to have", async () => {
    const bridge = new PlaywrightBridge(async () => heardLate(await openChannel(browser.endpoint)), "drives");
    try {
      const opener = await bridge.page(await witness.openPage(site.url("/popup")));
      await opener.waitForLoadState();
      const popup = opener.waitForEvent("popup");
      await witness.evaluate("document.querySelector('#open').click()", "/popup");
      await (await popup).waitForLoadState("load", { timeout: 10_000 });
      assert.match((await popup).url(), /popup-child$/);
    } finally {
      await bridge.close();
    }
  });

  it("leaves size, colours and focus of a page as they were, while connected and afterwards", async () => {
    const facts =
      "JSON.stringify([innerWidth, innerHeight, devicePixelRatio, screen.width, matchMedia('(prefers-color-scheme: dark)').matches, matchMedia('(prefers-reduced-motion: reduce)').matches, document.hasFocus(), navigator.userAgent, getComputedStyle(document.body).fontFamily])";
    const before = await witness.evaluate(facts);
    const page = await bridge.page(await targetOf("/"));
    await page.locator("h1").innerText();
    assert.equal(await witness.evaluate(facts), before);
    await bridge.close();
    assert.equal(await witness.evaluate(facts), before);
  });

  it("leaves an open dialog open", async () => {
    const page = await bridge.page(await targetOf("/"));
    const opened = new Promise((resolve) => bridge.onDialog(resolve));
    const session = await witness.sessionOf("/");
    await witness.send("Page.enable", {}, session);
    const answer = witness.evaluate<boolean>("confirm('Really?')");
    await opened;
    assert.equal(bridge.openDialog(page)?.message(), "Really?");
    const closed = new Promise((resolve) => page.once("dialogclosed", resolve));
    // Only if it is still open can the witness answer it, and with yes.
    await witness.send("Page.handleJavaScriptDialog", { accept: true }, session);
    assert.equal(await answer, true);
    await closed;
    assert.equal(bridge.openDialog(page), undefined);
  });

  it("a page that never answers is in nobody's way, and is named when it is asked for", async () => {
    const stuck = await witness.openPage(site.otherSiteUrl("/form"));
    await witness.untilLoaded("/form");
    void witness.evaluate("while (true) {}", "/form").catch(() => undefined);
    const home = await bridge.page((await witness.pages()).find(({ targetId }) => targetId !== stuck)?.targetId ?? "");
    assert.equal(await home.title(), "The Shelf");
    await assert.rejects(
      bridge.page(stuck, 500),
      (error) => error instanceof LibrettoError && error.code === "TimedOut" && /does not answer/.test(error.message),
    );
  });

  it("closing disconnects, and the next use connects again", async () => {
    const target = await targetOf("/");
    await bridge.page(target);
    await bridge.close();
    assert.equal((await witness.pages()).length, 1);
    assert.equal(await (await bridge.page(target)).title(), "The Shelf");
    await (await bridge.browser()).close();
    assert.equal((await witness.pages()).length, 1, "the browser lives when code closes it");
    assert.equal(await (await bridge.page(target)).title(), "The Shelf");
  });

  it("an endpoint where nobody listens is a clear error", async () => {
    await assert.rejects(
      bridgeTo("ws://127.0.0.1:9/devtools/browser/none", "drives").browser(),
      (error) => error instanceof LibrettoError && error.code === "EndpointUnreachable",
    );
  });
});

/** As where the process of a new page is busy: it comes to whether it is to tell that it loads when it has loaded. */
function heardLate(channel: Channel): Channel {
  const pages = new Map<string, { held: [WireMessage, (() => void) | undefined][]; isShown: boolean }>();
  const send: Channel["send"] = (message, sent) => {
    const page = pages.get(message.sessionId ?? "");
    if (page && message.method === "Page.setLifecycleEventsEnabled") page.held.push([message, sent]);
    else channel.send(message, sent);
  };
  const late = interceptedChannel(channel, send, (message) => {
    const { method, params, sessionId = "" } = message;
    if (method === "Target.attachedToTarget" && params?.["waitingForDebugger"] === true)
      pages.set(String(params["sessionId"]), { held: [], isShown: false });
    late.onmessage(message);
    const page = pages.get(sessionId);
    if (!page) return;
    // Not the load of the empty page, which each one is at first.
    if (method === "Page.frameNavigated") page.isShown = true;
    if (method !== "Page.loadEventFired" || !page.isShown) return;
    pages.delete(sessionId);
    for (const [command, sent] of page.held) channel.send(command, sent);
  });
  return late;
}
