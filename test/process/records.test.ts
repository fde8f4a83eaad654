import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failureOf } from "../support/cli.js";
import { useFixtures } from "../support/fixtures.js";
import { findProcess } from "../support/processTable.js";
import { sessionStateSchema } from "../../src/sessions/model/state.js";
import type { ErrorData } from "../../src/sessions/util/errors.js";
import { leaveOut } from "../support/leaveOut.js";

describe("F the record of a session", () => {
  const given = useFixtures("records", "each");

  it("F: state.json holds every field of the format, and what it says is true", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "true", "--viewport", "800x600");
    const state = workspace.requireState("true");
    assert.deepEqual(sessionStateSchema.parse(state), state);
    assert.equal(state.version, 1);
    assert.equal(state.kind, "launched");
    assert.equal(state.headless, true);
    assert.equal(state.url, site.url());
    assert.deepEqual(state.viewport, { width: 800, height: 600 });
    assert.ok(findProcess(state.hostPid)?.command.some((word) => word.endsWith("host.js")));
    assert.ok(findProcess(state.browserPid ?? 0)?.command.includes(`--user-data-dir=${state.profilePath}`));
    assert.match(state.startedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(new URL(state.cdpEndpoint ?? "").port, String(state.port));
    assert.ok(existsSync(state.socketPath));
  });

  it("F: the address in the record follows the page", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "follow");
    await workspace.ok(["exec", "--session", "follow", `await page.goto(${JSON.stringify(site.url("/form"))})`]);
    const deadline = Date.now() + 5_000;
    while (workspace.requireState("follow").url !== site.url("/form") && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(workspace.requireState("follow").url, site.url("/form"));
    assert.match(await workspace.ok(["list"]), /\/form/);
  });

  const broken: [what: string, text: string, told: RegExp][] = [
    ["half a file", '{"version":1,"sess', /cannot be read/],
    ["an empty file", "", /cannot be read/],
    ["zeros, as after a power cut", "\0".repeat(400), /cannot be read/],
    ["a list", "[1,2]", /cannot be read/],
    ["null", "null", /cannot be read/],
    ["a version to come", '{"version":99,"session":"bad"}', /version 99/],
    ["an older version", '{"version":0,"session":"bad"}', /version 0/],
    [
      "a pid of text",
      '{"version":1,"session":"bad","status":"active","mode":"read-only","kind":"launched","hostPid":"1; rm -rf /"}',
      /cannot be read/,
    ],
    [
      "a mode that there is not",
      '{"version":1,"session":"bad","status":"active","mode":"admin","kind":"launched","hostPid":1}',
      /cannot be read/,
    ],
  ];
  for (const [what, text, told] of broken) {
    it(`F: a record with ${what} is listed as broken beside the others, a command on it says what to do, and close drops it`, async () => {
      const { workspace, site } = given;
      await workspace.open(site.url(), "--session", "good");
      workspace.write(".libretto/sessions/bad/state.json", text);
      const listed = await workspace.cli(["list"]);
      assert.equal(listed.status, 0, listed.stderr);
      assert.match(listed.stdout, /good/);
      assert.match(listed.stdout, /bad.*broken|broken.*bad/);
      const { sessions } = await workspace.json<{
        sessions: { session: string; liveness: string; status: string; error?: ErrorData }[];
      }>(["list"]);
      assert.deepEqual(
        sessions.map(({ session, liveness, status, error }) => [session, liveness, status, error?.code]),
        [
          ["good", "live", "active", undefined],
          ["bad", "broken", "broken", "BrokenState"],
        ],
      );
      assert.match(sessions[1]?.error?.hint ?? "", /close --session bad/);
      const failure = failureOf(await workspace.cli(["pages", "--session", "bad"]));
      assert.equal(failure.status, 1);
      assert.match(failure.message, told);
      assert.match(failure.hint, /close --session bad/);
      assert.equal(
        await workspace.ok(["readonly-exec", "return await page.title()"]),
        "The Shelf",
        "the broken one is no candidate",
      );
      await workspace.ok(["close", "--session", "bad"]);
      assert.equal(existsSync(join(workspace.sessionsFolder, "bad", "state.json")), false);
    });
  }

  it("F: a record that is a folder is broken, and close drops it", async () => {
    const { workspace, site } = given;
    workspace.write(".libretto/sessions/odd/state.json/inside", "x");
    assert.match(await workspace.ok(["list"]), /odd .* broken/);
    await workspace.ok(["close", "--session", "odd"]);
    await workspace.open(site.url(), "--session", "odd");
    assert.equal(workspace.requireState("odd").status, "active");
  });

  it("F: a page whose address is longer than a record holds leaves the session as it was", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "long");
    await workspace.ok([
      "exec",
      "--session",
      "long",
      "await page.goto('data:text/html,<title>Long</title>' + 'x'.repeat(100_000))",
    ]);
    const deadline = Date.now() + 5_000;
    while (!workspace.requireState("long").url.startsWith("data:") && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(sessionStateSchema.safeParse(workspace.requireState("long")).error, undefined);
    assert.match(await workspace.ok(["list"]), /long .* active/);
    assert.equal(await workspace.ok(["readonly-exec", "--session", "long", "return await page.title()"]), "Long");
  });

  it("F: strange things in the sessions folder do not disturb a list", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "good");
    workspace.write(".libretto/sessions/a file", "x");
    workspace.write(".libretto/sessions/..data/state.json", "{}");
    mkdirSync(join(workspace.sessionsFolder, "folder", "state.json"), { recursive: true });
    mkdirSync(join(workspace.sessionsFolder, "empty"));
    if (process.platform !== "win32") symlinkSync("/etc/passwd", join(workspace.sessionsFolder, "link"));
    const result = await workspace.cli(["list"]);
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout, /good/);
  });

  it("F: a record that names files outside does not have them removed", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "sly");
    const { hostPid, browserPid } = workspace.requireState("sly");
    process.kill(hostPid, "SIGKILL");
    process.kill(browserPid ?? 0, "SIGKILL");
    const precious = join(workspace.scratch, "precious");
    mkdirSync(precious);
    writeFileSync(join(precious, "file"), "dear");
    const path = join(workspace.sessionsFolder, "sly", "state.json");
    const state = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    const climbing = `${String(state["profilePath"])}/../../../../scratch/precious`;
    for (const profilePath of [precious, climbing]) {
      writeFileSync(
        path,
        JSON.stringify({
          ...state,
          profilePath,
          socketPath: join(precious, "file"),
          browserPid: null,
          browserStartedAt: null,
        }),
      );
      await workspace.cli(["close", "--session", "sly"]);
      assert.equal(readFileSync(join(precious, "file"), "utf8"), "dear");
    }
    rmSync(join(workspace.stateHome, "libretto", "profiles"), { recursive: true, force: true });
  });

  it("F: a record that names another program's socket does not have it removed", async function () {
    if (process.platform === "win32") leaveOut(this, "another program's socket: Windows has named pipes instead");
    const { workspace, site } = given;
    await workspace.open(site.url(), "--session", "sly");
    const { hostPid, browserPid } = workspace.requireState("sly");
    process.kill(hostPid, "SIGKILL");
    process.kill(browserPid ?? 0, "SIGKILL");
    const socketPath = join(workspace.scratch, "bus");
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(socketPath, resolve));
    try {
      const path = join(workspace.sessionsFolder, "sly", "state.json");
      writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), socketPath }));
      await workspace.ok(["close", "--session", "sly"]);
      assert.ok(existsSync(socketPath));
    } finally {
      other.close();
    }
  });

  it("F: a list while sessions open and close never fails and never shows a broken one", async () => {
    const { workspace, site } = given;
    let changing = true;
    const lists = (async () => {
      let count = 0;
      while (changing) {
        const result = await workspace.cli(["list", "--json"]);
        assert.equal(result.status, 0, result.stderr);
        assert.doesNotMatch(result.stdout, /broken/);
        count++;
      }
      return count;
    })();
    for (let round = 0; round < 3; round++) {
      await Promise.all(["x", "y"].map((name) => workspace.open(site.url(), "--session", name)));
      await workspace.ok(["close", "--all"]);
    }
    changing = false;
    assert.ok((await lists) > 3);
  });

  it("a folder that cannot be written is an error that names it", async function () {
    if (process.platform === "win32" || process.getuid?.() === 0)
      leaveOut(this, "a folder that cannot be written: root writes everywhere, and Windows has other rights");
    const { workspace, site } = given;
    chmodSync(workspace.librettoFolder, 0o500);
    const { message } = failureOf(await workspace.cli(["open", site.url(), "--headless"]));
    assert.ok(message.includes(workspace.librettoFolder));
  });
});

