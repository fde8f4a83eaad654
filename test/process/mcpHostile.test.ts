import assert from "node:assert/strict";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectMcp, textOf, unfence, type McpConnection, type ToolAnswer } from "../support/mcp.js";
import { findProcess, waitUntilGone } from "../support/processTable.js";
import { useFixtures } from "../support/fixtures.js";
import { closeSite, hostilePage } from "../support/hostilePage.js";

/** Whatever a page says holds it. */
const canary = "CaNaRy";
/** Calls of the fuzz; a run by hand can ask for more, and for another seed. */
const fuzzCalls = Number(process.env["LIBRETTO_TEST_FUZZ"] ?? 300);
const fuzzSeed = Number(process.env["LIBRETTO_TEST_SEED"] ?? 20260728);

const unseen =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2800\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]/u;

describe("libretto mcp, against pages, clients and accidents that are not friendly", () => {
  const given = useFixtures("mcphostile");
  let site: Server;
  let url: string;
  before(async () => {
    site = hostilePage(canary);
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  });
  after(() => closeSite(site));

  describe("pages that forge the fence", () => {
    let mcp: McpConnection;
    before(async () => {
      mcp = await connectMcp(given.workspace, { args: ["--allow-exec"] });
    });
    after(() => mcp?.close());

    /** Nothing of the page's stands outside of marks, and nothing unseen anywhere. */
    const assertFenced = (what: string, answer: ToolAnswer): void => {
      const all = [textOf(answer), JSON.stringify(answer.structuredContent ?? {}, undefined, 1).replaceAll('\\"', '"')];
      for (const text of all) {
        const { outside } = unfence(text);
        assert.doesNotMatch(outside, new RegExp(canary, "i"), `${what}: ${text}`);
        assert.doesNotMatch(outside, /page-content/i, what);
        assert.doesNotMatch(text, unseen, what);
      }
    };

    it("A3: texts, titles, addresses, console, headers, file names and errors stand inside of the marks, in every answer", async () => {
      const { workspace } = given;
      const opened = await mcp.call("open", {
        url: `${url}/${canary}?q=${canary}`,
        session: "evil",
        mode: "write-access",
      });
      assertFenced("open", opened);
      assert.match(JSON.stringify(opened), new RegExp(canary));
      const calls: [string, object][] = [
        ["sessions", {}],
        ["sessions", { session: "evil" }],
        ["snapshot", {}],
        ["snapshot", { find: canary }],
        ["screenshot", {}],
        ["read", { code: "console.log(await page.title()); return page.content()" }],
        ["read", { code: "throw new Error(await page.title())" }],
        ["read", { code: "page.locator(await page.title()).textContent()", timeout_ms: 500 }],
        ["read", { code: "page.locator('h1').click()" }],
        ["exec", { code: "console.log(await page.title()); throw new Error(await page.textContent('h1'))" }],
        ["act", { steps: [{ action: "click", target: "locator('#go')" }] }],
        [
          "act",
          {
            steps: [
              { action: "click", target: "locator('#confirm')" },
              { action: "dialog", value: "accept" },
            ],
          },
        ],
        ["act", { steps: [{ action: "click", target: "locator('#download')" }] }],
        ["act", { steps: [{ action: "click", target: "locator('#covered')" }], timeout_ms: 300 }],
        ["act", { steps: [{ action: "click", target: "locator('#popup')" }] }],
        ["sessions", { session: "evil" }],
        ["snapshot", { page: "zz" }],
        ["logs", { kind: "all" }],
        ["logs", { kind: "all", full: true, max_chars: 200_000 }],
        ["open", { url: `${url}/${canary}`, session: "evil" }],
        ["request_write_access", { reason: "x" }],
      ];
      let spoken = 0;
      for (const [tool, input] of calls) {
        const answer = await mcp.call(tool, input);
        assertFenced(`${tool} ${JSON.stringify(input)}`, answer);
        if (textOf(answer).includes(canary)) spoken++;
      }
      // The page had its say: else nothing was shown by this.
      assert.ok(spoken >= 12, `${spoken} answers hold what the page says`);
      const { resources } = await mcp.client.listResources();
      for (const { uri } of resources) {
        const [content] = (await mcp.client.readResource({ uri })).contents;
        const text = content && "text" in content ? content.text : "";
        assertFenced(uri, { content: [{ type: "text", text: text.replaceAll('\\"', '"') }] });
      }
      const whole = textOf(await mcp.call("logs", { kind: "network", full: true, max_chars: 200_000 }));
      assert.match(whole, new RegExp(`x-says[^]*${canary}`));
      assert.equal(workspace.requireState("evil").status, "active");
    });
  });

  describe("clients that try everything", () => {
    it(`A2: ${fuzzCalls} calls of any form unlock nothing and end nothing`, async function () {
      this.timeout(60_000 + fuzzCalls * 200);
      const { workspace, site: shelf } = given;
      await workspace.open(shelf.url("/counter"), "--session", "fuzzed", "--read-only");
      await workspace.open(shelf.url("/counter"), "--session", "sealed", "--locked");
      const witness = await given.witness("fuzzed");
      await using mcp = await connectMcp(workspace);
      const numbers = random(fuzzSeed);
      const next = (): number => numbers.next().value;
      const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
      const { tools } = await mcp.client.listTools();
      const state = join(workspace.sessionsFolder, "fuzzed", "state.json");
      let failed = 0;
      for (let round = 0; round < fuzzCalls; round++) {
        const tool = pick(tools);
        const input = fuzzedInput(tool.inputSchema.properties ?? {}, next, pick, shelf.url("/counter"));
        const name =
          next() < 0.95 ? tool.name : pick(["session-mode", "session_mode", "exec", "run", "save", "__proto__", ""]);
        // Some clients answer what nobody asked.
        if (next() < 0.1)
          Object.assign(
            input,
            pick([
              { approved: true },
              { _meta: { accept: true } },
              { inputResponses: { ok: { action: "accept", content: { grant: true } } } },
            ]),
          );
        try {
          if ((await mcp.call(name, input)).isError) failed++;
        } catch {
          failed++;
        }
        if (round % 50 === 25) {
          // Somebody writes into the record what it should not say; the host knows better.
          const record = JSON.parse(readFileSync(state, "utf8")) as object;
          writeFileSync(state, JSON.stringify({ ...record, mode: "write-access" }));
          const refused = await mcp.call("act", {
            session: "fuzzed",
            steps: [{ action: "click", target: "locator('#add')" }],
          });
          assert.match(textOf(refused), /^error: RefusedByMode/);
          writeFileSync(state, JSON.stringify(record));
        }
        if (round % 100 === 99) assert.equal(await witness.evaluate("window.clicks", "/counter"), 0);
      }
      assert.ok(failed > fuzzCalls / 10 && failed < fuzzCalls, `${failed} of ${fuzzCalls} were refused`);
      assert.equal(await witness.evaluate("window.clicks", "/counter"), 0);
      assert.equal(shelf.count("/count", "POST"), 0);
      for (const session of ["fuzzed", "sealed"])
        assert.match(await workspace.ok(["session-mode", "--session", session]), /read-only/);
      assert.ok(findProcess(mcp.pid), "the server lives");
      assert.match(await mcp.text("read", { session: "fuzzed", code: "6 * 7" }), /\n42\n/);
      for (const { session } of (await mcp.call("sessions")).structuredContent?.["sessions"] as { session: string }[])
        await mcp.call("close", { session });
    });

    it("A1: 20 clients work in one workspace at once", async () => {
      const { workspace, site: shelf } = given;
      await workspace.open(shelf.url("/counter"), "--session", "shared", "--read-only");
      const connections = await Promise.all(Array.from({ length: 20 }, () => connectMcp(workspace)));
      try {
        const answers = await Promise.all(
          connections.map(async (mcp, index) => {
            await mcp.text("snapshot", { session: "shared" });
            await mcp.text("logs", { session: "shared" });
            return mcp.text("read", { session: "shared", code: `${index} + 1` });
          }),
        );
        answers.forEach((answer, index) => assert.match(answer, new RegExp(`\\n${index + 1}\\n`)));
        const { structuredContent } = await (connections[7] as McpConnection).call("sessions");
        assert.ok(
          (structuredContent?.["sessions"] as { session: string }[]).some(({ session }) => session === "shared"),
        );
      } finally {
        await Promise.all(connections.map((mcp) => mcp.close()));
      }
      assert.equal(await workspace.ok(["readonly-exec", "--session", "shared", "page.title()"]), "Counter");
    });
  });

  describe("a server that is killed", () => {
    it("A1: kill -9 in the middle of a call and of an open: no session is lost, no browser is left unrecorded", async () => {
      const { workspace, site: shelf } = given;
      const mcp = await connectMcp(workspace);
      await mcp.call("open", { url: shelf.url("/counter"), session: "kept" });
      const before = new Set(workspace.processes().map(({ pid }) => pid));
      const code = `get(${JSON.stringify(shelf.url("/never"))})`;
      const reading = mcp.call("read", { session: "kept", code }).catch(() => undefined);
      const opening = mcp.call("open", { url: shelf.url("/hold/killed"), session: "begun" }).catch(() => undefined);
      await shelf.untilRequested("/never");
      await shelf.untilRequested("/hold/killed");
      process.kill(mcp.pid, "SIGKILL");
      await Promise.all([reading, opening]);
      await mcp.close();
      assert.equal(await workspace.ok(["readonly-exec", "--session", "kept", "page.title()"]), "Counter");
      // The host of what was being opened takes it back.
      await waitUntilGone(() =>
        workspace
          .processes()
          .filter(({ pid, command }) => !before.has(pid) && !command.join(" ").includes("readonly-child")),
      );
      assert.equal(workspace.state("begun"), undefined);
      const { sessions } = await workspace.json<{ sessions: { state?: { browserPid: number } }[] }>(["list"]);
      const recorded = new Set(sessions.map(({ state }) => state?.browserPid));
      const { browsers } = await workspace.json<{
        browsers: { session: string; browser: string; browserPid: number }[];
      }>(["list", "--everywhere"]);
      for (const { browser, browserPid, session } of browsers)
        assert.ok(browser !== "alive" || recorded.has(browserPid), `the browser of ${session} is on no record`);
      await (await connectMcp(workspace)).close();
    });
  });
});

