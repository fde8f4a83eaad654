import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import WebSocket from "ws";
import { DebuggerClient } from "../support/debugger.js";
import { useFixtures } from "../support/fixtures.js";
import { findProcess, waitUntilGone } from "../support/processTable.js";
import { failureOf, type RunningCli } from "../support/cli.js";

describe("V9: a debugger stops a workflow, and its session can be looked at meanwhile", () => {
  const given = useFixtures("debug", "each");
  const path = (name: string): string => join(given.workspace.folder, name);
  const workers = (): ReturnType<typeof given.workspace.processes> =>
    given.workspace.processes().filter(({ command }) => command.some((word) => word.includes("workflow-worker")));

  /** A workflow of two files, with types that change columns, and imports that grow lines. */
  function write(): void {
    const { workspace, site } = given;
    workspace.write(
      "shelf.ts",
      `import type { Page } from "playwright";
type Found = { title: string };

export async function look(page: Page, what: string = "none"): Promise<Found> {
  const asked: string = what.toUpperCase(); const title = await page.title();
  const found: Found = { title: title + asked };
  return found;
}
`,
    );
    workspace.write(
      "flow.ts",
      `import { pause, workflow } from "libretto";
import { look } from "./shelf";
export default workflow("flow", { startUrl: ${JSON.stringify(site.url("/"))} }, async ({ page, session, log }) => {
  const first: string = "mine"; log("begun");
  const found = await look(page, "a");
  if (found.title !== "") await pause(session, { reason: "look" });
  log("between");
  return found;
});
`,
    );
  }

  async function inspect(...more: string[]): Promise<{ run: RunningCli; url: string }> {
    const run = given.workspace.start(["run", "flow.ts", "--headless", "--session", "w", "--inspect", ...more]);
    const [, url = ""] = await run.waitFor("stderr", /waits for a debugger: (ws:\S+)/);
    return { run, url };
  }

  it("V9: a breakpoint in an imported file stops with its variables; list, reads, snapshot, logs and the lock answer meanwhile; a step and pause() stop in the user's frame", async () => {
    const { workspace } = given;
    write();
    const { run, url } = await inspect();
    assert.match(await workspace.ok(["list"]), /^w +RW +paused .*\(waits for a debugger\)/m);
    using client = await DebuggerClient.attach(url, [{ file: path("shelf.ts"), line: 6 }]);
    const stop = await client.stop();
    assert.deepEqual([stop.file, stop.line, stop.functionName], [path("shelf.ts"), 6, "look"]);
    assert.equal(await stop.evaluate("asked + title"), "AThe Shelf");

    const on = (...args: string[]): Promise<string> => workspace.ok([...args, "--session", "w"]);
    const [listed, title, tree, pages, log, resumed] = await Promise.all([
      workspace.ok(["list"]),
      on("readonly-exec", "await page.title()"),
      on("snapshot"),
      on("pages"),
      on("logs"),
      workspace.cli(["resume", "--session", "w"]),
    ]);
    assert.match(listed, /^w +RW +paused .*\(at a breakpoint, shelf\.ts:6\)/m);
    assert.equal(title, "The Shelf");
    for (const text of [tree, pages]) assert.match(text, /The Shelf/);
    assert.match(log, /begun/);
    assert.equal(resumed.status, 1);
    assert.match(resumed.stderr, /A debugger holds the workflow of session "w": it is at a breakpoint, shelf\.ts:6/);
    assert.match(await workspace.ok(["session-mode", "read-only", "--session", "w"]), /read-only/);
    assert.equal((await workspace.cli(["exec", "--session", "w", "1"])).status, 3);

    await client.goOn("stepOver");
    assert.equal((await client.stop()).line, 7);
    assert.match(await workspace.ok(["list"]), /\(at a breakpoint, shelf\.ts:7\)/);
    await client.goOn();
    const paused = await client.stop();
    assert.deepEqual([paused.file, paused.line, paused.column], [path("flow.ts"), 6, 27]);
    assert.equal(await paused.evaluate("first"), "mine");
    assert.ok((await paused.locals()).includes("first"), "it is the frame of the user's function");
    assert.ok(!run.stderr().includes("between"));
    await client.goOn();
    const { status, stdout } = await run.exit;
    assert.deepEqual([status, JSON.parse(stdout)], [0, { title: "The ShelfA" }]);
    await waitUntilGone(() => workspace.processes());
  });

  it("V9: list says that it waits for a debugger until one is there, which may stop it nowhere", async () => {
    const { workspace } = given;
    workspace.write(
      "on.ts",
      `import { workflow } from "libretto";\nexport default workflow("on", {}, async ({ log }) => { log("goes on"); await new Promise(() => {}); });\n`,
    );
    const run = workspace.start(["run", "on.ts", "--headless", "--session", "w", "--inspect"]);
    const [, url = ""] = await run.waitFor("stderr", /waits for a debugger: (ws:\S+)/);
    assert.match(await workspace.ok(["list"]), /\(waits for a debugger\)/);
    // As one that sets no breakpoints, and hears of no script.
    const client = new WebSocket(url);
    await once(client, "open");
    client.send(JSON.stringify({ id: 1, method: "Runtime.runIfWaitingForDebugger" }));
    await run.waitFor("stderr", /goes on/);
    assert.match(await workspace.ok(["list"]), /^w +RW +running /m);
    await workspace.ok(["stop", "--session", "w"]);
    assert.equal((await run.exit).status, 130);
    client.terminate();
  });

  it("V9: stop ends a workflow that stands at a breakpoint and leaves its session; so does Ctrl-C one that waits for a debugger", async () => {
    const { workspace } = given;
    write();
    const { run, url } = await inspect();
    using client = await DebuggerClient.attach(url, [{ file: path("flow.ts"), line: 5 }]);
    assert.equal((await client.stop()).line, 5);
    const { browserPid } = workspace.requireState("w");
    await workspace.ok(["stop", "--session", "w"]);
    assert.deepEqual(workers(), []);
    assert.equal((await run.exit).status, 130);
    const { status, workflow } = workspace.requireState("w");
    assert.deepEqual([status, workflow?.running, workflow?.heldAt], ["failed", false, undefined]);
    assert.ok(findProcess(browserPid ?? 0), "the browser is left");
    assert.equal(
      failureOf(await workspace.cli(["resume", "--session", "w"])).message,
      'Nothing is paused in session "w": it is failed.',
    );

    const again = await inspect();
    again.run.interrupt();
    assert.equal((await again.run.exit).status, 130);
    assert.deepEqual(workers(), []);
  });

  it("V9: the inspector's address is told to the client that asked, and stands in no file and answer; a port that is named is found by its number", async () => {
    const { workspace } = given;
    write();
    const { run, url } = await inspect();
    const { port, pathname } = new URL(url);
    const secret = pathname.slice(1);
    assert.match(secret, /^[0-9a-f-]{36}$/);
    for (const ask of ["/json", "/json/list"])
      assert.equal(
        (await fetch(`http://127.0.0.1:${port}${ask}`)).status,
        404,
        "it is told to nobody who asks at the port",
      );
    const other = workspace.start(["run", "--attach", "--session", "w"]);
    const told = await Promise.all([
      workspace.ok(["list", "--json"]),
      workspace.ok(["status", "--json"]),
      workspace.ok(["logs", "--session", "w", "--json"]),
    ]);
    using client = await DebuggerClient.attach(url);
    await client.stop();
    const folder = join(workspace.sessionsFolder, "w");
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    for (const text of [...told, other.stderr(), ...files.map(({ name }) => readFileSync(join(folder, name), "utf8"))])
      assert.ok(!text.includes(secret));
    client[Symbol.dispose]();
    // With nobody attached it goes on, through the pause at which it stood.
    assert.equal((await run.exit).status, 0);
    assert.ok(!(await other.exit).stderr.includes(secret));

    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const named = (taken.address() as { port: number }).port;
    const args = ["run", "flow.ts", "--headless", "--session", "w", `--inspect-brk=${named}`];
    const refused = await workspace.cli(args);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, new RegExp(`Port ${named} of this machine is taken`));
    await waitUntilGone(() => workspace.processes());
    await new Promise((resolve) => taken.close(resolve));

    const second = workspace.start(args);
    await second.waitFor("stderr", /waits for a debugger/);
    const [{ webSocketDebuggerUrl }] = (await (await fetch(`http://127.0.0.1:${named}/json/list`)).json()) as [
      { webSocketDebuggerUrl: string },
    ];
    const found = await DebuggerClient.attach(webSocketDebuggerUrl);
    const first = await found.stop();
    assert.deepEqual([first.file, first.line], [path("flow.ts"), 1]);
    found[Symbol.dispose]();
    // Nobody is attached any more: pause() is a pause again.
    assert.equal((await second.exit).stdout.split("\n")[0], "Workflow paused.");
  });

  it("V9: resume --step goes to the next call of Playwright and says which, with its line; a plain resume to the end", async () => {
    const { workspace, site } = given;
    workspace.write(
      "flow.ts",
      `import { pause, workflow } from "libretto";
export default workflow("flow", { startUrl: ${JSON.stringify(site.url("/form"))} }, async ({ page, session }) => {
  await pause(session);
  const name = page.getByLabel("Name");
  await name.fill("Ada");
  const [title, typed] = await Promise.all([page.title(), name.inputValue()]);
  await page.evaluate(() => { document.title = "after"; });
  return { title, typed };
});
`,
    );
    await workspace.ok(["run", "flow.ts", "--headless", "--session", "w"]);
    const step = async (): Promise<string> =>
      (await workspace.ok(["resume", "--session", "w", "--step"])).split("\n")[1] ?? "";
    assert.equal(await step(), "It stands at flow.ts:5, before locator.fill on getByLabel('Name')");
    assert.match(
      await workspace.ok(["list"]),
      /\(paused at flow\.ts:5, before locator\.fill on getByLabel\('Name'\)\)/,
    );
    const value = ["readonly-exec", "--session", "w", "page.getByLabel('Name').inputValue()"];
    assert.equal(await workspace.ok(value), "", "it has not happened");
    const told = await workspace.json<{ where: string; before: string }>(["resume", "--session", "w", "--step"]);
    assert.match(told.where, /flow\.ts:6/);
    assert.equal(await workspace.ok(value), "Ada");
    // What runs side by side goes on together.
    assert.equal(await step(), "It stands at flow.ts:7, before page.evaluate");
    assert.equal((await workspace.cli(["resume", "--session", "w", "--step", "--wait-paused"])).status, 2);
    assert.deepEqual(JSON.parse(await workspace.ok(["resume", "--session", "w"])), { title: "Form", typed: "Ada" });
  });
});
