import assert from "node:assert/strict";
import type { ActionRow, LogRow, NetworkRow } from "../../../src/sessions/logs/rows.js";
import { Targets } from "../../../src/sessions/host/wire/targets.js";
import { useFixtures } from "../../support/fixtures.js";
import { leaveOut } from "../../support/leaveOut.js";
import { filesHolding } from "./recording.js";
import { Display, whyNoWindow } from "./display.js";
import { connectCdp } from "../../support/wire.js";

describe("A session with a window, opened in the terminal", function () {
  const given = useFixtures("window", "each");
  let display: Display;

  before(async function () {
    const why = whyNoWindow();
    if (why !== undefined) leaveOut(this, `a session with a window: ${why}`);
    display = await Display.start();
  });
  after(() => display?.close());

  it("records the person and the code, each once, in order, also in read-only mode; the page that a person uses is the active one", async () => {
    const { workspace, site } = given;
    await workspace.ok(["open", site.url("/form"), "--headed", "--session", "seen"], {
      env: { DISPLAY: display.name },
    });
    const cdp = await connectCdp(workspace.requireState("seen").cdpEndpoint ?? "");
    const targets = new Targets(cdp);
    await targets.start();
    try {
      const form = targets.require();
      const hand = display.hand(form.session);
      const actions = async (count: number): Promise<string[]> => {
        for (const deadline = Date.now() + 15_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
          const rows = workspace.log<ActionRow>("seen", "actions");
          if (rows.length >= count)
            return rows.map(({ source, action, value }) =>
              [source, action, value].filter((part) => part !== undefined).join(" "),
            );
          if (Date.now() > deadline) throw new Error(`There are not ${count} actions, but ${JSON.stringify(rows)}`);
        }
      };
      await form.session.send("Runtime.evaluate", {
        expression: `document.body.innerHTML = "<label>By hand <input id=byhand></label><label>By code <input id=bycode></label><label>Password <input type=password id=pw></label>"`,
      });
      await hand.arrive();
      await hand.click("byhand");
      await hand.type("one");
      await workspace.ok([
        "exec",
        "--session",
        "seen",
        "await page.getByLabel('By code').fill('two'); await page.getByLabel('Password').fill('code-secret-808')",
      ]);
      await hand.click("pw");
      await hand.press("ctrl+a");
      await hand.type("hand-secret-909");
      await hand.press("Tab");
      await workspace.ok(["session-mode", "read-only", "--session", "seen"]);
      await hand.click("byhand");
      await hand.type(" three");
      await hand.press("Tab");
      assert.deepEqual(await actions(10), [
        "user click",
        "user fill one",
        "agent fill two",
        "agent fill ***masked***",
        "user click",
        "user fill ***masked***",
        "user press Tab",
        "user click",
        "user fill one three",
        "user press Tab",
      ]);

      const { targetId } = await cdp.send<{ targetId: string }>("Target.createTarget", { url: site.url("/") });
      const active = async (): Promise<string | undefined> =>
        (
          await workspace.json<{ pages: { targetId: string; active: boolean }[] }>(["pages", "--session", "seen"])
        ).pages.find((page) => page.active)?.targetId;
      assert.equal(await active(), targetId);
      await cdp.send("Target.activateTarget", { targetId: form.info.targetId });
      await hand.click("bycode");
      await actions(11);
      assert.equal(await active(), form.info.targetId);
    } finally {
      cdp.close();
    }
    await workspace.ok(["close", "--session", "seen"]);
    for (const secret of ["code-secret-808", "hand-secret-909"])
      assert.deepEqual(filesHolding(workspace.librettoFolder, secret), []);
    const logs = workspace.log<LogRow>("seen", "logs").map(({ event }) => event);
    for (const event of ["page.opened", "opened", "mode", "closed"]) assert.ok(logs.includes(event), event);
    assert.equal(
      workspace.log<NetworkRow>("seen", "network").filter(({ url }) => url === site.url("/form")).length,
      1,
      "the first navigation is there",
    );
  });
});
