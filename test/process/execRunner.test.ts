import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LibrettoError, type ErrorCode } from "../../src/sessions/util/errors.js";
import { ExecRunner, type ExecAction, type ExecResult } from "../../src/sessions/host/exec/runner.js";
import { startBrowser, Witness, type OwnBrowser } from "../support/browser.js";
import { findProcess, waitUntilEnded } from "../support/processTable.js";
import { Site } from "../support/site.js";
import { openChannel } from "../support/wire.js";

describe("exec", () => {
  let site: Site;
  let browser: OwnBrowser;
  let witness: Witness;
  let runner: ExecRunner;
  /** Takes what the code types into fields for secrets. */
  let learn: (secret: string) => void = () => undefined;
  let target: string;

  before(async () => {
    site = await Site.start();
    browser = await startBrowser();
    witness = await Witness.connect(browser.endpoint);
  });
  after(async () => {
    witness[Symbol.dispose]();
    await browser.close();
    await site.close();
  });
  let number = 0;
  /** Part of the address of the test's page that no other page has. */
  let here: string;

  beforeEach(async () => {
    here = `/?test=${++number}`;
    target = await witness.openPage(site.url(here));
    await witness.untilLoaded(here);
    runner = new ExecRunner({
      openChannel: () => openChannel(browser.endpoint),
      artifacts: join(tmpdir(), "never-made"),
      env: process.env,
      program: join(process.cwd(), "dist", "exec-worker.js"),
      onSecret: (secret) => learn(secret),
    });
  });
  afterEach(async () => {
    await runner.dispose();
    const old = await witness.pages();
    await witness.openPage("about:blank");
    for (const { targetId } of old) await witness.closePage(targetId).catch(() => undefined);
  });

  interface Ran extends ExecResult {
    printed: string[];
    actions: ExecAction[];
    secrets: string[];
  }

  async function exec(
    code: string,
    options: { timeoutMs?: number; signal?: AbortSignal; targetId?: string; onConsole?: (text: string) => void } = {},
  ): Promise<Ran> {
    const printed: string[] = [];
    const actions: ExecAction[] = [];
    const secrets: string[] = [];
    const io = {
      signal: options.signal ?? new AbortController().signal,
      console: (level: string, text: string) => {
        printed.push(`${level}: ${text}`);
        options.onConsole?.(text);
      },
      onAction: (row: ExecAction) => void actions.push(row),
    };
    learn = (secret) => {
      if (!secrets.includes(secret)) secrets.push(secret);
    };
    try {
      return {
        ...(await runner.run(
          {
            code,
            targetId: options.targetId ?? target,
            ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
          },
          io,
        )),
        printed,
        actions,
        secrets,
      };
    } catch (error) {
      throw Object.assign(error as Error, { printed, actions, secrets });
    }
  }

  async function failure(
    code: string,
    options: Parameters<typeof exec>[1] = {},
  ): Promise<LibrettoError & Pick<Ran, "printed" | "actions">> {
    try {
      await exec(code, options);
    } catch (error) {
      assert.ok(error instanceof LibrettoError, String(error));
      assert.ok(!error.message.includes("\n"), "a message is one line");
      return error as LibrettoError & Pick<Ran, "printed" | "actions">;
    }
    throw new Error("the code did not fail");
  }

  const isError = (error: LibrettoError, code: ErrorCode, message: RegExp): void => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
  };

  it("S16: drives the selected page, and the page itself shows it", async () => {
    await exec("await page.locator('#submit').click()");
    assert.equal(await witness.evaluate("document.body.dataset.clicked", here), "yes");
    assert.deepEqual(await exec("return await page.title()"), {
      kind: "string",
      text: "The Shelf",
      printed: [],
      actions: [],
      secrets: [],
    });
    assert.equal(
      (
        await exec(
          "({ frame: frame === page.mainFrame(), context: context === page.context(), browser: browser === context.browser() })",
        )
      ).text,
      '{\n  "frame": true,\n  "context": true,\n  "browser": true\n}',
    );
  });

  it("S16: drives a tab that lies behind another", async () => {
    const front = await witness.openPage(site.url("/form"));
    await witness.send("Target.activateTarget", { targetId: front });
    await exec("await page.locator('#submit').click({ timeout: 10_000 })");
    assert.equal(await witness.evaluate("document.body.dataset.clicked", here), "yes");
  });

  it("S16: declarations, state and globals last from call to call", async () => {
    await exec(
      "const shelf: string = await page.title(); function twice(text: string) { return text + text } state.seen = 1",
    );
    assert.equal((await exec("state.seen++; return twice(shelf) + state.seen")).text, "The ShelfThe Shelf2");
    assert.equal(
      (
        await exec(
          "[typeof fetch, typeof Buffer, typeof URL, typeof setTimeout, typeof require('node:fs').readFileSync, typeof (await import('node:os')).cpus].join()",
        )
      ).text,
      "function,function,function,function,function,function",
    );
    await failure("const before = 1; throw new Error('stop')");
    assert.equal((await exec("before")).text, "1");
  });

  it("S16: page is the selected page of each call, also where the code before declared that name", async () => {
    await exec("const page = 'mine'");
    assert.equal((await exec("await page.title()")).text, "The Shelf");
    const form = await witness.openPage(site.url("/form"));
    assert.equal((await exec("await page.title()", { targetId: form })).text, "Form");
  });

  it("S15: values are printed readably, whatever they are", async () => {
    assert.equal((await exec("page")).text, `<Page ${site.url(here)}>`);
    assert.match((await exec("await page.goto(page.url())")).text, /^<Response 200 http/);
    assert.match((await exec("page.getByRole('button')")).text, /getByRole\('button'\)/);
    assert.equal(
      (await exec("[1n, new Map([[page.locator('h1'), 2]])]")).text,
      "[ 1n, Map(1) { locator('h1') => 2 } ]",
    );
    assert.equal((await exec("const a = { b: 1 }; a.self = a; return a")).kind, "string");
    assert.match((await exec("await page.screenshot()")).text, /^<Buffer 89 50 4e 47/);
    assert.equal((await exec("undefined")).text, "");
  });

  it("S15: console goes out while the code runs, with its level", async () => {
    let release: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (release = resolve));
    const running = exec(
      "console.log('one', { a: 1 }); await page.waitForFunction(() => document.title === 'go'); console.warn('two'); console.error('three'); console.table([[1]]); process.stdout.write('raw\\n')",
      { onConsole: () => release() },
    );
    await first;
    await witness.evaluate("document.title = 'go'", here);
    const { printed } = await running;
    assert.deepEqual(printed.slice(0, 3), ["log: one { a: 1 }", "warn: two", "error: three"]);
    assert.match(printed[3] ?? "", /^log: ┌/);
    assert.equal(printed.at(-1), "log: raw");
  });

  it("S15: an error that code prints or returns shows the frames of the code, and none of the program that runs it", async () => {
    const { text, printed } = await exec(
      "function inner() { return new Error('seen') }\nconsole.error(inner()); return inner()",
    );
    for (const shown of [text, printed[0] ?? ""]) {
      assert.match(shown, /Error: seen\n +at (?:Object\.)?inner \(exec-\d+\.ts:1:\d+\)/);
      assert.doesNotMatch(shown, /exec-worker|node:/);
    }
  });

  it("a failure names the error, the place in what was typed, and the line", async () => {
    isError(
      await failure("const a: number = 1;\n  (null as any).missing"),
      "CodeFailed",
      /^TypeError: Cannot read properties of null \(reading 'missing'\) \(line 2, column 17\): \(null as any\)\.missing$/,
    );
    isError(
      await failure("const x = ;"),
      "CodeFailed",
      /^SyntaxError: Unexpected token \(line 1, column 11\): const x = ;$/,
    );
    isError(
      await failure("// first\nawait page.locator('#none').click({ timeout: 50 })"),
      "CodeFailed",
      /^TimeoutError: locator\.click: Timeout 50ms exceeded\. \[waiting for locator\('#none'\)\] \(line 2, column \d+\): await page/,
    );
    isError(await failure("throw { reason: 1 }"), "CodeFailed", /^Uncaught \{ reason: 1 \}$/);
    await exec("function later() {\n  throw new Error('from before') }");
    isError(
      await failure("later()"),
      "CodeFailed",
      /^from before \(line 2, column 9 of an earlier exec\): throw new Error/,
    );
  });

  it("code that never yields is ended with its process; page and session stay", async () => {
    await exec("const kept = 1");
    await witness.evaluate("window.mark = 'alive'", here);
    const pid = runner.pid ?? 0;
    const error = await failure("while (true) {}", { timeoutMs: 3_000 });
    isError(error, "TimedOut", /longer than 3000 ms.*did not yield.*Declarations of earlier calls are lost/);
    await waitUntilEnded(pid);
    assert.equal((await exec("await page.evaluate(() => window.mark)")).text, "alive");
    isError(await failure("kept"), "CodeFailed", /kept is not defined/);
  });

  it("a call that is cancelled ends at once, reaches the page no more, and loses no declarations", async () => {
    await exec("const kept = 1");
    const cancel = new AbortController();
    const running = failure(
      "try { while (true) { await page.waitForFunction(() => document.title === 'never'); } } finally { await page.evaluate(() => { document.title = 'touched' }) }",
      { signal: cancel.signal },
    );
    const waiting = failure("1", {}); // One at a time.
    isError(await waiting, "SessionBusy", /Another exec/);
    await witness.until("document.title === 'The Shelf'", here);
    cancel.abort();
    isError(await running, "Interrupted", /cancelled\.$/);
    assert.equal((await exec("kept")).text, "1");
    assert.equal(await witness.evaluate("document.title", here), "The Shelf");
  });

  it("timers of a cancelled call reach the page no more", async () => {
    const cancel = new AbortController();
    const running = failure(
      "setInterval(() => page.evaluate(() => { document.title = 'touched' }).catch(() => {}), 20); console.log('set'); await new Promise(() => {})",
      { signal: cancel.signal, onConsole: () => cancel.abort() },
    );
    isError(await running, "Interrupted", /cancelled\.$/);
    // What it had sent by then is done before what is asked now.
    await exec("await page.title()");
    await witness.evaluate("document.title = 'clean'", here);
    await exec("await new Promise((resolve) => setTimeout(resolve, 100))");
    assert.equal(await witness.evaluate("document.title", here), "clean");
  });

  it("code that closes what it runs on leaves a session that works", async () => {
    await exec("await page.close()");
    isError(await failure("page.title()"), "PageNotFound", /is closed/);
    await exec("await context.newPage()");
    await exec("await browser.close()");
    const other = await witness.openPage(site.url("/form"));
    assert.equal((await exec("await page.title()", { targetId: other })).text, "Form");
    await exec("await context.close()").catch(() => undefined);
    const last = await witness.openPage(site.url("/counter"));
    assert.equal((await exec("await page.title()", { targetId: last })).text, "Counter");
  });

  it("without an open page, code that needs none runs, and code that needs one is told how to get it", async () => {
    const io = { console: () => undefined, signal: new AbortController().signal };
    assert.equal((await runner.run({ code: "context.pages().length >= 0" }, io)).text, "true");
    await assert.rejects(
      runner.run({ code: "page.title()" }, io),
      (error) => error instanceof LibrettoError && error.code === "PageNotFound" && /newPage/.test(error.hint),
    );
  });

  it("process.exit, uncaught errors and rejections, and a crash are clear errors, and the next exec runs", async () => {
    isError(await failure("process.exit(3)"), "CodeFailed", /process\.exit is not available in exec/);
    isError(
      await failure("setTimeout(() => { throw new Error('in a timer') }, 10); await new Promise(() => {})"),
      "CodeFailed",
      /^in a timer \(line 1/,
    );
    isError(
      await failure("void Promise.reject(new Error('unseen')); await new Promise(() => {})"),
      "CodeFailed",
      /^unseen \(line 1/,
    );
    isError(
      await failure("process.kill(process.pid, 'SIGKILL')"),
      "CodeFailed",
      /process of the code ended \(SIGKILL\)/,
    );
    assert.equal((await exec("1 + 1")).text, "2");
  });

  it("a flood of output is cut and told, and the result still comes", async () => {
    const { printed, text } = await exec(
      "for (let i = 0; i < 40; i++) console.log('x'.repeat(1024 * 1024)); return 'done'",
    );
    assert.equal(text, "done");
    assert.ok(printed.length < 20, `${printed.length} messages`);
    assert.match(printed.at(-1) ?? "", /^warn: The code printed more than 16 MiB/);
  });

  it("a dialog that the code causes and does not answer is dismissed and told; one that was open before can be answered", async () => {
    const { text, printed } = await exec("return await page.evaluate(() => String(confirm('Really?')))");
    assert.equal(text, "false");
    assert.match(printed[0] ?? "", /^warn: The page showed a confirm, which was dismissed: "Really\?"/);
    const asked = witness.evaluate("document.title = String(confirm('And now?'))", here);
    await exec(
      "page.once('dialog', (dialog) => dialog.accept()); await page.waitForFunction(() => document.title === 'true')",
    );
    assert.equal(await asked, "true");
    assert.equal(
      (
        await exec(
          "page.once('dialog', (dialog) => dialog.accept('typed')); return await page.evaluate(() => prompt('Name?'))",
        )
      ).text,
      "typed",
    );
  });

  it("a dialog that holds up code is told of", async () => {
    await exec(
      "page.once('dialog', () => {}); const opened = page.waitForEvent('dialog'); await page.evaluate(() => { setTimeout(() => { document.title = String(confirm('And now?')) }) }); await opened; return",
    );
    let told: (text: string) => void = () => undefined;
    const tells = new Promise<string>((resolve) => (told = resolve));
    const cancel = new AbortController();
    const waiting = failure("await page.evaluate(() => document.title)", {
      signal: cancel.signal,
      onConsole: (text) => told(text),
    });
    assert.match(await tells, /shows a confirm and waits for an answer: "And now\?"/);
    cancel.abort();
    await waiting;
    await exec(
      "page.once('dialog', (dialog) => dialog.accept()); await page.waitForFunction(() => document.title === 'true')",
    );
    assert.equal(await witness.evaluate("document.title", here), "true");
  });

  it("an error that comes when no call runs is told to the next one", async () => {
    await exec(
      `setTimeout(() => { void fetch(${JSON.stringify(site.url("/thrown"))}); throw new Error('too late') }, 50); return`,
    );
    await site.untilRequested("/thrown");
    assert.match(
      (await exec("1")).printed.join("\n"),
      /^error: Uncaught: too late \(line 1, column \d+ of an earlier exec\)/,
    );
  });

  it("F: what code does to a page becomes rows of actions, and reads do not", async () => {
    const login = await witness.openPage(site.url("/login"));
    const { actions, secrets } = await exec(
      `await page.getByLabel('User').fill('ada');
       await page.fill('[name=password]', 'correct-horse-battery');
       await page.locator('[name=password]').press('End');
       await page.locator('h1').innerText();
       await page.mouse.move(10, 20);
       await page.getByRole('button').click();
       await page.goto('${site.url("/form")}');
       await page.getByLabel('Size').selectOption('l');`,
      { targetId: login },
    );
    const id = login.slice(0, 6).toLowerCase();
    assert.deepEqual(
      actions.map(({ action, selector, value, coordinates, url }) => [
        action,
        selector,
        value,
        coordinates,
        url && new URL(url).pathname,
      ]),
      [
        ["fill", "getByLabel('User')", "ada", undefined, "/login"],
        ["fill", "locator('[name=password]')", "***masked***", undefined, "/login"],
        ["press", "locator('[name=password]')", "End", undefined, "/login"],
        ["move", undefined, undefined, { x: 10, y: 20 }, "/login"],
        ["click", "getByRole('button')", undefined, undefined, "/login"],
        ["goto", undefined, undefined, undefined, "/form"],
        ["selectOption", "getByLabel('Size')", "l", undefined, "/form"],
      ],
    );
    assert.deepEqual(secrets, ["correct-horse-battery"]);
    for (const row of actions) {
      assert.equal(row.source, "agent");
      assert.equal(row.pageId, id);
      assert.ok(row.success && row.duration >= 0 && !Number.isNaN(Date.parse(row.ts)));
    }
    const failed = await failure("await page.locator('#none').fill('secret-looking', { timeout: 50 })");
    assert.deepEqual(
      failed.actions.map(({ action, value, success, error }) => [action, value, success, /Timeout/.test(error ?? "")]),
      [["fill", "***masked***", false, true]],
    );
    const handle = await exec(
      "const h = await page.$('#submit'); await h.click(); await page.keyboard.press('Tab'); const made = await context.newPage(); await made.close()",
    );
    assert.deepEqual(
      handle.actions.map(({ action }) => action),
      ["click", "press", "newPage", "close"],
    );
  });

  it("the worker ends with its host, also by kill -9", async () => {
    // In place of a host: a process that starts a worker as the host does, and lets it run code that never yields.
    // One channel is the whole connection there.
    const script = `const w = require("child_process").fork(process.argv[1], { stdio: ["ignore", "ignore", "ignore", "ipc", "pipe"] });
      const wire = w.stdio[4], browser = new (require(process.argv[3]))(process.argv[2]);
      browser.on("open", () => {
        browser.on("message", (data) => wire.write("1" + data + "\\0"));
        let text = "";
        wire.on("data", (piece) => {
          const messages = (text += piece).split("\\0");
          text = messages.pop();
          for (const message of messages) message === "+1" ? wire.write("+1\\0") : browser.send(message.slice(1));
        });
        w.send({ type: "run", id: 1, code: "console.log('runs'); await null; while (true) {}" });
      });
      w.on("message", () => process.send(w.pid));`;
    const host = spawn(
      process.execPath,
      ["-e", script, join(process.cwd(), "dist", "exec-worker.js"), browser.endpoint, require.resolve("ws")],
      { stdio: ["ignore", "inherit", "inherit", "ipc"] },
    );
    const workerPid = await new Promise<number>((resolve) => host.once("message", (pid) => resolve(pid as number)));
    assert.ok(findProcess(workerPid));
    host.kill("SIGKILL");
    await waitUntilEnded(workerPid);
  });
});
