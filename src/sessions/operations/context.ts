/** What every verb works with: a workspace, an environment, and a way to the hosts of its sessions. */
import type { HostClient } from "../ipc/client.js";
import type { CodeMethod } from "../ipc/protocol.js";
import { LibrettoError } from "../util/errors.js";
import { assertSessionName } from "../model/names.js";
import { isLive, listRecords, readRecord, type SessionRecord } from "../store/records.js";
import type { Environment } from "../util/environment.js";
import type { Workspace } from "../store/workspace.js";

/** Made once by a client; verbs take it as their first parameter. */
export interface SessionsContext {
  workspace: Workspace;
  env: Environment;
  /** Who asks, for the sessions' logs: `cli`, `vscode`. */
  client: string;
  /**
   * A connection to the host of that session; adopts a browser whose host died.
   * @param next what will be asked there, where that is known
   */
  host(record: SessionRecord, next?: CodeMethod): Promise<HostClient>;
  /** The open connection to the host of the session of that name, where there is one and the session is not closed. */
  kept?(session: string): Promise<HostClient | undefined>;
  /** Settings of the client that stand between the environment and the config (VS Code's). */
  settings?: { headless?: boolean; executablePath?: string };
  /**
   * Asks a person whether what the workspace's `config.json` weakens is meant, in lines that say what; where there is
   * nobody to ask, it is told instead.
   */
  allowsWeakening?(lines: readonly string[]): Promise<boolean>;
}

/**
 * Has what a config weakens allowed, where there is somebody to ask.
 * @returns the lines that are told instead
 * @throws `Interrupted` where it is not allowed
 */
export async function allowWeakening(context: SessionsContext, lines: string[]): Promise<string[]> {
  if (lines.length === 0 || !context.allowsWeakening) return lines;
  if (await context.allowsWeakening(lines)) return [];
  throw new LibrettoError(
    "Interrupted",
    `${context.workspace.config} was not allowed; nothing was opened.`,
    "Mend the file, or allow it when you open the session.",
  );
}

/**
 * The session that a command means (S1): the named one, else that of `LIBRETTO_SESSION`, else the only live one.
 * @throws `NoSuchSession` that lists the candidates
 */
export function resolveSession(context: SessionsContext, given: string | undefined): SessionRecord {
  const name = nameOf(context, given);
  if (name !== undefined) {
    assertSessionName(name);
    const record = readRecord(context.workspace, name);
    if (!record) throw unknownSession(context, name);
    return record;
  }
  const live = listRecords(context.workspace).filter(isLive);
  const [only] = live;
  if (only && live.length === 1) return only;
  if (only)
    throw new LibrettoError(
      "NoSuchSession",
      `${live.length} sessions are live, and none was named.`,
      `Add --session with one of: ${live.map((record) => record.name).join(", ")}.`,
    );
  throw new LibrettoError("NoSuchSession", "No session is live.", "Open one: `libretto open <url>`.");
}

function nameOf(context: SessionsContext, given: string | undefined): string | undefined {
  return given ?? (context.env.LIBRETTO_SESSION || undefined);
}

/**
 * A connection to the host of the session that a command means; `resolveSession` says which that is.
 * @throws `NoSuchSession` for one that is not live, `HostUnreachable`, `SessionEnded`
 */
export async function hostOf(
  context: SessionsContext,
  name: string | undefined,
  next?: CodeMethod,
): Promise<HostClient> {
  const session = nameOf(context, name);
  // While its host is connected, its record tells nothing new: a command of many need not read it each time.
  const kept = session === undefined || !context.kept ? undefined : await context.kept(session);
  return kept ?? context.host(resolveSession(context, name), next);
}

/** The error for a name that nothing on disk has; it lists what does. */
export function unknownSession(context: SessionsContext, name: string): LibrettoError {
  const known = listRecords(context.workspace)
    .filter((record) => record.liveness !== "closed")
    .map((record) => record.name);
  return new LibrettoError(
    "NoSuchSession",
    `There is no session "${name}".`,
    known.length === 0
      ? `No session is on record here. Open it: \`libretto open <url> --session ${name}\`.`
      : `Sessions on record: ${known.join(", ")}.`,
  );
}
