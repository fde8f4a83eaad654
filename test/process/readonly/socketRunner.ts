/** A client of its own making: it speaks to a session's socket, and neither the CLI nor the core has a say. */
import { connect, type Socket } from "node:net";
import { protocolVersion, type CodeResult } from "../../../src/sessions/ipc/protocol.js";
import type { SessionState } from "../../../src/sessions/model/state.js";
import { Witness } from "../../support/browser.js";
import { Workspace } from "../../support/cli.js";
import { Site } from "../../support/site.js";
import { defaultLimits, Stage, type Ended, type Runner, type RunOptions } from "./stage.js";

interface Answer {
  id?: number;
  result?: unknown;
  error?: { message: string; data?: { code: string; message: string; hint: string } };
  method?: string;
  params?: { request: number; level: string; text: string };
}

export class RawClient {
  readonly #pending = new Map<number, (answer: Answer) => void>();
  readonly #printed = new Map<number, string[]>();
  #nextId = 1;

  private constructor(private readonly socket: Socket) {
    let rest = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#receive(JSON.parse(line) as Answer);
    });
    socket.on("error", () => undefined);
  }

  static async connect({ socketPath, session }: SessionState, version: string): Promise<RawClient> {
    const socket = connect(socketPath);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    const client = new RawClient(socket);
    await client.request("hello", { protocol: protocolVersion, version, client: "test", session });
    return client;
  }

  /** Sends a request and gives the whole answer. */
  async request(method: string, params: object): Promise<Answer & { printed: string[] }> {
    const id = this.#nextId++;
    const answer = new Promise<Answer>((resolve) => this.#pending.set(id, resolve));
    this.#printed.set(id, []);
    this.socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return { ...(await answer), printed: this.#printed.get(id) ?? [] };
  }

  /** Sends text as it is. */
  write(text: string): void {
    this.socket.write(text);
  }

  close(): void {
    this.socket.destroy();
  }

  #receive(answer: Answer): void {
    if (answer.method === "console" && answer.params)
      this.#printed.get(answer.params.request)?.push(`${answer.params.level}: ${answer.params.text}`);
    if (answer.id !== undefined) this.#pending.get(answer.id)?.(answer);
  }
}

/** Runs code through the socket of a real session that was opened read-only. */
export class SocketRunner implements Runner {
  private constructor(
    private readonly client: RawClient,
    private readonly workspace: Workspace,
  ) {}

  static async open(path: string): Promise<{ stage: Stage; runner: SocketRunner; state: SessionState }> {
    const site = await Site.start();
    const workspace = new Workspace("readonly-socket");
    workspace.writeConfig({ version: 1, readonlyExec: defaultLimits });
    const session = await workspace.open(site.url(path), "--read-only");
    const state = workspace.requireState(session);
    const witness = await Witness.connect(state.cdpEndpoint, false);
    const version = (await workspace.ok(["--version"])).trim();
    const runner = new SocketRunner(await RawClient.connect(state, version), workspace);
    return {
      stage: new Stage({ endpoint: state.cdpEndpoint ?? "", port: state.port ?? 0 }, site, witness),
      runner,
      state,
    };
  }

  async run(code: string, { timeoutMs, page }: RunOptions = {}): Promise<Ended> {
    const { result, error, printed } = await this.client.request("readonly-exec", {
      code,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(page === undefined ? {} : { page }),
    });
    if (error)
      return {
        ok: false,
        code: error.data?.code ?? "none",
        message: error.data?.message ?? error.message,
        hint: error.data?.hint ?? "",
        printed,
      };
    const { kind, text } = result as CodeResult;
    return { ok: true, kind, text, printed };
  }

  async close(): Promise<void> {
    this.client.close();
    await this.workspace.dispose();
  }
}
