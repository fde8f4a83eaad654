import assert from "node:assert/strict";
import { expect } from "playwright/test";
import { HostClient } from "../../src/sessions/ipc/client.js";
import type { PageInfo } from "../../src/sessions/model/page.js";
import { chromiumPath } from "../support/browser.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { waitUntilEnded } from "../support/processTable.js";

describe("S25 what the host that was killed had sent to a page", () => {
  const given = useFixtures("adoption");
  const session = ["--session", "heir"];

  afterEach(async () => {
    given.site.forget();
    await given.workspace.ok(["close", "--all"]);
  });

  /** Begins code that prints "begun", has the session locked meanwhile if wanted, and kills the host. */
  async function killDuring(code: string, begun: () => Promise<unknown>, locking = false): Promise<void> {
    const { hostPid, socketPath } = given.workspace.requireState("heir");
    const client = await HostClient.connect(socketPath, "test", "heir");
    assert.ok(client);
    await new Promise<void>((resolve) => {
      const answer = client.request("exec", { code: `console.log("begun"); ${code}` }, { console: () => resolve() });
      answer.catch(() => undefined).finally(resolve);
    });
    await begun();
    if (locking) void client.request("session-mode", { mode: "read-only" }).catch(() => undefined);
    process.kill(hostPid, "SIGKILL");
    await waitUntilEnded(hostPid);
    client.close();
  }

  const lock = (): Promise<{ unsettledPages?: string[] }> =>
    given.workspace.json(["session-mode", "read-only", ...session]);
  /** A page that stands still for longer than a lock waits is named by it, and not by a later one. */
  const untilLockNamesNone = (): Promise<void> =>
    expect.poll(async () => (await lock()).unsettledPages, { timeout: 30_000 }).toBeUndefined();

  for (const [where, kind, flag] of [
    ["a headless shell", "any", "--no-sealed"],
    ["a sealed full Chromium", "full", "--sealed"],
  ] as const)
    it(`S25: in ${where} a navigation whose server never answers holds up neither reads nor code of the next host`, async function () {
      if (flag === "--sealed" && process.platform === "win32")
        leaveOut(this, "Windows has no named pipes that outlive their process");
      const { workspace, site } = given;
      const env = { LIBRETTO_CHROMIUM: chromiumPath(kind) };
      for (const locking of [false, true]) {
        await workspace.ok(["open", site.url("/counter"), "--headless", flag, ...session], { env });
        const goto = `await page.goto(${JSON.stringify(site.url("/never"))})`;
        await killDuring(goto, () => site.untilRequested("/never"), locking);
        assert.equal(await workspace.ok(["readonly-exec", "await page.title()", ...session]), "Counter");
        await untilLockNamesNone();
        await workspace.ok(["session-mode", "write-access", ...session]);
        assert.equal(await workspace.ok(["exec", "await page.title()", ...session]), "Counter");
        await workspace.ok(["close", ...session]);
        site.forget();
      }
    });

  it("S25: a page that a script keeps busy, and one that waits for a server after it, are named by the lock until they answer", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/counter"), ...session);
    const witness = await given.witness("heir");
    await killDuring(
      `await page.evaluate((to) => void setTimeout(() => {
        fetch("/echo"); while (!document.cookie.includes("over=1")); document.title = "Over"; location.href = to; }), ${JSON.stringify(site.url("/never"))});
       await page.click("#add")`,
      () => site.untilRequested("/echo"),
    );
    const { pages } = await workspace.json<{ pages: PageInfo[] }>(["pages", ...session]);
    assert.deepEqual((await lock()).unsettledPages, [pages[0]?.id]);
    await witness.send("Storage.setCookies", { cookies: [{ name: "over", value: "1", url: site.url("/") }] });
    await witness.until("document.title === 'Over'");
    // What the page set off itself is stopped as well, and it answers.
    assert.equal(await workspace.ok(["readonly-exec", "await page.title()", ...session]), "Over");
    await untilLockNamesNone();
  });

  for (const [how, title] of [
    ["reload", "Form"],
    // Longer than a page that is silent is waited for before what it loads is stopped.
    ["goto /slow?ms=1500", "Slow"],
  ] as const)
    it(`S25: a page behind a dialog that outlived its host is left by act's ${how}, which dismisses the dialog`, async () => {
      const { workspace, site } = given;
      const env = { LIBRETTO_CHROMIUM: chromiumPath("full") };
      await workspace.ok(["open", site.url("/form"), "--headless", ...session], { env });
      // What a page that is left has asked for is given up, unless it is to be kept alive.
      const ask = "setTimeout(() => fetch('/echo?answer=' + confirm('Sure?'), { keepalive: true }), 0)";
      await workspace.ok(["exec", `await page.evaluate(() => void ${ask})`, ...session]);
      let shown = false;
      while (!shown) shown = (await workspace.ok(["pages", ...session])).includes("(confirm: Sure?)");
      const { hostPid } = workspace.requireState("heir");
      process.kill(hostPid, "SIGKILL");
      await waitUntilEnded(hostPid);
      const [verb, ...paths] = how.split(" ");
      const step = [verb ?? "", ...paths.map((path) => site.url(path))];
      const { done } = await workspace.json<{ done: number }>(["act", ...step, ...session]);
      assert.equal(done, 1);
      await site.untilRequested("/echo");
      assert.deepEqual(
        site.requests.filter(({ path }) => path === "/echo").map(({ query }) => query.get("answer")),
        ["false"],
      );
      assert.equal(await workspace.ok(["readonly-exec", "await page.title()", ...session]), title);
      assert.equal(await workspace.ok(["exec", "await page.title()", ...session]), title);
    });
});
