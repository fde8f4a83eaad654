import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { HostClient } from "../../src/sessions/ipc/client.js";
import type { PageInfo } from "../../src/sessions/model/page.js";
import { chromiumPath } from "../support/browser.js";
import { useFixtures } from "../support/fixtures.js";
import { leaveOut } from "../support/leaveOut.js";
import { openFiles } from "../support/openFiles.js";

/** Processes that hold an established connection to a port of this machine, as the system's own tables tell. */
function processesConnectedTo(port: number): number[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = new Set(
    ["tcp", "tcp6"].flatMap((table) =>
      readFileSync(`/proc/net/${table}`, "utf8")
        .split("\n")
        .slice(1)
        .map((row) => row.trim().split(/\s+/))
        .filter(([, , remote = "", state]) => remote.endsWith(`:${hex}`) && state === "01")
        .map((row) => row[9]),
    ),
  );
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return openFiles(pid).some((path) => {
          const inode = /^socket:\[(\d+)\]$/.exec(path)?.[1];
          return inode !== undefined && inodes.has(inode);
        });
      } catch {
        return false;
      }
    });
}

describe("S22: one wire to the browser", () => {
  const given = useFixtures("wire");

  it("S22: while code runs and the page is read, the host alone is connected to the browser", async function () {
    if (process.platform !== "linux") leaveOut(this, "the table of connections is read on Linux alone");
    const { workspace, site } = given;
    await workspace.ok(["open", site.url("/form"), "--headless", "--session", "one"]);
    await workspace.ok(["snapshot", "--session", "one"]);
    const exec = workspace.start(["exec", "--session", "one", "await fetch('" + site.url("/hold/exec") + "')"]);
    await site.untilRequested("/hold/exec");
    assert.equal(await workspace.ok(["readonly-exec", "--session", "one", "page.url()"]), site.url("/form"));
    const { port, hostPid } = workspace.requireState("one");
    assert.deepEqual(processesConnectedTo(port ?? 0), [hostPid]);
    site.release("exec");
    await exec.exit;
  });

  it("S22: a tab is brought to the front by the host, under a lock too", async () => {
    const { workspace, site } = given;
    // A headless shell takes every tab for the one in front.
    const env = { LIBRETTO_CHROMIUM: chromiumPath("full") };
    await workspace.ok(["open", site.url("/form"), "--headless", "--read-only", "--session", "tabs"], { env });
    const witness = await given.witness("tabs");
    await witness.openPage(site.url("/table"));
    await witness.until("document.visibilityState === 'hidden'", "/form");
    const { pages } = await workspace.json<{ pages: PageInfo[] }>(["pages", "--session", "tabs"]);
    const back = pages.find(({ url }) => url === site.url("/form"));
    const host = await HostClient.connect(workspace.requireState("tabs").socketPath, "test", "tabs");
    try {
      assert.equal((await host?.request("activate", { page: back?.id ?? "" }))?.page.targetId, back?.targetId);
      await witness.until("document.visibilityState === 'visible'", "/form");
      await assert.rejects(host?.request("activate", { page: "none" }) ?? Promise.resolve(), /No open page/);
    } finally {
      host?.close();
    }
  });

  it("S25: what code had emulated stays when the session is locked, and the answer says so", async () => {
    const { workspace, site } = given;
    await workspace.ok(["open", site.url("/form"), "--headless", "--session", "kept"]);
    await workspace.ok([
      "exec",
      "--session",
      "kept",
      "await page.setViewportSize({ width: 777, height: 555 }); await page.emulateMedia({ colorScheme: 'dark' }); await context.setOffline(true)",
    ]);
    const witness = await given.witness("kept");
    const look = (): Promise<unknown> =>
      witness.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, navigator.onLine]", "/form");
    assert.deepEqual(await look(), [777, true, false]);
    const said = await workspace.ok(["session-mode", "read-only", "--session", "kept"]);
    assert.deepEqual(await look(), [777, true, false]);
    const kept = /Kept as code had set it: (.*)/.exec(said)?.[1] ?? said;
    for (const name of ["viewport", "colour scheme and media", "network"]) assert.ok(kept.includes(name), kept);
    assert.equal((await workspace.cli(["exec", "--session", "kept", "1"])).status, 3);
    await workspace.ok(["session-mode", "write-access", "--session", "kept"]);
    assert.equal(await witness.evaluate("fetch('/').then(() => 'on', () => 'off')", "/form"), "off");
    // Playwright's new page thinks itself online, and sends only what changes that.
    await workspace.ok([
      "exec",
      "--session",
      "kept",
      "await context.setOffline(true); await context.setOffline(false)",
    ]);
    assert.equal(
      await witness.evaluate("fetch('/').then(() => 'on', () => 'off')", "/form"),
      "on",
      "code that drives again has the last word",
    );
  });

  it("S25: each thing that code had emulated stays, also where it is the only one in its page", async () => {
    const { workspace, site } = given;
    const set: Record<string, { code: string; look: string }> = {
      dark: {
        code: "page.emulateMedia({ colorScheme: 'dark', contrast: null })",
        look: "matchMedia('(prefers-color-scheme: dark)').matches",
      },
      contrast: {
        code: "page.emulateMedia({ contrast: 'more', colorScheme: null, reducedMotion: null, forcedColors: null })",
        look: "matchMedia('(prefers-contrast: more)').matches",
      },
      still: {
        code: "page.emulateMedia({ reducedMotion: 'reduce', colorScheme: null })",
        look: "matchMedia('(prefers-reduced-motion: reduce)').matches",
      },
      print: {
        code: "page.emulateMedia({ media: 'print', colorScheme: null })",
        look: "matchMedia('print').matches",
      },
      small: { code: "page.setViewportSize({ width: 777, height: 555 })", look: "innerWidth === 777" },
    };
    await workspace.ok(["open", site.url("/?first"), "--headless", "--session", "single"]);
    const pages = Object.entries(set).map(
      ([name, { code }]) =>
        `{ const page = await context.newPage(); await page.goto(${JSON.stringify(site.url(`/?${name}`))}); await ${code}; }`,
    );
    await workspace.ok(["exec", "--session", "single", pages.join("\n")]);
    const witness = await given.witness("single");
    const look = (): Promise<[string, unknown][]> =>
      Promise.all(
        Object.entries(set).map(async ([name, { look: expression }]): Promise<[string, unknown]> => [
          name,
          await witness.evaluate(expression, `/?${name}`),
        ]),
      );
    const all = Object.keys(set).map((name) => [name, true]);
    assert.deepEqual(await look(), all);
    const said = await workspace.ok(["session-mode", "read-only", "--session", "single"]);
    assert.deepEqual(await look(), all);
    assert.match(said, /Kept as code had set it: .*colour scheme and media/);
  });
});
