/** Connections to hosts: found, adopted where the host died, kept for the next request, or closed at the end. */
import { existsSync } from "node:fs";
import { connectWithNet, HostClient, hostSilent, type Connect } from "./client.js";
import type { CodeMethod } from "./protocol.js";
import type { SessionState } from "../model/state.js";
import { LibrettoError, reopenHint } from "../util/errors.js";
import { assertLive, readRecord, type SessionRecord } from "../store/records.js";
import type { Environment } from "../util/environment.js";
import { lastLineOf, readHostErrors } from "../store/hostErrors.js";
import { sessionPaths, type Workspace } from "../store/workspace.js";

/** How long a host that runs may take to listen, in ms; it binds its socket when the page has loaded. */
const maxWaitMs = 30_000;

export class HostPool {
  readonly #kept = new Map<string, Promise<HostClient>>();

  constructor(
    private readonly workspace: Workspace,
    private readonly env: Environment,
    private readonly client: string,
    private readonly connect: Connect = connectWithNet,
  ) {}

  /**
   * A connection to the host of a session, kept for later requests.
   * @param next what will be asked there, where that is known: a host that has to be started gets ready for it
   * @throws `NoSuchSession`, `HostUnreachable`, `SessionEnded`, or what went wrong when the browser was adopted
   */
  async get(record: SessionRecord, next?: CodeMethod): Promise<HostClient> {
    // A host removes its record before it answers that it closes, and ends after that.
    const kept = record.state ? this.#kept.get(record.name) : undefined;
    if (kept) {
      const client = await kept.catch(() => undefined);
      if (client && !client.isClosed) return client;
      if (this.#kept.get(record.name) !== kept) return this.get(record, next);
    }
    // Kept while it is being made, so that requests of one moment share it.
    const made = this.#connect(record, next);
    this.#kept.set(record.name, made);
    return made;
  }

  /** The connection to the host of the session of that name, where there is one and the session is not closed. */
  async kept(session: string): Promise<HostClient | undefined> {
    const client = await this.#kept.get(session)?.catch(() => undefined);
    if (client?.isClosed !== false) return undefined;
    // See `get`.
    return existsSync(sessionPaths(this.workspace, session).state) ? client : undefined;
  }

  /** Closes every connection. */
  dispose(): void {
    for (const made of this.#kept.values())
      made.then(
        (client) => client.close(),
        () => undefined,
      );
    this.#kept.clear();
  }

  async #connect(record: SessionRecord, next: CodeMethod | undefined): Promise<HostClient> {
    const until = Date.now() + maxWaitMs;
    for (let current: SessionRecord | undefined = record; ; current = readRecord(this.workspace, record.name)) {
      const state = current?.state;
      // Whoever answers there lives. Asking the system for its processes first costs a millisecond on Linux,
      // and a program started elsewhere.
      if (state && state.status !== "exited" && state.socketPath !== "") {
        const client = await HostClient.connect(state.socketPath, this.client, record.name, this.connect, {
          renew: () => this.get(readRecord(this.workspace, record.name) ?? record),
          lastWords: () => {
            const words = readHostErrors(sessionPaths(this.workspace, record.name).hostErrors);
            return words === undefined ? undefined : lastLineOf(words);
          },
        });
        if (client) return client;
      }
      if (current === record) assertLive(record);
      if (!current || !state || current.liveness === "ended") throw sessionEnded(record.name, state);
      if (current.liveness === "hostless") await this.#adopt(record.name, next);
      if (Date.now() > until) throw hostSilent(record.name);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #adopt(session: string, next: CodeMethod | undefined): Promise<void> {
    // Loaded here: most commands never start a host.
    const [{ startHost }, { hostSettings }] = await Promise.all([
      import("./hostLauncher.js"),
      import("../store/settings.js"),
    ]);
    const settings = await hostSettings(this.workspace);
    try {
      await startHost(
        {
          root: this.workspace.root,
          session,
          client: this.client,
          settings,
          start: { how: "adopt", timeoutMs: maxWaitMs, ...(next === undefined ? {} : { next }) },
        },
        this.env,
      );
    } catch (error) {
      // Another client's host was quicker: connect to that one.
      if (error instanceof LibrettoError && error.code === "SessionExists") return;
      if (error instanceof LibrettoError && error.code === "EndpointUnreachable")
        throw new LibrettoError(
          error.code,
          error.message,
          `Start that browser again, or drop the session: \`libretto close --session ${session}\`.`,
          { cause: error },
        );
      throw error;
    }
  }
}

function sessionEnded(session: string, state: SessionState | undefined): LibrettoError {
  return new LibrettoError(
    "SessionEnded",
    `Session "${session}" has ended${state?.reason === undefined ? "" : `: ${state.reason}`}.`,
    reopenHint({ ...state, session }),
  );
}
