import assert from "node:assert/strict";
import { type Channel } from "../../../src/sessions/host/wire/channel.js";
import { type WireMessage } from "../../../src/sessions/host/wire/message.js";
import { PlaywrightBridge } from "../../../src/sessions/host/wire/playwrightBridge.js";
import { interceptedChannel, openChannel } from "../../support/wire.js";
import { ExecutorRunner, Stage } from "./stage.js";

/** A channel whose messages to its user can be held back until the user looks into a document. */
class LateChannel {
  /** What came since `hold`, which is let go by the next look into a document. */
  #held: WireMessage[] | undefined;

  constructor(private readonly channel: Channel) {}

  hold(): void {
    this.#held = [];
  }

  /** The channel as its user sees it. */
  get late(): Channel {
    const { channel } = this;
    const send: Channel["send"] = (message, sent) => {
      channel.send(message, sent);
      if (message.method !== "Runtime.callFunctionOn") return;
      const held = this.#held ?? [];
      this.#held = undefined;
      for (const each of held) late.onmessage(each);
    };
    const late = interceptedChannel(channel, send, (message) =>
      this.#held ? void this.#held.push(message) : late.onmessage(message),
    );
    return late;
  }
}

describe("S13: a look into a document that has just gone", () => {
  let stage: Stage;
  let runner: ExecutorRunner;
  let channel: LateChannel;

  before(async () => {
    stage = await Stage.open("/form");
    const playwright = new PlaywrightBridge(async () => {
      channel = new LateChannel(await openChannel(stage.browser.endpoint, "reads"));
      return channel.late;
    }, "reads");
    runner = await ExecutorRunner.start(stage.browser, {}, undefined, playwright);
  });
  after(async () => {
    await runner.close();
    await stage.close();
  });

  for (const [read, before, now] of [
    ["locator('li').count()", "0", "3"],
    ["locator('#submit').isVisible()", "false", "true"],
    ["locator('#submit').isHidden()", "true", "false"],
    ["locator('h1').allInnerTexts()", '[\n  "Order a book"\n]', '[\n  "The Shelf"\n]'],
    ["locator('h1').allTextContents()", '[\n  "Order a book"\n]', '[\n  "The Shelf"\n]'],
    ["locator('h1').innerText()", "Order a book", "The Shelf"],
    ["locator('h1').boundingBox().then(({ x }) => x)", "8", "8"],
    ["locator('h1').ariaSnapshot()", '- heading "Order a book" [level=1]', '- heading "The Shelf" [level=1]'],
  ] as const)
    it(`S13: ${read} tells of the document that is there now`, async () => {
      const look = async (): Promise<unknown> => {
        const ended = await runner.run(`await page.${read}`);
        return ended.ok ? ended.text : ended.message;
      };
      await stage.show("/form");
      assert.equal(await look(), before);
      // The page is there, and its Playwright has not heard of it.
      channel.hold();
      await stage.show("/");
      assert.equal(await look(), now);
    });

  it("S13: a page that wants to go elsewhere, and is not let go, is read as it stands", async () => {
    await stage.show("/");
    await runner.run("await page.locator('h1').count()");
    await stage.witness.evaluate(`(() => {
      const policy = Object.assign(document.createElement("meta"), { httpEquiv: "Content-Security-Policy", content: "form-action 'none'" });
      document.head.append(policy);
      document.body.appendChild(document.createElement("form")).submit();
    })()`);
    for (const read of ["waitFor()", "boundingBox()", "ariaSnapshot()", "innerText()"]) {
      const ended = await runner.run(`await page.locator('h1').${read}`, { timeoutMs: 10_000 });
      assert.ok(ended.ok, JSON.stringify(ended));
    }
  });
});
