import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import type * as playwright from "playwright-core";
import { expect } from "playwright/test";
import { chromiumPath } from "../support/browser.js";
import { repositoryRoot } from "../support/cli.js";
import { EveryKindOfRequest } from "../support/everyKindOfRequest.js";
import { useFixtures } from "../support/fixtures.js";
import { Sites } from "../support/twelveSites.js";

const run = promisify(execFile);
const { chromium } = createRequire(join(process.cwd(), "package.json"))("playwright-core") as typeof playwright;

/** By the schema of a published validator. @throws what does not fit */
async function validateHar(har: unknown): Promise<void> {
  const validator = createRequire(join(process.cwd(), "package.json"))("har-validator/lib/promise") as {
    har: (data: unknown) => Promise<unknown>;
  };
  await validator.har(har);
}

/** What is done to the sites, as code. */
const drive = (site: string, picture: string): string => `
  const go = (path) => page.goto(${JSON.stringify(site)} + path);
  await go("/form");
  await page.getByLabel("Name").pressSequentially("Ada");
  await page.getByLabel("Size").selectOption("large");
  await page.getByLabel("Gift").check();
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
  await go("/login");
  await page.getByLabel("User").fill("ada");
  await page.getByLabel("Pass phrase").fill("correct-horse-77");
  await page.getByLabel("Pass phrase").press("Enter");
  await page.getByRole("heading", { name: "Welcome" }).waitFor();
  await go("/table");
  await page.getByRole("button", { name: "Next page" }).click();
  await page.getByRole("button", { name: "Pick 2-2" }).click();
  await go("/popups");
  const opening = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Open window" }).click();
  const popup = await opening;
  const closed = popup.waitForEvent("close");
  await popup.getByRole("button", { name: "Choose blue" }).click();
  await closed;
  await go("/frames");
  await page.frameLocator("[name=outer]").frameLocator("[name=inner]").getByRole("button", { name: "Deep inside" }).click();
  await go("/shadow");
  await page.getByRole("button", { name: "In the shadow" }).click();
  await go("/drag");
  await page.getByRole("button", { name: "Card" }).dragTo(page.getByRole("region", { name: "Basket" }));
  await go("/upload");
  const uploaded = page.waitForResponse((response) => response.url().endsWith("/upload/file"));
  await page.getByLabel("Picture").setInputFiles(${JSON.stringify(picture)});
  await uploaded;
  await go("/download");
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Report" }).click();
  await (await downloading).path();
  await go("/dialog");
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Delete" }).click();
  page.once("dialog", (dialog) => dialog.accept("Emma"));
  await page.getByRole("button", { name: "Rename" }).click();
  await go("/router");
  await page.getByRole("link", { name: "About" }).click();
  await page.getByRole("button", { name: "Like" }).click();
  await go("/list");
  await page.getByRole("button", { name: "Item 1", exact: true }).hover();
  await page.mouse.wheel(0, 1000);
  await page.getByRole("button", { name: "Item 15" }).click();
`;

