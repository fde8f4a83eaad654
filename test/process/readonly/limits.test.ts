import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "playwright/test";
import { ExecutorRunner, Stage, type Ended, useExecutor } from "./stage.js";
import { leaveOut } from "../../support/leaveOut.js";

function failed(ended: Ended): Extract<Ended, { ok: false }> {
  assert.ok(!ended.ok, `it should have failed: ${JSON.stringify(ended)}`);
  return ended;
}

function text(ended: Ended): string {
  assert.ok(ended.ok, JSON.stringify(ended));
  return ended.text;
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("readonly-exec: limits, each with its own error, and a session that goes on", () => {
  let stage: Stage;
  let runner: ExecutorRunner;

  before(async () => {
    stage = await Stage.open("/");
    runner = await ExecutorRunner.start(stage.browser, { pendingCalls: 300 });
  });
  after(async () => {
    await runner.close();
    await stage.close();
  });
  afterEach(async () => assert.equal(text(await runner.run("return await page.title()")).length > 0, true));

  const broken: [what: string, code: string, timeoutMs: number, error: string, message: RegExp, key: RegExp][] = [
    ["wall time", "for (;;);", 300, "TimedOut", /longer than 0\.3 s/, /readonlyExec\.timeoutMs/],
    [
      "memory",
      "const keep = []; for (;;) keep.push(new Array(1e4).fill('x'))",
      15_000,
      "LimitExceeded",
      /more than 64 MiB of memory/,
      /readonlyExec\.memoryBytes/,
    ],
    [
      "output of the console",
      "for (;;) console.log('x'.repeat(1e5))",
      15_000,
      "LimitExceeded",
      /prints more than 2 MiB/,
      /readonlyExec\.outputBytes/,
    ],
    [
      "output of the result",
      "return 'x'.repeat(3e6)",
      15_000,
      "LimitExceeded",
      /prints more than 2 MiB/,
      /readonlyExec\.outputBytes/,
    ],
    [
      "pending timers",
      "for (let i = 0; i < 301; i++) setTimeout(() => {}, 1e6); await new Promise(() => {})",
      15_000,
      "LimitExceeded",
      /more than 300 reads and timers/,
      /readonlyExec\.pendingCalls/,
    ],
    [
      "an answer of get",
      "return (await (await get(page.url() + 'huge?bytes=3000000')).text()).length",
      15_000,
      "LimitExceeded",
      /more than 2097152 bytes/,
      /readonlyExec\.outputBytes/,
    ],
  ];
  for (const [what, code, timeoutMs, error, message, key] of broken) {
    it(`${what}: ${error}, naming the key that raises it`, async () => {
      const ended = failed(await runner.run(code, { timeoutMs }));
      assert.equal(ended.code, error, ended.message);
      assert.match(ended.message, message);
      assert.match(ended.hint, key);
    });
  }

  it("a result of 1.9 MiB arrives whole", async () => {
    const ended = await runner.run(
      "return Array.from({ length: 1900 }, (_, i) => String(i).padStart(5, '0') + 'é'.repeat(500) + '\\n').join('').slice(0, 950000)",
    );
    assert.equal(text(ended).length, 950_000);
    assert.ok(text(ended).startsWith("00000é"));
  });

  it("code that waits for what never comes is told so at once", async () => {
    const ended = failed(await runner.run("await new Promise(() => {})"));
    assert.equal(ended.code, "CodeFailed");
    assert.match(ended.message, /never comes/);
  });

  it("a second run does not wait for a first that never ends, and the first ends by its signal", async () => {
    const stop = new AbortController();
    const first = runner.run("console.log('begun'); for (;;);", { signal: stop.signal });
    assert.equal(text(await runner.run("return 'second'")), "second");
    stop.abort();
    assert.equal(failed(await first).code, "Interrupted");
  });

  it("twelve runs at one time all end", async () => {
    const ended = await Promise.all(
      Array.from({ length: 12 }, (_, index) => runner.run(`return ${index} + (await page.locator('li').count())`)),
    );
    assert.deepEqual(
      ended.map(text),
      Array.from({ length: 12 }, (_, index) => String(index + 3)),
    );
  });

  it("a run whose page closes fails, and others go on", async () => {
    const targetId = await stage.witness.openPage(stage.site.url("/table"));
    await stage.witness.untilLoaded("/table");
    const running = runner.run("await page.locator('#never').waitFor({ timeout: 15000 })", { page: targetId });
    assert.equal(text(await runner.run("return await page.title()", { page: targetId })), "Table, page 1");
    await stage.witness.closePage(targetId);
    assert.equal(failed(await running).code, "CodeFailed");
    const gone = failed(await runner.run("return 1", { page: targetId }));
    assert.equal(gone.code, "PageNotFound");
  });

  it("console lines come while the code runs", async () => {
    const stop = new AbortController();
    let heard: (text: string) => void = () => undefined;
    const first = new Promise<string>((resolve) => (heard = resolve));
    const running = runner.executor.run(
      { code: "console.log('live'); for (;;);" },
      { console: (_level, line) => heard(line), signal: stop.signal },
    );
    assert.equal(await first, "live");
    stop.abort();
    await assert.rejects(running);
  });
});

describe("readonly-exec: a page that misbehaves", () => {
  let stage: Stage;
  let runner: ExecutorRunner;

  useExecutor((...made) => ([stage, runner] = made));
  before(() => runner.run("return await page.locator('h1').count()"));

  it("a page in an endless loop: its address is read, its title times out with a reason, the loop is left alone", async () => {
    const busy = await stage.witness.openPage(stage.site.url("/busy"));
    await stage.witness.until("document.title === 'Busy'", "/busy");
    const session = await stage.witness.sessionOf("/busy");
    void stage.witness
      .send("Runtime.evaluate", { expression: "globalThis.turns = 0; for (;;) turns++;" }, session)
      .catch(() => undefined);
    const at = { page: busy, timeoutMs: 1_500 };
    assert.equal(text(await runner.run("return page.url()", at)), stage.site.url("/busy"));
    for (const code of ["return await page.title()", "return await page.content()", "return page.viewportSize()"]) {
      const ended = failed(await runner.run(code, at));
      assert.match(ended.message, /page\.\w+: the page did not answer within \d+ ms/, ended.message);
    }
    const located = failed(await runner.run("return await page.getByText(/x/).count()", at));
    assert.match(located.message, /not answer/);
    // Its code has not come to tell it when the run's time is up.
    const late = failed(await runner.run("await page.title().catch(() => {}); for (;;);", at));
    assert.equal(late.code, "TimedOut");
    assert.match(
      late.message,
      /^The code ran longer than 1\.5 s and was ended: page\.title: the page did not answer within/,
    );
    const read = failed(await runner.run("await page.title().catch(() => {}); console.log('on'); for (;;);", at));
    assert.equal(read.message, "The code ran longer than 1.5 s and was ended");
    // Another page is read meanwhile.
    assert.equal(
      text(
        await runner.run("return await page.title()", {
          page: (await stage.witness.pages()).find(({ url }) => url === stage.site.url("/"))?.targetId ?? "",
        }),
      ),
      "The Shelf",
    );
    // Still in its loop: nobody ended it.
    const answered = await Promise.race([
      stage.witness.send("Runtime.evaluate", { expression: "1" }, session).then(() => true),
      new Promise((resolve) => setTimeout(() => resolve(false), 500)),
    ]);
    assert.equal(answered, false);
    await stage.witness.closePage(busy);
  });

  const freezing = {
    "a regular expression": "page.getByText(/^(a+)+$/)",
    "a regular expression in a selector": "page.locator('text=/^(a+)+$/')",
    "a regular expression for a pseudo-class": `page.locator('h1:text-matches("^(a+)+$")')`,
    "a pseudo-class that is spelt with an escape": `page.locator('h1:text\\\\2dmatches("^(a+)+$")')`,
    "elements near elements near elements": "page.locator('i:near(i:near(i:near(i)))')",
  };
  for (const [what, locator] of Object.entries(freezing)) {
    it(`a page frozen by ${what} of ours is freed, and the call fails`, async () => {
      const frozen = await stage.witness.openPage(stage.site.url("/form"));
      await stage.witness.untilLoaded("/form");
      await stage.witness.evaluate(
        "document.querySelector('h1').textContent = 'a'.repeat(60) + '!'; document.body.insertAdjacentHTML('beforeend', '<p><i>x</i></p>'.repeat(3000)); true",
        "/form",
      );
      const ended = failed(await runner.run(`return await ${locator}.count()`, { page: frozen, timeoutMs: 1_500 }));
      assert.match(ended.message, /did not answer|ran longer/);
      // The page answers again, and holds what it held.
      assert.equal(await stage.witness.evaluate("document.querySelector('h1').textContent.length", "/form"), 61);
      await stage.witness.closePage(frozen);
    });
  }

  it("a page frozen by a read whose turn comes only after its call has failed is freed", async () => {
    const late = await stage.witness.openPage(stage.site.url("/form"));
    await stage.witness.untilLoaded("/form");
    await stage.witness.evaluate("document.querySelector('h1').textContent = 'a'.repeat(60) + '!'; true", "/form");
    assert.equal(text(await runner.run("return await page.locator('h1').count()", { page: late })), "1");
    const session = await stage.witness.sessionOf("/form");
    const script = "const end = performance.now() + 2_500; while (performance.now() < end); globalThis.ran = true";
    const ran = stage.witness.send("Runtime.evaluate", { expression: script }, session);
    failed(await runner.run("return await page.getByText(/^(a+)+$/).count()", { page: late, timeoutMs: 1_000 }));
    await ran;
    assert.equal(await stage.witness.evaluate("globalThis.ran", "/form"), true);
    await stage.witness.closePage(late);
  });

  it("scripts of the page's own that take long are run to their end, whatever read of ours fails meanwhile", async () => {
    const working = await stage.witness.openPage(stage.site.url("/form"));
    await stage.witness.untilLoaded("/form");
    await stage.witness.evaluate(
      "globalThis.work = { begun: 0, done: 0 }; setInterval(() => { work.begun++; const end = performance.now() + 900; while (performance.now() < end); work.done++; }, 1_000); true",
      "/form",
    );
    const waits =
      "for (let ms = 100; ms < 1_500; ms += 130) await page.getByText(/never/).waitFor({ timeout: ms }).catch(() => undefined)";
    text(await runner.run(waits, { page: working, timeoutMs: 40_000 }));
    failed(await runner.run("await page.getByText(/never/).waitFor()", { page: working, timeoutMs: 1_300 }));
    const { begun, done } = await stage.witness.evaluate<{ begun: number; done: number }>("work", "/form");
    assert.ok(begun > 3, String(begun));
    assert.equal(done, begun);
    await stage.witness.closePage(working);
  });

  it("a tab in which nothing was opened is read", async () => {
    const empty = await stage.witness.openPage("about:blank");
    const ended = await runner.run(
      "return [page.url(), page.isClosed(), await page.title(), await page.locator('*').count()]",
      { page: empty },
    );
    assert.equal(text(ended), JSON.stringify(["about:blank", false, "", 3], undefined, 2));
    await stage.witness.closePage(empty);
  });

  it("a page cannot answer a read with something else", async () => {
    const target = await stage.witness.openPage(stage.site.url("/table"));
    await stage.witness.untilLoaded("/table");
    await stage.witness.evaluate(
      `
      Object.defineProperty(document, 'title', { get: () => { globalThis.noticed = true; return 'a lie'; } });
      Object.defineProperty(Document.prototype, 'documentElement', { get: () => { globalThis.noticed = true; return null; } });
      document.body.insertAdjacentHTML('beforeend', '<form name="title"></form><img name="documentElement">');
      globalThis.innerWidth = 1; true`,
      "/table",
    );
    assert.equal(text(await runner.run("return await page.title()", { page: target })), "Table, page 1");
    assert.match(text(await runner.run("return await page.content()", { page: target })), /Book 7/);
    assert.equal(text(await runner.run("return page.viewportSize().width > 1", { page: target })), "true");
    assert.equal(await stage.witness.evaluate("globalThis.noticed", "/table"), undefined);
    await stage.witness.closePage(target);
  });
});

describe("readonly-exec: what outlives a run, and where the code runs", () => {
  let stage: Stage;
  let runner: ExecutorRunner;

  useExecutor((...made) => ([stage, runner] = made));

  it("state keeps plain data from run to run, and names what it cannot keep", async () => {
    assert.equal(text(await runner.run("state.seen = [1, 2]; state.title = await page.title(); return 1")), "1");
    const second = await runner.run(
      "state.seen.push(3); state.f = () => 1; state.m = new Map(); delete state.title; return state.seen",
    );
    assert.equal(text(second), JSON.stringify([1, 2, 3], undefined, 2));
    assert.deepEqual(second.printed, [
      "warn: state.f is not kept: it is not plain data.",
      "warn: state.m is not kept: it is not plain data.",
    ]);
    assert.equal(text(await runner.run("return state")), JSON.stringify({ seen: [1, 2, 3] }, undefined, 2));
    failed(await runner.run("state.kept = true; throw new Error('after')"));
    assert.equal(text(await runner.run("return state.kept")), "true");
  });

  it("state of more than 1 MiB is refused, also when it grows bit by bit, and what was there stays", async () => {
    assert.equal(text(await runner.run("state.half = 'x'.repeat(6e5); return 1")), "1");
    const ended = failed(await runner.run("state.other = 'x'.repeat(6e5); return 1"));
    assert.equal(ended.code, "LimitExceeded");
    assert.match(ended.message, /state holds more than 1 MiB/);
    assert.equal(
      text(await runner.run("const { half, other } = state; delete state.half; return [half.length, typeof other]")),
      JSON.stringify([600000, "undefined"], undefined, 2),
    );
  });

  it("runs at one time keep each other's keys of state", async () => {
    await Promise.all([
      runner.run("state.a = 1; await page.waitForTimeout(100); return 1"),
      runner.run("state.b = 2; return 1"),
    ]);
    assert.equal(text(await runner.run("return [state.a, state.b]")), JSON.stringify([1, 2], undefined, 2));
  });

  it("nothing else outlives a run: globals, prototypes, replaced functions", async () => {
    await runner.run(
      "globalThis.left = 1; Object.prototype.left = 1; JSON.parse = null; page = null; Math.random = () => 4; setTimeout(() => {}, 5)",
    );
    assert.equal(
      text(
        await runner.run("return [typeof left, typeof {}.left, typeof JSON.parse, typeof page.url, Math.random() < 1]"),
      ),
      JSON.stringify(["undefined", "undefined", "function", "function", true], undefined, 2),
    );
  });

  it("Math.random differs from run to run", async () => {
    assert.notEqual(text(await runner.run("return Math.random()")), text(await runner.run("return Math.random()")));
  });

  it("positions in errors are those of the user's text", async () => {
    const cases: [code: string, line: number, column: number][] = [
      ["null.x", 1, 6],
      ["const a = 1;\n\n  throw new Error('x')", 3, 9],
      ["interface A { b: string }\nconst a: A = { b: 'c' };\n  (a as any).d.e", 3, 16],
      ["const f = (x: number): number => {\n  return undefinedName + x;\n};\nf(1)", 2, 10],
      ["await page.title();\nawait page.locator('li').textContent({ timeout: 500 })", 2, 26],
      ["await page.title();\n  page.click('x')", 2, 8],
      ["const s = 'é猫😀'; null.x", 1, 22],
      ["const none = 1;\n  none();", 2, 3],
      ["const o = {};\no\n  .a\n  .b();", 4, 4],
      ["const rows = [1].map((row) => row.cell.text);", 1, 40],
    ];
    for (const [code, line, column] of cases) {
      const ended = failed(await runner.run(code));
      const place = /\(line (\d+), column (\d+)\)/.exec(ended.message);
      assert.deepEqual([code, Number(place?.[1]), Number(place?.[2])], [code, line, column], ended.message);
    }
    assert.match(
      failed(await runner.run("const a = 1;\nlet b = ;")).message,
      /^SyntaxError: .*\(line 2, column 9\): let b = ;$/,
    );
  });

  it("the process around the code has an empty environment and no rights", async function () {
    if (process.platform !== "linux")
      leaveOut(this, "the environment of another process: read from /proc, on Linux alone");
    const [pid] = runner.executor.processIds;
    assert.ok(pid !== undefined);
    assert.equal(readFileSync(`/proc/${pid}/environ`, "utf8"), "");
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    assert.ok(
      command.some((flag) => /^--(experimental-)?permission$/.test(flag)),
      command.join(" "),
    );
    assert.deepEqual(
      command.filter((flag) => flag.startsWith("--allow")).map((flag) => flag.replace(/=.*\//, "=")),
      ["--allow-fs-read=readonly-child.js", "--allow-fs-read=quickjs.wasm", "--allow-fs-read=quickjs.image"],
    );
    assert.equal(
      execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }).trim(),
      String(process.pid),
    );
  });

  it("the interpreter begins with the realm that the build has made, wherever it lies, and makes its own in place of one that does not fit", async () => {
    const folder = join(stage.folder, "a folder with a long name ".repeat(6).trim());
    mkdirSync(folder);
    try {
      const script = join(folder, "readonly-child.js");
      for (const name of ["readonly-child.js", "quickjs.wasm", "package.json"])
        copyFileSync(join(process.cwd(), "dist", name), join(folder, name));
      const image = readFileSync(join(process.cwd(), "dist", "quickjs.image"), "latin1");
      const marked = image.replaceAll("is not allowed", "is NOT allowed");
      assert.notEqual(marked, image);
      const ofOther = marked.replace(/"digest":"\w/, '"digest":"-');
      for (const [bytes, expected] of [
        [marked, /is NOT allowed/],
        [ofOther, /is not allowed/],
        [marked.slice(0, -1), /is not allowed/],
      ] as const) {
        writeFileSync(join(folder, "quickjs.image"), bytes, "latin1");
        const own = await ExecutorRunner.start(stage.browser, {}, script);
        try {
          assert.match(failed(await own.run("await page.click('a')")).message, expected);
        } finally {
          await own.close();
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("S15: runs that cannot even be set up fail, each of them, and hold no place of those that come later", async () => {
    const script = join(stage.folder, "interpreter.js");
    const own = await ExecutorRunner.start(stage.browser, {}, script);
    try {
      // One more than may run at a time.
      for (let run = 0; run < 9; run++)
        await assert.rejects(
          own.executor.run({ code: "return 1" }, { console: () => undefined, signal: AbortSignal.timeout(5_000) }),
          /ENOENT/,
        );
      symlinkSync(join(process.cwd(), "dist", "readonly-child.js"), script);
      assert.equal(text(await own.run("return 1")), "1");
    } finally {
      await own.close();
      rmSync(script, { force: true });
    }
  });

  it("S13: reads that were interrupted while they waited for a process keep none", async () => {
    const own = await ExecutorRunner.start(stage.browser);
    try {
      const [over, tired] = [new AbortController(), new AbortController()];
      const loops = Array.from({ length: 8 }, () => own.run("for (;;);", { signal: over.signal }));
      await expect.poll(() => own.executor.processIds.length, { timeout: 60_000 }).toBe(8);
      const waiting = Array.from({ length: 8 }, () => own.run("return 1", { signal: tired.signal }));
      tired.abort();
      for (const one of waiting) assert.equal(failed(await one).code, "Interrupted");
      over.abort();
      await Promise.all(loops);
      assert.equal(text(await own.run("return 6 * 7")), "42");
    } finally {
      await own.close();
    }
  });

  it("the processes are gone when the executor is disposed of, also in the middle of a loop", async () => {
    const own = await ExecutorRunner.start(stage.browser);
    const loop = own.run("console.log('x'); for (;;);");
    await own.run("return 1");
    const pids = own.executor.processIds;
    assert.ok(pids.length >= 2);
    await own.close();
    assert.equal(failed(await loop).code, "Interrupted");
    assert.deepEqual(
      pids.filter((pid) => isAlive(pid) && existsSync(`/proc/${pid}/fd/0`)),
      [],
    );
  });
});
