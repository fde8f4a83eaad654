import assert from "node:assert/strict";
import { startBrowser, type OwnBrowser } from "../support/browser.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { waitUntilEnded } from "../support/processTable.js";

describe("E the exit status tells what kind of failure it was", () => {
  const given = useFixtures("status");
  let remote: OwnBrowser;
  before(async () => {
    await given.workspace.open(given.site.url(), "--session", "reads", "--read-only");
    remote = await startBrowser();
  });
  after(() => remote.close());
  const on = ["--session", "reads"];

  const table: [what: string, words: string[], status: number][] = [
    ["done", ["pages", ...on], 0],
    ["failed: code that throws", ["readonly-exec", ...on, "throw new Error('no')"], 1],
    ["wrong use: an option alone", ["close", "--force"], 2],
    ["wrong use: no such command", ["clsoe"], 2],
    ["refused by the mode: exec", ["exec", ...on, "1"], 3],
    ["refused by the mode: act", ["act", ...on, "reload"], 3],
    [
      "refused by the mode: a call that readonly-exec denies",
      ["readonly-exec", ...on, "await page.goto('about:blank')"],
      3,
    ],
    ["no such session", ["pages", "--session", "nobody"], 4],
    ["timed out", ["readonly-exec", ...on, "--timeout", "200", "for (;;);"], 5],
  ];
  for (const [what, words, status] of table)
    it(`E ${status}: ${what}`, async () => {
      const result = await given.workspace.cli(words);
      assert.equal(result.status, status, result.stderr);
      if (status === 0) return;
      const { error } = JSON.parse((await given.workspace.cli([...words, "--json"])).stdout) as {
        error: { message: string };
      };
      assert.equal(error.message, failureOf(result).message);
    });

  it("E 130: interrupted", async () => {
    const running = given.workspace.start([
      "readonly-exec",
      ...on,
      "console.log('begun'); await page.getByText('nowhere').waitFor()",
    ]);
    await running.waitFor("stderr", /begun/);
    running.interrupt();
    assert.equal((await running.exit).status, 130);
  });

  it("S13, S14: get reaches the debugging port of no session, whoever's it is, and however it is spelt", async () => {
    await given.workspace.open(given.site.url(), "--session", "other");
    await given.workspace.ok(["connect", remote.endpoint, "--session", "connected"]);
    assert.equal(given.workspace.requireState("connected").port, remote.port);
    for (const session of ["reads", "other", "connected"]) {
      const { port } = given.workspace.requireState(session);
      for (const host of ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1"]) {
        const { status, message } = failureOf(
          await given.workspace.cli(["readonly-exec", ...on, `await get('http://${host}:${port}/json/version')`]),
        );
        assert.equal(status, 3, `${session} by ${host}: ${message}`);
        assert.match(message, /where a browser listens for its debugger is not allowed/);
      }
    }
    // A session that has lost its host keeps its browser, and its port.
    const { port, hostPid } = given.workspace.requireState("other");
    process.kill(hostPid, "SIGKILL");
    await waitUntilEnded(hostPid);
    const { status } = failureOf(
      await given.workspace.cli(["readonly-exec", ...on, `await get('http://127.0.0.1:${port}/json/version')`]),
    );
    assert.equal(status, 3);
  });
});
