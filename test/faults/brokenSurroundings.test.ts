import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { processesOf, waitUntilGone } from "../support/processTable.js";

describe("Surroundings that fail", () => {
  const given = useFixtures("around", "each");

  it("a disk that fills up: the session goes on, says so, and can be closed", async function () {
    const { workspace, site } = given;
    const disk = join(workspace.folder, ".libretto");
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      leaveOut(this, "a disk that fills up: a file system of its own can be mounted by root alone");
    }
    try {
      await workspace.open(site.url("/counter"), "--session", "full");
      writeFileSync(join(disk, "ballast"), Buffer.alloc(400_000));
      try {
        for (let part = 0; part < 100; part++) writeFileSync(join(disk, `ballast-${part}`), Buffer.alloc(10_000));
      } catch {
        // Full now.
      }
      await workspace.ok(["exec", "--session", "full", "await page.click('#add')"]);
      await site.until(() => site.counter === 1, "the click");
      assert.equal(await workspace.ok(["readonly-exec", "--session", "full", "return await page.title()"]), "Counter");
      const snapshot = await workspace.cli(["snapshot", "--session", "full"]);
      if (snapshot.status !== 0) failureOf(snapshot);
      rmSync(join(disk, "ballast"));
      assert.equal((await workspace.cli(["close", "--session", "full"])).status, 0);
      await waitUntilGone(() => processesOf(workspace.stateHome));
    } finally {
      await workspace.cli(["close", "--all", "--force"]);
      execFileSync("umount", ["-l", disk]);
    }
  });

  it("a workspace folder that is removed under a live session: the session can still be found everywhere and ended", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "homeless");
    rmSync(workspace.librettoFolder, { recursive: true });
    assert.match(await workspace.ok(["list", "--everywhere"]), /homeless/);
    const host = workspace.processes().find(({ command }) => command.some((word) => word.endsWith("host.js")));
    process.kill(host?.pid ?? 0, "SIGKILL");
    await waitUntilGone(() => workspace.processes().filter(({ pid }) => pid === host?.pid));
    await workspace.ok(["gc", "--all"]);
    await waitUntilGone(() => workspace.processes());
  });

  it("a socket that is removed under a live session: the next command says what to do, and close --all --force ends it", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "mute");
    rmSync(workspace.requireState("mute").socketPath);
    const result = await workspace.cli(["close", "--all", "--force"]);
    assert.equal(result.status, 0, result.stderr);
    await waitUntilGone(() => workspace.processes());
  });

  it("a runtime folder that belongs to everybody is refused", async function () {
    if (process.platform === "win32") this.skip();
    const { workspace, site } = given;
    const shared = join(workspace.scratch, "shared");
    mkdirSync(join(shared, "libretto"), { recursive: true });
    chmodSync(join(shared, "libretto"), 0o777);
    const { message } = failureOf(await workspace.cli(["open", site.url(), "--headless"], { env: { XDG_RUNTIME_DIR: shared } }));
    assert.match(message, /private/);
    await waitUntilGone(() => workspace.processes());
  });

  it("a server that dies while its page is open does not disturb the session", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/typing"), "--session", "alone");
    await site.goOffline();
    assert.equal(await workspace.ok(["readonly-exec", "--session", "alone", "return await page.title()"]), "Typing");
    const result = await workspace.cli(["exec", "--session", "alone", "await page.reload()"]);
    assert.equal(result.status, 1);
    assert.match(result.stderr, /ERR_CONNECTION_REFUSED/);
    await site.goOnline();
    assert.equal(await workspace.ok(["exec", "--session", "alone", "await page.reload(); return await page.title()"]), "Typing");
    await workspace.ok(["close", "--session", "alone"]);
    assert.equal(existsSync(join(workspace.sessionsFolder, "alone", "state.json")), false);
  });

  it("a page that crashes is told, and the session goes on in another", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/form"), "--session", "crash");
    const witness = await given.witness("crash");
    void witness.send("Page.crash", {}, await witness.sessionOf("/form")).catch(() => undefined);
    const told = await workspace.cli(["exec", "--session", "crash", "--timeout", "5000", "return await page.title()"], { timeoutMs: 20_000 });
    assert.notEqual(told.status, 0);
    assert.match(await workspace.ok(["exec", "--session", "crash", `const fresh = await context.newPage(); await fresh.goto(${JSON.stringify(site.url())}); return await fresh.title()`]), /The Shelf/);
    await workspace.ok(["close", "--session", "crash"]);
  });
});
