import assert from "node:assert/strict";
import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LibrettoError } from "../../src/sessions/util/errors.js";
import { JsonRpcPeer, type PeerHandlers } from "../../src/sessions/ipc/jsonrpc.js";

describe("JSON-RPC over a socket", () => {
  let folder: string;
  let sockets: Socket[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "libretto-rpc-"));
    sockets = [];
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    rmSync(folder, { recursive: true });
  });

  /** A client and the raw socket of the server's end. */
  async function pair(handlers: PeerHandlers): Promise<{ client: JsonRpcPeer; raw: Socket; server: JsonRpcPeer }> {
    const path = join(folder, "s");
    const listener = createServer();
    listener.listen(path);
    await once(listener, "listening");
    const accepted = once(listener, "connection");
    const raw = createConnection(path);
    const [serverSocket] = (await accepted) as [Socket];
    sockets.push(raw, serverSocket);
    listener.close();
    return { client: new JsonRpcPeer(raw, {}), raw, server: new JsonRpcPeer(serverSocket, handlers) };
  }

  it("matches answers to requests that overlap and end in another order", async () => {
    const release: (() => void)[] = [];
    const { client } = await pair({
      request: (_method, params) => new Promise((resolve) => release.push(() => resolve(params))),
    });
    const first = client.request("echo", { n: 1 });
    const second = client.request("echo", { n: 2 });
    while (release.length < 2) await new Promise((resolve) => setImmediate(resolve));
    release[1]?.();
    assert.deepEqual(await second, { n: 2 });
    release[0]?.();
    assert.deepEqual(await first, { n: 1 });
  });

  it("carries messages of many megabytes and of every character, whole", async () => {
    const { client } = await pair({ request: async (_method, params) => params });
    const text = "é\u2028\n\u0000😀".repeat(1_000_000);
    assert.deepEqual(await client.request("echo", { text }), { text });
  });

  it("carries an error with its code and hint", async () => {
    const { client } = await pair({
      request: () => Promise.reject(new LibrettoError("RefusedByMode", "no", "do this")),
    });
    await assert.rejects(
      client.request("exec", {}),
      (error) => error instanceof LibrettoError && error.code === "RefusedByMode" && error.hint === "do this",
    );
  });

  it("cancels a request by $/cancelRequest, and all requests of a peer that goes", async () => {
    const aborted: number[] = [];
    const { client, raw } = await pair({
      request: (_method, _params, { id, signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            aborted.push(id);
            resolve("cancelled");
          });
        }),
    });
    const abort = new AbortController();
    const cancelled = client.request("wait", {}, abort.signal);
    const lost = client.request("wait", {});
    abort.abort();
    assert.equal(await cancelled, "cancelled");
    assert.deepEqual(aborted, [1]);
    const rejected = assert.rejects(
      lost,
      (error) => error instanceof LibrettoError && error.code === "HostUnreachable",
    );
    raw.destroy();
    await rejected;
    while (aborted.length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(aborted, [1, 2]);
  });

  it("ends the connection of a peer that sends what is no message, and of none else", async () => {
    const { raw, server } = await pair({});
    raw.write("}{\n");
    await once(raw, "close");
    assert.equal(server.isClosed, true);
  });
});