describe("F the logs of a session", () => {
  const given = useFixtures("rows");

  it("F: every line of every log is one JSON object whose ts is an ISO 8601 UTC time with milliseconds", async () => {
    const { workspace, site } = given;
    await workspace.open(site.url("/requests"), "--session", "rows");
    const witness = await given.witness("rows");
    await witness.until("document.querySelector('#done').textContent");
    await workspace.ok(["exec", "--session", "rows", "await page.getByRole('heading').first().click()"]);
    await workspace.cli(["readonly-exec", "--session", "rows", "await page.click('h1')"]);
    await workspace.ok(["close", "--session", "rows"]);
    for (const file of ["logs", "network", "actions"] as const) {
      assert.match(readFileSync(join(workspace.sessionsFolder, "rows", `${file}.jsonl`), "utf8"), /\n$/);
      const rows = workspace.log<{ ts: string }>("rows", file);
      assert.ok(rows.length > 0, file);
      for (const row of rows) assert.match(row.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
  });
});

describe("The socket of a session", () => {
  const given = useFixtures("socket");
  before(async () => {
    await given.workspace.open(given.site.url("/counter"), "--session", "talk", "--read-only");
  });

  /** Sends lines as they are and gives back what the host answered until it closed or all ids were answered. */
  const talk = (
    lines: string[],
    answers: number,
  ): Promise<
    { id?: unknown; result?: unknown; error?: { message: string; data?: { code: string; hint: string } } }[]
  > =>
    new Promise((resolve, reject) => {
      const socket = connect(given.workspace.requireState("talk").socketPath);
      const timer = setTimeout(() => reject(new Error("The host did not answer.")), 10_000);
      let text = "";
      const finish = (): void => {
        clearTimeout(timer);
        socket.destroy();
        resolve(
          text
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line) as { id?: unknown }),
        );
      };
      socket.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (text.split("\n").length > answers) finish();
      });
      socket.on("close", finish);
      socket.on("error", reject);
      for (const line of lines) socket.write(`${line}\n`);
    });
  const hello = (changes: object = {}): string =>
    JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "hello",
      params: { protocol: 1, version: "0.1.0", client: "test", session: "talk", ...changes },
    });
  const request = (method: string, params: unknown = {}): string =>
    JSON.stringify({ jsonrpc: "2.0", id: 2, method, params });

  it("the mode is enforced in the host: exec through the socket is refused in read-only mode", async () => {
    const [, answer] = await talk([hello(), request("exec", { code: "await page.click('#add')" })], 2);
    assert.equal(answer?.error?.data?.code, "RefusedByMode");
    assert.equal(given.site.counter, 0);
  });

  it("a client of another protocol is told which command mends it, and nothing that it asks is done", async () => {
    const [greeting, answer] = await talk(
      [hello({ protocol: 999 }), request("session-mode", { mode: "write-access" })],
      2,
    );
    assert.equal(greeting?.error?.data?.code, "VersionMismatch");
    assert.match(greeting.error.data.hint, /libretto close --session talk/);
    assert.equal(answer?.error?.data?.code, "VersionMismatch");
    assert.equal(given.workspace.requireState("talk").mode, "read-only");
  });

  it("a request without a greeting is refused", async () => {
    const [answer] = await talk([request("session-mode", { mode: "write-access" })], 1);
    assert.ok(answer?.error);
    assert.equal(given.workspace.requireState("talk").mode, "read-only");
  });

  for (const [what, line] of [
    ["text that is not JSON", "hello there"],
    ["a number", "42"],
    ["null", "null"],
    ["an unknown method", request("evaluate", { code: "1" })],
    ["a method of Object.prototype", request("constructor")],
    ["parameters of the wrong type", request("session-mode", { mode: 1 })],
    ["unknown parameters", request("session-mode", { mode: "write-access", because: "please" })],
    ["parameters that are a list", request("readonly-exec", ["return 1"])],
    [
      "a prototype in the parameters",
      '{"jsonrpc":"2.0","id":2,"method":"session-mode","params":{"__proto__":{"mode":"write-access"}}}',
    ],
    ["a page id that is a path", request("snapshot", { page: "../../../etc" })],
    ["a ref that is code", request("snapshot", { ref: "e1;rm" })],
    ["a timeout beyond reason", request("readonly-exec", { code: "1", timeoutMs: 1e12 })],
  ] as const) {
    it(`${what} on the socket is answered with an error, and the session goes on`, async () => {
      const answers = await talk([hello(), line], 2);
      assert.ok(
        answers.some(({ error }) => error),
        JSON.stringify(answers),
      );
      assert.equal(given.workspace.requireState("talk").mode, "read-only");
      assert.equal(
        await given.workspace.ok(["readonly-exec", "--session", "talk", "return await page.title()"]),
        "Counter",
      );
    });
  }

  it("the socket is open to its user alone", async function () {
    if (process.platform === "win32") leaveOut(this, "the socket's mode: Windows has named pipes instead");
    const { statSync } = await import("node:fs");
    const { socketPath } = given.workspace.requireState("talk");
    assert.equal(statSync(socketPath).mode & 0o077, 0);
    assert.equal(statSync(join(socketPath, "..")).mode & 0o077, 0);
    assert.ok(Buffer.byteLength(socketPath) < 100);
  });

  it("a hundred connections that say nothing do not hold up a command", async () => {
    const { socketPath } = given.workspace.requireState("talk");
    const idle = Array.from({ length: 100 }, () => connect(socketPath));
    await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    assert.match(await given.workspace.ok(["pages", "--session", "talk"]), /Counter/);
    for (const socket of idle) socket.destroy();
  });

  it("a workspace on a long path works all the same", async () => {
    const { workspace, site } = given;
    const long = join(workspace.folder, ..."a very long name of a folder/".repeat(6).split("/").filter(Boolean));
    mkdirSync(join(long, ".libretto"), { recursive: true });
    await workspace.ok(["open", site.url(), "--headless", "--session", "deep"], { cwd: long });
    assert.equal(
      await workspace.ok(["readonly-exec", "--session", "deep", "return await page.title()"], { cwd: long }),
      "The Shelf",
    );
    await workspace.ok(["close", "--all"], { cwd: long });
  });
});
