import assert from "node:assert/strict";
import { expect } from "playwright/test";
import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { chromiumPath, startBrowser, Witness } from "../support/browser.js";
import { failureOf, jsonFailureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";

interface Page {
  id: string;
  url: string;
  title: string;
  active: boolean;
  crashed?: true;
}
interface Snapshot {
  png: string | null;
  pictureMissing?: string;
  text: string;
}

/** Both kinds of browser that Libretto starts, where the machine has both. */
const browsers: [name: string, flags: string[]][] = [
  ["the headless shell", []],
  ["a full Chromium", ["--executable-path", chromiumPath("full")]],
];

describe("Pages as they are", () => {
  const given = useFixtures("real", "each");
  let server: Server;
  let origin: string;
  let answer: (path: string, response: ServerResponse) => void;

  before(async () => {
    server = createServer((request, response) => answer(request.url ?? "", response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const pagesOf = async (session: string): Promise<Page[]> =>
    (await given.workspace.json<{ pages: Page[] }>(["pages", "--session", session])).pages;

  for (const [name, flags] of browsers) {
    it(`S12, S19: a tab that crashed is marked, every verb says so at once, and it can be loaded again, in ${name}`, async () => {
      const { workspace, site } = given;
      await workspace.open(site.url("/form"), "--session", "crash", ...flags);
      const witness = await given.witness("crash");
      const crash = async (): Promise<void> => {
        void witness.send("Page.crash", {}, await witness.sessionOf("/form")).catch(() => undefined);
        for (let marked = false; !marked;) marked = (await pagesOf("crash"))[0]?.crashed === true;
      };
      await crash();
      assert.match(await workspace.ok(["pages", "--session", "crash"]), /\(crashed\) Form/);
      const at = ["--session", "crash"];
      const refused = async (args: string[]): Promise<void> => {
        const { message, hint } = failureOf(await workspace.cli([...args, ...at], { timeoutMs: 25_000 }));
        assert.match(message, /Page \w{6} has crashed/);
        assert.match(hint, /page\.reload\(\)/);
      };
      for (const args of [
        ["exec", "return await page.title()"],
        ["readonly-exec", "return await page.title()"],
        ["readonly-exec", "return await page.locator('h1').textContent()"],
        ["snapshot"],
        ["act", "click", "getByRole('heading')"],
        ["save", "login", "--sites", "127.0.0.1"],
      ])
        await refused(args);
      // Nobody was attached when it crashed.
      if (flags.length > 0) await workspace.ok(["act", "reload", ...at], { timeoutMs: 25_000 });
      else await workspace.ok(["exec", ...at, "await page.reload()"]);
      assert.equal(await workspace.ok(["exec", ...at, "return await page.title()"]), "Form");
      assert.equal((await pagesOf("crash"))[0]?.crashed, undefined);
      assert.match(await workspace.ok(["snapshot", ...at]), /Order a book/);

      // Now the code's Playwright is, and code of a workflow's kind waits for something of the page.
      const waiting = workspace.start(["exec", ...at, "await page.waitForSelector('#never', { timeout: 60_000 })"]);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await crash();
      assert.match(failureOf(await waiting.exit).message, /has crashed/);
      await refused(["exec", "return await page.title()"]);
      await refused(["exec", "await page.waitForEvent('download')"]);
      await refused(["exec", "await page.waitForURL('**/never')"]);
      assert.equal(
        await workspace.ok([
          "exec",
          ...at,
          `const answer = page.waitForResponse(${JSON.stringify(site.url())}); await page.goto(${JSON.stringify(site.url())}); await answer; return await page.title()`,
        ]),
        "The Shelf",
      );
      assert.equal(await workspace.ok(["readonly-exec", ...at, "return await page.locator('h1').count()"]), "1");
      await workspace.ok(["exec", ...at, `await page.goto(${JSON.stringify(site.url("/form"))})`]);
      await crash();
      assert.match(await workspace.ok(["act", "reload", ...at], { timeoutMs: 25_000 }), /1 of 1 step done/);
      assert.match(await workspace.ok(["snapshot", ...at]), /Order a book/);
      const events = (name: string): number =>
        workspace.log<{ event: string }>("crash", "logs").filter(({ event }) => event === name).length;
      await expect.poll(() => [events("page.crashed"), events("page.recovered")], { timeout: 10_000 }).toEqual([3, 3]);
    });

    it(`S19: what waits for an event of a page ends when that page crashes, and a workflow may go on, in ${name}`, async () => {
      const { workspace, site } = given;
      workspace.write(
        "wait.ts",
        `import { workflow } from "libretto";
        export default workflow("wait", {}, async ({ page }) => {
          await page.goto(${JSON.stringify(site.url("/form"))});
          const message = page.waitForEvent("download").catch((error: Error) => error.message);
          // Who waits for the crash itself has what was waited for.
          const crashed = page.waitForEvent("crash").then((which) => which === page, (error: Error) => error.message);
          let heard = 0;
          page.on("crash", () => heard++);
          page.goto("chrome://crash").catch(() => undefined);
          const told = await message;
          await page.goto(${JSON.stringify(site.url("/form"))});
          return [told, await page.title(), await crashed, heard];
        });`,
      );
      const result = await workspace.ok(["run", "wait.ts", "--headless", ...flags]);
      const [told, ...rest] = JSON.parse(result) as unknown[];
      assert.match(String(told), /Page \w{6} has crashed/);
      assert.deepEqual(rest, ["Form", true, 1]);
    });

    it(`S3: what a server refuses, fails at or garbles is a page that is open, with its status told, in ${name}`, async () => {
      const { workspace } = given;
      answer = (path, response) => {
        const [, status, how] = /^\/(\d+)(?:-(\w+))?$/.exec(path) ?? [];
        response.statusCode = Number(status ?? 404);
        if (how === "auth") response.setHeader("www-authenticate", 'Basic realm="r"');
        if (how === "gzip") response.setHeader("content-encoding", "gzip");
        response.setHeader("content-type", "text/html");
        response.end(how === "empty" ? "" : "<title>said</title>not compressed");
      };
      for (const [path, told] of [
        ["/401-auth", /401 Unauthorized/],
        ["/403-empty", /403 Forbidden/],
        ["/500-empty", /500 Internal Server Error/],
        ["/500", /500 Internal Server Error/],
        ["/200-gzip", /200 OK.*could not read/],
      ] as const) {
        const opened = await workspace.cli(["open", origin + path, "--headless", "--session", "s", ...flags]);
        assert.equal(opened.status, 0, opened.stderr);
        assert.match(opened.stderr, told);
        assert.equal(await workspace.ok(["readonly-exec", "--session", "s", "return page.url()"]), origin + path);
        await workspace.ok(["close", "--session", "s"]);
      }
    });

    it(`goBack comes back, in ${name}`, async () => {
      const { workspace, site } = given;
      await workspace.open(site.url("/form"), "--session", "back", ...flags);
      const code = `await page.goto(${JSON.stringify(site.url())}); await page.goBack({ timeout: 10_000 }); return await page.title()`;
      assert.equal(await workspace.ok(["exec", "--session", "back", code]), "Form");
    });
  }

  it("S19, S27: a page that was prerendered, one out of the back/forward cache and one of an incognito window of a connected browser: each verb works on them", async () => {
    const { workspace } = given;
    const rules = '<script type="speculationrules">{"prerender":[{"urls":["/next"],"eagerness":"immediate"}]}</script>';
    const bodies: Record<string, string> = {
      "/first": `${rules}<a href="/next">on</a>`,
      "/next": '<h1>shown</h1><iframe src="/inner"></iframe>',
      "/inner": "<h1>within</h1>",
    };
    let loaded = (): void => undefined;
    const isPrerendered = new Promise<void>((resolve) => (loaded = resolve));
    answer = (path, response) => {
      response.setHeader("content-type", "text/html");
      response.end(`<title>${path}</title>${bodies[path] ?? ""}`);
      if (path === "/inner") response.on("finish", loaded);
    };
    const remote = await startBrowser(`${origin}/first`, [], chromiumPath("full"));
    try {
      await isPrerendered;
      const at = ["--session", "mine"];
      await workspace.ok(["connect", `http://127.0.0.1:${remote.port}`, "--write-access", ...at]);
      const look = async (): Promise<void> => {
        const read =
          "return [await page.title(), await page.locator('h1').textContent(), await page.frames()[1]?.locator('h1').textContent()].join()";
        for (const verb of ["exec", "readonly-exec"])
          assert.equal(await workspace.ok([verb, ...at, read]), "/next,shown,within", verb);
        assert.match(await workspace.ok(["snapshot", ...at]), /shown[^]*within/);
      };
      assert.match(await workspace.ok(["act", ...at, "click", "getByText('on')"]), /is now .*\/next/);
      assert.equal((await pagesOf("mine")).map(({ url }) => url).join(), `${origin}/next`);
      const activated = "return page.evaluate(() => performance.getEntriesByType('navigation')[0].activationStart > 0)";
      assert.equal(await workspace.ok(["exec", ...at, activated]), "true", "it was prerendered");
      await look();
      await workspace.ok(["exec", ...at, "await page.evaluate(() => { window.kept = true })"]);
      await workspace.ok(["act", ...at, "back"]);
      assert.equal(await workspace.ok(["readonly-exec", ...at, "return page.title()"]), "/first");
      const forth = "await page.goForward({ timeout: 10_000 }); return page.evaluate(() => window.kept)";
      assert.equal(await workspace.ok(["exec", ...at, forth]), "true", "it came out of the cache");
      await look();
      // One that knows the page only now.
      await workspace.ok(["close", ...at]);
      await workspace.ok(["connect", `http://127.0.0.1:${remote.port}`, "--write-access", ...at]);
      await look();

      const witness = await Witness.connect(remote.endpoint);
      const { browserContextId } = await witness.send<{ browserContextId: string }>("Target.createBrowserContext", {
        disposeOnDetach: false,
      });
      await witness.send("Target.createTarget", { url: `${origin}/next`, browserContextId, newWindow: true });
      witness[Symbol.dispose]();
      for (let open = 1; open < 2;) open = (await pagesOf("mine")).length;
      await workspace.ok(["exec", ...at, "await page.waitForLoadState()"]);
      await look();
      assert.match(await workspace.ok(["act", ...at, "goto", `${origin}/inner`]), /within/);
    } finally {
      await remote.close();
    }
  });

  it("S20: a snapshot of a tab that is not in front holds the tree and the picture, every time, also in a browser that was connected", async () => {
    const { workspace, site } = given;
    const full = chromiumPath("full");
    await workspace.open(site.url("/form"), "--session", "own", "--executable-path", full);
    const remote = await startBrowser(site.url("/form"), [], full);
    try {
      await workspace.ok(["connect", `http://127.0.0.1:${remote.port}`, "--read-only", "--session", "mine"]);
      for (const session of ["own", "mine"]) {
        const witness = await Witness.connect(workspace.requireState(session).cdpEndpoint);
        await witness.openPage(site.url("/counter"));
        await witness.until("document.visibilityState === 'hidden'", "/form");
        witness[Symbol.dispose]();
        const page = (await pagesOf(session)).find(({ url }) => url.endsWith("/form"));
        for (let round = 0; round < 3; round++) {
          const taken = await workspace.json<Snapshot>(["snapshot", "--session", session, "--page", page?.id ?? ""]);
          assert.match(taken.text, /Order a book/);
          assert.ok(taken.png !== null, taken.pictureMissing);
          assert.equal(readFileSync(taken.png).subarray(1, 4).toString(), "PNG");
        }
      }
    } finally {
      await remote.close();
    }
  });

  it("S20: a page of 60,000 links has its tree; one that is too large is refused in numbers; neither is held up afterwards", async () => {
    const { workspace } = given;
    answer = (path, response) => {
      response.setHeader("content-type", "text/html");
      const links = Array.from({ length: Number(path.slice(1)) }, (_, index) => `<a href=/${index}>Link ${index}</a> `);
      response.end(`<title>Links</title>${links.join("")}`);
    };
    await workspace.open(`${origin}/60000`, "--session", "links", "--timeout", "60000");
    const at = ["--session", "links"];
    const { text } = await workspace.json<Snapshot>(["snapshot", ...at], { timeoutMs: 110_000 });
    assert.match(text, /- link "Link 0"/);
    assert.match(text, /\d{5,} more lines/);
    // One that is cancelled holds the page up no longer.
    const cancelled = workspace.start(["snapshot", ...at]);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    cancelled.interrupt();
    await cancelled.exit;
    assert.equal(
      await workspace.ok(["readonly-exec", ...at, "return await page.title()"], { timeoutMs: 10_000 }),
      "Links",
    );
    await workspace.ok([
      "exec",
      ...at,
      "await page.evaluate(() => { document.body.hidden = true; document.body.innerHTML = '<b></b>'.repeat(160_000); })",
    ]);
    const failure = jsonFailureOf(await workspace.cli(["snapshot", ...at, "--json"]));
    assert.equal(failure.code, "LimitExceeded");
    assert.match(failure.message, /160,\d{3} elements.*150,000/);
  }).timeout(240_000);
});
