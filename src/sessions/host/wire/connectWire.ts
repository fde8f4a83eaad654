/** From a session's record to its wire. */
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { shownEndpoint } from "../../model/endpoint.js";
import { LibrettoError, systemCode } from "../../util/errors.js";
import type { PipePaths } from "../../process/namedPipes.js";
import { answered } from "../../util/timeouts.js";
import { CdpConnection } from "./cdp.js";
import { PipeTransport } from "./pipeTransport.js";
import { WebSocketTransport } from "./webSocketTransport.js";
import { Wire } from "./wire.js";

/** Where a browser can be reached: by its websocket, or by the pipes of a sealed one. */
export type BrowserAddress =
  | { endpoint: string }
  | {
      pipes: PipePaths;
      /** Of a browser that was just started: the reading end of its answers. */
      reading?: number | undefined;
    };

/**
 * Connects to the browser of a session and opens the host's own channel.
 * @param timeoutMs how long it may take to answer
 * @throws `EndpointUnreachable` where nothing answers, or what does is not a browser, as Node's inspector or any server;
 * `TimedOut` where a sealed browser does not answer
 */
export async function connectWire(
  address: BrowserAddress,
  timeoutMs: number,
): Promise<{ wire: Wire; cdp: CdpConnection }> {
  const wire =
    "pipes" in address
      ? await openPipes(address, timeoutMs)
      : new Wire(await WebSocketTransport.connect(address.endpoint, timeoutMs));
  try {
    const channel = await answered(wire.openChannel({ kind: "reads", name: "host" }), timeoutMs);
    return { wire, cdp: new CdpConnection(channel) };
  } catch (error) {
    wire.close();
    if ("pipes" in address) throw error;
    throw new LibrettoError(
      "EndpointUnreachable",
      `What answers at ${shownEndpoint(address.endpoint)} is not a browser.`,
      "Give the address of a browser that runs with --remote-debugging-port=<port>, such as http://127.0.0.1:9222.",
      { cause: error },
    );
  }
}

async function openPipes(
  { pipes, reading }: Extract<BrowserAddress, { pipes: unknown }>,
  timeoutMs: number,
): Promise<Wire> {
  const transport = PipeTransport.open(pipes, reading);
  // On disk before the session is used, since what a host leaves attached has to be found by the next one.
  const noteSession = (sessionId: string): void => appendFileSync(pipes.attached, `${sessionId}\n`, { mode: 0o600 });
  const wire = new Wire(transport, { noteSession });
  if (reading !== undefined) return wire;
  try {
    transport.endMessage();
    await answered(wire.takeOver(attachedSessions(pipes)), timeoutMs);
    rmSync(pipes.attached, { force: true });
    return wire;
  } catch (error) {
    wire.close();
    throw error;
  }
}

function attachedSessions({ attached }: PipePaths): string[] {
  try {
    return readFileSync(attached, "utf8").split("\n").filter(Boolean);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
