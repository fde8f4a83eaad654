/**
 * `libretto mcp`: the core's verbs as tools of the Model Context Protocol, over standard input and output. Both
 * revisions are answered, that with `initialize` and that with `server/discover`; the library tells them apart.
 */
import "./zodSettings.js";
import {
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
  UnsupportedProtocolVersionError,
  type CallToolResult,
  type JSONRPCErrorResponse,
  type JSONRPCRequest,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { Workspace } from "../sessions/store/workspace.js";
import type { Environment } from "../sessions/util/environment.js";
import { LibrettoError, usageError } from "../sessions/util/errors.js";
import { decodedStream } from "../sessions/util/textStream.js";
import type { Call, Tool } from "./call.js";
import { Connection } from "./connection.js";
import { visible } from "./visible.js";
import { instructions } from "./instructions.js";
import type { McpOptions } from "./options.js";
import type * as resourcesModule from "./resources.js";
import type { ToolInput } from "./toolInputs.js";
import { entries, isReading, offered, type ToolName } from "./toolList.js";

/** The revision whose requests each say of which they are. */
const revision = "2026-07-28";

/** A client that subscribes to more hears nothing of the rest. */
const maxSubscriptions = 1_000;

/** Where each tool's code is. It is loaded when it is called. */
const tools: { [Name in ToolName]: () => Promise<{ run: Tool<Name> }> } = {
  sessions: () => import("./tools/sessions.js"),
  open: () => import("./tools/open.js"),
  close: () => import("./tools/close.js"),
  snapshot: () => import("./tools/snapshot.js"),
  screenshot: () => import("./tools/screenshot.js"),
  read: () => import("./tools/read.js"),
  logs: () => import("./tools/logs.js"),
  act: () => import("./tools/act.js"),
  request_write_access: () => import("./tools/requestWriteAccess.js"),
  exec: () => import("./tools/exec.js"),
  run: () => import("./tools/run.js"),
};

export interface Serving {
  workspace: Workspace;
  env: Environment;
  /** Where relative paths begin. */
  cwd: string;
  options: McpOptions;
  /** Ends it, as a signal does. */
  signal: AbortSignal;
}

/** Serves one client and resolves when it is gone and what it had running has ended. Sessions stay. */
export async function serve({ workspace, env, cwd, options, signal }: Serving): Promise<void> {
  const connection = new Connection(workspace, env, options, cwd);
  const running = new Set<Promise<unknown>>();
  const transport = new StdioServerTransport(decodedStream(process.stdin));
  const listens = new Set<() => void>();
  const handle = serveStdio(({ era }) => makeServer(connection, { running, listens, era }), { transport });
  const { onmessage } = transport;
  transport.onmessage = (message) => {
    // The library answers it without a word to the server that it made.
    if ("method" in message && message.method === "subscriptions/listen") for (const begin of listens) begin();
    const refusal = "method" in message && "id" in message ? unsupportedRevision(message) : undefined;
    if (refusal) void transport.send(refusal).catch(() => undefined);
    else onmessage?.(message);
  };
  await new Promise<void>((resolve) => {
    const onclose = transport.onclose;
    transport.onclose = () => {
      onclose?.();
      resolve();
    };
    const end = (): void => void handle.close().finally(resolve);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
  // They were cancelled; an `open` takes back what it had begun.
  await Promise.allSettled(running);
  connection.dispose();
}

/**
 * The error for a request of a revision that is not spoken here; undefined for others. The library looks at the first
 * request of a connection alone.
 */
function unsupportedRevision({ id, params }: JSONRPCRequest): JSONRPCErrorResponse | undefined {
  const requested: unknown = params?._meta?.[PROTOCOL_VERSION_META_KEY];
  if (typeof requested !== "string" || requested === revision) return undefined;
  const { code, message, data } = new UnsupportedProtocolVersionError({ supported: [revision], requested });
  return { jsonrpc: "2.0", id, error: { code, message, data } };
}

interface Made {
  /** Calls that run. */
  running: Set<Promise<unknown>>;
  /** What is to be done when the client wants to hear of changes (the newer revision). */
  listens: Set<() => void>;
  era: "legacy" | "modern";
}

function makeServer(connection: Connection, { running, listens, era }: Made): Server {
  // The high-level class validates by a schema of its own making and answers in its own words.

  const server = new Server(
    { name: "libretto", title: "Libretto", version: LIBRETTO_VERSION },
    {
      capabilities: { tools: {}, resources: { subscribe: true, listChanged: true }, prompts: {} },
      instructions: instructions(connection.options),
    },
  );
  const names = offered(connection.options);
  server.setRequestHandler("tools/list", async () => {
    const { schemaOf } = await import("./toolInputs.js");
    return { tools: names.map((name) => ({ ...described(name), inputSchema: schemaOf(name) })) };
  });
  server.setRequestHandler("tools/call", async ({ params }, context) => {
    connection.clientName = clientOf(server, context);
    const name = names.find((tool) => tool === params.name);
    const call = callTool(connection, name, params, context);
    running.add(call);
    const ended = (): boolean => running.delete(call);
    call.then(ended, ended);
    return call;
  });
  addResources(server, connection, { listens, era });
  addPrompts(server);
  return server;
}

/** Resources, and word of what becomes of them. */
function addResources(server: Server, connection: Connection, { listens, era }: Pick<Made, "listens" | "era">): void {
  const load = (): Promise<typeof resourcesModule> => import("./resources.js");
  // The newer revision's subscriptions are kept by the library, which lets through what was subscribed to.
  const subscribed = new Set<string>();
  let watching: Promise<{ dispose(): void }> | undefined;
  const watch = (): void => {
    watching ??= import("./resourceWatcher.js").then(
      ({ ResourceWatcher }) =>
        new ResourceWatcher(connection.context.workspace, {
          listChanged: () => void server.sendResourceListChanged().catch(() => undefined),
          updated: (uri) => {
            if (era === "modern" || subscribed.has(uri))
              void server.sendResourceUpdated({ uri }).catch(() => undefined);
          },
        }),
    );
  };
  listens.add(watch);
  server.onclose = () => {
    listens.delete(watch);
    void watching?.then((watcher) => watcher.dispose());
  };
  server.setRequestHandler("resources/list", async () => {
    watch();
    return { resources: (await load()).listResources(connection) };
  });
  server.setRequestHandler("resources/templates/list", async () => ({
    resourceTemplates: (await load()).resourceTemplates,
  }));
  server.setRequestHandler("resources/read", async ({ params: { uri } }) => {
    watch();
    const found = await (await load()).readResource(uri, connection).catch((thrown: unknown) => {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, LibrettoError.from(thrown).message, { uri });
    });
    if (!found) throw new ResourceNotFoundError(uri);
    return { contents: [{ uri, ...found }] };
  });
  if (era === "modern") return;
  server.setRequestHandler("resources/subscribe", async ({ params: { uri } }) => {
    if (subscribed.size < maxSubscriptions) subscribed.add(uri);
    watch();
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", async ({ params: { uri } }) => {
    subscribed.delete(uri);
    return {};
  });
}

function addPrompts(server: Server): void {
  server.setRequestHandler("prompts/list", async () => {
    const { prompts } = await import("./prompts.js");
    return {
      prompts: Object.entries(prompts).map(([name, { title, description, arguments: taken }]) => ({
        name,
        title,
        description,
        arguments: taken,
      })),
    };
  });
  server.setRequestHandler("prompts/get", async ({ params }) => {
    const { isPrompt, prompts, promptText } = await import("./prompts.js");
    try {
      if (!isPrompt(params.name)) throw usageError("There is no such prompt.", "List the prompts.");
      const text = promptText(params.name, params.arguments ?? {});
      return {
        description: prompts[params.name].description,
        messages: [{ role: "user", content: { type: "text", text } }],
      };
    } catch (thrown) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, LibrettoError.from(thrown).message);
    }
  });
}

