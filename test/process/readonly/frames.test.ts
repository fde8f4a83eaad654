import assert from "node:assert/strict";
import { useFixtures } from "../../support/fixtures.js";

describe("S13 frames that are replaced", () => {
  const given = useFixtures("frames");

  it("S13: every read of a frame that the page has replaced says at once that it is gone", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/form"), "--session", "frames", "--read-only");
    const witness = await given.witness("frames");
    await witness.evaluate(`void setInterval(() => {
      document.querySelector("iframe")?.remove();
      document.body.append(Object.assign(document.createElement("iframe"), { srcdoc: "<p>inner</p>" }));
    }, 30)`);
    const printed = await workspace.ok([
      "readonly-exec",
      "--session",
      "frames",
      `let frame;
       while (frame === undefined) frame = page.frames()[1];
       while (page.frames().includes(frame)) await new Promise((resolve) => setTimeout(resolve, 5));
       const said = {};
       const reads = {
         waitForLoadState: () => frame.waitForLoadState(),
         waitForURL: () => frame.waitForURL("**/never"),
         title: () => frame.title(),
         content: () => frame.content(),
         count: () => frame.locator("p").count(),
         textContent: () => frame.locator("p").textContent(),
         waitFor: () => frame.locator("p").waitFor(),
       };
       for (const [name, read] of Object.entries(reads))
         said[name] = await read().then(() => "nothing", (error) => error.message);
       return said;`,
    ]);
    const said = JSON.parse(printed) as Record<string, string>;
    assert.equal(Object.keys(said).length, 7);
    for (const [name, message] of Object.entries(said)) assert.match(message, /frame was detached/i, name);
    await workspace.ok(["close", "--session", "frames"]);
  });
});
