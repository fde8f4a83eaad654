import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands } from "../../src/cli/commands.js";
import { Interruption } from "../../src/cli/interruption.js";
import { isMethod, parseParams } from "../../src/sessions/host/rpc/messages.js";
import { CdpConnection } from "../../src/sessions/host/wire/cdp.js";
import { Targets } from "../../src/sessions/host/wire/targets.js";
import type { Transport } from "../../src/sessions/host/wire/transport.js";
import { Wire } from "../../src/sessions/host/wire/wire.js";
import { JsonRpcPeer } from "../../src/sessions/ipc/jsonrpc.js";
import { FilterError, parseFilter, parseRow, type Filter } from "../../src/sessions/logs/filter.js";
import { LineSplitter } from "../../src/sessions/logs/lines.js";
import { sessionStateSchema } from "../../src/sessions/model/state.js";
import { hasStateShape } from "../../src/sessions/model/stateShape.js";
import type { SessionsContext } from "../../src/sessions/operations/context.js";
import { readConfig } from "../../src/sessions/store/config.js";
import { readRecord } from "../../src/sessions/store/records.js";
import { workspaceAt } from "../../src/sessions/store/workspace.js";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import { Fuzz, fuzzRuns, fuzzTimeoutMs } from "../support/fuzz.js";

const fuzz = new Fuzz();