async function callTool(
  connection: Connection,
  name: ToolName | undefined,
  params: { name: string; arguments?: Record<string, unknown> | undefined },
  context: ServerContext,
): Promise<CallToolResult> {
  const { failure } = await import("./answers.js");
  try {
    if (name === undefined && Object.hasOwn(entries, params.name)) throw notOffered(params.name, connection.options);
    if (name === undefined)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `There is no tool ${visible(params.name.slice(0, 60))}.`,
      );
    return await run(name, params.arguments ?? {}, connection, context);
  } catch (thrown) {
    if (thrown instanceof ProtocolError) throw thrown;
    return failure(thrown);
  }
}

async function run<Name extends ToolName>(
  name: Name,
  given: Record<string, unknown>,
  connection: Connection,
  context: ServerContext,
): Promise<CallToolResult> {
  const { inputs } = await import("./toolInputs.js");
  const checked = inputs[name].safeParse(given);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw usageError(
      `${name}: ${where === "" ? "" : `${where}: `}${(issue?.message ?? "not what it takes").slice(0, 300)}`,
      `${name} takes: ${Object.keys(inputs[name].shape).join(", ")}.`,
    );
  }
  const { run: tool } = await tools[name]();
  const call: Call<Name> = {
    input: checked.data as ToolInput<Name>,
    connection,
    signal: context.mcpReq.signal,
    progress: progressOf(context),
  };
  return tool(call);
}

/** Tells of progress where the client has asked to hear it. */
function progressOf({ mcpReq }: ServerContext): (message: string) => void {
  const token = mcpReq._meta?.progressToken;
  let progress = 0;
  return (message) => {
    if (token === undefined) return;
    const params = { progressToken: token, progress: ++progress, message };
    mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
  };
}

/** The client's name as it says it: with every request in the newer revision, once in the older. */
function clientOf(server: Server, { mcpReq }: ServerContext): string {
  const said = (mcpReq.envelope as Record<string, unknown> | undefined)?.[CLIENT_INFO_META_KEY];
  const name = (said as { name?: unknown } | undefined)?.name;

  return typeof name === "string" ? name : (server.getClientVersion()?.name ?? "unknown");
}

function notOffered(name: string, { allowExec, readOnly }: McpOptions): Error {
  return usageError(
    `${name} is not offered here.`,
    `A person would have to start this server ${readOnly ? "without --read-only" : "with --allow-exec"}. There are: ${offered({ allowExec, readOnly }).join(", ")}.`,
  );
}

/** A tool as clients see it. */
function described(name: ToolName): {
  name: string;
  title: string;
  description: string;
  annotations: Record<string, boolean>;
} {
  const { title, description, destructive, idempotent, openWorld } = entries[name];
  const readOnlyHint = isReading(name);
  return {
    name,
    title,
    description,
    annotations: {
      readOnlyHint,
      ...(readOnlyHint ? {} : { destructiveHint: destructive, idempotentHint: idempotent }),
      openWorldHint: openWorld,
    },
  };
}
