import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { cliPath, failureOf, jsonFailureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { untilConnected } from "../support/openFiles.js";
import { browsersWithProfile, findProcess } from "../support/processTable.js";
import { leaveOut } from "../support/leaveOut.js";

describe("S15 and S16 exec", () => {
  const given = useFixtures("exec");
  const run = (code: string, ...flags: string[]) => given.workspace.cli(["exec", "--session", "repl", ...flags, code]);
  const value = (code: string) => given.workspace.ok(["exec", "--session", "repl", code]);
  before(async () => {
    await given.workspace.open(given.site.url("/typing"), "--session", "repl");
  });

  it("names in an error the locator and what the page had instead", async () => {
    await value("await page.setContent('<button>Send order</button>')");
    const { stdout } = await run(
      "await page.getByRole('button', { name: 'Send ordre' }).click({ timeout: 200 })",
      "--json",
    );
    const { error } = JSON.parse(stdout) as { error: { message: string; target: unknown } };
    assert.match(error.message, /nothing on the page matches; nearest: button "Send order" \[e\d+\] \(line 1, /);
    const { candidates } = error.target as { candidates: { role: string; name: string }[] };
    assert.deepEqual(
      candidates.map(({ role, name }) => [role, name]),
      [["button", "Send order"]],
    );
    await value(`await page.goto(${JSON.stringify(given.site.url("/typing"))})`);
  });

  const printed: [what: string, code: string, stdout: string][] = [
    ["a string as it is", "return 'a \"b\"\\tc'", 'a "b"\tc\n'],
    [
      "anything else as indented JSON",
      "return { a: [1, null], b: 'x' }",
      '{\n  "a": [\n    1,\n    null\n  ],\n  "b": "x"\n}\n',
    ],
    ["undefined as nothing", "await page.title()\nreturn", ""],
    ["a lone expression as its value", "page.title()", "Typing\n"],
    ["a lone awaited expression", "await page.title()", "Typing\n"],
    ["a number", "1 + 1", "2\n"],
    [
      "TypeScript with types",
      "const total: number = [1, 2].reduce((a: number, b: number): number => a + b, 0); return total as number",
      "3\n",
    ],
    [
      "an interface and a generic",
      "interface Row { a: string }\nconst pick = <T,>(row: T): T => row;\nreturn pick<Row>({ a: 'x' }).a",
      "x\n",
    ],
    ["an object literal", "({ a: 1 })", '{\n  "a": 1\n}\n'],
    ["text beyond ASCII", "return 'é 猫 🦊'", "é 猫 🦊\n"],
    ["null", "null", "null\n"],
    ["false", "false", "false\n"],
  ];
  for (const [what, code, stdout] of printed) {
    it(`S15: prints ${what}`, async () => {
      const result = await run(code);
      assert.equal(result.stdout, stdout, result.stderr);
      assert.equal(result.status, 0);
    });
  }

  it("S15: - reads the code from standard input", async () => {
    const { workspace } = given;
    const result = await workspace.cli(["exec", "--session", "repl", "-"], {
      input: "const title = await page.title();\nreturn title.toUpperCase()\n",
    });
    assert.equal(result.stdout, "TYPING\n", result.stderr);
    const readonly = await workspace.cli(["readonly-exec", "--session", "repl", "-"], {
      input: "return await page.title()",
    });
    assert.equal(readonly.stdout, "Typing\n", readonly.stderr);
  });

  it("S15: - waits for standard input also where it is shared with somebody who reads without waiting", async function () {
    if (process.platform === "win32")
      leaveOut(this, "standard input that is shared without waiting: Windows' pipes have no such flag");
    const { workspace } = given;
    const path = join(workspace.scratch, "in.sock");
    const server = createServer().listen(path);
    const arrived = once(server, "connection") as Promise<[Socket]>;
    // A socket of Node's does not let its reader wait, nor does it in the process that inherits it.
    const input = connect(path);
    const [writer] = await arrived;
    const child = spawn(process.execPath, [cliPath, "exec", "--session", "repl", "-"], {
      cwd: workspace.folder,
      env: workspace.env,
      stdio: [input, "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
    writer.write("return 'first' +");
    setTimeout(() => writer.end(" ' and last'"), 500);
    await once(child, "close");
    assert.equal(output, "first and last\n");
    input.destroy();
    server.close();
  });

  it("S15: console.* goes to stderr while the code runs, and not to stdout", async () => {
    const running = given.workspace.start([
      "exec",
      "--session",
      "repl",
      "console.log('first', { a: 1 }); await page.waitForFunction(() => window.goOn); console.error('last'); return 'value'",
    ]);
    await running.waitFor("stderr", /first.*a: 1/);
    const witness = await given.witness("repl");
    await witness.evaluate("window.goOn = true");
    const { stdout, stderr, status } = await running.exit;
    assert.equal(status, 0);
    assert.equal(stdout, "value\n");
    assert.match(stderr, /last/);
  });

  it("S15: ten megabytes of output arrive whole, also at a reader that is slow to begin", async () => {
    const { workspace } = given;
    const running = workspace.start(["exec", "--session", "repl", "return 'x'.repeat(10_000_000) + 'end'"]);
    running.child.stdout?.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    running.child.stdout?.resume();
    const { stdout, status } = await running.exit;
    assert.equal(status, 0);
    assert.equal(stdout.length, 10_000_004);
    assert.ok(stdout.endsWith("end\n"));
  });

  it("S15: a reader that goes away ends the command quietly", function () {
    if (process.platform === "win32") leaveOut(this, "a reader that goes away: Windows ends the writer in another way");
    const { workspace } = given;
    const result = spawnSync(
      "sh",
      [
        "-c",
        `"${process.execPath}" "${cliPath}" exec --session repl "return Array.from({ length: 100000 }, (_, i) => 'line ' + i).join('\\n')" | head -n 1`,
      ],
      { cwd: workspace.folder, env: workspace.env, encoding: "utf8" },
    );
    assert.equal(result.stdout, "line 0\n");
    assert.equal(result.stderr, "");
  });

  it("S16: declarations last from call to call", async () => {
    await run(
      "const greeting = 'hello'; let count = 1; function twice(n: number) { return n * 2 } class Box { v = 7 }",
    );
    assert.equal(await value("count += 1; return `${greeting} ${twice(count)} ${new Box().v}`"), "hello 4 7");
    assert.equal(await value("const greeting = 'again'; return greeting"), "again");
    await run("state.seen = ['a']");
    assert.equal(await value("state.seen.push('b'); return state.seen.length"), "2");
  });

  it("S16: the globals are there", async () => {
    const names = [
      "page",
      "frame",
      "context",
      "browser",
      "state",
      "console",
      "fetch",
      "Buffer",
      "URL",
      "setTimeout",
      "setInterval",
      "clearTimeout",
    ];
    assert.deepEqual(JSON.parse(await value(`return [${names.map((name) => `typeof ${name}`).join(", ")}]`)), [
      "object",
      "object",
      "object",
      "object",
      "object",
      "object",
      "function",
      "function",
      "function",
      "function",
      "function",
      "function",
    ]);
  });

  it("S16: an exception is told with its message and the line of the user's code, and the session goes on", async () => {
    const { status, stderr } = await run("const a: number = 1;\n\nthrow new TypeError('no good')");
    assert.equal(status, 1);
    assert.match(stderr, /no good/);
    assert.match(stderr, /\b3\b/);
    assert.doesNotMatch(stderr, /node_modules|\bat .*dist\//);
    assert.equal(await value("1"), "1");
  });

  it("S16: a mistake in the syntax is told with its line, and nothing runs", async () => {
    const { status, stderr } = await run("await page.evaluate(() => { window.ran = true })\nconst = 1");
    assert.equal(status, 1);
    assert.match(stderr, /\b2\b/);
    assert.equal(await (await given.witness("repl")).evaluate("window.ran ?? 'no'"), "no");
  });

  it("S16: two exec at once run one after the other, the second says that it waits, and each gets its own output", async () => {
    const { workspace } = given;
    const first = workspace.start([
      "exec",
      "--session",
      "repl",
      "console.log('A begins'); await page.waitForFunction(() => window.letA); console.log('A ends'); return 'from A'",
    ]);
    await first.waitFor("stderr", /A begins/);
    const second = workspace.start(["exec", "--session", "repl", "console.log('B runs'); return 'from B'"]);
    await second.waitFor("stderr", /wait/i);
    assert.doesNotMatch(second.stderr(), /B runs/);
    await (await given.witness("repl")).evaluate("window.letA = true");
    const [a, b] = await Promise.all([first.exit, second.exit]);
    assert.deepEqual([a.status, a.stdout, b.status, b.stdout], [0, "from A\n", 0, "from B\n"]);
    assert.doesNotMatch(a.stderr, /B runs/);
    assert.doesNotMatch(b.stderr, /A ends/);
  });

  it("S16: twenty exec at once each get their own output", async () => {
    const { workspace } = given;
    const outputs = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        workspace.ok(["exec", "--session", "repl", `await page.title(); return 'number ${index}'`], {
          timeoutMs: 80_000,
        }),
      ),
    );
    assert.deepEqual(
      outputs,
      outputs.map((_, index) => `number ${index}`),
    );
  });

  it("S16: Ctrl-C cancels the code, exits with 130, and page and session go on", async () => {
    const { workspace } = given;
    const witness = await given.witness("repl");
    const born = await witness.evaluate("window.born");
    const running = workspace.start([
      "exec",
      "--session",
      "repl",
      "console.log('going'); for (;;) { await page.evaluate(() => { window.ticks = (window.ticks ?? 0) + 1 }) }",
    ]);
    await running.waitFor("stderr", /going/);
    running.interrupt();
    const { status, stderr } = await running.exit;
    assert.equal(status, 130);
    assert.doesNotMatch(stderr, /\bat .*:\d+:\d+/);
    assert.equal(await value("return await page.title()"), "Typing");
    const ticks = await witness.evaluate("window.ticks");
    await value("1");
    assert.equal(await witness.evaluate("window.ticks"), ticks, "the loop has ended");
    assert.equal(await witness.evaluate("window.born"), born);
  });

  it("S16: code that never yields ends with --timeout: exit status 5, the page is the same, the session goes on", async () => {
    const { workspace } = given;
    const witness = await given.witness("repl");
    await witness.evaluate("document.querySelector('#draft').value = 'kept'");
    const born = await witness.evaluate("window.born");
    const { status, message } = failureOf(
      await workspace.cli(["exec", "--session", "repl", "--timeout", "500", "while (true) {}"]),
    );
    assert.equal(status, 5);
    assert.match(message, /500/);
    assert.equal(await value("return await page.inputValue('#draft')"), "kept");
    assert.equal(await witness.evaluate("window.born"), born);
  });

  it("S16: code that never yields ends with Ctrl-C", async () => {
    const running = given.workspace.start([
      "exec",
      "--session",
      "repl",
      "console.log('going'); await null; while (true) {}",
    ]);
    await running.waitFor("stderr", /going/);
    running.interrupt();
    assert.equal((await running.exit).status, 130);
    assert.equal(await value("return await page.title()"), "Typing");
  });

  it("S16: a client that is killed takes its code with it", async () => {
    const running = given.workspace.start([
      "exec",
      "--session",
      "repl",
      "console.log('going'); for (;;) await page.evaluate(() => { window.orphan = (window.orphan ?? 0) + 1 })",
    ]);
    await running.waitFor("stderr", /going/);
    running.child.kill("SIGKILL");
    await running.exit;
    assert.equal(await value("return 'next'"), "next");
    const witness = await given.witness("repl");
    const count = await witness.evaluate("window.orphan");
    await value("1");
    assert.equal(await witness.evaluate("window.orphan"), count);
  });

  it("S16: process.exit in the code ends neither the session nor its browser", async () => {
    const { workspace } = given;
    const { browserPid, hostPid } = workspace.requireState("repl");
    const result = await run("process.exit(0)");
    assert.notEqual(result.status, 0);
    assert.equal(await value("return await page.title()"), "Typing");
    assert.ok(findProcess(browserPid ?? 0) && findProcess(hostPid));
  });

  it("S16: browser.close() in the code is the end of the session, which says so", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "suicide");
    await workspace.cli(["exec", "--session", "suicide", "await browser.close()"]);
    const { status } = await workspace.cli(["exec", "--session", "suicide", "return await page.title()"]);
    const alive = browsersWithProfile(workspace.stateHome).some(
      ({ pid }) => pid === workspace.state("suicide")?.browserPid,
    );
    assert.equal(status === 0, alive, "either the browser lives and answers, or it is gone and the command says so");
  });

  it("S13, S16, S20: an element is driven and read by the ref that a snapshot gave it, also in a frame; a ref of no element is an error", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/frames"), "--session", "refs");
    const { text } = await workspace.json<{ text: string }>(["snapshot", "--session", "refs"]);
    const refsOf = (name: string): string[] =>
      [...text.matchAll(new RegExp(`button "${name}" \\[ref=(\\w+)\\]`, "g"))].map(([, ref]) => ref ?? "");
    const buttons = refsOf("Press");
    assert.equal(buttons.length, 2, text);
    const witness = await given.witness("refs");
    // What is put before an element later does not change what its ref means.
    await witness.evaluate("document.body.prepend(document.createElement('button'))", "/frames");
    for (const ref of buttons)
      await workspace.ok(["exec", "--session", "refs", `await page.getByRef('${ref}').click()`]);
    assert.equal(
      await workspace.ok([
        "exec",
        "--session",
        "refs",
        `await page.locator('aria-ref=${buttons[1] ?? ""}').textContent()`,
      ]),
      "Pressed",
    );
    for (const frame of ["same", "cross"])
      assert.equal(
        await workspace.ok([
          "readonly-exec",
          "--session",
          "refs",
          `page.frameLocator('[name=${frame}]').getByRole('button').textContent()`,
        ]),
        "Pressed",
      );
    for (const ref of buttons)
      assert.equal(
        await workspace.ok(["readonly-exec", "--session", "refs", `page.getByRef('${ref}').textContent()`]),
        "Pressed",
      );
    assert.equal(
      workspace
        .log<{ selector?: string }>("refs", "actions")
        .some(({ selector }) => /getByRole\('button', \{ name: 'Press' \}\)/.test(selector ?? "")),
      true,
    );
    for (const ref of ["e9999", "f99e1"]) {
      const { status, message, hint } = failureOf(
        await workspace.cli(["exec", "--session", "refs", `await page.getByRef('${ref}').click()`]),
      );
      assert.equal(status, 1);
      assert.match(message, new RegExp(`no element.*ref ${ref}`, "i"));
      assert.match(hint, /libretto snapshot/);
    }
  });

  it("S16: code that is cut short is told why: its browser died, its session was closed or locked", async () => {
    const { workspace, site } = given;
    const cases: [name: string, cut: () => unknown, status: number, message: RegExp][] = [
      [
        "died",
        () => process.kill(workspace.requireState("died").browserPid ?? 0, "SIGKILL"),
        1,
        /"died" ended meanwhile: The browser ended/,
      ],
      ["shut", () => workspace.ok(["close", "--session", "shut"]), 1, /"shut" ended meanwhile: Closed by cli/],
      [
        "lock",
        () => workspace.ok(["session-mode", "read-only", "--session", "lock"]),
        3,
        /cancelled: session "lock" was made read-only/,
      ],
    ];
    for (const [name, cut, status, message] of cases) {
      await workspace.open(site.url(), "--session", name);
      const running = workspace.start([
        "exec",
        "--session",
        name,
        "console.log('begun'); await page.waitForFunction(() => false)",
      ]);
      await running.waitFor("stderr", /begun/);
      await cut();
      const result = await running.exit;
      const failure = failureOf({ ...result, stderr: result.stderr.replace("begun\n", "") });
      assert.equal(failure.status, status, failure.message);
      assert.match(failure.message, message);
      assert.ok(failure.hint.includes(`--session ${name}`));
    }
  });

  it("S15: a mark of the encoding and line breaks of Windows move no place in the code", async () => {
    const result = await given.workspace.cli(["exec", "--session", "repl", "-"], { input: "\uFEFFconst a = = 1\r\n" });
    assert.match(failureOf(result).message, /line 1, column 11\): const a = = 1$/);
    const second = await given.workspace.cli(["exec", "--session", "repl", "-"], {
      input: "\uFEFFconst a = 1;\r\nconst b = = 1\r\n",
    });
    assert.match(failureOf(second).message, /line 2, column 11\): const b = = 1$/);
  });

  it("S16: an unawaited rejection in the code does not end the session", async () => {
    await run(
      "void Promise.reject(new Error('late')); setTimeout(() => { throw new Error('later') }, 10); await new Promise((r) => setTimeout(r, 50)); return 1",
    );
    assert.equal(await value("return await page.title()"), "Typing");
  });

  it("what closes its own page is on record with that page", async () => {
    await value(`for (const close of [(popup) => popup.close(), (popup) => popup.evaluate(() => window.close()).catch(() => undefined)]) {
      const opening = page.waitForEvent("popup");
      await page.evaluate(() => void open("about:blank", "_blank", "width=300,height=200"));
      const popup = await opening;
      const closed = popup.waitForEvent("close");
      await close(popup);
      await closed;
    }`);
    const closing = (): { action: string; pageId: string | null }[] =>
      given.workspace
        .log<{ action: string; pageId: string | null; url?: string }>("repl", "actions")
        .filter(({ url }) => url === "about:blank");
    while (closing().length < 2) await new Promise((resolve) => setTimeout(resolve, 25));
    assert.deepEqual(
      closing().map(({ action }) => action),
      ["close", "evaluate"],
    );
    const pages = closing().map(({ pageId }) => pageId);
    assert.ok(!pages.includes(null) && new Set(pages).size === 2, pages.join());
  });

  it("S21: --json gives the value, the page and the session", async () => {
    const { workspace } = given;
    const result = await workspace.json(["exec", "--session", "repl", "return { a: 1 }"]);
    assert.equal(result["session"], "repl");
    assert.ok(JSON.stringify(result).includes("a"));
    const failed = jsonFailureOf(
      await workspace.cli(["exec", "--session", "repl", "throw new Error('boom')", "--json"]),
    );
    assert.deepEqual([failed.status, failed.code], [1, "CodeFailed"]);
    assert.match(failed.message, /boom/);
  });
});

