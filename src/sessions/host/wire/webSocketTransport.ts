/** A browser with a debugging port, ours or another's, by its websocket. */
import WebSocket from "ws";
import { shownEndpoint } from "../../model/endpoint.js";
import { LibrettoError } from "../../util/errors.js";
import type { Transport } from "./transport.js";

/** A screenshot of a long page is one message. */
const maxMessageBytes = 512 * 1024 * 1024;
/** How long a closing handshake may take, in ms: a browser that was stopped never answers it. */
const closeMs = 500;

export class WebSocketTransport implements Transport {
  readonly outlivesHost = false;
  onmessage: (text: string) => void = () => undefined;
  onclose: (reason: string) => void = () => undefined;
  #problem: string | undefined;

  private constructor(
    private readonly socket: WebSocket,
    readonly address: string,
  ) {
    socket.on("message", (data: Buffer) => this.onmessage(data.toString("utf8")));
    socket.on("error", (error) => {
      this.#problem = error.message;
      socket.terminate();
    });
    socket.on("close", () => this.onclose(this.#problem ?? "the browser ended the connection"));
  }

  /**
   * @param endpoint a `ws:` or `wss:` address of a browser target
   * @param timeoutMs how long the handshake may take
   * @throws `EndpointUnreachable`
   */
  static connect(endpoint: string, timeoutMs: number): Promise<WebSocketTransport> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(endpoint, {
        perMessageDeflate: false,
        maxPayload: maxMessageBytes,
        handshakeTimeout: timeoutMs,
      });
      const failed = (error: Error): void =>
        reject(
          new LibrettoError(
            "EndpointUnreachable",
            `No browser answers at ${shownEndpoint(endpoint)}: ${error.message}`,
            "Check that the browser runs with --remote-debugging-port and that the address is right.",
            { cause: error },
          ),
        );
      socket.once("error", failed);
      socket.once("open", () => {
        socket.off("error", failed);
        resolve(new WebSocketTransport(socket, endpoint));
      });
    });
  }

  send(text: string, sent?: () => void): void {
    this.socket.send(text, () => sent?.());
  }

  get buffered(): number {
    return this.socket.bufferedAmount;
  }

  close(): void {
    this.onclose = () => undefined;
    this.socket.close();
    setTimeout(() => this.socket.terminate(), closeMs).unref();
  }
}
