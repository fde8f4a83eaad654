import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "playwright/test";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { findProcess, waitUntilGone } from "../support/processTable.js";
import { leaveOut } from "../support/leaveOut.js";

const workflowThat = (body: string): string =>
  `import { workflow } from "libretto";\nexport default workflow("w", { startUrl: "about:blank" }, async ({ page, input }) => { ${body} });\n`;

describe("What surrounds a session's processes", () => {
  const given = useFixtures("around", "each");

  it("S4: no variable of the user's changes what a host and its workers do; their code sees its own", async () => {
    const { workspace, site } = given;
    const preload = join(workspace.scratch, "preload.cjs");
    writeFileSync(
      preload,
      'console.log("[env] 3 variables from .env");\nconsole.log(JSON.stringify({ state: { session: "x" }, error: { code: "Usage" } }));\nconsole.error("[env] loaded");\n',
    );
    const env = {
      NODE_OPTIONS: `--require ${preload} --inspect=127.0.0.1:0`,
      NODE_USE_ENV_PROXY: "1",
      HTTP_PROXY: "http://127.0.0.1:9",
      HTTPS_PROXY: "http://127.0.0.1:9",
      ALL_PROXY: "socks5://127.0.0.1:9",
      PWDEBUG: "1",
      npm_config_pwdebug: "1",
      DEBUG: "*",
      PW_CHROMIUM_ATTACH_TO_OTHER: "1",
      PLAYWRIGHT_DISABLE_SERVICE_WORKER_NETWORK: "1",
      PLAYWRIGHT_BASE_URL: "http://user.test",
      SELENIUM_REMOTE_URL: "http://127.0.0.1:9",
      NODE_DEBUG: "net,http",
      FORCE_COLOR: "3",
      OWN: "kept",
    };
    await workspace.ok(["open", site.url("/form"), "--headless", "-s", "a"], { env });
    // What is asked later comes from a shell without them: the host would have kept them.
    const seen = await workspace.cli([
      "exec",
      "-s",
      "a",
      "return [await page.title(), process.env.OWN, process.env.DEBUG, process.env.HTTP_PROXY, process.env.PLAYWRIGHT_BASE_URL, String(process.env.PWDEBUG), process.env.NODE_OPTIONS.includes('preload')].join()",
    ]);
    assert.equal(seen.stdout.trim(), "Form,kept,*,http://127.0.0.1:9,http://user.test,undefined,true");
    assert.equal(seen.stderr, "", "nothing but what the code prints");
    assert.equal(await workspace.ok(["readonly-exec", "-s", "a", "await page.title()"]), "Form");
    await workspace.ok(["snapshot", "-s", "a"]);
    workspace.write("w.ts", workflowThat("return [await page.title(), process.env.OWN].join()"));
    const run = await workspace.cli(["run", "w.ts", "--headless"], { env });
    assert.match(run.stdout, /^,kept$/m);
    const { hostPid } = workspace.requireState("a");
    assert.doesNotMatch(findProcess(hostPid)?.command.join(" ") ?? "", /inspect/);
    assert.deepEqual(
      workspace.log<{ event: string }>("a", "logs").filter(({ event }) => event === "host-error"),
      [],
    );
  });

  it("S5: nothing is left in the temporary folder by sessions that were closed in good order", async () => {
    const { workspace, site } = given;
    const temporary = join(workspace.scratch, "tmp");
    mkdirSync(temporary);
    const env = { TMPDIR: temporary };
    workspace.write("w.ts", workflowThat("return page.title()"));
    await workspace.ok(["open", site.url("/form"), "--headless", "-s", "a"], { env });
    // A tracing that is never stopped is written, too.
    await workspace.ok(
      ["exec", "-s", "a", "for (const of of [context, await browser.newContext()]) await of.tracing.start()"],
      { env },
    );
    await workspace.ok(["readonly-exec", "-s", "a", "await page.title()"], { env });
    await workspace.ok(["snapshot", "-s", "a"], { env });
    await workspace.ok(["connect", workspace.requireState("a").cdpEndpoint ?? "", "-s", "b"], { env });
    await workspace.ok(["exec", "-s", "b", "return 1"], { env });
    await workspace.ok(["run", "w.ts", "--headless"], { env });
    for (const session of ["b", "a"]) await workspace.ok(["close", "-s", session], { env });
    assert.deepEqual(readdirSync(temporary), []);
    assert.deepEqual(readdirSync(join(workspace.sessionsFolder, "a")).sort(), [
      "actions.jsonl",
      "logs.jsonl",
      "network.jsonl",
      "snapshots",
    ]);
  });

  it("C: a byte order mark in what a user gives is not part of it", async () => {
    const { workspace } = given;
    const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
    const mark = "\uFEFF";
    workspace.write("tsconfig.json", `${mark}{ "extends": "./base.json", "compilerOptions": { "strict": true } }\r\n`);
    workspace.write("base.json", `${mark}{ "compilerOptions": { "paths": { "@own/*": ["./own/*"] } } }\r\n`);
    workspace.write("own/data.json", `${mark}{ "month": "2026-09" }`);
    workspace.write(
      "w.ts",
      `${mark}import { workflow } from "libretto";\nimport data from "@own/data.json";\nexport default workflow("w", {}, async ({ input }) => JSON.stringify([data, input]));\n`,
    );
    workspace.write("p.json", `${mark}{ "month": "2026-10" }\r\n`);
    const wide = join(workspace.scratch, "wide.json");
    writeFileSync(wide, utf16('{ "month": "ü" }\r\n'));
    const expect = (month: string): string => JSON.stringify([{ month: "2026-09" }, { month }]);
    const run = ["run", "w.ts", "--headless", "--params-file"];
    assert.equal(await workspace.ok([...run, "p.json"]), expect("2026-10"));
    assert.equal(await workspace.ok([...run, wide]), expect("ü"));
    assert.equal(await workspace.ok([...run, "-"], { input: `${mark}{ "month": "2026-11" }` }), expect("2026-11"));
    await workspace.ok(["open", "about:blank", "--headless", "-s", "a"]);
    for (const verb of ["exec", "readonly-exec"]) {
      assert.equal(await workspace.ok([verb, "-s", "a", "-"], { input: `${mark}return 1 + 1\r\n` }), "2");
      const file = join(workspace.scratch, "code.ts");
      writeFileSync(file, utf16('return "ü"\r\n'));
      assert.equal(await workspace.ok([verb, "-s", "a", "--file", file]), "ü");
    }
    const steps = join(workspace.scratch, "steps.json");
    for (const text of [`${mark}[{ "action": "reload" }]`, utf16('[{ "action": "reload" }]')]) {
      writeFileSync(steps, text);
      await workspace.ok(["act", "-s", "a", "--steps", steps]);
    }
    for (const text of [
      Buffer.from(`${mark}{ "id": 1, "args": ["session-mode"] }`),
      utf16('{ "args": ["session-mode"] }'),
    ])
      assert.match(await workspace.ok(["batch"], { input: text }), /"write-access"/);
    assert.equal(await workspace.ok(["shell"], { input: utf16("session-mode\r\n") }), "write-access");
    const wrong = failureOf(await workspace.cli([...run, "-"], { input: "{" }));
    assert.match(wrong.hint, /standard input/);
  });

  it("E: a host that is stopped while it opens a session, or is killed, ends the command, and nothing of it is left", async () => {
    const { workspace, site } = given;
    const [stopped, interrupted, killed] = ["stopped", "interrupted", "killed"].map((session) => ({
      session,
      command: workspace.start(["open", site.url("/slow?ms=60000"), "--headless", "-s", session, "--timeout", "60000"]),
    }));
    assert.ok(stopped && interrupted && killed);
    await site.until(() => site.count("/slow") === 3, "all three pages asked for");
    const hostOf = (session: string): number => workspace.requireState(session).hostPid;
    for (const { session } of [stopped, interrupted]) process.kill(hostOf(session), "SIGSTOP");
    interrupted.command.interrupt();
    process.kill(hostOf("killed"), "SIGKILL");
    const [a, b, c] = await Promise.all([stopped, interrupted, killed].map(({ command }) => command.exit));
    assert.ok(a && b && c);
    assert.equal(a.status, 5);
    assert.match(failureOf(a).message, /host of session "stopped" did not answer/);
    assert.equal(b.status, 130);
    assert.match(failureOf(c).message, /\(SIGKILL\)/);
    // The browser of a host that was killed is the next command's to end or to take over.
    await workspace.cli(["close", "-s", "killed"]);
    await workspace.ok(["gc", "--all"]);
    await waitUntilGone(() => workspace.processes());
    for (const session of ["stopped", "interrupted"])
      assert.equal(existsSync(join(workspace.sessionsFolder, session)), false);
    assert.deepEqual(
      readdirSync(workspace.sessionsFolder).filter((name) => name.startsWith(".host")),
      [],
    );
  });

  it("E: what a host wrote to standard error before it died is quoted, and noted by the next one", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/form"), "--session", "a");
    const { hostPid } = workspace.requireState("a");
    const running = workspace.start([
      "exec",
      "-s",
      "a",
      "console.log('begun'); await new Promise((done) => setTimeout(done, 60_000))",
    ]);
    running.end();
    await running.waitFor("stderr", /begun/);
    // Node tells on standard error that its inspector listens, or cannot.
    process.kill(hostPid, "SIGUSR1");
    const file = join(workspace.sessionsFolder, "a", "host-errors.log");
    await expect
      .poll(() => (existsSync(file) ? readFileSync(file, "utf8") : ""), { timeout: 20_000 })
      .toMatch(/inspector/i);
    process.kill(hostPid, "SIGKILL");
    const { status, stderr } = await running.exit;
    assert.equal(status, 1);
    assert.match(stderr, /^begun\nerror: .*inspector/i);
    assert.equal(await workspace.ok(["readonly-exec", "-s", "a", "await page.title()"]), "Form");
    const noted = (): string | undefined =>
      workspace.log<{ event: string; message: string }>("a", "logs").find(({ event }) => event === "host-died")
        ?.message;
    await expect.poll(noted, { timeout: 10_000 }).toMatch(/inspector/i);
  });

  for (const home of ["/proc", "/etc/passwd/home"]) {
    it(`E: with a home at ${home}, where no folder can be made, status and open say so alike, and neither hangs`, async function () {
      if (process.platform !== "linux") leaveOut(this, "a home where no folder can be made: /proc is Linux's");
      const { workspace } = given;
      const env = { HOME: home, XDG_STATE_HOME: undefined, XDG_CACHE_HOME: undefined };
      const status = await workspace.cli(["status"], { env });
      assert.equal(status.status, 1, status.stdout);
      assert.match(status.stdout, new RegExp(`problem +The folder for state cannot be written: ${home}/`));
      const opened = failureOf(await workspace.cli(["open", "about:blank", "--headless", "-s", "a"], { env }));
      assert.equal(opened.status, 1);
      assert.match(opened.message, new RegExp(`^${home}/\\S+ cannot be written`));
      assert.match(opened.hint, /XDG_STATE_HOME/);
    });
  }
});