describe("Control never queues behind a stuck page", () => {
  const given = useFixtures("stuck", "each");

  it("Must show 9: with a page in a busy loop and an exec that never returns, list, status, session-mode and close answer", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/busy"), "--session", "stuck");
    const running = workspace.start(["exec", "--session", "stuck", "console.log('in'); await page.click('#spin')"]);
    await running.waitFor("stderr", /in/);
    // Each is answered while the page is in its loop, which nothing ends but the lock and the close.
    assert.match(await workspace.ok(["list"]), /stuck/);
    assert.equal(running.child.exitCode, null);
    assert.match(await workspace.ok(["session-mode", "--session", "stuck"]), /write-access/);
    assert.equal(running.child.exitCode, null);
    assert.match(await workspace.ok(["pages", "--session", "stuck"]), /busy/);
    assert.equal(running.child.exitCode, null);
    assert.equal((await workspace.cli(["session-mode", "read-only", "--session", "stuck"])).status, 0);
    assert.equal(workspace.requireState("stuck").mode, "read-only");
    assert.notEqual((await running.exit).status, 0);
    assert.equal((await workspace.cli(["close", "--session", "stuck"])).status, 0);
    assert.deepEqual(browsersWithProfile(workspace.stateHome), []);
  });

  it("S20: a snapshot of a stuck page whose browser dies is told that", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/busy"), "--session", "stuck");
    const exec = workspace.start(["exec", "--session", "stuck", "console.log('in'); await page.click('#spin')"]);
    await exec.waitFor("stderr", /in/);
    const snapshot = workspace.start(["snapshot", "--session", "stuck"]);
    await untilConnected(snapshot);
    process.kill(workspace.requireState("stuck").browserPid ?? 0, "SIGKILL");
    const { status, message } = failureOf(await snapshot.exit);
    assert.equal(status, 1);
    assert.match(message, /"stuck" ended meanwhile: The browser ended/);
    await exec.exit;
  });

  it("Must show 9: a session opened on a page that never gets out of its loop can be listed and closed", async () => {
    const { workspace, site } = given;
    // The time also bounds the start of the browser.
    const opened = await workspace.cli([
      "open",
      site.url("/busy?now"),
      "--headless",
      "--session",
      "loop",
      "--timeout",
      "10000",
    ]);
    assert.equal(opened.status, 0, opened.stderr);
    assert.match(await workspace.ok(["list"]), /loop/);
    assert.equal((await workspace.cli(["close", "--session", "loop"])).status, 0);
    assert.deepEqual(browsersWithProfile(workspace.stateHome), []);
  });

  it("a page whose server never answers opens with a warning after --timeout, and can be read and closed", async () => {
    const { workspace, site } = given;
    const result = await workspace.cli([
      "open",
      site.url("/never"),
      "--headless",
      "--session",
      "never",
      "--timeout",
      // Bounds the start of the browser, too.
      "10000",
    ]);
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stderr, /not finished loading/i);
    assert.equal((await workspace.cli(["close", "--session", "never"])).status, 0);
  });
});
