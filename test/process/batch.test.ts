import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { expect } from "playwright/test";
import { cliPath } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { needTerminal, onTerminal } from "../support/terminal.js";

interface Answer {
  id?: string | number;
  line?: number;
  status?: number;
  result?: Record<string, unknown>;
  console?: string;
  error?: { code: string; message: string; hint: string };
}

describe("S28: batch and shell", () => {
  const given = useFixtures("batch");

  async function batch(...lines: (object | string)[]): Promise<{ answers: Answer[]; status: number | null }> {
    const input = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
    const { stdout, status } = await given.workspace.cli(["batch"], { input });
    return {
      answers: stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Answer),
      status,
    };
  }
  const answerOf = (answers: Answer[], id: string | number): Answer =>
    answers.find((answer) => answer.id === id && answer.status !== undefined) ?? assert.fail(`no answer ${id}`);

  /** A shell as at a terminal, for the session "first". */
  function startTerminal(): {
    type: (keys: string) => void;
    shown: () => string;
    until: (what: RegExp) => Promise<void>;
    exit: () => Promise<void>;
    kill: () => void;
  } {
    const script = spawn(...onTerminal(["shell", "--session", "first"]), {
      cwd: given.workspace.folder,
      env: given.workspace.env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    let shown = "";
    script.stdout.setEncoding("utf8").on("data", (text: string) => (shown += stripVTControlCharacters(text)));
    return {
      type: (keys) => void script.stdin.write(keys),
      shown: () => shown,
      until: (what) => expect.poll(() => shown, { timeout: 20_000 }).toMatch(what),
      exit: async () => {
        const ended = once(script, "exit");
        script.stdin.write("exit\r");
        await ended;
      },
      kill: () => {
        if (script.exitCode === null) script.kill("SIGKILL");
      },
    };
  }

  it("commands that follow an open in one stream work on the session that it opens, and each answer has its id", async () => {
    const { answers, status } = await batch(
      { id: "open", args: ["open", given.site.url("/form"), "--headless", "--session", "many"] },
      { id: "fill", args: ["exec", "-s", "many", "await page.locator('input').first().fill('typed')"] },
      { id: "read", args: ["readonly-exec", "-s", "many", "-"], input: "console.log('heard'); return page.url()" },
      { id: "look", args: ["readonly-exec", "--session=many", "page.locator('input').first().inputValue()"] },
    );
    assert.equal(status, 0);
    assert.equal(answerOf(answers, "read").result?.["result"], given.site.url("/form"));
    assert.equal(answerOf(answers, "look").result?.["result"], "typed", "a read waits for what drives before it");
    assert.deepEqual(
      answers.filter((answer) => answer.console !== undefined),
      [{ id: "read", console: "heard\n" }],
    );
  });

  it("S28: the exit status is 0 where every answer's is, and 1 for a single one of any kind that is not", async () => {
    const well = { id: "well", args: ["act", "-s", "many", "fill", "locator('input').first()", "acted"] };
    const look = { id: "look", args: ["readonly-exec", "-s", "many", "page.locator('input').first().inputValue()"] };
    const good = await batch(well, look);
    assert.deepEqual([answerOf(good.answers, "look").result?.["result"], good.status], ["acted", 0]);
    const failures: [what: string, status: number, ...lines: (object | string)[]][] = [
      [
        "a step that failed, told in the result",
        5,
        { args: ["act", "-s", "many", "-t", "1", "click", "locator('#none')"] },
      ],
      ["what has no session", 4, { args: ["pages", "-s", "missing"] }],
      ["wrong use", 2, { args: ["pages", "--nonsense"] }],
      ["a line that is no command", 2, "no json"],
      ["code that failed", 1, { args: ["exec", "-s", "many", "throw new Error('no')"] }],
      [
        "what was cancelled",
        130,
        { id: "stuck", args: ["readonly-exec", "-s", "many", "page.locator('#never').waitFor()"] },
        { cancel: "stuck" },
      ],
    ];
    for (const [what, failed, ...lines] of failures) {
      // What is well before and after it makes up for nothing.
      const { answers, status } = await batch(look, ...lines, { ...look, id: "after" });
      const told = answers.flatMap((answer) => answer.status ?? []).sort((a, b) => a - b);
      assert.deepEqual([told, status], [[0, 0, failed], 1], what);
    }
  });

  it("a failure, a refusal and a line that is no command are answers too, and the exit status tells", async () => {
    const { answers, status } = await batch(
      "\uFEFF",
      { id: 1, args: ["session-mode", "read-only", "-s", "many"] },
      "no json",
      { id: 3, args: ["pages", "-s", "missing"] },
      { id: 4, args: ["batch"] },
      { id: 5, args: ["pages", "-s", "many"], extra: 1 },
      { id: 6, args: ["pages", "--nonsense"] },
    );
    assert.equal(status, 1);
    assert.equal(answerOf(answers, 1).status, 0);
    assert.equal(answerOf(answers, 3).status, 4);
    assert.deepEqual([answerOf(answers, 4).status, answerOf(answers, 4).error?.code], [2, "Usage"]);
    assert.deepEqual(
      answers.filter(({ line }) => line !== undefined).map(({ line, status: of }) => [line, of]),
      [
        [3, 2],
        [6, 2],
      ],
    );
    assert.match(answerOf(answers, 6).error?.message ?? "", /--nonsense/);
    const refused = await batch({ id: 7, args: ["exec", "-s", "many", "1"] });
    assert.equal(answerOf(refused.answers, 7).status, 3);
  });

  it("close, session-mode and list do not wait for a read of a page that never answers; a cancelled one says so", async () => {
    const running = given.workspace.start(["batch"]);
    const send = (line: object): void => void running.write(`${JSON.stringify(line)}\n`);
    send({ id: "stuck", args: ["readonly-exec", "-s", "many", "page.locator('#never').waitFor()"] });
    send({ id: "cancelled", args: ["readonly-exec", "-s", "many", "page.locator('#never').waitFor()"] });
    send({ id: "mode", args: ["session-mode", "-s", "many"] });
    await running.waitFor("stdout", /"id":"mode"/);
    send({ cancel: "cancelled" });
    await running.waitFor("stdout", /"id":"cancelled","status":130/);
    send({ id: "list", args: ["list"] });
    await running.waitFor("stdout", /"id":"list"/);
    send({ id: "close", args: ["close", "-s", "many"] });
    running.end();
    const { stdout } = await running.exit;
    assert.ok(stdout.indexOf('"id":"close","status":0') > 0, stdout);
    assert.ok(!/"id":"stuck"[^\n]*\n[^]*"id":"list"/.test(stdout), "the stuck read was answered last");
    assert.equal(given.workspace.state("many"), undefined);
  });

  it("a session that was closed is told as closed, and one opened again under its name is another", async () => {
    const child = spawn(process.execPath, [cliPath, "batch"], {
      env: given.workspace.env,
      cwd: given.workspace.folder,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    const lines = createInterface({ input: child.stdout });
    const ask = async (...args: string[]): Promise<Answer> => {
      child.stdin.write(`${JSON.stringify({ id: 1, args })}\n`);
      for (;;) {
        const [line] = (await once(lines, "line")) as [string];
        const answer = JSON.parse(line) as Answer;
        if (answer.status !== undefined) return answer;
      }
    };
    const named = ["--session", "again"];
    const read = ["readonly-exec", ...named, "return await page.title()"];
    try {
      for (const title of ["first", "second", "third"]) {
        assert.equal((await ask("open", `data:text/html,<title>${title}</title>`, "--headless", ...named)).status, 0);
        assert.equal((await ask(...read)).result?.["result"], title);
        assert.equal((await ask("close", ...named)).status, 0);
        const { error } = await ask(...read);
        assert.deepEqual([error?.code, error?.message], ["NoSuchSession", 'Session "again" is closed.']);
      }
    } finally {
      child.stdin.end();
      await exited;
    }
  });

  it("shell runs the lines that it is given, and `use` sets the session that they mean", async () => {
    await given.workspace.ok(["open", "--headless", "--read-only", "--session", "first"]);
    await given.workspace.ok(["open", "--headless", "--read-only", "--session", "second"]);
    const { stdout, stderr, status } = await given.workspace.cli(["shell"], {
      input: 'use second\nsession-mode\nreadonly-exec "1 + 1"\nbogus\n# nothing\nexec 1\n',
    });
    assert.equal(stdout, "read-only\n2\n");
    assert.match(stderr, /There is no command "bogus"/);
    assert.match(stderr, /session "second" is read-only/);
    assert.equal(status, 3, "the last command's");
  });

  it("S28: at a terminal list, session-mode and close are answered while a read of a stuck page goes on; Ctrl-C ends it", async function () {
    needTerminal(this);
    await given.workspace.ok(["open", "--headless", "--read-only", "--session", "third"]);
    const terminal = startTerminal();
    const { until } = terminal;
    try {
      await until(/libretto first> $/);
      terminal.type("readonly-exec \"console.log('begun'); await page.locator('#never').waitFor()\"\r");
      await until(/\nbegun/);
      for (const [line, answer] of [
        ["list", /third[^\n]+\n/],
        ["session-mode", /\nread-only\r?\n/],
        ["close -s third", /Session "third" closed/],
      ] as const) {
        const from = terminal.shown().length;
        terminal.type(`${line}\r`);
        await expect.poll(() => terminal.shown().slice(from), { timeout: 20_000 }).toMatch(answer);
      }
      assert.equal(given.workspace.state("third"), undefined);
      // An own line waits its turn, and the stuck read is still the one that runs.
      terminal.type("use second\r");
      assert.doesNotMatch(terminal.shown(), /libretto second>/);
      terminal.type("\x03");
      await until(/libretto second> $/);
      await terminal.exit();
    } finally {
      terminal.kill();
    }
  });

  it("S28: at a terminal the arrow key goes through the lines of earlier shells, the newest first", async function () {
    needTerminal(this);
    const earlier = startTerminal();
    try {
      await earlier.until(/libretto first> $/);
      for (const text of ["older", "newer"]) {
        earlier.type(`readonly-exec "'the ' + '${text}'"\r`);
        await earlier.until(new RegExp(`the ${text}\r?\nlibretto first> $`));
      }
      await earlier.exit();
    } finally {
      earlier.kill();
    }
    const later = startTerminal();
    try {
      await later.until(/libretto first> $/);
      for (const text of ["newer", "older"]) {
        later.type("\u001b[A");
        await later.until(new RegExp(`first> readonly-exec "'the ' \\+ '${text}'"$`));
      }
      later.type("\r");
      await later.until(/the older\r?\n/);
      await later.exit();
    } finally {
      later.kill();
    }
  });

  it("E 130: Ctrl-C ends batch, with what still runs", async () => {
    const running = given.workspace.start(["batch"]);
    running.write(
      '{ "id": 1, "args": ["readonly-exec", "--session", "first", "console.log(1); await page.getByText(\'nowhere\').waitFor()"] }\n',
    );
    await running.waitFor("stdout", /"console"/);
    running.interrupt();
    assert.equal((await running.exit).status, 130);
  });

  it("C: LIBRETTO_SESSION is the session where --session is left out, and --session overrides it", async () => {
    const env = { LIBRETTO_SESSION: "second" };
    const one = JSON.parse(await given.workspace.ok(["session-mode", "--json"], { env })) as { session: string };
    const other = await given.workspace.ok(["session-mode", "--json", "-s", "first"], { env });
    assert.equal(one.session, "second");
    assert.equal((JSON.parse(other) as { session: string }).session, "first");
    const { status } = await given.workspace.cli(["pages"], { env: { LIBRETTO_SESSION: "missing" } });
    assert.equal(status, 4);
  });
});