describe(`What comes from outside, spoilt by chance (seed ${fuzz.seed})`, function () {
  this.timeout(fuzzTimeoutMs);
  let folder: string;
  before(() => void (folder = mkdtempSync(join(tmpdir(), "libretto-fuzz-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("a message to the host's socket is answered with an error or ends its own connection", async () => {
    const requests = [
      { method: "hello", params: { protocol: 1, version: "1", client: "c", session: "s" } },
      { method: "exec", params: { code: "1", page: "abc", timeoutMs: 5 } },
      { method: "act", params: { steps: [{ action: "click", target: "e1", values: ["a"] }], maxChars: 5 } },
      { method: "run", params: { workflow: { file: "/a", input: { a: [1] }, cwd: "/", env: { A: "b" } } } },
      { method: "$/cancelRequest", params: { id: 1 } },
      { method: "session-mode", params: { mode: "read-only", forMs: 5 } },
    ].map((request, index) => ({ jsonrpc: "2.0", id: index + 1, ...request }));
    for (const _ of fuzzRuns(3_000)) {
      let hear: (text: string) => void = () => undefined;
      const answers: string[] = [];
      const stream = {
        writable: true,
        setEncoding: () => undefined,
        on: (event: string, listener: (text: string) => void) => (event === "data" ? (hear = listener) : undefined),
        write: (text: string) => answers.push(text),
        end: () => undefined,
        destroy: () => undefined,
      };
      new JsonRpcPeer(stream, {
        request: async (method, params) => {
          if (!isMethod(method)) throw new LibrettoError("Usage", "no", "no");
          return parseParams(method, params);
        },
      });
      const line = JSON.stringify(fuzz.value(fuzz.pick(requests)));
      hear(`${fuzz.below(3) === 0 ? fuzz.text(line) : line}\n`);
      await new Promise(setImmediate);
      for (const answer of answers) {
        const { error } = JSON.parse(answer) as { error?: { message: string; data?: { code: string } } };
        assert.ok(error?.data === undefined || error.data.code === "Usage", `${line}\n${answer}`);
      }
    }
  });

  it("a record of a session is what its schema says or is broken, and never stops a list", () => {
    const state = {
      version: 1,
      session: "s",
      status: "active",
      mode: "read-only",
      kind: "launched",
      headless: true,
      cdpEndpoint: null,
      port: 5,
      browserPid: 7,
      browserStartedAt: "2026-01-01T00:00:00.000Z",
      hostPid: 8,
      hostStartedAt: "2026-01-01T00:00:00.000Z",
      socketPath: "/none",
      profilePath: null,
      startedAt: "2026-01-01T00:00:00.000Z",
      viewport: { width: 1, height: 2 },
      limits: { idleTimeoutMinutes: 1, owner: { pid: 5, startedAt: "x" } },
      url: "",
      accessRequest: { reason: "r", client: "c", at: "a", forMs: 5 },
      workflow: { file: "f", running: true, failure: { at: "a", file: "f", line: 1, column: 1 } },
    };
    assert.ok(hasStateShape(state));
    const workspace = workspaceAt(folder, { XDG_STATE_HOME: folder });
    mkdirSync(join(workspace.sessions, "s"), { recursive: true });
    for (const run of fuzzRuns(5_000)) {
      const value = fuzz.value(state);
      assert.equal(hasStateShape(value), sessionStateSchema.safeParse(value).success, JSON.stringify(value));
      if (run % 10 > 0) continue;
      const text = JSON.stringify(value);
      writeFileSync(join(workspace.sessions, "s", "state.json"), run % 20 === 0 ? fuzz.text(text) : text);
      assert.match(String(readRecord(workspace, "s")?.liveness), /^(ended|broken)$/, text);
    }
  });

  it("a config.json is read or named as broken", async () => {
    const config = {
      version: 1,
      sessionMode: "read-only",
      viewport: { width: 800, height: 600 },
      headless: true,
      grid: { url: "http://localhost:4444", capabilities: { a: 1 }, queueTimeoutMs: 5 },
      readonlyExec: { timeoutMs: 5, memoryBytes: 50_000_000 },
    };
    const workspace = workspaceAt(folder);
    mkdirSync(join(folder, ".libretto"), { recursive: true });
    for (const run of fuzzRuns(500)) {
      const text = JSON.stringify(fuzz.value(config), undefined, 2);
      writeFileSync(workspace.config, run % 3 === 0 ? fuzz.text(text) : text);
      await readConfig(workspace).catch((error: unknown) => {
        assert.ok(error instanceof LibrettoError, `${text}\n${String(error)}`);
        assert.equal(error.code, "BrokenConfig", text);
      });
    }
  });

  it("S18: parameters of a workflow are what JSON says they are or are refused, given as words or as a file", async () => {
    const workspace = workspaceAt(folder, {});
    const context: SessionsContext = {
      workspace,
      env: {},
      client: "fuzz",
      host: () => Promise.reject(new Error("nothing is to be opened")),
    };
    const command = await commands.run();
    const file = join(folder, "params.json");
    const texts = [
      '{ "month": 11, "tags": ["a", "é🙂"], "to": { "name": "Ada" } }',
      '[1, -2.5e3, null, true, "\\u00e9"]',
    ];
    let read = 0;
    for (const run of fuzzRuns(1_000)) {
      const given = fuzz.text(fuzz.pick(texts));
      const asFile = run % 2 === 0;
      if (asFile) writeFileSync(file, given);
      // A lone half of a character becomes another one in a file.
      const source = asFile ? Buffer.from(given).toString("utf8") : given;
      const values = asFile ? { "params-file": file } : { params: given };
      const call = {
        context,
        values,
        positionals: [join(folder, "none.ts")],
        json: false,
        interruption: new Interruption(),
      };
      // A text that can be read gets as far as the workflow's file, which is not there.
      const refused = await Promise.resolve(command.run(call)).then(
        () => assert.fail(given),
        (error: unknown) => LibrettoError.from(error),
      );
      const isJson = parses(source);
      assert.equal(refused.code, "Usage", `${given}\n${refused.message}`);
      assert.equal(/not valid JSON/.test(refused.message), !isJson, `${JSON.stringify(given)}\n${refused.message}`);
      if (isJson) read++;
    }
    assert.ok(read > 0, "some of it is JSON still");
  });

  it("a filter is read or says where it cannot be, and its quick look at a line leaves out nothing that passes", () => {
    const row = {
      ts: "2026-01-01T00:00:00.000Z",
      id: "r1",
      method: "GET",
      url: "https://shop.example/item?a=b",
      status: 200,
      requestHeaders: { accept: "*/*" },
      responseBody: '{"a":[1]}',
      size: 1_000,
      duration: 40,
      fromCache: false,
    };
    const filters = [
      'checkout "two words"',
      "/time(out|d out)/i -status:200",
      "url:login size:<2k status:200..299",
      "is:error method:POST,PUT domain:*.example",
      "duration:>1.5s has:postData data.pid:1 level:>=warn",
    ];
    for (const run of fuzzRuns(5_000)) {
      const source = fuzz.text(fuzz.pick(filters));
      let filter: Filter;
      try {
        filter = parseFilter(source);
      } catch (error) {
        assert.ok(error instanceof FilterError, `${JSON.stringify(source)}\n${String(error)}`);
        assert.ok(error.offset >= 0 && error.length >= 1 && error.offset < source.length, JSON.stringify(source));
        continue;
      }
      const text = JSON.stringify(fuzz.value(row));
      const line = run % 4 === 0 ? fuzz.text(text).replaceAll("\n", " ") : text;
      const whole = filter.matches({ kind: "network", line, row: parseRow(line) });
      assert.equal(filter.matchesLine("network", line), whole, `${source}\n${line}`);
    }
  });

  it("what a hostile remote sends in place of a browser's messages ends the connection at most", async () => {
    const events = [
      {
        method: "Target.attachedToTarget",
        params: {
          sessionId: "S1",
          targetInfo: { targetId: "T1", type: "page", url: "http://a", title: "" },
          waitingForDebugger: true,
        },
      },
      {
        method: "Target.targetCreated",
        params: { targetInfo: { targetId: "T2", type: "page", url: "http://b", title: "" } },
      },
      {
        method: "Target.targetInfoChanged",
        params: { targetInfo: { targetId: "T1", type: "page", url: "http://c", title: "t" } },
      },
      { method: "Target.targetDestroyed", params: { targetId: "T2" } },
      { method: "Target.detachedFromTarget", params: { sessionId: "S1" } },
      { method: "Page.frameNavigated", params: { frame: { id: "F", url: "http://a" } }, sessionId: "S1" },
      { method: "Page.frameStartedNavigating", params: { frameId: "F", navigationType: "reload" }, sessionId: "S1" },
      { method: "Page.javascriptDialogOpening", params: { type: "alert", message: "m" }, sessionId: "S1" },
      { method: "Page.javascriptDialogClosed", params: {}, sessionId: "S1" },
      { method: "Inspector.targetCrashed", params: {}, sessionId: "S1" },
    ];
    let ended = 0;
    let roots = 0;
    const thrown: string[] = [];
    for (const _ of fuzzRuns(400)) {
      const hear = (text: string): void => {
        try {
          transport.onmessage(text);
        } catch (error) {
          thrown.push(`${text.slice(0, 500)}\n${(error as Error).stack}`);
        }
      };
      const transport: Transport = {
        address: "ws://remote.example/devtools/browser/x",
        outlivesHost: false,
        onmessage: () => undefined,
        onclose: () => undefined,
        buffered: 0,
        close: () => undefined,
        send: (text, sent) => {
          sent?.();
          const { id, method } = JSON.parse(text) as { id: number; method: string };
          const result = method === "Target.attachToBrowserTarget" ? { sessionId: `root${++roots}` } : {};
          const answer = { id, result };
          setImmediate(() => hear(JSON.stringify(fuzz.below(30) === 0 ? fuzz.value(answer) : answer)));
        },
      };
      const wire = new Wire(transport);
      const gone = new Promise<void>((resolve) => wire.onClose(() => resolve()));
      const work = async (): Promise<void> => {
        const cdp = new CdpConnection(await wire.openChannel({ kind: "reads", name: "host" }));
        await wire.openChannel({ kind: "drives", name: "code" });
        const targets = new Targets(cdp);
        await targets.start();
        for (let count = 0; count < 40 && !wire.hasEnded; count++) {
          const event = { sessionId: `root${roots - fuzz.below(2)}`, ...fuzz.pick(events) };
          const text = JSON.stringify(fuzz.below(2) === 0 ? event : fuzz.value(event));
          hear(fuzz.below(40) === 0 ? fuzz.text(text) : text);
          targets.pages();
        }
        await wire.lock({ timeoutMs: 1 });
      };
      // What never answers is for the timeouts of those who ask.
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<void>((resolve) => (timer = setTimeout(resolve, 50)));
      await Promise.race([gone, silence, work().catch((error: unknown) => assert.ok(error instanceof Error))]);
      clearTimeout(timer);
      if (wire.hasEnded) ended++;
      else wire.close();
    }
    assert.deepEqual(thrown.slice(0, 3), []);
    assert.ok(ended > 0, "some of it is taken for what it is");
  });

  it("a log's splitter gives the same lines, however the bytes are cut", () => {
    for (const _ of fuzzRuns(500)) {
      const text = fuzz.text('{"a":1}\n{"b":"é🙂"}\n\n{"c":2}\n');
      assert.deepEqual(linesOf(text, 1 + fuzz.below(5)), linesOf(text, 4 * text.length + 4), JSON.stringify(text));
    }
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The lines of a text that comes in pieces of so many bytes, and where they stand. */
function linesOf(text: string, size: number): unknown[] {
  const bytes = Buffer.from(text);
  const splitter = new LineSplitter();
  const lines: unknown[] = [];
  for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.add(bytes.subarray(at, at + size)));
  return [...lines, splitter.end()];
}
