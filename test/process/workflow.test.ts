import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { HostClient } from "../../src/sessions/ipc/client.js";
import { Witness } from "../support/browser.js";
import { jsonFailureOf, repositoryRoot, Workspace } from "../support/cli.js";
import { startExampleSite, type ExampleSite } from "../support/exampleSite.js";
import { leaveOut } from "../support/leaveOut.js";
import { browsersWithProfile, findProcess, waitUntilGone } from "../support/processTable.js";
import { useFixtures } from "../support/fixtures.js";
import { needTerminal, onTerminal } from "../support/terminal.js";

/** The status that `state.json` tells, once it is the wanted one. */
async function untilStatus(workspace: Workspace, session: string, status: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (workspace.state(session)?.status !== status) {
    if (Date.now() > deadline) throw new Error(`The session is ${workspace.state(session)?.status}, not ${status}.`);
    // Another process writes the file; no event of ours tells of it.
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe("S18: the example workflows", () => {
  let workspace: Workspace;
  let site: ExampleSite;

  before(async () => void (site = await startExampleSite()));
  after(() => site.close());
  beforeEach(() => {
    workspace = new Workspace("examples");
    workspace.env["EXAMPLE_SITE"] = site.address;
    cpSync(join(repositoryRoot, "examples", "workflows"), join(workspace.folder, "flows"), { recursive: true });
    // A user's copy, which resolves "libretto" by being run.
    workspace.write("flows/tsconfig.json", "{}");
  });
  afterEach(() => workspace.dispose());

  /** Runs a workflow that fails once one of its texts is changed; then mends it, and runs it again where it failed. */
  async function failAndMend(
    file: string,
    from: string,
    to: string,
    params: object,
  ): Promise<{ failure: ReturnType<typeof jsonFailureOf>; result: unknown }> {
    const path = join(workspace.folder, "flows", file);
    const right = readFileSync(path, "utf8");
    assert.ok(right.includes(from));
    workspace.write(`flows/${file}`, right.replace(from, to));
    const args = [
      "run",
      `flows/${file}`,
      "--session",
      "mended",
      "--headless",
      "--params",
      JSON.stringify(params),
      "--json",
    ];
    const failure = jsonFailureOf(await workspace.cli(args));
    assert.equal(workspace.requireState("mended").status, "failed");
    assert.equal(
      (await workspace.cli(["snapshot", "--session", "mended"])).status,
      0,
      "the browser is open where it failed",
    );
    workspace.write(`flows/${file}`, right);
    const { result } = await workspace.json<{ result: unknown }>(args.slice(0, -1));
    assert.equal(workspace.requireState("mended").status, "completed");
    return { failure, result };
  }

  it("a paginated table becomes typed JSON; a changed selector fails at its line, and the mended file is taken up again", async () => {
    const { books } = JSON.parse(
      await workspace.ok(["run", "flows/catalogue.ts", "--headless", "--session", "books"]),
    ) as { books: { title: string; year: number; price: number }[] };
    assert.equal(books.length, 23);
    assert.deepEqual(books[22], { title: "Book 23", year: 2016, price: 21.5 });
    assert.equal(workspace.state("books"), undefined, "success closes the session");
    const { failure, result } = await failAndMend("catalogue.ts", "tbody tr", "tbody li", { most: 7 });
    assert.equal(failure.code, "WorkflowFailed");
    assert.match(failure.message, /Timeout 5000ms.*flows\/catalogue\.ts:32:22\): await rows\.first\(\)/);
    assert.match(failure.hint, /mended/);
    assert.equal((result as { books: unknown[] }).books.length, 7);
  });

  it("a login is typed once, saved, and loaded from then on, for the user alone", async () => {
    const params = JSON.stringify({ password: "correct-horse-battery" });
    const first = JSON.parse(
      await workspace.ok([
        "run",
        "flows/account.ts",
        "--headless",
        "--session",
        "login",
        "--stay-open",
        "--params",
        params,
      ]),
    ) as object;
    assert.deepEqual(first, { user: "ada", loggedInWith: "password" });
    const saved = await workspace.json<{ path: string; cookies: number }>([
      "save",
      "shelf",
      "--session",
      "login",
      "--sites",
      "127.0.0.1",
    ]);
    assert.equal(saved.cookies, 1);
    assert.equal(statSync(saved.path).mode & 0o077, 0);
    assert.ok(
      !readFileSync(join(workspace.sessionsFolder, "login", "actions.jsonl"), "utf8").includes("correct-horse"),
    );
    await workspace.ok(["close", "--session", "login"]);
    assert.deepEqual(JSON.parse(await workspace.ok(["run", "flows/account.ts", "--headless"])), {
      user: "ada",
      loggedInWith: "saved login",
    });
    const session = await workspace.open(`${site.address}/account`, "--write-access");
    assert.equal(
      await workspace.ok(["readonly-exec", "--session", session, "await page.title()"]),
      "Account",
      "open loads it by the site, where the mode was chosen",
    );
    const without = await workspace.open(`${site.address}/account`, "--no-auth-profile");
    assert.equal(await workspace.ok(["readonly-exec", "--session", without, "await page.title()"]), "Log in");
    assert.match(await workspace.ok(["profiles", "list"]), /shelf .*127\.0\.0\.1/);
    await workspace.ok(["profiles", "delete", "shelf"]);
    const { failure, result } = await failAndMend("account.ts", 'getByLabel("User")', 'getByLabel("E-mail")', {
      password: "correct-horse-battery",
    });
    assert.match(failure.message, /waiting for getByLabel\('E-mail'\).*flows\/account\.ts:/);
    assert.deepEqual(result, { user: "ada", loggedInWith: "password" });
  });

  it("a form pauses: it is looked at from a second terminal, read-only, then resumed", async () => {
    const running = workspace.start([
      "run",
      "flows/order.ts",
      "--headless",
      "--read-only",
      "--session",
      "order",
      "--params",
      '{ "title": "Flatland", "copies": 2 }',
      "--wait-paused",
    ]);
    await running.waitFor("stderr", /Paused at flows\/order\.ts:22/);
    await untilStatus(workspace, "order", "paused");
    assert.match(await workspace.ok(["list"]), /order +RO +paused/);
    assert.match(await workspace.ok(["snapshot", "--session", "order"]), /textbox "Title" \[ref=\w+\]: Flatland/);
    assert.equal(
      await workspace.ok(["readonly-exec", "--session", "order", "await page.getByLabel('Copies').inputValue()"]),
      "2",
    );
    assert.equal(
      (await workspace.cli(["exec", "--session", "order", "1"])).status,
      3,
      "exec is refused during the run",
    );
    const before = await site.orders();
    await workspace.ok(["resume", "--session", "order"]);
    const { status, stdout } = await running.exit;
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), { number: before.length + 1 });
    assert.deepEqual((await site.orders()).at(-1), { title: "Flatland", copies: "2" });
  });

  it("a form whose label changed fails at its line and is taken up again; in production nothing pauses", async () => {
    workspace.env["NODE_ENV"] = "production";
    const { failure, result } = await failAndMend("order.ts", 'getByLabel("Title")', 'getByLabel("Name of the book")', {
      title: "Flatland",
    });
    assert.match(failure.message, /flows\/order\.ts:19:\d+/);
    assert.match(failure.message, /; nothing on the page matches; nearest: textbox "Title" \[e\d+\]/);
    assert.deepEqual(
      { file: failure.place?.file, line: failure.place?.line },
      { file: join(workspace.folder, "flows", "order.ts"), line: 19 },
    );
    assert.ok((result as { number: number }).number > 0);
  });
});

