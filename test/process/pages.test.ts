import assert from "node:assert/strict";
import { expect } from "playwright/test";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";

interface Page {
  id: string;
  url: string;
  title: string;
  active: boolean;
}

describe("S19 pages", () => {
  const given = useFixtures("pages", "each");

  it("S19: pages prints id, address and title of each open tab", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "tabs");
    await workspace.ok([
      "exec",
      "--session",
      "tabs",
      `const p = await context.newPage(); await p.goto(${JSON.stringify(site.url("/form"))})`,
    ]);
    const { pages } = await workspace.json<{ pages: Page[] }>(["pages", "--session", "tabs"]);
    assert.deepEqual(
      pages.map(({ url, title }) => [url, title]),
      [
        [site.url(), "The Shelf"],
        [site.url("/form"), "Form"],
      ],
    );
    const text = await workspace.ok(["pages", "--session", "tabs"]);
    for (const { id, url, title } of pages) for (const part of [id, url, title]) assert.ok(text.includes(part), part);
    const witness = await given.witness("tabs");
    assert.equal((await witness.pages()).length, 2);
    // Somebody looked: it is use of the session, and on its record.
    const told = (): string[] =>
      workspace
        .log<{ event: string; message: string }>("tabs", "logs")
        .filter(({ event }) => event === "command")
        .map(({ message }) => message);
    await expect.poll(told, { timeout: 10_000 }).toEqual(["exec by cli", "pages by cli", "pages by cli"]);
  });

  it("S19: --page chooses the tab for exec, readonly-exec and snapshot", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "choose");
    await workspace.ok([
      "exec",
      "--session",
      "choose",
      `await (await context.newPage()).goto(${JSON.stringify(site.url("/counter"))})`,
    ]);
    const { pages } = await workspace.json<{ pages: Page[] }>(["pages", "--session", "choose"]);
    for (const { id, title } of pages) {
      assert.equal(
        await workspace.ok(["readonly-exec", "--session", "choose", "--page", id, "return await page.title()"]),
        title,
      );
      assert.equal(
        await workspace.ok(["exec", "--session", "choose", "--page", id, "return await page.title()"]),
        title,
      );
      assert.match(await workspace.ok(["snapshot", "--session", "choose", "--page", id]), new RegExp(title));
    }
  });

  it("S19: with several tabs and no --page the most recently active one is taken, and the output says which", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/popup"), "--session", "recent");
    await workspace.ok([
      "exec",
      "--session",
      "recent",
      "const opened = page.waitForEvent('popup'); await page.click('#open'); await (await opened).waitForLoadState()",
    ]);
    const result = await workspace.cli(["readonly-exec", "--session", "recent", "return await page.title()"]);
    assert.equal(result.stdout.trim(), "Popup");
    const { pages } = await workspace.json<{ pages: Page[] }>(["pages", "--session", "recent"]);
    const active = pages.find((page) => page.active);
    assert.equal(active?.title, "Popup");
    assert.ok(result.stderr.includes(active.id), "the page is named beside the output");
    const opener = pages.find(({ title }) => title === "Opener");
    await workspace.ok(["exec", "--session", "recent", "--page", opener?.id ?? "", "await page.bringToFront()"]);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "recent", "return await page.title()"]), "Opener");
  });

  it("S19: an unknown page is an error that lists those that are open", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "miss");
    const { pages } = await workspace.json<{ pages: Page[] }>(["pages", "--session", "miss"]);
    for (const verb of [["exec", "1"], ["readonly-exec", "1"], ["snapshot"]]) {
      const { status, message, hint } = failureOf(
        await workspace.cli([...verb, "--session", "miss", "--page", "zzzzzz"]),
      );
      assert.equal(status, 1);
      assert.match(message, /zzzzzz/);
      assert.ok(hint.includes(pages[0]?.id ?? "?"));
    }
  });

  it("S19: when the active tab is closed, another one becomes the active one", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "less");
    await workspace.ok([
      "exec",
      "--session",
      "less",
      `const spare = await context.newPage(); await spare.goto(${JSON.stringify(site.url("/form"))})`,
    ]);
    const { pages } = await workspace.json<{ pages: Page[] }>(["pages", "--session", "less"]);
    await workspace.ok(["exec", "--session", "less", "--page", pages[0]?.id ?? "", "await page.close()"]);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "less", "return await page.title()"]), "Form");
  });

  it("S19: the ids of the tabs stay the same when the host is replaced", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "stable");
    const ids = async (): Promise<string[]> =>
      (await workspace.json<{ pages: Page[] }>(["pages", "--session", "stable"])).pages.map(({ id }) => id);
    const before = await ids();
    process.kill(workspace.requireState("stable").hostPid, "SIGKILL");
    assert.deepEqual(await ids(), before);
  });
});
