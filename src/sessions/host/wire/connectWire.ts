/** From a session's record to its wire. */
import { LibrettoError } from "../../util/errors.js";
import { answered } from "../../util/timeouts.js";
import { CdpConnection } from "./cdp.js";
import { WebSocketTransport } from "./webSocketTransport.js";
import { Wire } from "./wire.js";

/**
 * Connects to the browser of a session and opens the host's own channel.
 * @param endpoint the browser's websocket
 * @param timeoutMs how long it may take to answer
 * @throws `EndpointUnreachable` where nothing answers, or what does is no browser, as Node's inspector or any server
 */
export async function connectWire(endpoint: string, timeoutMs: number): Promise<{ wire: Wire; cdp: CdpConnection }> {
  const wire = new Wire(await WebSocketTransport.connect(endpoint, timeoutMs));
  try {
    const channel = await answered(wire.openChannel({ kind: "reads", name: "host" }), timeoutMs);
    return { wire, cdp: new CdpConnection(channel) };
  } catch (error) {
    wire.close();
    throw new LibrettoError(
      "EndpointUnreachable",
      `What answers at ${endpoint} is no browser.`,
      "Give the address of a browser that runs with --remote-debugging-port=<port>, such as http://127.0.0.1:9222.",
      { cause: error },
    );
  }
}
