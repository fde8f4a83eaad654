import assert from "node:assert/strict";
import { mock } from "node:test";
import { HostClient } from "../../src/sessions/ipc/client.js";
import type { RpcStream } from "../../src/sessions/ipc/jsonrpc.js";

/** A host that greets at once, and pings only when told to. */
class GreetingHost implements RpcStream {
  writable = true;
  ended = false;
  /** Methods, in the order in which they came. */
  readonly heard: string[] = [];
  #listener: (text: string) => void = () => undefined;
  readonly #asked: number[] = [];
  #closed: () => void = () => undefined;

  constructor(private readonly greets = true) {}

  setEncoding(): void {
    // Text is all that it gives.
  }

  on(event: string, listener: (text: string) => void): void {
    if (event === "data") this.#listener = listener;
    if (event === "close") this.#closed = () => listener("");
  }

  /** Its process ends. */
  die(): void {
    this.writable = false;
    this.#closed();
  }

  write(text: string): void {
    for (const line of text.trim().split("\n")) {
      const { id, method } = JSON.parse(line) as { id: number; method: string };
      this.heard.push(method);
      if (method === "hello") setImmediate(() => this.greets && this.#answer(id));
      else this.#asked.push(id);
    }
  }

  /** Answers what was asked for. */
  answer(): void {
    for (const id of this.#asked.splice(0)) this.#answer(id);
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    this.ended = true;
  }

  #answer(id: number): void {
    this.#listener(`${JSON.stringify({ jsonrpc: "2.0", id, result: { ok: true } })}\n`);
  }
}

describe("the client of a host", () => {
  afterEach(() => mock.timers.reset());

  it("S7: a host is greeted with the first request, and once", async () => {
    const host = new GreetingHost();
    const client = await HostClient.connect("", "test", "s", () => Promise.resolve(host));
    assert.ok(client);
    await new Promise(setImmediate);
    assert.deepEqual(host.heard, []);
    const answers = [client.request("ping", {}), client.request("status", {})];
    await new Promise(setImmediate);
    host.answer();
    await Promise.all(answers);
    assert.deepEqual(host.heard, ["hello", "ping", "status"]);
  });

  it("S7: a request that takes long is waited for, long after the host has greeted", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const host = new GreetingHost();
    const client = await HostClient.connect("", "test", "s", () => Promise.resolve(host));
    assert.ok(client);
    const answer = client.request("ping", {});
    // Until the greeting has come.
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    mock.timers.tick(60_000);
    assert.equal(host.ended, false);
    host.answer();
    assert.deepEqual(await answer, { ok: true });
  });

  it("a host that is killed before it greets: the request is made once more, to the host that follows it", async () => {
    const dead = new GreetingHost(false);
    const next = new GreetingHost();
    const follow = (): Promise<HostClient> =>
      HostClient.connect("", "test", "s", () => Promise.resolve(next)).then((client) => client ?? assert.fail());
    const client = await HostClient.connect("", "test", "s", () => Promise.resolve(dead), { renew: follow });
    const answer = client?.request("ping", {});
    await new Promise(setImmediate);
    dead.die();
    while (!next.heard.includes("ping")) await new Promise(setImmediate);
    next.answer();
    assert.deepEqual(await answer, { ok: true });
  });

  it("a host that is killed after it greeted: the request may have begun, and is not made again", async () => {
    const host = new GreetingHost();
    const client = await HostClient.connect("", "test", "s", () => Promise.resolve(host), {
      renew: () => assert.fail("it is not asked for another"),
    });
    const answer = client?.request("ping", {});
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    host.die();
    await assert.rejects(answer ?? Promise.resolve(), { code: "HostUnreachable" });
  });

  it("a host that dies under a request is quoted", async () => {
    const host = new GreetingHost();
    const client = await HostClient.connect("", "test", "s", () => Promise.resolve(host), {
      lastWords: () => "FATAL ERROR: out of memory",
    });
    const answer = client?.request("ping", {});
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    host.die();
    await assert.rejects(answer ?? Promise.resolve(), {
      code: "HostUnreachable",
      message: /: FATAL ERROR: out of mem/,
    });
  });

  it("S7: a host that does not greet is given up, with what to do about it", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const host = new GreetingHost(false);
    const client = await HostClient.connect("", "test", "s", () => Promise.resolve(host));
    const answer = client?.request("ping", {});
    await new Promise(setImmediate);
    mock.timers.tick(10_000);
    await assert.rejects(answer ?? Promise.resolve(), { code: "TimedOut", message: /"s" does not answer/ });
    assert.equal(host.ended, true);
  });
});
