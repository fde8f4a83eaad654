import assert from "node:assert/strict";
import { once } from "node:events";
import { chownSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";
import { WebSocketServer } from "ws";
import { browserAnswers, startBrowser, Witness, type OwnBrowser } from "../support/browser.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { descendantsOf, processes, waitUntilGone } from "../support/processTable.js";
import { leaveOut } from "../support/leaveOut.js";

describe("S17 connecting to a browser that runs", () => {
  const given = useFixtures("connect", "each");
  let remote: OwnBrowser;
  beforeEach(async () => {
    remote = await startBrowser(given.site.url("/form"));
    // It listens before it has the page.
    using witness = await Witness.connect(remote.endpoint);
    await witness.until("document.readyState === 'complete' && document.title === 'Form'", "/form");
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

  const names: [what: string, address: (browser: OwnBrowser) => string][] = [
    ["host:port", ({ port }) => `localhost:${port}`],
    ["a port alone", ({ port }) => String(port)],
    ["the path of its user data folder", ({ profile }) => profile],
    ["a path from the working directory", ({ profile }) => relative(given.workspace.folder, profile)],
    ["its name, in any case", () => "Chrome"],
  ];
  for (const [what, address] of names) {
    it(`S31: a running browser is connected to by ${what}`, async () => {
      const { workspace } = given;
      // Chrome's folder, into which a browser that allows debugging writes its port.
      const config = join(workspace.folder, "config");
      mkdirSync(join(config, "google-chrome"), { recursive: true });
      copyFileSync(join(remote.profile, "DevToolsActivePort"), join(config, "google-chrome", "DevToolsActivePort"));
      const env = { XDG_CONFIG_HOME: config };
      const { status, stderr } = await workspace.cli(["connect", address(remote), "--session", "own"], { env });
      assert.equal(status, 0, stderr);
      assert.equal(await workspace.ok(["readonly-exec", "--session", "own", "return await page.title()"]), "Form");
    });
  }

  it("S31: a browser without a debugging port, one that has gone, and a port file of another user are told apart", async function () {
    const { workspace } = given;
    const failure = async (address: string): Promise<ReturnType<typeof failureOf>> =>
      failureOf(await workspace.cli(["connect", address, "--session", "none"], { env: { XDG_CONFIG_HOME: "/none" } }));
    const without = await failure("edge");
    assert.match(without.message, /^Edge has no debugging port, or is not running/);
    assert.match(without.hint, /--remote-debugging-port/);
    const folder = join(workspace.folder, "profile");
    mkdirSync(folder);
    assert.match((await failure(folder)).message, /has no debugging port/);
    writeFileSync(join(folder, "DevToolsActivePort"), "9\n/devtools/browser/gone\n");
    assert.match((await failure(folder)).message, /127\.0\.0\.1:9/);
    assert.match((await failure(join(workspace.folder, "nowhere"))).message, /^There is no folder/);
    assert.match((await failure("nobrowser")).message, /is not the address of a browser/);
    assert.match((await failure("99999")).message, /is not a port/);
    if (process.getuid?.() !== 0) leaveOut(this, "a port file of another user: making one takes root");
    chownSync(join(folder, "DevToolsActivePort"), 12_345, 12_345);
    assert.match((await failure(folder)).message, /another user|12345/);
  });

  it("S31, S24: a browser that a read-only session holds is not driven under its port or its folder's name", async () => {
    const { workspace } = given;
    await workspace.ok(["connect", remote.endpoint, "--session", "held", "--read-only"]);
    for (const address of [String(remote.port), `localhost:${remote.port}`, remote.profile]) {
      const { status, message } = failureOf(
        await workspace.cli(["connect", address, "--session", "other", "--write-access"]),
      );
      assert.equal(status, 3, address);
      assert.match(message, /held/);
    }
  });

  it("S17: two sessions may look at one browser, and closing one leaves the other", async () => {
    const { workspace } = given;
    for (const name of ["first", "second"])
      await workspace.ok(["connect", `http://127.0.0.1:${remote.port}`, "--session", name]);
    await workspace.ok(["close", "--session", "first"]);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "second", "return await page.title()"]), "Form");
  });

  it("S22: a remote browser that is silent is said to be gone, with the reason, and is left as it is", async function () {
    if (process.platform === "win32") leaveOut(this, "no signal stops a process there");
    const { workspace } = given;
    using witness = await Witness.connect(remote.endpoint);
    await workspace.ok(["connect", remote.endpoint, "--session", "mute"], { env: { LIBRETTO_SILENCE_MS: "5000" } });
    const { hostPid } = workspace.requireState("mute");
    // One that is quiet and answers is not silent.
    const heard = workspace.start([
      "exec",
      "--session",
      "mute",
      "await new Promise((r) => setTimeout(r, 7000)); return 1",
    ]);
    assert.equal((await heard.exit).stdout, "1\n");
    process.kill(-remote.pid, "SIGSTOP");
    try {
      const read = workspace.start(["readonly-exec", "--session", "mute", "await page.title()"]);
      await waitUntilGone(() => processes().filter(({ pid }) => pid === hostPid), 30_000);
      assert.match(failureOf(await read.exit).message, /has not answered for 5 s/);
      const { status, reason } = workspace.requireState("mute");
      assert.equal(status, "exited");
      assert.match(reason ?? "", /has not answered for 5 s/);
      assert.match(
        failureOf(await workspace.cli(["snapshot", "--session", "mute"])).message,
        /"mute" is exited: .*has not answered for 5 s/,
      );
      const last = workspace.log<{ event: string; message: string }>("mute", "logs").at(-1);
      assert.deepEqual([last?.event, /has not answered/.test(last?.message ?? "")], ["exited", true]);
    } finally {
      process.kill(-remote.pid, "SIGCONT");
    }
    assert.equal(await witness.evaluate("document.title", "/form"), "Form");
    await workspace.ok(["connect", remote.endpoint, "--session", "mute"]);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "mute", "await page.title()"]), "Form");
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
    const { status, message, hint } = failureOf(
      await workspace.cli(["connect", "http://127.0.0.1:9", "--session", "none"]),
    );
    assert.equal(status, 1);
    assert.match(message, /127\.0\.0\.1:9/);
    assert.match(hint, /remote-debugging-port/);
    assert.deepEqual(
      workspace.files().filter((path) => path.endsWith("none")),
      [],
    );
  });

  it("S17: a server that is not a browser is an error, and no session is left", async () => {
    const { workspace, site } = given;
    assert.equal(failureOf(await workspace.cli(["connect", site.url(), "--session", "plain"])).status, 1);
    const strange = createServer((_request, response) => response.end('{"webSocketDebuggerUrl":12}'));
    await new Promise<void>((resolve) => strange.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = strange.address() as AddressInfo;
      assert.equal(
        failureOf(await workspace.cli(["connect", `http://127.0.0.1:${port}`, "--session", "strange"])).status,
        1,
      );
    } finally {
      strange.close();
    }
    assert.deepEqual(
      workspace.files().filter((path) => /plain$|strange$/.test(path)),
      [],
    );
  });

  const strangers: [what: string, answer: (message: string) => string | undefined, greeting?: string][] = [
    ["says nothing", () => undefined],
    ["says everything back", (message) => message],
    ["greets in words", () => undefined, "welcome"],
    ["answers null", () => "null"],
    [
      "answers each command with an error, as Node's inspector",
      (message) =>
        JSON.stringify({
          id: (JSON.parse(message) as { id: number }).id,
          error: { code: -32601, message: "wasn't found" },
        }),
    ],
  ];
  for (const [what, answer, greeting] of strangers) {
    it(`S17: a websocket that ${what} is not a browser: an error in time, and nothing is left`, async () => {
      const { workspace } = given;
      const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
      server.on("connection", (socket) => {
        if (greeting !== undefined) socket.send(greeting);
        socket.on("message", (data: Buffer) => {
          const text = answer(data.toString());
          if (text !== undefined) socket.send(text);
        });
      });
      await once(server, "listening");
      try {
        const { port } = server.address() as AddressInfo;
        const { status, message, hint } = failureOf(
          await workspace.cli([
            "connect",
            `ws://127.0.0.1:${port}/devtools/browser/x`,
            "--session",
            "stranger",
            "--timeout",
            "5000",
          ]),
        );
        assert.equal(status, 1);
        assert.match(message, /is not a browser/);
        assert.match(hint, /remote-debugging-port/);
        await waitUntilGone(() => workspace.processes());
        assert.equal(workspace.state("stranger"), undefined);
        assert.match(await workspace.ok(["list", "--everywhere"]), /None of your browsers/);
      } finally {
        for (const socket of server.clients) socket.terminate();
        server.close();
      }
    });
  }

  it("S17: an answer that comes drop by drop and never ends is given up after --timeout", async () => {
    const { workspace } = given;
    const dripping = createServer((request, response) => {
      const drops = setInterval(() => response.write(" "), 50);
      request.socket.on("close", () => clearInterval(drops));
    });
    await new Promise<void>((resolve) => dripping.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = dripping.address() as AddressInfo;
      const { message } = failureOf(await workspace.cli(["connect", `http://127.0.0.1:${port}`, "--timeout", "500"]));
      assert.match(message, /no answer within 500 ms/);
    } finally {
      dripping.closeAllConnections();
      dripping.close();
    }
  });

  it("S17, S11: a session whose remote browser is stopped can be locked and closed, and the browser goes on afterwards", async function () {
    if (process.platform === "win32") leaveOut(this, "a remote browser that is stopped: Windows has no SIGSTOP");
    const { workspace } = given;
    await workspace.ok(["connect", remote.endpoint, "--session", "frozen"]);
    const whole = descendantsOf(remote.pid)
      .map(({ pid }) => pid)
      .concat(remote.pid);
    for (const pid of whole) process.kill(pid, "SIGSTOP");
    try {
      await workspace.ok(["session-mode", "read-only", "--session", "frozen"]);
      await workspace.ok(["close", "--session", "frozen"]);
    } finally {
      for (const pid of whole) process.kill(pid, "SIGCONT");
    }
    assert.ok(await browserAnswers(remote.port));
  });

  for (const address of ["not a url", "ftp://127.0.0.1:21", "0", "file:///etc/passwd", "javascript:alert(1)", ""]) {
    it(`E: connect ${JSON.stringify(address)} is a usage error`, async () => {
      const { status } = failureOf(await given.workspace.cli(["connect", address]));
      assert.equal(status, 2);
    });
  }
});
