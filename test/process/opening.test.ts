import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { certificate } from "../support/certificate.js";
import { browsersWithProfile, findProcess, waitUntilGone } from "../support/processTable.js";
import { leaveOut } from "../support/leaveOut.js";
import { untilConnected } from "../support/openFiles.js";

describe("While a session is being opened", () => {
  const given = useFixtures("opening", "each");

  for (const page of ["/hold/first", "/busy?now"]) {
    it(`Must show 9: on ${page}, which never loads, list, session-mode and close answer, and the open is told`, async () => {
      const { workspace, site } = given;
      const opening = workspace.start(["open", site.url(page), "--headless", "--session", "early"]);
      await site.untilRequested(page.replace(/\?.*/, ""));
      assert.match(await workspace.ok(["list"]), /early .* starting/);
      await workspace.ok(["session-mode", "read-only", "--session", "early"]);
      assert.equal(opening.child.exitCode, null, "nothing waited for the page");
      assert.equal(workspace.requireState("early").mode, "read-only");
      assert.match(await workspace.ok(["close", "--session", "early"]), /closed/);
      const failure = failureOf(await opening.exit);
      assert.equal(failure.status, 1);
      assert.match(failure.message, /"early" was closed while it was being opened/);
      await waitUntilGone(() => workspace.processes());
      assert.equal(workspace.state("early"), undefined);
    });
  }

  it("what works with pages waits for the first one, and Ctrl-C ends the wait", async () => {
    const { workspace, site } = given;
    const opening = workspace.start(["open", site.url("/hold/page"), "--headless", "--session", "soon"]);
    await site.untilRequested("/hold/page");
    const impatient = workspace.start(["readonly-exec", "--session", "soon", "return await page.title()"]);
    const patient = workspace.start(["readonly-exec", "--session", "soon", "return await page.title()"]);
    // A change of mode is answered at once.
    await workspace.ok(["session-mode", "read-only", "--session", "soon"]);
    await untilConnected(impatient);
    impatient.interrupt();
    const { status, signal } = await impatient.exit;
    // A command that has asked for nothing yet is ended by the signal itself, which a shell tells as 130, too.
    assert.ok(status === 130 || signal === "SIGINT", `${status} ${signal}`);
    site.release("page");
    assert.equal((await opening.exit).status, 0);
    assert.equal((await patient.exit).stdout, "Held\n");
  });

  for (const until of ["domcontentloaded", "commit"])
    it(`--wait-until ${until} does not wait for a picture that never comes; without it a warning says that it did not load`, async () => {
      const { workspace, site } = given;
      workspace.write("waits.html", `<title>Waits</title><img src="${site.url("/never")}">`);
      const open = ["open", "waits.html", "--headless", "--session", "w"];
      assert.deepEqual((await workspace.json<{ warnings: string[] }>([...open, "--wait-until", until])).warnings, []);
      await workspace.ok(["close", "--session", "w"]);
      const [warning] = (await workspace.json<{ warnings: string[] }>([...open, "--timeout", "10000"])).warnings;
      assert.match(warning ?? "", /load/);
    });

  it("a browser that dies ends it with an error, at once, and nothing is left", async () => {
    const { workspace, site } = given;
    // The page is there, and never finishes loading.
    const opening = workspace.start(["open", site.url("/busy?now"), "--headless", "--session", "widowed"]);
    await site.untilRequested("/busy");
    for (const { pid } of browsersWithProfile(workspace.stateHome)) process.kill(pid, "SIGKILL");
    const { status, message } = failureOf(await opening.exit);
    assert.equal(status, 1);
    assert.match(message, /browser ended|connection to the browser has ended/);
    await waitUntilGone(() => workspace.processes());
    assert.equal(workspace.state("widowed"), undefined);
  });

  it("Ctrl-C ends it though the browser does not answer", async function () {
    if (process.platform === "win32") leaveOut(this, "a browser that does not answer: Windows has no SIGSTOP");
    const { workspace, site } = given;
    const opening = workspace.start(["open", site.url("/hold/frozen"), "--headless", "--session", "frozen"]);
    await site.untilRequested("/hold/frozen");
    for (const { pid } of browsersWithProfile(workspace.stateHome)) process.kill(pid, "SIGSTOP");
    opening.interrupt();
    assert.equal((await opening.exit).status, 130);
    await waitUntilGone(() => workspace.processes());
    assert.equal(workspace.state("frozen"), undefined);
  });

  it("SIGTERM to the host takes everything back, and the open is told", async function () {
    if (process.platform === "win32") leaveOut(this, "SIGTERM to the host: Windows ends a process without asking it");
    const { workspace, site } = given;
    const opening = workspace.start(["open", site.url("/hold/term"), "--headless", "--session", "term"]);
    await site.untilRequested("/hold/term");
    process.kill(workspace.requireState("term").hostPid, "SIGTERM");
    failureOf(await opening.exit);
    await waitUntilGone(() => workspace.processes());
    assert.equal(workspace.state("term"), undefined);
    assert.match(await workspace.ok(["list", "--everywhere"]), /None of your browsers/);
  });

  it("a name whose host was killed meanwhile is taken over, and the browser that it left is ended", async () => {
    const { workspace, site } = given;
    const opening = workspace.start(["open", site.url("/hold/stillborn"), "--headless", "--session", "heir"]);
    await site.untilRequested("/hold/stillborn");
    const [orphan] = browsersWithProfile(workspace.stateHome);
    process.kill(workspace.requireState("heir").hostPid, "SIGKILL");
    assert.notEqual((await opening.exit).status, 0);
    await workspace.open(site.url(), "--session", "heir");
    const { browserPid } = workspace.requireState("heir");
    assert.notEqual(browserPid, orphan?.pid);
    assert.deepEqual(
      browsersWithProfile(workspace.stateHome).map(({ pid }) => pid),
      [browserPid],
    );
  });

  const refused: [what: string, path: string, told: RegExp][] = [
    ["redirects for ever", "/redirect-loop", /ERR_TOO_MANY_REDIRECTS/],
    ["cuts the connection", "/reset", /ERR_(CONNECTION_RESET|EMPTY_RESPONSE)/],
  ];
  for (const [what, path, told] of refused) {
    it(`an address that ${what} is an error, and nothing is left`, async () => {
      const { workspace, site } = given;
      const { status, message } = failureOf(
        await workspace.cli(["open", site.url(path), "--headless", "--session", "no"]),
      );
      assert.equal(status, 1);
      assert.match(message, told);
      await waitUntilGone(() => workspace.processes());
      assert.equal(workspace.state("no"), undefined);
    });
  }

  it("a certificate that is not trusted is an error that says what can be done", async () => {
    const { workspace } = given;
    const server = createServer(certificate, (_request, response) => response.end("secret"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const { message, hint } = failureOf(await workspace.cli(["open", `https://127.0.0.1:${port}`, "--headless"]));
      assert.match(message, /ERR_CERT_/);
      assert.match(hint, /certificate.*--ignore-certificate-errors/);
    } finally {
      server.close();
    }
  });

  it("a download opens with a warning; files, about:blank and error pages of a server open as they are", async () => {
    const { workspace, site } = given;
    const download = await workspace.cli(["open", site.url("/download"), "--headless", "--session", "download"]);
    assert.equal(download.status, 0, download.stderr);
    assert.match(download.stderr, /download/);
    workspace.write("a page.html", "<title>From a file</title>");
    for (const [address, title] of [
      ["a page.html", "From a file"],
      ["about:blank", ""],
      [site.url("/status/503"), "Status 503"],
    ] as const) {
      const session = await workspace.open(address);
      assert.equal(await (await given.witness(session)).evaluate("document.title"), title);
      assert.ok(findProcess(workspace.requireState(session).hostPid));
    }
  });
});
