import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { waitUntilEnded } from "../support/processTable.js";

describe("S25 what a lock holds back", () => {
  const given = useFixtures("lock");
  const spawnChild = `const { spawn } = await import("node:child_process");
    const child = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { stdio: "inherit" });`;
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it("S25: run, stop and the end of the host wait for no child of a workflow that holds its pipes", async () => {
    const { workspace } = given;
    const children: number[] = [];
    workspace.write(
      "spawns.ts",
      `import { workflow } from "libretto";
       export default workflow("spawns", {}, async () => {
         ${spawnChild}
         console.log("child " + child.pid);
         if (process.env["GOES_ON"]) await new Promise(() => {});
       });`,
    );
    const childOf = async (running: ReturnType<typeof workspace.start>): Promise<void> => {
      children.push(Number((await running.waitFor("stderr", /child (\d+)/))[1]));
    };
    try {
      const ran = workspace.start(["run", "spawns.ts", "--headless", "--session", "ends", "--stay-open"]);
      await childOf(ran);
      assert.equal((await ran.exit).status, 0);
      const goesOn = workspace.start(["run", "spawns.ts", "--headless", "--session", "stops"], {
        env: { GOES_ON: "yes" },
      });
      await childOf(goesOn);
      await workspace.ok(["stop", "--session", "stops"]);
      await goesOn.exit;
      const closed = workspace.start(["run", "spawns.ts", "--headless", "--session", "closes"], {
        env: { GOES_ON: "yes" },
      });
      await childOf(closed);
      const { hostPid } = workspace.requireState("closes");
      await workspace.ok(["close", "--session", "closes"]);
      await closed.exit;
      await waitUntilEnded(hostPid);
      // Each was answered while the child lived.
      assert.deepEqual(children.map(isAlive), [true, true, true]);
    } finally {
      for (const child of children) if (child > 0 && isAlive(child)) process.kill(child, "SIGKILL");
    }
    await workspace.ok(["close", "--all"]);
  });

  it("S25: code that navigates without end goes on where the waiting for it is given up, and the mode is one everywhere", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), "--session", "loops");
    const session = ["--session", "loops"];
    const address = JSON.stringify(site.url("/counter"));
    const running = workspace.start([
      "exec",
      `console.log("begun"); for (let n = 0; ; n++) await page.goto(${address} + "?" + n)`,
      ...session,
    ]);
    await running.waitFor("stderr", /begun/);
    const waiting = workspace.start(["session-mode", "read-only", "--wait", ...session]);
    await waiting.waitFor("stderr", /locked when/);
    // What writes the record meanwhile must not write the mode that is waited for.
    for (let changes = 0; changes < 2; changes++) {
      const { url } = workspace.requireState("loops");
      await site.until(() => workspace.requireState("loops").url !== url, "the record to tell of another address");
    }
    waiting.interrupt();
    assert.equal((await waiting.exit).status, 130);
    assert.equal(workspace.requireState("loops").mode, "write-access");
    assert.match(await workspace.ok(["list"]), /RW/);
    assert.match(await workspace.ok(["session-mode", ...session]), /write-access/);
    const before = site.count("/counter");
    await site.until(() => site.count("/counter") > before, "the code to go on");
    const { unsettledPages } = await workspace.json<{ unsettledPages?: string[] }>([
      "session-mode",
      "read-only",
      ...session,
    ]);
    assert.equal((await running.exit).status, 3);
    const witness = await given.witness("loops");
    const still = async (): Promise<unknown[]> => [
      await witness.evaluate("performance.timeOrigin"),
      site.count("/counter"),
    ];
    // A browser that stands still for longer than a lock waits is told of: what had been sent may come yet.
    if (unsettledPages === undefined) {
      const locked = await still();
      await witness.evaluate("fetch('/echo').then((answer) => answer.text())");
      assert.deepEqual(await still(), locked);
    }
    assert.equal(workspace.requireState("loops").mode, "read-only");
    assert.match(await workspace.ok(["list"]), /RO/);
    await workspace.ok(["close", ...session]);
  });

  for (const [what, code] of [
    ["a click of the mouse", "await page.mouse.click(box.x + 5, box.y + 5)"],
    ["keys", "await page.keyboard.press('Enter')"],
    ["a script", "await page.evaluate(() => document.querySelector('#add').click())"],
    ["what waits for a state of the page", "await page.waitForFunction(() => window.over); await page.click('#add')"],
  ] as const) {
    it(`S25: ${what}, sent to a busy page, is done before the answer to a lock, or the answer tells of it`, async () => {
      const { workspace, site } = given;
      await workspace.open(site.url("/counter"), "--session", "busy");
      const session = ["--session", "busy"];
      const witness = await given.witness("busy");
      for (const told of [false, true]) {
        // For a moment, or for longer than any lock waits: until the test lets it go.
        const isBusy = told ? "!document.cookie.includes('over=1')" : "Date.now() < begun + 300";
        const running = workspace.start([
          "exec",
          `const box = await page.locator("#add").boundingBox();
           await page.focus("#add");
           await page.evaluate(() => { window.over = false; setTimeout(() => { const begun = Date.now(); while (${isBusy}); window.over = true; }, 0); });
           console.log("begun");
           ${code}`,
          ...session,
        ]);
        await running.waitFor("stderr", /begun/);
        const answer = await workspace.json<{ unsettledPages?: string[] }>(["session-mode", "read-only", ...session]);
        if (told)
          await witness.send("Storage.setCookies", { cookies: [{ name: "over", value: "1", url: site.url("/") }] });
        await running.exit;
        if (answer.unsettledPages === undefined) {
          const clicks = await witness.evaluate("window.clicks");
          await witness.evaluate("fetch('/echo').then((answer) => answer.text())");
          assert.equal(await witness.evaluate("window.clicks"), clicks, `busy while ${isBusy}`);
        }
        if (told) assert.ok(answer.unsettledPages, "the answer tells of the page");
        assert.equal(workspace.requireState("busy").mode, "read-only");
        await witness.until("window.over === true");
        await workspace.ok(["session-mode", "write-access", ...session]);
      }
      await workspace.ok(["close", ...session]);
    });
  }

  it("S25: routes end with the code that served them, the answer says so, and requests of the page are answered again", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/form"), "--session", "routes");
    const session = ["--session", "routes"];
    await workspace.ok(["exec", "await page.route('**/echo*', (route) => route.abort())", ...session]);
    const witness = await given.witness("routes");
    const asked = (): Promise<unknown> =>
      witness.evaluate("fetch('/echo').then(() => 'answered', () => 'cut off')", "/form");
    assert.equal(await asked(), "cut off");
    const answer = await workspace.json<{ ended?: string[] }>(["session-mode", "read-only", ...session]);
    assert.deepEqual(answer.ended, ["routes"]);
    assert.equal(await asked(), "answered");
    await workspace.ok(["close", ...session]);
  });

  it("S4: to another user of the machine files and socket are closed, and a debugging port is open, as docs/read-only.md says", async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0)
      leaveOut(this, "another user: only root can act as one");
    const { workspace, site } = given;
    await workspace.open(site.url("/cookie?name=sid&value=secret&httponly"), "--session", "port", "--read-only");
    const { port, socketPath, cdpEndpoint } = workspace.requireState("port");
    // As the user nobody: tries what is named on its command line, and says what it could do.
    const script = `
      process.setgid(65534); process.setuid(65534);
      const [socket, port, ...files] = process.argv.slice(1);
      const { connect } = require("node:net"), { readFileSync } = require("node:fs");
      const reach = (to) => new Promise((resolve) => connect(to).once("connect", function () { this.destroy(); resolve(true); }).once("error", () => resolve(false)));
      const read = (file) => { try { readFileSync(file); return true; } catch { return false; } };
      const listens = readFileSync("/proc/net/tcp", "utf8").includes(":" + Number(port).toString(16).toUpperCase().padStart(4, "0") + " ");
      Promise.all([reach(socket), reach({ port: Number(port), host: "127.0.0.1" })]).then(([socket, port]) =>
        console.log(JSON.stringify({ socket, port, listens, files: files.map(read) })));`;
    const folder = dirname(workspace.sessionsFolder);
    const files = ["state.json", "logs.jsonl", "network.jsonl"].map((name) => `${folder}/sessions/port/${name}`);
    const child = spawn(process.execPath, ["-e", script, socketPath, String(port), ...files], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    await once(child, "close");
    assert.deepEqual(JSON.parse(said), { socket: false, port: true, listens: true, files: [false, false, false] });
    assert.ok(cdpEndpoint);
    assert.match(
      readFileSync("docs/read-only.md", "utf8").replace(/\s+/g, " "),
      /every process on the machine can connect, \*\*another user's too\*\*/,
    );
    await workspace.ok(["close", "--session", "port"]);
  });
});
