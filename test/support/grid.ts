/** A real Selenium Grid on 127.0.0.1: a hub and nodes as processes of their own, each ended by its pid. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { repositoryRoot } from "./cli.js";
import { descendantsOf, findProcess, type ProcessEntry } from "./processTable.js";

export const seleniumVersion = "4.48.0";
const chromedriver = "/usr/bin/chromedriver";
const chromium = "/usr/bin/chromium";

/** Where Maven's packages are, as scripts/gridPackages.mjs puts them. */
const jars = join(process.env["LIBRETTO_GRID_CACHE"] ?? join(repositoryRoot, ".grid-cache"), seleniumVersion, "jars");

/** Why this machine can run no Grid; undefined where it can. */
export function missingForGrid(): string | undefined {
  const path = (process.env["PATH"] ?? "").split(":");
  if (!path.some((folder) => existsSync(join(folder, "java")))) return "Java is missing";
  if (!existsSync(jars) || readdirSync(jars).length < 70)
    return `the packages of Selenium Grid ${seleniumVersion} are missing (mvn)`;
  if (!existsSync(chromedriver)) return "ChromeDriver is missing (Debian's package chromium-driver)";
  if (!existsSync(chromium)) return "Chromium is missing (Debian's package chromium)";
  return undefined;
}

/** A session that holds a slot. */
export interface GridSlot {
  id: string;
  name: string;
  node: string;
}

export interface GridNode {
  url: string;
  process: ChildProcess;
}

export class TestGrid {
  readonly url: string;
  readonly nodes: GridNode[] = [];
  #hub: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly ports: { hub: number; publish: number; subscribe: number },
    private readonly sessionTimeoutS: number,
  ) {
    this.url = `http://127.0.0.1:${ports.hub}`;
  }

  /**
   * @param options.nodes how many sessions each node takes
   * @param options.sessionTimeoutS after which a node ends a session that nobody uses
   */
  static async start(folder: string, options: { nodes: number[]; sessionTimeoutS: number }): Promise<TestGrid> {
    mkdirSync(folder, { recursive: true });
    const [hub = 0, publish = 0, subscribe = 0] = await freePorts(3);
    const grid = new TestGrid(folder, { hub, publish, subscribe }, options.sessionTimeoutS);
    grid.startHub();
    await Promise.all(options.nodes.map((maxSessions) => grid.addNode(maxSessions)));
    await grid.untilUp(options.nodes.length);
    return grid;
  }

  startHub(): void {
    const { publish, subscribe, hub } = this.ports;
    this.#hub = this.#java("hub", [
      ...["hub", "--host", "127.0.0.1", "--port", String(hub), "--session-request-timeout", "120"],
      ...["--publish-events", `tcp://127.0.0.1:${publish}`, "--subscribe-events", `tcp://127.0.0.1:${subscribe}`],
    ]);
  }

  async killHub(): Promise<void> {
    if (this.#hub) await end(this.#hub, "SIGKILL");
    this.#hub = undefined;
  }

  async addNode(maxSessions: number): Promise<GridNode> {
    const [port = 0] = await freePorts(1);
    const stereotype = {
      browserName: "chrome",
      "goog:chromeOptions": { binary: chromium, args: ["--no-sandbox", "--headless=new", "--disable-gpu"] },
    };
    const { publish, subscribe } = this.ports;
    const process = this.#java(`node-${port}`, [
      ...["node", "--host", "127.0.0.1", "--port", String(port), "--hub", this.url, "--bind-bus", "false"],
      ...["--publish-events", `tcp://127.0.0.1:${publish}`, "--subscribe-events", `tcp://127.0.0.1:${subscribe}`],
      ...["--detect-drivers", "false", "--max-sessions", String(maxSessions), "--override-max-sessions", "true"],
      ...["--session-timeout", String(this.sessionTimeoutS), "--enable-managed-downloads", "true"],
      ...["--heartbeat-period", "2", "--driver-configuration", "display-name=chromium"],
      ...[`max-sessions=${maxSessions}`, `webdriver-executable=${chromedriver}`],
      `stereotype=${JSON.stringify(stereotype)}`,
    ]);
    const node = { url: `http://127.0.0.1:${port}`, process };
    this.nodes.push(node);
    return node;
  }

  /** Ends a node and what it started: one that is told to end does not always come to that on a busy machine. */
  async endNode(node: GridNode, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const children = signal === "SIGKILL" ? stopDescendants(node.process) : descendantsOf(node.process.pid ?? 0);
    await end(node.process, signal);
    const left = children.filter(({ pid, startedAt }) => findProcess(pid)?.startedAt === startedAt);
    // Their own may have changed since.
    for (const { pid, startedAt } of [...left, ...left.flatMap((child) => descendantsOf(child.pid))])
      if (findProcess(pid)?.startedAt === startedAt) process.kill(pid, "SIGKILL");
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }

  /** Ends all, and waits until it is gone. */
  async stop(): Promise<void> {
    await Promise.all([...this.nodes].map((node) => this.endNode(node, "SIGKILL")));
    await this.killHub();
  }

  untilUp(nodes: number): Promise<void> {
    return until(
      async () => {
        const { value } = (await this.get("/status")) as { value: { nodes?: { availability: string }[] } };
        return (value.nodes ?? []).filter(({ availability }) => availability === "UP").length >= nodes;
      },
      `${nodes} nodes of the Grid`,
      90_000,
    );
  }

  /** What holds a slot, as the hub has it. */
  async slots(): Promise<GridSlot[]> {
    const { value } = (await this.get("/status")) as {
      value: {
        nodes: {
          uri: string;
          slots: { session: { sessionId: string; capabilities: { "se:name"?: string } } | null }[];
        }[];
      };
    };
    return value.nodes.flatMap(({ uri, slots }) =>
      slots.flatMap(({ session }) =>
        session ? [{ id: session.sessionId, name: session.capabilities["se:name"] ?? "", node: uri }] : [],
      ),
    );
  }

  async queueLength(): Promise<number> {
    return ((await this.get("/se/grid/newsessionqueue/queue")) as { value: unknown[] }).value.length;
  }

  /** What an admin does by hand. */
  async delete(id: string): Promise<void> {
    await fetch(`${this.url}/session/${id}`, { method: "DELETE" });
  }

  untilFree(what = "no slot is taken"): Promise<void> {
    return until(async () => (await this.slots()).length === 0 && (await this.queueLength()) === 0, what);
  }

  async get(path: string): Promise<unknown> {
    return (await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(10_000) })).json();
  }

  #java(name: string, args: string[]): ChildProcess {
    const log = openSync(join(this.folder, `${name}.log`), "a");
    return spawn(
      "java",
      [
        ...["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", join(jars, "*")],
        ...["org.openqa.selenium.grid.Main", ...args],
      ],
      // The browsers' profiles lie in the folder, too, which tells what is left behind.
      { stdio: ["ignore", log, log], env: { ...process.env, TMPDIR: this.folder }, cwd: this.folder },
    );
  }
}

