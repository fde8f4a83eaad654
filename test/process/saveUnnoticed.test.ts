import assert from "node:assert/strict";
import { Display, whyNoWindow } from "./recorder/display.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";

describe("S12 save in a session with a window, read-only", () => {
  const given = useFixtures("save-window");
  let display: Display | undefined;
  after(() => display?.close());

  it("S12: save brings no other tab to the front: no page hears blur or visibilitychange", async function () {
    const why = whyNoWindow();
    if (why !== undefined) leaveOut(this, `a window: ${why}`);
    display = await Display.start();
    const { workspace, site } = given;
    await workspace.ok(["open", site.url("/cookie?name=sid&value=1"), "--session", "window", "--read-only"], {
      env: { DISPLAY: display.name },
    });
    const witness = await given.witness("window");
    await witness.evaluate(
      "window.heard = []; for (const event of ['blur', 'visibilitychange']) addEventListener(event, () => heard.push(event), true); 1",
    );
    const host = new URL(site.url()).hostname;
    await workspace.ok(["save", "mine", "--session", "window", "--sites", host]);
    assert.deepEqual(await witness.evaluate("[heard.join(), document.visibilityState]"), ["", "visible"]);
    await workspace.ok(["close", "--session", "window"]);
  });
});
