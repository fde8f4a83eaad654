import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failureOf, Workspace } from "../support/cli.js";
import { Site } from "../support/site.js";
import { missingForGrid, TestGrid, until } from "../support/grid.js";
import { leaveOut } from "../support/leaveOut.js";

describe("S30: every verb on a browser that a Selenium Grid lends", function () {
  this.timeout(120_000);
  let grid: TestGrid;
  let site: Site;
  let workspace: Workspace;
  /** The hub hears from its node a moment after the session has ended. */
  const noSlots = (): Promise<void> => until(async () => (await grid.slots()).length === 0, "no slot to be taken");

  before(async function () {
    const missing = missingForGrid();
    if (missing !== undefined) leaveOut(this, `sessions on a Selenium Grid: ${missing}`);
    workspace = new Workspace("grid");
    [grid, site] = await Promise.all([
      TestGrid.start(join(workspace.scratch, "grid"), { nodes: [1, 1], sessionTimeoutS: 12 }),
      Site.start(),
    ]);
    workspace.writeConfig({ version: 1, grid: { url: grid.url } });
  });
  after(async () => {
    if (workspace === undefined) return;
    await workspace.cli(["close", "--all", "--force"]);
    await grid?.stop();
    await site?.close();
    await workspace.dispose();
  });

  it("write-access: open, exec, act on forms and popups, snapshot, pages, uploads and downloads, close", async () => {
    const opened = await workspace.cli(["open", site.url("/form"), "--session", "w"]);
    assert.equal(opened.status, 0, opened.stderr);
    assert.match(opened.stderr, /127\.0\.0\.1 means the Grid's node/);
    assert.match(opened.stdout, /on the Grid at http/);
    const exec = (code: string) => workspace.ok(["exec", "--session", "w", code]);
    const { grid: lease, cdpEndpoint, browserPid, limits } = workspace.requireState("w");
    assert.equal((await grid.slots())[0]?.name, lease?.name);
    assert.equal(browserPid, null);
    assert.equal(limits?.idleTimeoutMinutes, 30);
    assert.ok(cdpEndpoint?.startsWith(grid.url.replace("http", "ws")));

    const upload = join(workspace.scratch, "upload.txt");
    writeFileSync(upload, "what the file holds");
    await exec(
      `await page.getByLabel('Name').fill('Grace'); await page.setInputFiles('input[type=file]', ${JSON.stringify(upload)}); return await page.evaluate(() => document.querySelector('input[type=file]').files[0].text())`,
    ).then((text) => assert.equal(text, "what the file holds"));
    await exec("await page.getByRole('button', { name: 'Send' }).click(); await page.waitForURL('**/submit')");
    assert.equal(new URLSearchParams(site.requests.find(({ path }) => path === "/submit")?.body).get("name"), "Grace");
    assert.match(await workspace.ok(["snapshot", "--session", "w"]), /tree|heading|text|document/i);

    await exec(`await page.goto(${JSON.stringify(site.url("/popup"))})`);
    await exec(
      "const opened = page.waitForEvent('popup'); await page.click('#open'); await (await opened).waitForLoadState()",
    );
    const { pages } = await workspace.json<{ pages: { title: string }[] }>(["pages", "--session", "w"]);
    assert.ok(pages.some(({ title }) => title === "Popup"));
    assert.ok(workspace.log("w", "network").some((row) => String(row["url"]).endsWith("/form")));
    assert.ok(workspace.log("w", "actions").some((row) => row["action"] === "fill"));

    await exec(`await page.goto(${JSON.stringify(site.url("/downloads"))}); await page.click('#file')`);
    const row = (): Record<string, unknown> | undefined =>
      workspace.log("w", "logs").find(({ event }) => event === "download");
    await until(() => row() !== undefined, "the download is in logs.jsonl");
    const { path, bytes } = row()?.["data"] as { path: string; bytes: number };
    assert.equal(readFileSync(path).length, bytes);

    assert.match(await workspace.ok(["list"]), /w +RW +active +launched, grid/);
    assert.match(await workspace.ok(["list", "--everywhere"]), /browser alive +grid http/);
    assert.equal(await workspace.ok(["close", "--session", "w"]), 'Session "w" closed.');
    await noSlots();
  });

  it("read-only: reads answer, exec is refused, get refuses the Grid's address, and the switch holds", async () => {
    await workspace.ok(["open", site.url("/form"), "--session", "r", "--read-only"]);
    const read = (code: string) => workspace.cli(["readonly-exec", "--session", "r", code]);
    assert.equal((await read("return await page.getByLabel('E-mail').inputValue()")).stdout.trim(), "ada@example.test");
    const refused = await workspace.cli(["exec", "--session", "r", "await page.getByLabel('Name').fill('x')"]);
    assert.equal(refused.status, 3);
    for (const url of [`${grid.url}/status`, `${grid.url}/session/${workspace.requireState("r").grid?.id}/url`]) {
      const denied = await read(`return (await get(${JSON.stringify(url)})).status`);
      assert.equal(denied.status, 3, denied.stdout);
      assert.match(denied.stderr, /where a browser listens for its debugger/);
    }
    assert.equal((await read("return await page.getByLabel('Name').inputValue()")).stdout.trim(), "");
    assert.match(await workspace.ok(["snapshot", "--session", "r"]), /textbox "Name"/);
    await workspace.ok(["session-mode", "write-access", "--session", "r"]);
    await workspace.ok(["exec", "--session", "r", "await page.getByLabel('Name').fill('x')"]);
    await workspace.ok(["session-mode", "read-only", "--session", "r"]);
    assert.equal((await workspace.cli(["exec", "--session", "r", "1"])).status, 3);
    await workspace.ok(["close", "--session", "r"]);
    await noSlots();
  });

  it("run: a workflow runs on the Grid, gives its result, and leaves no slot taken", async () => {
    workspace.write(
      "title.ts",
      `import { workflow } from "libretto";\nexport default workflow("title", {}, async ({ page }) => { await page.goto(${JSON.stringify(site.url("/form"))}); return await page.title(); });\n`,
    );
    assert.equal(await workspace.ok(["run", "title.ts", "--grid", grid.url, "--session", "flow"]), "Form");
    await noSlots();
  });

  it("what is no Grid, no address, or an address with a password is told as such, and nothing is left", async () => {
    const open = (url: string) => workspace.cli(["open", "about:blank", "--session", "bad", "--grid", url]);
    const noGrid = failureOf(await open(site.url("/no-grid")));
    assert.equal(noGrid.status, 1);
    assert.match(noGrid.message, /not a Selenium Grid/);
    assert.equal(failureOf(await open("hub:4444")).status, 2);
    const secret = failureOf(await open("http://ada:secret@127.0.0.1:4444"));
    assert.equal(secret.status, 2);
    assert.match(secret.hint, /LIBRETTO_GRID_AUTH/);
    assert.doesNotMatch(secret.message, /secret/);
    assert.match(failureOf(await open("http://127.0.0.1:1")).message, /does not answer/);
    assert.equal(workspace.state("bad"), undefined);
  });
});
