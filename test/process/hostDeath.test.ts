import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "playwright/test";
import { chromiumPath, startBrowser } from "../support/browser.js";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { installIn } from "../support/installation.js";
import {
  browsersWithProfile,
  findProcess,
  processes,
  waitUntilGone,
  type ProcessEntry,
} from "../support/processTable.js";
import { Display, whyNoWindow } from "./recorder/display.js";
import { leaveOut } from "../support/leaveOut.js";

const gone = (...pids: (number | null)[]) => waitUntilGone(() => processes().filter(({ pid }) => pids.includes(pid)));

describe("A session outlives its host", () => {
  const given = useFixtures("death", "each");

  it("kill -9 of the host: the next command attaches to the same page with what was typed", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/typing"), "--session", "phoenix", "--read-only");
    const witness = await given.witness("phoenix");
    await witness.evaluate("document.querySelector('#draft').focus()");
    await witness.type("half a sentence");
    const born = await witness.evaluate("window.born");
    const before = workspace.requireState("phoenix");
    process.kill(before.hostPid, "SIGKILL");
    await gone(before.hostPid);
    assert.ok(findProcess(before.browserPid ?? 0));

    assert.equal(
      await workspace.ok(["readonly-exec", "--session", "phoenix", "return await page.locator('#draft').inputValue()"]),
      "half a sentence",
    );
    const after = workspace.requireState("phoenix");
    assert.notEqual(after.hostPid, before.hostPid);
    assert.equal(after.browserPid, before.browserPid);
    assert.equal(after.cdpEndpoint, before.cdpEndpoint);
    assert.equal(after.startedAt, before.startedAt);
    assert.equal(await witness.evaluate("window.born"), born);
    assert.equal(after.mode, "read-only", "the mode is not lost with the host");
    assert.equal((await workspace.cli(["exec", "--session", "phoenix", "1"])).status, 3);
    await workspace.ok(["close", "--session", "phoenix"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("kill -9 of the host: ten commands at once start one new host", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "rush");
    const { hostPid } = workspace.requireState("rush");
    process.kill(hostPid, "SIGKILL");
    await gone(hostPid);
    const titles = await Promise.all(
      Array.from({ length: 10 }, () =>
        workspace.ok(["readonly-exec", "--session", "rush", "return await page.title()"]),
      ),
    );
    assert.deepEqual(titles, Array(10).fill("The Shelf"));
    const hosts = (): ProcessEntry[] =>
      workspace.processes().filter(({ command }) => command.some((word) => /[\\/]host\.js$/.test(word)));
    // Those that came late end once they see that there is one.
    const { hostPid: heir } = workspace.requireState("rush");
    await waitUntilGone(() => hosts().filter(({ pid }) => pid !== heir));
    assert.equal(hosts().length, 1);
  });

  for (const command of [["close"], ["session-mode", "read-only"], ["pages"], ["snapshot"], ["exec", "return 1"]]) {
    it(`kill -9 of the host: ${command[0]} works as if nothing had been`, async () => {
      const { workspace, site } = given;
      await workspace.open(site.url(), "--session", "next");
      const { hostPid, browserPid } = workspace.requireState("next");
      process.kill(hostPid, "SIGKILL");
      await gone(hostPid);
      await workspace.ok([...command, "--session", "next"]);
      if (command[0] === "close") await gone(browserPid);
      else assert.ok(findProcess(browserPid ?? 0));
    });
  }

  for (const how of ["open", "run"])
    it(`C: in a full Chromium, whose window is larger than its page, the next host gives pages of ${how} the viewport again`, async () => {
      const { workspace, site } = given;
      const env = { LIBRETTO_CHROMIUM: chromiumPath("full") };
      const flags = ["--headless", "--session", "frame", "--viewport", "640x480"];
      const startUrl = JSON.stringify(site.url("/form"));
      workspace.write(
        "flow.ts",
        `import { workflow } from "libretto"; export default workflow("flow", { startUrl: ${startUrl} }, async () => {});`,
      );
      const what = how === "open" ? [site.url("/form")] : ["flow.ts", "--stay-open"];
      await workspace.ok([how, ...what, ...flags], { env });
      const witness = await given.witness("frame");
      const size = "[innerWidth, innerHeight, devicePixelRatio].join()";
      assert.equal(await witness.evaluate(size, "/form"), "640,480,1");
      const { hostPid } = workspace.requireState("frame");
      process.kill(hostPid, "SIGKILL");
      await gone(hostPid);
      // It went with the host's connection.
      await witness.until(`${size} !== "640,480,1"`, "/form");
      await workspace.ok(["pages", "--session", "frame"]);
      await witness.until(`${size} === "640,480,1"`, "/form");
      // And what opens from now on has it, too.
      await witness.openPage(site.url("/table"));
      await witness.untilLoaded("/table");
      await witness.until(`${size} === "640,480,1"`, "/table");
    });

  it("C: the page of a window goes on fitting it, whatever size a person gives it, after its host was replaced", async function () {
    const why = whyNoWindow();
    if (why !== undefined) leaveOut(this, `a window whose host is replaced: ${why}`);
    const { workspace, site } = given;
    const display = await Display.start();
    try {
      await workspace.ok(["open", site.url("/form"), "--headed", "--session", "seen"], {
        env: { LIBRETTO_CHROMIUM: chromiumPath("full"), DISPLAY: display.name },
      });
      const { hostPid } = workspace.requireState("seen");
      process.kill(hostPid, "SIGKILL");
      await gone(hostPid);
      await workspace.ok(["pages", "--session", "seen"]);
      const witness = await given.witness("seen");
      const [page] = await witness.pages();
      const { windowId } = await witness.send<{ windowId: number }>("Browser.getWindowForTarget", {
        targetId: page?.targetId,
      });
      for (const width of [900, 1000]) {
        await witness.send("Browser.setWindowBounds", { windowId, bounds: { width, height: 700 } });
        await witness.until(`Math.abs(innerWidth - ${width}) < 20 && innerHeight < 700`, "/form");
      }
      await workspace.ok(["close", "--session", "seen"]);
    } finally {
      display.close();
    }
  });

  it("kill -9 of the host of a connected session: the next command connects again", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/form"), "--session", "owner");
    const { cdpEndpoint } = workspace.requireState("owner");
    await workspace.ok(["connect", cdpEndpoint ?? "", "--session", "guest"]);
    const { hostPid } = workspace.requireState("guest");
    process.kill(hostPid, "SIGKILL");
    await gone(hostPid);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "guest", "return await page.title()"]), "Form");
    await workspace.ok(["close", "--session", "guest"]);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "owner", "return await page.title()"]), "Form");
  });

  it("kill -9 of the host of a connected session, whose browser is gone since: a command says so and how to drop the session", async () => {
    const { workspace, site } = given;
    const remote = await startBrowser(site.url());
    try {
      await workspace.ok(["connect", remote.endpoint, "--session", "guest"]);
      const { hostPid } = workspace.requireState("guest");
      process.kill(hostPid, "SIGKILL");
      await gone(hostPid);
    } finally {
      await remote.close();
    }
    const { status, message, hint } = failureOf(await workspace.cli(["pages", "--session", "guest"]));
    assert.equal(status, 1);
    assert.match(message, /No browser answers at ws:/);
    assert.match(hint, /close --session guest/);
    await workspace.ok(["close", "--session", "guest"]);
    assert.match(await workspace.ok(["list"]), /No sessions/);
  });

  it("list shows a session whose host died, and does not call it exited while its browser lives", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "limbo");
    const { hostPid } = workspace.requireState("limbo");
    process.kill(hostPid, "SIGKILL");
    await gone(hostPid);
    const listed = await workspace.ok(["list"]);
    assert.match(listed, /limbo/);
    assert.doesNotMatch(listed, /exited/);
  });

  it("kill -9 of the browser: the host ends, says why, and the next command tells how to go on", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "crash");
    const { hostPid, browserPid, profilePath, socketPath } = workspace.requireState("crash");
    process.kill(browserPid ?? 0, "SIGKILL");
    await gone(hostPid, browserPid);
    assert.equal(workspace.requireState("crash").status, "exited");
    assert.equal(existsSync(profilePath ?? ""), false);
    assert.equal(existsSync(socketPath), false);
    const { status, message, hint } = failureOf(await workspace.cli(["exec", "--session", "crash", "1"]));
    assert.equal(status, 4);
    assert.match(message, /"crash"/);
    assert.match(hint, /libretto open .*--session crash/);
    assert.match(JSON.stringify(workspace.log("crash", "logs").at(-1)), /exited|ended/i);
  });

  it("kill -9 of both: list says exited, close clears up, and the name is free", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "both");
    const { hostPid, browserPid, profilePath } = workspace.requireState("both");
    process.kill(hostPid, "SIGKILL");
    process.kill(browserPid ?? 0, "SIGKILL");
    await gone(hostPid, browserPid);
    assert.match(await workspace.ok(["list"]), /both.*exited/);
    await workspace.ok(["close", "--session", "both"]);
    assert.equal(existsSync(profilePath ?? ""), false);
    await workspace.open(site.url(), "--session", "both");
    assert.equal(workspace.requireState("both").status, "active");
  });

  it("kill -9 of both while a workflow pauses: list says exited, and no longer that it pauses", async () => {
    const { workspace } = given;
    workspace.write(
      "pauses.ts",
      `import { pause, workflow } from "libretto";\nexport default workflow("pauses", async ({ session }) => { await pause(session); });\n`,
    );
    await workspace.ok(["run", "pauses.ts", "--headless", "--session", "both"]);
    assert.match(await workspace.ok(["list"]), /both.*paused/);
    const { hostPid, browserPid } = workspace.requireState("both");
    process.kill(hostPid, "SIGKILL");
    process.kill(browserPid ?? 0, "SIGKILL");
    await gone(hostPid, browserPid);
    const listed = await workspace.ok(["list"]);
    assert.match(listed, /both.*exited/);
    assert.doesNotMatch(listed, /paused/);
  });

  it("SIGTERM ends the host together with its browser", async function () {
    if (process.platform === "win32") leaveOut(this, "SIGTERM to the host: Windows ends a process without asking it");
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "term");
    const { hostPid, browserPid } = workspace.requireState("term");
    process.kill(hostPid, "SIGTERM");
    await gone(hostPid, browserPid);
  });

  it("a host that is killed while it opens leaves a browser that gc ends", async () => {
    const { workspace, site } = given;
    const opening = workspace.start(["open", site.url("/hold/open"), "--headless", "--session", "stillborn"]);
    await site.untilRequested("/hold/open");
    const { hostPid } = workspace.requireState("stillborn");
    process.kill(hostPid, "SIGKILL");
    assert.notEqual((await opening.exit).status, 0);
    await workspace.ok(["close", "--all", "--force"]);
    await workspace.ok(["gc", "--all"]);
    assert.deepEqual(browsersWithProfile(workspace.stateHome), []);
  });

  it("Ctrl-C while it opens leaves nothing behind", async () => {
    const { workspace, site } = given;
    const before = workspace.files();
    const opening = workspace.start(["open", site.url("/hold/stop"), "--headless", "--session", "stopped"]);
    await site.untilRequested("/hold/stop");
    opening.interrupt();
    assert.equal((await opening.exit).status, 130);
    await waitUntilGone(() => workspace.processes());
    assert.equal(workspace.state("stopped"), undefined);
    assert.deepEqual(
      workspace.files().filter((path) => path.includes("stopped") && !path.includes(".locks")),
      before.filter((path) => path.includes("stopped")),
    );
  });

  it("a client that is killed while it opens leaves nothing behind", async () => {
    const { workspace, site } = given;
    const opening = workspace.start(["open", site.url("/hold/gone"), "--headless", "--session", "left"]);
    await site.untilRequested("/hold/gone");
    opening.child.kill("SIGKILL");
    await opening.exit;
    await waitUntilGone(() => workspace.processes());
    assert.equal(workspace.state("left"), undefined);
  });

  it("a browser that cannot be started is an error with the reason, and nothing is left", async () => {
    const { workspace, site } = given;
    const fake = join(workspace.scratch, "not-a-browser");
    workspace.write(
      "../scratch/not-a-browser",
      "#!/bin/sh\necho starting >&2\necho 'error: libmissing.so cannot be loaded' >&2\necho 'core dumped at 0x1' >&2\nexit 127\n",
    );
    (await import("node:fs")).chmodSync(fake, 0o755);
    const { status, message } = failureOf(
      await workspace.cli(["open", site.url(), "--headless", "--session", "fake"], {
        env: { LIBRETTO_CHROMIUM: fake },
      }),
    );
    assert.equal(status, 1);
    assert.match(message, /libmissing\.so/);
    assert.equal(workspace.state("fake"), undefined);
    // Without a word that tells an error it is the last line, whatever blank ones come after it.
    workspace.write(
      "../scratch/not-a-browser",
      "#!/bin/sh\necho starting >&2\necho 'gone for good' >&2\necho >&2\nexit 1\n",
    );
    const words = failureOf(
      await workspace.cli(["open", site.url(), "--headless", "--session", "fake"], {
        env: { LIBRETTO_CHROMIUM: fake },
      }),
    );
    assert.match(words.message, /: gone for good$/);
    await waitUntilGone(() => workspace.processes());
  });

  it("a page that cannot be opened is an error, and no browser is left", async () => {
    const { workspace } = given;
    const { status, message } = failureOf(
      await workspace.cli(["open", "http://127.0.0.1:9/", "--headless", "--session", "refused"]),
    );
    assert.equal(status, 1);
    assert.match(message, /127\.0\.0\.1:9/);
    await waitUntilGone(() => workspace.processes());
    assert.equal(workspace.state("refused"), undefined);
  });
});

