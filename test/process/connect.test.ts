import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startBrowser, Witness, type OwnBrowser } from "../support/browser.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { processes, waitUntilGone } from "../support/processTable.js";

describe("S17 connecting to a browser that runs", () => {
  const given = useFixtures("connect", "each");
  let remote: OwnBrowser;
  beforeEach(async () => {
    remote = await startBrowser(given.site.url("/form"));
  });
  afterEach(() => remote.close());

  const forms: [name: string, address: (browser: OwnBrowser) => string][] = [
    ["http://host:port", ({ port }) => `http://127.0.0.1:${port}`],
    ["http://host:port/", ({ port }) => `http://localhost:${port}/`],
    ["ws://host:port", ({ port }) => `ws://127.0.0.1:${port}`],
    ["ws://host:port/devtools/browser/…", ({ endpoint }) => endpoint],
  ];
  for (const [form, address] of forms) {
    it(`S17: by ${form}; S8: close leaves the browser and its pages alive`, async () => {
      const { workspace, site } = given;
      using witness = await Witness.connect(remote.endpoint);
      await witness.until("document.readyState === 'complete' && document.title === 'Form'", "/form");
      await workspace.ok(["connect", address(remote), "--session", "remote"]);
      const state = workspace.requireState("remote");
      assert.equal(state.kind, "connected");
      assert.equal(state.browserPid, null);
      assert.equal(state.status, "active");
      assert.equal(state.url, site.url("/form"));
      assert.equal(await workspace.ok(["readonly-exec", "--session", "remote", "return await page.title()"]), "Form");
      await workspace.ok(["exec", "--session", "remote", "await page.getByLabel('Name').fill('Grace')"]);
      assert.equal(await witness.evaluate("document.querySelector('[name=name]').value", "/form"), "Grace");
      await workspace.ok(["close", "--session", "remote"]);
      assert.equal(workspace.state("remote"), undefined);
      assert.equal(await witness.evaluate("document.querySelector('[name=name]').value", "/form"), "Grace");
      assert.equal((await witness.pages()).length, 1);
    });
  }

  it("S17: two sessions may look at one browser, and closing one leaves the other", async () => {
    const { workspace } = given;
    for (const name of ["first", "second"]) await workspace.ok(["connect", `http://127.0.0.1:${remote.port}`, "--session", name]);
    await workspace.ok(["close", "--session", "first"]);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "second", "return await page.title()"]), "Form");
  });

  it("S17: when the remote browser ends, the session is told as exited and can be closed", async () => {
    const { workspace } = given;
    await workspace.ok(["connect", remote.endpoint, "--session", "brief"]);
    const { hostPid } = workspace.requireState("brief");
    await remote.close();
    await waitUntilGone(() => processes().filter(({ pid }) => pid === hostPid));
    assert.match(await workspace.ok(["list", "--json"]), /exited|ended/);
    assert.equal((await workspace.cli(["close", "--session", "brief"])).status, 0);
  });

  it("S17: an address where nothing answers is an error, and no session is left", async () => {
    const { workspace } = given;
    const { status, message, hint } = failureOf(await workspace.cli(["connect", "http://127.0.0.1:9", "--session", "none"]));
    assert.equal(status, 1);
    assert.match(message, /127\.0\.0\.1:9/);
    assert.match(hint, /remote-debugging-port/);
    assert.deepEqual(workspace.files().filter((path) => path.endsWith("none")), []);
  });

  it("S17: a server that is no browser is an error, and no session is left", async () => {
    const { workspace, site } = given;
    assert.equal(failureOf(await workspace.cli(["connect", site.url(), "--session", "plain"])).status, 1);
    const strange = createServer((_request, response) => response.end('{"webSocketDebuggerUrl":12}'));
    await new Promise<void>((resolve) => strange.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = strange.address() as AddressInfo;
      assert.equal(failureOf(await workspace.cli(["connect", `http://127.0.0.1:${port}`, "--session", "strange"])).status, 1);
    } finally {
      strange.close();
    }
    assert.deepEqual(workspace.files().filter((path) => /plain$|strange$/.test(path)), []);
  });

  for (const address of ["not a url", "ftp://127.0.0.1:21", "9222", "file:///etc/passwd", "javascript:1", ""]) {
    it(`E: connect ${JSON.stringify(address)} is a usage error`, async () => {
      const { status } = failureOf(await given.workspace.cli(["connect", address]));
      assert.equal(status, 2);
    });
  }
});
