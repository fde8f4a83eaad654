import assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { LogKind } from "../../src/sessions/logs/rows.js";
import { cliPath, failureOf, jsonFailureOf, Workspace } from "../support/cli.js";
import { Site } from "../support/site.js";
import { needTerminal, shownOnTerminal } from "../support/terminal.js";

const at = (second: number): string => new Date(Date.UTC(2026, 10, 23, 1, 2, second)).toISOString();
const request = (second: number, fields: object = {}): object => ({
  ts: at(second),
  id: `r${second}`,
  pageId: "p1",
  method: "GET",
  url: `https://shop.example/${second}`,
  resourceType: "fetch",
  status: 200,
  statusText: "OK",
  contentType: "text/html",
  requestHeaders: {},
  responseHeaders: {},
  size: 1234,
  duration: 56,
  fromCache: false,
  ...fields,
});
const log = (second: number, fields: object = {}): object => ({
  ts: at(second),
  level: "info",
  event: "test.row",
  message: `message ${second}`,
  ...fields,
});
const action = (second: number, fields: object = {}): object => ({
  ts: at(second),
  source: "user",
  pageId: "p1",
  action: "click",
  selector: "#buy",
  duration: 7,
  success: true,
  ...fields,
});
const lines = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

describe("libretto logs", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace("logs");
  });
  afterEach(() => workspace.dispose());

  const path = (kind: string): string => join(workspace.sessionsFolder, "ended", kind);
  /** A session of which only the logs are left. */
  const ended = (rows: Partial<Record<LogKind, object[]>>): void => {
    mkdirSync(join(workspace.sessionsFolder, "ended"), { recursive: true });
    for (const [kind, some] of Object.entries(rows)) writeFileSync(path(`${kind}.jsonl`), lines(some));
  };
  const logs = (...args: string[]): Promise<string> => workspace.ok(["logs", "--session", "ended", ...args]);
  const idsOf = (output: string): string[] =>
    output
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { id: string }).id);

  describe("of a session that has ended, with no host", () => {
    it("shows its own log, its requests, its actions, or all of them merged by time", async () => {
      ended({
        logs: [log(1), log(5, { level: "error", data: { pid: 12 } })],
        network: [request(2), request(4, { status: 404 })],
        actions: [action(3)],
      });
      const kinds = async (...args: string[]): Promise<string[]> =>
        (await logs(...args, "--json")).split("\n").map((line) => {
          const row = JSON.parse(line) as { log: string; ts: string };
          return `${row.log} ${row.ts.slice(17, 19)}`;
        });
      assert.deepEqual(await kinds(), ["logs 01", "logs 05"]);
      assert.deepEqual(await kinds("--network"), ["network 02", "network 04"]);
      assert.deepEqual(await kinds("--actions"), ["actions 03"]);
      assert.deepEqual(await kinds("--all"), ["logs 01", "network 02", "actions 03", "network 04", "logs 05"]);
      assert.deepEqual(await kinds("--network", "--actions"), ["network 02", "actions 03", "network 04"]);
    });

    it("puts a request where it began, though its row was written when it ended", async () => {
      ended({ logs: [log(2), log(6)], network: [request(3), request(1, { duration: 9000 }), request(5), request(4)] });
      const times = async (...args: string[]): Promise<string> =>
        (await logs(...args))
          .split("\n")
          .map((line) => line.slice(18, 19))
          .join("");
      assert.equal(await times("--all"), "123456");
      assert.equal(await times("--network"), "1345");
      assert.equal(await times("--all", "--lines", "3"), "456");
    });

    it("prints rows for people in columns that line up, whole when they go to a pipe, without colour", async () => {
      ended({
        network: [
          request(1),
          request(2, {
            method: "DELETE",
            status: 404,
            size: 1_234_567,
            duration: 1500,
            url: `https://shop.example/${"long/".repeat(100)}`,
          }),
          request(3, { status: null, failure: "net::ERR_ABORTED", size: 0 }),
        ],
      });
      assert.equal(
        await logs("--network"),
        [
          "2026-11-23T01:02:01.000Z 200 GET    fetch       1.2 kB   56 ms https://shop.example/1",
          `2026-11-23T01:02:02.000Z 404 DELETE fetch       1.2 MB   1.5 s https://shop.example/${"long/".repeat(100)}`,
          "2026-11-23T01:02:03.000Z ERR GET    fetch          0 B   56 ms https://shop.example/3 net::ERR_ABORTED",
        ].join("\n"),
      );
    });

    it("colours are asked for with FORCE_COLOR and refused with NO_COLOR", async () => {
      ended({ logs: [log(1, { level: "error" })] });
      const escape = "\u001b[";
      assert.ok((await workspace.ok(["logs", "--session", "ended"], { env: { FORCE_COLOR: "1" } })).includes(escape));
      assert.ok(
        !(await workspace.ok(["logs", "--session", "ended"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } })).includes(
          escape,
        ),
      );
    });

    it("the page's text is data: control characters, ANSI and bidirectional marks are shown and not obeyed", async () => {
      ended({
        network: [request(1, { url: "https://x.example/\u001b[31m\u0007\r\n\u202e\u009b2J" })],
        actions: [action(2, { nearbyText: "", value: "\u001b]0;title\u0007" })],
      });
      const output = await logs("--all");

      assert.doesNotMatch(output.replaceAll("\n", ""), /[\u0000-\u001f\u007f-\u009f\u202e]/);
      assert.equal(output.split("\n").length, 2);
      assert.match(output, /\\u001b\[31m\\u0007/);
    });

    it("--filter takes the grammar of the panes; a mistake is explained where it is", async () => {
      ended({
        network: [
          request(1),
          request(2, { method: "POST", status: 404 }),
          request(3, { status: 500, url: "https://ads.example/x" }),
        ],
      });
      assert.deepEqual(idsOf(await logs("--network", "--json", "--filter", "status:>=400 -domain:ads.example")), [
        "r2",
      ]);
      assert.deepEqual(idsOf(await logs("--network", "--json", "--filter", "-domain:ads.example -method:POST")), [
        "r1",
      ]);
      assert.equal((await workspace.cli(["logs", "--session", "ended", "--filter", "--json"])).status, 2);
      const failure = failureOf(await workspace.cli(["logs", "--session", "ended", "--filter", "a status:big"]));
      assert.equal(failure.status, 2);
      assert.match(failure.message, /character 10: .*a status:»big«/);
      assert.match(failure.hint, /404, >=400/);
    });

    it("--lines gives the newest that pass, over old parts too; --since those of a time and later", async () => {
      ended({ network: [request(7), request(8), request(9)] });
      writeFileSync(path("network.1.jsonl"), lines([request(1), request(2), request(3, { method: "POST" })]));
      writeFileSync(path("network.2.jsonl"), lines([request(4), request(5), request(6)]));
      assert.deepEqual(idsOf(await logs("--network", "--json")), [
        "r1",
        "r2",
        "r3",
        "r4",
        "r5",
        "r6",
        "r7",
        "r8",
        "r9",
      ]);
      assert.deepEqual(idsOf(await logs("--network", "--json", "--lines", "4")), ["r6", "r7", "r8", "r9"]);
      assert.deepEqual(idsOf(await logs("--network", "--json", "--lines", "2", "--filter", "method:POST")), ["r3"]);
      assert.deepEqual(idsOf(await logs("--network", "--json", "--since", at(6))), ["r6", "r7", "r8", "r9"]);
      assert.deepEqual(idsOf(await logs("--network", "--json", "--since", at(6), "--lines", "1")), ["r9"]);
      assert.equal(failureOf(await workspace.cli(["logs", "--session", "ended", "--since", "whenever"])).status, 2);
      assert.equal(failureOf(await workspace.cli(["logs", "--session", "ended", "--lines", "none"])).status, 2);
    });

    it("on a terminal it shows the newest 100 rows, unless it is said which or how many", async function () {
      needTerminal(this);
      ended({ logs: Array.from({ length: 130 }, (_, n) => log(n)) });
      const shown = (...args: string[]): [rows: number, first: string | undefined, last: string | undefined] => {
        const lines = shownOnTerminal(workspace, ["logs", "--session", "ended", ...args]);
        const numbers = lines.flatMap((line) => /message (\d+)/.exec(line)?.[1] ?? []);
        return [numbers.length, numbers[0], numbers.at(-1)];
      };
      assert.deepEqual(shown(), [100, "30", "129"]);
      assert.deepEqual(shown("--since", at(5)), [125, "5", "129"]);
      assert.deepEqual(shown("--filter", "message"), [130, "0", "129"]);
      assert.deepEqual(shown("--lines", "all"), [130, "0", "129"]);
      assert.deepEqual(shown("--lines", "110"), [110, "20", "129"]);
      assert.deepEqual(shown("--json"), [130, "0", "129"]);
      assert.equal((await logs()).split("\n").length, 130, "a pipe is given all");
    });

    it("on a terminal rows are cut to its width, unless that is not known or --full is given", function () {
      needTerminal(this);
      ended({ logs: [log(1, { message: `${"word ".repeat(60)}end` })] });
      const shown = (columns: number, ...args: string[]): string => {
        const lines = shownOnTerminal(workspace, ["logs", "--session", "ended", ...args], columns);
        return stripVTControlCharacters(lines.at(-1) ?? "");
      };
      assert.equal(shown(80).length, 80);
      assert.equal(shown(120).length, 120);
      for (const whole of [shown(0), shown(80, "--full")]) assert.match(whole, /word end$/);
    });

    it("a line that holds no row is shown raw with its number, and hides no other", async () => {
      ended({ network: [request(1)] });
      appendFileSync(path("network.jsonl"), `{"ts":"torn\n\n\u0000\u0001 no json\n${lines([request(2)])}half`);
      const output = (await logs("--network")).split("\n");
      assert.equal(output.length, 4);
      assert.match(output[1] ?? "", /^network\.jsonl:2 is not a row \(11 bytes\): \{"ts":"torn$/);
      assert.match(output[2] ?? "", /^network\.jsonl:4 .*\\u0000\\u0001 no json$/);
      assert.match(output[3] ?? "", /shop\.example\/2/);
    });

    it("--follow shows what is there, says that nothing more will come, and ends with 0", async () => {
      ended({ logs: [log(1)] });
      const result = await workspace.cli(["logs", "--session", "ended", "--follow"]);
      assert.equal(result.status, 0);
      assert.match(result.stdout, /message 1/);
      assert.match(result.stderr, /not live; there is nothing more/);
    });

    /** The command with more rows to show than a pipe takes, of which nobody takes any yet. */
    const showMany = (): { child: ChildProcessByStdio<null, Readable, Readable>; ended: Promise<[number, string]> } => {
      ended({ network: Array.from({ length: 50_000 }, (_, n) => request(n % 60)) });
      const child = spawn(process.execPath, [cliPath, "logs", "--session", "ended", "--network"], {
        cwd: workspace.folder,
        env: workspace.env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      return { child, ended: once(child, "close").then(([status]) => [status as number, stderr]) };
    };

    it("a reader that goes away ends it quietly with 0", async () => {
      const many = showMany();
      many.child.stdout.once("data", () => many.child.stdout.destroy());
      assert.deepEqual(await many.ended, [0, ""]);
    });

    it("E 130: Ctrl-C before all rows were shown is an error that says so", async () => {
      const many = showMany();
      await once(many.child.stdout, "readable");
      many.child.kill("SIGINT");
      many.child.stdout.resume();
      const [status, stderr] = await many.ended;
      assert.equal(status, 130);
      assert.match(stderr, /^error: Interrupted before all rows were shown\.\n/);
    });

    it("an unknown name fails with 4 and names the sessions that have logs; without a name they are named too", async () => {
      ended({ logs: [log(1)] });
      const unknown = jsonFailureOf(await workspace.cli(["logs", "--session", "other", "--json"]));
      assert.deepEqual([unknown.status, unknown.code], [4, "NoSuchSession"]);
      assert.match(unknown.hint, /--session ended/);
      assert.match(failureOf(await workspace.cli(["logs"])).hint, /--session ended/);
    });
  });

  describe("of a live session", () => {
    let site: Site;
    before(async () => {
      site = await Site.start();
    });
    after(() => site.close());

    it("--follow tells rows as they are written, through a rotation; Ctrl-C ends it with 0", async () => {
      await workspace.open(site.url("/"), "--session", "live");
      const follow = workspace.start(["logs", "--session", "live", "--all", "--follow", "--json"]);
      await follow.waitFor("stdout", /"log":"logs"/);
      // What the host itself would write; the follower knows no difference.
      const network = join(workspace.sessionsFolder, "live", "network.jsonl");
      appendFileSync(network, lines([request(1, { id: "before" })]));
      await follow.waitFor("stdout", /"id":"before"/);
      renameSync(network, join(workspace.sessionsFolder, "live", "network.1.jsonl"));
      appendFileSync(network, lines([request(2, { id: "after" })]));
      await follow.waitFor("stdout", /"id":"after"/);
      follow.interrupt();
      const result = await follow.exit;
      assert.deepEqual([result.status, result.signal, result.stderr], [0, null, ""]);
      for (const line of result.stdout.trimEnd().split("\n")) assert.doesNotThrow(() => void JSON.parse(line), line);
    });

    it("--follow ends with 0 when the session is closed, after its last rows", async () => {
      await workspace.open(site.url("/"), "--session", "live");
      const follow = workspace.start(["logs", "--follow"]);
      await follow.waitFor("stdout", /./);
      await workspace.ok(["close", "--session", "live"]);
      const result = await follow.exit;
      assert.equal(result.status, 0);
      assert.match(result.stderr, /closed now/);
      const last = workspace.log<{ message: string }>("live", "logs").at(-1);
      assert.ok(last && result.stdout.includes(last.message), "the last row of the file was shown");
    });
  });
});