describe("No browser is ever forgotten", () => {
  const given = useFixtures("lease", "each");
  /** Without the draft of one that a host writes just then. */
  const entries = (): string[] => {
    const folder = join(given.workspace.stateHome, "libretto", "index");
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(folder, name));
  };
  /** Dates the user's index back, as if nobody had used those browsers for that long. */
  const ageIndex = (minutes: number): void => {
    const then = new Date(Date.now() - minutes * 60_000);
    for (const entry of entries()) utimesSync(entry, then, then);
  };
  /** Time since a host last wrote its entry. */
  const minutesSinceSeen = (): number => {
    const times = entries().map((entry) => statSync(entry, { throwIfNoEntry: false })?.mtimeMs);
    return (Date.now() - Math.max(...times.map((time) => time ?? 0))) / 60_000;
  };

  it("list --everywhere finds sessions of other workspaces", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "far-away");
    const elsewhere = { cwd: workspace.scratch };
    assert.doesNotMatch(await workspace.ok(["list"], elsewhere), /far-away/);
    assert.match(await workspace.ok(["list", "--everywhere"], elsewhere), /far-away/);
  });

  it("a browser without a host is ended after its lease by the next command of any kind", async () => {
    const { workspace, site } = given;
    workspace.writeConfig({ version: 1, leaseMinutes: 10 });
    await workspace.open(site.url(), "--session", "expired");
    const { hostPid, browserPid, profilePath } = workspace.requireState("expired");
    process.kill(hostPid, "SIGKILL");
    await gone(hostPid);
    ageIndex(9);
    await workspace.ok(["list"], { cwd: workspace.scratch });
    assert.ok(findProcess(browserPid ?? 0), "within the lease it is left alone");
    ageIndex(11);
    await workspace.ok(["list"], { cwd: workspace.scratch });
    await gone(browserPid);
    assert.equal(existsSync(profilePath ?? ""), false);
  });

  it("the lease begins when the host dies, however long the session was open before", async () => {
    const { workspace, site } = given;
    workspace.writeConfig({ version: 1, leaseMinutes: 10 });
    // The host does every tenth of a second what it otherwise does every minute, for which no test can wait.
    const programs = installIn(join(workspace.scratch, "hurried"));
    const host = join(programs, "host.js");
    writeFileSync(
      host,
      `const every = setInterval; globalThis.setInterval = (work, ms, ...rest) => every(work, ms === 60_000 ? 100 : ms, ...rest);\n${readFileSync(host, "utf8")}`,
    );
    const program = join(programs, "cli.js");
    await workspace.ok(["open", site.url(), "--headless", "--session", "leased"], { program });
    const { hostPid, browserPid } = workspace.requireState("leased");
    ageIndex(11);
    await expect.poll(minutesSinceSeen, { timeout: 20_000 }).toBeLessThan(1);
    process.kill(hostPid, "SIGKILL");
    await gone(hostPid);
    await workspace.ok(["list"], { cwd: workspace.scratch });
    assert.ok(findProcess(browserPid ?? 0), "its lease has just begun");
  });

  it("a session whose host lives is kept, however old it is", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "old");
    ageIndex(100_000);
    await workspace.ok(["list"], { cwd: workspace.scratch });
    assert.equal(await workspace.ok(["readonly-exec", "--session", "old", "return await page.title()"]), "The Shelf");
  });

  it("a browser whose new host gives up taking it over stays on record, and can still be found and taken over", async function () {
    if (process.platform === "win32")
      leaveOut(this, "a host that gives up on a stopped browser: Windows has no SIGSTOP");
    const { workspace, site } = given;
    await workspace.open(site.url("/typing"), "--session", "orphan");
    const before = workspace.requireState("orphan");
    process.kill(before.hostPid, "SIGKILL");
    await gone(before.hostPid);
    // It answers nobody now, so that the new host waits for it.
    process.kill(before.browserPid ?? 0, "SIGSTOP");
    const command = workspace.start(["pages", "--session", "orphan"]);
    while (workspace.requireState("orphan").hostPid === before.hostPid) await new Promise(setImmediate);
    const { hostPid } = workspace.requireState("orphan");
    process.kill(hostPid, "SIGTERM");
    failureOf(await command.exit);
    await gone(hostPid);
    const { browsers } = JSON.parse(await workspace.ok(["list", "--everywhere", "--json"])) as {
      browsers: { session: string; browser: string }[];
    };
    assert.deepEqual(
      browsers.map(({ session, browser }) => [session, browser]),
      [["orphan", "alive"]],
    );
    process.kill(before.browserPid ?? 0, "SIGCONT");
    assert.equal(await workspace.ok(["readonly-exec", "--session", "orphan", "return await page.title()"]), "Typing");
    assert.equal(workspace.requireState("orphan").browserPid, before.browserPid);
  });

  it("a browser that a new host has taken over is not ended for what its first host left on record", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/typing"), "--session", "heir");
    const before = workspace.requireState("heir");
    process.kill(before.hostPid, "SIGKILL");
    await gone(before.hostPid);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "heir", "return await page.title()"]), "Typing");
    const { browsers } = JSON.parse(await workspace.ok(["list", "--everywhere", "--json"])) as {
      browsers: { session: string }[];
    };
    assert.deepEqual(
      browsers.map(({ session }) => session),
      ["heir"],
    );
    ageIndex(100_000);
    await workspace.ok(["list"], { cwd: workspace.scratch });
    await workspace.ok(["gc", "--all"], { cwd: workspace.scratch });
    assert.ok(findProcess(before.browserPid ?? 0));
    assert.equal(await workspace.ok(["readonly-exec", "--session", "heir", "return await page.title()"]), "Typing");
  });

  it("gc --all ends browsers whose hosts are gone, reports them, and leaves live sessions alone", async () => {
    const { workspace, site } = given;
    await Promise.all(["orphan", "alive"].map((name) => workspace.open(site.url(), "--session", name)));
    const { hostPid, browserPid } = workspace.requireState("orphan");
    process.kill(hostPid, "SIGKILL");
    await gone(hostPid);
    assert.doesNotMatch(
      await workspace.ok(["gc"], { cwd: workspace.scratch }),
      /orphan/,
      "the next command could still take it over",
    );
    assert.ok(findProcess(browserPid ?? 0));
    const said = await workspace.cli(["gc", "--all"], { cwd: workspace.scratch });
    assert.equal(said.status, 0, said.stderr);
    assert.match(said.stdout + said.stderr, /orphan/);
    await gone(browserPid);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "alive", "return await page.title()"]), "The Shelf");
  });

  it("--owner-pid ends the session with its owner", async () => {
    const { workspace, site } = given;
    const owner = workspace.start(["exec", "--session", "nobody"]);
    const ownerProcess = (await import("node:child_process")).spawn(
      process.execPath,
      ["-e", "setInterval(() => {}, 1000)"],
      { stdio: "ignore" },
    );
    await workspace.open(site.url(), "--session", "owned", "--owner-pid", String(ownerProcess.pid));
    const { hostPid, browserPid } = workspace.requireState("owned");
    ownerProcess.kill("SIGKILL");
    await gone(hostPid, browserPid);
    owner.child.kill("SIGKILL");
    await owner.exit;
  });

  it("--owner-pid holds for a host that takes the session over, too", async () => {
    const { workspace, site } = given;
    const owner = (await import("node:child_process")).spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
      stdio: "ignore",
    });
    await workspace.open(
      site.url(),
      "--session",
      "inherited",
      "--owner-pid",
      String(owner.pid),
      "--idle-timeout",
      "90",
    );
    const before = workspace.requireState("inherited");
    process.kill(before.hostPid, "SIGKILL");
    await gone(before.hostPid);
    assert.equal(
      await workspace.ok(["readonly-exec", "--session", "inherited", "return await page.title()"]),
      "The Shelf",
    );
    const { hostPid, browserPid, limits } = workspace.requireState("inherited");
    assert.equal(limits?.idleTimeoutMinutes, 90);
    owner.kill("SIGKILL");
    await gone(hostPid, browserPid);
  });

  it("--idle-timeout may be longer than a timer of the system takes", async () => {
    const { workspace, site } = given;
    // The host's own warnings come out with this set; its end of the pipe stays open until it is closed.
    const opening = workspace.start(
      ["open", site.url(), "--headless", "--session", "ages", "--idle-timeout", "100000"],
      { env: { LIBRETTO_DEBUG: "1" } },
    );
    await opening.waitFor("stdout", /opened/);
    await workspace.ok(["close", "--session", "ages"]);
    assert.equal((await opening.exit).stderr, "");
  });

  it("C: idleTimeoutMinutes of the config is the default of --idle-timeout", async () => {
    const { workspace, site } = given;
    workspace.writeConfig({ version: 1, idleTimeoutMinutes: 0.02 });
    await workspace.open(site.url(), "--session", "configured");
    const { hostPid, browserPid } = workspace.requireState("configured");
    await gone(hostPid, browserPid);
  });

  it("--idle-timeout ends a session that nobody uses", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "idle", "--idle-timeout", "0.02");
    const { hostPid, browserPid } = workspace.requireState("idle");
    await gone(hostPid, browserPid);
    assert.equal(workspace.requireState("idle").status, "exited");
  });
});
