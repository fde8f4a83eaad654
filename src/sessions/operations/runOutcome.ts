/** What is done about the outcome of a run, by whichever client hears it. */
import type { SessionsContext } from "./context.js";
import type { RunResult } from "../ipc/protocol.js";
import { readRecord } from "../store/records.js";

export interface RunOutcome extends RunResult {
  /** Whether the session was closed after it. */
  closed: boolean;
}

/** Closes the session of a workflow that succeeded, unless it is to stay open, or was closed already and opened anew. */
export async function closeAfter(context: SessionsContext, result: RunResult): Promise<RunOutcome> {
  const closes = result.paused === undefined && !result.stayOpen;
  const now = closes ? readRecord(context.workspace, result.session)?.state : undefined;
  if (closes && (now === undefined || now.startedAt === result.startedAt))
    await (await import("./close.js")).close(context, { session: result.session });
  return { ...result, closed: closes };
}
