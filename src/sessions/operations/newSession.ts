/** What `open`, `connect` and `run` share: a name for the session that is free, or made up. */
import type { SessionsContext } from "./context.js";
import { LibrettoError, sessionExists } from "../util/errors.js";
import { generateName } from "./generatedNames.js";
import { assertSessionName } from "../model/names.js";
import { isLive, readRecord } from "../store/records.js";

/**
 * Refuses early what the host would refuse late.
 * @throws `Usage`, `SessionExists`
 */
export function assertFree(context: SessionsContext, session: string): void {
  assertSessionName(session);
  const record = readRecord(context.workspace, session);
  if (record?.error) throw record.error;
  if (record && isLive(record)) throw sessionExists(session, record.state);
}

/** Runs `start` with the wanted name, or with one made up; a made-up name that another process took meanwhile is replaced. */
export async function chooseName<T>(
  context: SessionsContext,
  wanted: string | undefined,
  start: (session: string) => Promise<T>,
): Promise<T> {
  if (wanted !== undefined) return start(wanted);
  for (let round = 0; ; round++) {
    try {
      return await start(generateName((name) => readRecord(context.workspace, name) !== undefined));
    } catch (error) {
      if (!(error instanceof LibrettoError && error.code === "SessionExists") || round === 5) throw error;
    }
  }
}
