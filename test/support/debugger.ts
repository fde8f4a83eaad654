/** A debugger: a client of Node's inspector that finds lines of the user's files by the scripts' source maps alone. */
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { awaiting } from "./awaited.js";

interface Location {
  scriptId: string;
  lineNumber: number;
  columnNumber?: number;
}

interface Frame {
  callFrameId: string;
  functionName: string;
  location: Location;
  scopeChain: { type: string; object: { objectId: string } }[];
}

/** Where it stands, in the user's file; line and column count from 1. */
export interface Stop {
  file: string;
  line: number;
  column: number;
  functionName: string;
  /** What an expression gives in the innermost frame. */
  evaluate(expression: string): Promise<unknown>;
  /** Names of the innermost frame's own variables. */
  locals(): Promise<string[]>;
}

interface Script {
  url: string;
  map: SourceMap;
  payload: SourceMapPayload;
}

export class DebuggerClient implements Disposable {
  readonly #scripts = new Map<string, Script>();
  readonly #waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  readonly #stops: { params: { reason: string; callFrames: Frame[] } }[] = [];
  #stopped: (() => void) | undefined;
  #count = 0;

  private constructor(
    private readonly socket: WebSocket,
    private readonly breakpoints: readonly { file: string; line: number }[],
  ) {}

  /**
   * Attaches, and lets the process begin.
   * @param breakpoints in the user's files; lines count from 1
   */
  static async attach(
    url: string,
    breakpoints: readonly { file: string; line: number }[] = [],
  ): Promise<DebuggerClient> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const client = new DebuggerClient(socket, breakpoints);
    socket.on("close", () => {
      for (const { reject } of client.#waiting.values()) reject(new Error("The inspector has ended the connection."));
      client.#waiting.clear();
    });
    socket.on("message", (text: Buffer) => client.#hear(JSON.parse(text.toString()) as never));
    await client.send("Runtime.enable");
    await client.send("Debugger.enable");
    // As editors do: a script stands before its first statement until its breakpoints are set.
    await client.send("Debugger.setInstrumentationBreakpoint", {
      instrumentation: "beforeScriptWithSourceMapExecution",
    });
    await client.send("Runtime.runIfWaitingForDebugger");
    return client;
  }

  send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#count;
    this.socket.send(JSON.stringify({ id, method, params }));
    const answer = new Promise<T>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    return awaiting(() => `the debugger's answer to ${method}`, answer);
  }

  /** The next stop of the user's code. */
  async stop(): Promise<Stop> {
    while (this.#stops.length === 0) {
      const stopped = new Promise<void>((resolve) => (this.#stopped = resolve));
      await awaiting(() => "that the debugger stops", stopped);
    }
    const frame = this.#stops.shift()?.params.callFrames[0];
    if (!frame) throw new Error("It stands nowhere.");
    const script = this.#scripts.get(frame.location.scriptId);
    const found = script?.map.findEntry(frame.location.lineNumber, frame.location.columnNumber ?? 0);
    if (!found || !("originalSource" in found)) throw new Error("It stands in no file of the user's.");
    return {
      file: fileURLToPath(found.originalSource),
      line: found.originalLine + 1,
      column: found.originalColumn + 1,
      functionName: frame.functionName,
      evaluate: async (expression) =>
        (
          await this.send<{ result: { value: unknown } }>("Debugger.evaluateOnCallFrame", {
            callFrameId: frame.callFrameId,
            expression,
            returnByValue: true,
          })
        ).result.value,
      locals: async () => {
        const objects = frame.scopeChain.filter(({ type }) => type === "local" || type === "block");
        const found = await Promise.all(
          objects.map(({ object: { objectId } }) =>
            this.send<{ result: { name: string }[] }>("Runtime.getProperties", { objectId, ownProperties: true }),
          ),
        );
        return found.flatMap(({ result }) => result.map(({ name }) => name));
      },
    };
  }

  /** What goes on may end at once, and the answer with it. */
  async goOn(how: "resume" | "stepOver" | "stepInto" | "stepOut" = "resume"): Promise<void> {
    await this.send(`Debugger.${how}`).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }

  #hear(
    message: { id: number; result?: never; error?: { message: string } } & {
      method: string;
      params: { reason: string; callFrames: Frame[] } & { scriptId: string; url: string; sourceMapURL?: string };
    },
  ): void {
    const { method, params } = message;
    if (message.id !== undefined) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error) waiting?.reject(new Error(message.error.message));
      else waiting?.resolve(message.result as never);
    } else if (method === "Debugger.scriptParsed") {
      const data = /^data:application\/json[^,]*;base64,(.*)$/.exec(params.sourceMapURL ?? "")?.[1];
      if (data === undefined) return;
      const payload = JSON.parse(Buffer.from(data, "base64").toString()) as SourceMapPayload;
      this.#scripts.set(params.scriptId, { url: params.url, payload, map: new SourceMap(payload) });
    } else if (method === "Debugger.paused" && params.reason === "instrumentation")
      void this.#setBreakpoints(params.callFrames[0]?.location.scriptId ?? "").then(() => this.goOn());
    else if (method === "Debugger.paused") {
      this.#stops.push({ params });
      this.#stopped?.();
    }
  }

  async #setBreakpoints(scriptId: string): Promise<void> {
    const script = this.#scripts.get(scriptId);
    const [source] = script?.payload.sources ?? [];
    if (!script || source === undefined) return;
    const own = this.breakpoints.filter(({ file }) => file === fileURLToPath(source));
    for (const { line } of own) {
      // Files keep their lines, which the map tells; where a line's first statement begins, the engine knows.
      const { locations } = await this.send<{ locations: Location[] }>("Debugger.getPossibleBreakpoints", {
        start: { scriptId, lineNumber: 0 },
      });
      const location = locations.find(({ lineNumber, columnNumber }) => {
        const found = script.map.findEntry(lineNumber, columnNumber ?? 0);
        return "originalLine" in found && found.originalLine === line - 1;
      });
      if (location) await this.send("Debugger.setBreakpoint", { location });
    }
  }
}
