import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { startBrowser, Witness, type OwnBrowser } from "../support/browser.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { findProcess, waitUntilEnded, waitUntilGone } from "../support/processTable.js";

/** Effects of options that no test of their command's own has. */
describe("E an option does what --help says of it", () => {
  describe("of a session that is open", () => {
    const given = useFixtures("option");
    const on = ["--session", "s"];
    const page = `<!doctype html><title>Tree</title><main aria-label=Shop><h1>Shelf</h1><ul aria-label=Books><li><button>Buy one</button> Words</li></ul>${"<p>Some more words</p>".repeat(20)}</main>`;
    const showTree = (): Promise<string> =>
      given.workspace.ok(["exec", ...on, `await page.setContent(${JSON.stringify(page)})`]);
    before(async () => {
      await given.workspace.open(given.site.url(), ...on);
      await showTree();
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
      for (const command of ["readonly-exec", "exec"]) {
        assert.equal(await workspace.ok([command, ...on, "--file", "code.js"]), "Tree");
      }
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
      assert.deepEqual(await urls("--since", between), [site.url("/popup")]);
      assert.deepEqual(await urls("--filter", "url:/form"), [site.url("/form")]);
      assert.deepEqual(
        await workspace
          .ok(["export", "workflow", ...on, "--since", between])
          .then((code) => [/\/form/.test(code), /\/popup/.test(code)]),
        [false, true],
      );
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

    it("S10: gc --dry-run says what it would end, and ends nothing", async () => {
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

    it("S31: profiles, setup and completion --json are what scripts take", async () => {
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
      assert.equal(`${script}`.trimEnd(), (await workspace.ok(["completion", "bash"])).trimEnd());
    });
  });
});