describe("S18: run", () => {
  const given = useFixtures("run", "each");
  const source = (body: string, head = ""): string =>
    `import { workflow, pause } from "libretto";\nimport * as z from "zod";\n${head}\nexport default workflow("test", { input: z.object({ url: z.string(), list: z.array(z.number()).default([]) }) }, async ({ page, context, session, input, log }) => {\nawait page.goto(input.url);\n${body}\n});\n`;
  const runArgs = (...more: string[]): string[] => [
    "run",
    "flow.ts",
    "--headless",
    "--session",
    "w",
    "--params",
    JSON.stringify({ url: given.site.url("/") }),
    ...more,
  ];
  const write = (body: string, head?: string): void => given.workspace.write("flow.ts", source(body, head));
  const failure = async (...more: string[]): Promise<ReturnType<typeof jsonFailureOf>> =>
    jsonFailureOf(await given.workspace.cli(runArgs("--json", ...more)));

  it("parameters that do not fit name their place in the data, and leave nothing open", async () => {
    const { workspace } = given;
    write("");
    const result = await workspace.cli([
      "run",
      "flow.ts",
      "--headless",
      "--session",
      "w",
      "--params",
      '{ "url": 1, "list": [1, "x"] }',
      "--json",
    ]);
    const error = jsonFailureOf(result);
    assert.equal(error.status, 2);
    assert.match(error.message, /url: .*number; list\[1\]: /);
    assert.equal(workspace.state("w"), undefined);
    assert.deepEqual(browsersWithProfile(workspace.stateHome), []);
  });

  it("a file that cannot be loaded is named with line and column, and leaves nothing open", async () => {
    const { workspace } = given;
    workspace.write("lib/wrong.ts", "export const a: number = 1;\nexport const b = = 2;\n");
    write("", 'import { a } from "./lib/wrong.js";\nvoid a;');
    const error = await failure();
    assert.equal(error.code, "CodeFailed");
    assert.match(error.message, /SyntaxError: .*lib\/wrong\.ts:2:18\): export const b = = 2;/);
    write("", 'import { nothing } from "not-installed";\nvoid nothing;');
    assert.match((await failure()).message, /Cannot find "not-installed", imported by flow\.ts/);
    workspace.write("flow.ts", "export const a = 1;");
    assert.match((await failure()).message, /flow\.ts has no workflow as its default export/);
    assert.equal(workspace.state("w"), undefined);
  });

  it("imports follow the user's tsconfig, packages the user's node_modules; errors are found in the file that threw", async () => {
    const { workspace } = given;
    workspace.write(
      "tsconfig.json",
      '{ "compilerOptions": { "paths": { "@steps/*": ["./steps/*"] } }, } // as tsc takes it',
    );
    workspace.write(
      "node_modules/esm-only/package.json",
      '{ "name": "esm-only", "type": "module", "exports": { "import": "./index.js" } }',
    );
    workspace.write("node_modules/esm-only/index.js", "export const word = 'esm'; export default 1;");
    workspace.write("node_modules/plain/package.json", '{ "name": "plain", "main": "index.js" }');
    workspace.write("node_modules/plain/index.js", "module.exports = { word: 'cjs' };");
    workspace.write(
      "steps/one.ts",
      "import esm, { word } from 'esm-only';\nimport plain from 'plain';\nimport data from '../data.json';\nimport { two } from './two';\nenum E { A = 4 }\nexport const all = [esm, word, plain.word, data.x, two(), E.A, await Promise.resolve('top')].join();\nexport function fail(): never {\n  const deep: { a?: { b: string } } = {};\n  return deep.a!.b as never;\n}",
    );
    workspace.write("steps/two.ts", "import { all } from './one';\nexport const two = (): string => typeof all;");
    workspace.write("data.json", '{ "x": "json" }');
    write(
      "log(all); const late = await import('@steps/two'); log(late.two()); fail();",
      'import { all, fail } from "@steps/one";',
    );
    const result = await workspace.cli(runArgs());
    assert.match(result.stderr, /1,esm,cjs,json,undefined,4,top\nstring\n/);
    assert.match(
      result.stderr,
      /error: TypeError: Cannot read properties of undefined \(reading 'b'\) \(steps\/one\.ts:9:18\): return deep\.a!\.b as never;/,
    );
  });

  it("the result goes to stdout, the log to stderr and into the session's log; success closes the browser", async () => {
    const { workspace } = given;
    write("log('at', await page.title()); console.warn('careful'); return { title: await page.title() };");
    const { status, stdout, stderr } = await workspace.cli(runArgs());
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { title: "The Shelf" });
    assert.match(stderr, /at The Shelf\ncareful\n/);
    assert.equal(workspace.state("w"), undefined);
    assert.deepEqual(browsersWithProfile(workspace.stateHome), []);
    assert.ok(workspace.log<{ message: string }>("w", "logs").some(({ message }) => message === "at The Shelf"));
    assert.deepEqual(
      workspace.log<{ action: string; source: string }>("w", "actions").map(({ action, source: who }) => [action, who]),
      [["goto", "agent"]],
    );
  });

  it("a result that does not fit the output schema names the place in it, and the browser stays", async () => {
    const { workspace } = given;
    workspace.write(
      "flow.ts",
      `import { workflow } from "libretto";\nimport * as z from "zod";\nexport default workflow("books", { output: z.object({ books: z.array(z.object({ year: z.int() })) }), startUrl: ${JSON.stringify(given.site.url("/"))} }, async () => ({ books: [{ year: 1884 }, { year: "1975" as never }] }));`,
    );
    const error = jsonFailureOf(await workspace.cli(["run", "flow.ts", "--headless", "--session", "w", "--json"]));
    assert.equal(error.code, "WorkflowFailed");
    assert.match(error.message, /^The result does not fit the workflow's schema: books\[1\]\.year: .*number/);
    assert.match(error.hint, /--session w/);
    assert.equal(workspace.requireState("w").status, "failed");
  });

  it("--viewport, --tsconfig, --params-file, --write-access and --stay-open do what they say; the profiles are out of git's sight", async () => {
    const { workspace, site } = given;
    workspace.writeConfig({ version: 1, sessionMode: "read-only" });
    workspace.write("other.json", '{ "compilerOptions": { "baseUrl": "./lib" } }');
    workspace.write("lib/words.ts", "export const word: string = 'from lib';");
    workspace.write("params.json", JSON.stringify({ url: site.url("/"), list: [3] }));
    write(
      "return [await page.evaluate(() => [innerWidth, innerHeight].join('x')), word, input.list[0]].join();",
      "import { word } from 'words';",
    );
    assert.equal(
      await workspace.ok([
        "run",
        "flow.ts",
        "--headless",
        "--session",
        "w",
        "--viewport",
        "800x600",
        "--tsconfig",
        "other.json",
        "--params-file",
        "params.json",
        "--write-access",
        "--stay-open",
      ]),
      "800x600,from lib,3",
    );
    const { mode, status } = workspace.requireState("w");
    assert.deepEqual([mode, status], ["write-access", "completed"]);
    await workspace.ok(["exec", "--session", "w", "await page.evaluate(() => localStorage.setItem('a', 'b'))"]);
    await workspace.ok(["save", "shelf", "--session", "w", "--sites", "127.0.0.1"]);
    assert.ok(existsSync(join(workspace.librettoFolder, "profiles", "shelf.json")));
    execFileSync("git", ["init", "--quiet"], { cwd: workspace.folder });
    const seen = execFileSync("git", ["status", "--porcelain", "--untracked-files=all", ".libretto"], {
      cwd: workspace.folder,
      encoding: "utf8",
    });
    assert.deepEqual(seen.trim().split("\n").sort(), ["?? .libretto/.gitignore", "?? .libretto/config.json"]);
  });

  it("run --read-only: the workflow does its work, and exec from outside is refused during and after it", async () => {
    const { workspace } = given;
    write("await page.locator('#submit').click(); await pause(session); throw new Error('stop here');");
    const running = workspace.start(runArgs("--read-only", "--wait-paused"));
    await running.waitFor("stderr", /Paused/);
    const witness = await given.witness("w");
    assert.equal(await witness.evaluate("document.body.dataset.clicked"), "yes");
    assert.equal((await workspace.cli(["exec", "--session", "w", "await page.reload()"])).status, 3);
    const resumed = await workspace.cli(["resume", "--session", "w"]);
    assert.equal(resumed.status, 1);
    assert.match(resumed.stderr, /stop here/);
    assert.equal((await running.exit).status, 1);
    assert.equal((await workspace.cli(["exec", "--session", "w", "await page.reload()"])).status, 3);
    // Another workflow would be a way around the lock.
    assert.equal((await workspace.cli(runArgs())).status, 3);
    assert.equal(await witness.evaluate("document.body.dataset.clicked"), "yes");
  });

  const fates: [title: string, body: string, message: RegExp][] = [
    ["throws", "throw new RangeError('out of range');", /^RangeError: out of range \(flow\.ts:6:7\)/],
    ["throws what is no error", "throw { reason: 'odd' };", /The workflow threw \{ reason: 'odd' \}/],
    [
      "rejects late",
      "void Promise.reject(new Error('too late')); await new Promise(() => {});",
      /^too late \(flow\.ts:6:/,
    ],
    [
      "throws in a timer",
      "setTimeout(() => { throw new Error('in a timer'); }, 10); await new Promise(() => {});",
      /^in a timer \(flow\.ts:6:/,
    ],
    ["calls process.exit", "process.exit(3);", /called process\.exit\(3\) \(flow\.ts:6:/],
    [
      "ends its own process",
      "process.kill(process.pid, 'SIGKILL');",
      /process ended before the workflow did \(SIGKILL\)/,
    ],
    [
      "never yields, after it printed 100 MB",
      "for (let i = 0; i < 100; i++) log('x'.repeat(1024 * 1024)); throw new Error('printed');",
      /^printed/,
    ],
  ];
  for (const [title, body, message] of fates)
    it(`a workflow that ${title} is reported clearly, and its browser stays`, async () => {
      write(body);
      const error = await failure();
      assert.equal(error.code, "WorkflowFailed");
      assert.match(error.message, message);
      assert.match(error.hint, /--session w/);
      assert.equal(given.workspace.requireState("w").status, "failed");
      const witness = await given.witness("w");
      assert.equal(await witness.evaluate("document.title"), "The Shelf");
    });

  it("Ctrl-C ends a workflow that never ends, and leaves the session to look at", async () => {
    write("log('loops'); await null; while (true) {}");
    const running = given.workspace.start(runArgs());
    await running.waitFor("stderr", /loops/);
    running.interrupt();
    const { status, stderr } = await running.exit;
    assert.equal(status, 130);
    assert.match(stderr, /hint: Session "w" is still open/);
    assert.equal(given.workspace.requireState("w").status, "failed");
    assert.ok(
      !given.workspace.processes().some(({ command }) => command.some((word) => word.includes("workflow-worker"))),
    );
  });

  it("stop ends a workflow that runs or is paused, in either mode, and keeps its session; the list says running before and failed after", async () => {
    const { workspace } = given;
    const statuses = async (): Promise<string[]> =>
      (await workspace.json<{ sessions: { status: string }[] }>(["list"])).sessions.map(({ status }) => status);
    for (const [body, mode, status] of [
      ["log('waits'); await new Promise(() => {});", "--read-only", "running"],
      ["log('waits'); await pause(session);", "--write-access", "paused"],
    ] as const) {
      write(body);
      const running = workspace.start(runArgs(mode, "--wait-paused"));
      await running.waitFor("stderr", status === "paused" ? /Paused/ : /waits/);
      assert.deepEqual(await statuses(), [status]);
      assert.match(await workspace.ok(["list"]), new RegExp(`^w +R[OW] +${status} `, "m"));
      if (mode === "--write-access")
        assert.match(
          await workspace.ok(["session-mode", "read-only", "--session", "w"]),
          /is now read-only\. Its workflow runs on and may drive the page: `libretto stop --session w` ends it/,
        );
      // It has ended when `stop` has.
      assert.deepEqual(await workspace.json(["stop", "--session", "w"]), {
        session: "w",
        stopped: true,
        status: "failed",
      });
      const ended = await running.exit;
      assert.equal(ended.status, 130);
      assert.match(ended.stderr, /error: The workflow was stopped by cli\.\nhint: Session "w" is still open/);
      assert.deepEqual(await statuses(), ["failed"]);
      assert.ok(!workspace.processes().some(({ command }) => command.some((word) => word.includes("workflow-worker"))));
      assert.equal(await workspace.ok(["readonly-exec", "--session", "w", "await page.title()"]), "The Shelf");
      assert.match(
        (await workspace.cli(["stop", "--session", "w"])).stderr,
        /No workflow runs in session "w": it is failed/,
      );
      await workspace.ok(["close", "--session", "w"]);
    }
  });

  it("each pause waits for its resume; what pauses side by side goes on together, and a session that is not paused says so", async () => {
    const { workspace } = given;
    write(
      "const pauses = async (name: string) => { await pause(session); log('on', name); }; await pauses('one'); await pauses('two'); await Promise.all([pauses('three'), pauses('four')]); return 'end';",
    );
    const running = workspace.start(runArgs("--wait-paused"));
    for (const times of [1, 2]) {
      await running.waitFor("stderr", new RegExp(`(?:Paused at flow\\.ts:6[^]*){${times}}`));
      await untilStatus(workspace, "w", "paused");
      await workspace.ok(["resume", "--session", "w"]);
    }
    await running.waitFor("stderr", /(?:Paused at flow\.ts:6[^]*){4}/);
    await untilStatus(workspace, "w", "paused");
    await workspace.ok(["resume", "--session", "w"]);
    const { status, stdout, stderr } = await running.exit;
    assert.deepEqual([status, stdout], [0, "end\n"], stderr);
    assert.match(stderr, /on one[^]*on two[^]*on three\non four\n$/);

    write("throw new Error('over');");
    await workspace.cli(runArgs());
    const late = await workspace.cli(["resume", "--session", "w"]);
    assert.match(late.stderr, /Nothing is paused in session "w": it is failed/);
    assert.equal(late.status, 1);
  });

  it("run in a session whose workflow failed: with the environment of whoever asks, locked where asked, and telling what cannot be changed", async () => {
    const { workspace } = given;
    write("log('word', process.env.WORD); if (process.env.WORD !== 'right') throw new Error('wrong word');");
    assert.match((await workspace.cli(runArgs(), { env: { WORD: "wrong" } })).stderr, /word wrong/);
    const { status, stderr } = await workspace.cli(runArgs("--read-only", "--viewport", "640x480"), {
      env: { WORD: "right" },
    });
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /warning: Session "w" is open already, and stays as it is: --viewport changes nothing there\.\nSession "w": RO read-only\nword right/,
    );
    assert.equal(workspace.requireState("w").mode, "read-only");
    assert.equal((await workspace.cli(["exec", "--session", "w", "1"])).status, 3);
    assert.ok(
      !readFileSync(join(workspace.sessionsFolder, "w", "state.json"), "utf8").includes("right"),
      "an environment holds secrets",
    );
  });

  it("a host that is killed while its workflow is paused takes it along: the list says failed, and the workflow runs again there", async () => {
    const { workspace } = given;
    write(
      "await page.evaluate(() => { document.title = document.title + '+'; }); if (input.list.length === 0) await pause(session); return page.title();",
    );
    const running = workspace.start(runArgs("--wait-paused"));
    await running.waitFor("stderr", /Paused/);
    await untilStatus(workspace, "w", "paused");
    const { hostPid } = workspace.requireState("w");
    const workers = (): ReturnType<typeof workspace.processes> =>
      workspace.processes().filter(({ command }) => command.some((word) => word.includes("workflow-worker")));
    process.kill(hostPid, "SIGKILL");
    assert.equal((await running.exit).status, 1);
    await waitUntilGone(workers);
    assert.match(await workspace.ok(["list"]), /w +RW +failed \(no host\)/);
    const params = JSON.stringify({ url: given.site.url("/"), list: [1] });
    assert.equal(
      await workspace.ok(["run", "flow.ts", "--headless", "--session", "w", "--params", params]),
      "The Shelf+",
    );
  });

  it("parameters come from standard input, too; a value of any size that is thrown leaves a record that can be read", async () => {
    const { workspace } = given;
    write("return input.list;");
    assert.deepEqual(
      JSON.parse(
        (
          await workspace.cli(["run", "flow.ts", "--headless", "--params-file", "-"], {
            input: JSON.stringify({ url: given.site.url("/"), list: [7] }),
          })
        ).stdout,
      ),
      [7],
    );
    write("throw 'x'.repeat(1_000_000);");
    const { message } = await failure();
    assert.ok(message.length < 1_000);
    assert.match(await workspace.ok(["list"]), /^w +RW +failed /m);
  });

  it("a session's workflow runs again with its parameters, which are on no disk; in read-only mode it is refused", async () => {
    const { workspace } = given;
    write("log('ran', input.list); throw new Error('again');");
    await workspace.cli([
      "run",
      "flow.ts",
      "--headless",
      "--session",
      "w",
      "--params",
      JSON.stringify({ url: given.site.url("/"), list: [4711] }),
    ]);
    const heard: string[] = [];
    const client = await HostClient.connect(workspace.requireState("w").socketPath, "test", "w");
    assert.ok(client);
    try {
      await assert.rejects(
        client.request("run", { again: true }, { console: ({ text }) => heard.push(text) }),
        /again/,
      );
      assert.deepEqual(heard, ["ran [ 4711 ]"]);
      // One that was stopped says so, and the next one tells what it failed of itself.
      write("log('waits'); await new Promise(() => {});");
      let begun = (): void => undefined;
      const waits = new Promise<void>((resolve) => (begun = resolve));
      const stopped = assert.rejects(
        client.request("run", { again: true }, { console: () => begun() }),
        /stopped by cli/,
      );
      await waits;
      await workspace.ok(["stop", "--session", "w"]);
      await stopped;
      write("throw new Error('its own');");
      await assert.rejects(client.request("run", { again: true }), /its own/);
      assert.match(workspace.requireState("w").reason ?? "", /its own/);
      assert.ok(!readFileSync(join(workspace.sessionsFolder, "w", "state.json"), "utf8").includes("4711"));
      await workspace.ok(["session-mode", "read-only", "--session", "w"]);
      await assert.rejects(client.request("run", { again: true }), /run is refused: session "w" is read-only/);
    } finally {
      client.close();
    }
  });

  it("what TypeScript alone knows and cannot be run here is named with its line", async () => {
    const cases: [head: string, message: RegExp][] = [
      [
        "namespace Shop {\n  export const name = 'shelf';\n}\nvoid Shop;",
        /a namespace that holds more than types is not supported in workflows.*flow\.ts:3:1\): namespace Shop \{/,
      ],
      [
        "function seen(target: unknown): void { void target; }\n@seen class A {}\nvoid A;",
        /decorators are not supported in workflows \(flow\.ts:4:1\): @seen class A/,
      ],
    ];
    for (const [head, message] of cases) {
      write("", head);
      assert.match((await failure()).message, message);
    }
    write(
      "return (1 as Types.N) + `\nnamespace X {\nconst a = 1;\n`.length;",
      "namespace Types {\n  export type N = number;\n}\n/*\nnamespace Y {\nconst b = 1;\n}\n*/",
    );
    assert.equal((await given.workspace.cli(runArgs())).stdout, "29\n");
  });

  it("on a terminal a live line tells what runs and for how long, and makes room for the log", async function () {
    needTerminal(this);
    const { workspace } = given;
    write(
      "await page.waitForTimeout(2_500); log('half way'); await page.waitForTimeout(1_500); await pause(session); return 'done';",
    );
    const child = spawn(...onTerminal(runArgs("--wait-paused")), {
      cwd: workspace.folder,
      env: { ...workspace.env, TERM: "xterm" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let seen = "";
    // Heard from the start: it may end before the command that lets it go on.
    const closed = new Promise((resolve) => child.once("close", resolve));
    const paused = new Promise<void>((resolve) =>
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        seen += text;
        if (/Paused: flow\.ts in w · 0:\d\d/.test(seen)) resolve();
      }),
    );
    await Promise.race([paused, closed]);
    await workspace.ok(["resume", "--session", "w"]);
    assert.equal(await closed, 0, seen);
    const erase = "\u001B[2K";
    assert.match(seen, /Running flow\.ts in w · 0:\d\d/);
    assert.ok(seen.includes(`\r${erase}half way\r\n`), JSON.stringify(seen));
    assert.ok(
      (seen.match(/Running flow\.ts in w · 0:\d\d/g) ?? []).length >= 2,
      "it comes back below the log, and counts on",
    );
    assert.match(seen.split(erase).at(-1) ?? "", /^(?:Resumed\.\r\n)?done\r\n$/, "nothing of it is left at the end");
  });

  it("a log that was cut short because too much came at once is heard again later", async () => {
    write(
      "log('x'.repeat(17 * 1024 * 1024)); log('too soon'); await page.waitForTimeout(6_000); log('later'); return 'end';",
    );
    const { status, stderr } = await given.workspace.cli(runArgs());
    assert.equal(status, 0);
    assert.match(stderr.slice(-500), /more than 16 MiB; the rest of its output is left out\.\nlater\n$/);
  });

  it("a workflow that fills the memory is told as such", async function () {
    if (process.platform !== "linux")
      return leaveOut(this, "a process with less memory than Node takes: Linux has prlimit");
    // Nothing of the environment makes Node take less, and to fill what it takes lasts minutes on a slow machine.
    write(
      `const size = Number(/VmSize:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
       execFileSync("prlimit", ["--pid", String(process.pid), \`--as=\${size + 300_000_000}\`]);
       const all: unknown[] = []; for (;;) all.push(new Array(1_000_000).fill(all.length));`,
      'import { execFileSync } from "node:child_process";\nimport { readFileSync } from "node:fs";',
    );
    assert.equal((await failure()).message, "The workflow ran out of memory.");
    assert.equal(given.workspace.requireState("w").status, "failed");
  });

  it("the death of the browser ends a workflow, paused or not, and is told as such", async () => {
    const { workspace } = given;
    for (const [body, told] of [
      ["log('waits'); await new Promise(() => {});", /waits/],
      ["await pause(session);", /Paused/],
    ] as const) {
      write(body);
      const running = workspace.start(runArgs("--wait-paused"));
      await running.waitFor("stderr", told);
      process.kill(workspace.requireState("w").browserPid ?? 0, "SIGKILL");
      const { status, stderr } = await running.exit;
      assert.equal(status, 1);
      assert.match(stderr, /error: Session "w" ended while its workflow ran: The browser ended\./);
      await untilStatus(workspace, "w", "exited");
      assert.equal(workspace.requireState("w").workflow?.running, false);
    }
  });

  it("close ends a workflow with its session", async () => {
    const { workspace } = given;
    write("log('waits'); await new Promise(() => {});");
    const running = workspace.start(runArgs("--wait-paused"));
    await running.waitFor("stderr", /waits/);
    await workspace.ok(["close", "--session", "w"]);
    const { status, stderr } = await running.exit;
    assert.equal(status, 1);
    assert.match(stderr, /Session "w" ended while its workflow ran: Closed by cli\./);
    await waitUntilGone(() => workspace.processes());
  });

  it("a workflow that takes its own host down is told, ends, and leaves the browser to the next command", async () => {
    const { workspace } = given;
    write(
      "await page.evaluate(() => { document.title = 'kept' }); writeFileSync('pid', String(process.pid)); process.kill(process.ppid, 'SIGKILL'); await null; while (true) {}",
      'import { writeFileSync } from "node:fs";',
    );
    const { status, stderr } = await workspace.cli(runArgs());
    const pid = readFileSync(join(workspace.folder, "pid"), "utf8");
    assert.equal(status, 1);
    assert.match(stderr, /host ended while the workflow ran/);
    await waitUntilGone(() => [findProcess(Number(pid))].flatMap((found) => found ?? []));
    assert.equal(await workspace.ok(["readonly-exec", "--session", "w", "await page.title()"]), "kept");
    const { status: left, workflow } = workspace.requireState("w");
    assert.deepEqual([left, workflow?.running], ["failed", false]);
  });

  it("run --cdp works on a browser that is there, and leaves it there", async () => {
    const { workspace, site } = given;
    const outer = await workspace.open(site.url("/form"), "--session", "outer");
    const { cdpEndpoint } = workspace.requireState(outer);
    workspace.write(
      "flow.ts",
      'import { workflow } from "libretto"; export default workflow("there", {}, async ({ page }) => { await page.getByLabel("Name").fill("Ada"); return page.title(); });',
    );
    assert.equal(await workspace.ok(["run", "flow.ts", "--cdp", cdpEndpoint ?? ""]), "Form");
    using witness = await Witness.connect(cdpEndpoint);
    assert.equal(await witness.evaluate("document.forms[0].name.value", "/form"), "Ada");
    await workspace.ok([
      "exec",
      "--session",
      outer,
      `await (await context.newPage()).goto(${JSON.stringify(site.url("/table"))})`,
    ]);
    const { pages } = await workspace.json<{ pages: { id: string; url: string }[] }>(["pages", "--session", outer]);
    const form = pages.find(({ url }) => url.endsWith("/form"));
    workspace.write(
      "flow.ts",
      'import { workflow } from "libretto"; export default workflow("there", {}, ({ page }) => page.title());',
    );
    assert.equal(await workspace.ok(["run", "flow.ts", "--cdp", cdpEndpoint ?? "", "--page", form?.id ?? ""]), "Form");
    assert.equal((await witness.pages()).length, 2);
  });
});