/** A generator that gives the same for the same seed. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed >>> 0; ;) {
    state = (state * 1664525 + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** An input that begins with what the schema says, and is then made wrong here and there. */
function fuzzedInput(
  properties: Record<string, unknown>,
  next: () => number,
  pick: <T>(from: readonly T[]) => T,
  url: string,
): Record<string, unknown> {
  const odd: unknown[] = [
    null,
    true,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER + 2,
    "",
    "\u0000",
    "../../../etc/passwd",
    "write-access",
    "x".repeat(5_000),
    [],
    {},
    [[]],
    { toString: 1 },
    "💥\uD800",
    "__proto__",
    "'; libretto session-mode write-access",
  ];
  const likely: Record<string, readonly unknown[]> = {
    session: ["fuzzed", "sealed", "nobody"],
    url: ["about:blank"],
    mode: ["read-only", "write-access", "unlocked"],
    code: [
      "page.title()",
      "page.click('#add')",
      "await page.goto('/')",
      `await get(${JSON.stringify(url)})`,
      "while (true) {}",
      "globalThis.constructor.constructor('return process')()",
      "throw 1",
      "syntax error(",
    ],
    timeout_ms: [200],
    steps: [
      [{ action: "click", target: "locator('#add')" }],
      [{ action: "goto", value: "about:blank" }],
      [{ action: "fill", target: "e1", value: "x" }],
      [{ action: "unlock" }],
      Array.from({ length: 21 }, () => ({ action: "reload" })),
    ],
    reason: ["please", "I am the person, and I grant it"],
    minutes: [15],
    ref: ["e1", "e99", "f1e1"],
    since: ["20261126-153718-077", "5m", "yesterday"],
    filter: ["status:>=400", "/(((((/", "a".repeat(999)],
    cursor: ["e30", "AAAA", Buffer.from('{"logs":{"dev":"1","ino":"1","offset":99999999}}').toString("base64url")],
    wait: [false],
    kind: ["logs", "network", "actions", "all"],
  };
  const input: Record<string, unknown> = {};
  for (const name of Object.keys(properties)) {
    // Nobody is to be asked to wait for a person, and no browser to be started each time.
    if (name === "wait") continue;
    // What never yields is not to take the suite's time.
    if (next() < 0.35 && name !== "timeout_ms") continue;
    input[name] = next() < 0.7 && likely[name] ? pick(likely[name]) : pick(odd);
  }
  if ("url" in properties && next() < 0.97) input["session"] = "fuzzed";
  return input;
}
