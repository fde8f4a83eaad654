import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "playwright/test";
import { findProcess, waitUntilEnded, waitUntilGone } from "../support/processTable.js";
import { useFixtures } from "../support/fixtures.js";
import { clients, connectMcp, textOf, unfence, type McpConnection } from "../support/mcp.js";

const untilGone = (pid: number): Promise<void> => waitUntilEnded(pid);

const nine = ["sessions", "open", "close", "snapshot", "screenshot", "read", "logs", "act", "request_write_access"];

describe("libretto mcp", () => {
  for (const kind of clients) {
    describe(kind, () => {
      const given = useFixtures("mcp");
      let mcp: McpConnection;
      before(async () => {
        mcp = await connectMcp(given.workspace, { kind });
      });
      after(() => mcp?.close());

      it("A1: it speaks that revision and offers nine tools", async () => {
        assert.equal(
          mcp.client.getNegotiatedProtocolVersion?.() ?? "2025-11-25",
          kind.endsWith("2026-07-28") ? "2026-07-28" : "2025-11-25",
        );
        const { tools } = await mcp.client.listTools();
        assert.deepEqual(
          tools.map(({ name }) => name),
          nine,
        );
      });

      it("A1: open gives a read-only session, which is looked at in every way and closed", async () => {
        const { workspace, site } = given;
        const opened = await mcp.call("open", { url: site.url("/counter"), session: "looked" });
        assert.equal(opened.structuredContent?.["session"], "looked", textOf(opened));
        const { mode, sealed, cdpEndpoint } = workspace.requireState("looked");
        assert.deepEqual({ mode, sealed, cdpEndpoint }, { mode: "read-only", sealed: true, cdpEndpoint: null });

        assert.match(
          await mcp.text("sessions"),
          /^looked \| read-only \| sealed \| active \| http:\/\/[\w.:]+ \| opened here$/m,
        );
        assert.match(await mcp.text("sessions", { session: "looked" }), /\* \w+ http\S+\/counter Counter/);
        const tree = await mcp.text("snapshot");
        const ref = /button "Add" \[ref=(e\d+)\]/.exec(tree)?.[1] ?? "";
        assert.match(await mcp.text("snapshot", { ref }), /button "Add"/);
        assert.match(await mcp.text("read", { code: "page.locator('#value').textContent()" }), /\n0\n/);
        await expect
          .poll(() => mcp.text("logs", { kind: "network" }), { timeout: 10_000 })
          .toMatch(/GET 200 http\S+\/counter document/);
        const picture = (await mcp.call("screenshot")).content.find(({ type }) => type === "image");
        assert.equal(
          Buffer.from(picture?.data ?? "", "base64")
            .subarray(1, 4)
            .toString(),
          "PNG",
        );

        const refused = await mcp.call("act", { steps: [{ action: "click", target: ref }] });
        assert.equal(refused.isError, true);
        assert.match(textOf(refused), /^error: RefusedByMode\n.*\nnext: .*request_write_access/);
        assert.equal(site.count("/count", "POST"), 0);

        assert.match(await mcp.text("close", { session: "looked" }), /is closed/);
        assert.match(await mcp.text("close", { session: "looked" }), /is closed already/);
        assert.equal(workspace.state("looked"), undefined);
      });
    });
  }

  describe("what is enforced", () => {
    const given = useFixtures("mcprules");
    let mcp: McpConnection;
    before(async () => {
      await given.workspace.open(given.site.url("/counter"), "--session", "person", "--read-only");
      mcp = await connectMcp(given.workspace, { name: "nosy\u202E agent" });
    });
    after(() => mcp?.close());

    it("A1: close ends only what was opened in this connection", async () => {
      const refused = await mcp.call("close", { session: "person" });
      assert.match(textOf(refused), /error: RefusedByMode\nclose is refused: session "person" was not opened/);
      assert.equal(given.workspace.requireState("person").status, "active");
    });

    it("A1: a session that a person opens under the name of one that was opened here is the person's", async () => {
      const { workspace, site } = given;
      await mcp.call("open", { url: site.url("/counter"), session: "reused" });
      await workspace.ok(["close", "--session", "reused"]);
      await workspace.open(site.url("/counter"), "--session", "reused", "--read-only");
      const { browserPid } = workspace.requireState("reused");
      const refused = await mcp.call("close", { session: "reused" });
      assert.match(textOf(refused), /error: RefusedByMode\nclose is refused: session "reused" was not opened/);
      assert.doesNotMatch(await mcp.text("sessions", { session: "reused" }), /opened here/);
      assert.ok(findProcess(browserPid ?? 0));
      assert.equal(workspace.requireState("reused").status, "active");
      await workspace.ok(["close", "--session", "reused"]);
    });

    it("A2, S26: request_write_access grants nothing, a person does, and act then says what changed", async () => {
      const { workspace } = given;
      const asked = await mcp.text("request_write_access", { session: "person", reason: "press Add", minutes: 15 });
      assert.match(asked, /stays read-only/);
      const { accessRequest, mode } = workspace.requireState("person");
      assert.equal(mode, "read-only");
      assert.deepEqual(
        { ...accessRequest, at: undefined },
        { reason: "press Add", client: "mcp: nosy\\u{202E} agent", forMs: 900_000, at: undefined },
      );
      assert.match(await mcp.text("sessions"), /person .*write access is asked for/);
      await workspace.ok(["session-mode", "write-access", "--session", "person", "--for", "15m"]);
      const acted = await mcp.text("act", {
        session: "person",
        steps: [{ action: "click", target: "getByRole('button', { name: 'Add' })" }],
      });
      assert.match(acted, /^1 of 1 step done in session "person"\./);
      assert.match(unfence(acted).inside.join(), /1/);
      assert.equal(await (await given.witness("person")).evaluate("window.clicks"), 1);
      const missed = await mcp.call("act", {
        session: "person",
        steps: [{ action: "click", target: "getByRole('button', { name: 'Adds' })" }],
        timeout_ms: 300,
      });
      assert.match(textOf(missed), /nothing on the page matches; nearest: button "Add" \[e\d+\]/);
      await workspace.ok(["session-mode", "read-only", "--session", "person"]);
    });

    it("A1: exec and run are offered with --allow-exec alone", async () => {
      assert.match(textOf(await mcp.call("exec", { code: "1" })), /error: Usage\nexec is not offered here/);
      await using allowed = await connectMcp(given.workspace, { args: ["--allow-exec"] });
      const { tools } = await allowed.client.listTools();
      assert.deepEqual(
        tools.map(({ name }) => name),
        [...nine, "exec", "run"],
      );
      const refused = await allowed.call("exec", { session: "person", code: "await page.click('#add')" });
      assert.match(textOf(refused), /^error: RefusedByMode/);
      const workflow = join(given.workspace.folder, "flow.ts");
      given.workspace.write(
        "flow.ts",
        `import { workflow } from "libretto";\nexport default workflow("adds", {}, async ({ page }) => { await page.goto(${JSON.stringify(given.site.url("/counter"))}); await page.click("#add"); return await page.textContent("#value"); });\n`,
      );
      assert.match(await allowed.text("run", { file: workflow }), /which is closed\.[^]*result:\n1\n/);
    });

    it("A1: what run leaves open is read-only unless asked otherwise", async () => {
      const { workspace, site } = given;
      await using allowed = await connectMcp(workspace, { args: ["--allow-exec"] });
      workspace.write(
        "stays.ts",
        `import { workflow } from "libretto";\nexport default workflow("stays", { startUrl: ${JSON.stringify(site.url("/counter"))} }, async ({ page }) => page.click("#add"));\n`,
      );
      for (const [mode, left] of [
        [undefined, "read-only"],
        ["read-only", "read-only"],
        ["write-access", "write-access"],
      ] as const) {
        const session = `run-${mode ?? "default"}`;
        await allowed.text("run", { file: "stays.ts", session, mode, stay_open: true });
        const steps = [{ action: "click", target: "locator('#add')" }];
        const { isError = false } = await allowed.call("act", { session, steps });
        const value = await allowed.text("read", { session, code: "page.locator('#value').textContent()" });
        assert.deepEqual(
          [workspace.requireState(session).mode, isError, unfence(value).inside.join().trim()],
          left === "read-only" ? [left, true, "1"] : [left, false, "2"],
          session,
        );
        await allowed.text("close", { session });
      }
    });

    it("A1: a saved login comes with a session that can only look, and never with one that a program may drive", async () => {
      const { workspace, site } = given;
      const cookie = { name: "sid", value: "person", domain: "127.0.0.1", path: "/", expires: -1 };
      workspace.write("shop.json", JSON.stringify({ cookies: [cookie], origins: [] }));
      await workspace.ok(["profiles", "import", "shop.json"]);
      const sent = async (session: string, more: object): Promise<string | undefined> => {
        site.forget();
        const opened = await mcp.call("open", { url: site.url("/echo"), session, headless: true, ...more });
        assert.ok(!opened.isError, textOf(opened));
        const request = site.requests.find(({ path }) => path === "/echo");
        assert.ok(request);
        return request.headers.cookie;
      };
      assert.equal(await sent("looks", { locked: true }), "sid=person");
      assert.equal(await sent("drives", { mode: "write-access" }), undefined);
      // What each can do is told, and for how long.
      const told = await mcp.text("sessions");
      assert.match(told, /^looks \| read-only, locked for good \| sealed \|/m);
      assert.match(told, /^drives \| write-access \| sealed \|/m);
      for (const session of ["looks", "drives"]) await mcp.text("close", { session });
      await workspace.ok(["profiles", "delete", "shop"]);
    });

    it("A1: --read-only caps it: no session with write access, nothing that changes a page", async () => {
      await using capped = await connectMcp(given.workspace, { args: ["--read-only"] });
      const { tools } = await capped.client.listTools();
      assert.deepEqual(
        tools.map(({ name }) => name),
        nine.filter((name) => name !== "act" && name !== "request_write_access"),
      );
      const refused = await capped.call("open", { url: given.site.url(), session: "no", mode: "write-access" });
      assert.match(textOf(refused), /^error: RefusedByMode\n.*--read-only/);
      assert.equal(given.workspace.state("no"), undefined);
      const both = await given.workspace.cli(["mcp", "--read-only", "--allow-exec"]);
      assert.equal(both.status, 2);
    });

    it("A3: an answer is no longer than 24,000 characters, and says how to get the rest", async () => {
      const long = await mcp.text("read", { session: "person", code: "'x'.repeat(100_000)" });
      assert.ok(long.length <= 24_000 && long.length > 23_000, `${long.length}`);
      assert.match(long, /\nCut: \d+ of 100000 characters are shown\. Return a part of it/);
      const longer = await mcp.text("read", { session: "person", code: "'x'.repeat(100_000)", max_chars: 150_000 });
      assert.ok(longer.includes("x".repeat(100_000)));
    });

    it("A3: a picture of more than 3.75 MB stays a file, whose path is told", async () => {
      const noise =
        "<canvas id=c width=2000 height=1400></canvas><script>const x=c.getContext('2d'),i=x.createImageData(2000,1400);for(let k=0;k<i.data.length;k++)i.data[k]=Math.random()*256|0;x.putImageData(i,0,0)</script>";
      await mcp.text("open", {
        url: `data:text/html,${encodeURIComponent(noise)}`,
        session: "noise",
        viewport: "2000x1400",
      });
      const { content } = await mcp.call("screenshot", { session: "noise" });
      assert.deepEqual(
        content.map(({ type }) => type),
        ["text"],
      );
      const file =
        / MB, which is more than clients take\. It is in (.+\.png)\n/.exec(content[0]?.text ?? "")?.[1] ?? "";
      assert.ok(statSync(file).size > 3_750_000, file);
      await mcp.text("close", { session: "noise" });
    });

    it("logs go on from a cursor, and a forged one is refused", async () => {
      const first = await mcp.text("logs", { session: "person", kind: "all" });
      const cursor = /Cursor: (\S+)/.exec(first)?.[1] ?? "";
      assert.match(
        await mcp.text("logs", { session: "person", kind: "all", cursor }),
        /^No rows |^\d rows? [^]*by mcp/,
      );
      await given.workspace.ok(["readonly-exec", "--session", "person", "page.url()"]);
      // The host writes the row after it has answered.
      await expect
        .poll(() => mcp.text("logs", { session: "person", kind: "all", cursor }), { timeout: 10_000 })
        .toMatch(/^\d rows? [^]*readonly-exec by cli/);
      for (const forged of [
        "x",
        Buffer.from("[]").toString("base64url"),
        Buffer.from('{"logs":{"dev":-1}}').toString("base64url"),
      ])
        assert.match(textOf(await mcp.call("logs", { session: "person", cursor: forged })), /^error: Usage/);
    });

    it("A2: arguments that a tool does not take are refused in words, before anything is done", async () => {
      for (const [tool, input] of [
        ["open", { url: given.site.url(), session: "w", write: true }],
        ["open", { url: given.site.url(), session: "../w" }],
        ["act", { session: "person", steps: [] }],
        ["sessions", { session: 7 }],
      ] as const) {
        const answer = await mcp.call(tool, input);
        assert.equal(answer.isError, true);
        assert.match(textOf(answer), /^error: Usage\n.+\nnext: .+/);
      }
      await assert.rejects(
        mcp.call("session-mode", { session: "person", mode: "write-access" }),
        /There is no tool session-mode/,
      );
      assert.equal(given.workspace.requireState("person").mode, "read-only");
    });
  });

  describe("resources and prompts", () => {
    const given = useFixtures("mcpres");
    before(async () => {
      await given.workspace.open(given.site.url("/counter"), "--session", "seen", "--read-only");
      await given.workspace.ok(["snapshot", "--session", "seen"]);
    });

    for (const kind of clients.slice(1)) {
      it(`A1: sessions, logs and snapshots are resources, with word of what changes (${kind})`, async () => {
        const { workspace } = given;
        await using mcp = await connectMcp(workspace, { kind });
        const { resources } = await mcp.client.listResources();
        const uris = resources.map(({ uri }) => uri);
        const snapshot = uris.find((uri) => uri.startsWith("libretto://sessions/seen/snapshots/")) ?? "";
        for (const uri of ["libretto://sessions", "libretto://sessions/seen", "libretto://sessions/seen/network"])
          assert.ok(uris.includes(uri), `${uri} of ${uris.join(" ")}`);
        const read = async (uri: string): Promise<string> => {
          const [content] = (await mcp.client.readResource({ uri })).contents;
          return content && "text" in content ? content.text : "";
        };
        const { sessions } = JSON.parse(await read("libretto://sessions")) as { sessions: { session: string }[] };
        assert.equal(sessions[0]?.session, "seen");
        await expect.poll(() => read("libretto://sessions/seen/network"), { timeout: 10_000 }).toMatch(/GET 200 http/);
        assert.match(unfence(await read(snapshot)).inside.join(), /button "Add"/);
        for (const uri of [
          "libretto://sessions/none",
          "libretto://sessions/seen/snapshots/../../state.json",
          "file:///etc/passwd",
        ])
          await assert.rejects(read(uri));

        const told = new Set<string>();
        let look = (): void => undefined;
        const hear = (what: string): void => {
          told.add(what);
          look();
        };
        mcp.client.setNotificationHandler("notifications/resources/updated", ({ params }) => hear(params.uri));
        mcp.client.setNotificationHandler("notifications/resources/list_changed", () => hear("list"));
        if (kind.endsWith("2026-07-28"))
          await mcp.client.listen({
            resourceSubscriptions: ["libretto://sessions/seen/logs"],
            resourcesListChanged: true,
          });
        else await mcp.client.subscribeResource({ uri: "libretto://sessions/seen/logs" });
        await workspace.ok(["snapshot", "--session", "seen"]);
        await new Promise<void>((resolve) => {
          look = () => {
            if (told.has("list") && told.has("libretto://sessions/seen/logs")) resolve();
          };
          look();
        });
        assert.ok(!told.has("libretto://sessions/seen/network"), "what nobody subscribed to is not told of");
      });
    }

    it("A1: the prompts diagnose and compare name the session and the tools that only look", async () => {
      await using mcp = await connectMcp(given.workspace);
      const { prompts } = await mcp.client.listPrompts();
      assert.deepEqual(
        prompts.map(({ name }) => name),
        ["diagnose", "compare"],
      );
      const { messages } = await mcp.client.getPrompt({
        name: "diagnose",
        arguments: { session: "seen", problem: "It\u202E hangs" },
      });
      const text = messages[0]?.content.type === "text" ? messages[0].content.text : "";
      assert.match(text, /session "seen"\. The problem: It\\u\{202E\} hangs/);
      await assert.rejects(mcp.client.getPrompt({ name: "compare", arguments: { left: "seen", right: "a b" } }));
    });
  });

  describe("--print-config", () => {
    const given = useFixtures("mcpconf");

    it("A1: what it prints for a client starts the server", async () => {
      const { workspace } = given;
      const clients = /--print-config takes (.*)\.\n/.exec(
        (await workspace.cli(["mcp", "--print-config", "?"])).stderr,
      )?.[1];
      for (const client of clients?.split(", ") ?? []) {
        const printed = await workspace.ok(["mcp", "--print-config", client, "--read-only"]);
        if (client !== "codex") JSON.parse(printed);
        for (const part of [process.execPath, "mcp", "--read-only"])
          assert.ok(printed.includes(JSON.stringify(part)), printed);
      }
      const { mcpServers } = JSON.parse(await workspace.ok(["mcp", "--print-config", "claude-code"])) as {
        mcpServers: { libretto: { command: string; args: string[] } };
      };
      const transport = new StdioClientTransport({ ...mcpServers.libretto, cwd: workspace.folder, env: workspace.env });
      const client = new Client({ name: "settings", version: "1" });
      await client.connect(transport);
      assert.equal((await client.listTools()).tools.length, 9);
      await client.close();
    });
  });

  describe("its end", () => {
    const given = useFixtures("mcpend");

    it("A1: a client that goes cancels what it ran, the server ends, and its session stays on record", async () => {
      const { workspace, site } = given;
      const mcp = await connectMcp(workspace);
      await mcp.call("open", { url: site.url("/counter"), session: "stays" });
      const reading = mcp.call("read", { code: `get(${JSON.stringify(site.url("/never"))})` }).catch(() => undefined);
      await site.untilRequested("/never");
      await mcp.close();
      await reading;
      await untilGone(mcp.pid);
      assert.equal(workspace.requireState("stays").status, "active");
      assert.equal(await workspace.ok(["readonly-exec", "--session", "stays", "1 + 1"]), "2");
    });

    it("A1: a call that is cancelled ends, and the next is answered", async () => {
      const { workspace, site } = given;
      const mcp = await connectMcp(workspace);
      const cancel = new AbortController();
      site.forget();
      const code = `get(${JSON.stringify(site.url("/never"))})`;
      const ended = assert.rejects(mcp.call("read", { session: "stays", code }, { signal: cancel.signal }));
      await site.untilRequested("/never");
      cancel.abort();
      await ended;
      assert.match(await mcp.text("read", { session: "stays", code: "6 * 7" }), /\n42\n/);
      await mcp.close();
    });

    it("A1: an open whose client goes takes back what it had begun", async () => {
      const { workspace, site } = given;
      const mcp = await connectMcp(workspace);
      const before = new Set([mcp.pid, ...workspace.processes().map(({ pid }) => pid)]);
      const opening = mcp.call("open", { url: site.url("/hold/half"), session: "half" }).catch(() => undefined);
      await site.untilRequested("/hold/half");
      await mcp.close();
      await opening;
      await untilGone(mcp.pid);
      // Where the server was ended before it had taken all back, the host does.
      await waitUntilGone(() => workspace.processes().filter(({ pid }) => !before.has(pid)));
      assert.equal(existsSync(join(workspace.sessionsFolder, "half", "state.json")), false);
    });
  });
});
