import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect } from "playwright/test";
import { startBrowser, Witness, type OwnBrowser } from "../support/browser.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { connectMcp, textOf, unfence, type McpConnection } from "../support/mcp.js";
import { findProcess, waitUntilEnded, waitUntilGone } from "../support/processTable.js";

/** Effects of options that no test of their command's own has. */
describe("E an option does what --help says of it", () => {
  describe("of a session that is open", () => {
    const given = useFixtures("option");
    const on = ["--session", "s"];
    const page = `<!doctype html><title>Tree</title><main aria-label=Shop><h1>Shelf</h1><ul aria-label=Books><li><button>Buy one</button> Words</li></ul>${"<p>Some more words</p>".repeat(20)}</main>`;
    before(async () => {
      await given.workspace.open(given.site.url(), ...on);
      await given.workspace.ok(["exec", ...on, `await page.setContent(${JSON.stringify(page)})`]);
    });

    /** What snapshot prints below the path of the picture. */
    const tree = async (...more: string[]): Promise<string[]> =>
      (await given.workspace.ok(["snapshot", ...on, ...more])).split("\n").slice(1);

    it("S20: snapshot --depth prints so many levels, and says how much there is below them", async () => {
      assert.match((await tree("--depth", "1")).join("\n"), /^- main "Shop" \[ref=e\d+\]:\n# \d+ more lines: .*$/);
      const two = await tree("--depth", "2");
      assert.ok(two.some((line) => line.startsWith('  - list "Books"')) && !two.some((line) => /listitem/.test(line)));
    });

    it("S20: snapshot --interactive leaves out what nobody can click or type into", async () => {
      assert.deepEqual(
        (await tree("--interactive")).map((line) => line.replace(/ \[ref=e\d+\]/, "")),
        ['- main "Shop":', '  - list "Books":', "    - listitem:", '      - button "Buy one"'],
      );
    });

    it("S20: snapshot --no-picture takes none, and leads to the tree instead", async () => {
      const [path = ""] = (await given.workspace.ok(["snapshot", ...on, "--no-picture"])).split("\n");
      assert.equal(basename(path), "tree.yaml");
      assert.deepEqual(readdirSync(dirname(path)), ["tree.yaml"]);
      assert.match(readFileSync(path, "utf8"), /button "Buy one"/);
    });

    it("S20: snapshot --max-chars prints no more of it, in whole lines, and says how many are missing", async () => {
      const whole = await tree();
      const cut = await tree("--max-chars", "300");
      const kept = cut.slice(0, -1);
      assert.match(cut.at(-1) ?? "", new RegExp(`^# ${whole.length - kept.length} more lines`));
      assert.ok(kept.length > 2 && kept.join("\n").length <= 300, cut.join("\n"));
      assert.deepEqual(
        kept,
        whole.filter((line) => kept.includes(line) || /Some more/.test(line)).slice(0, kept.length),
      );
    });

    it("S13: readonly-exec and exec --file run the code of a file", async () => {
      const { workspace } = given;
      workspace.write("code.js", "return await page.title()");
      for (const command of ["readonly-exec", "exec"])
        assert.equal(await workspace.ok([command, ...on, "--file", "code.js"]), "Tree");
    });

    it("S29: export --since and --filter take what they name", async () => {
      const { workspace, site } = given;
      await workspace.ok(["exec", ...on, `await page.goto(${JSON.stringify(site.url("/form"))})`]);
      const between = new Date().toISOString();
      await workspace.ok(["exec", ...on, `await page.goto(${JSON.stringify(site.url("/popup"))})`]);
      const urls = async (...more: string[]): Promise<(string | undefined)[]> =>
        (await workspace.ok(["export", "curl", ...on, ...more]))
          .split("\n")
          .map((line) => /^curl '?(\S+?)'?(?: \\)?$/.exec(line)?.[1])
          .filter((url) => url !== undefined && !url.endsWith("favicon.ico"));
      // A row is written when its answer is there as a whole, which may be a moment after the page.
      const within = { timeout: 20_000 };
      await expect.poll(() => urls("--since", between), within).toEqual([site.url("/popup")]);
      await expect.poll(() => urls("--filter", "url:/form"), within).toEqual([site.url("/form")]);
      await expect
        .poll(
          () =>
            workspace
              .ok(["export", "workflow", ...on, "--since", between])
              .then((code) => [/\/form/.test(code), /\/popup/.test(code)]),
          within,
        )
        .toEqual([false, true]);
    });

    it("S26: request-access --json says what was asked for and what came of it", async () => {
      const { workspace, site } = given;
      await workspace.open(site.url("/popup"), "--session", "asked", "--read-only");
      const asked = ["request-access", "--session", "asked", "--reason", "to buy one"];
      assert.deepEqual(await workspace.json(asked), { session: "asked", mode: "read-only", outcome: "requested" });
      assert.match(await workspace.ok(["list"]), /^.*asked.*\n(?:.*\n)*?.*to buy one/m);
    });
  });

  describe("of connect", () => {
    const given = useFixtures("option", "each");
    let remote: OwnBrowser;
    beforeEach(async () => {
      remote = await startBrowser(given.site.url("/form"));
      // It listens before it has the page.
      using witness = await Witness.connect(remote.endpoint);
      await witness.until("document.readyState === 'complete' && document.title === 'Form'", "/form");
    });
    afterEach(() => remote.close());
    const connect = (...more: string[]): Promise<string> =>
      given.workspace.ok(["connect", remote.endpoint, "--session", "remote", ...more]);
    const livesOn = async (): Promise<void> => {
      using witness = await Witness.connect(remote.endpoint);
      assert.equal((await witness.pages()).length, 1, "the browser is not the session's to end");
    };

    it("S17: --idle-timeout disconnects when nobody has used it for so long", async () => {
      await connect("--idle-timeout", String(1_000 / 60_000));
      await waitUntilEnded(given.workspace.requireState("remote").hostPid);
      assert.match(given.workspace.requireState("remote").reason ?? "", /Nobody used it/);
      await livesOn();
    });

    it("S17: --owner-pid disconnects when that process ends", async () => {
      const owner = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], { stdio: "ignore" });
      try {
        await connect("--owner-pid", String(owner.pid));
        const { hostPid } = given.workspace.requireState("remote");
        assert.equal(await given.workspace.ok(["readonly-exec", "--session", "remote", "await page.title()"]), "Form");
        assert.ok(findProcess(hostPid));
        const ended = once(owner, "exit");
        owner.kill("SIGKILL");
        await ended;
        await waitUntilEnded(hostPid);
      } finally {
        owner.kill("SIGKILL");
      }
      await livesOn();
    });

    it("S26: --locked is read-only, and nothing unlocks it", async () => {
      const { workspace } = given;
      await connect("--locked");
      for (const words of [
        ["exec", "--session", "remote", "await page.goto('about:blank')"],
        ["session-mode", "write-access", "--session", "remote"],
      ])
        assert.equal(failureOf(await workspace.cli(words)).status, 3, words.join(" "));
      using witness = await Witness.connect(remote.endpoint);
      assert.deepEqual(
        (await witness.pages()).map(({ url }) => url),
        [given.site.url("/form")],
      );
    });
  });

  describe("of commands that start and end things", () => {
    const given = useFixtures("option", "each");

    it("S4: gc --dry-run says what it would end, and ends nothing", async () => {
      const { workspace, site } = given;
      await workspace.open(site.url(), "--session", "left");
      const { hostPid, browserPid, profilePath } = workspace.requireState("left");
      process.kill(hostPid, "SIGKILL");
      await waitUntilEnded(hostPid);
      for (const flag of ["--dry-run", "-n"]) {
        assert.match(await workspace.ok(["gc", "--all", flag]), /^left \(.*\): its browser would be ended$/);
        assert.ok(findProcess(browserPid ?? 0), "the browser lives");
        assert.ok(existsSync(profilePath ?? ""));
      }
      assert.match(await workspace.ok(["gc", "--all"]), /^left \(.*\): its browser was ended$/);
      await waitUntilGone(() => workspace.processes());
    });

    it("S18: resume --detach returns at once, and the workflow goes on", async () => {
      const { workspace, site } = given;
      workspace.write(
        "flow.ts",
        `import { workflow, pause } from "libretto";
export default workflow("goes on", { startUrl: ${JSON.stringify(site.url())} }, async ({ page, session, log }) => {
  await pause(session);
  log("told to nobody");
  await page.waitForFunction(() => document.title === "go");
  await page.evaluate(() => { document.body.dataset["went"] = "on"; });
  await page.waitForFunction(() => document.title === "end");
});
`,
      );
      await workspace.ok(["run", "flow.ts", "--headless", "--session", "w"]);
      const resumed = await workspace.cli(["resume", "--session", "w", "--detach"]);
      assert.deepEqual([resumed.status, resumed.stdout, resumed.stderr], [0, 'Session "w" goes on.\n', ""]);
      const witness = await given.witness("w");
      await witness.evaluate("document.title = 'go'");
      await witness.until("document.body.dataset.went === 'on'");
      assert.match(await workspace.ok(["list"]), /^w +RW +running /m);
    });

    it("S9, S23: run takes --locked and --no-sealed for its session, whatever the config says", async () => {
      const { workspace, site } = given;
      workspace.writeConfig({ version: 1, sealed: true });
      workspace.write(
        "flow.ts",
        `import { workflow } from "libretto";
export default workflow("own", { startUrl: ${JSON.stringify(site.url())} }, async ({ page }) => page.title());
`,
      );
      const run = ["run", "flow.ts", "--headless", "--stay-open"];
      assert.equal(await workspace.ok([...run, "--session", "sealed"]), "The Shelf");
      assert.equal(await workspace.ok([...run, "--session", "open", "--no-sealed", "--locked"]), "The Shelf");
      assert.equal(workspace.requireState("sealed").port, null);
      using witness = await Witness.connect(workspace.requireState("open").cdpEndpoint);
      assert.equal((await witness.pages()).length, 1);
      const refused = await workspace.cli(["session-mode", "write-access", "--session", "open"]);
      assert.equal(failureOf(refused).status, 3);
    });

    it("S21: profiles, setup and completion --json are what scripts take", async () => {
      const { workspace, site } = given;
      await workspace.open(site.url(), "--session", "saves");
      await workspace.ok(["exec", "--session", "saves", "await page.evaluate(() => localStorage.setItem('a', 'b'))"]);
      await workspace.ok(["save", "shop", "--session", "saves", "--sites", "127.0.0.1"]);
      const [profile] = await workspace.json<{ name: string }[]>(["profiles"]);
      assert.equal(profile?.name, "shop");
      const { how, browsers } = await workspace.json<{ how: string; browsers: { path: string }[] }>(["setup"]);
      assert.equal(how, "present");
      assert.ok(browsers.length > 0 && browsers.every(({ path }) => existsSync(path)));
      const { shell, script } = await workspace.json<{ shell: string; script: string }>(["completion", "bash"]);
      assert.equal(shell, "bash");
      assert.equal(script.trimEnd(), (await workspace.ok(["completion", "bash"])).trimEnd());
    });
  });

  describe("of a tool of libretto mcp", () => {
    const given = useFixtures("input");
    let mcp: McpConnection;
    before(async () => {
      mcp = await connectMcp(given.workspace);
    });
    after(() => mcp?.close());
    it("A1: open takes locked, headless and viewport", async () => {
      const { workspace, site } = given;
      await mcp.text("open", {
        url: site.url("/form"),
        session: "looks",
        locked: true,
        headless: true,
        viewport: "640x480",
      });
      assert.equal(workspace.requireState("looks").headless, true);
      const size = await mcp.text("read", { session: "looks", code: "page.viewportSize()" });
      assert.match(size, /"width": 640,\s*"height": 480/);
      assert.equal(failureOf(await workspace.cli(["session-mode", "write-access", "--session", "looks"])).status, 3);
    });

    it("A1: snapshot takes find, depth, interactive, ref and since", async () => {
      const { workspace, site } = given;
      await workspace.open(site.url("/form"), "--session", "parts");
      const tree = (input: object): Promise<string> => mcp.text("snapshot", { session: "parts", ...input });
      const whole = await tree({});
      assert.match(whole, /textbox "Name"[^]*button "Send"/);
      assert.doesNotMatch(await tree({ find: "Send" }), /textbox/);
      assert.match(await tree({ find: "Send" }), /button "Send"/);
      assert.doesNotMatch(await tree({ depth: 1 }), /textbox|button/);
      assert.match(await tree({ interactive: true }), /textbox "Name"[^]*button "Send"/);
      assert.doesNotMatch(await tree({ interactive: true }), /heading|text:/);
      const ref = /button "Send" \[ref=(e\d+)\]/.exec(whole)?.[1];
      assert.doesNotMatch(await tree({ ref }), /textbox/);
      const since = /\b\d{8}-\d{6}-\d{3}\b/.exec(whole)?.[0];
      assert.match(await tree({ since }), /Nothing changed since/);
      await workspace.ok(["exec", "--session", "parts", "await page.getByLabel('Name').fill('Grace')"]);
      assert.match(await tree({ since }), /Grace/);
      assert.doesNotMatch(await tree({ since }), /button "Send"/);
    });

    it("A1: logs takes lines, filter, since, cursor and full", async () => {
      const { workspace, site } = given;
      await workspace.open(site.url("/form"), "--session", "tells");
      const exec = (code: string): Promise<string> => workspace.ok(["exec", "--session", "tells", code]);
      const goto = (path: string): Promise<string> => exec(`await page.goto(${JSON.stringify(site.url(path))})`);
      const pages = { session: "tells", kind: "network", filter: "type:document" };
      const paths = async (input: object): Promise<(string | undefined)[]> =>
        unfence(await mcp.text("logs", { ...pages, ...input }))
          .inside.flatMap((text) => text.split("\n"))
          .map((row) => /GET 200 http:\/\/[\w.:]+(\/\S*) document/.exec(row)?.[1])
          .filter((path) => path !== undefined);
      // A row is written when its answer is there as a whole, which may be a moment after the page.
      const untilPaths = (input: object, are: string[]): Promise<void> =>
        expect.poll(() => paths(input), { timeout: 10_000 }).toEqual(are);
      await goto("/popup");
      const between = new Date().toISOString();
      await goto("/table");
      await untilPaths({}, ["/form", "/popup", "/table"]);
      assert.deepEqual(await paths({ lines: 2 }), ["/popup", "/table"]);
      assert.deepEqual(await paths({ since: between }), ["/table"]);
      assert.deepEqual(await paths({ filter: "type:document url:/popup" }), ["/popup"]);
      const cursor = /Cursor: (\S+)/.exec(await mcp.text("logs", pages))?.[1];
      await goto("/counter");
      await untilPaths({ cursor }, ["/counter"]);
      assert.match(await mcp.text("logs", { ...pages, lines: 1, full: true }), /"requestHeaders"|"headers"/);
      assert.doesNotMatch(await mcp.text("logs", { ...pages, lines: 1 }), /eaders"/);
    });

    it("A1: read takes page and timeout_ms", async () => {
      const { workspace, site } = given;
      await workspace.open(site.url("/form"), "--session", "two");
      await workspace.ok([
        "exec",
        "--session",
        "two",
        `await (await page.context().newPage()).goto(${JSON.stringify(site.url("/table"))})`,
      ]);
      const { pages } = await workspace.json<{ pages: { id: string; url: string }[] }>(["pages", "--session", "two"]);
      assert.equal(pages.length, 2);
      for (const { id, url } of pages)
        assert.match(
          await mcp.text("read", { session: "two", page: id, code: "page.url()" }),
          new RegExp(`\n${url}\n`),
        );
      const late = await mcp.call("read", { session: "two", timeout_ms: 300, code: "for (;;);" });
      assert.match(textOf(late), /^error: TimedOut\n[^]*\nThe code ran longer than 0\.3 s and was ended\n/);
    });
  });

  describe("of config.json", () => {
    const given = useFixtures("key", "each");

    it("C: each limit of readonlyExec holds", async () => {
      const { workspace, site } = given;
      const of = async (limits: object, code: string): Promise<ReturnType<typeof failureOf>> => {
        workspace.writeConfig({ version: 1, readonlyExec: limits });
        const session = await workspace.open(site.url());
        const read = ["readonly-exec", "--session", session];
        assert.equal(await workspace.ok([...read, "await page.title()"]), "The Shelf");
        return failureOf(await workspace.cli([...read, code]));
      };
      assert.equal((await of({ timeoutMs: 8_000 }, "for (;;);")).status, 5);
      assert.match(
        (await of({ outputBytes: 1_000 }, "'a'.repeat(1_001)")).message,
        /^The code prints more than 1000 B$/,
      );
      assert.match(
        (await of({ memoryBytes: 4_000_000 }, "const all = []; for (;;) all.push('x'.repeat(1000) + all.length)"))
          .message,
        /^The code needs more than 16 MiB of memory$/,
      );
      assert.match(
        (await of({ pendingCalls: 2 }, "await Promise.all([1, 2, 3].map(() => page.title()))")).message,
        /^The code waits for more than 2 reads/,
      );
    });

    it("C: bodyLimitBytes and rotateBytes hold for the logs", async () => {
      const { workspace, site } = given;
      workspace.writeConfig({ version: 1, bodyLimitBytes: 100, rotateBytes: 2_000 });
      await workspace.open(site.url(), "--session", "short");
      const folder = join(workspace.sessionsFolder, "short");
      const parts = (): string[] => readdirSync(folder).filter((name) => name.startsWith("network."));
      const documents = (): { url: string; responseBody: string }[] =>
        parts()
          .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
          .filter((line) => line.includes('"document"'))
          .map((line) => JSON.parse(line) as { url: string; responseBody: string });
      // A body is read after its page is there, and left out where that has gone by then.
      const untilRowOf = (url: string): Promise<void> =>
        expect.poll(() => documents().map((row) => row.url), { timeout: 20_000 }).toContain(url);
      await untilRowOf(site.url());
      for (let visit = 0; visit < 5; visit++) {
        const url = site.url(`/form?${visit}`);
        await workspace.ok(["exec", "--session", "short", `await page.goto(${JSON.stringify(url)})`]);
        await untilRowOf(url);
      }
      await workspace.ok(["close", "--session", "short"]);
      assert.ok(parts().length > 1, parts().join());
      const bodies = documents().map(({ responseBody }) => responseBody);
      assert.deepEqual([...new Set(bodies.map(({ length }) => length))], [100]);
    });

    it("C: channel takes a browser of that channel, or says that there is none", async () => {
      const { workspace, site } = given;
      workspace.writeConfig({ version: 1, channel: "msedge" });
      const { status, stderr } = await workspace.cli(["open", site.url(), "--headless", "--session", "other"], {
        env: { LIBRETTO_CHROMIUM: undefined },
      });
      if (status === 0) {
        const { browserPid } = workspace.requireState("other");
        assert.match(findProcess(browserPid ?? 0)?.command[0] ?? "", /edge/i);
      } else assert.match(stderr, /No browser of the channel "msedge" was found/);
    });
  });
});
