import assert from "node:assert/strict";
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
        const { message, hint } = failureOf(await workspace.cli([...args, ...at], { timeoutMs: 8_000 }));
        assert.match(message, /Page \w{6} has crashed/);
        assert.match(hint, /page\.reload\(\)/);
      };
      for (const args of [
        ["exec", "return await page.title()"],
        ["readonly-exec", "return await page.title()"],
        ["readonly-exec", "return await page.locator('h1').textContent()"],
        ["snapshot"],
        ["act", "click", "getByRole('heading')"],
      ])
        await refused(args);
      // Nobody was attached when it crashed.
      if (flags.length > 0) await workspace.ok(["act", "reload", ...at], { timeoutMs: 8_000 });
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
      assert.equal(
        await workspace.ok([
          "exec",
          ...at,
          `await page.goto(${JSON.stringify(site.url())}); return await page.title()`,
        ]),
        "The Shelf",
      );
      assert.equal(await workspace.ok(["readonly-exec", ...at, "return await page.locator('h1').count()"]), "1");
      await workspace.ok(["exec", ...at, `await page.goto(${JSON.stringify(site.url("/form"))})`]);
      await crash();
      assert.match(await workspace.ok(["act", "reload", ...at], { timeoutMs: 8_000 }), /1 of 1 step done/);
      assert.match(await workspace.ok(["snapshot", ...at]), /Order a book/);
      const events = workspace.log<{ event: string }>("crash", "logs").map(({ event }) => event);
      assert.equal(events.filter((event) => event === "page.crashed").length, 3);
      assert.equal(events.filter((event) => event === "page.recovered").length, 3);
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
