import assert from "node:assert/strict";
import { mock } from "node:test";
import { HostClient } from "../../src/sessions/client.js";
import type { RpcStream } from "../../src/sessions/jsonrpc.js";

/** A host that greets at once, and pings only when told to. */
class GreetingHost implements RpcStream {
  writable = true;
  ended = false;
  #listener: (text: string) => void = () => undefined;
  readonly #asked: number[] = [];

  setEncoding(): void {
    // Text is all that it gives.
  }

  on(event: string, listener: (text: string) => void): void {
    if (event === "data") this.#listener = listener;
  }

  write(text: string): void {
    for (const line of text.trim().split("\n")) {
      const { id, method } = JSON.parse(line) as { id: number; method: string };
      if (method === "hello") setImmediate(() => this.#answer(id));
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

  it("S7: a request that takes long is waited for, also where it is the first and comes long after the greeting", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const host = new GreetingHost();
    const client = await HostClient.connect("", "test", "s", () => Promise.resolve(host));
    assert.ok(client);
    // Until the greeting has come.
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    const answer = client.request("ping", {});
    await new Promise(setImmediate);
    mock.timers.tick(60_000);
    assert.equal(host.ended, false);
    host.answer();
    assert.deepEqual(await answer, { ok: true });
  });
});
