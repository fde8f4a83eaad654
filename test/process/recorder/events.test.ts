import assert from "node:assert/strict";
import type { LogRow } from "../../../src/sessions/logs/rows.js";
import { record, type Recording } from "./recording.js";
import { startSite, type Site } from "./site.js";

async function isShell({ cdp }: Recording): Promise<boolean> {
  return (await cdp.send<{ product: string }>("Browser.getVersion")).product.startsWith("Headless");
}

describe("the recorder writes what happens to the pages into logs.jsonl", () => {
  let site: Site;
  let recording: Recording;

  before(async () => {
    site = await startSite();
  });
  after(async () => {
    await site.close();
  });
  afterEach(async () => {
    await recording.close();
  });

  const of = (rows: LogRow[], event: string): LogRow[] => rows.filter((row) => row.event === event);

  it("pages that open, go elsewhere and close; errors of page, frame and worker; downloads", async () => {
    recording = await record({ flags: ["--site-per-process"] });
    site.page(
      "/",
      `<!doctype html><link rel=icon href="data:,"><title>t</title><iframe src="${site.otherOrigin}/frame.html?html=${encodeURIComponent("<script>console.error('in the frame')</script>")}"></iframe><script>
console.log("not an error"); console.error("an error", { a: 1, b: "two" }, [1, 2]); setTimeout(() => { throw new Error("thrown by the page"); });
Promise.reject(new TypeError("rejected by the page"));
new Worker("/worker.js?code=" + encodeURIComponent("console.error('in the worker')"));
window.repeat = () => { for (let n = 0; n < 500; n++) console.error("again", n); setTimeout(() => { location.href = "/download"; }); };
</script>`,
    );
    const first = recording.targets.require().info.targetId;
    await recording.navigate(`${site.origin}/`);
    const { targetId } = await recording.cdp.send<{ targetId: string }>("Target.createTarget", {
      url: `${site.origin}/second.html`,
    });
    await site.waitFor("GET /second.html");
    await recording.until(
      "logs",
      (rows) => of(rows, "page.opened").length === 2 && of(rows, "page.navigated").length >= 2,
      "two pages",
    );
    await recording.until(
      "logs",
      (rows) =>
        ["in the frame", "in the worker"].every((said) =>
          of(rows, "page.console").some(({ message }) => message === said),
        ) && of(rows, "page.exception").length === 2,
      "the errors",
    );
    await recording.targets.require(first).session.send("Runtime.evaluate", { expression: "repeat()" });
    await recording.cdp.send("Target.closeTarget", { targetId });
    await recording.until(
      "logs",
      (rows) => of(rows, "page.closed").length === 1 && of(rows, "download.finished").length === 1,
      "the closed page and the download",
    );
    await recording.stop();
    const rows = await recording.rows("logs");
    const errors = of(rows, "page.console").map(({ message }) => message);
    assert.ok(errors.includes('an error { a: 1, b: "two" } [1, 2]'), errors.slice(0, 5).join("\n"));
    assert.ok(errors.includes("in the frame") && errors.includes("in the worker"));
    assert.ok(!errors.includes("not an error"));
    const thrown = of(rows, "page.exception").map(({ message }) => message);
    assert.ok(
      thrown.some((message) => /Uncaught.*Error: thrown by the page/.test(message)) &&
        thrown.some((message) => /TypeError: rejected by the page/.test(message)),
      thrown.join("\n"),
    );
    const repeated = errors.filter((message) => message.startsWith("again")).length;
    const left = rows
      .filter(({ event, data }) => event === "page.console" && data?.["left"] !== undefined)
      .reduce((sum, { data }) => sum + Number(data?.["left"]), 0);
    assert.ok(
      repeated < 100 && errors.filter((message) => !message.includes("left out")).length + left === 503,
      `${repeated} written, ${left} left out`,
    );
    assert.equal(of(rows, "download.started")[0]?.data?.["file"], "report.bin");
  });

  for (const [where, browser] of [
    ["the headless shell", "any"],
    ["a full Chromium", "full"],
  ] as const) {
    it(`a dialog is never answered by the recorder and behaves as without it in ${where}`, async () => {
      recording = await record({ browser });
      site.page(
        "/",
        `<!doctype html><link rel=icon href="data:,"><script>onload = () => setTimeout(() => { const answer = confirm("Really?"); fetch("/answer?" + answer); }, 100)</script>`,
      );
      site.seen.length = 0;
      await recording.navigate(`${site.origin}/`);
      if (await isShell(recording)) {
        // The shell says no by itself.
        await site.waitFor("GET /answer?false");
        return;
      }
      await recording.until("logs", (rows) => of(rows, "dialog.opened").length === 1, "the dialog");
      assert.equal(site.seen.filter(({ path }) => path.startsWith("/answer")).length, 0);
      await recording.targets.require().session.send("Page.handleJavaScriptDialog", { accept: true });
      await site.waitFor("GET /answer?true");
      await recording.until(
        "logs",
        (rows) => of(rows, "dialog.closed")[0]?.data?.["accepted"] === true,
        "the end of the dialog",
      );
    });
  }
});
