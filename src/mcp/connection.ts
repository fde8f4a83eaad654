/** What the tools of one connection work with: the core's context, what the client opened, and with what it may. */
import { HostPool } from "../sessions/ipc/hostPool.js";
import { isLive, listRecords, readRecord } from "../sessions/store/records.js";
import type { SessionsContext } from "../sessions/operations/context.js";
import type { Workspace } from "../sessions/store/workspace.js";
import type { Environment } from "../sessions/util/environment.js";
import { LibrettoError } from "../sessions/util/errors.js";
import { visible } from "./visible.js";
import type { McpOptions } from "./options.js";

export class Connection {
  readonly context: SessionsContext;
  /** The sessions that were opened here, each with the time when: a name can be another session's later. */
  readonly #opened = new Map<string, string>();
  #hosts: HostPool | undefined;
  #client = "mcp";

  constructor(
    workspace: Workspace,
    env: Environment,
    readonly options: McpOptions,
    /** Where relative paths begin. */
    readonly cwd: string,
  ) {
    this.context = {
      workspace,
      env,
      client: this.#client,
      host: (record, next) => (this.#hosts ??= new HostPool(workspace, env, this.#client)).get(record, next),
    };
  }

  /** Who asks, for the sessions' logs and for the person who grants a request: as the client calls itself, which proves nothing. */
  set clientName(name: string) {
    this.#client = `mcp: ${visible(name).slice(0, 60)}`;
    this.context.client = this.#client;
  }

  /** Notes a session that was opened here. */
  opened(session: string, startedAt: string): void {
    this.#opened.set(session, startedAt);
  }

  /** Whether that session, and no later one of its name, was opened here. */
  isOurs(session: string): boolean {
    const startedAt = this.#opened.get(session);
    return startedAt !== undefined && readRecord(this.context.workspace, session)?.state?.startedAt === startedAt;
  }

  /** Whether a session of that name was opened here, whatever became of it. */
  wasOurs(session: string): boolean {
    return this.#opened.has(session);
  }

  /**
   * The session that a call means: the named one, else the only live one.
   * @throws `NoSuchSession` that lists the candidates
   */
  sessionOf(given: string | undefined): string {
    if (given !== undefined) return given;
    const set = this.context.env.LIBRETTO_SESSION;
    if (set) return set;
    const live = listRecords(this.context.workspace).filter(isLive);
    const [only] = live;
    if (only && live.length === 1) return only.name;
    throw new LibrettoError(
      "NoSuchSession",
      only ? `${live.length} sessions are live, and none was named.` : "No session is live.",
      only ? `Give \`session\`: ${live.map(({ name }) => name).join(", ")}.` : "Open one with the tool open.",
    );
  }

  dispose(): void {
    this.#hosts?.dispose();
  }
}
