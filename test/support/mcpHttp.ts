/**
 * The door that the protocol's conformance suite, which speaks HTTP alone, finds to `libretto mcp`, which speaks over
 * standard input and output. It passes messages on as they are, but for the names of what the suite asks for: its own
 * server has tools and resources by names that no other has.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";

export interface Message {
  id?: string | number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
}

/** Codes for which the protocol's page on HTTP names another status than 200. */
const statuses: Record<number, number> = { [-32601]: 404, [-32602]: 400, [-32020]: 400, [-32021]: 400, [-32022]: 400 };

/** With what a client of the newer revision begins: from then on the connection is of that revision. */
const beginning: Message[] = ["server/discover", "tools/list"].map((method) => ({
  id: `bridge ${method}`,
  method,
  params: {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  },
}));

/** One server process, and who waits for its answers. */
class Served {
  readonly waiting = new Map<string | number, (message: Message) => void>();
  readonly heard = new Set<(message: Message) => void>();

  constructor(readonly child: ChildProcess) {
    createInterface({ input: child.stdout ?? process.stdin }).on("line", (line) => {
      const message = JSON.parse(line) as Message;
      if (message.method === undefined && message.id !== undefined) this.waiting.get(message.id)?.(message);
      else for (const hear of this.heard) hear(message);
    });
  }

  send(message: Message): void {
    this.child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }
}

export interface McpHttp extends AsyncDisposable {
  readonly url: string;
}

/**
 * @param command starts the server
 * @param rename gives the message in the words of this server
 */
export async function serveMcpOverHttp(
  { command, args, cwd, env }: { command: string; args: string[]; cwd: string; env: NodeJS.ProcessEnv },
  rename: (message: Message) => Message,
): Promise<McpHttp> {
  const all = new Set<Served>();
  const bySession = new Map<string, Served>();
  const stateless = new Set<Served>();
  const start = (): Served => {
    const served = new Served(spawn(command, args, { cwd, env, stdio: ["pipe", "pipe", "inherit"] }));
    all.add(served);
    return served;
  };

  const post = (message: Message, session: string | undefined, response: ServerResponse): void => {
    const isFirst = message.method === "initialize";
    const named = session === undefined ? undefined : bySession.get(session);
    if (session !== undefined && named === undefined) return void response.writeHead(404).end();
    // Without sessions (the newer revision) one process serves all; two requests of one id go to two.
    const free = ({ waiting }: Served): boolean => !waiting.has(message.id ?? "");
    const served = named ?? (isFirst ? undefined : [...stateless].find(free)) ?? start();
    if (named === undefined && !isFirst && !stateless.has(served)) {
      stateless.add(served);
      for (const first of beginning) served.send(first);
    }
    if (message.id === undefined) {
      served.send(message);
      return void response.writeHead(202).end();
    }
    const { id } = message;
    const headers: Record<string, string> = {};
    if (isFirst) bySession.set((headers["mcp-session-id"] = randomUUID()), served);
    const event = (sent: Message): void => {
      if (!response.headersSent) response.writeHead(200, { ...headers, "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify(sent)}\n\n`);
    };
    const meta = (message.params?.["_meta"] ?? {}) as Record<string, unknown>;
    const hear = (sent: Message): void => {
      const about = (sent.params?.["_meta"] ?? {}) as Record<string, unknown>;
      if (
        about["io.modelcontextprotocol/subscriptionId"] === id ||
        (meta["progressToken"] !== undefined && sent.params?.["progressToken"] === meta["progressToken"])
      )
        event(sent);
    };
    served.heard.add(hear);
    const end = (): void => {
      served.waiting.delete(id);
      served.heard.delete(hear);
    };
    served.waiting.set(id, (answer) => {
      end();
      if (response.headersSent) event(answer);
      else
        response
          .writeHead(statuses[answer.error?.code ?? 0] ?? 200, { ...headers, "content-type": "application/json" })
          .write(JSON.stringify(answer));
      response.end();
    });
    response.on("close", () => {
      if (!served.waiting.has(id)) return;
      end();
      served.send({ method: "notifications/cancelled", params: { requestId: id } });
    });
    served.send(message);
  };

  const server = createServer((request, response) => {
    const session = request.headers["mcp-session-id"] as string | undefined;
    if (request.method === "DELETE") {
      const served = bySession.get(session ?? "");
      bySession.delete(session ?? "");
      served?.child.stdin?.end();
      return void response.writeHead(served ? 200 : 404).end();
    }
    if (request.method !== "POST") return void response.writeHead(405).end();
    body(request)
      .then((text) => post(rename(JSON.parse(text) as Message), session, response))
      .catch(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await Promise.all(
        [...all].map(
          ({ child }) =>
            new Promise<void>((resolve) => {
              if (child.exitCode !== null || child.signalCode !== null) return resolve();
              child.once("exit", () => resolve());
              child.stdin?.end();
            }),
        ),
      );
    },
  };
}

async function body(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}
