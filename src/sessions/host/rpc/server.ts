/** The host's end of the socket. */
import { chmodSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname } from "node:path";
import { LibrettoError } from "../../util/errors.js";
import { assertSocketFolder } from "../../util/ownership.js";
import { JsonRpcPeer, type RequestContext } from "../../ipc/jsonrpc.js";
import { protocolVersion, type HelloParams, type HelloResult, type Method } from "../../ipc/protocol.js";
import { isMethod, parseParams } from "./messages.js";

/** A request that was greeted and checked. */
export interface HostRequest extends RequestContext {
  method: Method;
  params: unknown;
  client: string;
}

export interface ServerHandlers {
  /**
   * Whether this host makes room for another one, which the client that greets then starts. The connection is dropped without a
   * word, as a host's that died: nothing that was asked has begun.
   */
  makesRoom(greeting: HelloParams): boolean;
  hello(params: HelloParams): HelloResult;
  request(request: HostRequest): Promise<unknown>;
}

/** Listens on the socket, for this user alone. Resolves when clients can connect. @throws `Failed` where its folder is not this user's alone */
export function listen(socketPath: string, handlers: ServerHandlers): Promise<Server> {
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    let client: string | undefined;
    let refused: LibrettoError | undefined;
    const peer = new JsonRpcPeer(socket, {
      request: async (method, params, context) => {
        if (refused) throw refused;
        if (!isMethod(method))
          throw new LibrettoError(
            "Usage",
            `The host has no method "${method}".`,
            "See src/sessions/ipc/protocol.ts for the messages.",
          );
        const checked = parseParams(method, params);
        if (method === "hello") {
          if (handlers.makesRoom(checked as HelloParams)) {
            refused = hostGone();
            socket.destroy();
            throw refused;
          }
          try {
            const greeting = greet(checked as HelloParams, handlers);
            client = (checked as HelloParams).client;
            return greeting;
          } catch (error) {
            refused = LibrettoError.from(error);
            throw refused;
          }
        }
        if (client === undefined)
          throw new LibrettoError(
            "VersionMismatch",
            "The first message must be a greeting.",
            "Send `hello` with the protocol's version first.",
          );
        return handlers.request({ ...context, method, params: checked, client });
      },
    });
    void peer;
  });
  return new Promise((resolve, reject) => {
    assertSocketFolder(dirname(socketPath));
    server.once("error", (error) =>
      reject(
        new LibrettoError(
          "Failed",
          `The session's socket cannot be opened: ${error.message}`,
          `Check the folder of ${socketPath}.`,
          { cause: error },
        ),
      ),
    );
    server.listen(socketPath, () => {
      if (process.platform !== "win32") chmodSync(socketPath, 0o600);
      resolve(server);
    });
  });
}

function hostGone(): LibrettoError {
  return new LibrettoError("HostUnreachable", "The session's host has been replaced by another one.", "Run it again.");
}

function greet(params: HelloParams, handlers: ServerHandlers): HelloResult {
  const mine = handlers.hello(params);
  if (params.protocol !== protocolVersion) {
    throw new LibrettoError(
      "VersionMismatch",
      `Session "${mine.session}" runs under Libretto ${mine.version}, and this is ${params.version}; they do not understand each other.`,
      `End it with \`libretto close --session ${mine.session}\`, and open it again; or use the version that opened it.`,
    );
  }
  if (params.session !== mine.session)
    throw new LibrettoError(
      "HostUnreachable",
      `The socket of session "${params.session}" is that of "${mine.session}".`,
      "Run the command again.",
    );
  return mine;
}