describe("S29: what was done, exported and done again", function () {
  const given = useFixtures("export");
  let picture: string;
  before(() => {
    picture = join(given.workspace.scratch, "picture.txt");
    writeFileSync(picture, "a picture");
  });

  /** Runs an exported workflow against a fresh server. @returns what reached that */
  async function again(session: string, file: string): Promise<{ state: string[]; text: string; told: string }> {
    const { workspace } = given;
    const exported = await workspace.cli(["export", "workflow", "--session", session, "--output", file]);
    assert.equal(exported.status, 0, exported.stderr);
    const text = readFileSync(join(workspace.folder, file), "utf8");
    await using fresh = await Sites.start();
    const params = { site: fresh.address, passPhrase: "correct-horse-77", pictureFile: picture };
    const wanted = Object.fromEntries(Object.entries(params).filter(([name]) => text.includes(`  ${name}: z`)));
    const ran = await workspace.cli(["run", file, "--headless", "--params", JSON.stringify(wanted)], {
      timeoutMs: 50_000,
    });
    assert.equal(ran.status, 0, `${ran.stderr}\n${text}`);
    return { state: [...fresh.state], text, told: exported.stderr };
  }

  it("twelve sites, driven by exec: the workflow and the test made of it leave a fresh server in the same state", async function () {
    this.timeout(150_000);
    const { workspace } = given;
    await using sites = await Sites.start();
    const session = await workspace.open(sites.address + "/form", "--session", "code");
    // What the last click sends may arrive, and be on record, after the code has ended.
    await sites.reaches("POST /list/chosen", async () => {
      await workspace.ok(["exec", "--session", session, "--timeout", "60000", "-"], {
        input: drive(sites.address, picture),
        timeoutMs: 70_000,
      });
    });
    const recorded = (): string[] => workspace.log<{ url: string }>("code", "network").map(({ url }) => url);
    await expect.poll(recorded, { timeout: 20_000 }).toContain(`${sites.address}/list/chosen`);
    const did = [...sites.state];
    assert.equal(did.length, 13, did.join("\n"));
    const { state, text, told } = await again(session, "code.ts");
    assert.deepEqual(state, did, text);
    assert.match(told, /^\d+ steps; 0 could not be exported; inputs: site, passPhrase, pictureFile\n$/);
    assert.ok(!text.includes("correct-horse"), "a secret is an input");
    assert.match(text, /passPhrase: z\.string\(\),/);

    await workspace.ok(["export", "playwright-test", "--session", session, "--output", "code.spec.ts"]);
    await using fresh = await Sites.start();
    const modules = join(workspace.folder, "node_modules");
    mkdirSync(join(modules, "@playwright", "test"), { recursive: true });
    for (const name of ["playwright", "playwright-core"])
      symlinkSync(join(repositoryRoot, "node_modules", name), join(modules, name));
    workspace.write("node_modules/@playwright/test/package.json", '{ "name": "@playwright/test", "main": "index.js" }');
    workspace.write("node_modules/@playwright/test/index.js", 'module.exports = require("playwright/test");');
    workspace.write(
      "playwright.config.ts",
      `export default { testDir: ".", reporter: "line", use: { launchOptions: { executablePath: ${JSON.stringify(chromiumPath())}, args: ["--no-sandbox"] } } };`,
    );
    const tested = await run(process.execPath, [join(repositoryRoot, "node_modules", "playwright", "cli.js"), "test"], {
      cwd: workspace.folder,
      env: { ...workspace.env, SITE: fresh.address, PASS_PHRASE: "correct-horse-77", PICTURE_FILE: picture },
    }).catch((failed: Error & { stdout?: string }) => assert.fail(`${failed.message}\n${failed.stdout ?? ""}`));
    assert.match(tested.stdout, /1 passed/);
    assert.deepEqual(fresh.state, did);
  });

  it("must show 4: the HAR of a page with every kind of request passes a published validator's schema and replays by routeFromHAR", async () => {
    const { workspace } = given;
    await using kinds = await EveryKindOfRequest.start();
    const session = await workspace.open(kinds.address("/"), "--session", "kinds");
    const results = JSON.parse(
      await workspace.ok([
        "exec",
        "--session",
        session,
        "await page.waitForFunction(() => window.results); return await page.evaluate(() => window.results)",
      ]),
    ) as Record<string, string>;
    assert.deepEqual(results, {
      "GET /xhr": "xhr",
      "GET /fetch": "fetch",
      "POST /form": "form a=1&b=two",
      "POST /json": 'json {"a":1}',
      "POST /multipart": "multipart",
      "POST /binary": "binary 3",
      "GET /redirect": "fetch",
      "GET /empty": "204",
      "GET /etag": "etag",
      "GET /etag again": "etag",
      "GET /fails": "TypeError",
      "PUT /cors": "cors",
      worker: "in a worker",
      iframe: "Inner",
    });
    await workspace.ok(["close", "--session", session]);
    const path = join(workspace.folder, "kinds.har");
    await workspace.ok(["export", "har", "--session", session, "--output", path]);
    const har = JSON.parse(readFileSync(path, "utf8")) as {
      log: {
        entries: {
          request: { method: string; url: string };
          response: { status: number; content: { size: number; mimeType: string; text?: string; comment?: string } };
          _resourceType: string;
        }[];
      };
    };
    await validateHar(har);
    const content = (path: string): unknown =>
      har.log.entries.find(({ request }) => request.url === kinds.address(path))?.response.content;
    const comment = "The body is not on record: of bodies, texts alone are.";
    assert.deepEqual(content("/image.png"), { size: 4, mimeType: "image/png", comment });
    assert.deepEqual(content("/font.woff2"), { size: 4, mimeType: "font/woff2", comment });
    assert.deepEqual(content("/fetch"), { size: 5, mimeType: "text/plain", text: "fetch" });
    const told = new Set(
      har.log.entries.flatMap(({ request, response, _resourceType }) => [
        _resourceType,
        request.method,
        String(response.status),
      ]),
    );
    const wanted =
      "document script stylesheet image font xhr fetch preflight websocket eventsource ping GET POST PUT OPTIONS 0 101 200 204 302 304";
    assert.deepEqual(
      wanted.split(" ").filter((one) => !told.has(one)),
      [],
      [...told].join(" "),
    );

    const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      const reached = kinds.count;
      await page.routeFromHAR(path, { notFound: "abort" });
      await page.goto(kinds.address("/"));
      await page.waitForFunction("window.results");
      assert.deepEqual(await page.evaluate("window.results"), results);
      assert.deepEqual(
        await page.evaluate(
          `fetch("/image.png").then(async (found) => [found.status, found.headers.get("content-type"), (await found.blob()).size])`,
        ),
        [200, "image/png", 0],
        "of what is not on record, all but the body",
      );
      assert.equal(await page.evaluate("document.querySelector('img').naturalWidth"), 0);
      assert.equal(kinds.count, reached, "nothing of it came from the server");
    } finally {
      await browser.close();
    }
  });

  it("har passes a published validator's schema and is replayed by routeFromHAR; curl is what a shell sends", async () => {
    const { workspace, site } = given;
    const session = await workspace.open(site.url("/json"), "--session", "har");
    await workspace.ok([
      "exec",
      "--session",
      session,
      `await page.goto(${JSON.stringify(site.url("/form"))}); await page.evaluate(() => Promise.all([fetch("/json").then((r) => r.text()), fetch("/count", { method: "POST", body: "a=1" }).then((r) => r.text()), fetch("/redirect/2?to=/text").then((r) => r.text()), fetch("/reset").catch(() => 0), fetch("/status/404").then((r) => r.text()), fetch("/image.png").then((r) => r.blob())]))`,
    ]);
    await workspace.ok(["close", "--session", session]);
    const path = join(workspace.folder, "all.har");
    await workspace.ok(["export", "har", "--session", session, "--output", path]);
    const har = JSON.parse(readFileSync(path, "utf8")) as { log: { entries: unknown[] } };
    await validateHar(har);
    assert.ok(har.log.entries.length >= 8);
    const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      const reached = site.requests.length;
      await page.routeFromHAR(path, { notFound: "abort" });
      await page.goto(site.url("/form"));
      assert.equal(await page.title(), "Form");
      assert.deepEqual(
        await page.evaluate(async () => [
          await (await fetch("/json")).json().then((found) => (found as { total: number }).total),
          await (await fetch("/redirect/2?to=/text")).text(),
          (await fetch("/status/404")).status,
        ]),
        [3, "Plain text, with an é and a 猫.", 404],
      );
      assert.equal(site.requests.length, reached, "nothing of it came from the site");
    } finally {
      await browser.close();
    }
    const curl = await workspace.ok(["export", "curl", "--session", session, "--filter", "method:POST"]);
    assert.match(curl, /^curl http:\/\/127\.0\.0\.1:\d+\/count \\\n/);
    const wrong = await workspace.cli(["export", "pdf", "--session", session]);
    assert.equal(wrong.status, 2);
  });
});
