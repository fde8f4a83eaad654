import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IndexEntry } from "../../src/sessions/store/userIndex.js";
import { chromiumPath } from "../support/browser.js";
import { useFixtures } from "../support/fixtures.js";
import { browsersWithProfile, waitUntilGone } from "../support/processTable.js";

describe("No browser is ever forgotten, whatever is killed and when", () => {
  const given = useFixtures("faults", "each");

  /** Ids of the processes that run one of our programs. */
  const running = (program: string): number[] =>
    given.workspace
      .processes()
      .flatMap(({ pid, command }) => (command.some((word) => word.endsWith(program)) ? [pid] : []));

  const moments = [0, 20, 40, 60, 70, 80, 85, 90, 95, 100, 110, 140, 200, 300, 500];
  for (const delay of moments) {
    it(`a host killed ${delay} ms after it was born leaves nothing that close --all --force and gc --all do not end`, async () => {
      const { workspace, site } = given;
      const opening = workspace.start(["open", site.url(), "--headless", "--session", "killed"]);
      // Not what the host has just forked: that has the host's arguments until it becomes the browser.
      const host = (): number | undefined =>
        workspace
          .processes()
          .find(({ parent, command }) => parent === opening.child.pid && command[1]?.endsWith("host.js"))?.pid;
      let pid = host();
      for (; pid === undefined; pid = host()) await new Promise(setImmediate);
      // The point of the test is to hit a different moment each time; what matters holds for every one.
      await new Promise((resolve) => setTimeout(resolve, delay));
      process.kill(pid, "SIGKILL");
      await opening.exit;
      await workspace.cli(["list"]);
      await workspace.ok(["close", "--all", "--force"]);
      await workspace.ok(["gc", "--all"]);
      await waitUntilGone(() => workspace.processes());
      assert.deepEqual(browsersWithProfile(workspace.stateHome), []);
      const profiles = join(workspace.stateHome, "libretto", "profiles");
      assert.deepEqual(existsSync(profiles) ? readdirSync(profiles) : [], []);
      await workspace.open(site.url(), "--session", "killed");
      assert.equal(workspace.requireState("killed").status, "active");
    });
  }

  it("a browser that its killed host had forked, and that comes to its name only seconds later, is ended by gc", async () => {
    const { workspace } = given;
    const index = join(workspace.stateHome, "libretto", "index");
    const profilePath = join(workspace.stateHome, "libretto", "profiles", "nascent");
    mkdirSync(index, { recursive: true });
    mkdirSync(profilePath, { recursive: true });
    // What lies between fork and exec, drawn out: it holds what the host had opened, and bears no argument of the browser's.
    const nascent = spawn(
      "sh",
      [
        "-c",
        `exec 2>"$0/chromium-stderr.log"; echo forked; sleep 2; exec "$1" --headless --no-sandbox --remote-debugging-port=0 --user-data-dir="$0"`,
        profilePath,
        chromiumPath(),
      ],
      { detached: true, stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, ...workspace.env } },
    );
    await once(nascent.stdout, "data");
    const dead = spawn(process.execPath, ["-e", "0"]);
    await once(dead, "exit");
    const entry: IndexEntry = {
      version: 1,
      root: workspace.folder,
      session: "nascent",
      kind: "launched",
      port: null,
      cdpEndpoint: null,
      browserPid: null,
      browserStartedAt: null,
      hostPid: dead.pid ?? 0,
      hostStartedAt: new Date().toISOString(),
      socketPath: join(workspace.stateHome, "none.sock"),
      profilePath,
      leaseMinutes: 30,
    };
    writeFileSync(join(index, "nascent.json"), JSON.stringify(entry));
    await Promise.all([once(nascent, "exit"), workspace.ok(["gc", "--all"])]);
    assert.deepEqual(browsersWithProfile(workspace.stateHome), []);
    assert.deepEqual([readdirSync(index), existsSync(profilePath)], [[], false]);
  });

  for (const [who, ending] of [
    ["its host", (pid: number) => void process.kill(pid, "SIGTERM")],
    ["gc, once its host was killed", (pid: number) => void process.kill(pid, "SIGKILL")],
  ] as const)
    it(`a browser that outlives the script which started it is ended by ${who}`, async () => {
      const { workspace, site } = given;
      const script = join(workspace.scratch, "chromium");
      writeFileSync(script, `#!/bin/sh\n"${chromiumPath()}" "$@"\n`, { mode: 0o755 });
      await workspace.ok(["open", site.url(), "--headless", "--session", "script"], {
        env: { LIBRETTO_CHROMIUM: script },
      });
      const { browserPid, hostPid } = workspace.requireState("script");
      process.kill(browserPid ?? 0, "SIGKILL");
      await waitUntilGone(() => workspace.processes().filter(({ pid }) => pid === browserPid));
      assert.notEqual(browsersWithProfile(workspace.stateHome).length, 0);
      ending(hostPid);
      await waitUntilGone(() => workspace.processes().filter(({ pid }) => pid === hostPid));
      await workspace.ok(["gc"]);
      await waitUntilGone(() => workspace.processes());
    });

  it("ten sessions whose hosts are all killed at once are all taken up again", async () => {
    const { workspace, site } = given;
    const names = Array.from({ length: 10 }, (_, index) => `many-${index}`);
    await Promise.all(names.map((name) => workspace.open(site.url(`/?${name}`), "--session", name)));
    for (const pid of running("host.js")) process.kill(pid, "SIGKILL");
    const urls = await Promise.all(
      names.map((name) =>
        workspace.ok(["readonly-exec", "--session", name, "return page.url()"], { timeoutMs: 90_000 }),
      ),
    );
    assert.deepEqual(
      urls,
      names.map((name) => site.url(`/?${name}`)),
    );
    await workspace.ok(["close", "--all"], { timeoutMs: 60_000 });
    await waitUntilGone(() => workspace.processes());
  });

  it("a host killed again and again is replaced again and again, and the page stays the same", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/typing"), "--session", "cat");
    const witness = await given.witness("cat");
    const born = await witness.evaluate("window.born");
    for (let life = 0; life < 9; life++) {
      process.kill(workspace.requireState("cat").hostPid, "SIGKILL");
      assert.equal(await workspace.ok(["readonly-exec", "--session", "cat", "return await page.title()"]), "Typing");
    }
    assert.equal(await witness.evaluate("window.born"), born);
  });

  it("a close that is killed in the middle is finished by the next one", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "half");
    const closing = workspace.start(["close", "--session", "half"]);
    const [host] = running("host.js");
    await new Promise((resolve) => setTimeout(resolve, 60));
    closing.child.kill("SIGKILL");
    try {
      if (host !== undefined && running("host.js").includes(host)) process.kill(host, "SIGKILL");
    } catch (error) {
      // It ended by itself since the table was read.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    await closing.exit;
    const again = await workspace.cli(["close", "--session", "half"]);
    assert.equal(again.status, 0, again.stderr);
    await waitUntilGone(() => workspace.processes());
  });
});