/**
 * What stands between users and a hub: it asks for a password, serves the hub below a path, and can go away for a
 * while with all connections, as a network does.
 */
export class GridProxy {
  readonly #sockets = new Set<Socket>();
  #online = true;
  /** Called in place of the answer that a session was made. */
  #created: (() => void) | undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @param credentials `user:password`; websockets are let through without, as by a hub */
  static async start(target: string, path: string, credentials: string): Promise<GridProxy> {
    const { hostname, port } = new URL(target);
    const expected = `Basic ${Buffer.from(credentials).toString("base64")}`;
    const forward = (from: IncomingMessage) => ({
      hostname,
      port,
      method: from.method,
      path: (from.url ?? "").slice(path.length),
      headers: { ...from.headers, authorization: undefined },
    });
    const server = createServer((from, to) => {
      if (from.headers.authorization !== expected || !from.url?.startsWith(`${path}/`)) {
        to.writeHead(from.url?.startsWith(`${path}/`) === true ? 401 : 404).end();
        return;
      }
      const { authorization: _, ...headers } = forward(from).headers;
      const onward = request({ ...forward(from), headers }, (answer) => {
        if (proxy.#created && from.method === "POST" && from.url === `${path}/session`) {
          answer.resume();
          return proxy.#created();
        }
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
      });
      onward.on("error", () => to.destroy());
      to.on("close", () => onward.destroy());
      from.pipe(onward);
    });
    const proxy = new GridProxy(server, await listening(server, path));
    server.on("connection", (socket) => {
      if (!proxy.#online) return void socket.destroy();
      proxy.#sockets.add(socket);
      socket.on("close", () => proxy.#sockets.delete(socket));
      socket.on("error", () => undefined);
    });
    server.on("upgrade", (from, socket: Socket, head) => {
      const onward = connect(Number(port), hostname, () => {
        const headers = Object.entries(from.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
        onward.write(`GET ${(from.url ?? "").slice(path.length)} HTTP/1.1\r\n${headers.join("")}\r\n`);
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy()).on("close", () => onward.destroy());
      onward.on("close", () => socket.destroy());
    });
    return proxy;
  }

  /** Keeps back that a session was made, from now on; resolves when the first one was. */
  withholdCreation(): Promise<void> {
    return new Promise((resolve) => (this.#created = resolve));
  }

  /** Cuts all connections and refuses new ones. */
  goOffline(): void {
    this.#online = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  comeBack(): void {
    this.#online = true;
    this.#created = undefined;
  }

  async stop(): Promise<void> {
    this.goOffline();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function listening(server: Server, path: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

/** Stops a process of ours with all that it has started, so that none of them starts another before it is ended. */
function stopDescendants({ pid, exitCode, signalCode }: ChildProcess): ProcessEntry[] {
  if (pid === undefined || exitCode !== null || signalCode !== null) return [];
  const stopped = new Map<number, ProcessEntry>();
  process.kill(pid, "SIGSTOP");
  for (let found = true; found;) {
    found = false;
    for (const row of descendantsOf(pid)) {
      if (stopped.has(row.pid)) continue;
      found = true;
      stopped.set(row.pid, row);
      if (findProcess(row.pid)?.startedAt === row.startedAt) process.kill(row.pid, "SIGSTOP");
    }
  }
  return [...stopped.values()];
}

/** Ends a process of ours and waits until the system has collected it. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createTcpServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
        ),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Resolves when the look says so; a look that fails is one that says no. */
export async function until(look: () => Promise<boolean> | boolean, what: string, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (
    !(await Promise.resolve()
      .then(look)
      .catch(() => false))
  ) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
